"""Backups of an open HQ in tests: taken while it runs, put back as an operator would do while it is stopped."""

import sqlite3
from pathlib import Path

import psycopg

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import copies, recovery

Tables = dict[str, bytes]


class Backup:
    """What HQ's records were at one moment."""

    def __init__(self, hq: Hq, folder: Path) -> None:
        self._hq = hq
        self._database = hq.desk.database
        self._path = folder / "backup.db"
        self._tables: Tables = {}
        if self._database.is_postgresql:
            self._tables = self._dumped()
        else:
            copies.back_up(hq.desk, self._path)

    def put_back(self) -> None:
        """The records as they were; nobody has told HQ yet."""
        if self._database.is_postgresql:
            self._load()
            return
        with sqlite3.connect(self._path) as source, sqlite3.connect(str(self._database.url.database)) as target:
            source.backup(target)

    def restore(self) -> int:
        """Put back, and HQ told so; its new epoch."""
        self.put_back()
        return self._hq.desk.run(recovery.begin)

    def _connect(self) -> psycopg.Connection:
        url = self._database.url.set(drivername="postgresql")
        return psycopg.connect(url.render_as_string(hide_password=False), autocommit=False)

    def _dumped(self) -> Tables:
        with self._connect() as connection:
            names = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public'").fetchall()
            dumped = {}
            for (name,) in names:
                with connection.cursor().copy(f'COPY "{name}" TO STDOUT (FORMAT BINARY)') as copy:
                    dumped[name] = b"".join(bytes(part) for part in copy)
        return dumped

    def _load(self) -> None:
        with self._connect() as connection:
            connection.execute("SET session_replication_role = replica")  # no keys and triggers while it is half there
            connection.execute(f"TRUNCATE {', '.join(self._tables)} CASCADE")
            for name, rows in self._tables.items():
                with connection.cursor().copy(f'COPY "{name}" FROM STDIN (FORMAT BINARY)') as copy:
                    copy.write(rows)
