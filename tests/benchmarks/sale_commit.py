"""A durable sale at the till beside bare sqlite3 writing the same bytes.

Ours: a member's sale of five lines through `Ledger.append`, that is derive, encode, hash, guard, write, commit, anchor.
The limit: the very rows that came of it, written by bare `sqlite3` into plain tables (WAL, FULL, no index beyond the
keys, no trigger, no check), one transaction a sale. Both in turns, so that a machine that slows down slows both.
"""

import sqlite3
from collections.abc import Iterable
from functools import partial
from pathlib import Path
from uuid import UUID

from shared_models.rights import principal_lot
from shared_models.sales import LotAmount
from tests.benchmarks.figure import Figure, percentile, seconds_of
from tests.pos_client.ledger.shop import Shop

ROUNDS = 10
SALES_A_ROUND = 200


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """The ratio of both rates, and how long one of ours takes at worst."""
    rounds, sales_a_round = (1, 20) if short else (ROUNDS, SALES_A_ROUND)
    shop = Shop(folder / "till")
    member = UUID(int=7)
    top_up = shop.top_up(member, principal_fen=100_000_000, bonus_fen=0)
    shop.ledger.append(top_up)
    lot = principal_lot(top_up.head.business_id)
    bare = _Bare(folder / "bare.db")
    limits, single = 0.0, list[float]()
    for _ in range(rounds):
        first = shop.ledger.head().seq + 1
        sales = [
            shop.sale(5_000, lines=5, member=member, earned=35, stored_value=[LotAmount(member, lot, 2_000)])
            for _ in range(sales_a_round)
        ]
        single += [seconds_of(partial(shop.ledger.append, sale)) for sale in sales]
        rows = _rows_of(shop.folder / "ledger.db", first)
        limits += seconds_of(partial(bare.write, rows))
        shop.ledger.checkpoint()
    shop.ledger.close()
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
