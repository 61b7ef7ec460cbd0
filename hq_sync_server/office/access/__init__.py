"""Who at HQ may do what, what they did, and the long work they began."""
