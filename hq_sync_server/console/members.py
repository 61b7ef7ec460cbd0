"""Members: found, seen whole, changed, united, revealed, exported, forgotten."""

import re
from datetime import date
from typing import Any
from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import HEADERS, Visit, go_to
from hq_sync_server.office.access.roles import scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import inbox, remedy_reversals
from hq_sync_server.office.members import member_desk, member_finder, member_requests, member_view, separating
from hq_sync_server.office.members.member_requests import PURSES, Adjustment
from hq_sync_server.office.organisation import staff, stores
from hq_sync_server.office.rules import explaining
from shared_models.moments import business_date_of, month_after
from shared_models.refusals import Refusal

_MONTH = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)
FORGET_WORD = "FORGET"
_WAITING_NAMED = 50


def show_all(visit: Visit) -> Response:
    """Search, and who registered last."""
    text = visit.query("q")[:100]
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        found = member_finder.search(visit.desk, connection, scope, text) if text else []
        newest = [] if text else member_finder.newest(connection, scope)
        names = {row.store_id: row.name for row in stores.all_stores(connection)}
        waiting = member_requests.waiting(connection, scope) if visit.viewer.may("members.agree") else []
        people = {one.subject: member_view.member(connection, scope, one.subject) for one in waiting[:_WAITING_NAMED]}
    return visit.page(
        "members.html", q=text, found=found, newest=newest, store_names=names, waiting=waiting, people=people
    )


def show_one(visit: Visit) -> Response:
    """One member."""
    return _member_page(visit)


def _member_page(visit: Visit, errors: dict[str, str] | None = None, number: str = "") -> Response:
    before = visit.query("before")
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        view = member_view.member(connection, scope, _id_of(visit.path("member_id")))
        earlier = int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0
        shown: dict[str, Any] = {
            "events": member_view.timeline(connection, scope, view.ids, before=earlier),
            "requests": member_requests.of_member(connection, view.ids),
            "store_rows": stores.all_stores(connection),
            "exceptions": inbox.lines(connection, scope, subject=view.member_id, count=5)
            if visit.viewer.may("exceptions.see")
            else [],
            "apart": {one.member_id: separating.shares(connection, view, one.member_id) for one in view.aliases},
        }
        cashiers = staff.names(connection, {event.cashier for event in shown["events"] if event.cashier})
    values = {
        "name": view.profile.name,
        "birthday": view.profile.birthday,
        "tags": " ".join(view.profile.tags),
        "alerts": " ".join(view.profile.alerts),
        "home_store": view.profile.home_store_id.hex if view.profile.home_store_id else "",
        "own_fields": "\n".join(f"{name}: {value}" for name, value in sorted(view.profile.own_fields.items())),
        "points_until": month_after(business_date_of(visit.now_ms), 12),
        **dict(visit.sent.fields),
    }
    return visit.page(
        "member.html",
        status_code=422 if errors else 200,
        view=view,
        number=number,
        cashiers=cashiers,
        errors=errors or {},
        values=values,
        store_names={row.store_id: row.name for row in shown["store_rows"]},
        more=len(shown["events"]) == member_view.TIMELINE_LINES,
        forget_word=FORGET_WORD,
        **shown,
    )


def edit(visit: Visit) -> Response:
    """Name, birthday, tags, alerts, own fields, home store."""
    form = Form(visit.sent, visit.texts)
    with visit.desk.read() as connection:
        ids = {row.store_id.hex: row.store_id for row in stores.all_stores(connection)}
    changes: dict[str, Any] = {
        "name": form.text("name", letters_max=60),
        "birthday": form.read("birthday", _day, ""),
        "tags": tuple(dict.fromkeys(form.text("tags", letters_max=300).split())),
        "alerts": tuple(dict.fromkeys(form.text("alerts", letters_max=300).split())),
        "own_fields": form.read("own_fields", _own_fields, dict[str, str]()),
        "home_store_id": ids.get(form.choice("home_store", ["", *ids])),
    }
    return _do(visit, form, "name", lambda work: member_desk.edit(*_who(visit, work), changes))


def number(visit: Visit) -> Response:
    """Another telephone number."""
    form = Form(visit.sent, visit.texts)
    typed = form.text("phone", letters_max=30, required=True)
    return _do(visit, form, "phone", lambda work: member_desk.new_number(*_who(visit, work), typed), "number_changed")


def card(visit: Visit) -> Response:
    """A card is lost, or another one is given."""
    form = Form(visit.sent, visit.texts)
    old, new = form.text("old_card", letters_max=60), form.text("new_card", letters_max=60)
    if not old and not new:
        form.refuse("new_card", Refusal("text_missing"))

    def act(work: Work) -> None:
        member_desk.replace_card(*_who(visit, work), old, new)

    return _do(visit, form, "new_card", act, "card_changed")


def status(visit: Visit) -> Response:
    """Freeze, let free, confirm."""
    form = Form(visit.sent, visit.texts)
    deed = form.choice("deed", ("freeze", "thaw", "confirm"))

    def act(work: Work) -> None:
        if deed == "confirm":
            member_desk.confirm(*_who(visit, work))
        else:
            member_desk.set_frozen(*_who(visit, work), frozen=deed == "freeze")

    return _do(visit, form, "deed", act, {"freeze": "frozen", "thaw": "thawed", "confirm": "confirmed"}.get(deed, ""))


def adjust(visit: Visit) -> Response:
    """Ask for a correction of a balance."""
    form = Form(visit.sent, visit.texts)
    purse = form.choice("purse", PURSES)
    sign = -1 if form.choice("direction", ("more", "less")) == "less" else 1
    amount = form.whole_number("amount") if purse == "points" else form.amount_fen("amount")
    until = form.text("points_until", letters_max=7)
    if purse == "points" and sign > 0 and not _MONTH.fullmatch(until):
        form.refuse("points_until", Refusal("month_invalid", column="points_until", value=until))
    if amount <= 0:
        form.refuse("amount", Refusal("amount_out_of_range"))
    reason = form.text("reason", letters_max=500, required=True)
    adjustment = Adjustment(purse=purse, amount=sign * amount, points_until=until if purse == "points" else "")

    def act(work: Work) -> None:
        viewer, scope = visit.viewer, scope_of(work.connection, visit.viewer)
        view = member_view.member(work.connection, scope, _id_of(visit.path("member_id")))
        member_requests.ask(work, viewer, view.member_id, adjustment, reason, once=True)

    return _do(visit, form, "amount", act, "asked")


def decide(visit: Visit) -> Response:
    """Agree to what somebody else asked for, or refuse it."""
    request_id, deed = _id_of(visit.path("request_id")), visit.sent.get("deed")

    def act(work: Work) -> None:
        scope = scope_of(work.connection, visit.viewer)
        how = remedy_reversals.agree if deed == "agree" else member_requests.refuse
        how(work, visit.viewer, scope, request_id)

    visit.desk.run(act)
    return go_to("members", done="agreed" if deed == "agree" else "refused")


def reveal(visit: Visit) -> Response:
    """The whole number, this once."""
    found = visit.desk.run(lambda work: member_desk.reveal(*_who(visit, work)))
    return _member_page(visit, number=found)


def show_unite(visit: Visit) -> Response:
    """Both side by side, before anything is done."""
    return _unite_page(visit, {})


def _unite_page(visit: Visit, errors: dict[str, str]) -> Response:
    text = visit.query("q")[:100]
    other_id = visit.query("other") or visit.sent.get("other")
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        kept = member_view.member(connection, scope, _id_of(visit.path("member_id")))
        found = member_finder.search(visit.desk, connection, scope, text) if text else []
        other = member_view.member(connection, scope, _id_of(other_id)) if other_id else None
    others = [one for one in found if one.member_id != kept.member_id]
    status_code = 422 if errors else 200
    return visit.page(
        "member_unite.html", status_code=status_code, kept=kept, other=other, q=text, found=others, errors=errors
    )


def unite(visit: Visit) -> Response:
    """Two are one person."""
    other_id = _id_of(visit.sent.get("other"))

    def act(work: Work) -> None:
        viewer, scope, member_id = _who(visit, work)[1:]
        member_desk.unite(work, viewer, scope, member_id, other_id)

    try:
        visit.desk.run(act)
    except Refusal as refusal:
        if refusal.code in ("not_found", "not_allowed"):
            raise
        return _unite_page(visit, {"other": visit.texts.refusal(refusal)})
    return go_to(f"members/{visit.path('member_id')}", done="united")


def separate(visit: Visit) -> Response:
    """One was two after all."""
    alias_id = _id_of(visit.sent.get("alias"))
    visit.desk.run(lambda work: separating.separate(*_who(visit, work), alias_id))
    return go_to(f"members/{visit.path('member_id')}", done="separated")


def forget(visit: Visit) -> Response:
    """On request of the person."""
    form = Form(visit.sent, visit.texts)
    if visit.sent.get("confirmed") != FORGET_WORD:
        form.refuse("confirmed", Refusal("confirmation_differs", word=FORGET_WORD))
        return _member_page(visit, form.errors)
    visit.desk.run(lambda work: member_desk.forget(*_who(visit, work)))
    return go_to("members", done="forgotten")


def export(visit: Visit) -> Response:
    """Everything about a person, as a file to hand over."""
    content = visit.desk.run(lambda work: member_desk.export(*_who(visit, work)))
    name = f'attachment; filename="member-{visit.path("member_id")[:32]}.json"'
    return Response(content, media_type="application/json", headers={**HEADERS, "Content-Disposition": name})


def _do(visit: Visit, form: Form, field: str, act: Any, done: str = "sent") -> Response:
    """Do it if nothing is wrong with the form; what the office refuses stands beside the field."""
    if not form.errors:
        try:
            visit.desk.run(act)
        except Refusal as refusal:
            if refusal.code in ("not_found", "not_allowed"):
                raise
            form.refuse(field, refusal)
    if form.errors:
        return _member_page(visit, form.errors)
    return go_to(f"members/{visit.path('member_id')}", done=done)


def _who(visit: Visit, work: Work) -> tuple[Work, Any, Any, UUID]:
    viewer = visit.viewer
    return work, viewer, scope_of(work.connection, viewer), _id_of(visit.path("member_id"))


def _id_of(text: str) -> UUID:
    try:
        return UUID(hex=text)
    except ValueError:
        raise Refusal("not_found") from None


def _day(text: str) -> str:
    try:
        return date.fromisoformat(text).isoformat() if text else ""
    except ValueError:
        raise Refusal("date_invalid", column="birthday", value=text) from None


def _own_fields(text: str) -> dict[str, str]:
    """`name: value`, a line each."""
    found = {}
    for line in filter(None, (line.strip() for line in text.splitlines())):
        name, colon, value = line.replace("：", ":").partition(":")
        if not colon or not name.strip() or len(line) > 200:
            raise Refusal("own_field_invalid", line=line[:60])
        found[name.strip()] = value.strip()
    return found


def show_why(visit: Visit) -> Response:
    """Why a sale cost what it cost and earned what it earned."""
    entry_id = visit.path("entry_id")
    number = int(entry_id) if entry_id.isascii() and entry_id.isdigit() and len(entry_id) < 16 else 0
    with visit.desk.read() as connection:
        found = explaining.why(connection, scope_of(connection, visit.viewer), number)
    return visit.page("entry.html", why=found)
