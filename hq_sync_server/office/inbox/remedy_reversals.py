"""Taking back a remedy that two have agreed to: a correction the other way round, with a reason, and by two again.

The exception stays closed until then. What was booked stays in the books; the way back is a fact of its own beside it.
"""

from typing import Literal
from uuid import UUID

from sqlalchemy import insert, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import inbox, remedies
from hq_sync_server.office.inbox.remedies import Done
from hq_sync_server.office.members import member_requests
from hq_sync_server.office.members.member_requests import Adjustment
from hq_sync_server.records import console_tables

NAME = "reversal"
_done = console_tables.exception_remedies

How = Literal["", "now", "asks", "waits"]


def how(chosen: tuple[Done, ...]) -> How:
    """How the remedy in force can be taken back: at once, by asking, or somebody has asked already. '': it cannot."""
    last = remedies.in_force(chosen)
    if last is None:
        return ""
    if last.was_agreed:
        return "asks" if _waiting(chosen) is None else "waits"
    return "now" if last.can_be_undone else ""


def _waiting(chosen: tuple[Done, ...]) -> Done | None:
    asked = (one for one in chosen if one.reverses is not None and not one.undone_at_ms)
    return next((one for one in asked if one.request_status == "waiting"), None)


def take_back(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, reason: str) -> None:
    """Take the remedy in force back, or ask for it where two have agreed to it; asked for already: not any more.
    Refuses `not_found`, `not_allowed`, `remedy_final`, `reason_missing`, `text_too_long`."""
    viewer.require("exceptions.work")
    inbox.hold(work, exception_id)
    line = inbox.one(work.connection, scope, exception_id).line
    chosen = remedies.done(work.connection, exception_id)
    waiting, last = _waiting(chosen), remedies.in_force(chosen)
    if waiting is not None:
        _not_any_more(work, viewer, waiting)
    elif last is None or not last.was_agreed:
        remedies.undo(work, viewer, scope, exception_id)
    else:
        _ask(work, viewer, exception_id, line.store_id, last, reason)


def _ask(work: Work, viewer: Viewer, exception_id: UUID, store_id: UUID | None, last: Done, reason: str) -> None:
    assert last.request_id is not None, "two have agreed to it"
    asked = member_requests.one(work.connection, last.request_id)
    back = Adjustment(purse=asked.adjustment.purse, amount=-asked.adjustment.amount)
    request_id = member_requests.ask(work, viewer, asked.subject, back, reason)
    work.connection.execute(
        insert(_done).values(
            exception_id=exception_id,
            remedy_id=work.ids.new_id(),
            name=NAME,
            amount_fen=last.amount_fen,
            store_id=store_id,
            request_id=request_id,
            reverses=last.remedy_id,
            who=viewer.login,
            at_ms=work.now_ms,
        )
    )
    about = f"exception:{exception_id.hex}"
    audit.note(work, viewer, "reversal_asked", about, {"remedy": last.name}, {"reason": reason}, store_id=store_id)


def _not_any_more(work: Work, viewer: Viewer, waiting: Done) -> None:
    viewer.require("members.adjust")
    assert waiting.request_id is not None, "a reversal is a request"
    member_requests.withdraw(work, viewer, waiting.request_id)
    gone = update(_done).where(_done.c.remedy_id == waiting.remedy_id)
    work.connection.execute(gone.values(undone_by=viewer.login, undone_at_ms=work.now_ms))


def agree(work: Work, viewer: Viewer, scope: Scope, request_id: UUID) -> None:
    """As `member_requests.agree`; where it takes a remedy back, its exception is open again."""
    member_requests.agree(work, viewer, scope, request_id)
    here = select(_done).where(_done.c.request_id == request_id, _done.c.reverses.is_not(None))
    row = work.connection.execute(here).one_or_none()
    if row is None:
        return
    undone = update(_done).where(_done.c.remedy_id == row.reverses)
    work.connection.execute(undone.values(undone_by=viewer.login, undone_at_ms=work.now_ms))
    about, before = f"exception:{row.exception_id.hex}", {"asked_by": row.who}
    audit.note(work, viewer, "remedy_undone", about, before, {}, store_id=row.store_id)
    everywhere = Scope()  # who may agree for the member may not see the till it happened at
    if inbox.one(work.connection, everywhere, row.exception_id).line.status == "closed":
        inbox.reopen_by(work, viewer, everywhere, row.exception_id)
