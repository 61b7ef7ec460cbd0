"""What stands at the counter: printers and drawer, scanners, scales, sounds; and what a wallet's provider is to a till.

An unplugged device is a state here, and never an error at the counter.
"""
