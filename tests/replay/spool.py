"""Rows put together to invoices, in the order of time, without holding the file in memory.

The rows of an invoice need not be adjacent, so they go through a scratch file on disk: the kept rows in, whole
invoices out. Counts what was left out on the way.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import groupby
from pathlib import Path

from tests.replay.reader import ExactPrice, Row, Unreadable

ROWS_AT_ONCE = 5000


@dataclass(frozen=True, slots=True)
class Invoice:
    """An invoice with its kept rows. Store, member and time are those of the first of them."""

    number: str
    rows: tuple[Row, ...]

    @property
    def is_refund(self) -> bool:
        return self.rows[0].is_refund

    @property
    def at_ms(self) -> int:
        return self.rows[0].at_ms

    @property
    def member(self) -> str | None:
        return self.rows[0].member

    @property
    def store(self) -> str:
        return self.rows[0].store


class Spool:
    """Invoices of a file. `rows_read`, `excluded` and `unreadable` are right once `fill` has ended."""

    def __init__(self, folder: Path) -> None:
        self._database = sqlite3.connect(folder / "spool.db", isolation_level=None)
        self._database.execute("PRAGMA journal_mode = OFF")
        self._database.execute(
            "CREATE TABLE kept (number INTEGER PRIMARY KEY, invoice TEXT, goods TEXT, name TEXT, quantity INTEGER,"
            " at_ms INTEGER, price INTEGER, decimals INTEGER, member TEXT, store TEXT)"
        )
        self.rows_read = 0
        self.excluded: Counter[str] = Counter()
        self.unreadable: list[Unreadable] = []

    def fill(self, rows: Iterable[Row | Unreadable]) -> None:
        """Take all rows in."""
        waiting: list[tuple[object, ...]] = []
        self._database.execute("BEGIN")
        for row in rows:
            self.rows_read += 1
            if isinstance(row, Unreadable):
                self.unreadable.append(row)
            elif row.excluded_as:
                self.excluded[row.excluded_as] += 1
            else:
                price = row.price
                waiting.append(
                    (row.number, row.invoice, row.goods, row.name, row.quantity, row.at_ms, price.units, price.decimals,
                     row.member, row.store)
                )  # fmt: skip
            if len(waiting) >= ROWS_AT_ONCE:
                self._write(waiting)
        self._write(waiting)
        self._database.execute(
            "CREATE TABLE invoice AS SELECT kept.invoice, at_ms, first, member, store FROM kept JOIN"
            " (SELECT invoice, min(number) AS first FROM kept GROUP BY invoice) AS firsts ON kept.number = first"
        )
        self._database.execute("CREATE UNIQUE INDEX invoice_name ON invoice (invoice)")
        self._database.execute("COMMIT")

    def _write(self, waiting: list[tuple[object, ...]]) -> None:
        self._database.executemany("INSERT INTO kept VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)", waiting)
        waiting.clear()

    def invoices(self) -> Iterator[Invoice]:
        """All invoices by time, those of one moment as the file has them."""
        cursor = self._database.execute(
            "SELECT number, kept.invoice, goods, name, quantity, kept.at_ms, price, decimals, kept.member, kept.store"
            " FROM kept JOIN invoice ON invoice.invoice = kept.invoice"
            " ORDER BY invoice.at_ms, invoice.first, number"
        )
        for number, records in groupby(cursor, key=lambda record: str(record[1])):
            yield Invoice(number, tuple(_row(record) for record in records))

    def count(self) -> int:
        """How many invoices there are."""
        return self._one("SELECT count(*) FROM invoice")

    def first_at_ms(self) -> int:
        """When the first of them was written; 0 when there is none."""
        return self._one("SELECT coalesce(min(at_ms), 0) FROM invoice")

    def members(self) -> list[str]:
        """Every member that has an invoice."""
        return self._texts("SELECT DISTINCT member FROM invoice WHERE member IS NOT NULL ORDER BY member")

    def stores(self) -> list[str]:
        """Every country that has an invoice."""
        return self._texts("SELECT DISTINCT store FROM invoice ORDER BY store")

    def goods(self) -> Iterator[tuple[str, str]]:
        """Every article with the first name it was given."""
        cursor = self._database.execute("SELECT goods, name, min(number) FROM kept GROUP BY goods ORDER BY goods")
        return ((str(goods), str(name)) for goods, name, _ in cursor)

    def close(self) -> None:
        """Close the scratch file."""
        self._database.close()

    def _one(self, statement: str) -> int:
        return int(self._database.execute(statement).fetchone()[0])

    def _texts(self, statement: str) -> list[str]:
        return [str(record[0]) for record in self._database.execute(statement)]


def _row(record: tuple[object, ...]) -> Row:
    number, invoice, goods, name, quantity, at_ms, units, decimals, member, store = record
    return Row(
        number=_integer(number),
        invoice=str(invoice),
        goods=str(goods),
        name=str(name),
        quantity=_integer(quantity),
        at_ms=_integer(at_ms),
        price=ExactPrice(_integer(units), _integer(decimals)),
        member=None if member is None else str(member),
        store=str(store),
    )


def _integer(value: object) -> int:
    assert isinstance(value, int)
    return value
