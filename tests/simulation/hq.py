"""HQ in a simulation: its real records on a real file, killed and started again.

The database object lives as long as the worker, for compiling its statements anew with each start would cost more than
the seed itself; a restart closes every connection, as the end of a process does.
"""

import sqlite3
from contextlib import closing
from pathlib import Path

from sqlalchemy import event

from hq_sync_server.api.wire import Api, RawRequest, RawResponse
from hq_sync_server.office.books import sequencer
from hq_sync_server.office.desk import Desk
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records.database import Database
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from tests.simulation import curve
from tests.simulation.moments import Crash
from tests.simulation.wire import HqDoor
from tests.simulation.world import HQ_FILE

PAGES_MAX = 1_073_741_823


class SimHq:
    """One worker's HQ. `open` begins a seed, `close` ends it."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self.database = Database(f"sqlite:///{folder / HQ_FILE}")
        self._crash_at_commit = False
        self._disk_is_full = False
        self.restarts = 0
        event.listen(self.database._writer, "commit", self._committing)

    def open(self, clock: ManualClock, ids: IdSource) -> None:
        """Start on the files as they lie."""
        self._clock, self._ids = clock, ids
        self._crash_at_commit = self._disk_is_full = False
        self.restarts = 0
        self._start()

    def _start(self) -> None:
        keys = HqKeys.open(self.folder / "hq-keys")
        keys._signing = curve.noting(keys._signing)
        self.desk = Desk(self.database, self._clock, self._ids, keys, sequencer.sequence)
        self.api = Api(self.desk)

    def close(self) -> None:
        """Close every connection."""
        self.database.close()

    def restart(self) -> None:
        """The process died and was started again: whatever it held in memory, or had not committed, is gone."""
        self.restarts += 1
        self._crash_at_commit = False
        self.database.close()
        self._start()

    def handle(self, request: RawRequest) -> RawResponse:
        """What tills call."""
        if not self._disk_is_full:
            return self.api.handle(request)
        self._disk_is_full = False
        with self.database._writer.connect() as connection:
            pages = connection.exec_driver_sql("PRAGMA page_count").scalar()
            connection.exec_driver_sql(f"PRAGMA max_page_count = {pages}")
        try:
            return self.api.handle(request)
        finally:
            with self.database._writer.connect() as connection:
                connection.exec_driver_sql(f"PRAGMA max_page_count = {PAGES_MAX}")

    def crash_at_next_commit(self) -> None:
        """The next commit is never made."""
        self._crash_at_commit = True

    def fill_disk(self) -> None:
        """The file may not grow while the next request is answered."""
        self._disk_is_full = True

    def backed_up(self) -> bytes:
        """The records as one file, as they are now."""
        with closing(sqlite3.connect(self.folder / HQ_FILE)) as reader:
            return reader.serialize()

    def restored_from(self, backup: bytes) -> None:
        """HQ was stopped, the backup put in the place of its records, and HQ started again."""
        self.database.close()
        path = self.folder / HQ_FILE
        for leftover in (path, path.with_name(HQ_FILE + "-wal"), path.with_name(HQ_FILE + "-shm")):
            leftover.unlink(missing_ok=True)
        path.write_bytes(backup)
        self.restart()

    def door(self) -> HqDoor:
        """As the wires see it."""
        return HqDoor(self.handle, self.crash_at_next_commit, self.restart, self.fill_disk)

    def _committing(self, _connection: object) -> None:
        if self._crash_at_commit:
            self._crash_at_commit = False
            raise Crash
