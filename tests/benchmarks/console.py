"""The console's figures: a real server process, asked over HTTP by every role, with tills that sync meanwhile.

    python -m tests.benchmarks console                       SQLite and PostgreSQL, on copies of kept chains
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
from hq_sync_server.office.members import tiers
from hq_sync_server.office.rules import rule_preview, rule_versions
from shared_models.moments import business_date_of
from tests.benchmarks import console_postgresql, console_records
from tests.benchmarks.console_import import import_figures
from tests.benchmarks.console_load import LightLoad
from tests.benchmarks.console_visitor import Visitor
from tests.benchmarks.figure import Figure, percentile
from tests.databases import PostgresqlMissingError
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
MEMBERS, SALES = 200_000, 1_000_000
ROUNDS, SHORT_ROUNDS = 21, 1
WHOLE_CHAIN = ("hq_admin", "marketing", "service", "auditor")  # they see the same; each page is asked by one in turn
SHORT_ROLES = ("hq_admin", "region_manager")
SEARCHES, SHORT_SEARCHES = 200, 4


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Pages, searches, the same while tills sync, previews, imports: on SQLite, and again on PostgreSQL."""
    yield from _on_sqlite(folder / "sqlite", short=short)
    yield from _on_postgresql(folder / "postgresql", short=short)


def _on_sqlite(folder: Path, *, short: bool) -> Iterable[Figure]:
    place = HqPlace(folder)
    if short:
        place.folder.mkdir()
        hq, told = console_records.build(place.url, place.key_folder, members=300, sales=600)
        hq.close()
    else:
        shutil.copytree(console_records.kept(MEMBERS, SALES), place.folder)
        told = console_records.told(place.folder)
    yield from figures(place, told, short=short)
    yield from import_figures(place, told, rows=200 if short else 100_000)


def _on_postgresql(folder: Path, *, short: bool) -> Iterable[Figure]:
    """Where no server can be had, that is said, and nothing is measured."""
    folder.mkdir()
    try:
        if short:
            making = console_postgresql.new_chain(folder, 300, 600)
        else:
            making = console_postgresql.chain(folder, console_records.kept(MEMBERS, SALES), MEMBERS, SALES)
        with making as (place, told):
            yield from figures(place, told, short=short, on=", PostgreSQL")
            yield from import_figures(place, told, rows=200 if short else 100_000, kinds=("csv",), on=", PostgreSQL")
    except PostgresqlMissingError as error:
        print(f"no PostgreSQL, so no figures of it: {error}")


def figures(place: HqPlace, told: dict[str, Any], *, short: bool = False, on: str = "") -> Iterable[Figure]:
    """All but the imports, of a chain that is there. `on` ends each name."""
    size = f"{told['members']:,} members, {told['sales']:,} sales"
    rounds, searches = (SHORT_ROUNDS, SHORT_SEARCHES) if short else (ROUNDS, SEARCHES)
    with ExitStack() as stack:
        server = stack.enter_context(HqServer(place))
        visitors = [
            stack.enter_context(Visitor.of(server.base_url, role, password))
            for role, password in told["passwords"].items()
            if not short or role in SHORT_ROLES
        ]
        yield from _pages(visitors, size, rounds, on)
        yield from _searches(visitors, told["members"], searches, on)
        with LightLoad(place, server.base_url) as load:
            busy = f" while tills sync{on}"
            yield from _pages(visitors, size, rounds, busy)
            yield from _searches(visitors, told["members"], searches, busy)
            yield Figure(name=f"sales taken meanwhile{on}", value=load.sales_a_second(), unit="/s")
    yield from _previews(place, on)


def _pages(visitors: Sequence[Visitor], size: str, rounds: int, on: str) -> Iterable[Figure]:
    """Each page for everybody who sees the whole chain (in turns), a region and a store; the slowest of the three is
    told."""
    taken: dict[str, dict[str, list[float]]] = {}
    for sees in (WHOLE_CHAIN, ("region_manager",), ("store_manager",)):
        group = [visitor for visitor in visitors if visitor.role in sees]
        for page, able in _found(group).items():
            samples = taken.setdefault(_kind(page), {}).setdefault(sees[0], [])
            asked = (able[number % len(able)].asked_ms(page) for number in range(rounds))
            samples += [milliseconds for milliseconds in asked if milliseconds is not None]
    for page, of_groups in taken.items():
        slowest, role = max((percentile(samples, 95), role) for role, samples in of_groups.items())
        middle = statistics.median(sample for samples in of_groups.values() for sample in samples)
        yield Figure(
            name=f"/{page}, p95{on}",
            value=slowest,
            unit="ms",
            goal=PAGE_GOAL_MS,
            better="less",
            beside=f"slowest: {role}; p50 {middle:.1f}; {size}",
        )


def _found(group: Sequence[Visitor]) -> dict[str, list[Visitor]]:
    """Every page somebody of a group may see, with those who may; each was asked for once."""
    found: dict[str, list[Visitor]] = {}
    for visitor in group:
        for page in (*PAGES, *visitor.pages_of_its_own()):
            if visitor.asked_ms(page) is not None:
                found.setdefault(page, []).append(visitor)
    return found


def _kind(page: str) -> str:
    """Pages of one kind are one figure."""
    parts = page.split("/")
    return "/".join("..." if len(part) >= 32 or (part.isdigit() and len(part) > 3) else part for part in parts)


def _searches(visitors: Sequence[Visitor], members: int, count: int, on: str) -> Iterable[Figure]:
    drawn = random.Random(3)
    called = names(drawn)
    for what, typed in (
        ("two characters of a name", [next(called)[-2:] for _ in range(count)]),
        ("the last four digits", [f"{drawn.randrange(10_000):04d}" for _ in range(count)]),
        ("initials", ["".join(drawn.choices("wlzychxs", k=2)) for _ in range(count)]),
    ):
        taken = [visitors[number % len(visitors)].asked_ms(f"members?q={word}") for number, word in enumerate(typed)]
        samples = [one for one in taken if one is not None]
        yield Figure(
            name=f"member among {members:,} by {what}, p95{on}",
            value=percentile(samples, 95),
            unit="ms",
            goal=SEARCH_GOAL_MS,
            better="less",
            beside=f"p50 {statistics.median(samples):.1f}, all roles in turn",
        )


def _previews(place: HqPlace, on: str) -> Iterable[Figure]:
    """Baskets of real sales priced twice, told for as many as the goal says; and every member's tier decided anew."""
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
            began = time.perf_counter()
            moves = tiers.tier_moves(connection, next(iter(wanted.values())), today)
            moved_seconds = time.perf_counter() - began
    finally:
        hq.close()
    yield Figure(
        name=f"preview of {PREVIEW_BASKETS:,} baskets{on}",
        value=seconds * PREVIEW_BASKETS / max(1, found.baskets),
        unit="s",
        goal=PREVIEW_GOAL_SECONDS,
        better="less",
        beside=f"{found.baskets:,} priced twice in {seconds:.1f} s",
    )
    yield Figure(
        name=f"preview of who would move a tier{on}",
        value=moved_seconds,
        unit="s",
        goal=PREVIEW_GOAL_SECONDS,
        better="less",
        beside=f"{sum(move.members for move in moves):,} would",
    )


if __name__ == "__main__":
    made = HqPlace(Path(sys.argv[1]), *sys.argv[2:])
    for figure in figures(made, console_records.told(made.folder)):
        print(figure.line(), flush=True)
