"""The pieces that screens are put together from: keys, figures, tables, panels. They show what they are given."""
