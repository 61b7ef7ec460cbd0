"""The desk everybody in the office works at: records, clock, ids and keys, and one transaction at a time.

`Desk.run` is the only way to change anything: one write transaction, after which the sequencer places what changed in
the feed and waiting long polls are woken.
"""

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TypeVar

import structlog
from sqlalchemy import Connection
from sqlalchemy.exc import InterfaceError, OperationalError
from sqlalchemy.exc import TimeoutError as PoolTimeoutError

from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records import statements
from hq_sync_server.records.database import Database
from shared_models.ids import IdSource
from shared_models.moments import Clock

Result = TypeVar("Result")

_log = structlog.get_logger()


class AgainCarefullyError(Exception):
    """Some code of ours failed on what somebody sent: nothing was done, and the same is done again from the start, with
    a savepoint for each part (`Work.carefully`), so that only that part fails."""


class RecordsAwayError(Exception):
    """The database does not answer, or cannot write: nothing was done, the same may be asked again later."""


_AWAY = (OperationalError, InterfaceError, PoolTimeoutError)


class Changed:
    """Wakes those who wait for something new in the feed. A process hears its own changes at once; those of other
    processes are found by looking again."""

    def __init__(self) -> None:
        self._condition = threading.Condition()
        self._count = 0

    @property
    def count(self) -> int:
        """How often something changed."""
        return self._count

    def tell(self) -> None:
        """Something changed."""
        with self._condition:
            self._count += 1
            self._condition.notify_all()

    def wait(self, seen: int, timeout_seconds: float) -> int:
        """Wait until the count is no longer `seen`, or the time is over; the count then."""
        with self._condition:
            self._condition.wait_for(lambda: self._count != seen, timeout_seconds)
            return self._count


@dataclass(slots=True)
class Work:
    """One write transaction and what it is done with. `now_ms` stands still in it; `has_news` once it changed what the
    sequencer must place. `recovering`: HQ came back from a backup and does not know yet what is free (`recovery`).
    `carefully`: it failed without savepoints."""

    connection: Connection
    desk: "Desk"
    now_ms: int
    hq_epoch: int
    recovering: bool = False
    has_news: bool = False
    carefully: bool = False

    @property
    def ids(self) -> IdSource:
        return self.desk.ids

    @property
    def keys(self) -> HqKeys:
        return self.desk.keys


class Desk:
    """Everything the office needs. Thread-safe. `sequencer` links HQ's facts and places changes in the feed; it says
    whether nothing is left to place."""

    def __init__(
        self, database: Database, clock: Clock, ids: IdSource, keys: HqKeys, sequencer: Callable[[Connection], bool]
    ) -> None:
        self.database = database
        self.clock = clock
        self.ids = ids
        self.keys = keys
        self.changed = Changed()
        self._sequencer = sequencer

    def run(self, do: Callable[[Work], Result]) -> Result:
        """Do it in one write transaction; may be done again from the start where PostgreSQL met a deadlock, or where
        code of ours failed."""
        try:
            return self._run(do, carefully=False)
        except AgainCarefullyError:
            return self._run(do, carefully=True)

    def _run(self, do: Callable[[Work], Result], *, carefully: bool) -> Result:
        work: Work | None = None

        def in_transaction(connection: Connection) -> Result:
            nonlocal work
            work = Work(connection, self, self.clock.now_ms(), *_standing(connection), carefully=carefully)
            result = do(work)
            if work.has_news and not self.database.is_postgresql:
                self._sequencer(connection)  # SQLite has one writer: what it has written is the newest there is
            return result

        with _away_is_said():
            result = self.database.run(in_transaction)
            assert work is not None
            if work.has_news:
                if self.database.is_postgresql:
                    self._place()
                self.changed.tell()
        return result

    def _place(self) -> None:
        """Place what was committed a moment ago. Where the database went away since, the next one does, whoever it is:
        told that nothing was done, somebody would do it twice."""
        try:
            self.database.run(self._sequencer)
        except _AWAY:
            _log.warning("records.away_after_commit", exc_info=True)

    def sequence(self) -> bool:
        """Place what is not placed yet, also what other processes wrote. True when nothing is left: on PostgreSQL a
        change waits for older transactions that are still open, so ask again."""
        with _away_is_said():
            return self.database.run(self._sequencer)

    @contextmanager
    def read(self) -> Iterator[Connection]:
        """A connection to read with."""
        with _away_is_said(), self.database.read() as connection:
            yield connection

    def hq_epoch(self) -> int:
        """How often HQ was restored from a backup, from 1."""
        with self.read() as connection:
            return _standing(connection)[0]


@contextmanager
def _away_is_said() -> Iterator[None]:
    try:
        yield
    except _AWAY as error:
        raise RecordsAwayError from error


_STANDING = "SELECT name, value FROM chain_settings WHERE name IN ('hq_epoch', 'recovering')"
# Whoever works while HQ recovers holds this row, so that the recovery cannot end in the middle of it.
_STILL_RECOVERING = "SELECT value FROM chain_settings WHERE name = 'recovering' FOR SHARE"


def _standing(connection: Connection) -> tuple[int, bool]:
    """(HQ's epoch, whether it still recovers from a backup)."""
    settings: dict[str, str] = {row[0]: row[1] for row in statements.run(connection, _STANDING)}
    recovering = bool(settings.get("recovering"))
    if recovering and connection.dialect.name == "postgresql":
        recovering = bool(statements.run(connection, _STILL_RECOVERING).scalar())
    return int(settings.get("hq_epoch") or 1), recovering
