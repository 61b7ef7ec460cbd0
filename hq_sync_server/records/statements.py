"""Plain SQL for the paths every request of a till takes: an eighth of the time of building a statement each time.

Written once for both databases: `?` stands for a value, ids are UUIDs in and out. For the office alone; whatever is not
on such a path uses SQLAlchemy's statements.
"""

from collections.abc import Collection, Iterator, Sequence
from functools import lru_cache
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, Table

from hq_sync_server.records import driver
from hq_sync_server.records.bulk import chunks, id_places
from hq_sync_server.records.columns import Id
from shared_models.ids import id_of

Row = tuple[Any, ...]


class Found(Struct, frozen=True):
    """What a statement read, all of it."""

    rows: list[Row]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows)

    def first(self) -> Row | None:
        """The first row, if there is one."""
        return self.rows[0] if self.rows else None

    def one(self) -> Row:
        """The only row."""
        (row,) = self.rows
        return row

    def scalar(self) -> Any:
        """The first value of the first row, if there is one."""
        return self.rows[0][0] if self.rows else None


def run(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> Found:
    """Run one statement. `FOR UPDATE` is left out on SQLite, where the writer is alone. Ids come back as the database
    keeps them: see `fetch` for reading them."""
    if connection.dialect.name == "postgresql":
        cursor = driver.execute(connection, _for_postgresql(sql), tuple(parameters))
    else:
        values = tuple(value.bytes if isinstance(value, UUID) else value for value in parameters)
        cursor = driver.execute(connection, _for_sqlite(sql), values)
    return Found(cursor.fetchall() if _reads(sql) else [])


def fetch(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    key: str,
    values: Collection[Any],
    *,
    rest: str = "",
    parameters: Sequence[Any] = (),
) -> list[Row]:
    """The named columns of all rows whose `key` is among the values; `rest` is more SQL after that condition, with
    `parameters` for its question marks."""
    return ask(connection, table, names, key, values, rest=rest, parameters=parameters).rows()


class Asked(Struct, frozen=True):
    """Rows that were asked for: within `together` they are waited for when they are read. `raw_ids`: where SQLite has
    bytes for an id."""

    cursors: list[Any]
    raw_ids: tuple[int, ...]

    def __iter__(self) -> Iterator[Row]:
        return iter(self.rows())

    def rows(self) -> list[Row]:
        """All of them; once."""
        rows = [row for cursor in self.cursors for row in cursor.fetchall()]
        return _with_ids(rows, self.raw_ids) if rows and self.raw_ids else rows


def ask(
    connection: Connection,
    table: Table,
    names: tuple[str, ...],
    key: str,
    values: Collection[Any],
    *,
    rest: str = "",
    parameters: Sequence[Any] = (),
) -> Asked:
    """What `fetch` reads, asked for now and read later; once."""
    is_postgresql = connection.dialect.name == "postgresql"
    cursors = []
    for some in chunks(list(values)):
        if is_postgresql:
            sql = _select(table, names, key, 0, rest)
            cursors.append(driver.execute(connection, sql, (list(some), *parameters)))
        else:
            given = [value.bytes if isinstance(value, UUID) else value for value in (*some, *parameters)]
            cursors.append(driver.execute(connection, _select(table, names, key, len(some), rest), given))
    return Asked(cursors, () if is_postgresql else id_places(table, names))


together = driver.together


@lru_cache(maxsize=1024)
def _reads(sql: str) -> bool:
    """Whether a statement has rows: within `together` its cursor does not know yet."""
    return sql.lstrip().startswith("SELECT") or " RETURNING " in sql


@lru_cache(maxsize=1024)
def _select(table: Table, names: tuple[str, ...], key: str, count: int, rest: str) -> str:
    """`count` 0: the values are one array (PostgreSQL)."""
    among = f"= ANY(%s{_array_of(table, key)})" if count == 0 else f"IN ({', '.join('?' * count)})"
    sql = f"SELECT {', '.join(names)} FROM {table.name} WHERE {key} {among} {rest}"  # noqa: S608 - our own names
    return _for_postgresql(sql) if count == 0 else _for_sqlite(sql)


def _array_of(table: Table, key: str) -> str:
    return "::uuid[]" if isinstance(table.c[key].type, Id) else "::text[]"


def _with_ids(rows: list[Row], places: tuple[int, ...]) -> list[Row]:
    converted = []
    for row in rows:
        values = list(row)
        for place in places:
            if values[place] is not None:
                values[place] = id_of(values[place])
        converted.append(tuple(values))
    return converted


@lru_cache(maxsize=256)
def _for_postgresql(sql: str) -> str:
    return sql.replace("?", "%s")


@lru_cache(maxsize=1024)
def _for_sqlite(sql: str) -> str:
    return sql.replace(" FOR UPDATE", "")
