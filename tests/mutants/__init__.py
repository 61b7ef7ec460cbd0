"""Planted bugs that the simulation must find. Each is a small change of the product's text, made in memory for a while.

A mutant that survives is a hole in the checkers, not in the product.
"""
