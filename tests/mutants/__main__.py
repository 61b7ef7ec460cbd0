"""`make mutants`: plant each bug and count the seeds until the simulation finds it, or see which attack
does; tables, and one JSON object.
"""

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
        how = one.seeds or ("by tests" if one.is_found else "not found")
        said = f"{one.name}: {how} ({one.seconds:.0f} s) {one.sentence[:SENTENCE_LENGTH]}"
        print(said, file=sys.stderr, flush=True)
    print(table(found))
    caught = [one.seeds for one in found if one.seeds]
    told = {
        "mutants": len(found),
        "found": sum(one.is_found for one in found),
        "found_by_seeds": len(caught),
        "found_by_attacks": sum(bool(one.failed_tests) for one in found),
        "median_seeds": statistics.median(caught) if caught else None,
        "most_seeds": max(caught, default=0),
        "survivors": [one.name for one in found if not one.is_found],
        "seconds": round(time.monotonic() - began, 1),
    }
    print(json.dumps(told))
    return 0 if all(one.is_found for one in found) else 1


if __name__ == "__main__":
    sys.exit(main())
