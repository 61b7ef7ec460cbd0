"""The till's ledger behind one door: what happened here, on disk, hash-chained, before the screen says so.

The only room of the till that speaks SQL. Checkout, reports and sync call it; the screens never do.
"""
