"""A durable sale at the till beside bare sqlite3 writing the same bytes.

Ours: a member's sale of five lines through `Ledger.append`, that is derive, encode, hash, guard, write, commit, anchor.
The limit: the very rows that came of it, written by bare `sqlite3` into plain tables (WAL, FULL, no index beyond the
keys, no trigger, no check), one transaction a sale. Both in turns, so that a machine that slows down slows both.

What safety costs: the same commit of the same sales at a second till, with the guard, the counters, the tokens and the
anchor left out.
"""

import sqlite3
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from unittest.mock import patch
from uuid import UUID

from pos_client.ledger import rights, tokens
from pos_client.ledger.anchor import Anchor
from shared_models.bodies import Sale
from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.benchmarks.figure import Figure, percentile, seconds_of
from tests.pos_client.ledger.shop import Shop

COSTS_AT_MOST = 1.3
ROUNDS = 10
SALES_A_ROUND = 200


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """The ratio of both rates, how long one of ours takes at worst, and what safety costs."""
    rounds, sales_a_round = (1, 20) if short else (ROUNDS, SALES_A_ROUND)
    till, careless_till = _Till(folder / "till"), _Till(folder / "careless-till")
    bare = _Bare(folder / "bare.db")
    limits, single, careless = 0.0, list[float](), list[float]()
    for _ in range(rounds):
        first = till.shop.ledger.head().seq + 1
        for _ in range(sales_a_round):
            single.append(till.seconds_of_sale())
            with _without_safety():
                careless.append(careless_till.seconds_of_sale())
        rows = _rows_of(till.shop.folder / "ledger.db", first)
        limits += seconds_of(partial(bare.write, rows))
        for each in (till, careless_till):
            each.shop.ledger.checkpoint()
    for each in (till, careless_till):
        each.shop.ledger.close()
    bare.close()
    count, ours = len(single), sum(single)
    yield Figure(
        name="durable sale commit",
        value=count / ours,
        unit="sales/s",
        limit=count / limits,
        goal=0.4,
        goal_on="ratio",
        better="more",
        beside="limit: bare sqlite3 writing the same bytes with FULL",
    )
    yield Figure(
        name="durable sale commit, p99",
        value=percentile(single, 99) * 1000,
        unit="ms",
        beside=f"p50 {percentile(single, 50) * 1000:.3f} ms",
    )
    yield Figure(
        name="durable sale commit with rights and anchor, p50",
        value=percentile(single, 50) * 1000,
        unit="ms",
        limit=percentile(careless, 50) * 1000,
        goal=COSTS_AT_MOST,
        goal_on="ratio",
        better="less",
        beside="limit: the same commit without guard, counters, tokens and anchor",
    )


class _Till:
    """A shop with a member who pays part of each sale from what she has here."""

    def __init__(self, folder: Path) -> None:
        self.shop = Shop(folder)
        self._member = UUID(int=7)
        top_up = self.shop.top_up(self._member, principal_fen=100_000_000, bonus_fen=0)
        self.shop.ledger.append(top_up)
        self._lot = principal_lot(top_up.head.business_id)

    def seconds_of_sale(self) -> float:
        """How long one more sale takes to be safe."""
        return seconds_of(partial(self.shop.ledger.append, self._sale()))

    def _sale(self) -> Sale:
        stored = [LotAmount(self._member, self._lot, 2_000)]
        return self.shop.sale(5_000, lines=5, member=self._member, earned=35, stored_value=stored)


@contextmanager
def _without_safety() -> Iterator[None]:
    """Nothing guards, counts or anchors meanwhile."""

    def nothing(*_: object) -> None:
        """Left out."""

    with (
        patch.object(rights, "apply", nothing),
        patch.object(tokens, "apply", nothing),
        patch.object(Anchor, "write", nothing),
    ):
        yield


def _rows_of(path: Path, first_seq: int) -> list[list[tuple[str, tuple[object, ...]]]]:
    """For each entry from a seq on: the rows that were written with it."""
    reader = sqlite3.connect(path)
    rows = []
    for entry in reader.execute("SELECT * FROM entries WHERE seq >= ? ORDER BY position", (first_seq,)).fetchall():
        written = [("entries", entry)]
        for table in ("postings", "subjects"):
            found = reader.execute(f"SELECT * FROM {table} WHERE position = ?", (entry[0],)).fetchall()
            written += [(table, row) for row in found]
        written += [("rights", row) for row in reader.execute("SELECT * FROM rights").fetchall()]
        rows.append(written)
    reader.close()
    return rows


class _Bare:
    """The same rows by sqlite3 alone."""

    def __init__(self, path: Path) -> None:
        self._file = sqlite3.connect(path, isolation_level=None)
        self._file.execute("PRAGMA journal_mode = WAL")
        self._file.execute("PRAGMA synchronous = FULL")
        self._file.execute("PRAGMA wal_autocheckpoint = 0")
        self._file.execute("CREATE TABLE entries (position INTEGER PRIMARY KEY, " + ", ".join("bcdefghijklmno") + ")")
        self._file.execute(
            "CREATE TABLE postings (position, leg, a, u, m, s, l, PRIMARY KEY (position, leg)) WITHOUT ROWID"
        )
        self._file.execute("CREATE TABLE subjects (subject, position, PRIMARY KEY (subject, position)) WITHOUT ROWID")
        self._file.execute(
            "CREATE TABLE rights (subject, epoch, lot, g, t, k, s, r, PRIMARY KEY (subject, epoch, lot)) WITHOUT ROWID"
        )

    def write(self, sales: list[list[tuple[str, tuple[object, ...]]]]) -> None:
        """One transaction a sale."""
        for rows in sales:
            self._file.execute("BEGIN IMMEDIATE")
            for table, row in rows:
                places = ", ".join("?" * len(row))
                self._file.execute(f"INSERT OR REPLACE INTO {table} VALUES ({places})", row)
            self._file.execute("COMMIT")

    def close(self) -> None:
        self._file.close()
