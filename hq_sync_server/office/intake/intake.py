"""Intake: a till's entries become HQ's, in order, once, whatever they say.

By prefix and in one transaction a batch. An entry is taken (perhaps with named exceptions) or parked: neither blocks
what follows. An entry on which our own code fails is parked too, alone, so that one poisoned entry costs one entry.

A till whose disk went back or that was copied brings its entries as a branch: after any entry HQ knows, not only after
its head. Each fact counts once, by its business id. What comes of an epoch that is sealed is taken as facts too, and
moves no rights to anybody but HQ.
"""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import structlog
from msgspec.structs import replace
from sqlalchemy import select
from sqlalchemy.exc import InterfaceError, OperationalError

from hq_sync_server.office.books import shelves
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.reading import ReadEntry, chain_break, read
from hq_sync_server.office.desk import AgainCarefullyError, Work
from hq_sync_server.office.healing import branches
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.healing.lane import Head, Lane, Reply, head_of, told_common
from hq_sync_server.office.intake import booking, day_figures
from hq_sync_server.office.intake.batch_attachments import Beside, beside_of
from hq_sync_server.office.members import forgetting, tickets, uniting
from hq_sync_server.office.organisation import till_shifts
from hq_sync_server.office.organisation.tills import Till, signature_is_right
from hq_sync_server.office.rights import quotes, refund_rights, sealing
from hq_sync_server.records import bulk, statements, tables
from shared_models import bodies
from shared_models.entries import ENTRY_BYTES_MAX, batch_signature_input
from shared_models.rules import StoreRules
from shared_models.sync import BATCH_ENTRIES_MAX, EntriesRequest, Verdict, WireEntry

_log = structlog.get_logger()
CLOSED_EPOCH = "closed_epoch"
NEVER_PARKED_FOR = (OperationalError, InterfaceError)  # the database's trouble, not the entry's: try again later


@dataclass(frozen=True, slots=True)
class Booked:
    """What became of entries, and the books they were written in (none where each had its own)."""

    verdicts: list[Verdict]
    books: Books | None


def take(work: Work, lane: Lane, request: EntriesRequest) -> Reply:
    """Take a batch of a till whose head is verified."""
    refusal = _refusal(lane.till, request) or _misplaced(lane, request)
    if refusal is not None:
        return refusal
    fresh = request.entries[lane.head.seq + 1 - request.first_seq :]
    if request.first_seq <= lane.head.seq:
        forked_after = _forked_after(work, lane, request)
        if forked_after is not None:
            return Reply({"outcome": "fork", **forked_after})
    if not fresh:
        return Reply({})
    booked = _book(work, lane.till, _read(fresh, lane.head.entry_hash), beside_of(request))
    head = Head(fresh[-1].seq, fresh[-1].entry_hash, lane.head.genesis_hash)
    with statements.together(work.connection):
        _keep_head(work, lane.till, head)
        _keep_batch(work, lane.till, request, fresh)
    remember = adoption_looked_at(work, lane, request)
    return Reply({"verdicts": tuple(booked.verdicts)}, head=head, remember=remember, books=booked.books)


def take_branch(work: Work, lane: Lane, request: EntriesRequest, epoch: int, *, named: str = "") -> Reply:
    """Take a batch that follows any entry HQ knows of the till's epoch: a branch of the present one, the rest of an
    earlier one, or what an old copy still brings of a sealed one. `named`: the exception to take each fact with, of
    somebody who does not speak for the till's newest epoch."""
    till = replace(lane.till, epoch=epoch)
    head = head_of(work, till.till_id, epoch)
    refusal = Reply({"outcome": "refused", "refusal": "epoch_not_open"}) if head is None else _refusal(till, request)
    if refusal is not None or head is None:
        return refusal or Reply({})
    before = Link(request.first_seq - 1, request.prev_hash)
    if not branches.knows(work.connection, till.till_id, epoch, before):
        return Reply({"outcome": "fork"})
    known = _known_prefix(work, till, request)
    fresh = request.entries[known:]
    follows = request.entries[known - 1].entry_hash if known else request.prev_hash
    is_sealed = branches.is_sealed(work.connection, till.till_id, epoch)
    # An old copy's sales follow the same entry; only who speaks for the next epoch writes the end of this one.
    is_tail = is_sealed and not named and follows == head.entry_hash
    is_tail = is_tail and _is_followed_by_nothing(work, lane.till, epoch, head)
    verdicts: list[Verdict] = []
    tip = Link(request.first_seq - 1 + known, follows)
    at_hq = Link(head.seq, head.entry_hash)
    is_second = bool(fresh) and not named and branches.was_left(work.connection, till.till_id, epoch, tip, at_hq)
    if fresh:
        exception = named or ("" if not is_sealed or is_tail else CLOSED_EPOCH)
        verdicts = _book(
            work, till, _read(fresh, follows), beside_of(request), named=exception, sealed=is_sealed
        ).verdicts
        _keep_batch(work, till, request, fresh)
    end = Head(request.entries[-1].seq, request.entries[-1].entry_hash, head.genesis_hash)
    told: dict[str, Any] = {"verdicts": tuple(verdicts), **told_common(Link(end.seq, end.entry_hash), epoch)}
    if epoch == lane.till.epoch:
        is_aside = not (named or lane.trouble or branches.goes_on(request, head.seq, head.entry_hash))
        told |= {"outcome": "fork"} if is_aside else {}
        if fresh or not is_aside:
            _keep_head(work, till, end)
        remember = adoption_looked_at(work, lane, request)
        return Reply(told, head=end, remember=remember, trouble="clone" if is_second else "")
    if is_tail and fresh:
        _keep_head(work, till, end)
        begins = Head(0, end.entry_hash, end.entry_hash)
        _keep_head(work, lane.till, begins)
        return Reply(told, head=begins)
    if not is_sealed:
        _keep_head(work, till, end)
        if not named:
            _seal_if_complete(work, lane.till, epoch, end)
    return Reply(told)


def adoption_looked_at(work: Work, lane: Lane, request: EntriesRequest) -> dict[str, Any]:
    """The entry at which the till said that it adopted its last grant: now that it is here, is it that?"""
    seq = lane.claimed_seq
    if not lane.claimed_request or not request.entries or seq > request.entries[-1].seq:
        return {}
    named = next((one for one in request.entries if one.seq == seq), None)
    body = None if named is None else read(named, b"").body
    number = body.request_number if isinstance(body, bodies.RightsAdopted | bodies.TokenAcquired) else 0
    if number != lane.claimed_request:
        note = Note("adoption_not_found", till_id=lane.till.till_id, epoch=lane.till.epoch, seq=seq)
        shelves.write_notes(work.connection, [note], work.ids, work.now_ms)
    return {"claimed_request": 0, "claimed_seq": 0}


def _read(fresh: Sequence[WireEntry], prev_hash: bytes) -> list[ReadEntry]:
    entries = []
    for wire in fresh:
        entries.append(read(wire, prev_hash))
        prev_hash = wire.entry_hash
    return entries


def _refusal(till: Till, request: EntriesRequest) -> Reply | None:
    """Why a batch is not taken as a whole, wherever it stands."""
    if not request.entries:
        return Reply({"outcome": "refused", "refusal": "batch_empty"})
    if len(request.entries) > BATCH_ENTRIES_MAX or any(len(one.body) > ENTRY_BYTES_MAX for one in request.entries):
        return Reply({"outcome": "refused", "refusal": "batch_too_large"})
    if chain_break(till.till_id, till.epoch, request) is not None:
        return Reply({"outcome": "refused", "refusal": "chain_broken"})
    last = request.entries[-1]
    signed = batch_signature_input(till.till_id, till.epoch, last.seq, last.entry_hash)
    if not signature_is_right(till.public_key, request.signature, signed):
        return Reply({"outcome": "refused", "refusal": "batch_signature_wrong"})
    return None


def _misplaced(lane: Lane, request: EntriesRequest) -> Reply | None:
    """A batch that does not follow HQ's head."""
    if request.first_seq > lane.head.seq + 1:
        return Reply({"outcome": "resend_from"})
    if request.first_seq == lane.head.seq + 1 and request.prev_hash != lane.head.entry_hash:
        return Reply({"outcome": "refused", "refusal": "chain_broken"})
    return None


def _known_prefix(work: Work, till: Till, request: EntriesRequest) -> int:
    """How many entries of the batch HQ has: a prefix, as none is taken before the one it follows."""
    known = _known_places(work, till, request)
    count = 0
    for wire in request.entries:
        if (wire.seq, wire.entry_hash) not in known:
            break
        count += 1
    return count


def _is_followed_by_nothing(work: Work, till: Till, epoch: int, head: Head) -> bool:
    """Whether the next epoch is open, begins where this one was sealed, and has no entry yet: what still comes is what
    the till wrote while it waited for the answer that opened it."""
    if till.epoch != epoch + 1:
        return False
    following = head_of(work, till.till_id, till.epoch)
    return following is not None and following.seq == 0 and following.genesis_hash == head.entry_hash


def _seal_if_complete(work: Work, till: Till, epoch: int, end: Head) -> None:
    """The rest of an epoch that ended when the till was enrolled again: once it is here to its end, it is sealed."""
    following = head_of(work, till.till_id, epoch + 1)
    if following is not None and following.genesis_hash == end.entry_hash:
        sealing.seal(work, till, epoch, by="", reason="enrolled_again")


def _forked_after(work: Work, lane: Lane, request: EntriesRequest) -> dict[str, Any] | None:
    """Entries HQ has already: the same again is nothing; another one is a fork. The last common entry, if so."""
    known = _known_places(work, lane.till, request)
    before = Link(request.first_seq - 1, request.prev_hash)
    for wire in request.entries:
        place, at_head = (wire.seq, wire.entry_hash), (lane.head.seq, lane.head.entry_hash)
        if wire.seq <= lane.head.seq and (place not in known or (wire.seq == lane.head.seq and place != at_head)):
            is_known = branches.knows(work.connection, lane.till.till_id, lane.till.epoch, before)
            return told_common(before) if is_known else {}
        before = Link(wire.seq, wire.entry_hash)
    return None


def _known_places(work: Work, till: Till, request: EntriesRequest) -> set[tuple[int, bytes]]:
    """(seq, hash) of what HQ has in the range of the batch, on whatever branch."""
    entries = tables.entries
    rows = work.connection.execute(
        select(entries.c.seq, entries.c.entry_hash).where(
            entries.c.till_id == till.till_id,
            entries.c.epoch == till.epoch,
            entries.c.seq >= request.first_seq,
            entries.c.seq <= request.entries[-1].seq,
        )
    )
    return {(seq, bytes(entry_hash)) for seq, entry_hash in rows}


def _keep_head(work: Work, till: Till, head: Head) -> None:
    statements.run(
        work.connection,
        "UPDATE heads SET seq = ?, head_hash = ?, genesis_hash = ? WHERE till_id = ? AND epoch = ?",
        (head.seq, head.entry_hash, head.genesis_hash, till.till_id, till.epoch),
    )


def _keep_batch(work: Work, till: Till, request: EntriesRequest, fresh: Sequence[WireEntry]) -> None:
    """The signature that the fresh entries stand under."""
    last = fresh[-1]
    columns = ("till_id", "epoch", "last_seq", "head_hash", "first_seq", "signature", "received_at_ms")
    row = (till.till_id, till.epoch, last.seq, last.entry_hash, fresh[0].seq, request.signature, work.now_ms)
    bulk.upsert(work.connection, tables.batches, columns, [row], changes="nothing")


def _book(
    work: Work,
    till: Till,
    read_entries: Sequence[ReadEntry],
    beside: Beside,
    *,
    named: str = "",
    sealed: bool = False,
) -> Booked:
    """The whole batch at once; if something of ours fails in it, entry by entry, so that only that one is parked.
    Facts are taken with the exception `named`; of a `sealed` epoch nothing stays with the holder."""

    def together(some: Sequence[ReadEntry]) -> Booked:
        return _book_together(work, till, some, beside, named, sealed=sealed)

    if not work.carefully:
        # Without savepoints, which would cost every batch two turns to the database for one that hardly ever fails.
        try:
            return together(read_entries)
        except NEVER_PARKED_FOR:
            raise
        except Exception as error:
            raise AgainCarefullyError from error
    try:
        with work.connection.begin_nested():
            return together(read_entries)
    except NEVER_PARKED_FOR:
        raise
    except Exception:  # noqa: BLE001 - whatever failed, the facts behind it must not wait for a new release
        _log.exception("intake.batch_failed", till=till.till_id.hex, entries=len(read_entries))
    verdicts: list[Verdict] = []
    for entry in read_entries:
        try:
            with work.connection.begin_nested():
                verdicts += together([entry]).verdicts
        except NEVER_PARKED_FOR:
            raise
        except Exception:  # noqa: BLE001 - as above
            _log.exception("intake.entry_failed", till=till.till_id.hex, seq=entry.wire.seq)
            entry.parked, entry.body = "code_failed", None  # nothing of it is looked up any more
            verdicts += together([entry]).verdicts
    return Booked(verdicts, None)


def _book_together(
    work: Work, till: Till, read_entries: Sequence[ReadEntry], beside: Beside, named: str, *, sealed: bool
) -> Booked:
    books = Books(work, till.till_id, till.epoch, till.store_id)
    books.reserve_ids(len(read_entries))
    known = _known_business_ids(work, read_entries)
    subjects: set[UUID] = set()
    token_ids: set[UUID] = set()
    for entry in read_entries:
        subjects |= entry.subjects
        token_ids |= entry.token_ids()
    books.open(subjects, token_ids)
    refund_rights.open_batch(books, read_entries)
    books.open_campaigns({campaign for entry in read_entries for campaign in entry.campaigns})
    forgetting.keep_forgotten(books, subjects)
    rules_by_hash = quotes.rules_named(work, quotes.hashes_of(entry.body for entry in read_entries))
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
        codes += [named] if named and counts else []
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
    if named and counted:
        first = read_entries[0].wire.seq
        books.note(Note(named, till_id=till.till_id, epoch=till.epoch, seq=first, told={"entries": len(counted)}))
    if sealed:
        sealing.sweep(books, read_entries[-1].wire.seq)
    for page in list(books.members.values()):
        if page.is_alias:
            uniting.move_free(books, page.member_id)
    books.close()
    day_figures.add(work, till.till_id, counted)
    till_shifts.take(work, till.till_id, till.store_id, counted)
    columns = ("attachment_hash", "entry_id", "kind", "salt", "content", "subject")
    bulk.upsert(work.connection, tables.attachments, columns, _once_each(attachment_rows), changes="nothing")
    tickets.take(work, till.till_id, till.store_id, counted)
    bulk.insert(work.connection, tables.parked, ("entry_id", "reason", "parked_at_ms"), parked_rows)
    return Booked(verdicts, books)


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
            books.hole(member_id, seq, entry.wire.entry_hash)
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
    named = [code for code in codes if code not in quotes.UNHEARD]
    return Verdict(seq=entry.wire.seq, outcome="exception", code=named[0]) if named else None


def _row(books: Books, entry: ReadEntry, entry_id: int, codes: Sequence[str], *, counts: bool) -> bulk.Row:
    wire, head = entry.wire, entry.head
    heard = [code for code in codes if code not in quotes.UNHEARD]
    verdict = "parked" if entry.parked else "exception" if heard else "ok"
    business_date = "" if head is None else head.business_date
    subject = head.subjects[0] if head is not None and head.subjects else None
    return (
        *(entry_id, books.till_id, books.epoch, wire.seq, entry.prev_hash, wire.entry_hash),
        *(wire.entry_type, wire.type_version, wire.body, entry.business_id, business_date, subject),
        *(books.work.now_ms, verdict, entry.parked or ",".join(codes), counts),
        entry.refers_to,
    )
