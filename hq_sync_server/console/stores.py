"""Stores and tills: how each stands, the code of a new till, and what ends a till, with its money effect before it."""

from typing import Any

import qrcode
import qrcode.image.svg
from fastapi.responses import Response
from markupsafe import Markup
from msgspec import structs

from hq_sync_server.console.forms import Form
from hq_sync_server.console.texts import LEDGER_STATES, STORE_TYPES
from hq_sync_server.console.visits import REFRESH_SECONDS, Visit, go_to
from hq_sync_server.office.access.roles import Scope, scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import inbox
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.organisation.stores import CODE_MINUTES, CODE_MINUTES_MAX
from hq_sync_server.office.shops import store_desk, till_deeds, till_watch
from shared_models.catalog import StoreRow
from shared_models.moments import DEFAULT_TIME_ZONE
from shared_models.refusals import Refusal


def _seen(visit: Visit) -> tuple[Scope, list[till_watch.StoreState]]:
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        return scope, till_watch.stores_seen(connection, scope, visit.now_ms, epoch)


def show_all(visit: Visit) -> Response:
    """Every store and till."""
    return _stores_page(visit)


def _stores_page(visit: Visit, form: Form | None = None) -> Response:
    _scope, seen = _seen(visit)
    with visit.desk.read() as connection:
        regions = store_desk.regions(connection)
    errors, values = (form.errors, form.values) if form else ({}, {})
    return visit.page(
        "stores.html",
        status_code=422 if errors else 200,
        seen=seen,
        regions=regions,
        errors=errors,
        values=values,
        refresh=REFRESH_SECONDS,
    )


def show_store(visit: Visit) -> Response:
    """One store with its tills."""
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        row = store_desk.store_seen(connection, scope, visit.path("code"))
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        only = Scope(frozenset({row.store_id}))
        (state,) = till_watch.stores_seen(connection, only, visit.now_ms, epoch)
    return visit.page(
        "store.html", state=state, refresh=REFRESH_SECONDS, minutes=CODE_MINUTES, values={"minutes": "60"}
    )


def show_form(visit: Visit) -> Response:
    """The form of a store, empty for a new one."""
    values = {"time_zone": DEFAULT_TIME_ZONE, "day_cut": "04:00", "store_type": "community"}
    if visit.path("code"):
        with visit.desk.read() as connection:
            row = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
        values = {name: str(value or "") for name, value in structs.asdict(row).items()}
        values["day_cut"] = f"{row.day_cut_minute // 60:02d}:{row.day_cut_minute % 60:02d}"
        values["region"] = row.region_id.hex if row.region_id else ""
    return _form_page(visit, values, {})


def _form_page(visit: Visit, values: dict[str, str], errors: dict[str, str]) -> Response:
    with visit.desk.read() as connection:
        regions = store_desk.regions(connection)
    return visit.page(
        "store_form.html",
        status_code=422 if errors else 200,
        values=values,
        errors=errors,
        code=visit.path("code"),
        regions=[("", "–"), *((region_id.hex, name) for region_id, _code, name in regions)],
        store_types=[(code, visit.texts.word(STORE_TYPES, code)) for code in store_desk.STORE_TYPES],
    )


def save(visit: Visit) -> Response:
    """Add a store or change one."""
    form = Form(visit.sent, visit.texts)
    with visit.desk.read() as connection:
        regions = {region_id.hex: (region_id, name) for region_id, _code, name in store_desk.regions(connection)}
        before = None
        if visit.path("code"):
            before = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
    region_id, region_name = regions.get(form.choice("region", ["", *regions]), (None, ""))
    row = StoreRow(
        store_id=before.store_id if before else visit.desk.ids.new_id(),
        code=before.code if before else form.text("code", letters_max=32, required=True),
        name=form.text("name", letters_max=60, required=True),
        name_en=form.text("name_en", letters_max=60),
        region_id=region_id,
        region_name=region_name,
        store_type=form.choice("store_type", store_desk.STORE_TYPES),
        legal_entity=form.text("legal_entity", letters_max=100),
        time_zone=form.text("time_zone", letters_max=60, required=True),
        day_cut_minute=form.read("day_cut", _minute, 240),
        currency=before.currency if before else "CNY",
        address=form.text("address", letters_max=200),
        phone=form.text("phone", letters_max=40),
        opening_hours=form.text("opening_hours", letters_max=11),
    )
    if not form.errors:
        try:
            visit.desk.run(lambda work: store_desk.save(work, visit.viewer, row, is_new=before is None))
        except Refusal as refusal:
            form.refuse(_FIELD_OF.get(refusal.code, "name"), refusal)
    if form.errors:
        return _form_page(visit, form.values, form.errors)
    return go_to(f"stores/{row.code}", done="sent")


_FIELD_OF = {
    "code_invalid": "code",
    "store_exists": "code",
    "hours_invalid": "opening_hours",
    "time_zone_unknown": "time_zone",
    "day_cut_invalid": "day_cut",
}


def _minute(text: str) -> int:
    hours, colon, minutes = text.partition(":")
    if not (colon and hours.isdecimal() and minutes.isdecimal() and int(hours) < 24 and int(minutes) < 60):
        raise Refusal("day_cut_invalid")
    return int(hours) * 60 + int(minutes)


def add_region(visit: Visit) -> Response:
    """A new region."""
    form = Form(visit.sent, visit.texts)
    code = form.text("region_code", letters_max=32, required=True)
    name = form.text("region_name", letters_max=60, required=True)
    if not form.errors:
        try:
            visit.desk.run(lambda work: store_desk.add_region(work, visit.viewer, code, name))
        except Refusal as refusal:
            form.refuse("region_name" if refusal.code == "name_missing" else "region_code", refusal)
    if form.errors:
        return _stores_page(visit, form)
    return go_to("stores", done="region_added")


def new_code(visit: Visit) -> Response:
    """A code for a new till, as letters and as a QR, shown this once."""
    form = Form(visit.sent, visit.texts)
    with visit.desk.read() as connection:
        row = store_desk.store_seen(connection, scope_of(connection, visit.viewer), visit.path("code"))
    name = form.text("till_name", letters_max=30)
    minutes = form.whole_number("minutes", 1, CODE_MINUTES_MAX)
    if form.errors:
        _scope, seen = _seen(visit)
        state = next(one for one in seen if one.row.store_id == row.store_id)
        shown = {"state": state, "refresh": REFRESH_SECONDS, "minutes": CODE_MINUTES}
        return visit.page("store.html", status_code=422, values=form.values, errors=form.errors, **shown)
    code = visit.desk.run(lambda work: store_desk.new_code(work, visit.viewer, row, name, minutes))
    return _code_page(visit, row, code)


def _code_page(visit: Visit, row: StoreRow, code: stores.EnrolmentCode) -> Response:
    picture = qrcode.make(code.code, image_factory=qrcode.image.svg.SvgPathFillImage, box_size=10, border=2)
    return visit.page("enrolment_code.html", row=row, code=code, picture=Markup(picture.to_string().decode()))  # noqa: S704 - drawn by us from letters and digits


def show_till(visit: Visit) -> Response:
    """One till: everything HQ knows of it, and what may be done about it."""
    return _till_page(visit)


def _till_page(visit: Visit, errors: dict[str, str] | None = None) -> Response:
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        row, till_id = store_desk.till_seen(connection, scope, visit.path("code"), visit.path("number"))
        epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
        (state,) = till_watch.stores_seen(connection, Scope(frozenset({row.store_id})), visit.now_ms, epoch)
        till = next(one for one in state.tills if one.till_id == till_id)
        shown: dict[str, Any] = {
            "outside": till_watch.outside(connection, till_id),
            "deeds": till_deeds.deeds(connection, till) if visit.viewer.may("tills.end") else (),
            "exceptions": inbox.of_till(connection, scope, till_id) if visit.viewer.may("exceptions.see") else [],
        }
    return visit.page(
        "till.html",
        status_code=422 if errors else 200,
        row=row,
        till=till,
        errors=errors or {},
        values=dict(visit.sent.fields),
        states=LEDGER_STATES,
        refresh=REFRESH_SECONDS,
        **shown,
    )


def do(visit: Visit) -> Response:
    """Revoke, let a new epoch open, write off, check: as the till's page said it would be."""
    deed, word = visit.path("deed"), visit.sent.get("confirmed")
    with visit.desk.read() as connection:
        scope = scope_of(connection, visit.viewer)
        row, till_id = store_desk.till_seen(connection, scope, visit.path("code"), visit.path("number"))
    label = f"{row.code}/{visit.path('number')}"
    if word != label:
        return _till_page(visit, {deed: visit.texts.refusal(Refusal("confirmation_differs", word=label))})

    def act(work: Work) -> object:
        return till_deeds.do(work, visit.viewer, deed, till_id, row.store_id)

    try:
        made = visit.desk.run(act)
    except Refusal as refusal:
        return _till_page(visit, {deed: visit.texts.refusal(refusal)})
    if isinstance(made, stores.EnrolmentCode):
        return _code_page(visit, row, made)
    return go_to(f"stores/{row.code}/{visit.path('number')}", done="till_done")
