"""What comes under a revoked key is kept aside: stored as it came, counted nowhere, until somebody at HQ accepts it.

A till that was stolen must not be able to write into the books; a till whose key was taken away by mistake must not
lose a sale for it. Called by the api (which has checked the signature against the old key) and by the commands.
"""

import hashlib
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, func, select, update

from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.reading import chain_break
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import lane
from hq_sync_server.office.intake import intake
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.organisation.tills import Till, signature_is_right
from hq_sync_server.records import bulk, tables
from shared_models.entries import batch_signature_input
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer, EntriesRequest

KEPT_BATCHES_MAX = 2000
KEPT_BYTES_MAX = 1024**3
"""Of one till: whoever has a stolen key must not fill HQ's disk, neither by many batches nor by large ones."""
UNDER_REVOKED_KEY = "under_revoked_key"

_decoder = msgspec.msgpack.Decoder(EntriesRequest)


class Accepted(Struct, frozen=True, kw_only=True):
    """What came of accepting: entries taken, and batches that hang on nothing HQ knows and stay aside."""

    entries: int = 0
    batches_left: int = 0


def keep(work: Work, till: Till, request: EntriesRequest) -> ControlAnswer:
    """Keep a batch signed by an old key of this till (`till.public_key` is that key); the same again is kept once.
    Refuses `till_revoked` for what is no sound batch, or one too many."""
    epoch = request.epoch or request.lane.epoch
    _check(work, till, request, epoch)
    kept = tables.kept_batches
    last = request.entries[-1]
    digest = hashlib.sha256(last.entry_hash + request.first_seq.to_bytes(8, "big")).digest()
    here = kept.c.till_id == till.till_id
    sums = select(func.count(), func.coalesce(func.sum(func.length(kept.c.request)), 0)).where(here)
    known, known_bytes = work.connection.execute(sums).one()
    is_new = work.connection.scalar(select(kept.c.epoch).where(here, kept.c.digest == digest)) is None
    if is_new and (known >= KEPT_BATCHES_MAX or known_bytes >= KEPT_BYTES_MAX):
        raise Refusal("till_revoked")
    if is_new:
        columns = ("till_id", "digest", "epoch", "first_seq", "last_seq", "request", "public_key", "received_at_ms")
        as_it_came = msgspec.msgpack.encode(request)
        row = (till.till_id, digest, epoch, request.first_seq, last.seq, as_it_came, till.public_key, work.now_ms)
        bulk.upsert(work.connection, kept, columns, [row], changes="nothing")
        if not known:
            note = Note("kept_aside", till_id=till.till_id, epoch=epoch, seq=request.first_seq)
            write_notes(work.connection, [note], work.ids, work.now_ms)
    number = request.lane.request_number
    answer = ControlAnswer(
        request_number=number,
        outcome="kept",
        common_seq=last.seq,
        common_hash=last.entry_hash,
        common_epoch=epoch,
        hq_time_ms=work.now_ms,
    )
    return lane.signed(work, till.till_id, answer)


def waiting(connection: Connection, till_id: UUID) -> tuple[int, int]:
    """(batches, entries) of a till that are kept aside and not accepted."""
    kept = tables.kept_batches.c
    count = func.coalesce(func.sum(kept.last_seq - kept.first_seq + 1), 0)
    row = connection.execute(
        select(func.count(kept.epoch), count).where(kept.till_id == till_id, kept.accepted_at_ms.is_(None))
    ).one()
    return int(row[0]), int(row[1])


def accept(work: Work, till_id: UUID, by: str) -> Accepted:
    """Take what was kept aside of a till, as facts named `under_revoked_key`. Refuses `till_unknown`,
    `nothing_kept`."""
    till = tills.find(work.connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    lane_now = lane.locked(work, till)
    kept = tables.kept_batches
    rows = work.connection.execute(
        select(kept)
        .where(kept.c.till_id == till_id, kept.c.accepted_at_ms.is_(None))
        .order_by(kept.c.epoch, kept.c.first_seq, kept.c.received_at_ms, kept.c.digest)
    ).all()
    if not rows:
        raise Refusal("nothing_kept")
    entries = left = 0
    for row in rows:
        request = _decoder.decode(row.request)
        own_key = replace(till, public_key=bytes(row.public_key))
        lane_now = replace(lane_now, till=own_key, head=lane.head_of(work, till_id, till.epoch) or lane_now.head)
        reply = intake.take_branch(work, lane_now, request, row.epoch, named=UNDER_REVOKED_KEY)
        if "outcome" in reply.answer:
            left += 1
            continue
        entries += len(request.entries)
        work.connection.execute(
            update(kept)
            .where(kept.c.till_id == till_id, kept.c.digest == bytes(row.digest))
            .values(accepted_at_ms=work.now_ms, accepted_by=by)
        )
    return Accepted(entries=entries, batches_left=left)


def _check(work: Work, till: Till, request: EntriesRequest, epoch: int) -> None:
    if not request.entries or request.lane.till_id != till.till_id or _is_of_a_later_key(work, till, epoch):
        raise Refusal("till_revoked")
    last = request.entries[-1]
    signed = batch_signature_input(till.till_id, epoch, last.seq, last.entry_hash)
    is_sound = chain_break(till.till_id, epoch, request) is None
    if not is_sound or not signature_is_right(till.public_key, request.signature, signed):
        raise Refusal("till_revoked")


def _is_of_a_later_key(work: Work, till: Till, epoch: int) -> bool:
    """Whether the epoch was opened for another key since: the till that goes on in it writes it, and nobody beside it
    under the key that was taken away."""
    keys = tables.till_keys.c
    here = select(keys.from_epoch).where(keys.till_id == till.till_id)
    since = work.connection.scalar(here.where(keys.public_key == till.public_key)) or 0
    later = here.where(keys.from_epoch > since, keys.from_epoch <= epoch).limit(1)
    return work.connection.scalar(later) is not None
