"""Rights to spend and single-use things: what is out, with whom, and what HQ lends or moves."""
