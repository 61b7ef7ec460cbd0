"""Long work in the background: begun by a page, told how far it is, found again by whoever comes back.

One thread at a time does it, in transactions of its own; progress is a row in the records, so another server shows it
too. What was running when a server stopped is `stopped`: it changed nothing, or its one transaction did all of it.
"""

import threading
from collections.abc import Callable
from typing import Any
from uuid import UUID

import msgspec
import structlog
from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from hq_sync_server.office.access.roles import Viewer
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.records import console_tables
from shared_models.refusals import Refusal

_log = structlog.get_logger()
_jobs = console_tables.background_jobs
_one_at_a_time = threading.Semaphore(1)
LISTED_MAX = 50
_TELL_EACH_MS = 250


class Job(Struct, frozen=True, kw_only=True):
    """A piece of work. `result` is what it came to, or `{"refused": code, ...}`."""

    job_id: UUID
    kind: str
    who: str
    status: str
    done: int
    total: int
    told: dict[str, Any]
    result: dict[str, Any]
    begun_at_ms: int
    ended_at_ms: int


class Progress:
    """Handed to the work, which says how far it is; told to the records a few times a second."""

    def __init__(self, desk: Desk, job_id: UUID) -> None:
        self._desk = desk
        self._job_id = job_id
        self._told_at_ms = 0

    def tell(self, done: int, total: int) -> None:
        """So much of so much is done."""
        now_ms = self._desk.clock.monotonic_ms()
        if done < total and now_ms - self._told_at_ms < _TELL_EACH_MS:
            return
        self._told_at_ms = now_ms
        _change(self._desk, self._job_id, done=done, total=total)


Doing = Callable[[Progress], dict[str, Any]]


def begin(desk: Desk, viewer: Viewer, kind: str, told: dict[str, Any], do: Doing) -> UUID:
    """Begin work on a thread of its own; its id."""
    job_id = desk.ids.new_id()

    def keep(work: Work) -> None:
        work.connection.execute(
            insert(_jobs).values(
                job_id=job_id,
                kind=kind,
                who=viewer.login,
                status="running",
                told=msgspec.json.encode(told).decode(),
                begun_at_ms=work.now_ms,
            )
        )

    desk.run(keep)
    threading.Thread(target=_run, args=(desk, job_id, do), name=f"job-{kind}", daemon=True).start()
    return job_id


def _run(desk: Desk, job_id: UUID, do: Doing) -> None:
    with _one_at_a_time:
        try:
            status, result = "done", do(Progress(desk, job_id))
        except Refusal as refusal:
            status, result = "failed", {"refused": refusal.code, **refusal.fields}
        except Exception:  # noqa: BLE001 - whatever failed, the job is over and says so
            _log.exception("job.failed", job=job_id.hex)
            status, result = "failed", {"refused": "job_failed"}
        encoded = msgspec.json.encode(result).decode()
        _change(desk, job_id, status=status, result=encoded, ended_at_ms=desk.clock.now_ms())


def stop_all(work: Work) -> None:
    """What a server that ended left behind; when HQ starts."""
    running = update(_jobs).where(_jobs.c.status == "running")
    work.connection.execute(running.values(status="stopped", ended_at_ms=work.now_ms))


def one(connection: Connection, viewer: Viewer, job_id: UUID) -> Job:
    """A job of one's own, or of anybody for an administrator. Refuses `not_found`."""
    row = connection.execute(select(_jobs).where(_jobs.c.job_id == job_id)).one_or_none()
    if row is None or (row.who != viewer.login and viewer.role != "hq_admin"):
        raise Refusal("not_found")
    return _job(row)


def newest(connection: Connection, viewer: Viewer) -> list[Job]:
    """The newest jobs one may see."""
    wanted = select(_jobs).order_by(_jobs.c.begun_at_ms.desc()).limit(LISTED_MAX)
    if viewer.role != "hq_admin":
        wanted = wanted.where(_jobs.c.who == viewer.login)
    return [_job(row) for row in connection.execute(wanted)]


def _change(desk: Desk, job_id: UUID, **values: Any) -> None:
    desk.run(lambda work: work.connection.execute(update(_jobs).where(_jobs.c.job_id == job_id).values(**values)))


def _job(row: Any) -> Job:
    return Job(
        job_id=row.job_id,
        kind=row.kind,
        who=row.who,
        status=row.status,
        done=row.done,
        total=row.total,
        told=msgspec.json.decode(row.told),
        result=msgspec.json.decode(row.result),
        begun_at_ms=row.begun_at_ms,
        ended_at_ms=row.ended_at_ms or 0,
    )
