"""What the chain consists of, and the feed that tells it to tills."""
