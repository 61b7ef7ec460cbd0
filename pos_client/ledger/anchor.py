"""The anchor: a small file outside the database's folder that remembers the head of the chain.

Two checksummed slots, overwritten in place after each commit without waiting for the disk; `sync` is called each second
by others. At start the ledger must reach at least as far as the anchor says, else its disk went back.

    slot = magic[8] || till[16] || epoch u32 || seq u64 || head[32] || SHA-256 of all that [32]      (big-endian)
"""

import hashlib
import os
import struct
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pos_client.ledger.answers import ChainHead
from shared_models.folders import make_folder, sync_folder

_MAGIC = b"tbanchr1"
_SLOT = struct.Struct(">8s16sIQ32s")
_SLOT_BYTES = 512
"""A slot each in a sector of its own: a torn write spoils one."""


@dataclass(frozen=True, slots=True)
class Anchored:
    """What a slot says."""

    till_id: UUID
    head: ChainHead


class Anchor:
    """The open anchor file. All but `sync` is called under the ledger's writing lock."""

    def __init__(self, path: Path) -> None:
        make_folder(path.parent)
        self.path = path
        self._file = os.open(path, os.O_RDWR | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        if os.fstat(self._file).st_size < 2 * _SLOT_BYTES:
            self._put(0, bytes(2 * _SLOT_BYTES))
            os.fsync(self._file)
            sync_folder(path.parent)
        self._next_slot = 0
        newest = self.read()
        if newest is not None:
            self._next_slot = 1 - newest[0]

    def read(self) -> tuple[int, Anchored] | None:
        """The slot with the newest valid head, and what it says; None when neither is valid."""
        slots = read_slots(self.path)
        valid = [(slot.head.epoch, slot.head.seq, number, slot) for number, slot in enumerate(slots) if slot]
        if not valid:
            return None
        _, _, number, slot = max(valid, key=lambda each: each[:3])
        return number, slot

    def write(self, till_id: UUID, head: ChainHead) -> None:
        """Remember the head; the disk is not waited for."""
        content = _SLOT.pack(_MAGIC, till_id.bytes, head.epoch, head.seq, head.entry_hash)
        with suppress(OSError):  # the entry is safe already, and an anchor that lags never alarms
            self._put(self._next_slot * _SLOT_BYTES, content + hashlib.sha256(content).digest())
        self._next_slot = 1 - self._next_slot

    def forget(self) -> None:
        """Empty both slots: a new enrolment begins."""
        self._put(0, bytes(2 * _SLOT_BYTES))

    def sync(self) -> None:
        """Wait until the disk has it. Any thread may; one that comes after `close` has nothing to wait for."""
        with suppress(OSError):  # it is asked for again in a second
            os.fsync(self._file)

    def close(self) -> None:
        """Give the file back."""
        if self._file >= 0:
            os.close(self._file)
            self._file = -1

    def _put(self, offset: int, content: bytes) -> None:
        os.lseek(self._file, offset, os.SEEK_SET)
        os.write(self._file, content)


def read_slots(path: Path) -> list[Anchored | None]:
    """Both slots as they are on disk; None where a slot is empty or torn."""
    content = path.read_bytes() if path.exists() else b""
    found: list[Anchored | None] = []
    for offset in (0, _SLOT_BYTES):
        slot = content[offset : offset + _SLOT.size]
        checksum = content[offset + _SLOT.size : offset + _SLOT.size + 32]
        if len(slot) < _SLOT.size or hashlib.sha256(slot).digest() != checksum:
            found.append(None)
            continue
        magic, till_id, epoch, seq, head = _SLOT.unpack(slot)
        found.append(Anchored(UUID(bytes=till_id), ChainHead(epoch, seq, head)) if magic == _MAGIC else None)
    return found


def slots_are_damaged(path: Path) -> bool:
    """Whether a slot holds something that is no head. A slot lies within one sector, so a power cut leaves the old
    head or the new one: for `verify` alone, at start the other slot will do."""
    content = path.read_bytes() if path.exists() else b""
    filled = [any(content[offset : offset + _SLOT_BYTES]) for offset in (0, _SLOT_BYTES)]
    return any(is_filled and slot is None for is_filled, slot in zip(filled, read_slots(path), strict=True))
