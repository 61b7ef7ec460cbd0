"""What the cashier sees and touches. Qt lives here and in the app module, and nowhere else.

Screens hold no decisions: each has a presenter of plain Python that calls checkout, reports and sync.
"""
