"""The canonical member: taken in, united, cared for, found, forgotten."""
