"""The real window, offscreen, over a real ledger: what a cashier does with keys and a scanner, and what is shown."""
