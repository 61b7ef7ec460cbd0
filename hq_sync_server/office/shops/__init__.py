"""Stores and tills as people see them and what they may do to them."""
