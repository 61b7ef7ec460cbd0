"""Our figures beside the machine's limits, taken in the same run: `make bench`.

One module per subject, each with `measure(folder) -> Iterable[Figure]`; `__main__` names them.
"""
