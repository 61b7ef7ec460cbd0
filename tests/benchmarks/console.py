"""The console's figures: a real server process, asked over HTTP by every role, with tills that sync meanwhile.

    python -m tests.benchmarks console                       SQLite, on a copy of the kept chain
    python -m tests.benchmarks.console FOLDER [DATABASE_URL]  a chain made by `console_records`, wherever it is

The time of an answer is the client's, so the server's and a little more.
"""

import random
import shutil
import statistics
import sys
import time
from collections.abc import Iterable, Sequence
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import msgspec

from hq_sync_server.app import open_hq
from hq_sync_server.office import rule_preview, rule_versions
from shared_models.moments import business_date_of
from tests.benchmarks import console_records
from tests.benchmarks.console_import import import_figures
from tests.benchmarks.console_load import LightLoad
from tests.benchmarks.console_visitor import Visitor
from tests.benchmarks.figure import Figure, percentile
from tests.together.hq_server import HqPlace, HqServer
from tests.together.seed_people import names

PAGES = (
    *("", "members", "members?q=王", "stores", "stores/001", "stores/001/1", "rules/hq", "goods", "goods?q=吐司"),
    *("jobs", "exceptions", "exceptions?status=closed", "exceptions?code=quote_mismatch", "exceptions/parked"),
    *("audit", "audit?who=service", "accounts", "imports", "data/tills", "data/exceptions", "data/members?q=li"),
)
PAGE_GOAL_MS = 200.0
SEARCH_GOAL_MS = 100.0
PREVIEW_GOAL_SECONDS = 10.0
PREVIEW_BASKETS = 5_000
TIMES, SHORT_TIMES = 25, 1
SHORT_ROLES = ("hq_admin", "region_manager")
SEARCHES, SHORT_SEARCHES = 200, 4


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Everything on SQLite: pages, searches, the same while tills sync, a preview, imports."""
    if short:
        place = HqPlace(folder)
        hq, told = console_records.build(place.url, place.key_folder, members=300, sales=600)
        hq.close()
    else:
        place = HqPlace(folder / "hq")
        shutil.copytree(console_records.kept(200_000, 1_000_000), place.folder)
        told = console_records.told(place.folder)
    yield from figures(place, told, short=short)
    yield from import_figures(place, told, rows=200 if short else 100_000)


def figures(place: HqPlace, told: dict[str, Any], *, short: bool = False) -> Iterable[Figure]:
    """All but the imports, of a chain that is there."""
    size = f"{told['members']:,} members, {told['sales']:,} sales"
    with ExitStack() as stack:
        server = stack.enter_context(HqServer(place))
        visitors = [
            stack.enter_context(Visitor.of(server.base_url, role, password))
            for role, password in told["passwords"].items()
            if not short or role in SHORT_ROLES
        ]
        yield from _pages(visitors, size, SHORT_TIMES if short else TIMES)
        yield from _searches(visitors, told["members"], SHORT_SEARCHES if short else SEARCHES)
        with LightLoad(place, server.base_url) as load:
            yield from _pages(visitors, size, SHORT_TIMES if short else TIMES, during=load)
            yield from _searches(visitors, told["members"], SHORT_SEARCHES if short else SEARCHES, during=load)
    yield _preview(place)


def _pages(visitors: Sequence[Visitor], size: str, times: int, during: LightLoad | None = None) -> Iterable[Figure]:
    """Each page for every role that may see it; the slowest role is told."""
    found = [(page, visitor) for visitor in visitors for page in (*PAGES, *visitor.pages_of_its_own())]
    taken: dict[str, dict[str, list[float]]] = {}
    for _ in range(times):
        for page, visitor in found:
            milliseconds = visitor.asked_ms(page)
            if milliseconds is not None:
                taken.setdefault(_kind(page), {}).setdefault(visitor.role, []).append(milliseconds)
    while_busy = " while tills sync" if during else ""
    for page, of_roles in taken.items():
        slowest, role = max((percentile(samples, 95), role) for role, samples in of_roles.items())
        middle = statistics.median(sample for samples in of_roles.values() for sample in samples)
        yield Figure(
            name=f"/{page}, p95{while_busy}",
            value=slowest,
            unit="ms",
            goal=PAGE_GOAL_MS,
            better="less",
            beside=f"slowest of {len(of_roles)} roles: {role}; p50 {middle:.1f}; {size}",
        )
    if during:
        yield Figure(name="sales taken meanwhile", value=during.sales_a_second(), unit="/s")


def _kind(page: str) -> str:
    """Pages of one kind are one figure."""
    parts = page.split("/")
    return "/".join("..." if len(part) >= 32 or (part.isdigit() and len(part) > 3) else part for part in parts)


def _searches(
    visitors: Sequence[Visitor], members: int, count: int, during: LightLoad | None = None
) -> Iterable[Figure]:
    drawn = random.Random(3)
    called = names(drawn)
    while_busy = " while tills sync" if during else ""
    for what, typed in (
        ("two characters of a name", [next(called)[-2:] for _ in range(count)]),
        ("the last four digits", [f"{drawn.randrange(10_000):04d}" for _ in range(count)]),
        ("initials", ["".join(drawn.choices("wlzychxs", k=2)) for _ in range(count)]),
    ):
        taken = [visitors[number % len(visitors)].asked_ms(f"members?q={word}") for number, word in enumerate(typed)]
        samples = [one for one in taken if one is not None]
        yield Figure(
            name=f"member among {members:,} by {what}, p95{while_busy}",
            value=percentile(samples, 95),
            unit="ms",
            goal=SEARCH_GOAL_MS,
            better="less",
            beside=f"p50 {statistics.median(samples):.1f}, all roles in turn",
        )


def _preview(place: HqPlace) -> Figure:
    """Baskets of real sales priced twice, told for as many as the goal says."""
    hq = open_hq(place.url, place.key_folder)
    try:
        with hq.desk.read() as connection:
            today = business_date_of(hq.desk.clock.now_ms())
            rules = dict(list(rule_versions.in_force(connection, today).items())[:4])
            wanted = {
                store_id: msgspec.structs.replace(
                    one, earn=msgspec.structs.replace(one.earn, milli_points_per_yuan=1500)
                )
                for store_id, one in rules.items()
            }
            began = time.perf_counter()
            found = rule_preview.preview(connection, rules, wanted, today, lambda _done, _total: None)
            seconds = time.perf_counter() - began
    finally:
        hq.close()
    return Figure(
        name=f"preview of {PREVIEW_BASKETS:,} baskets",
        value=seconds * PREVIEW_BASKETS / max(1, found.baskets),
        unit="s",
        goal=PREVIEW_GOAL_SECONDS,
        better="less",
        beside=f"{found.baskets:,} priced twice in {seconds:.1f} s",
    )


if __name__ == "__main__":
    made = HqPlace(Path(sys.argv[1]), *sys.argv[2:])
    for figure in figures(made, console_records.told(made.folder)):
        print(figure.line(), flush=True)
