"""The hardware at the counter: scanners, receipt printer, drawer, customer display, each behind a small Protocol.

An unplugged device is a state here, and never an error at the counter.
"""
