"""The exceptions inbox and what is parked: seen, assigned, commented, closed by a remedy, tried again."""

from typing import Any
from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console import remedy_words
from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import REFRESH_SECONDS, Visit, go_to
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import alerts, inbox, parked_desk, remedies, remedy_reversals
from hq_sync_server.office.organisation import people
from shared_models.refusals import Refusal


def show_all(visit: Visit) -> Response:
    """The list, narrowed as asked."""
    return _list_page(visit, {})


def _list_page(visit: Visit, errors: dict[str, str]) -> Response:
    status = visit.query("status", "open")
    status = status if status in ("open", "closed") else "open"
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        lines = inbox.lines(
            connection,
            scope,
            status=status,
            code=visit.query("code"),
            assigned_to=visit.viewer.login if visit.query("mine") else "",
            before_ms=_moment(visit.query("before")),
        )
        shown: dict[str, Any] = {
            "codes": inbox.codes_open(connection, scope),
            "open_count": inbox.count_open(connection, scope),
            "money_fen": inbox.money_open(connection, scope),
            "parked": len(parked_desk.waiting(connection, scope)),
            "claims": remedies.claims(connection, scope),
        }
        limit = str(alerts.exceptions_limit(connection))
    return visit.page(
        "exceptions.html",
        lines=lines,
        status=status,
        code=visit.query("code"),
        mine=visit.query("mine"),
        more=len(lines) == inbox.PAGE_LINES,
        refresh=REFRESH_SECONDS,
        status_code=422 if errors else 200,
        errors=errors,
        values={"limit": limit, **dict(visit.sent.fields)},
        **shown,
    )


def set_limit(visit: Visit) -> Response:
    """From how many open ones on the first page's alert is a grave one."""
    form = Form(visit.sent, visit.texts)
    limit = form.whole_number("limit", 1, alerts.EXCEPTIONS_LIMIT_MAX)
    if form.errors:
        return _list_page(visit, form.errors)
    visit.desk.run(lambda work: alerts.set_exceptions_limit(work, visit.viewer, limit))
    return go_to("exceptions", done="saved")


def show_one(visit: Visit) -> Response:
    """One exception with its evidence."""
    return _one_page(visit, {})


def _one_page(visit: Visit, errors: dict[str, str]) -> Response:
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        opened = inbox.one(connection, scope, _id_of(visit))
        shown: dict[str, Any] = {
            "logins": people.logins(connection),
            "offers": remedies.offers(connection, visit.viewer, scope, opened.line),
            "done": (chosen := remedies.done(connection, opened.line.exception_id)),
            "how_back": remedy_reversals.how(chosen),
            "in_force": remedies.in_force(chosen),
        }
    values = {"login": opened.line.assigned_to, **dict(visit.sent.fields)}
    status_code = 422 if errors else 200
    return visit.page(
        "exception.html",
        status_code=status_code,
        opened=opened,
        errors=errors,
        values=values,
        remedy_words=remedy_words,
        **shown,
    )


_OF_THE_REASON = ("reason_missing", "text_too_long")


def change(visit: Visit) -> Response:
    """Assign, comment, close or open again; or a remedy that does something, and taking it back."""
    exception_id, form = _id_of(visit), Form(visit.sent, visit.texts)
    deed = form.choice("deed", ("assign", "comment", "close", "reopen", "remedy", "undo"))

    def act(work: Work) -> None:
        scope = scope_of(work.connection, visit.viewer)
        if deed == "assign":
            inbox.assign(work, visit.viewer, scope, exception_id, visit.sent.get("login"))
        elif deed == "comment":
            inbox.comment(work, visit.viewer, scope, exception_id, visit.sent.get("text"))
        elif deed == "close":
            inbox.close(work, visit.viewer, scope, exception_id, visit.sent.get("remedy"))
        elif deed == "remedy":
            remedies.choose(work, visit.viewer, scope, exception_id, visit.sent.get("name"))
        elif deed == "undo":
            remedy_reversals.take_back(work, visit.viewer, scope, exception_id, visit.sent.get("reason"))
        else:
            inbox.reopen(work, visit.viewer, scope, exception_id)

    if not form.errors:
        try:
            visit.desk.run(act)
        except Refusal as refusal:
            if refusal.code in ("not_found", "not_allowed"):
                raise
            field = {"assign": "login", "comment": "text", "close": "remedy", "remedy": "name"}.get(deed, "deed")
            form.refuse("reason" if deed == "undo" and refusal.code in _OF_THE_REASON else field, refusal)
    if form.errors:
        return _one_page(visit, form.errors)
    said = {
        "assign": "assigned",
        "comment": "noted",
        "close": "closed",
        "reopen": "reopened",
        "remedy": "remedied",
        "undo": "taken_back",
    }.get(deed, "saved")
    return go_to(f"exceptions/{exception_id.hex}", done=said)


def show_parked(visit: Visit) -> Response:
    """Entries that wait."""
    with visit.desk.read() as connection:
        parked = parked_desk.waiting(connection, scope_of(connection, visit.viewer))
    return visit.page("parked.html", parked=parked, refresh=REFRESH_SECONDS)


def show_parked_one(visit: Visit) -> Response:
    """One of them, as it came."""
    return _parked_page(visit, "")


def _parked_page(visit: Visit, reason: str) -> Response:
    with visit.desk.read() as connection:
        parked, shown = parked_desk.one(connection, scope_of(connection, visit.viewer), _entry_of(visit))
    return visit.page("parked_one.html", parked=parked, evidence=shown, still=reason)


def try_again(visit: Visit) -> Response:
    """Read it again, as this HQ reads today."""
    entry_id = _entry_of(visit)

    def act(work: Work) -> str:
        return parked_desk.try_again(work, visit.viewer, scope_of(work.connection, visit.viewer), entry_id)

    reason = visit.desk.run(act)
    return _parked_page(visit, reason) if reason else go_to("exceptions/parked", done="entry_taken")


def _id_of(visit: Visit) -> UUID:
    try:
        return UUID(hex=visit.path("exception_id"))
    except ValueError:
        raise Refusal("not_found") from None


def _entry_of(visit: Visit) -> int:
    return _moment(visit.path("entry_id"))


def _moment(text: str) -> int:
    return int(text) if text.isascii() and text.isdigit() and len(text) < 16 else 0
