"""Copies of a till's book, and what makes a copy different from the book: it knows that it is one.

Whatever was sold after a copy was made, the copy does not know; the till that opens it freezes its rights and says so,
until a new epoch is opened. Called by the ledger's door and by the command line.
"""

import sqlite3
from contextlib import closing, suppress
from pathlib import Path

from pos_client.ledger.database import read_only_uri, refusal_of
from pos_client.ledger.migrations import LEDGER_MIGRATIONS
from shared_models.folders import make_folder, sync_folder
from shared_models.moments import Clock, SystemClock
from shared_models.refusals import Refusal

LEDGER_FILE = "ledger.db"
LOCK_FILE = "ledger.lock"
_MARK = """
    UPDATE lane SET copied_at_ms = :at_ms, frozen_seq = max(frozen_seq, coalesce((
        SELECT max(seq) FROM entries WHERE epoch = (SELECT epoch FROM identity)
    ), 0)) WHERE copied_at_ms = 0
"""


def backup(folder: Path, target: Path, clock: Clock | None = None) -> None:
    """A consistent copy of a folder's ledger.db, also of one that another process has open; marked as a copy. It has
    its name once it is whole and marked, and is one file that can be read where nobody may write. Refuses
    `ledger_missing`, `folder_not_writable`, `disk_full`, `ledger_unknown`, `ledger_damaged`."""
    path = folder / LEDGER_FILE
    if not path.exists():
        raise Refusal("ledger_missing", file=str(path))
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        _drop(unfinished)  # of a try that somebody ended
        with (
            closing(sqlite3.connect(read_only_uri(path.resolve()), uri=True)) as reader,
            closing(sqlite3.connect(unfinished)) as copy,
        ):
            reader.backup(copy)
            _mark(copy, clock or SystemClock())
            copy.execute("PRAGMA journal_mode = DELETE").fetchall()
        unfinished.replace(target)
    except sqlite3.DatabaseError as error:
        refusal = refusal_of(error, unfinished)
        with suppress(OSError):
            _drop(unfinished)
        raise (refusal or error) from error
    with suppress(OSError):  # not every stick or share has such a call
        sync_folder(target.parent)


def restore(copy: Path, folder: Path, clock: Clock | None = None) -> Path | None:
    """Put a copy in the place of a folder's book, which is set aside under another name (the path that is returned;
    None where there was none). Refuses `ledger_missing`, `ledger_damaged`, `database_newer`, `ledger_in_use`."""
    clock = clock or SystemClock()
    if not copy.exists():
        raise Refusal("ledger_missing", file=str(copy))
    _check(copy)
    make_folder(folder, 0o700)
    with closing(take_door(folder / LOCK_FILE)):
        arriving = folder / (LEDGER_FILE + ".arriving")
        arriving.unlink(missing_ok=True)
        with closing(sqlite3.connect(copy)) as source, closing(sqlite3.connect(arriving)) as target:
            source.backup(target)
            _mark(target, clock)
        aside = _set_aside(folder, clock.now_ms())
        arriving.replace(folder / LEDGER_FILE)
        sync_folder(folder)
    return aside


def take_door(path: Path) -> sqlite3.Connection:
    """One process at a time: SQLite's own file lock, which the system takes back when a process dies. Refuses
    `ledger_in_use`, `folder_not_writable`."""
    door = None
    try:
        door = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=0)
        door.execute("BEGIN EXCLUSIVE")
    except sqlite3.OperationalError as error:
        if door is not None:
            door.close()
        raise (refusal_of(error, path) or Refusal("ledger_in_use")) from error
    return door


def _drop(unfinished: Path) -> None:
    for suffix in ("", "-journal", "-wal", "-shm"):
        unfinished.with_name(unfinished.name + suffix).unlink(missing_ok=True)


def _mark(copy: sqlite3.Connection, clock: Clock) -> None:
    """Only opening a new epoch takes the mark away again."""
    if copy.execute("SELECT 1 FROM sqlite_schema WHERE name = 'lane'").fetchone():
        copy.execute(_MARK, {"at_ms": clock.now_ms()})
        copy.commit()


def _check(copy: Path) -> None:
    try:
        with closing(sqlite3.connect(read_only_uri(copy.resolve()), uri=True)) as reader:
            found = reader.execute("PRAGMA user_version").fetchone()[0]
            is_book = reader.execute("SELECT 1 FROM sqlite_schema WHERE name = 'lane'").fetchone()
            whole = is_book is not None and reader.execute("PRAGMA quick_check").fetchone()[0] == "ok"
    except sqlite3.DatabaseError as error:
        raise (refusal_of(error, copy) or Refusal("ledger_damaged", file=copy.name)) from error
    if not whole:
        raise Refusal("ledger_damaged", file=copy.name)
    if found > len(LEDGER_MIGRATIONS):
        raise Refusal("database_newer", file=copy.name, found=found, known=len(LEDGER_MIGRATIONS))


def _set_aside(folder: Path, now_ms: int) -> Path | None:
    """The book that was there, with its log, which may hold the newest sales: in one file where it can be, since a
    process that dies between two names would part them."""
    path = folder / LEDGER_FILE
    aside = None
    if path.exists():
        with suppress(sqlite3.DatabaseError), closing(sqlite3.connect(path)) as book:
            book.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
    for suffix in ("-wal", "", "-shm"):
        present = path.with_name(path.name + suffix)
        if present.exists():
            moved = path.with_name(f"{path.name}.replaced-{now_ms}{suffix}")
            present.replace(moved)
            aside = moved if suffix == "" else aside
    return aside
