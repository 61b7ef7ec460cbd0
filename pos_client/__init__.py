"""The till: sells with or without a network, and keeps its own book of what it did.

Nothing outside this package imports it, except tests that open a till.
"""
