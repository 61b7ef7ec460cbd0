"""Finding one member among 200,000 at the till: by whole phone, by card or QR, and by name; and bringing them there.

The limit beside it is bare `sqlite3` reading a row of the same size by its key. Looked up at random among all of them,
after a first pass that fills the caches, as they are filled at a till that has been open since the morning.
"""

import hashlib
import random
import sqlite3
from collections.abc import Callable, Iterable
from functools import partial
from pathlib import Path
from uuid import UUID

import msgspec

from pos_client.ledger import Ledger
from shared_models.ids import IdSource
from shared_models.members import LotBalance, MemberRow
from shared_models.moments import ManualClock
from shared_models.sales import Cursor
from shared_models.sync import ChangesPage, FeedRow
from tests.benchmarks.figure import Figure, percentile, seconds_of
from tests.pos_client.ledger.shop import MORNING_MS

MEMBERS = 200_000
PAGE_ROWS = 5_000
LOOKUPS = 5_000
MEMBERS_SHORT = 2_000
LOOKUPS_SHORT = 100
_FAMILY_NAMES = "王李张刘陈杨黄赵吴周徐孙马朱胡郭何林高罗郑梁谢宋唐许韩邓冯曹"
_GIVEN_NAMES = "伟芳娜敏静丽强磊军洋勇艳杰娟涛明超秀霞平刚桂英华玉兰春梅志建国文晓红雪云飞海燕鹏程"


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Load, then look up."""
    members, lookups = (MEMBERS_SHORT, LOOKUPS_SHORT) if short else (MEMBERS, LOOKUPS)
    clock = ManualClock(MORNING_MS)
    ledger = Ledger.open(folder / "till", clock, IdSource(clock, random.Random(3)))
    rows = [made_up_member(number) for number in range(members)]
    load_seconds = seconds_of(lambda: _load(ledger, rows))
    chosen = random.Random(5).choices(rows, k=lookups)
    bare_ms = percentile(_timed(_bare(folder / "bare.db", rows), chosen), 99) * 1000
    subjects: list[tuple[str, Callable[[MemberRow], object], float | None]] = [
        ("phone", lambda row: ledger.member_by_phone_hash(row.phone_hash), 0.3),
        ("card or QR", lambda row: ledger.member_by_card(row.card_codes[0]), 0.3),
        ("id, with every figure", lambda row: ledger.member_figure(row.member_id), None),
        ("two characters of the name", lambda row: ledger.members_by_name(row.name[-2:]), None),
        ("pinyin initials", lambda row: ledger.members_by_name("wxm" if row.name[0] == "王" else "lw"), None),
    ]
    for name, look, goal_ms in subjects:
        samples = _timed(look, chosen if goal_ms else chosen[:500])
        yield Figure(
            name=f"member among {members:,} by {name}, p99", value=percentile(samples, 99) * 1000, unit="ms",
            goal=goal_ms, better="less", limit=bare_ms if goal_ms else 0.0,
            beside=f"p50 {percentile(samples, 50) * 1000:.3f} ms",
        )  # fmt: skip
    size_mib = (folder / "till" / "mirror.db").stat().st_size / 2**20
    yield Figure(
        name="members brought to a fresh till", value=MEMBERS / load_seconds, unit="rows/s",
        beside=f"{load_seconds:.1f} s for {MEMBERS:,}, {size_mib:.0f} MiB",
    )  # fmt: skip
    ledger.close()


def made_up_member(number: int) -> MemberRow:
    """The same for the same number."""
    luck = random.Random(number)
    member_id = UUID(int=(number << 64) + 7)
    name = luck.choice(_FAMILY_NAMES) + "".join(luck.choices(_GIVEN_NAMES, k=luck.choice((1, 2, 2))))
    return MemberRow(
        member_id=member_id, canonical_id=member_id, name=name, phone_masked=f"138****{luck.randrange(10_000):04d}",
        phone_hash=hashlib.sha256(str(number).encode()).hexdigest(), card_codes=(f"M{number:012d}X",),
        lots=(LotBalance("points:2027-01", luck.randrange(5_000)),), confirmed_at_ms=MORNING_MS,
    )  # fmt: skip


def _load(ledger: Ledger, rows: list[MemberRow]) -> None:
    pack = msgspec.msgpack.Encoder().encode
    for first in range(0, len(rows), PAGE_ROWS):
        page = tuple(
            FeedRow(kind="member", key=row.member_id.hex, version=Cursor(1, 1), payload=pack(row))
            for row in rows[first : first + PAGE_ROWS]
        )
        ledger.apply_changes(ChangesPage(cursor=Cursor(1, first + PAGE_ROWS), rows=page))
        ledger.checkpoint()


def _bare(path: Path, rows: list[MemberRow]) -> Callable[[MemberRow], object]:
    file = sqlite3.connect(path)
    file.execute("CREATE TABLE members (phone_hash TEXT PRIMARY KEY, payload BLOB) WITHOUT ROWID")
    pack = msgspec.msgpack.Encoder().encode
    file.executemany("INSERT INTO members VALUES (?, ?)", ((row.phone_hash, pack(row)) for row in rows))
    file.commit()
    asked = "SELECT payload FROM members WHERE phone_hash = ?"
    return lambda row: file.execute(asked, (row.phone_hash,)).fetchone()


def _timed(look: Callable[[MemberRow], object], chosen: list[MemberRow]) -> list[float]:
    for row in chosen:
        look(row)
    return [seconds_of(partial(look, row)) for row in chosen]
