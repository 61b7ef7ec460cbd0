"""The driver under a SQLAlchemy connection, for the statements that every request of a till takes: SQLAlchemy's own
bookkeeping about a statement takes longer than most of these statements.

Pools, transactions and whatever else concerns a connection stay SQLAlchemy's, and so do its exceptions: whoever calls
meets the same ones either way. For `statements`, `bulk` and `database` alone.
"""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError


def execute(connection: Connection, sql: str, parameters: Sequence[Any] = ()) -> Any:
    """Run one statement in the connection's present transaction; the driver's cursor."""
    driver: Any = connection.connection.driver_connection
    try:
        if connection.dialect.name == "postgresql":
            return driver.execute(sql, parameters, binary=True)  # ids and bodies need not be written out as text
        return driver.execute(sql, parameters)
    except Exception as error:
        raise _named(connection, sql, error) from error


def execute_many(connection: Connection, sql: str, rows: Sequence[Sequence[Any]]) -> None:
    """Run one statement for each row of parameters."""
    driver: Any = connection.connection.driver_connection
    try:
        if len(rows) == 1:
            driver.execute(sql, rows[0])
        else:
            driver.cursor().executemany(sql, rows)
    except Exception as error:
        raise _named(connection, sql, error) from error


@contextmanager
def together(connection: Connection) -> Iterator[None]:
    """PostgreSQL: what is asked within goes out at once, and is waited for where the first answer is read, or at the
    end; an error may be met only there. No COPY within. SQLite has no way to wait for."""
    if connection.dialect.name != "postgresql":
        yield
        return
    wire: Any = connection.connection.driver_connection
    try:
        with wire.pipeline():
            yield
    except Exception as error:
        named = _named(connection, "", error)
        if named is error:
            raise
        raise named from error


def copy(connection: Connection, sql: str, types: Sequence[str], rows: Sequence[Sequence[Any]]) -> None:
    """PostgreSQL's way of taking many rows."""
    pooled: Any = connection.connection
    try:
        with pooled.cursor() as cursor, cursor.copy(sql) as stream:
            stream.set_types(types)
            for row in rows:
                stream.write_row(row)
    except Exception as error:
        raise _named(connection, sql, error) from error


def _named(connection: Connection, sql: str, error: Exception) -> Exception:
    """The driver's error as SQLAlchemy names it."""
    dialect = connection.dialect
    errors: Any = dialect.loaded_dbapi.Error
    if not isinstance(error, errors):
        return error
    driver: Any = connection.connection.driver_connection
    if dialect.is_disconnect(error, driver, None):
        connection.exec_driver_sql("SELECT 1")  # fails: SQLAlchemy meets it too, and drops the pool's other connections
    named: Exception = DBAPIError.instance(sql, (), error, errors, dialect=dialect)
    return named
