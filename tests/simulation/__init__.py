"""Many tills and one HQ under a seeded clock, wire and disk: real ledgers, engine and intake, every fault by name.

A seed is a plan (`plan`), a plan is a list of steps, and a step draws its luck from its own number: so a failing seed
plays the same again, and plays on when steps are taken out of it (`shrink`).
"""
