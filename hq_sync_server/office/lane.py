"""The control lane: one request at a time of each till, answered once and for ever.

HQ keeps the last number, the body's digest and the answer, in the transaction of the effects. The same request again
gets the same answer; another body under the same number is a clone; a lower number is stale. Only a till whose
acknowledged entry is HQ's own head is served.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.pages import Note
from hq_sync_server.office.shelves import is_awaited, write_notes
from hq_sync_server.office.tills import Till
from hq_sync_server.records import statements, tables
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer, LanePosition, Outcome, time_signature_input

_encoder = msgspec.msgpack.Encoder()
_LANE_COLUMNS = (
    *("last_number", "last_digest", "last_answer"),
    *("grant_request", "grant_given", "grant_adopted", "trouble"),
)


@dataclass(frozen=True, slots=True)
class Head:
    """The last entry HQ has of a till's epoch."""

    seq: int
    entry_hash: bytes
    genesis_hash: bytes


@dataclass(frozen=True, slots=True)
class Lane:
    """A till's lane, locked, with the request that is being answered."""

    till: Till
    number: int
    grant_request: int
    grant_given: bytes | None
    grant_adopted: bool
    trouble: str
    head: Head


@dataclass(frozen=True, slots=True)
class Reply:
    """What a request came to: the answer without the parts every answer has, and what to remember in the lane."""

    answer: dict[str, Any]
    head: Head | None = None
    remember: dict[str, Any] | None = None


Process = Callable[[Work, Lane], Reply]


def handle(work: Work, till: Till, position: LanePosition, body: bytes, process: Process) -> bytes:
    """Answer one request (msgpack of ControlAnswer). Refuses `request_wrong` when it speaks for another till."""
    if position.till_id != till.till_id:
        raise Refusal("request_wrong", field="till_id")
    digest = hashlib.sha256(body).digest()
    row = statements.fetch(work.connection, tables.lanes, _LANE_COLUMNS, "till_id", (till.till_id,), rest="FOR UPDATE")[
        0
    ]
    head = _head(work, till.till_id, till.epoch)
    lane = Lane(till, position.request_number, row[3], row[4], bool(row[5]), row[6] or "", head)
    if position.request_number <= row[0]:
        if position.request_number == row[0] and digest == row[1]:
            return bytes(row[2])
        return _not_taken(work, lane, row[0], clone=position.request_number == row[0])
    outcome, fields = _judge(work, lane, position)
    if outcome == "ok":
        if lane.grant_request and position.adopted_request >= lane.grant_request and not lane.grant_adopted:
            lane = Lane(till, lane.number, lane.grant_request, None, True, lane.trouble, head)
        reply = process(work, lane)
    else:
        reply = Reply({"outcome": outcome, **fields})
        if outcome in ("rollback", "fork"):
            _raise_trouble(work, lane, outcome)
    answer = _encode(work, lane, reply, lane.number)
    remembered = {
        "grant_adopted": lane.grant_adopted,
        "last_seen_ms": work.now_ms,
        **(reply.remember or {}),
        "last_number": lane.number,
        "last_digest": digest,
        "last_answer": answer,
    }
    statements.run(
        work.connection,
        f"UPDATE lanes SET {', '.join(f'{name} = ?' for name in remembered)} WHERE till_id = ?",  # noqa: S608 - our own names
        (*remembered.values(), till.till_id),
    )
    return answer


def _head(work: Work, till_id: UUID, epoch: int) -> Head:
    names = ("seq", "head_hash", "genesis_hash")
    row = statements.fetch(
        work.connection, tables.heads, names, "till_id", (till_id,), rest="AND epoch = ?", parameters=(epoch,)
    )[0]
    return Head(row[0], bytes(row[1]), bytes(row[2]))


def _judge(work: Work, lane: Lane, position: LanePosition) -> tuple[Outcome, dict[str, Any]]:
    """Whether the till stands where HQ thinks it stands."""
    head = lane.head
    if position.epoch != lane.till.epoch:
        return "refused", {"refusal": "epoch_not_open"}
    if position.seq == head.seq and position.head_hash != head.entry_hash:
        return "fork", {}
    if position.acked_seq == head.seq and position.acked_hash == head.entry_hash:
        return "ok", {}
    if position.acked_seq > head.seq:  # HQ has less than it acknowledged: it was restored from a backup
        return "resend_from", {}
    if position.acked_hash != _hash_at(work, lane, position.acked_seq):
        return "fork", {}
    if position.seq < head.seq:
        return "rollback", {"common_seq": position.acked_seq}
    return "resend_from", {}


def _hash_at(work: Work, lane: Lane, seq: int) -> bytes:
    if seq == 0:
        return lane.head.genesis_hash
    entries = tables.entries
    found = work.connection.scalar(
        select(entries.c.entry_hash)
        .where(entries.c.till_id == lane.till.till_id, entries.c.epoch == lane.till.epoch, entries.c.seq == seq)
        .order_by(entries.c.entry_id)
    )
    return bytes(found or b"")


def _not_taken(work: Work, lane: Lane, last_number: int, *, clone: bool) -> bytes:
    """An answer to a number that is already closed; it is not kept, the kept one belongs to that number."""
    if clone:
        _raise_trouble(work, lane, "clone")
        work.connection.execute(
            update(tables.lanes).where(tables.lanes.c.till_id == lane.till.till_id).values(trouble="clone")
        )
    return _encode(work, lane, Reply({"outcome": "clone" if clone else "stale"}), last_number)


def _raise_trouble(work: Work, lane: Lane, code: str) -> None:
    """Said once: until somebody has looked, it is the same trouble."""
    if lane.trouble == code:
        return
    work.connection.execute(
        update(tables.lanes).where(tables.lanes.c.till_id == lane.till.till_id).values(trouble=code)
    )
    note = Note(code, till_id=lane.till.till_id, epoch=lane.till.epoch, seq=lane.head.seq)
    write_notes(work.connection, [note], work.ids, work.now_ms)


def _encode(work: Work, lane: Lane, reply: Reply, last_number: int) -> bytes:
    head = reply.head or lane.head
    signature = work.keys.sign(time_signature_input(lane.till.till_id, lane.number, work.now_ms))
    fields: dict[str, Any] = {
        "outcome": "ok",
        "hq_epoch": work.hq_epoch,
        "acked_seq": head.seq,
        "acked_hash": head.entry_hash,
        "hq_last_request": last_number,
        "hq_head_seq": head.seq,
        "hq_time_ms": work.now_ms,
        "hq_time_signature": signature,
        "recovering": work.recovering,
        "report_wanted": is_awaited(work.connection, work.hq_epoch, lane.till.till_id),
        **reply.answer,
    }
    return _encoder.encode(ControlAnswer(request_number=lane.number, **fields))
