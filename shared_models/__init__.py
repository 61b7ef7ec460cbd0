"""The language both programs speak: money, goods, members, rules, entries, rights and the wire.

Pure: no network, no database, no threads, no Qt. Both programs may import it; it imports neither.
"""
