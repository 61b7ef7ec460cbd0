"""`make mutants`: plant each bug and count the seeds until the simulation finds it; a table, and one JSON object."""

import argparse
import json
import os
import statistics
import sys
import time

from tests.mutants.hunt import MUTANTS, Hunted, table
from tests.mutants.hunters import hunt_all

SENTENCE_LENGTH = 110


def main() -> int:
    """Hunt and tell."""
    parser = argparse.ArgumentParser(prog="python -m tests.mutants", description=__doc__)
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first seed")
    parser.add_argument("--within", type=int, default=0, help="seeds at most (each mutant has its own figure)")
    parser.add_argument("--only", default="", help="names, with commas between")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1)
    asked = parser.parse_args()
    names = asked.only.split(",") if asked.only else list(MUTANTS)
    began = time.monotonic()
    found: list[Hunted] = []
    for one in hunt_all(names, asked.first, asked.within, asked.workers):
        found.append(one)
        said = f"{one.name}: {one.seeds or 'not found'} ({one.seconds:.0f} s) {one.sentence[:SENTENCE_LENGTH]}"
        print(said, file=sys.stderr, flush=True)
    print(table(found))
    caught = [one.seeds for one in found if one.seeds]
    told = {
        "mutants": len(found),
        "found": len(caught),
        "median_seeds": statistics.median(caught) if caught else None,
        "most_seeds": max(caught, default=0),
        "survivors": [one.name for one in found if not one.seeds],
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(told))
    return 0 if len(caught) == len(found) else 1


if __name__ == "__main__":
    sys.exit(main())
