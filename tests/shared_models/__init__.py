"""The shared language: what must hold of money, rules, quotes, refunds, entries, postings and rights."""
