"""Stores' rules: the tree, drafts, versions, previews, and why a price was what it was."""
