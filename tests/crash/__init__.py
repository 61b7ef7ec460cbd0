"""Real processes stopped anywhere: no sale whose receipt was printed may be missing."""
