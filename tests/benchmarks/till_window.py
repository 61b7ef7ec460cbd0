"""The till's window beside 200,000 members: how soon it is ready, how soon a scan is seen, what a day leaves in memory.

A real process on Qt's offscreen platform, the line to a live HQ up, receipts printed into a file. Most of the members
are known to this till alone: they are put into its mirror, where they weigh what others weigh.
"""

import json
import os
import random
import subprocess
import sys
import time
from collections.abc import Iterable
from pathlib import Path
from typing import Any

import msgspec

from pos_client.ledger import Ledger
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from shared_models.sync import ChangesPage, FeedRow
from tests.benchmarks.figure import Figure, percentile
from tests.benchmarks.member_lookup import PAGE_ROWS, made_up_member
from tests.together.busiest import LIMIT_MS, Busiest
from tests.together.demo_chain import DOWNTOWN, Stage, set_stage
from tests.together.till_process import TillPlace

MEMBERS, MEMBERS_SHORT = 200_000, 500
MEMBERS_AT_HQ, MEMBERS_AT_HQ_SHORT = 3_000, 200
STARTS, STARTS_SHORT = 7, 1
LINES, LINES_SHORT = 200, 12
SAMPLES, SAMPLES_SHORT = 400, 6
HOURS, HOURS_SHORT = 12, 4
SALES_AN_HOUR, SALES_AN_HOUR_SHORT = 40, 1
LAST_HOURS = 4
GROWTH_MIB = 1.0
TASK_SECONDS = 600


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Starts, scans, a day."""
    members, at_hq = (MEMBERS_SHORT, MEMBERS_AT_HQ_SHORT) if short else (MEMBERS, MEMBERS_AT_HQ)
    with set_stage(folder / "stage", members_count=at_hq) as stage:
        place = stage.till(DOWNTOWN).place
        _fill(place, members - at_hq)
        yield from _starts(place, members, STARTS_SHORT if short else STARTS)
        asked = _asked(stage, short=short)
        yield from _scans(place, asked)
        yield from _day(place, asked, members)


def _fill(place: TillPlace, count: int) -> None:
    """More members into the till's mirror, at the cursor where it stands."""
    clock = SystemClock()
    ledger = Ledger.open(place.ledger_folder, clock, IdSource(clock, random.Random(3)))
    try:
        cursor, pack = ledger.mirror_cursor(), msgspec.msgpack.Encoder().encode
        for first in range(0, count, PAGE_ROWS):
            made = (made_up_member(number) for number in range(first, min(count, first + PAGE_ROWS)))
            rows = (FeedRow(kind="member", key=one.member_id.hex, version=cursor, payload=pack(one)) for one in made)
            ledger.apply_changes(ChangesPage(cursor=cursor, rows=tuple(rows)))
            ledger.checkpoint()
    finally:
        ledger.close()


def _asked(stage: Stage, *, short: bool) -> dict[str, Any]:
    goods = [row for row in stage.seed.goods if row.barcodes and not row.weighed]
    cards = [one.card for one in stage.seed.members if one.card and one.home_store == DOWNTOWN]
    return {
        "badge": stage.seed.staff_of(DOWNTOWN, "cashier").badge,
        "codes": [row.barcodes[0] for row in goods[:400]],
        "cards": cards[:300],
        "lines": LINES_SHORT if short else LINES,
        "samples": SAMPLES_SHORT if short else SAMPLES,
        "hours": HOURS_SHORT if short else HOURS,
        "sales_an_hour": SALES_AN_HOUR_SHORT if short else SALES_AN_HOUR,
    }


def _task(place: TillPlace, task: str, asked: dict[str, Any]) -> dict[str, Any]:
    words = (str(place.ledger_folder), str(place.key_folder), place.hq_url, task)
    return _answered("tests.benchmarks.till_at_work", *words, json.dumps(asked))


def _answered(module: str, *words: str) -> dict[str, Any]:
    """What a process prints last."""
    outcome = subprocess.run(
        [sys.executable, "-m", module, *words],
        env=_environment(),
        capture_output=True,
        text=True,
        timeout=TASK_SECONDS,
        check=False,
    )
    assert outcome.returncode == 0, outcome.stdout + outcome.stderr[:2000] + outcome.stderr[2000:][-2000:]
    found: dict[str, Any] = json.loads(outcome.stdout.splitlines()[-1])
    return found


def _environment() -> dict[str, str]:
    """A shop's: a program that was started before has its bytecode beside it, whatever the measuring one is told."""
    told = {name: value for name, value in os.environ.items() if name != "PYTHONDONTWRITEBYTECODE"}
    return {**told, "QT_QPA_PLATFORM": "offscreen", "PYTHONUTF8": "1"}


def _start(place: TillPlace) -> dict[str, Any]:
    """The real command in a process of its own, told when that was asked for."""
    words = (
        "--ledger-folder",
        str(place.ledger_folder),
        "--key-folder",
        str(place.key_folder),
        "--hq-url",
        place.hq_url,
    )
    return _answered("tests.benchmarks.till_start", str(time.monotonic()), *words, "run")


def _starts(place: TillPlace, members: int, times: int) -> Iterable[Figure]:
    _start(place)  # bytecode and the files' pages, as on any other morning
    found = [_start(place) for _ in range(times)]
    seconds, own = (sorted(one[name] / 1000 for one in found) for name in ("ready_ms", "own_ms"))
    yield Figure(
        name=f"till with {members:,} members: start to ready to scan", value=seconds[len(seconds) // 2], unit="s",
        goal=1.0, better="less",
        beside=f"middle of {times}, slowest {seconds[-1]:.2f} s; {own[len(own) // 2]:.2f} s of the processor's; "
        f"{found[-1]['resident_mib']:.0f} MiB",
    )  # fmt: skip


def _scans(place: TillPlace, asked: dict[str, Any]) -> Iterable[Figure]:
    found = _task(place, "scan", asked)
    samples = found["samples_ms"]
    yield Figure(
        name=f"scan to painted line, {found['lines']} lines, p99", value=percentile(samples, 99), unit="ms", goal=16.0,
        better="less", beside=f"p50 {percentile(samples, 50):.1f} ms of {len(samples)}",
    )  # fmt: skip
    yield _busy("those scans", found)


def _day(place: TillPlace, asked: dict[str, Any], members: int) -> Iterable[Figure]:
    found = _task(place, "day", asked)
    after = found["after_mib"]
    told = ", ".join(f"{mib:.1f}" for mib in after)
    yield Figure(
        name=f"resident after {len(after)} hours and {found['sales']} sales", value=after[-1], unit="MiB", goal=300.0,
        better="less", beside=f"{members:,} members; by the hour {told}",
    )  # fmt: skip
    yield Figure(
        name=f"more than {LAST_HOURS - 1} hours before", value=after[-1] - after[-LAST_HOURS], unit="MiB",
        goal=GROWTH_MIB, better="less",
    )  # fmt: skip
    yield _busy("that day", found)


def _busy(when: str, found: dict[str, Any]) -> Figure:
    busiest = msgspec.convert(found["busiest"], type=Busiest)
    return Figure(
        name=f"longest handler on the window's thread, {when}", value=busiest.longest.milliseconds, unit="ms",
        goal=LIMIT_MS, better="less", beside=busiest.said(),
    )  # fmt: skip
