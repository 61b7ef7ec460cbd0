"""The console's figures: how long the server takes for its lists and searches, a preview and an import."""

import random
import statistics
import time
from collections.abc import Callable, Iterable
from pathlib import Path

from hq_sync_server.app import create_web_app
from hq_sync_server.office import member_finder, rule_preview, rule_versions
from hq_sync_server.office.roles import Scope
from shared_models.moments import business_date_of
from tests.benchmarks.console_records import PASSWORD_OF, build
from tests.benchmarks.figure import Figure
from tests.hq_sync_server.console.conftest import Browser

PAGES = ("", "members", "members?q=王", "stores", "exceptions", "audit", "rules/hq", "goods", "jobs")
PAGE_GOAL_MS = 200.0
SEARCH_GOAL_MS = 100.0
PREVIEW_GOAL_SECONDS = 10.0
PREVIEW_BASKETS = 5_000


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Pages as a browser asks for them, in this process; searches by many words."""
    members, sales, times = (2_000, 4_000, 3) if short else (200_000, 1_000_000, 30)
    began = time.perf_counter()
    hq, password = build(f"sqlite:///{folder / 'hq.db'}", folder / "keys", members=members, sales=sales)
    seeded = time.perf_counter() - began
    try:
        browser = Browser(create_web_app(hq))
        browser.log_in(PASSWORD_OF, password)
        for page in PAGES:
            taken = _p95_ms([lambda page=page: browser.get(f"/console/{page}").raise_for_status()] * times)  # type: ignore[misc]  # a default binds the loop's value
            yield Figure(
                name=f"console page /{page}, p95 of {members:,} members, {sales:,} sales",
                value=taken,
                unit="ms",
                goal=PAGE_GOAL_MS,
                better="less",
                beside=f"seeded in {seeded:.0f} s",
            )
        words = random.Random(3)
        with hq.desk.read() as connection:
            newest = member_finder.newest(connection, Scope())
            for what, typed in (
                ("a two-character name", [one.name[-2:] for one in newest if len(one.name) > 1]),
                ("the last four digits", [f"{words.randrange(10_000):04d}" for _ in range(times)]),
            ):
                taken = _p95_ms(
                    [lambda word=word: member_finder.search(hq.desk, connection, Scope(), word) for word in typed]  # type: ignore[misc]  # a default binds the loop's value
                )
                name = f"member found by {what} among {members:,}, p95"
                yield Figure(name=name, value=taken, unit="ms", goal=SEARCH_GOAL_MS, better="less")
            today = business_date_of(hq.desk.clock.now_ms())
            rules = rule_versions.in_force(connection, today)
            began = time.perf_counter()
            found = rule_preview.preview(connection, rules, rules, today, lambda _done, _total: None)
            seconds = (time.perf_counter() - began) * PREVIEW_BASKETS / max(1, found.baskets)
            name = f"preview of {PREVIEW_BASKETS:,} baskets (of {found.baskets:,} priced twice)"
            yield Figure(name=name, value=seconds, unit="s", goal=PREVIEW_GOAL_SECONDS, better="less")
    finally:
        hq.close()


def _p95_ms(calls: list[Callable[[], object]]) -> float:
    taken = []
    for call in calls:
        began = time.perf_counter()
        call()
        taken.append((time.perf_counter() - began) * 1000)
    return statistics.quantiles(taken, n=20)[-1] if len(taken) > 1 else taken[0]
