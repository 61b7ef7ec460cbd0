"""What tills send becomes HQ's: read, booked once, answered with what they may have."""
