"""What the screens decide, as plain Python: which operation to ask for, and what to show of its answer. No Qt."""
