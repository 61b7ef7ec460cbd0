"""Checked intake at HQ as figures: see `intake`, which does the work."""

from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import intake
from tests.benchmarks.figure import Figure

SALES_A_SECOND_MIN = 500


def measure(_folder: Path) -> Iterable[Figure]:
    """Sales a second with their side entries, on each database."""
    for database, rate in intake.measure().items():
        yield Figure(
            name=f"checked intake at HQ on {database}", value=rate, unit="sales/s", goal=SALES_A_SECOND_MIN,
            better="more",
        )  # fmt: skip
