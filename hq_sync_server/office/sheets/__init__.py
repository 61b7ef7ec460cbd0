"""Files that people bring, read into rows."""
