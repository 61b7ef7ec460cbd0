"""What must happen although nobody comes: once a day, once a night."""
