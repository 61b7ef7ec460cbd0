"""HQ: owns the canonical member record and every store's rules, and takes every fact that tills report.

Nothing outside this package imports it, except tests that open an HQ.
"""
