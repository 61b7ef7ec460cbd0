"""What a cashier does: baskets, members, payments, refunds, shifts and approvals, as plain Python.

Screens call it. It knows no Qt, no SQL and no network, so that every rule can be tested without them.
"""
