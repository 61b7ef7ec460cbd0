"""What a manager reads: figures from the till's own ledger, made into report documents.

Screens call it; it works during an outage like everything else at the counter.
"""
