"""Runs the benchmarks: all, or those that are named. Exit code 1 when a goal is missed.

python -m tests.benchmarks [sale_commit member_lookup hq_intake ...]
"""

import importlib
import sys
import tempfile
from collections.abc import Callable, Iterable
from pathlib import Path

from tests.benchmarks.figure import Figure

Measure = Callable[[Path], Iterable[Figure]]

SUBJECTS = ("sale_commit", "member_lookup", "hq_intake", "hq_feed")
"""Modules of this folder, each with `measure(folder)`. Loaded one by one: a subject is measured without the others'
libraries in its process's memory until it is its turn."""


def main(wanted: list[str]) -> int:
    """Measure and print, one subject after the other, each in a folder of its own."""
    unknown = [name for name in wanted if name not in SUBJECTS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
        return 2
    figures: list[Figure] = []
    for name in wanted or SUBJECTS:
        measure: Measure = importlib.import_module(f"tests.benchmarks.{name}").measure
        with tempfile.TemporaryDirectory(prefix="tillbook-bench-") as folder:
            for figure in measure(Path(folder)):
                print(figure.line(), flush=True)
                figures.append(figure)
    missed = [figure.name for figure in figures if not figure.met]
    print(f"{len(figures)} figures, {len(missed)} goals missed" + (f": {'; '.join(missed)}" if missed else ""))
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
