"""One SQLite file: one connection that writes and checkpoints, and read-only connections for everybody else.

SQLite 3.7.0-3.51.2 may reset a write-ahead log wrongly when several connections write or checkpoint; so exactly one
does here. Used by the ledger's rooms alone. The faults of a disk become refusals here and nowhere else.
"""

import errno
import re
import sqlite3
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, suppress
from pathlib import Path, PurePath
from typing import Any, Literal

from sqlalchemy import Connection, create_engine
from sqlalchemy.dialects import sqlite
from sqlalchemy.pool import StaticPool
from sqlalchemy.sql.elements import ClauseElement

from pos_client.ledger.migrations import Migrations
from shared_models.moments import Clock
from shared_models.refusals import Refusal

CHECKPOINT_PAGES = 1_000
"""A checkpoint is worth its while from so many pages in the log (4 MB)."""
CHECKPOINT_PAGES_AT_LATEST = 8_000
"""Where nobody calls `checkpoint`, the commit that reaches this does it itself."""

_STATEMENTS_KEPT = 512  # the till's rooms have some 300; a statement that is not kept is compiled anew
_CACHE_KIB = {"FULL": 1_000, "NORMAL": 8_000}
"""Of the writer. The book is written at its end: a larger cache would only fill with the day's sales, hour by hour."""
_WAL_HEADER_BYTES = 32
_WAL_FRAME_BYTES = 4096 + 24
_PROBE_BYTES = 256 * 1024
_BUSY_SECONDS = 10
_LOG_IN_USE_MS = 100
_DIALECT = sqlite.dialect(paramstyle="named")
_DISK_IS_FULL = {errno.ENOSPC, errno.EFBIG, errno.EDQUOT}


def prepared(statement: ClauseElement, *, in_order: tuple[str, ...] = ()) -> str:
    """A Core statement as SQL text with named parameters, for the driver itself: the cashier's path has no time for
    more. Compile once, when a module is loaded; constants in it are written out. Parameters `in_order` take tuples
    instead of names, for long lists."""
    compiled = statement.compile(dialect=_DIALECT)
    text = str(compiled)
    for name, value in compiled.params.items():
        if value is not None:
            assert isinstance(value, int) or re.fullmatch(r"\w*", value), "constants of ours only"
            text = re.sub(rf":{name}\b", repr(value), text)
    for place, name in enumerate(in_order, start=1):
        text = re.sub(rf":{name}\b", f"?{place}", text)
    return text


class Database:
    """An open file. `driver` is the writer: use it inside `writing` only."""

    def __init__(
        self, path: Path, synchronous: Literal["FULL", "NORMAL"], reader: sqlite3.Connection | None = None
    ) -> None:
        """`reader`: a read-only connection to the file, if this thread has one already."""
        self.path = path
        self.lock = threading.RLock()
        self._synchronous = synchronous
        self._own = threading.local()
        self._readers: list[sqlite3.Connection] = []
        self._core_readers: list[Connection] = []
        self._generation = 0
        if reader is not None:
            self._keep_reader(reader)
        self.log_was_left = False
        self._has_erased = False
        self.driver = self._open_writer()

    def _open_writer(self) -> sqlite3.Connection:
        driver = _connect(self.path, read_only=False)
        for pragma in (
            "journal_mode = WAL",
            f"synchronous = {self._synchronous}",
            "foreign_keys = ON",
            "recursive_triggers = ON",
            f"wal_autocheckpoint = {CHECKPOINT_PAGES_AT_LATEST}",
            f"cache_size = -{_CACHE_KIB[self._synchronous]}",
            "temp_store = MEMORY",
        ):
            driver.execute(f"PRAGMA {pragma}")
        return driver

    @contextmanager
    def writing(self) -> Iterator[sqlite3.Connection]:
        """One transaction, begun IMMEDIATE, committed at the end, rolled back by any exception.

        Refuses `disk_full` (nothing was written), `ledger_unknown` (the disk failed: whether it was written is only
        known after a retry with the same business id), `ledger_damaged` or `mirror_damaged`, and `ledger_in_use` where
        another program is writing in the file. SQLite keeps the connection usable: what a failed commit left in the log
        lies behind its end, and the next commit overwrites it.
        """
        with self.lock:
            try:
                self.driver.execute("BEGIN IMMEDIATE")
                yield self.driver
                self.driver.execute("COMMIT")
            except sqlite3.DatabaseError as error:
                self._roll_back()
                raise self._meaning_of(error) from error
            except BaseException:
                self._roll_back()
                raise

    def reading(self) -> Connection:
        """This thread's own read-only connection, for Core statements; each sees what was committed before it."""
        driver = self._reading_driver()
        if self._own.core is None:
            self._own.core = _core_over(driver)
            self._core_readers.append(self._own.core)
        core: Connection = self._own.core
        return core

    def rows(self, statement: str, values: dict[str, Any] | None = None) -> list[Any]:
        """What a prepared statement reads, on this thread's own connection."""
        try:
            return self._reading_driver().execute(statement, values or {}).fetchall()
        except sqlite3.DatabaseError as error:
            raise self._damaged_or(error) from error

    def row(self, statement: str, values: dict[str, Any] | None = None) -> Any:
        """The first row that a prepared statement reads; None when there is none."""
        try:
            return self._reading_driver().execute(statement, values or {}).fetchone()
        except sqlite3.DatabaseError as error:
            raise self._damaged_or(error) from error

    def _damaged_or(self, error: sqlite3.DatabaseError) -> Exception:
        """What a page that cannot be read means: of what HQ can tell again that it is thrown away at the next start."""
        meant = self._meaning_of(error)
        is_damage = isinstance(meant, Refusal) and meant.code in {"ledger_damaged", "mirror_damaged"}
        return meant if is_damage else error

    def _meaning_of(self, error: sqlite3.DatabaseError) -> Exception:
        refusal = refusal_of(error, self.path)
        if refusal is None or refusal.code != "ledger_damaged" or self._synchronous != "NORMAL":
            return refusal or error
        with suppress(OSError):
            damage_mark(self.path).touch()
        return Refusal("mirror_damaged")

    def each(self, statement: str, values: dict[str, Any]) -> Iterator[Any]:
        """Row by row what a prepared statement reads, for those who may stop early."""
        return iter(self._reading_driver().execute(statement, values))

    def _reading_driver(self) -> sqlite3.Connection:
        if getattr(self._own, "generation", None) != self._generation:
            self._keep_reader(_connect(self.path, read_only=True))
        driver: sqlite3.Connection = self._own.driver
        return driver

    def _keep_reader(self, driver: sqlite3.Connection) -> None:
        """This thread's own from now on."""
        self._own.driver, self._own.core, self._own.generation = driver, None, self._generation
        self._readers.append(driver)

    def checkpoint(self, pages_min: int = CHECKPOINT_PAGES) -> bool:
        """Copy the log into the file when it is worth it. Called off the cashier's path; whether it was done."""
        with self.lock:
            if self._has_erased:
                self._empty_log()
            log = self.path.with_name(self.path.name + "-wal")
            pages = (log.stat().st_size - _WAL_HEADER_BYTES) // _WAL_FRAME_BYTES if log.exists() else 0
            if pages < pages_min:
                return False
            try:
                self.driver.execute("PRAGMA wal_checkpoint(PASSIVE)").fetchall()
            except sqlite3.OperationalError:
                return False  # it will be tried again; the log still holds everything
            return True

    def bring_log_home(self) -> bool:
        """Copy a log that another process left behind into the file and wait for the disk; whether there was one.

        A process whose disk failed may have left pages that the system shows to everybody and will never write again,
        since a failed sync is forgotten (Rebello et al., Can Applications Recover from fsync Failures?, 2020). What is
        written behind them would be lost with the power. Copied, they are written anew.
        """
        log = self.path.with_name(self.path.name + "-wal")
        if not log.exists() or not log.stat().st_size:
            return False
        try:
            self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        except sqlite3.OperationalError as error:
            if getattr(error, "sqlite_errorcode", 0) != sqlite3.SQLITE_FULL:
                raise
        return True

    @contextmanager
    def erasing(self) -> Iterator[sqlite3.Connection]:
        """A transaction whose deletions leave nothing behind: cells are overwritten and the log is emptied after."""
        with self.lock:
            self.driver.execute("PRAGMA secure_delete = ON")
            try:
                with self.writing() as driver:
                    yield driver
            finally:
                self.driver.execute("PRAGMA secure_delete = OFF")
            self._has_erased = True
            self._empty_log()

    def _empty_log(self) -> None:
        """Whoever reads for long (`verify`, a backup) keeps the log until the next checkpoint: nobody waits."""
        self.driver.execute(f"PRAGMA busy_timeout = {_LOG_IN_USE_MS}")
        try:
            self._has_erased = bool(self.driver.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchone()[0])
        except sqlite3.OperationalError:
            return  # a full disk: again with the next checkpoint
        finally:
            self.driver.execute(f"PRAGMA busy_timeout = {_BUSY_SECONDS * 1000}")

    def close(self) -> None:
        """Close every connection; the last one out empties the log."""
        with self.lock:
            self._generation += 1
            for core in self._core_readers:
                core.close()
            for reader in self._readers:
                reader.close()
            self._core_readers.clear()
            self._readers.clear()
            self.driver.close()

    def _roll_back(self) -> None:
        with suppress(sqlite3.OperationalError):
            if self.driver.in_transaction:
                self.driver.execute("ROLLBACK")


def _room_to_grow(path: Path) -> bool:
    """Whether a file as large as the log may still grow: tells a full disk (or a limit) from a broken one."""
    log, probe = path.with_name(path.name + "-wal"), path.with_name(path.name + "-probe")
    size = max(file.stat().st_size if file.exists() else 0 for file in (path, log))
    try:
        with probe.open("wb") as file:
            file.seek(size)
            file.write(bytes(_PROBE_BYTES))
    except OSError as error:
        return error.errno not in _DISK_IS_FULL
    finally:
        with suppress(OSError):  # a disk that was made read-only because it fails takes no name away either
            probe.unlink(missing_ok=True)
    return True


def open_database(
    path: Path, migrations: Migrations, clock: Clock, synchronous: Literal["FULL", "NORMAL"] = "FULL"
) -> Database:
    """Open the file, making or upgrading it. Refuses `database_newer(found, known)` before touching anything, and
    `ledger_damaged(file)` when it is not a database. An upgrade that fails leaves the file as it was."""
    try:
        with ExitStack() as opened:
            reader, found = None, 0
            if path.exists():
                reader = _connect(path, read_only=True)
                opened.callback(reader.close)
                found = reader.execute("PRAGMA user_version").fetchone()[0]
            if found > len(migrations):
                raise Refusal("database_newer", file=path.name, found=found, known=len(migrations))
            database = Database(path, synchronous, reader)
            opened.callback(database.close)
            if synchronous == "FULL":
                database.log_was_left = database.bring_log_home()
            if found < len(migrations):
                _upgrade(database, migrations, clock)
            opened.pop_all()  # it stays open
    except sqlite3.DatabaseError as error:
        refusal = refusal_of(error, path)
        if refusal is None:
            raise
        raise refusal from error
    return database


def damage_mark(path: Path) -> Path:
    """Lies beside a file of which a page could not be read."""
    return path.with_name(path.name + "-damaged")


def refusal_of(error: sqlite3.Error, path: Path) -> Refusal | None:
    """What an error says about the file or its disk; None when it says something about us."""
    code = getattr(error, "sqlite_errorcode", 0) & 0xFF
    if code in {sqlite3.SQLITE_NOTADB, sqlite3.SQLITE_CORRUPT}:
        return Refusal("ledger_damaged", file=path.name)
    if code in {sqlite3.SQLITE_CANTOPEN, sqlite3.SQLITE_READONLY, sqlite3.SQLITE_PERM}:
        return Refusal("folder_not_writable", folder=str(path.parent))
    if code == sqlite3.SQLITE_BUSY:  # nobody of ours: our writer is the only one, and has waited
        return Refusal("ledger_in_use")
    if code == sqlite3.SQLITE_FULL or (code == sqlite3.SQLITE_IOERR and not _room_to_grow(path)):
        return Refusal("disk_full")
    return Refusal("ledger_unknown") if code == sqlite3.SQLITE_IOERR else None


def _upgrade(database: Database, migrations: Migrations, clock: Clock) -> None:
    """All missing steps in one transaction: SQLite's schema changes roll back like everything else."""
    with database.writing() as driver:
        present: int = driver.execute("PRAGMA user_version").fetchone()[0]
        for number, statements in enumerate(migrations[present:], start=present + 1):
            for statement in statements:
                driver.execute(statement)
            kept = driver.execute("SELECT 1 FROM sqlite_schema WHERE name = 'schema_history'").fetchone()
            if kept:
                driver.execute("INSERT INTO schema_history VALUES (?, ?)", (number, clock.now_ms()))
        driver.execute(f"PRAGMA user_version = {len(migrations)}")


def read_only_uri(path: PurePath) -> str:
    """How SQLite opens a file to read it only. `path` is absolute; where a share of Windows begins it (`//nas/tills`),
    its name is no host to SQLite but a part of the path."""
    uri = path.as_uri()
    return (uri if uri.startswith("file:///") else uri.replace("file://", "file:////", 1)) + "?mode=ro"


def _connect(path: Path, *, read_only: bool) -> sqlite3.Connection:
    """A connection without hidden transactions: Python's driver would begin late and commit by itself; here every BEGIN
    is our own."""
    driver = sqlite3.connect(
        read_only_uri(path.resolve()) if read_only else path,
        uri=read_only,
        timeout=_BUSY_SECONDS,
        isolation_level=None,
        check_same_thread=False,
        cached_statements=_STATEMENTS_KEPT,
    )
    if read_only:
        driver.execute("PRAGMA query_only = ON")
    return driver


def _core_over(driver: sqlite3.Connection) -> Connection:
    """An open connection as SQLAlchemy sees it."""
    engine = create_engine("sqlite://", creator=lambda: driver, poolclass=StaticPool)
    return engine.connect().execution_options(isolation_level="AUTOCOMMIT")
