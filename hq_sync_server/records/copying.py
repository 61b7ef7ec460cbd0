"""A consistent copy of a SQLite database that is being written to. For `office.copies` alone."""

import os
import sqlite3
from pathlib import Path

from hq_sync_server.records.database import Database
from shared_models.folders import sync_folder
from shared_models.refusals import Refusal

_SAY = (
    "INSERT INTO {table} (name, value) VALUES ('copied_at_ms', '{copied_at_ms}') "
    "ON CONFLICT (name) DO UPDATE SET value = excluded.value;"
)


def copy(database: Database, to: Path, copied_at_ms: int) -> None:
    """Copy everything as it is at one moment, while others go on writing; the copy says of itself that it is one. It is
    there whole or not at all. Refuses `copy_exists`, `copy_broken`."""
    if to.exists():
        raise Refusal("copy_exists", path=str(to))
    unfinished = to.with_name(f"{to.name}.unfinished")
    unfinished.unlink(missing_ok=True)
    os.close(os.open(unfinished, os.O_CREAT | os.O_EXCL | os.O_WRONLY, 0o600))
    target = sqlite3.connect(unfinished)
    try:
        with database.read() as reader:
            driver = reader.connection.driver_connection
            assert isinstance(driver, sqlite3.Connection)
            driver.backup(target)
        target.execute("PRAGMA journal_mode = DELETE")  # one file, that may be moved by itself
        target.executescript(say_copied(copied_at_ms))
        if target.execute("PRAGMA quick_check").fetchone() != ("ok",):
            raise Refusal("copy_broken", path=str(to))
    finally:
        target.close()
    with unfinished.open("rb") as file:
        os.fsync(file.fileno())
    unfinished.rename(to)
    sync_folder(to.parent)


def say_copied(copied_at_ms: int, schema: str = "") -> str:
    """SQL that makes a copy say that it is one. For the end of what pg_dump writes it names the schema: a dump takes
    the search path away."""
    quoted = '"' + schema.replace('"', '""') + '".' if schema else ""
    return _SAY.format(table=f"{quoted}chain_settings", copied_at_ms=copied_at_ms)
