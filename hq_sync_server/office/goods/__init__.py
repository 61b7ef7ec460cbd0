"""Goods, prices and touch grids."""
