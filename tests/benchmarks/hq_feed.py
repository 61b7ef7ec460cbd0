"""How fast HQ hands its feed to a fresh till: members in full pages, read, encoded and compressed."""

import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

import msgspec
import zstandard

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members import members
from hq_sync_server.office.members.members import NewMember
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.sales import Cursor
from shared_models.sync import ChangesPage
from tests import databases
from tests.benchmarks.figure import Figure
from tests.hq_sync_server.people import START_MS, WireTill, found_chain

MEMBERS_COUNT = 30_000
MEMBERS_SHORT = 2_000
ROWS_A_SECOND_MIN = 20_000
_CHUNK = 2_000


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Rows a second, on each database."""
    count = MEMBERS_SHORT if short else MEMBERS_COUNT
    with databases.own_server(durable=True) as server, databases.database(server, "tillbook_feed") as url:
        for name, place in (("sqlite", f"sqlite:///{folder / 'feed.db'}"), ("postgresql", url)):
            yield Figure(
                name=f"feed to a fresh till on {name}", value=_measured(place, folder / f"keys-{name}", count),
                unit="rows/s", goal=ROWS_A_SECOND_MIN, better="more",
            )  # fmt: skip


def _measured(url: str, key_folder: Path, count: int) -> float:
    clock = ManualClock(START_MS)
    hq = open_hq(url, key_folder, clock, IdSource(clock))
    try:
        till = WireTill.enrolled(hq, found_chain(hq)[0].store_id)
        _fill(hq, count)
        hq.desk.sequence()
        rows, cursor, seconds = 0, Cursor(), 0.0
        more = True
        while more:
            start = time.perf_counter()
            path = f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait=0"
            response = till.send("GET", path, b"", {"Accept-Encoding": "zstd"})
            seconds += time.perf_counter() - start
            compressed = response.headers.get("content-encoding") == "zstd"
            body = zstandard.decompress(response.body) if compressed else response.body
            page = msgspec.msgpack.decode(body, type=ChangesPage)
            rows, cursor, more = rows + len(page.rows), page.cursor, page.more
        assert rows >= count
        return rows / seconds
    finally:
        hq.close()


def _fill(hq: Hq, count: int) -> None:
    """Members with a name, a number, a card and a tier."""
    for first in range(0, count, _CHUNK):
        some = [
            NewMember(
                member_id=hq.desk.ids.new_id(),
                phone=f"+86138{number:08d}",
                profile=Profile(name="王小明", card_codes=(f"M{number:012d}",), tier="gold", tier_name="金卡"),
            )
            for number in range(first, min(first + _CHUNK, count))
        ]
        hq.desk.run(partial(members.create, members=some))
