"""The exceptions inbox: what HQ took although something did not fit, until somebody has looked at it.

An exception is never mended silently: closing one says by which remedy and by whom, and leaves a line in the audit log.
"""

from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Select, func, insert, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members.member_requests import member_inside
from hq_sync_server.records import console_tables, office_tables, tables
from shared_models.ids import HQ_TILL_ID
from shared_models.refusals import Refusal

PAGE_LINES = 50
TEXT_LETTERS_MAX = 2000
REMEDIES = ("accepted", "corrected", "settled_with_store", "settled_with_member", "no_fault")
"""How an exception may be closed by hand; deeds of their own (uniting, a new epoch) close theirs by their own name."""

_exceptions = office_tables.exceptions
_notes = console_tables.exception_notes


class Line(Struct, frozen=True, kw_only=True):
    """One exception in the list. `till` as people speak of it: `001/2`."""

    exception_id: UUID
    code: str
    till: str
    till_id: UUID | None
    store_id: UUID | None
    epoch: int
    seq: int
    entry_id: int | None
    subject: UUID | None
    amount: int
    unit: str
    status: str
    raised_at_ms: int
    assigned_to: str
    closed_by: str
    closed_at_ms: int
    remedy: str
    told: dict[str, Any]


class Comment(Struct, frozen=True, kw_only=True):
    """What somebody wrote about it."""

    at_ms: int
    who: str
    text: str


class Evidence(Struct, frozen=True, kw_only=True):
    """The entry it is about, as it came."""

    entry_id: int
    entry_type: str
    type_version: int
    business_date: str
    received_at_ms: int
    verdict_codes: str
    body: str


class Opened(Struct, frozen=True, kw_only=True):
    """One exception with everything known about it."""

    line: Line
    comments: tuple[Comment, ...]
    evidence: Evidence | None
    remedies: tuple[str, ...]
    member_is_seen: bool


def count_open(connection: Connection, scope: Scope) -> int:
    """How many wait for somebody."""
    wanted = _chosen(scope, status="open").with_only_columns(func.count())
    return int(connection.scalar(wanted) or 0)


def money_open(connection: Connection, scope: Scope) -> int:
    """What the open ones come to, in fen, whichever way each goes."""
    wanted = _chosen(scope, status="open").where(_exceptions.c.unit == "fen")
    return int(connection.scalar(wanted.with_only_columns(func.sum(func.abs(_exceptions.c.amount)))) or 0)


def codes_open(connection: Connection, scope: Scope) -> list[tuple[str, int]]:
    """(name, how many) of what is open, most first."""
    count = func.count()
    wanted = _chosen(scope, status="open").with_only_columns(_exceptions.c.code, count)
    return [
        (code, number)
        for code, number in connection.execute(wanted.group_by(_exceptions.c.code).order_by(count.desc()))
    ]


def lines(
    connection: Connection,
    scope: Scope,
    *,
    status: str = "open",
    code: str = "",
    assigned_to: str = "",
    subject: UUID | None = None,
    before_ms: int = 0,
    count: int = PAGE_LINES,
) -> list[Line]:
    """The newest exceptions."""
    wanted = _chosen(scope, status=status)
    for condition in (
        _exceptions.c.code == code if code else None,
        _exceptions.c.assigned_to == assigned_to if assigned_to else None,
        _exceptions.c.subject == subject if subject else None,
        _exceptions.c.raised_at_ms < before_ms if before_ms else None,
    ):
        if condition is not None:
            wanted = wanted.where(condition)
    newest = wanted.order_by(_exceptions.c.raised_at_ms.desc(), _exceptions.c.exception_id.desc()).limit(count)
    return [_line(row) for row in connection.execute(newest)]


def of_till(connection: Connection, scope: Scope, till_id: UUID) -> list[Line]:
    """The newest of one till, open or closed."""
    wanted = _chosen(scope).where(_exceptions.c.till_id == till_id)
    newest = wanted.order_by(_exceptions.c.raised_at_ms.desc(), _exceptions.c.exception_id.desc()).limit(10)
    return [_line(row) for row in connection.execute(newest)]


def one(connection: Connection, scope: Scope, exception_id: UUID) -> Opened:
    """An exception with its evidence. Refuses `not_found`."""
    row = connection.execute(_chosen(scope).where(_exceptions.c.exception_id == exception_id)).one_or_none()
    if row is None:
        raise Refusal("not_found")
    line = _line(row)
    comments = connection.execute(
        select(_notes).where(_notes.c.exception_id == exception_id).order_by(_notes.c.at_ms, _notes.c.note_id)
    )
    return Opened(
        line=line,
        comments=tuple(Comment(at_ms=note.at_ms, who=note.who, text=note.text) for note in comments),
        evidence=evidence(connection, line.entry_id) if line.entry_id is not None else None,
        remedies=REMEDIES,
        member_is_seen=line.subject is not None and is_seen(connection, scope, line.subject),
    )


def hold(work: Work, exception_id: UUID) -> None:
    """Whoever else does something about it waits until this is done, and then finds it as it is: a button pressed twice
    books once."""
    held = select(_exceptions.c.exception_id).where(_exceptions.c.exception_id == exception_id)
    work.connection.execute(held.with_for_update())


def is_seen(connection: Connection, scope: Scope, member_id: UUID) -> bool:
    """Whether a member is one of the scope's."""
    columns = tables.members.c
    canonical_id = connection.scalar(select(columns.canonical_id).where(columns.member_id == member_id))
    wanted = select(columns.member_id).where(columns.member_id == canonical_id, *member_inside(scope))
    return connection.scalar(wanted) is not None


def evidence(connection: Connection, entry_id: int) -> Evidence | None:
    """An entry as it came, its body laid out for reading."""
    entries = tables.entries.c
    row = connection.execute(select(tables.entries).where(entries.entry_id == entry_id)).one_or_none()
    if row is None:
        return None
    return Evidence(
        entry_id=entry_id,
        entry_type=row.entry_type,
        type_version=row.type_version,
        business_date=row.business_date,
        received_at_ms=row.received_at_ms,
        verdict_codes=row.verdict_codes,
        body=readable(bytes(row.body)),
    )


def readable(body: bytes) -> str:
    """JSON on several lines; whatever is none is shown as it is."""
    try:
        return msgspec.json.format(body, indent=2).decode()
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        return body.decode(errors="replace")


def assign(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, login: str) -> None:
    """Somebody takes it, or nobody does any more. Refuses `not_found`, `account_unknown`."""
    viewer.require("exceptions.work")
    was = one(work.connection, scope, exception_id).line
    accounts = office_tables.accounts.c
    if login and not work.connection.scalar(select(accounts.login).where(accounts.login == login, accounts.active)):
        raise Refusal("account_unknown", login=login)
    _change(work, exception_id, assigned_to=login)
    about = f"exception:{exception_id.hex}"
    before, after = {"assigned_to": was.assigned_to}, {"assigned_to": login}
    audit.note(work, viewer, "exception_assigned", about, before, after, store_id=was.store_id)


def comment(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, text: str) -> None:
    """Write something about it. Refuses `not_found`, `text_missing`, `text_too_long`."""
    viewer.require("exceptions.work")
    one(work.connection, scope, exception_id)
    if not text:
        raise Refusal("text_missing")
    if len(text) > TEXT_LETTERS_MAX:
        raise Refusal("text_too_long", letters_max=TEXT_LETTERS_MAX)
    work.connection.execute(
        insert(_notes).values(
            exception_id=exception_id, note_id=work.ids.new_id(), at_ms=work.now_ms, who=viewer.login, text=text
        )
    )


def close(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, remedy: str) -> None:
    """It was looked at, and this was done. Refuses `not_found`, `remedy_unknown`, `exception_closed`."""
    if remedy not in REMEDIES:
        raise Refusal("remedy_unknown")
    close_by(work, viewer, scope, exception_id, remedy)


def close_by(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, remedy: str) -> None:
    """As `close`, by a remedy of another room."""
    viewer.require("exceptions.work")
    was = one(work.connection, scope, exception_id).line
    if was.status == "closed":
        raise Refusal("exception_closed", by=was.closed_by)
    _change(work, exception_id, status="closed", closed_by=viewer.login, closed_at_ms=work.now_ms, remedy=remedy)
    about = f"exception:{exception_id.hex}"
    after = {"status": "closed", "remedy": remedy}
    audit.note(work, viewer, "exception_closed", about, {"status": "open"}, after, store_id=was.store_id)


def reopen(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID) -> None:
    """It was closed too early. Refuses `not_found`, `remedy_in_force` while what closed it is not taken back."""
    columns = console_tables.exception_remedies.c
    in_force = select(columns.remedy_id).where(
        columns.exception_id == exception_id, columns.undone_at_ms.is_(None), columns.reverses.is_(None)
    )
    if work.connection.execute(in_force).first() is not None:
        raise Refusal("remedy_in_force")
    reopen_by(work, viewer, scope, exception_id)


def reopen_by(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID) -> None:
    """As `reopen`, when the remedy was taken back."""
    viewer.require("exceptions.work")
    was = one(work.connection, scope, exception_id).line
    _change(work, exception_id, status="open", closed_by="", closed_at_ms=None, remedy="")
    about = f"exception:{exception_id.hex}"
    before = {"status": was.status, "remedy": was.remedy}
    audit.note(work, viewer, "exception_reopened", about, before, {"status": "open"}, store_id=was.store_id)


def _change(work: Work, exception_id: UUID, **values: Any) -> None:
    work.connection.execute(update(_exceptions).where(_exceptions.c.exception_id == exception_id).values(**values))


def _chosen(scope: Scope, *, status: str = "") -> Select[*tuple[Any, ...]]:
    tills, stores = tables.tills, tables.stores
    wanted = (
        select(_exceptions, tills.c.number, tills.c.store_id, stores.c.code.label("store_code"))
        .outerjoin(tills, tills.c.till_id == _exceptions.c.till_id)
        .outerjoin(stores, stores.c.store_id == tills.c.store_id)
    )
    if scope.store_ids is not None:
        wanted = wanted.where(tills.c.store_id.in_(scope.store_ids))
    return wanted.where(_exceptions.c.status == status) if status else wanted


def _line(row: Any) -> Line:
    till = f"{row.store_code}/{row.number}" if row.store_code else "HQ" if row.till_id == HQ_TILL_ID else ""
    return Line(
        exception_id=row.exception_id,
        code=row.code,
        till=till,
        till_id=row.till_id,
        store_id=row.store_id,
        epoch=row.epoch,
        seq=row.seq,
        entry_id=row.entry_id,
        subject=row.subject,
        amount=row.amount,
        unit=row.unit,
        status=row.status,
        raised_at_ms=row.raised_at_ms,
        assigned_to=row.assigned_to,
        closed_by=row.closed_by,
        closed_at_ms=row.closed_at_ms or 0,
        remedy=row.remedy,
        told=msgspec.json.decode(row.told),
    )
