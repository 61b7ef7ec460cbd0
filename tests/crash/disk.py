"""A disk that promises as little as it may: what was synced is there, of everything after it any part may be.

A `Disk` follows the changes to the files beneath one folder. `after_power_loss` makes the files as they might be found:
each file as of its last sync, with a random part of the writes since then, in any order and torn at any sector; each
name as of its folder's last sync, with a random part of the names made and taken since. No journal of a file system
helps here: a new file whose folder was never synced may be gone. And a sync that failed is forgotten by the system:
what it should have written stays to be seen, also by a program that is started anew, but is never tried again; only
what is written once more may still reach the disk.
"""

import random
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

from tests.crash.recording import AT_THE_END, Change

SECTOR_BYTES = 512
SHARED_MEMORY = "-shm"


@dataclass(slots=True)
class _File:
    """What is surely on disk, what was done since, and what the running system shows."""

    durable: bytes = b""
    pending: list[Change] = field(default_factory=list)
    shown: bytearray = field(default_factory=bytearray)


_FOLDER = _File()
Names = dict[str, _File]


@dataclass(frozen=True, slots=True)
class _Naming:
    """A change of names that its folder has not been synced after."""

    change: Change
    file: _File


class Disk:
    """The files beneath `root`, which is read as it is now: surely on disk, all of it."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._shown: Names = {}
        for path in sorted(root.rglob("*")):
            if path.is_dir():
                self._shown[str(path)] = _FOLDER
            elif not path.name.endswith(SHARED_MEMORY):
                content = path.read_bytes()
                self._shown[str(path)] = _File(content, shown=bytearray(content))
        self._durable: Names = dict(self._shown)
        self._namings: list[_Naming] = []

    def follow(self, change: Change) -> None:
        """The next change; those of other folders are passed over."""
        if not change.path.startswith(f"{self.root}/") and change.path != str(self.root):
            return
        if change.kind == "sync":
            self._sync(change)
        elif change.kind == "failed_sync":
            file = self._shown.get(change.path, _FOLDER)
            file.pending = [each for each in file.pending if not _before(each, change)]
        elif change.kind in {"write", "resize"}:
            self._write(change)
        elif change.kind == "make":
            if change.path not in self._shown:
                self._rename(change, _File())
        else:
            self._rename(change, _FOLDER if change.kind == "make_folder" else self._shown[change.path])

    def files(self) -> dict[str, bytes]:
        """What a running system shows, by path from the root; also what is left when only processes are killed."""
        return {
            path.removeprefix(f"{self.root}/"): bytes(file.shown)
            for path, file in self._shown.items()
            if file is not _FOLDER
        }

    def after_power_loss(self, chance: random.Random) -> dict[str, bytes]:
        """The files as they might be found."""
        names = dict(self._durable)
        for naming in _some(self._namings, chance):
            _apply(names, naming)
        kept = _share(chance)
        return {
            path.removeprefix(f"{self.root}/"): _found(file, chance, kept)
            for path, file in names.items()
            if file is not _FOLDER and self._has_folders(path, names)
        }

    def _sync(self, change: Change) -> None:
        """What had ended before the sync began is on disk now."""
        file = self._shown.get(change.path)
        if file is None or file is _FOLDER:
            done = [each for each in self._namings if _folder_of(each) == change.path and _before(each.change, change)]
            for naming in done:
                _apply(self._durable, naming)
                self._namings.remove(naming)
            return
        done_before = [each for each in file.pending if _before(each, change)]
        if done_before:
            content = bytearray(file.durable)
            for each in done_before:
                _do(content, each)
            file.durable = bytes(content)
            file.pending = [each for each in file.pending if not _before(each, change)]

    def _write(self, change: Change) -> None:
        file = self._shown[change.path]
        if change.offset == AT_THE_END:
            change = Change("write", change.path, change.begun_at, change.ended_at, len(file.shown), change.content)
        _do(file.shown, change)
        file.pending.append(change)

    def _rename(self, change: Change, file: _File) -> None:
        naming = _Naming(change, file)
        _apply(self._shown, naming)
        self._namings.append(naming)

    def _has_folders(self, path: str, names: Names) -> bool:
        """Whether all folders on the way to a file are there."""
        folder = Path(path).parent
        while folder != self.root:
            if names.get(str(folder)) is not _FOLDER:
                return False
            folder = folder.parent
        return True


def write_files(files: dict[str, bytes], folder: Path, *, garbage: random.Random | None = None) -> None:
    """Put files into a folder. With `garbage`, what SQLite had in shared memory is left behind as nonsense."""
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(content)
        if garbage is not None and name.endswith(".db"):
            path.with_name(path.name + SHARED_MEMORY).write_bytes(garbage.randbytes(32_768))


def _before(change: Change, sync: Change) -> bool:
    return change.ended_at < sync.begun_at


def _folder_of(naming: _Naming) -> str:
    return str(Path(naming.change.path).parent)


def _apply(names: Names, naming: _Naming) -> None:
    change = naming.change
    if change.kind == "rename":
        names.pop(change.path, None)
        names[change.target] = naming.file
    elif change.kind == "remove":
        names.pop(change.path, None)
    else:
        names[change.path] = naming.file


def _do(content: bytearray, change: Change) -> None:
    """Write or resize."""
    if change.kind == "resize":
        del content[change.offset :]
        content.extend(bytes(change.offset - len(content)))
        return
    content.extend(bytes(max(0, change.offset - len(content))))
    content[change.offset : change.offset + len(change.content)] = change.content


def _found(file: _File, chance: random.Random, kept: Callable[[], bool]) -> bytes:
    """One file's content after the power went."""
    content = bytearray(file.durable)
    if chance.random() < 0.3:  # in order, and the last one torn
        through = chance.randint(0, len(file.pending))
        for change in file.pending[:through]:
            _do(content, change)
        for change in file.pending[through : through + 1]:
            _tear(content, change, lambda: chance.random() < 0.5)
        return bytes(content)
    for change in file.pending:
        _tear(content, change, kept)
    return bytes(content)


def _tear(content: bytearray, change: Change, kept: Callable[[], bool]) -> None:
    """Those sectors of a write that reached the disk."""
    if change.kind == "resize":
        if kept():
            _do(content, change)
        return
    at, end = change.offset, change.offset + len(change.content)
    while at < end:
        until = min(end, (at // SECTOR_BYTES + 1) * SECTOR_BYTES)
        if kept():
            part = change.content[at - change.offset : until - change.offset]
            _do(content, Change("write", change.path, 0, 0, at, part))
        at = until


def _some(namings: list[_Naming], chance: random.Random) -> list[_Naming]:
    """In order up to some place, as a journal would; or any of them."""
    if chance.random() < 0.5:
        return namings[: chance.randint(0, len(namings))]
    kept = _share(chance)
    return [naming for naming in namings if kept()]


def _share(chance: random.Random) -> Callable[[], bool]:
    """None of it, all of it, or some."""
    share = chance.choice((0.0, 1.0, chance.random(), chance.random(), 0.95, 0.5))
    return lambda: chance.random() < share
