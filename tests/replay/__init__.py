"""The replay: real sales of a real shop through real ledgers, engines and HQ, and an account kept beside them.

`python -m tests.replay FILE` reads a file of the public *Online Retail* data (UCI), sells it again at tills that lose
their network, and compares what HQ and the tills believe with what happened.
"""
