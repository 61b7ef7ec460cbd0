"""Intake: a till's entries become HQ's, in order, once, whatever they say.

By prefix and in one transaction a batch. An entry is taken (perhaps with named exceptions) or parked: neither blocks
what follows. An entry on which our own code fails is parked too, alone, so that one poisoned entry costs one entry.
"""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import structlog
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from hq_sync_server.office import booking, day_figures, quotes, uniting
from hq_sync_server.office.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.lane import Head, Lane, Reply
from hq_sync_server.office.pages import Note
from hq_sync_server.office.reading import ReadEntry, chain_break, read
from hq_sync_server.office.tills import Till, signature_is_right
from hq_sync_server.records import bulk, statements, tables
from shared_models import bodies
from shared_models.entries import ENTRY_BYTES_MAX, Attachment, batch_signature_input
from shared_models.rules import StoreRules
from shared_models.sync import BATCH_ENTRIES_MAX, EntriesRequest, Verdict, WireAttachment

_log = structlog.get_logger()
_NEVER_PARKED_FOR = (OperationalError, InterfaceError)  # the database's trouble, not the entry's: try again later


@dataclass(frozen=True, slots=True)
class Beside:
    """The attachments of a batch: by hash, and by the entry they came with."""

    by_hash: dict[str, bytes]
    of_seq: dict[int, list[tuple[str, WireAttachment]]]


def take(work: Work, lane: Lane, request: EntriesRequest) -> Reply:
    """Take a batch of a till whose head is verified."""
    refusal = _refusal(lane, request)
    if refusal is not None:
        return refusal
    fresh = request.entries[lane.head.seq + 1 - request.first_seq :]
    if request.first_seq <= lane.head.seq:
        forked_after = _forked_after(work, lane, request)
        if forked_after is not None:
            return Reply({"outcome": "fork", "common_seq": forked_after}, remember={"trouble": "fork"})
    if not fresh:
        return Reply({})
    prev_hash = lane.head.entry_hash
    read_entries = []
    for wire in fresh:
        read_entries.append(read(wire, prev_hash))
        prev_hash = wire.entry_hash
    verdicts = _book(work, lane.till, read_entries, _beside(request))
    head = Head(fresh[-1].seq, fresh[-1].entry_hash, lane.head.genesis_hash)
    _keep_head(work, lane, head, fresh[0].seq, request.signature)
    return Reply({"verdicts": tuple(verdicts)}, head=head)


def _refusal(lane: Lane, request: EntriesRequest) -> Reply | None:
    """Why a batch is not taken as a whole."""
    if not request.entries:
        return Reply({"outcome": "refused", "refusal": "batch_empty"})
    if len(request.entries) > BATCH_ENTRIES_MAX or any(len(one.body) > ENTRY_BYTES_MAX for one in request.entries):
        return Reply({"outcome": "refused", "refusal": "batch_too_large"})
    if request.first_seq > lane.head.seq + 1:
        return Reply({"outcome": "resend_from"})
    if request.first_seq == lane.head.seq + 1 and request.prev_hash != lane.head.entry_hash:
        return Reply({"outcome": "refused", "refusal": "chain_broken"})
    till = lane.till
    if chain_break(till.till_id, till.epoch, request) is not None:
        return Reply({"outcome": "refused", "refusal": "chain_broken"})
    last = request.entries[-1]
    signed = batch_signature_input(till.till_id, till.epoch, last.seq, last.entry_hash)
    if not signature_is_right(till.public_key, request.signature, signed):
        return Reply({"outcome": "refused", "refusal": "batch_signature_wrong"})
    return None


def _forked_after(work: Work, lane: Lane, request: EntriesRequest) -> int | None:
    """Entries HQ has already: the same again is nothing; another one is a fork. The last common seq, if so."""
    entries = tables.entries
    known = {
        (seq, bytes(entry_hash))
        for seq, entry_hash in work.connection.execute(
            select(entries.c.seq, entries.c.entry_hash).where(
                entries.c.till_id == lane.till.till_id,
                entries.c.epoch == lane.till.epoch,
                entries.c.seq >= request.first_seq,
                entries.c.seq <= request.entries[-1].seq,
            )
        )
    }
    for wire in request.entries:
        if wire.seq <= lane.head.seq and (wire.seq, wire.entry_hash) not in known:
            return wire.seq - 1
    return None


def _beside(request: EntriesRequest) -> Beside:
    """The batch's attachments that an entry of it names; whatever nobody names is dropped."""
    body_of = {wire.seq: wire.body for wire in request.entries}
    beside = Beside({}, defaultdict(list))
    for attachment in request.attachments:
        digest = Attachment(kind=attachment.kind, salt=attachment.salt, content=attachment.content).attachment_hash
        if digest.encode() in body_of.get(attachment.seq, b""):
            beside.by_hash[digest] = attachment.content
            beside.of_seq[attachment.seq].append((digest, attachment))
    return beside


def _keep_head(work: Work, lane: Lane, head: Head, first_seq: int, signature: bytes) -> None:
    till = lane.till
    statements.run(
        work.connection,
        "UPDATE heads SET seq = ?, head_hash = ? WHERE till_id = ? AND epoch = ?",
        (head.seq, head.entry_hash, till.till_id, till.epoch),
    )
    columns = ("till_id", "epoch", "last_seq", "head_hash", "first_seq", "signature", "received_at_ms")
    row = (till.till_id, till.epoch, head.seq, head.entry_hash, first_seq, signature, work.now_ms)
    bulk.upsert(work.connection, tables.batches, columns, [row], changes="nothing")


def _book(work: Work, till: Till, read_entries: Sequence[ReadEntry], beside: Beside) -> list[Verdict]:
    """The whole batch at once; if something of ours fails in it, entry by entry, so that only that one is parked."""
    try:
        with work.connection.begin_nested():
            return _book_together(work, till, read_entries, beside)
    except _NEVER_PARKED_FOR:
        raise
    except Exception:  # noqa: BLE001 - whatever failed, the facts behind it must not wait for a new release
        _log.exception("intake.batch_failed", till=till.till_id.hex, entries=len(read_entries))
    verdicts: list[Verdict] = []
    for entry in read_entries:
        try:
            with work.connection.begin_nested():
                verdicts += _book_together(work, till, [entry], beside)
        except _NEVER_PARKED_FOR:
            raise
        except Exception:  # noqa: BLE001 - as above
            _log.exception("intake.entry_failed", till=till.till_id.hex, seq=entry.wire.seq)
            entry.parked = "code_failed"
            verdicts += _book_together(work, till, [entry], beside)
    return verdicts


def _book_together(work: Work, till: Till, read_entries: Sequence[ReadEntry], beside: Beside) -> list[Verdict]:
    books = Books(work, till.till_id, till.epoch, till.store_id)
    books.reserve_ids(len(read_entries))
    known = _known_business_ids(work, read_entries)
    subjects: set[UUID] = set()
    token_ids: set[UUID] = set()
    for entry in read_entries:
        subjects |= entry.subjects
        token_ids |= entry.token_ids()
    books.open(subjects, token_ids)
    books.open_campaigns({campaign for entry in read_entries for campaign in entry.campaigns})
    rules_by_hash = quotes.rules_named(
        work, {entry.body.inputs.rule_hash for entry in read_entries if isinstance(entry.body, bodies.Sale)}
    )
    forgotten = work.keys.forgotten()
    verdicts = []
    attachment_rows: list[bulk.Row] = []
    parked_rows: list[bulk.Row] = []
    counted: list[bodies.Body] = []
    for entry in read_entries:
        entry_id = books.next_id()
        # What a till still holds of a forgotten person is dropped; the entry holds without it.
        kept = beside if forgotten.isdisjoint(entry.subjects) else Beside({}, {})
        codes, counts = _take_one(books, till, entry, entry_id, kept.by_hash, rules_by_hash, known)
        if counts and entry.body is not None:
            counted.append(entry.body)
        for digest, attachment in kept.of_seq.get(entry.wire.seq, ()):
            subject = entry.head.subjects[0] if entry.head and entry.head.subjects else None
            attachment_rows.append((digest, entry_id, attachment.kind, attachment.salt, attachment.content, subject))
        if entry.parked:
            parked_rows.append((entry_id, entry.parked, work.now_ms))
        verdict = _verdict(entry, codes)
        if verdict is not None:
            verdicts.append(verdict)
        books.add_entry(_row(books, entry, entry_id, codes, counts=counts))
    for page in list(books.members.values()):
        if page.is_alias:
            uniting.move_free(books, page.member_id)
    books.close()
    day_figures.add(work, till.till_id, counted)
    columns = ("attachment_hash", "entry_id", "kind", "salt", "content", "subject")
    bulk.upsert(work.connection, tables.attachments, columns, _once_each(attachment_rows), changes="nothing")
    bulk.insert(work.connection, tables.parked, ("entry_id", "reason", "parked_at_ms"), parked_rows)
    return verdicts


def _once_each(rows: Sequence[bulk.Row]) -> list[bulk.Row]:
    return list({row[0]: row for row in rows}.values())


def _take_one(
    books: Books,
    till: Till,
    entry: ReadEntry,
    entry_id: int,
    beside: Mapping[str, bytes],
    rules_by_hash: Mapping[str, StoreRules],
    known: dict[UUID, bytes],
) -> tuple[list[str], bool]:
    """(what did not fit, whether its effects count)."""
    seq = entry.wire.seq
    if entry.parked:
        for member_id in entry.subjects & books.members.keys():
            books.hole(member_id, seq)
        return [], False
    assert entry.business_id is not None
    earlier = known.setdefault(entry.business_id, entry.wire.body)
    if earlier is not entry.wire.body:
        if earlier == entry.wire.body:
            return [], False  # a branch brings a fact again: the first taken counts
        books.note(Note("business_id_twice", books.till_id, books.epoch, seq, entry_id))
        return ["business_id_twice"], False
    return booking.book(books, entry, entry_id, till.store_id, beside, rules_by_hash), True


def _known_business_ids(work: Work, read_entries: Sequence[ReadEntry]) -> dict[UUID, bytes]:
    wanted = [entry.business_id for entry in read_entries if entry.business_id is not None]
    rows = statements.fetch(
        work.connection, tables.entries, ("business_id", "body"), "business_id", wanted, rest="AND counts"
    )
    return {business_id: bytes(body) for business_id, body in rows}


def _verdict(entry: ReadEntry, codes: Sequence[str]) -> Verdict | None:
    if entry.parked:
        return Verdict(seq=entry.wire.seq, outcome="parked", code=entry.parked)
    named = [code for code in codes if code != quotes.STALE_INPUTS]
    return Verdict(seq=entry.wire.seq, outcome="exception", code=named[0]) if named else None


def _row(books: Books, entry: ReadEntry, entry_id: int, codes: Sequence[str], *, counts: bool) -> bulk.Row:
    wire, head = entry.wire, entry.head
    heard = [code for code in codes if code != quotes.STALE_INPUTS]
    verdict = "parked" if entry.parked else "exception" if heard else "ok"
    business_date = "" if head is None else head.business_date
    subject = head.subjects[0] if head is not None and head.subjects else None
    return (
        *(entry_id, books.till_id, books.epoch, wire.seq, entry.prev_hash, wire.entry_hash),
        *(wire.entry_type, wire.type_version, wire.body, entry.business_id, business_date, subject),
        *(books.work.now_ms, verdict, entry.parked or ",".join(codes), counts),
    )
