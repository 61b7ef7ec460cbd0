"""What waits at a till without a line, as a file for HQ: sealed, signed, and safe to be taken more than once.

Called by the command `sync-file`. Nothing here counts as said: only HQ's answer on the line acknowledges, and until
then the till keeps and says everything itself.
"""

import os
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path

import msgspec
import zstandard
from nacl.public import PublicKey, SealedBox

from pos_client.ledger import Ledger
from pos_client.ledger.answers import TillIdentity
from pos_client.sync.keys import TillKeys
from shared_models.entries import Entry, batch_signature_input
from shared_models.folders import sync_folder
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.sync import BATCH_BYTES_MAX, BATCH_ENTRIES_MAX, EntriesRequest, LanePosition, WireEntry
from shared_models.sync_file import MAGIC, SyncFile

BYTES_IN_ONE_FILE = 32 * 1024 * 1024
"""Of entries and what lies beside them: half of what HQ takes, however little they can be compressed."""


def write(
    ledger: Ledger, keys: TillKeys, clock: Clock, target: Path, *, bytes_max: int = BYTES_IN_ONE_FILE
) -> list[tuple[Path, int]]:
    """Write all entries that HQ has not acknowledged: (file, its entries), to be taken in this order. Where they are
    more than HQ takes in one file others follow, with a number behind the name. Refuses `till_not_enrolled`,
    `nothing_waits`, `file_exists`."""
    identity = ledger.identity
    if identity is None:
        raise Refusal("till_not_enrolled")
    written: list[tuple[Path, int]] = []
    batches: list[EntriesRequest] = []
    room, (seq, prev_hash) = bytes_max, ledger.acked()
    while entries := ledger.entries_after(seq, BATCH_ENTRIES_MAX, BATCH_BYTES_MAX):
        batch = _batch(ledger, keys, entries)
        size = sum(len(one.body) for one in batch.entries) + sum(len(one.content) for one in batch.attachments)
        if batches and size > room:
            written.append(_file(identity, clock, _numbered(target, len(written) + 1), batches))
            batches, room = [], bytes_max
        batches.append(batch)
        room -= size
        seq, prev_hash = entries[-1].seq, entries[-1].entry_hash
    if not batches:
        raise Refusal("nothing_waits", seq=seq, hash=prev_hash.hex())
    written.append(_file(identity, clock, _numbered(target, len(written) + 1), batches))
    return written


def _numbered(target: Path, number: int) -> Path:
    return target if number == 1 else target.with_name(f"{target.stem}-{number}{target.suffix}")


def _file(identity: TillIdentity, clock: Clock, target: Path, batches: Sequence[EntriesRequest]) -> tuple[Path, int]:
    """One file, whole or not at all."""
    if target.exists():
        raise Refusal("file_exists", path=str(target))
    file = SyncFile(till_id=identity.till_id, made_at_ms=clock.now_ms(), batches=tuple(batches))
    packed = zstandard.ZstdCompressor(level=3, write_content_size=True).compress(msgspec.msgpack.encode(file))
    sealed = SealedBox(PublicKey(identity.hq_seal_key)).encrypt(packed)
    unfinished = target.with_name(f"{target.name}.unfinished")
    try:
        with unfinished.open("wb") as out:
            out.write(MAGIC + bytes(sealed))
            out.flush()
            os.fsync(out.fileno())
        unfinished.rename(target)
    except OSError:
        with suppress(OSError):  # a stick without room for all of it
            unfinished.unlink(missing_ok=True)
        raise
    with suppress(OSError):  # its name too, where the stick has such a call: it is pulled out next
        sync_folder(target.parent)
    return target, sum(len(batch.entries) for batch in batches)


def _batch(ledger: Ledger, keys: TillKeys, entries: list[Entry]) -> EntriesRequest:
    head, (acked_seq, acked_hash), last = ledger.head(), ledger.acked(), entries[-1]
    assert ledger.identity is not None
    signed = batch_signature_input(last.till_id, last.epoch, last.seq, last.entry_hash)
    return EntriesRequest(
        lane=LanePosition(
            till_id=ledger.identity.till_id,
            epoch=head.epoch,
            hq_epoch=ledger.identity.hq_epoch,
            request_number=0,
            acked_seq=acked_seq,
            acked_hash=acked_hash,
            seq=head.seq,
            head_hash=head.entry_hash,
        ),
        first_seq=entries[0].seq,
        prev_hash=entries[0].prev_hash,
        entries=tuple(
            WireEntry(
                seq=entry.seq,
                entry_type=entry.entry_type,
                type_version=entry.type_version,
                body=entry.body,
                entry_hash=entry.entry_hash,
            )
            for entry in entries
        ),
        attachments=tuple(ledger.attachments_of([entry.seq for entry in entries])),
        signature=keys.device_key.sign(signed),
    )
