"""Who may work here, and what everybody did: accounts with their roles, and the audit log."""

from uuid import UUID

from fastapi.responses import Response

from hq_sync_server.console import audit_words
from hq_sync_server.console.forms import Form
from hq_sync_server.console.visits import Visit, go_to
from hq_sync_server.console.words import ROLES as ROLE_NAMES
from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import ROLES, scope_of
from hq_sync_server.office.organisation import people, stores
from hq_sync_server.office.shops import store_desk
from shared_models.refusals import Refusal


def show_people(visit: Visit) -> Response:
    """Every account."""
    return _people_page(visit, {}, {"role": "store_manager"})


def _people_page(visit: Visit, errors: dict[str, str], values: dict[str, str]) -> Response:
    with visit.desk.read() as connection:
        everybody = people.everybody(connection)
        regions = store_desk.regions(connection)
        rows = stores.all_stores(connection)
    return visit.page(
        "accounts.html",
        status_code=422 if errors else 200,
        everybody=everybody,
        roles=[(role, visit.texts.word(ROLE_NAMES, role)) for role in ROLES],
        regions=[("", "–"), *((region_id.hex, name) for region_id, _code, name in regions)],
        stores=[("", "–"), *((row.store_id.hex, f"{row.code} {row.name}") for row in rows)],
        errors=errors,
        values=values,
    )


def add_person(visit: Visit) -> Response:
    """A new account, whose one-time password is shown this once."""
    form = Form(visit.sent, visit.texts)
    login, full_name = form.text("login", letters_max=32, required=True), form.text("full_name", letters_max=60)
    role = form.choice("role", ROLES)
    region_id = form.read("region", _id_or_none, None)
    store_id = form.read("store", _id_or_none, None)
    password = ""
    if not form.errors:
        try:
            password = visit.desk.run(
                lambda work: people.add(work, visit.viewer, login, full_name, role, region_id, store_id)
            )
        except Refusal as refusal:
            field = {"region_missing": "region", "store_wanted": "store", "role_unknown": "role"}
            if refusal.code == "code_invalid":
                refusal = Refusal("login_invalid", word=login)
            form.refuse(field.get(refusal.code, "login"), refusal)
    if form.errors:
        return _people_page(visit, form.errors, form.values)
    return visit.page("account_password.html", login=login, password=password)


def renew_password(visit: Visit) -> Response:
    """Another one-time password, shown this once."""
    login = visit.path("login")
    password = visit.desk.run(lambda work: people.renew_password(work, visit.viewer, login))
    return visit.page("account_password.html", login=login, password=password)


def set_active(visit: Visit) -> Response:
    """Shut somebody out, or let them in again."""
    active = visit.sent.get("active") == "1"
    visit.desk.run(lambda work: people.set_active(work, visit.viewer, visit.path("login"), active=active))
    return go_to("accounts", done="account_on" if active else "account_off")


def show_audit(visit: Visit) -> Response:
    """The audit log, newest first."""
    before = visit.query("before")
    with visit.desk.read() as connection:
        lines = audit.lines(
            connection,
            visit.viewer,
            scope_of(connection, visit.viewer),
            who=visit.query("who"),
            about=visit.query("about"),
            before_ms=int(before) if before.isascii() and before.isdigit() and len(before) < 16 else 0,
        )
        names = {row.store_id: row.name for row in stores.all_stores(connection)}
    more = len(lines) == audit.PAGE_LINES
    return visit.page(
        "audit.html",
        lines=lines,
        more=more,
        who=visit.query("who"),
        about=visit.query("about"),
        audit_words=audit_words,
        viewer=visit.viewer,
        store_names=names,
    )


def _id_or_none(text: str) -> UUID | None:
    try:
        return UUID(hex=text) if text else None
    except ValueError:
        raise Refusal("choice_unknown") from None
