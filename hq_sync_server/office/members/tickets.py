"""Service tickets: opened at tills as facts, worked on here, and told back to the store's tills.

A quality complaint marks its member as one to be handled with care, at every till. `intake` takes what tills say; the
people of the service desk do the rest.
"""

from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import bulk, service_tables, tables
from shared_models.bodies import Body, TicketOpened
from shared_models.refusals import Refusal
from shared_models.service import HIGH_CARE, TICKET_STATUSES, TicketRow

ANSWER_LETTERS_MAX = 300
PAGE_TICKETS = 200
_tickets = service_tables.tickets
_COLUMNS = (
    *("ticket_id", "till_id", "store_id", "member_id", "category", "receipt_number", "note_attachment"),
    *("opened_at_ms", "opened_by", "status", "changed_at_ms"),
)


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


def take(work: Work, till_id: UUID, store_id: UUID, taken: Iterable[Body]) -> None:
    """The tickets among what a till's entries say that were taken and count."""
    rows = [
        (
            *(body.ticket_id, till_id, store_id, body.member_id, body.category, body.about_receipt),
            *(body.note_attachment, body.head.till_time_ms + body.head.clock_offset_ms, body.head.cashier_id),
            *("open", work.now_ms),
        )
        for body in taken
        if isinstance(body, TicketOpened)
    ]
    if rows:
        bulk.upsert(work.connection, _tickets, _COLUMNS, rows, changes="nothing")
        told = (TicketRow(ticket_id=row[0], store_id=store_id, changed_at_ms=work.now_ms) for row in rows)
        feed.publish_many(work, [_change(row) for row in told])


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
        .where(*scope.condition(_tickets.c.store_id))
        .order_by(_tickets.c.opened_at_ms.desc())
        .limit(PAGE_TICKETS)
    )
    if status:
        wanted = wanted.where(_tickets.c.status == status)
    found = [_ticket(row) for row in connection.execute(wanted)]
    places: dict[str, int] = {name: place for place, name in enumerate(TICKET_STATUSES)}
    return sorted(found, key=lambda ticket: places.get(ticket.status, 0))


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
    told = TicketRow(
        ticket_id=ticket_id, store_id=row.store_id, status=status, answer=answer, changed_at_ms=work.now_ms
    )  # fmt: skip
    feed.publish_many(work, [_change(told)])
    audit.note(
        work, viewer, "ticket_changed", f"ticket:{ticket_id.hex}", {"status": row.status}, {"status": status},
        store_id=row.store_id,
    )  # fmt: skip


def forget(work: Work, member_ids: Sequence[UUID]) -> None:
    """What was answered about a person goes with them; that there was a ticket stays."""
    rows = work.connection.execute(select(_tickets).where(_tickets.c.member_id.in_(member_ids))).all()
    for row in rows:
        work.connection.execute(update(_tickets).where(_tickets.c.ticket_id == row.ticket_id).values(answer=""))
        told = TicketRow(
            ticket_id=row.ticket_id, store_id=row.store_id, status=row.status, changed_at_ms=row.changed_at_ms
        )
        feed.publish_many(work, [_change(told)])


def _change(row: TicketRow) -> feed.FeedChange:
    return feed.FeedChange("ticket", row.ticket_id.hex, msgspec.msgpack.encode(row), row.store_id)


def _ticket(row: Any) -> Ticket:
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
    )
