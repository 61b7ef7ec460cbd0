"""Stores as people at HQ change them: every change is checked, published to tills and written into the audit log."""

from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from msgspec import structs
from sqlalchemy import Connection, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer, scope_of
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.organisation.stores import EnrolmentCode
from hq_sync_server.office.shops import till_watch
from hq_sync_server.records import tables
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal

STORE_TYPES = ("downtown", "community", "campus", "office", "transit")


def regions(connection: Connection) -> list[tuple[UUID, str, str]]:
    """(id, code, name) of every region, by code."""
    columns = tables.regions.c
    rows = connection.execute(select(columns.region_id, columns.code, columns.name).order_by(columns.code))
    return [(row.region_id, row.code, row.name) for row in rows]


def stores_seen(connection: Connection, viewer: Viewer) -> list[StoreRow]:
    """The stores somebody sees, by code."""
    scope = scope_of(connection, viewer)
    return [row for row in stores.all_stores(connection) if scope.holds(row.store_id)]


def store_seen(connection: Connection, scope: Scope, code: str) -> StoreRow:
    """A store by its code. Refuses `not_found`, also for one of another region."""
    try:
        row = stores.store_by_code(connection, code)
    except Refusal:
        raise Refusal("not_found") from None
    scope.require(row.store_id)
    return row


def till_seen(connection: Connection, scope: Scope, code: str, number: str) -> tuple[StoreRow, UUID]:
    """(store, till id). Refuses `not_found`."""
    row = store_seen(connection, scope, code)
    columns = tables.tills.c
    wanted = select(columns.till_id).where(columns.store_id == row.store_id)
    till_id = connection.scalar(wanted.where(columns.number == int(number))) if _is_number(number) else None
    if till_id is None:
        raise Refusal("not_found")
    return row, till_id


def _is_number(text: str) -> bool:
    return text.isascii() and text.isdigit() and len(text) < 10


def save(work: Work, viewer: Viewer, row: StoreRow, *, is_new: bool) -> None:
    """Add a store or change one. Refuses `code_invalid`, `store_exists`, `name_missing`, `hours_invalid`,
    `time_zone_unknown`, `day_cut_invalid`."""
    viewer.require("stores.edit")
    if not row.name:
        raise Refusal("name_missing")
    if row.opening_hours and till_watch.read_hours(row.opening_hours) is None:
        raise Refusal("hours_invalid")
    if not 0 <= row.day_cut_minute < 1440:
        raise Refusal("day_cut_invalid")
    try:
        ZoneInfo(row.time_zone)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Refusal("time_zone_unknown", name=row.time_zone) from None
    before = {} if is_new else _told(stores.store(work.connection, row.store_id))
    stores.save_store(work, row)
    action = "store_added" if is_new else "store_changed"
    audit.note(work, viewer, action, f"store:{row.store_id.hex}", before, _told(row), store_id=row.store_id)


def add_region(work: Work, viewer: Viewer, code: str, name: str) -> None:
    """A new region. Refuses `code_invalid`, `region_exists`, `name_missing`."""
    viewer.require("stores.edit")
    if not name:
        raise Refusal("name_missing")
    region_id = stores.add_region(work, code, name)
    audit.note(work, viewer, "region_added", f"region:{region_id.hex}", {}, {"code": code, "name": name})


def new_code(work: Work, viewer: Viewer, row: StoreRow, till_name: str, minutes: int) -> EnrolmentCode:
    """A code for a new till. Refuses `validity_invalid`."""
    viewer.require("tills.enrol")
    code = stores.new_enrolment_code(work, row.store_id, till_name, minutes)
    after = {"till_name": till_name, "valid_minutes": minutes}
    audit.note(work, viewer, "enrolment_code_made", f"store:{row.store_id.hex}", {}, after, store_id=row.store_id)
    return code


def _told(row: StoreRow) -> dict[str, Any]:
    told = structs.asdict(row)
    return {name: str(value) if isinstance(value, UUID) else value for name, value in told.items()}
