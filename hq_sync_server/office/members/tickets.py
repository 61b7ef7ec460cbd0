"""Service tickets: opened at tills as facts, worked on here, and told back to the store's tills.

A quality complaint marks its member as one to be handled with care, at every till. `intake` takes what tills say; the
people of the service desk do the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import ColumnElement, Connection, and_, or_, select, true, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import bulk, service_tables, tables
from shared_models.bodies import Body, TicketMoved, TicketOpened
from shared_models.refusals import Refusal
from shared_models.service import HANDOFF_STEPS, HIGH_CARE, TICKET_STATUSES, TicketRow, TicketStep

ANSWER_LETTERS_MAX = 300
PAGE_TICKETS = 200
_tickets = service_tables.tickets
_COLUMNS = (
    *("ticket_id", "till_id", "store_id", "member_id", "category", "receipt_number", "note_attachment"),
    *("opened_at_ms", "opened_by", "status", "changed_at_ms", "to_store_id"),
)
_steps = service_tables.ticket_steps
_STEP_COLUMNS = ("ticket_id", "step", "store_id", "till_id", "at_ms", "said_by")


class StepTold(Struct, frozen=True, kw_only=True):
    """A step of a hand-off as the service desk reads it."""

    step: str
    store_name: str
    at_ms: int
    said_by: str


class Ticket(Struct, frozen=True, kw_only=True):
    """A ticket as the service desk sees it. `note` is '' once the person was forgotten."""

    ticket_id: UUID
    store_name: str
    till_number: int
    member_id: UUID | None
    member_name: str
    category: str
    receipt_number: str
    note: str
    opened_at_ms: int
    opened_by: str
    status: str
    answer: str
    changed_at_ms: int
    changed_by: str
    to_store_name: str = ""
    steps: tuple[StepTold, ...] = ()


def take(work: Work, till_id: UUID, store_id: UUID, taken: Iterable[Body]) -> None:
    """The tickets, and the steps of hand-offs, among what a till's entries say that were taken and count. A hand-off is
    the stores' own business: nobody at HQ has to answer it, and it is closed when the thing was handed over."""
    opened, moved = [], []
    for body in taken:
        if isinstance(body, TicketOpened):
            opened.append(_opened_row(body, till_id, store_id, work.now_ms))
        elif isinstance(body, TicketMoved) and body.step in HANDOFF_STEPS:
            at_ms = body.head.till_time_ms + body.head.clock_offset_ms
            moved.append((body.ticket_id, body.step, store_id, till_id, at_ms, body.head.cashier_id))
    if not opened and not moved:
        return
    if opened:
        bulk.upsert(work.connection, _tickets, _COLUMNS, opened, changes="nothing")
    if moved:
        bulk.upsert(work.connection, _steps, _STEP_COLUMNS, moved, changes="nothing")
    touched = sorted({row[0] for row in opened} | {row[0] for row in moved})
    is_over = select(_steps.c.ticket_id).where(_steps.c.ticket_id.in_(touched), _steps.c.step == HANDOFF_STEPS[-1])
    work.connection.execute(update(_tickets).where(_tickets.c.ticket_id.in_(is_over)).values(status="closed"))
    _tell(work, touched, changed=True)


def _opened_row(body: TicketOpened, till_id: UUID, store_id: UUID, now_ms: int) -> tuple[Any, ...]:
    is_handoff = body.to_store_id is not None
    return (
        *(body.ticket_id, till_id, store_id, body.member_id, body.category),
        *(body.receipt_number or body.about_receipt, body.note_attachment),
        *(body.head.till_time_ms + body.head.clock_offset_ms, body.head.cashier_id),
        *("working" if is_handoff else "open", now_ms, body.to_store_id),
    )


def _tell(work: Work, ticket_ids: Sequence[UUID], *, changed: bool = False) -> None:
    """How these tickets stand, to the tills of the store that opened them; hand-offs to the other store's too."""
    attachments = tables.attachments
    wanted = (
        select(_tickets, attachments.c.content)
        .join(attachments, attachments.c.attachment_hash == _tickets.c.note_attachment, isouter=True)
        .where(_tickets.c.ticket_id.in_(ticket_ids))
    )
    steps = _steps_of(work.connection, ticket_ids)
    changes = []
    for row in work.connection.execute(wanted):
        told = TicketRow(
            ticket_id=row.ticket_id,
            store_id=row.store_id,
            status=row.status,
            answer=row.answer,
            changed_at_ms=work.now_ms if changed else row.changed_at_ms,
        )
        if row.to_store_id is not None:
            told = structs.replace(
                told,
                to_store_id=row.to_store_id,
                category=row.category,
                receipt_number=row.receipt_number,
                text=bytes(row.content).decode(errors="replace") if row.content else "",
                opened_at_ms=row.opened_at_ms,
                steps=steps.get(row.ticket_id, ()),
            )
            there = f"{row.ticket_id.hex}/{row.to_store_id.hex}"
            changes.append(feed.FeedChange("ticket", there, msgspec.msgpack.encode(told), row.to_store_id))
        changes.append(_change(told))
    feed.publish_many(work, changes)


def _steps_of(connection: Connection, ticket_ids: Sequence[UUID]) -> dict[UUID, tuple[TicketStep, ...]]:
    found: dict[UUID, tuple[TicketStep, ...]] = {}
    for row in _in_order(connection, ticket_ids):
        step = TicketStep(step=row.step, store_id=row.store_id, at_ms=row.at_ms)
        found[row.ticket_id] = (*found.get(row.ticket_id, ()), step)
    return found


def _in_order(connection: Connection, ticket_ids: Sequence[UUID]) -> list[Any]:
    rows = connection.execute(select(_steps).where(_steps.c.ticket_id.in_(ticket_ids))).all()
    return sorted(rows, key=lambda row: HANDOFF_STEPS.index(row.step))


def mark_member(books: Books, body: TicketOpened) -> None:
    """A quality complaint: whoever serves this member next should know."""
    if body.category == "quality" and body.member_id is not None:
        page = books.canonical(body.member_id)
        if HIGH_CARE not in page.profile.alerts and page.status != "forgotten":
            page.profile = structs.replace(page.profile, alerts=(*page.profile.alerts, HIGH_CARE))
            page.changed = page.touched = True


def listed(connection: Connection, viewer: Viewer, scope: Scope, *, status: str = "") -> list[Ticket]:
    """Tickets of the stores in scope, the unsolved first, then the newest. Refuses `not_allowed`."""
    viewer.require("tickets.see")
    stores, tills, members, attachments = tables.stores, tables.tills, tables.members, tables.attachments
    wanted = (
        select(_tickets, stores.c.name.label("store_name"), tills.c.number, members.c.profile, attachments.c.content)
        .join(stores, stores.c.store_id == _tickets.c.store_id)
        .join(tills, tills.c.till_id == _tickets.c.till_id)
        .join(members, members.c.member_id == _tickets.c.member_id, isouter=True)
        .join(attachments, attachments.c.attachment_hash == _tickets.c.note_attachment, isouter=True)
        .where(or_(and_(true(), *scope.condition(_tickets.c.store_id)), _is_handed_to(scope)))
        .order_by(_tickets.c.opened_at_ms.desc())
        .limit(PAGE_TICKETS)
    )
    if status:
        wanted = wanted.where(_tickets.c.status == status)
    rows = connection.execute(wanted).all()
    names = {row.store_id: row.name for row in connection.execute(select(stores.c.store_id, stores.c.name))}
    told: dict[UUID, tuple[StepTold, ...]] = {}
    handed = [row.ticket_id for row in rows if row.to_store_id is not None]
    for each in _in_order(connection, handed):
        step = StepTold(step=each.step, store_name=names.get(each.store_id, ""), at_ms=each.at_ms, said_by=each.said_by)
        told[each.ticket_id] = (*told.get(each.ticket_id, ()), step)
    found = [_ticket(row, names.get(row.to_store_id, ""), told.get(row.ticket_id, ())) for row in rows]
    places: dict[str, int] = {name: place for place, name in enumerate(TICKET_STATUSES)}
    return sorted(found, key=lambda ticket: places.get(ticket.status, 0))


def _is_handed_to(scope: Scope) -> ColumnElement[bool]:
    """The store that hands it over sees it too."""
    return and_(_tickets.c.to_store_id.is_not(None), *scope.condition(_tickets.c.to_store_id))


def count_open(connection: Connection, scope: Scope) -> int:
    """How many wait for somebody."""
    wanted = select(_tickets.c.ticket_id).where(_tickets.c.status == "open", *scope.condition(_tickets.c.store_id))
    return len(connection.scalars(wanted.limit(1000)).all())


def change(work: Work, viewer: Viewer, scope: Scope, ticket_id: UUID, status: str, answer: str) -> None:
    """Another status, and what the store is told. Refuses `not_allowed`, `not_found`, `choice_unknown`,
    `text_too_long`."""
    viewer.require("tickets.work")
    row = work.connection.execute(select(_tickets).where(_tickets.c.ticket_id == ticket_id)).one_or_none()
    if row is None:
        raise Refusal("not_found")
    scope.require(row.store_id)
    if status not in TICKET_STATUSES:
        raise Refusal("choice_unknown")
    if len(answer) > ANSWER_LETTERS_MAX:
        raise Refusal("text_too_long", letters_max=ANSWER_LETTERS_MAX)
    values = {"status": status, "answer": answer, "changed_at_ms": work.now_ms, "changed_by": viewer.login}
    work.connection.execute(update(_tickets).where(_tickets.c.ticket_id == ticket_id).values(values))
    _tell(work, [ticket_id])
    audit.note(
        work, viewer, "ticket_changed", f"ticket:{ticket_id.hex}", {"status": row.status}, {"status": status},
        store_id=row.store_id,
    )  # fmt: skip


def forget(work: Work, member_ids: Sequence[UUID]) -> None:
    """What was answered about a person goes with them; that there was a ticket stays."""
    rows = work.connection.execute(select(_tickets).where(_tickets.c.member_id.in_(member_ids))).all()
    for row in rows:
        work.connection.execute(update(_tickets).where(_tickets.c.ticket_id == row.ticket_id).values(answer=""))
    if rows:
        _tell(work, [row.ticket_id for row in rows])


def _change(row: TicketRow) -> feed.FeedChange:
    return feed.FeedChange("ticket", row.ticket_id.hex, msgspec.msgpack.encode(row), row.store_id)


def _ticket(row: Any, to_store_name: str, steps: tuple[StepTold, ...]) -> Ticket:
    profile = msgspec.msgpack.decode(row.profile, type=Profile) if row.profile else Profile()
    return Ticket(
        ticket_id=row.ticket_id,
        store_name=row.store_name,
        till_number=row.number,
        member_id=row.member_id,
        member_name=profile.name or profile.phone_masked,
        category=row.category,
        receipt_number=row.receipt_number,
        note=bytes(row.content).decode(errors="replace") if row.content else "",
        opened_at_ms=row.opened_at_ms,
        opened_by=row.opened_by,
        status=row.status,
        answer=row.answer,
        changed_at_ms=row.changed_at_ms,
        changed_by=row.changed_by,
        to_store_name=to_store_name,
        steps=steps,
    )
