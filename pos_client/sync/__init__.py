"""How the till and HQ meet: pushes entries, adopts rights, pulls changes; never blocks the counter.

The only room of the till that knows the network or a scheduler. Started by the app; screens ask it for its state.
"""
