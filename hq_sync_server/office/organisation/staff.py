"""People who work at tills: who they are, in which stores, and the hash of the PIN that lets them in.

A PIN is known to its owner alone: HQ and tills keep its argon2id hash. Changes are published to every till.
"""

import hashlib
import re
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

import msgspec
from argon2 import PasswordHasher
from msgspec import Struct
from sqlalchemy import Connection, select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.office.sheets.sheets import SheetRow
from hq_sync_server.records import bulk, office_tables
from shared_models.catalog import StaffRole, StaffRow
from shared_models.refusals import Refusal

PIN = re.compile(r"\d{4,8}")
STAFF_ID = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,15}")
# A PIN is checked while a customer waits, on a slow till: the lowest cost that OWASP's password storage sheet allows.
_pin_hasher = PasswordHasher(time_cost=2, memory_cost=19_456, parallelism=1)
_ROLES: dict[str, StaffRole] = {
    "": "cashier",
    "cashier": "cashier",
    "收银员": "cashier",
    "manager": "manager",
    "店长": "manager",
}

COLUMNS: dict[str, tuple[str, ...]] = {
    "staff_id": ("工号", "编号"),
    "name": ("姓名",),
    "role": ("角色", "职务"),
    "pin": ("密码",),
    "badge": ("工牌",),
    "stores": ("门店",),
    "active": ("在职",),
}


class StaffDraft(Struct, frozen=True, kw_only=True):
    """Somebody as written down. An empty PIN or badge keeps the one there is; no stores means every store."""

    staff_id: str
    name: str
    role: StaffRole = "cashier"
    pin: str = ""
    badge: str = ""
    stores: tuple[str, ...] = ()
    active: bool = True


def read_staff_row(row: SheetRow) -> StaffDraft:
    """A row of a sheet. Refuses `role_unknown` and what `check` refuses."""
    role = _ROLES.get(row.text("role").lower())
    if role is None:
        raise Refusal("role_unknown", role=row.text("role"))
    draft = StaffDraft(
        staff_id=row.text("staff_id"),
        name=row.text("name"),
        role=role,
        pin=row.text("pin"),
        badge=row.text("badge"),
        stores=row.several("stores"),
        active=row.yes("active") if row.text("active") else True,
    )
    check(draft)
    return draft


def check(draft: StaffDraft) -> None:
    """Refuses `staff_id_invalid`, `name_missing`, `pin_invalid`."""
    if not STAFF_ID.fullmatch(draft.staff_id):
        raise Refusal("staff_id_invalid", staff_id=draft.staff_id)
    if not draft.name:
        raise Refusal("name_missing")
    if draft.pin and not PIN.fullmatch(draft.pin):
        raise Refusal("pin_invalid")


def check_with(draft: StaffDraft, is_known: bool, stores: Mapping[str, UUID]) -> None:
    """Refuses `store_unknown`, and `pin_missing` for somebody new without one."""
    unknown = [code for code in draft.stores if code not in stores]
    if unknown:
        raise Refusal("store_unknown", store=", ".join(unknown))
    if not is_known and not draft.pin:
        raise Refusal("pin_missing", staff_id=draft.staff_id)


def save_staff(work: Work, drafts: Iterable[StaffDraft], stores: Mapping[str, UUID]) -> int:
    """Add or change people, and publish them; how many. `stores`: code -> id. Refuses what `check_with` refuses."""
    known = {row.staff_id: row for row in all_staff(work.connection)}
    encoded = {}
    for draft in drafts:
        check(draft)
        encoded[draft.staff_id] = msgspec.msgpack.encode(_row(draft, known.get(draft.staff_id), stores))
    rows = sorted(encoded.items())
    bulk.upsert(work.connection, office_tables.staff, ("staff_id", "row"), rows)
    feed.publish_many(work, [feed.FeedChange("staff", staff_id, row) for staff_id, row in rows])
    return len(rows)


def all_staff(connection: Connection) -> list[StaffRow]:
    """Everybody, by number."""
    rows = connection.scalars(select(office_tables.staff.c.row).order_by(office_tables.staff.c.staff_id))
    return [msgspec.msgpack.decode(row, type=StaffRow) for row in rows]


def names(connection: Connection, staff_ids: Collection[str]) -> dict[str, str]:
    """What some of them are called."""
    columns = office_tables.staff.c
    rows = connection.scalars(select(columns.row).where(columns.staff_id.in_(staff_ids)))
    return {row.staff_id: row.name for row in (msgspec.msgpack.decode(one, type=StaffRow) for one in rows)}


def _row(draft: StaffDraft, before: StaffRow | None, stores: Mapping[str, UUID]) -> StaffRow:
    check_with(draft, before is not None, stores)
    return StaffRow(
        staff_id=draft.staff_id,
        name=draft.name,
        role=draft.role,
        pin_hash=_pin_hasher.hash(draft.pin) if draft.pin else before.pin_hash if before else "",
        badge_hash=badge_hash(draft.badge) if draft.badge else before.badge_hash if before else "",
        stores=tuple(stores[code] for code in draft.stores),
        active=draft.active,
    )


def badge_hash(badge: str) -> str:
    """What is kept of a badge's code: SHA-256 (hex) of it in upper case."""
    return hashlib.sha256(badge.strip().upper().encode()).hexdigest()
