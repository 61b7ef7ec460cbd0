"""Many rows at once, by the quickest way each database has.

SQLite: prepared statements over the driver itself. PostgreSQL: COPY for many rows that are only added, INSERT from
unnest for few, and for rows that may be there. Rows are tuples in the order of the columns named. For the office alone.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Boolean, Connection, LargeBinary, Table

from hq_sync_server.records import driver
from hq_sync_server.records.columns import Id

Item = TypeVar("Item")
Row = tuple[Any, ...]

COPY_FROM_ROWS = 200
"""PostgreSQL's COPY asks for one more turn on the wire, which pays only for so many rows."""

CHUNK_SIZE = 5000  # SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535


def insert(connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Add rows that are not there yet."""
    if not rows:
        return
    if connection.dialect.name == "postgresql" and len(rows) < COPY_FROM_ROWS:
        driver.execute(connection, _insert_statement(table, columns), _by_column(rows))
    elif connection.dialect.name == "postgresql":
        copy = f"COPY {table.name} ({', '.join(columns)}) FROM STDIN WITH (FORMAT BINARY)"
        driver.copy(connection, copy, _pg_types(table, columns), rows)
    else:
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names
        driver.execute_many(connection, statement, _for_sqlite(table, columns, rows))


def upsert(
    connection: Connection,
    table: Table,
    columns: tuple[str, ...],
    rows: Sequence[Row],
    *,
    changes: str = "",
) -> None:
    """Add rows or replace what is there under their primary key.

    `changes` is SQL for the SET part where plain replacing is not meant (`excluded.x` is the new value); "nothing"
    leaves what is there alone. No key may stand twice in `rows`.
    """
    if not rows:
        return
    statement = _upsert_statement(connection.dialect.name, table, columns, changes)
    if connection.dialect.name == "postgresql":
        driver.execute(connection, statement, _by_column(rows))
    else:
        driver.execute_many(connection, statement, _for_sqlite(table, columns, rows))


def delete(connection: Connection, table: Table, key: str, values: Sequence[Any]) -> None:
    """Take away all rows whose `key` is among the values."""
    if not values:
        return
    delete_from = f"DELETE FROM {table.name} WHERE {key}"  # noqa: S608 - our own names
    if connection.dialect.name == "postgresql":
        driver.execute(connection, f"{delete_from} = ANY(%s::{_pg_type(table.c[key].type)}[])", (list(values),))
    else:
        rows = _for_sqlite(table, (key,), [(value,) for value in values])
        driver.execute_many(connection, f"{delete_from} = ?", rows)


def _by_column(rows: Sequence[Row]) -> tuple[list[Any], ...]:
    return tuple(list(column) for column in zip(*rows, strict=True))


@lru_cache(maxsize=256)
def _insert_statement(table: Table, columns: tuple[str, ...]) -> str:
    """PostgreSQL's, from an array of each column."""
    arrays = ", ".join(f"%s::{kind}[]" for kind in _pg_types(table, columns))
    return f"INSERT INTO {table.name} ({', '.join(columns)}) SELECT * FROM unnest({arrays})"  # noqa: S608 - our own names


@lru_cache(maxsize=256)
def _upsert_statement(dialect: str, table: Table, columns: tuple[str, ...], changes: str) -> str:
    keys = [column.name for column in table.primary_key]
    if not changes:
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys) or "nothing"
    action = "NOTHING" if changes == "nothing" else f"UPDATE SET {changes}"
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO {action}"
    if dialect == "postgresql":
        return f"{_insert_statement(table, columns)} {conflict}"
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    return f"{into} VALUES ({', '.join('?' * len(columns))}) {conflict}"


@lru_cache(maxsize=256)
def _pg_types(table: Table, columns: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(_pg_type(table.c[name].type) for name in columns)


def _pg_type(kind: Any) -> str:
    if isinstance(kind, Id):
        return "uuid"
    if isinstance(kind, Boolean):
        return "bool"
    if isinstance(kind, LargeBinary):
        return "bytea"
    return "int8" if kind.python_type is int else "text"


@lru_cache(maxsize=256)
def id_places(table: Table, columns: tuple[str, ...]) -> tuple[int, ...]:
    """Which of these columns hold ids."""
    return tuple(index for index, name in enumerate(columns) if isinstance(table.c[name].type, Id))


def _for_sqlite(table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> list[Row]:
    ids = id_places(table, columns)
    if not ids:
        return list(rows)
    converted = []
    for row in rows:
        values = list(row)
        for index in ids:
            value = values[index]
            if isinstance(value, UUID):
                values[index] = value.bytes
        converted.append(tuple(values))
    return converted


def chunks(items: Sequence[Item], size: int = CHUNK_SIZE) -> Iterator[Sequence[Item]]:
    """Pieces small enough for one statement."""
    for start in range(0, len(items), size):
        yield items[start : start + size]


def next_entry_ids(connection: Connection, count: int) -> list[int]:
    """Ids for `count` entries, growing. Only within a write transaction; ids not used are simply skipped."""
    if connection.dialect.name == "postgresql":
        drawn = driver.execute(connection, "SELECT nextval('entry_ids') FROM generate_series(1, %s)", (count,))
        return [row[0] for row in drawn]
    drawn = driver.execute(
        connection,
        "INSERT INTO counters (name, value) VALUES ('entry_ids', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value RETURNING value",
        (count,),
    )
    ((last,),) = drawn.fetchall()
    return list(range(last - count + 1, last + 1))
