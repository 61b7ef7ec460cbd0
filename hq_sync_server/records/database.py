"""The database behind HQ: SQLite by default, PostgreSQL by URL, the same code above both.

SQLite: one connection owns all writes and checkpoints (WAL, FULL, BEGIN IMMEDIATE) behind a lock; readers are
read-only connections of their own. Both stay open: to hand one out, SQLAlchemy's pool takes longer than most
transactions do. PostgreSQL: a pool, READ COMMITTED.
"""

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path
from typing import Any, TypeVar

from sqlalchemy import URL, Connection, Engine, create_engine, event, make_url
from sqlalchemy.exc import OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError
from sqlalchemy.pool import NullPool, StaticPool

from hq_sync_server.records import driver
from shared_models.folders import make_folder

Result = TypeVar("Result")

_BUSY_TIMEOUT_MS = 10_000
_TRIES_MAX = 6
_TRY_AGAIN = frozenset({"40001", "40P01"})  # serialization failure, deadlock: nothing was done, do it again
_READERS_MAX = 16
_READER_WAITS_SECONDS = 30
_STATEMENTS_KEPT = 1024  # an intake alone has more than the 128 that the driver keeps by itself


class Database:
    """One HQ's records. Thread-safe. `write`/`read` open a transaction; `run` repeats work that met a deadlock."""

    def __init__(self, url: str) -> None:
        self.url = _with_driver(make_url(url))
        self.is_postgresql = self.url.get_backend_name() == "postgresql"
        self._writer_lock = threading.RLock()
        self._writing: Connection | None = None
        self._readers: _Readers | None = None
        if self.is_postgresql:
            self._writer = create_engine(self.url, pool_size=_READERS_MAX, max_overflow=_READERS_MAX)
            self._reader = self._writer
        else:
            self._writer = _sqlite_engine(self.url, writes=True)
            self._reader = _sqlite_engine(self.url, writes=False)
            self._readers = _Readers(self._reader)

    @contextmanager
    def write(self) -> Iterator[Connection]:
        """A transaction that commits at the end of the block and is undone by an exception."""
        if self.is_postgresql:
            with self._writer.begin() as connection:
                yield connection
            return
        with self._writer_lock:
            if self._writing is None:
                self._writing = self._writer.connect()
            try:
                with self._writing.begin() as transaction:
                    yield transaction.connection
            except BaseException:
                self._put_down_writer()
                raise

    def _put_down_writer(self) -> None:
        """A commit that failed may leave SQLite within its transaction, of which SQLAlchemy then knows nothing: what is
        put down is rolled back, and the next one takes it up anew."""
        if self._writing is not None:
            self._writing.close()
        self._writing = None

    def read(self) -> AbstractContextManager[Connection]:
        """A connection to read with."""
        return self._reader.begin() if self._readers is None else self._readers.reading()

    def run(self, work: Callable[[Connection], Result]) -> Result:
        """Do `work` in one write transaction; again from the start where PostgreSQL found a deadlock."""
        for attempt in range(1, _TRIES_MAX + 1):
            try:
                with self.write() as connection:
                    return work(connection)
            except OperationalError as error:
                if attempt == _TRIES_MAX or getattr(error.orig, "sqlstate", None) not in _TRY_AGAIN:
                    raise
                time.sleep(0.01 * attempt)
        raise AssertionError("unreachable")

    def close(self) -> None:
        """Give back every connection. SQLite's file is then whole by itself."""
        if self._readers is not None:
            self._readers.close()
        with self._writer_lock:
            self._put_down_writer()
        self._reader.dispose()
        self._writer.dispose()


class _Readers:
    """SQLite's reading connections: each is one thread's at a time, the last used goes first, there are never more than
    so many. For `Database` alone."""

    def __init__(self, engine: Engine) -> None:
        self._engine = engine
        self._room = threading.Semaphore(_READERS_MAX)
        self._idle: list[Connection] = []

    @contextmanager
    def reading(self) -> Iterator[Connection]:
        """A connection within a transaction."""
        if not self._room.acquire(timeout=_READER_WAITS_SECONDS):
            raise PoolTimeoutError(f"all {_READERS_MAX} connections for reading are in use")
        try:
            connection = self._take()
            try:
                with connection.begin():
                    yield connection
            except BaseException:
                connection.close()  # whatever state it is in
                raise
            self._idle.append(connection)
        finally:
            self._room.release()

    def _take(self) -> Connection:
        try:
            return self._idle.pop()
        except IndexError:
            return self._engine.connect()

    def close(self) -> None:
        """Close those that nobody uses now."""
        while self._idle:
            self._idle.pop().close()


def _with_driver(url: URL) -> URL:
    if url.drivername in ("postgresql", "postgres"):
        return url.set(drivername="postgresql+psycopg")
    if url.get_backend_name() == "sqlite" and url.database:
        make_folder(Path(url.database).parent)
    return url


def _sqlite_engine(url: URL, *, writes: bool) -> Engine:
    engine = create_engine(
        url,
        connect_args={
            "check_same_thread": False,
            "isolation_level": None,
            "timeout": _BUSY_TIMEOUT_MS / 1000,
            "cached_statements": _STATEMENTS_KEPT,
        },
        poolclass=StaticPool if writes else NullPool,
    )

    def connected(connection: Any, _record: Any) -> None:
        cursor = connection.cursor()
        cursor.execute("PRAGMA journal_mode = WAL")
        cursor.execute("PRAGMA synchronous = FULL")
        cursor.execute("PRAGMA foreign_keys = ON")
        cursor.execute("PRAGMA cache_size = -65536")
        if writes:
            # What a process before us left in the log may be shown and yet never have reached a disk that failed.
            cursor.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
        else:
            cursor.execute("PRAGMA query_only = ON")
        cursor.close()

    def begun(connection: Connection) -> None:
        # The driver would begin late and upgrade a read lock, which can fail half-way.
        driver.execute(connection, "BEGIN IMMEDIATE" if writes else "BEGIN")

    event.listen(engine, "connect", connected)
    event.listen(engine, "begin", begun)
    return engine
