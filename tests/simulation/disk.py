"""What is on a till's disk: images of its files, as a crash, a power cut, a restore or a copy finds them.

An image is what the files hold, taken while nobody writes. A power cut keeps what was synced: how much that is follows
from the settings of the connection itself (`PRAGMA synchronous`), not from what we hope they are.
"""

import fcntl
import os
import random
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from pathlib import Path

from pos_client.ledger import Ledger
from pos_client.ledger.database import Database

WAL_HEADER_BYTES = 32
SECTOR_BYTES = 512
FULL = 2
FILES = ("ledger.db", "ledger.db-wal", "mirror.db", "mirror.db-wal")


@dataclass(frozen=True, slots=True)
class Image:
    """The files of a till at one moment. `promised` is how many entries the till had promised then; `anchor` lies
    apart from the folder."""

    files: dict[str, bytes]
    anchor: bytes
    promised: int = 0

    def without_mirror(self) -> "Image":
        """The mirror is gone."""
        kept = {name: content for name, content in self.files.items() if not name.startswith("mirror")}
        return replace(self, files=kept)

    def with_damaged_mirror(self) -> "Image":
        """The mirror's first page is rubbish."""
        return replace(self, files={**self.without_mirror().files, "mirror.db": b"rubbish " * 512})


def take(folder: Path, anchor_path: Path, promised: int = 0) -> Image:
    """The files as they are now; whoever has them open may have written more than the disk has."""
    files = {name: path.read_bytes() for name in FILES if (path := folder / name).exists()}
    return Image(files, anchor_path.read_bytes() if anchor_path.exists() else b"", promised)


def put(image: Image, folder: Path, anchor_path: Path) -> None:
    """Write an image into an empty folder."""
    folder.mkdir(parents=True)
    for name, content in image.files.items():
        (folder / name).write_bytes(content)
    if image.anchor:
        anchor_path.write_bytes(image.anchor)


def synchronous_of(database: Database) -> int:
    """What the writing connection promises: 2 each commit is on the disk, 1 each checkpoint is, 0 nothing."""
    found: int = database.driver.execute("PRAGMA synchronous").fetchone()[0]
    return found


def after_power_cut(now: Image, before: Image, ledger: Ledger, chance: random.Random, *, writing: bool) -> Image:
    """What a power cut leaves. `before`: the image before the last operation; when the power went while that was being
    `writing`, any part of what it appended to the log may be there, the last sector torn. The anchor waits for no disk,
    so it is the present one, the one before, or one slot of each; the mirror loses whatever was not checkpointed."""
    files = dict(now.files)
    files["ledger.db-wal"] = _log_after(
        now.files.get("ledger.db-wal", b""), before.files.get("ledger.db-wal", b""), chance,
        synced=synchronous_of(ledger._database) >= FULL, writing=writing,
    )  # fmt: skip
    files["mirror.db-wal"] = _log_after(
        now.files.get("mirror.db-wal", b""), before.files.get("mirror.db-wal", b""), chance,
        synced=synchronous_of(ledger._mirror) >= FULL, writing=False,
    )  # fmt: skip
    anchor = before.anchor if writing or chance.random() < 0.5 else now.anchor
    return Image({name: content for name, content in files.items() if content}, anchor, now.promised)


def _log_after(now: bytes, before: bytes, chance: random.Random, *, synced: bool, writing: bool) -> bytes:
    """A write-ahead log after a power cut."""
    if synced and not writing:
        return now
    appended = now.startswith(before[:WAL_HEADER_BYTES]) and len(now) >= len(before)
    safe = len(before) if synced and appended else min(WAL_HEADER_BYTES, len(now))
    if safe >= len(now):
        return now
    cut = chance.randrange(safe, len(now))
    torn = chance.randbytes(min(SECTOR_BYTES, len(now) - cut)) if chance.random() < 0.5 else b""
    return now[:cut] + torn


@contextmanager
def full_disk(database: Database) -> Iterator[None]:
    """The file may not grow by a page: SQLite itself says that the disk is full."""
    driver = database.driver
    pages: int = driver.execute("PRAGMA page_count").fetchone()[0]
    driver.execute(f"PRAGMA max_page_count = {pages}")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    log = database.path.with_name(database.path.name + "-wal")
    room = max(log.stat().st_size if log.exists() else 0, 1)
    resource.setrlimit(resource.RLIMIT_FSIZE, (room, limits[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
        driver.execute("PRAGMA max_page_count = 1073741823")


@contextmanager
def failing_disk(database: Database) -> Iterator[bool]:
    """Writes to the log fail with an error of the disk: its descriptors are for reading only as long as this lasts.
    Whether there were any to replace."""
    log = database.path.with_name(database.path.name + "-wal")
    descriptors = list(_descriptors_of(log))
    kept = [os.dup(descriptor) for descriptor in descriptors]
    for descriptor in descriptors:
        read_only = os.open(log, os.O_RDONLY)
        os.dup2(read_only, descriptor)
        os.close(read_only)
    try:
        yield bool(descriptors)
    finally:
        for descriptor, writable in zip(descriptors, kept, strict=True):
            os.dup2(writable, descriptor)
            os.close(writable)


def _descriptors_of(path: Path) -> Iterator[int]:
    """The descriptors by which this process may write a file: SQLite opens a log for writing also to read it."""
    wanted = path.stat().st_ino if path.exists() else -1
    for name in os.listdir("/proc/self/fd"):  # noqa: PTH208 - descriptors are no paths
        number = int(name)
        try:
            found = os.fstat(number)
        except OSError:
            continue
        if found.st_ino == wanted and os.get_blocking(number) and _is_writable(number):
            yield number


def _is_writable(descriptor: int) -> bool:
    return fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE == os.O_RDWR


def close_quietly(ledger: Ledger) -> None:
    """Give the descriptors of a dead process back; what closing writes lies in a folder nobody opens again. The writers
    first: they copy the log into the file only where nobody else has it open, and here it is to no end."""
    for database in (ledger._mirror, ledger._database):
        with suppress(sqlite3.Error):
            database.driver.close()
    for part in (ledger._anchor, ledger._mirror, ledger._database, ledger._door):
        try:
            part.close()
        except sqlite3.Error:
            continue
