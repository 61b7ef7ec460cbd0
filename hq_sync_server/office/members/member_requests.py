"""Requests about members that one person makes and another agrees to: a correction of a balance is nobody's alone.

The correction is booked when somebody else agrees, from what is free then; until that moment nothing has changed.
"""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, func, insert, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.records import console_tables, tables
from shared_models.bodies import BalanceAdjusted, OpeningLot
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import bonus_lot, draw, points_lot, principal_lot

AMOUNT_MAX = 10_000_000
REASON_LETTERS_MAX = 500
Purse = str  # principal, bonus or points
PURSES = ("principal", "bonus", "points")
NO_STORE = UUID(int=0)
_requests = console_tables.requests


class Adjustment(Struct, frozen=True, kw_only=True):
    """A balance to be corrected: fen or points, > 0 in favour of the member. `points_until`: month of new points."""

    purse: Purse
    amount: int
    points_until: str = ""


class Request(Struct, frozen=True, kw_only=True):
    """What somebody asked for."""

    request_id: UUID
    subject: UUID
    adjustment: Adjustment
    reason: str
    asked_by: str
    asked_at_ms: int
    status: str
    decided_by: str
    decided_at_ms: int


def ask(
    work: Work, viewer: Viewer, member_id: UUID, adjustment: Adjustment, reason: str, *, once: bool = False
) -> UUID:
    """Ask for a correction. The caller has checked that the member is theirs to see. `once`: not a second time while
    the same, word for word, waits (a form that was sent twice).

    Refuses `amount_out_of_range`, `reason_missing`, `text_too_long`, `purse_unknown`.
    """
    viewer.require("members.adjust")
    if adjustment.purse not in PURSES:
        raise Refusal("purse_unknown")
    if not 0 < abs(adjustment.amount) <= AMOUNT_MAX:
        raise Refusal("amount_out_of_range")
    if not reason:
        raise Refusal("reason_missing")
    if len(reason) > REASON_LETTERS_MAX:
        raise Refusal("text_too_long", letters_max=REASON_LETTERS_MAX)
    document = msgspec.json.encode(adjustment).decode()
    waiting = _asked_already(work.connection, viewer, member_id, document, reason) if once else None
    if waiting is not None:
        return waiting
    request_id = work.ids.new_id()
    work.connection.execute(
        insert(_requests).values(
            request_id=request_id,
            kind="adjust",
            subject=member_id,
            document=document,
            reason=reason,
            asked_by=viewer.login,
            asked_at_ms=work.now_ms,
        )
    )
    after = {"purse": adjustment.purse, "amount": adjustment.amount, "reason": reason}
    audit.note(work, viewer, "adjustment_asked", f"member:{member_id.hex}", {}, after)
    return request_id


def _asked_already(connection: Connection, viewer: Viewer, member_id: UUID, document: str, reason: str) -> UUID | None:
    """The same, word for word, that still waits."""
    columns = _requests.c
    return connection.scalar(
        select(columns.request_id).where(
            columns.subject == member_id,
            columns.status == "waiting",
            columns.asked_by == viewer.login,
            columns.document == document,
            columns.reason == reason,
        )
    )


def agree(work: Work, viewer: Viewer, scope: Scope, request_id: UUID) -> None:
    """Book what somebody else asked for. Refuses `not_found`, `request_decided`, `own_request`, `balance_too_small`."""
    request = _open(work, viewer, scope, request_id)
    books = Books(work)
    books.open({request.subject})
    person = books.canonical(request.subject).member_id
    head = books.head(person)
    lots = _lots(books, person, request.adjustment, head.business_id)
    books.record(BalanceAdjusted(head=head, member_id=person, lots=lots, reason=request.reason))
    books.close()
    _decide(work, viewer, request, "agreed")


def refuse(work: Work, viewer: Viewer, scope: Scope, request_id: UUID) -> None:
    """Nothing is booked. Refuses `not_found`, `request_decided`, `own_request`."""
    _decide(work, viewer, _open(work, viewer, scope, request_id), "refused")


def one(connection: Connection, request_id: UUID) -> Request:
    """What was asked for. Refuses `not_found`."""
    row = connection.execute(select(_requests).where(_requests.c.request_id == request_id)).one_or_none()
    if row is None:
        raise Refusal("not_found")
    return _request(row)


def withdraw(work: Work, viewer: Viewer, request_id: UUID) -> None:
    """Whoever asked, or somebody who takes back what it was asked for, wants it no more. Refuses `request_decided`."""
    row = work.connection.execute(select(_requests).where(_requests.c.request_id == request_id).with_for_update()).one()
    if row.status != "waiting":
        raise Refusal("request_decided", by=row.decided_by)
    _decide(work, viewer, _request(row), "refused")


def count_waiting(connection: Connection, viewer: Viewer, scope: Scope) -> int:
    """How many wait for this person: not their own."""
    wanted = _waiting(scope).where(_requests.c.asked_by != viewer.login).with_only_columns(func.count())
    return int(connection.scalar(wanted) or 0)


def waiting(connection: Connection, scope: Scope) -> list[Request]:
    """All that wait, oldest first."""
    rows = connection.execute(_waiting(scope).order_by(_requests.c.asked_at_ms))
    return [_request(row) for row in rows]


def _waiting(scope: Scope) -> Select[*tuple[Any, ...]]:
    return _about_people(scope).where(_requests.c.status == "waiting")


def _about_people(scope: Scope) -> Select[*tuple[Any, ...]]:
    """What was asked for about people of the scope: who was united with somebody since is that one, and theirs who see
    that one."""
    members, asked_for = tables.members, tables.members.alias()
    wanted = select(_requests).join(asked_for, asked_for.c.member_id == _requests.c.subject)
    return wanted.join(members, members.c.member_id == asked_for.c.canonical_id).where(*member_inside(scope))


def member_inside(scope: Scope) -> list[ColumnElement[bool]]:
    """What to add to a WHERE over `members`: whose home, or whose last visit, is in a store of the scope.

    Written so that no index serves it: it narrows few rows that are found otherwise, never the tens of thousands of a
    region, as which SQLite would begin with.
    """
    if scope.store_ids is None:
        return []
    columns = tables.members.c
    at_home, last = (func.coalesce(column, NO_STORE) for column in (columns.home_store_id, columns.last_store_id))
    return [at_home.in_(scope.store_ids) | last.in_(scope.store_ids)]


def of_member(connection: Connection, member_ids: list[UUID]) -> list[Request]:
    """Everything ever asked for a person, newest first."""
    columns = _requests.c
    rows = connection.execute(
        select(_requests).where(columns.subject.in_(member_ids)).order_by(columns.asked_at_ms.desc()).limit(20)
    )
    return [_request(row) for row in rows]


def _open(work: Work, viewer: Viewer, scope: Scope, request_id: UUID) -> Request:
    viewer.require("members.agree")
    wanted = _about_people(scope).where(_requests.c.request_id == request_id).with_for_update(of=_requests)
    row = work.connection.execute(wanted).one_or_none()
    if row is None:
        raise Refusal("not_found")
    if row.status != "waiting":
        raise Refusal("request_decided", by=row.decided_by)
    if row.asked_by == viewer.login:
        raise Refusal("own_request")
    return _request(row)


def _decide(work: Work, viewer: Viewer, request: Request, status: str) -> None:
    work.connection.execute(
        update(_requests)
        .where(_requests.c.request_id == request.request_id)
        .values(status=status, decided_by=viewer.login, decided_at_ms=work.now_ms)
    )
    after = {"purse": request.adjustment.purse, "amount": request.adjustment.amount, "asked_by": request.asked_by}
    audit.note(work, viewer, f"adjustment_{status}", f"member:{request.subject.hex}", {}, after)


def _lots(books: Books, member_id: UUID, asked: Adjustment, fact_id: UUID) -> tuple[OpeningLot, ...]:
    """In favour of the member a lot of its own; against them from what is free, in spending order."""
    if asked.amount > 0:
        names = {
            "principal": principal_lot(fact_id),
            "bonus": bonus_lot(fact_id),
            "points": points_lot(asked.points_until),
        }
        return (OpeningLot(lot=names[asked.purse], amount=asked.amount),)
    free = [(key[1], page.free) for key, page in books.free_lots(member_id) if lot_account(key[1]) == asked.purse]
    taken, missing = draw(free, -asked.amount)
    if missing:
        raise Refusal("balance_too_small", free=sum(amount for _lot, amount in free))
    return tuple(OpeningLot(lot=lot, amount=-amount) for lot, amount in taken)


def _request(row: Any) -> Request:
    return Request(
        request_id=row.request_id,
        subject=row.subject,
        adjustment=msgspec.json.decode(row.document, type=Adjustment),
        reason=row.reason,
        asked_by=row.asked_by,
        asked_at_ms=row.asked_at_ms,
        status=row.status,
        decided_by=row.decided_by,
        decided_at_ms=row.decided_at_ms or 0,
    )
