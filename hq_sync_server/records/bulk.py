"""Many rows at once, by the quickest way each database has.

SQLite: prepared statements over the driver itself. PostgreSQL: COPY for rows that are only added, INSERT from unnest
for rows that may be there. Rows are tuples in the order of the columns named. For the office alone.
"""

from collections.abc import Iterator, Sequence
from functools import lru_cache
from typing import Any, TypeVar
from uuid import UUID

from sqlalchemy import Boolean, Connection, LargeBinary, Table

from hq_sync_server.records.columns import Id

Item = TypeVar("Item")
Row = tuple[Any, ...]

CHUNK_SIZE = 5000  # SQLite takes 32,766 parameters in a statement, PostgreSQL 65,535


def insert(connection: Connection, table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> None:
    """Add rows that are not there yet."""
    if not rows:
        return
    if connection.dialect.name == "postgresql":
        cursor = connection.connection.cursor()
        try:
            with cursor.copy(f"COPY {table.name} ({', '.join(columns)}) FROM STDIN WITH (FORMAT BINARY)") as copy:
                copy.set_types(_pg_types(table, columns))
                for row in rows:
                    copy.write_row(row)
        finally:
            cursor.close()
    else:
        places = ", ".join("?" * len(columns))
        statement = f"INSERT INTO {table.name} ({', '.join(columns)}) VALUES ({places})"  # noqa: S608 - our own names
        connection.exec_driver_sql(statement, _for_sqlite(table, columns, rows))


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
        connection.exec_driver_sql(statement, tuple(list(column) for column in zip(*rows, strict=True)))
    else:
        connection.exec_driver_sql(statement, _for_sqlite(table, columns, rows))


@lru_cache(maxsize=256)
def _upsert_statement(dialect: str, table: Table, columns: tuple[str, ...], changes: str) -> str:
    keys = [column.name for column in table.primary_key]
    if not changes:
        changes = ", ".join(f"{name} = excluded.{name}" for name in columns if name not in keys) or "nothing"
    action = "NOTHING" if changes == "nothing" else f"UPDATE SET {changes}"
    conflict = f"ON CONFLICT ({', '.join(keys)}) DO {action}"
    into = f"INSERT INTO {table.name} ({', '.join(columns)})"
    if dialect == "postgresql":
        arrays = ", ".join(f"%s::{kind}[]" for kind in _pg_types(table, columns))
        return f"{into} SELECT * FROM unnest({arrays}) {conflict}"  # noqa: S608 - our own names
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


def _for_sqlite(table: Table, columns: tuple[str, ...], rows: Sequence[Row]) -> list[Row]:
    ids = [index for index, name in enumerate(columns) if isinstance(table.c[name].type, Id)]
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
        drawn = connection.exec_driver_sql("SELECT nextval('entry_ids') FROM generate_series(1, %s)", (count,))
        return [row[0] for row in drawn]
    connection.exec_driver_sql(
        "INSERT INTO counters (name, value) VALUES ('entry_ids', ?) "
        "ON CONFLICT (name) DO UPDATE SET value = value + excluded.value",
        (count,),
    )
    last = connection.exec_driver_sql("SELECT value FROM counters WHERE name = 'entry_ids'").scalar_one()
    return list(range(last - count + 1, last + 1))
