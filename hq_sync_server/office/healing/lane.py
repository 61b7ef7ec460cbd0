"""The control lane: one request at a time of each till, answered once and for ever.

HQ keeps the last number, the body's digest and the answer, in the transaction of the effects. The same request again
gets the same answer; another body under the same number is a clone; a lower number is stale. Only a till whose
acknowledged entry is HQ's own head is served. Who speaks for a closed epoch is told so beside the lane: an old copy of
a till that was healed must not use up the numbers of the one that goes on. A till that was acknowledged more than HQ
has shows HQ's own signature for it, or is not believed.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING, Any
from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import update

from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import is_awaited, write_notes
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, lost_tills, recovery
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.organisation.tills import Till, signature_is_right
from hq_sync_server.records import statements, tables
from shared_models.acknowledgement import Acknowledgement
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer, EpochBegin, LanePosition, Outcome

if TYPE_CHECKING:
    from hq_sync_server.office.books.books import Books

_encoder = msgspec.msgpack.Encoder()
_LANE_COLUMNS = (
    *("last_number", "last_digest", "last_answer"),
    *("grant_request", "grant_given", "grant_adopted", "trouble"),
    *("claimed_request", "claimed_seq", "approved_by"),
    *("asked_hour", "asked_members"),
)
HEAD_NOT_PROVED = "head_not_proved"
CHAIN_BROKEN = "chain_broken"
"""A batch signed by the till whose entries do not hang together: its book was changed, or its disk is damaged."""

FROZEN_AT_TILL = frozenset(
    {"anchor_ahead", "restored_copy", "stale", "clone", "rollback", "fork", HEAD_NOT_PROVED, CHAIN_BROKEN}
)
"""Why a till may say that it has frozen its own rights: HQ then lends it nothing either."""

_TROUBLE = {one: one for one in ("rollback", "fork", HEAD_NOT_PROVED, CHAIN_BROKEN)}
"""What an answer says of the till's disk, by its outcome or refusal."""

_HASH_BYTES = hashlib.sha256().digest_size


class Head(Struct, frozen=True):
    """The last entry HQ has of a till's epoch."""

    seq: int
    entry_hash: bytes
    genesis_hash: bytes


class Lane(Struct, frozen=True):
    """A till's lane, locked, with the request that is being answered. `claimed_seq` is where the till says that it
    adopted the grant of `claimed_request`, until that entry was looked at (0: nothing is open)."""

    till: Till
    number: int
    grant_request: int
    grant_given: bytes | None
    grant_adopted: bool
    trouble: str
    claimed_request: int
    claimed_seq: int
    approved_by: str
    asked_hour: int
    asked_members: int
    head: Head


class Reply(Struct, frozen=True):
    """What a request came to: the answer without the parts every answer has, and what to remember in the lane. `books`:
    those of the request, written, for whoever goes on with the same members. `trouble`: what it told of the till."""

    answer: dict[str, Any]
    head: Head | None = None
    remember: dict[str, Any] | None = None
    books: "Books | None" = None
    trouble: str = ""


Process = Callable[[Work, Lane], Reply]


def handle(
    work: Work,
    till: Till,
    position: LanePosition,
    body: bytes,
    process: Process,
    *,
    closed: Process | None = None,
    ladder: Iterable[Link] = (),
    epochs: Iterable[EpochBegin] = (),
    anywhere: bool = False,
) -> bytes:
    """Answer one request (msgpack of ControlAnswer). Refuses `request_wrong` when it speaks for another till, and
    `till_revoked` when its key was taken away a moment ago.

    `closed` answers who speaks for a closed epoch; `ladder` are links by which a common entry is looked for; `epochs`
    are how the till's epochs began, in case HQ has lost one;
    `anywhere`: the request may stand on a branch, `process` judges that itself.
    """
    if position.till_id != till.till_id:
        raise Refusal("request_wrong", field="till_id")
    digest = hashlib.sha256(body).digest()
    lane, row = _newest(work, till, position.request_number)
    if position.request_number == row[0] and digest == row[1]:
        return bytes(row[2])
    if position.epoch < lane.till.epoch:
        return _speaks_for_a_closed_epoch(work, lane, position, row[0], closed, ladder)
    if position.epoch == lane.till.epoch and position.frozen in FROZEN_AT_TILL:
        lane = _raise_trouble(work, lane, position.frozen)
    if position.request_number <= row[0]:
        return _not_taken(work, lane, position, row[0])
    outcome, fields = ("ok", {}) if anywhere else _judge(work, lane, position, ladder, epochs)
    if outcome == "ok":
        lane = _adoption_heard(work, lane, position)
        reply = process(work, lane)
    else:
        reply = Reply({"outcome": outcome, **fields})
    said = reply.answer.get("refusal") or reply.answer.get("outcome", "")
    lane = _raise_trouble(work, lane, reply.trouble or _TROUBLE.get(said, ""))
    answer = _encode(work, lane, reply, lane.number)
    remembered = {
        "grant_adopted": lane.grant_adopted,
        "claimed_request": lane.claimed_request,
        "claimed_seq": lane.claimed_seq,
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


def locked(work: Work, till: Till) -> Lane:
    """The till's lane under its lock, for who changes it without a request of the till's."""
    row = statements.fetch(work.connection, tables.lanes, _LANE_COLUMNS, "till_id", (till.till_id,), rest="FOR UPDATE")[
        0
    ]
    head = head_of(work, till.till_id, till.epoch)
    assert head is not None, "the newest epoch of a till has a head"
    return _lane(till, 0, row, head)


def head_of(work: Work, till_id: UUID, epoch: int) -> Head | None:
    """The last entry of the branch that HQ goes by in an epoch; None for an epoch that was never opened."""
    names = ("seq", "head_hash", "genesis_hash")
    rows = statements.fetch(
        work.connection, tables.heads, names, "till_id", (till_id,), rest="AND epoch = ?", parameters=(epoch,)
    )
    return Head(rows[0][0], bytes(rows[0][1]), bytes(rows[0][2])) if rows else None


def _newest(work: Work, till: Till, number: int) -> tuple[Lane, statements.Row]:
    """The till and its head as they are now that the lane is locked: another copy of it may just have been healed."""
    sql = (
        "SELECT tills.epoch, tills.status, heads.seq, heads.head_hash, heads.genesis_hash FROM tills"
        " JOIN heads ON heads.till_id = tills.till_id AND heads.epoch = tills.epoch WHERE tills.till_id = ?"
    )
    with statements.together(work.connection):
        asked = statements.ask(
            work.connection, tables.lanes, _LANE_COLUMNS, "till_id", (till.till_id,), rest="FOR UPDATE"
        )
        epoch, status, seq, head_hash, genesis_hash = statements.run(work.connection, sql, (till.till_id,)).one()
    (row,) = asked
    if status != "active":
        raise Refusal("till_revoked")
    if epoch != till.epoch:
        till = replace(till, epoch=epoch)
    head = Head(seq, bytes(head_hash), bytes(genesis_hash))
    return _lane(till, number, row, head), row


def _lane(till: Till, number: int, row: statements.Row, head: Head) -> Lane:
    grant = row[3], row[4], bool(row[5])
    return Lane(till, number, *grant, row[6] or "", row[7], row[8], row[9], row[10], row[11], head)


def _judge(
    work: Work, lane: Lane, position: LanePosition, ladder: Iterable[Link], epochs: Iterable[EpochBegin]
) -> tuple[Outcome, dict[str, Any]]:
    """Whether the till stands where HQ thinks it stands."""
    head, till = lane.head, lane.till
    _open_between(work, till, epochs)
    if position.hq_epoch > work.hq_epoch:  # restored once more, and from a time before that?
        word = _word(work, till, position)
        if word is not None and word.hq_epoch > work.hq_epoch:
            recovery.begin(work, word.hq_epoch)
        elif not lane.trouble:
            return "refused", {"refusal": HEAD_NOT_PROVED}
    if position.epoch != till.epoch:
        return _opened_in_a_lost_time(work, lane, position, epochs)
    own, acked = Link(position.seq, position.head_hash), Link(position.acked_seq, position.acked_hash)
    another_head = own.seq == head.seq and own.entry_hash != head.entry_hash
    if acked == Link(head.seq, head.entry_hash) and not another_head:
        return "ok", {}
    knows_acked = branches.knows(work.connection, till.till_id, till.epoch, acked)
    if not another_head:
        if acked.seq > head.seq and not knows_acked:  # HQ has less than it acknowledged: restored from a backup
            word = _word(work, till, position)
            is_about_it = word is not None and word.names(till.epoch, acked.seq, acked.entry_hash)
            if _was_restored(work, till, word if is_about_it else None):
                return "resend_from", _where_it_branched(work, lane, ladder)
            if not lane.trouble:
                return "refused", {"refusal": HEAD_NOT_PROVED}
        if knows_acked and acked.seq < head.seq <= own.seq:
            return "resend_from", {}
    link = branches.common(work.connection, till.till_id, till.epoch, [own, acked, *ladder])
    return ("rollback" if knows_acked and own.seq < head.seq else "fork"), told_common(link)


def _where_it_branched(work: Work, lane: Lane, ladder: Iterable[Link]) -> dict[str, Any]:
    """Where a till shall go on that HQ, restored, has less of than it acknowledged. A frozen one may stand on a branch
    that HQ lost, and HQ's head be an entry it never wrote: then it goes on from the last one that both have."""
    link = branches.common(work.connection, lane.till.till_id, lane.till.epoch, ladder)
    if link is None or link == Link(lane.head.seq, lane.head.entry_hash):
        return {}
    return {"acked_seq": link.seq, "acked_hash": link.entry_hash}


def _opened_in_a_lost_time(
    work: Work, lane: Lane, position: LanePosition, epochs: Iterable[EpochBegin]
) -> tuple[Outcome, dict[str, Any]]:
    """Only HQ opens epochs: this one was opened after the backup HQ was restored from. It is opened again once the till
    has said what its epochs follow; what HQ lost of the earlier ones is delivered too."""
    till, word = lane.till, _word(work, lane.till, position)
    if not _was_restored(work, till, word if word is not None and word.epoch == position.epoch else None):
        return "refused", {"refusal": HEAD_NOT_PROVED}
    begins = {one.epoch: one.prev_hash for one in epochs if till.epoch < one.epoch <= position.epoch}
    if position.epoch not in begins or not all(len(begin) == _HASH_BYTES for begin in begins.values()):
        return "refused", {"refusal": "epoch_not_open"}
    lost_tills.open_lost_epochs(work, till.till_id, begins)
    lost_tills.go_on_in(work, till.till_id, position.epoch)
    begin = begins[position.epoch]
    at = {"acked_epoch": position.epoch, "acked_seq": 0, "acked_hash": begin, "hq_head_seq": 0}
    at |= {"trouble": "", "epoch_allowed": False}
    return "resend_from", at | _owed_by(work, replace(till, epoch=position.epoch))


def _open_between(work: Work, till: Till, epochs: Iterable[EpochBegin]) -> None:
    """A till that was enrolled again by an HQ that had lost its epoch before: that one is opened too."""
    begins = {one.epoch: one.prev_hash for one in epochs if 1 < one.epoch < till.epoch}
    whole = all(len(begin) == _HASH_BYTES for begin in begins.values())
    if begins and whole and is_awaited(work.connection, work.hq_epoch, till.till_id):
        lost_tills.open_lost_epochs(work, till.till_id, begins)


def _word(work: Work, till: Till, position: LanePosition) -> Acknowledgement | None:
    """What a till shows of HQ's own words to it, if HQ did say and sign that."""
    shown = position.proof
    if shown is None:
        return None
    try:
        signed_bytes = shown.signed(till.till_id)
    except ValueError:
        return None
    return shown if signature_is_right(work.keys.verify_key, shown.signature, signed_bytes) else None


def _was_restored(work: Work, till: Till, word: Acknowledgement | None) -> bool:
    """Whether HQ lacks what a till was told because it came back from a backup: because it knows so itself and awaits
    this till, or by its own signed `word` of its present time or a later one. A till's word alone must not stop the
    whole chain's lending, nor may what HQ said before it was restored last be shown to it again and again."""
    if word is None or word.hq_epoch < work.hq_epoch:
        return is_awaited(work.connection, work.hq_epoch, till.till_id)
    recovery.begin(work, word.hq_epoch)
    return True


def _owed_by(work: Work, till: Till) -> dict[str, Any]:
    """What HQ, restored, has lost of the till's earlier epochs: the fields that name it."""
    found = branches.first_incomplete(work.connection, till.till_id, till.epoch)
    return {} if found is None else told_common(found[1], found[0])


def told_common(link: Link | None, epoch: int = 0) -> dict[str, Any]:
    """The fields of an answer that name the last common entry."""
    if link is None:
        return {}
    return {"common_seq": link.seq, "common_hash": link.entry_hash, "common_epoch": epoch}


def _adoption_heard(work: Work, lane: Lane, position: LanePosition) -> Lane:
    """The till names the last grant it adopted. It is believed now and looked at when that entry is here."""
    if lane.grant_adopted or not lane.grant_request or position.adopted_request < lane.grant_request:
        return lane
    is_later = position.adopted_request > lane.grant_request
    if is_later and is_awaited(work.connection, work.hq_epoch, lane.till.till_id):
        return replace(lane, grant_given=None, grant_adopted=True)  # one that HQ lost when it was restored
    return replace(
        lane,
        grant_given=None,
        grant_adopted=True,
        claimed_request=lane.grant_request,
        claimed_seq=position.adopted_seq,
    )


def _speaks_for_a_closed_epoch(
    work: Work,
    lane: Lane,
    position: LanePosition,
    last_number: int,
    closed: Process | None,
    ladder: Iterable[Link],
) -> bytes:
    """Said to an old copy of the till, any number of times, and kept nowhere: what it brings is known by its hashes."""
    reply = closed(work, lane) if closed is not None else Reply({})
    fields = dict(reply.answer)
    if "common_seq" not in fields:
        own, acked = Link(position.seq, position.head_hash), Link(position.acked_seq, position.acked_hash)
        link = branches.common(work.connection, lane.till.till_id, position.epoch, [own, acked, *ladder])
        fields.update(told_common(link))
    fields |= {"outcome": "closed", "opened_epoch": lane.till.epoch, "acked_seq": 0, "acked_hash": b"", "trouble": ""}
    fields["acked_epoch"] = position.epoch
    return _encode(work, lane, Reply(fields), last_number)


def _not_taken(work: Work, lane: Lane, position: LanePosition, last_number: int) -> bytes:
    """An answer to a number that is already closed; it is not kept, the kept one belongs to that number."""
    is_clone = position.request_number == last_number
    if is_clone and position.frozen not in FROZEN_AT_TILL:  # else it says itself why its numbers went back
        lane = _raise_trouble(work, lane, "clone")
    return _encode(work, lane, Reply({"outcome": "clone" if is_clone else "stale"}), last_number)


def _raise_trouble(work: Work, lane: Lane, code: str) -> Lane:
    """Rights of this till are frozen from now on. Each name of trouble is said once: until a new epoch is opened, it is
    the same trouble, under the first of its names, or that of a second machine, which somebody has to look for."""
    if code in ("", lane.trouble):
        return lane
    said = _already_said(work, lane, code)
    is_shown = not lane.trouble or code == "clone"
    if is_shown:
        work.connection.execute(
            update(tables.lanes).where(tables.lanes.c.till_id == lane.till.till_id).values(trouble=code)
        )
    if not said:
        note = Note(code, till_id=lane.till.till_id, epoch=lane.till.epoch, seq=lane.head.seq)
        write_notes(work.connection, [note], work.ids, work.now_ms)
    return replace(lane, trouble=code if is_shown else lane.trouble)


def _already_said(work: Work, lane: Lane, code: str) -> bool:
    sql = "SELECT 1 FROM exceptions WHERE till_id = ? AND epoch = ? AND code = ? LIMIT 1"
    return statements.run(work.connection, sql, (lane.till.till_id, lane.till.epoch, code)).first() is not None


def _encode(work: Work, lane: Lane, reply: Reply, last_number: int) -> bytes:
    head = reply.head or lane.head
    fields: dict[str, Any] = {
        "outcome": "ok",
        "hq_epoch": work.hq_epoch,
        "acked_epoch": lane.till.epoch,
        "acked_seq": head.seq,
        "acked_hash": head.entry_hash,
        "hq_last_request": last_number,
        "hq_head_seq": head.seq,
        "hq_time_ms": work.now_ms,
        "trouble": lane.trouble,
        "epoch_allowed": bool(lane.trouble and lane.approved_by),
        "recovering": work.recovering,
        "report_wanted": is_awaited(work.connection, work.hq_epoch, lane.till.till_id),
        **reply.answer,
    }
    if fields["report_wanted"] and fields["outcome"] in ("ok", "resend_from") and "common_epoch" not in fields:
        fields |= _owed_by(work, lane.till)
    return _encoder.encode(signed(work, lane.till.till_id, ControlAnswer(request_number=lane.number, **fields)))


def signed(work: Work, till_id: UUID, answer: ControlAnswer) -> ControlAnswer:
    """An answer with HQ's signature: the till believes its time, and may show to HQ what HQ said it has."""
    return replace(answer, hq_signature=work.keys.sign(answer.acknowledgement().signed(till_id)))
