"""What a printer still owes, on disk: one small file a slip, so that a dead printer and a dead till lose nothing.

Written and read by the printer's own thread alone (`printer`). A file's name says how far its slip is: `waiting`, then
`begun` before its first byte goes out, then `done`; the newest `done` one is kept, for it says how far the till got.
"""

import os
import re
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from pos_client.devices.receipt_document import ReceiptDocument

_NAME = re.compile(r"(\d{8})-(waiting|begun|done)\.slip")


class PrintJob(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A slip to be printed. `business_id` is of the entry it is about; a job without a document says only that the till
    got as far as that entry. `begun`: a part of it may be on paper already. `again_words` then stand above it."""

    number: int
    document: ReceiptDocument | None
    business_id: UUID | None = None
    again_words: str = ""
    is_kept: bool = False
    begun: bool = False
    is_late: bool = False


class PrintSpool:
    """One folder for one printer. Raises OSError where the disk fails; the printer then goes on from memory."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._last_done: Path | None = None

    def recover(self) -> list[PrintJob]:
        """What was not printed when the till stopped, oldest first, late now. A file that cannot be read is set aside
        and never in the way: the book still has what it was about."""
        self._folder.mkdir(parents=True, exist_ok=True)
        jobs = []
        for path, number, state in self._files():
            job = self._read(path)
            if job is None:
                path.replace(path.with_suffix(".unreadable"))
            elif state == "done":
                if self._last_done is not None:
                    self._last_done.unlink(missing_ok=True)
                self._last_done = path
            else:
                jobs.append(replace(job, number=number, is_kept=True, begun=state == "begun", is_late=True))
        return jobs

    def last_entry(self) -> UUID | None:
        """The newest entry of which anything was handed over for printing. May be called from any thread before the
        first `recover`."""
        newest: UUID | None = None
        for path, _number, _state in self._files():
            job = self._read(path)
            newest = job.business_id if job is not None and job.business_id is not None else newest
        return newest

    def count_waiting(self) -> int:
        """How many slips wait. For whoever looks from outside."""
        return sum(1 for path, _number, state in self._files() if state != "done" and self._owes(path))

    def _owes(self, path: Path) -> bool:
        job = self._read(path)
        return job is not None and job.document is not None

    def next_number(self) -> int:
        """Above every number there is."""
        return max((number for _path, number, _state in self._files()), default=0) + 1

    def keep(self, job: PrintJob) -> PrintJob:
        """On disk when this returns."""
        path = self._path(job.number, "waiting")
        fresh = path.with_suffix(".new")
        with fresh.open("wb") as file:
            file.write(msgspec.msgpack.encode(job))
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(path)
        return replace(job, is_kept=True)

    def begin(self, job: PrintJob) -> PrintJob:
        """Its first byte goes out now."""
        self._rename(job, "waiting", "begun")
        return replace(job, begun=True)

    def wait_again(self, job: PrintJob) -> PrintJob:
        """Not a byte of it went out after all."""
        self._rename(job, "begun", "waiting")
        return replace(job, begun=False)

    def set_aside(self, job: PrintJob) -> PrintJob:
        """Nobody can print it; whoever looks for it finds it."""
        if job.is_kept:
            for state in ("waiting", "begun"):
                path = self._path(job.number, state)
                if path.exists():
                    path.replace(path.with_suffix(".unreadable"))
        return job

    def finish(self, job: PrintJob) -> None:
        """It is on paper, or nobody wants it any more."""
        if not job.is_kept:
            return
        done = self._path(job.number, "done")
        begun = self._path(job.number, "begun")
        (begun if begun.exists() else self._path(job.number, "waiting")).replace(done)
        if self._last_done is not None and self._last_done != done:
            self._last_done.unlink(missing_ok=True)
        self._last_done = done

    def _rename(self, job: PrintJob, before: str, after: str) -> None:
        if job.is_kept:
            self._path(job.number, before).replace(self._path(job.number, after))

    def _path(self, number: int, state: str) -> Path:
        return self._folder / f"{number:08d}-{state}.slip"

    def _files(self) -> Iterator[tuple[Path, int, str]]:
        with suppress(FileNotFoundError):
            for path in sorted(self._folder.iterdir()):
                named = _NAME.fullmatch(path.name)
                if named is not None:
                    yield path, int(named[1]), named[2]

    @staticmethod
    def _read(path: Path) -> PrintJob | None:
        try:
            return msgspec.msgpack.decode(path.read_bytes(), type=PrintJob)
        except (OSError, ValueError):  # msgspec's own, and that of bytes that are no UTF-8
            return None
