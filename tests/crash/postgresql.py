"""HQ's records on PostgreSQL, for `make crash`: looked at with the same eyes as a file, and a kill among its own.

Nothing here keeps a connection: between two looks processes are forked.
"""

import os
import random
import signal
import sqlite3
import threading
import time
from contextlib import closing
from pathlib import Path
from typing import Any
from uuid import UUID

import psycopg

from tests.crash.places import ChainPlace

RECOVERY_SECONDS_MAX = 60.0
_LOOKED_AT = {
    "entries": "entry_id, till_id, epoch, seq, entry_hash, entry_type, type_version, body, business_id, verdict",
    "postings": "entry_id, account, unit, amount",
    "exceptions": "code",
    "member_lots": "member_id, lot, balance",
    "holders": "till_id, epoch, subject, lot, granted, credited, risk, spent, released",
}


def records_of(place: ChainPlace) -> Path:
    """HQ's records as a file of SQLite: the very one, or a copy of what is looked at."""
    if not place.postgresql_url:
        return place.hq_database
    copy = place.hq_folder / "copy.db"
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while True:
        copy.unlink(missing_ok=True)
        try:
            _copy(place.postgresql_url, copy)
        except psycopg.OperationalError:  # it is still ending everybody before it recovers
            assert time.monotonic() < deadline, "PostgreSQL does not come back"
        else:
            return copy


def _copy(url: str, copy: Path) -> None:
    """What is looked at, as it was at one moment."""
    with (
        closing(_connected(url)) as source,
        closing(sqlite3.connect(copy)) as target,
        source.transaction(),
    ):
        source.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
        for table, columns in _LOOKED_AT.items():
            target.execute(f"CREATE TABLE {table} ({columns})")
            places = ", ".join("?" * len(columns.split(", ")))
            found = source.execute(f"SELECT {columns} FROM {table}").fetchall()
            rows = [[_plain(value) for value in row] for row in found]
            target.executemany(f"INSERT INTO {table} VALUES ({places})", rows)
        target.commit()


def kill_a_backend(url: str, chance: random.Random) -> bool:
    """SIGKILL for one of the server's processes that work for HQ; False when there is none."""
    with closing(_connected(url)) as connection:
        found = connection.execute(
            "SELECT pid FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()"
        ).fetchall()
        if not found:
            return False
        os.kill(chance.choice([process_id for (process_id,) in found]), signal.SIGKILL)
    return True


def _connected(url: str) -> psycopg.Connection[Any]:
    """A connection, as soon as the server takes one: after a kill it recovers first."""
    deadline = time.monotonic() + RECOVERY_SECONDS_MAX
    while True:
        try:
            return psycopg.connect(url, autocommit=True)
        except psycopg.OperationalError:
            assert time.monotonic() < deadline, "PostgreSQL does not come back"
            threading.Event().wait(0.05)


def _plain(value: object) -> object:
    return value.bytes if isinstance(value, UUID) else value
