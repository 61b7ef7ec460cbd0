"""Parked entries as people look at them: what came, why it waits, and trying again now that HQ may know its kind.

Trying again books the entry as intake would have: the same reading, the same booking, in one transaction.
"""

from itertools import islice
from typing import Any
from uuid import UUID

import structlog
from msgspec import Struct
from sqlalchemy import Connection, Select, delete, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer, tills_inside
from hq_sync_server.office.books import reading
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox.inbox import Evidence, evidence
from hq_sync_server.office.intake import booking, day_figures, intake
from hq_sync_server.office.members import forgetting, tickets, uniting
from hq_sync_server.office.organisation import till_shifts
from hq_sync_server.office.rights import quotes, refund_rights, sealing
from hq_sync_server.records import tables
from shared_models.refusals import Refusal
from shared_models.sync import WireEntry

LISTED_MAX = 200

_log = structlog.get_logger()


class Parked(Struct, frozen=True, kw_only=True):
    """An entry that waits. `till` as people speak of it: `001/2`."""

    entry_id: int
    reason: str
    till: str
    store_id: UUID
    epoch: int
    seq: int
    entry_type: str
    type_version: int
    parked_at_ms: int


def waiting(connection: Connection, scope: Scope) -> list[Parked]:
    """The newest of what waits."""
    newest = connection.execute(_wanted().order_by(tables.parked.c.entry_id.desc()))
    return list(islice((_parked(row) for row in newest if scope.holds(row.store_id)), LISTED_MAX))


def count_waiting(connection: Connection, scope: Scope) -> int:
    """How many wait."""
    entries, parked, inside = tables.entries.c, tables.parked, tills_inside(connection, scope)
    tills = (
        select(entries.till_id)
        .select_from(parked)
        .join(tables.entries, entries.entry_id == parked.c.entry_id)
        .where(parked.c.taken_at_ms.is_(None))
    )
    return sum(inside is None or till_id in inside for till_id in connection.scalars(tills))


def one(connection: Connection, scope: Scope, entry_id: int) -> tuple[Parked, Evidence]:
    """An entry that waits, with all it says. Refuses `not_found`."""
    row = connection.execute(_wanted().where(tables.parked.c.entry_id == entry_id)).one_or_none()
    shown = evidence(connection, entry_id)
    if row is None or shown is None or not scope.holds(row.store_id):
        raise Refusal("not_found")
    return _parked(row), shown


def try_again(work: Work, viewer: Viewer, scope: Scope, entry_id: int) -> str:
    """Read it again and book it if it can be read now: '' when it is taken, else why it still waits. Refuses
    `not_found`."""
    viewer.require("exceptions.work")
    # Two who press at the same moment: the second waits here, and then finds nothing that waits.
    work.connection.execute(select(tables.parked).where(tables.parked.c.entry_id == entry_id).with_for_update())
    parked, _shown = one(work.connection, scope, entry_id)
    entries = tables.entries
    row = work.connection.execute(select(entries).where(entries.c.entry_id == entry_id)).one()
    wire = WireEntry(
        seq=row.seq,
        entry_type=row.entry_type,
        type_version=row.type_version,
        body=bytes(row.body),
        entry_hash=bytes(row.entry_hash),
    )
    entry = reading.read(wire, bytes(row.prev_hash))
    about = f"entry:{entry_id}"
    if entry.parked:
        return _still(work, viewer, parked, entry.parked)
    try:
        with work.connection.begin_nested():
            _book(work, entry, entry_id, row.till_id, row.epoch, parked.store_id)
    except intake.NEVER_PARKED_FOR:
        raise
    except Exception:  # noqa: BLE001 - whatever failed of ours, it waits on as it did before
        _log.exception("parked.entry_failed", entry_id=entry_id)
        return _still(work, viewer, parked, "code_failed")
    audit.note(work, viewer, "entry_taken", about, {"reason": parked.reason}, {}, store_id=parked.store_id)
    return ""


def _still(work: Work, viewer: Viewer, parked: Parked, reason: str) -> str:
    """Tried, and why it waits now."""
    about, before, after = f"entry:{parked.entry_id}", {"reason": parked.reason}, {"reason": reason}
    audit.note(work, viewer, "entry_still_parked", about, before, after, store_id=parked.store_id)
    work.connection.execute(
        update(tables.parked).where(tables.parked.c.entry_id == parked.entry_id).values(reason=reason)
    )
    return reason


def _book(work: Work, entry: reading.ReadEntry, entry_id: int, till_id: UUID, epoch: int, store_id: UUID) -> None:
    connection, body = work.connection, entry.body
    assert body is not None
    books = Books(work, till_id, epoch, store_id)
    books.open(entry.subjects, entry.token_ids())
    refund_rights.open_batch(books, [entry])
    books.open_campaigns(entry.campaigns)
    forgetting.keep_forgotten(books, entry.subjects)
    for page in books.members.values():
        page.holes.discard((till_id, epoch, entry.wire.seq, entry.wire.entry_hash))
    codes, counts = _codes(books, entry, entry_id)
    if counts and _is_sealed(connection, till_id, epoch):
        sealing.sweep(books, entry.wire.seq)
    for page in list(books.members.values()):
        page.touched = True
        if page.is_alias:
            uniting.move_free(books, page.member_id)
    books.close()
    if counts:
        day_figures.add(work, till_id, [body])
        till_shifts.take(work, till_id, store_id, [body])
        tickets.take(work, till_id, store_id, [body])
    named = [code for code in codes if code not in quotes.UNHEARD]
    entries, holes, wire = tables.entries, tables.member_holes.c, entry.wire
    connection.execute(
        update(entries)
        .where(entries.c.entry_id == entry_id)
        .values(
            verdict="exception" if named else "ok",
            verdict_codes=",".join(codes),
            counts=counts,
            business_id=entry.business_id,
            business_date=body.head.business_date,
            member_id=body.head.subjects[0] if body.head.subjects else None,
            refers_to=entry.refers_to,
        )
    )
    connection.execute(
        update(tables.parked).where(tables.parked.c.entry_id == entry_id).values(taken_at_ms=work.now_ms)
    )
    here = (holes.till_id == till_id, holes.epoch == epoch, holes.seq == wire.seq)
    connection.execute(delete(tables.member_holes).where(*here, holes.entry_hash == wire.entry_hash))


def _codes(books: Books, entry: reading.ReadEntry, entry_id: int) -> tuple[list[str], bool]:
    """(what did not fit, whether its effects count): not those of a fact that came again by another way meanwhile."""
    body, connection, entries = entry.body, books.work.connection, tables.entries.c
    assert body is not None
    taken = select(entries.body).where(entries.business_id == entry.business_id, entries.counts)
    before = connection.scalar(taken)
    if before is not None and bytes(before) == entry.wire.body:
        return [], False
    if before is not None:
        books.note(Note("business_id_twice", books.till_id, books.epoch, entry.wire.seq, entry_id))
        return ["business_id_twice"], False
    hashes = quotes.hashes_of([body])
    beside = _beside(connection, entry_id) if books.work.keys.forgotten().isdisjoint(entry.subjects) else {}
    entry.marked = False  # the watermark passed it long ago
    store_id = books.store_id
    assert store_id is not None, "a till's entry"
    return booking.book(books, entry, entry_id, store_id, beside, quotes.rules_named(books.work, hashes)), True


def _is_sealed(connection: Connection, till_id: UUID, epoch: int) -> bool:
    heads = tables.heads.c
    status = select(heads.status).where(heads.till_id == till_id, heads.epoch == epoch)
    return connection.scalar(status) == "sealed"


def _beside(connection: Connection, entry_id: int) -> dict[str, bytes]:
    """What came with it, by hash, as far as it was not deleted since."""
    attachments = tables.attachments.c
    rows = connection.execute(
        select(attachments.attachment_hash, attachments.content).where(
            attachments.entry_id == entry_id, attachments.content.is_not(None)
        )
    )
    return {row.attachment_hash: bytes(row.content) for row in rows}


def _wanted() -> Select[*tuple[Any, ...]]:
    """Of all stores: asked for the tills of some, SQLite would go through every entry of theirs to find the few that
    are parked."""
    parked, entries, tills, stores = tables.parked, tables.entries, tables.tills, tables.stores
    return (
        select(
            *(parked.c.entry_id, parked.c.reason, parked.c.parked_at_ms, tills.c.store_id, tills.c.number),
            *(entries.c.epoch, entries.c.seq, entries.c.entry_type, entries.c.type_version, stores.c.code),
        )
        .join(entries, entries.c.entry_id == parked.c.entry_id)
        .join(tills, tills.c.till_id == entries.c.till_id)
        .join(stores, stores.c.store_id == tills.c.store_id)
        .where(parked.c.taken_at_ms.is_(None))
    )


def _parked(row: Any) -> Parked:
    return Parked(
        entry_id=row.entry_id,
        reason=row.reason,
        till=f"{row.code}/{row.number}",
        store_id=row.store_id,
        epoch=row.epoch,
        seq=row.seq,
        entry_type=row.entry_type,
        type_version=row.type_version,
        parked_at_ms=row.parked_at_ms,
    )
