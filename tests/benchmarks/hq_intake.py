"""Checked intake at HQ as figures: see `intake`, which does the work."""

from collections.abc import Iterable
from pathlib import Path

from tests.benchmarks import intake
from tests.benchmarks.figure import Figure

SALES = 1_000
SALES_A_SECOND_MIN = 500


def measure(_folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Sales a second with their side entries, on each database."""
    for database, rate in intake.measure(intake.BATCH_SALES if short else SALES).items():
        yield Figure(
            name=f"checked intake at HQ on {database}", value=rate.sales_a_second, unit="sales/s",
            goal=SALES_A_SECOND_MIN, better="more", limit=rate.bare_a_second,
            beside=f"{rate.a_core:,.0f} sales/s for a core of its own; limit: bare inserts of the same rows",
        )  # fmt: skip
