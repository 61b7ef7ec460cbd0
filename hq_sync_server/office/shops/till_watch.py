"""Stores and tills as HQ last heard of them, for whoever may see them. Reads only; a few queries for all of them."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, func, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import nights
from hq_sync_server.records import console_tables, office_tables, tables
from shared_models.catalog import StoreRow
from shared_models.moments import business_date_of, local_minute_of
from shared_models.rules import StoreRules, rule_hash

SILENT_MS = 3_600_000
HEARD_MS = 15 * 60_000
HOURS_BY_DEFAULT = "08:00-22:00"
ENDED = ("revoked", "written_off")


class TillState(Struct, frozen=True, kw_only=True):
    """A till. `state`: sound, silent, revoked, written_off, or the trouble HQ found. `rules_version` 0: none heard of;
    `checked_at_ms` 0: its chain was never walked; `check_overdue`: not for two nights; `approved_by`: who let it open a
    new epoch at its next word."""

    till_id: UUID
    store_id: UUID
    number: int
    name: str
    epoch: int
    state: str
    last_seen_ms: int
    waiting_entries: int
    waiting_fen: int
    program_version: str
    clock_offset_ms: int
    rules_version: int
    rules_current: bool
    feed_behind: int
    entries_here: int
    enrolled_at_ms: int
    checked_at_ms: int
    check_faults: int
    check_overdue: bool
    approved_by: str


class StoreState(Struct, frozen=True, kw_only=True):
    """A store with its tills, by number."""

    row: StoreRow
    rules_version: int
    rules_from: str
    is_open: bool
    tills: tuple[TillState, ...]

    @property
    def checked_at_ms(self) -> int:
        """When the last of its tills' chains was walked that waits longest; 0 for never, or where there is none."""
        return min((till.checked_at_ms for till in self.tills if till.state not in ENDED), default=0)


def is_open(row: StoreRow, now_ms: int) -> bool:
    """Whether the store's own clock stands within its hours (08:00-22:00 where none are known)."""
    begin, end = read_hours(row.opening_hours or HOURS_BY_DEFAULT) or (0, 1440)
    minute = local_minute_of(now_ms, row.time_zone)
    return begin <= minute < end if begin < end else minute >= begin or minute < end


def read_hours(text: str) -> tuple[int, int] | None:
    """(from, to) in minutes of the day of `08:00-21:30`; None when it is not written so."""
    begin, dash, end = text.partition("-")
    try:
        first, last = (int(time[:-3]) * 60 + int(time[-2:]) for time in (begin.strip(), end.strip()) if time[-3] == ":")
    except (ValueError, IndexError):
        return None
    return (first, last) if dash and 0 <= first < 1440 and 0 < last <= 1440 else None


def stores_seen(connection: Connection, scope: Scope, now_ms: int, hq_epoch: int) -> list[StoreState]:
    """Every store of a scope, by its code."""
    rows = [row for row in stores.all_stores(connection) if scope.holds(row.store_id)]
    days = {row.store_id: business_date_of(now_ms, row.time_zone, row.day_cut_minute) for row in rows}
    in_force = rule_configs.in_force_of(connection, days)
    found = _tills(connection, rows, in_force, now_ms, hq_epoch)
    shown = []
    for row in rows:
        rules = in_force.get(row.store_id)
        shown.append(
            StoreState(
                row=row,
                rules_version=rules.version if rules else 0,
                rules_from=rules.effective_from if rules else "",
                is_open=is_open(row, now_ms),
                tills=tuple(found.get(row.store_id, ())),
            )
        )
    return shown


def _tills(
    connection: Connection, rows: list[StoreRow], in_force: Mapping[UUID, StoreRules], now_ms: int, hq_epoch: int
) -> dict[UUID, list[TillState]]:
    tills, lanes, heads, checks = tables.tills, tables.lanes, tables.heads, console_tables.till_checks
    by_store = {row.store_id: row for row in rows}
    current = {store_id: rule_hash(rules) for store_id, rules in in_force.items()}
    rules = office_tables.rules.c
    versions = {row.rule_hash: row.version for row in connection.execute(select(rules.rule_hash, rules.version))}
    found = connection.execute(
        select(
            *(tills.c[name] for name in ("till_id", "store_id", "number", "name", "epoch", "status", "enrolled_at_ms")),
            *(lanes.c[name] for name in ("trouble", "last_seen_ms", "waiting_entries", "waiting_fen")),
            *(lanes.c[name] for name in ("program_version", "clock_offset_ms", "rule_hash", "mirror_epoch")),
            *(lanes.c.approved_by, lanes.c.mirror_position, checks.c.checked_at_ms, checks.c.faults),
            func.coalesce(heads.c.seq, 0).label("entries_here"),
        )
        .outerjoin(lanes, lanes.c.till_id == tills.c.till_id)
        .outerjoin(heads, (heads.c.till_id == tills.c.till_id) & (heads.c.epoch == tills.c.epoch))
        .outerjoin(checks, checks.c.till_id == tills.c.till_id)
        .where(tills.c.store_id.in_(by_store))
        .order_by(tills.c.store_id, tills.c.number)
    )
    newest = connection.scalar(select(func.max(office_tables.feed.c.position))) or 0
    shown: dict[UUID, list[TillState]] = {}
    for row in found:
        heard = (row.mirror_position or 0) if row.mirror_epoch == hq_epoch else 0
        shown.setdefault(row.store_id, []).append(
            TillState(
                till_id=row.till_id,
                store_id=row.store_id,
                number=row.number,
                name=row.name,
                epoch=row.epoch,
                state=_state(row, is_open(by_store[row.store_id], now_ms), now_ms),
                last_seen_ms=row.last_seen_ms or 0,
                waiting_entries=row.waiting_entries or 0,
                waiting_fen=row.waiting_fen or 0,
                program_version=row.program_version or "",
                clock_offset_ms=row.clock_offset_ms or 0,
                rules_version=versions.get(row.rule_hash or "", 0),
                rules_current=bool(row.rule_hash) and row.rule_hash == current.get(row.store_id),
                feed_behind=max(0, newest - heard),
                entries_here=row.entries_here,
                enrolled_at_ms=row.enrolled_at_ms,
                checked_at_ms=row.checked_at_ms or 0,
                check_faults=row.faults or 0,
                check_overdue=row.status == "active"
                and nights.is_overdue(now_ms, max(row.checked_at_ms or 0, row.enrolled_at_ms)),
                approved_by=(row.approved_by or "") if row.trouble else "",
            )
        )
    return shown


def _state(row: Any, open_now: bool, now_ms: int) -> str:
    if row.status != "active":
        return str(row.status)
    if row.trouble:
        return str(row.trouble)
    return "silent" if open_now and now_ms - (row.last_seen_ms or 0) > SILENT_MS else "sound"


def label_of(connection: Connection, till_id: UUID) -> str:
    """A till as people speak of it: `001/2`."""
    tills, stores_table = tables.tills.c, tables.stores
    wanted = select(stores_table.c.code, tills.number).join(stores_table, stores_table.c.store_id == tills.store_id)
    row = connection.execute(wanted.where(tills.till_id == till_id)).one_or_none()
    return f"{row.code}/{row.number}" if row is not None else ""


class Outside(Struct, frozen=True, kw_only=True):
    """What a till holds of members' balances, as HQ sees it."""

    stored_value_fen: int = 0
    points: int = 0
    members: int = 0


def outside(connection: Connection, till_id: UUID) -> Outside:
    """Rights outside at one till, over all its epochs."""
    holders = tables.holders.c
    left = (
        holders.granted
        + holders.credited
        + holders.risk
        + holders.loss
        - holders.spent
        - holders.released
        - holders.taken_back
    )
    rows = connection.execute(
        select(holders.subject, holders.lot, left.label("left")).where(holders.till_id == till_id, left > 0)
    ).all()
    fen = sum(row.left for row in rows if not row.lot.startswith(("points:", "uses:")))
    points = sum(row.left for row in rows if row.lot.startswith("points:"))
    return Outside(stored_value_fen=fen, points=points, members=len({row.subject for row in rows}))
