"""Runs the benchmarks: all, or those that are named. A missed goal is said, and is no error: figures move with whatever
else the machine does. Also leaves build/bench.json.

    python -m tests.benchmarks [--short] [sale_commit safety_cost member_lookup hq_intake hq_feed drain
                                           console till_window]

`--short` goes through everything with little of it, to see that it still runs; its figures mean nothing.
"""

import importlib
import json
import os
import platform
import sys
import tempfile
from collections.abc import Iterable
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from tests.benchmarks.figure import HEADINGS, Figure

SUBJECTS = ("sale_commit", "safety_cost", "member_lookup", "hq_intake", "hq_feed", "drain", "console", "till_window")
"""Modules of this folder, each with `measure(folder)`. Loaded one by one: a subject is measured without the others'
libraries in its process's memory until it is its turn."""
REPORT = Path(__file__).resolve().parents[2] / "build" / "bench.json"


class Measure(Protocol):
    """What a subject's module offers."""

    def __call__(self, folder: Path, *, short: bool = False) -> Iterable[Figure]: ...


def main(arguments: list[str], report: Path = REPORT) -> int:
    """Measure and print, one subject after the other, each in a folder of its own. 0, or 2 for a name not known."""
    short, wanted = "--short" in arguments, [word for word in arguments if word != "--short"]
    unknown = [name for name in wanted if name not in SUBJECTS]
    if unknown:
        print(f"no such benchmark: {', '.join(unknown)}; there are {', '.join(SUBJECTS)}")
        return 2
    began, load_before = datetime.now(UTC), os.getloadavg()[0]
    machine = f"Python {platform.python_version()}, {os.cpu_count()} cores"
    print(f"{began:%Y-%m-%d %H:%M} UTC, {machine}, load {load_before:.1f}")
    print(HEADINGS)
    figures: list[Figure] = []
    for name in wanted or SUBJECTS:
        measure: Measure = importlib.import_module(f"tests.benchmarks.{name}").measure
        with tempfile.TemporaryDirectory(prefix="tillbook-bench-") as folder:
            for figure in measure(Path(folder), short=short):
                print(figure.line(), flush=True)
                figures.append(figure)
    missed = [figure.name for figure in figures if not figure.met]
    load_after = os.getloadavg()[0]
    said = f": {'; '.join(missed)}" if missed else ""
    print(f"{len(figures)} figures, {len(missed)} goals missed{said}; load afterwards {load_after:.1f}")
    report.parent.mkdir(parents=True, exist_ok=True)
    document = {
        "taken_at": began.isoformat(timespec="seconds"), "short": short, "python": platform.python_version(),
        "cores": os.cpu_count(), "load_before": load_before, "load_after": load_after,
        "figures": [figure.record() for figure in figures],
    }  # fmt: skip
    report.write_text(json.dumps(document, indent=1) + "\n", encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
