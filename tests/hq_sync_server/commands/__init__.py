"""HQ's commands, as people type them."""
