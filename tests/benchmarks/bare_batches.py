"""The limit beside HQ's intake: the same entries and postings written again by the database's own driver.

No signature, no chain, no quote, no counters, no feed and no index: what a batch costs when nobody looks at it. Each
batch is one transaction that is as durable as HQ's.
"""

import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from functools import partial
from itertools import pairwise
from typing import Any

import psycopg
from sqlalchemy import make_url

from tests.benchmarks.figure import seconds_of

TABLES = ("entries", "postings")


def newest_entry(url: str) -> int:
    """The last entry an HQ's database has so far."""
    with _connected(url) as connection:
        found = connection.execute("SELECT coalesce(max(entry_id), 0) FROM entries").fetchone()
        return int(found[0])


def seconds_to_write(url: str, after_entry: int, batches: int) -> float:
    """How long everything taken after an entry takes to be written once more, in so many transactions."""
    with _connected(url) as connection:
        mark = "%s" if isinstance(connection, psycopg.Connection) else "?"
        last = connection.execute("SELECT max(entry_id) FROM entries").fetchone()[0]
        edges = [after_entry + (last - after_entry) * number // batches for number in range(batches + 1)]
        work: list[list[tuple[str, list[Any]]]] = []
        for low, high in pairwise(edges):
            asked = f"WHERE entry_id > {mark} AND entry_id <= {mark}"
            found = {
                table: connection.execute(f"SELECT * FROM {table} {asked}", (low, high)).fetchall() for table in TABLES
            }
            work.append([(_insert(table, rows, mark), rows) for table, rows in found.items() if rows])
        for table in TABLES:
            connection.execute(f"CREATE TABLE bare_{table} AS SELECT * FROM {table} WHERE 1 = 0")
        connection.commit()
        return sum(seconds_of(partial(_write, connection, batch)) for batch in work)


def _write(connection: Any, batch: list[tuple[str, list[Any]]]) -> None:
    cursor = connection.cursor()
    for statement, rows in batch:
        cursor.executemany(statement, rows)
    connection.commit()


def _insert(table: str, rows: list[Any], mark: str) -> str:
    return f"INSERT INTO bare_{table} VALUES ({', '.join([mark] * len(rows[0]))})"


@contextmanager
def _connected(url: str) -> Iterator[Any]:
    known = make_url(url)
    if known.get_backend_name() == "postgresql":
        with psycopg.connect(known.set(drivername="postgresql").render_as_string(hide_password=False)) as connection:
            yield connection
        return
    with closing(sqlite3.connect(known.database or "")) as file:
        file.execute("PRAGMA journal_mode = WAL")
        file.execute("PRAGMA synchronous = FULL")
        yield file
