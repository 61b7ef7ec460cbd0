"""How the chain stands: every store and till, what waits there, what HQ could not take as it came.

Reads only. For the console's page and the command `status`.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, func, select

from hq_sync_server.office.healing import recovery
from hq_sync_server.office.healing.recovery import RecoveryState
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import office_tables, tables
from shared_models.catalog import StoreRow
from shared_models.ids import HQ_TILL_ID
from shared_models.moments import business_date_of
from shared_models.rules import rule_hash

LISTED_MAX = 50


class TillStatus(Struct, frozen=True, kw_only=True):
    """A till as HQ last heard of it. `ledger_state`: `sound`, `revoked`, `written_off`, or the trouble with it
    (`clone`, `rollback`, `fork`, `stale`, `anchor_ahead`, `restored_copy`). `feed_behind`: rows of the feed it has not
    taken yet; `rules_current`: whether it quotes by the rules in force (None: it has not said)."""

    till_id: UUID
    number: int
    name: str
    epoch: int
    ledger_state: str
    last_seen_ms: int
    waiting_entries: int
    waiting_fen: int
    entries_here: int
    feed_behind: int
    rules_current: bool | None
    program_version: str
    clock_offset_ms: int


class StoreStatus(Struct, frozen=True, kw_only=True):
    """A store with its tills, by number."""

    store_id: UUID
    code: str
    name: str
    region_name: str
    store_type: str
    rules_version: int
    rules_from: str
    tills: tuple[TillStatus, ...]


class ExceptionLine(Struct, frozen=True, kw_only=True):
    """Something HQ took with a named exception."""

    code: str
    till: str
    epoch: int
    seq: int
    amount: int
    unit: str
    raised_at_ms: int


class ParkedLine(Struct, frozen=True, kw_only=True):
    """An entry kept as it came, whose effects wait."""

    reason: str
    till: str
    epoch: int
    seq: int
    entry_type: str
    type_version: int
    parked_at_ms: int


class Overview(Struct, frozen=True, kw_only=True):
    """Everything on one page. The lists hold the newest few, the counts count all that are open."""

    chain_name: str
    hq_epoch: int
    now_ms: int
    members: int
    goods: int
    entries: int
    feed_position: int
    waiting_entries: int
    waiting_fen: int
    stores: tuple[StoreStatus, ...]
    exceptions_open: int
    exceptions: tuple[ExceptionLine, ...]
    parked_open: int
    parked: tuple[ParkedLine, ...]
    recovery: RecoveryState | None = None


def overview(connection: Connection, now_ms: int) -> Overview:
    """How the chain stands."""
    tills = _tills_by_store(connection, now_ms)
    labels = _till_labels(connection)
    position = connection.scalar(select(office_tables.counters.c.value).where(office_tables.counters.c.name == "feed"))
    all_tills = [till for of_store in tills.values() for till in of_store]
    exceptions, parked = office_tables.exceptions, tables.parked
    return Overview(
        chain_name=chain.setting(connection, chain.CHAIN_NAME),
        hq_epoch=int(chain.setting(connection, chain.HQ_EPOCH, "1")),
        now_ms=now_ms,
        members=_count(connection, select(func.count()).where(_is_canonical())),
        goods=_count(connection, select(func.count()).select_from(office_tables.goods)),
        entries=_count(connection, select(func.count()).select_from(tables.entries)),
        feed_position=int(position or 0),
        waiting_entries=sum(till.waiting_entries for till in all_tills),
        waiting_fen=sum(till.waiting_fen for till in all_tills),
        stores=tuple(
            _store_status(connection, row, tuple(tills.get(row.store_id, ())), now_ms)
            for row in stores.all_stores(connection)
        ),
        exceptions_open=_count(connection, select(func.count()).where(exceptions.c.status == "open")),
        exceptions=_exceptions(connection, labels),
        parked_open=_count(connection, select(func.count()).where(parked.c.taken_at_ms.is_(None))),
        parked=_parked(connection, labels),
        recovery=recovery.state(connection),
    )


def _is_canonical() -> ColumnElement[bool]:
    members = tables.members.c
    return (members.member_id == members.canonical_id) & (members.status != "forgotten")


def _count(connection: Connection, query: Select[int]) -> int:
    return int(connection.scalar(query) or 0)


def _tills_by_store(connection: Connection, now_ms: int) -> dict[UUID, list[TillStatus]]:
    tills, lanes, heads = tables.tills, tables.lanes, tables.heads
    current_rules = _rules_in_force(connection, now_ms)
    rows = connection.execute(
        select(
            tills.c.till_id,
            tills.c.store_id,
            tills.c.number,
            tills.c.name,
            tills.c.epoch,
            tills.c.status,
            lanes.c.trouble,
            func.coalesce(lanes.c.last_seen_ms, 0).label("last_seen_ms"),
            func.coalesce(lanes.c.waiting_entries, 0).label("waiting_entries"),
            func.coalesce(lanes.c.waiting_fen, 0).label("waiting_fen"),
            func.coalesce(lanes.c.clock_offset_ms, 0).label("clock_offset_ms"),
            func.coalesce(lanes.c.program_version, "").label("program_version"),
            func.coalesce(lanes.c.rule_hash, "").label("rule_hash"),
            func.coalesce(lanes.c.mirror_epoch, 0).label("mirror_epoch"),
            func.coalesce(lanes.c.mirror_position, 0).label("mirror_position"),
            func.coalesce(heads.c.seq, 0).label("entries_here"),
        )
        .outerjoin(lanes, lanes.c.till_id == tills.c.till_id)
        .outerjoin(heads, (heads.c.till_id == tills.c.till_id) & (heads.c.epoch == tills.c.epoch))
        .order_by(tills.c.store_id, tills.c.number)
    )
    hq_epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
    feed = office_tables.feed.c
    by_store: dict[UUID, list[TillStatus]] = {}
    for row in rows.all():
        after = row.mirror_position if row.mirror_epoch == hq_epoch else 0
        behind = _count(
            connection,
            select(func.count()).where(
                feed.position > after, feed.store_id.is_(None) | (feed.store_id == row.store_id)
            ),
        )
        by_store.setdefault(row.store_id, []).append(
            TillStatus(
                till_id=row.till_id,
                number=row.number,
                name=row.name,
                epoch=row.epoch,
                ledger_state=row.status if row.status != "active" else row.trouble or "sound",
                last_seen_ms=row.last_seen_ms,
                waiting_entries=row.waiting_entries,
                waiting_fen=row.waiting_fen,
                entries_here=row.entries_here,
                feed_behind=behind,
                rules_current=row.rule_hash == current_rules.get(row.store_id, "") if row.rule_hash else None,
                program_version=row.program_version,
                clock_offset_ms=row.clock_offset_ms,
            )
        )
    return by_store


def _rules_in_force(connection: Connection, now_ms: int) -> dict[UUID, str]:
    """The hash of the rules each store should be quoting by."""
    in_force = {}
    for row in stores.all_stores(connection):
        today = business_date_of(now_ms, row.time_zone, row.day_cut_minute)
        rules = rule_configs.rules_in_force(connection, row.store_id, today)
        if rules is not None:
            in_force[row.store_id] = rule_hash(rules)
    return in_force


def _store_status(connection: Connection, row: StoreRow, tills: tuple[TillStatus, ...], now_ms: int) -> StoreStatus:
    today = business_date_of(now_ms, row.time_zone, row.day_cut_minute)
    rules = rule_configs.rules_in_force(connection, row.store_id, today)
    return StoreStatus(
        store_id=row.store_id,
        code=row.code,
        name=row.name,
        region_name=row.region_name,
        store_type=row.store_type,
        rules_version=rules.version if rules else 0,
        rules_from=rules.effective_from if rules else "",
        tills=tills,
    )


def _till_labels(connection: Connection) -> dict[UUID, str]:
    """Till id -> `001/2`, as people speak of it."""
    tills, stores_table = tables.tills, tables.stores
    rows = connection.execute(
        select(tills.c.till_id, stores_table.c.code, tills.c.number).join(
            stores_table, stores_table.c.store_id == tills.c.store_id
        )
    )
    return {row.till_id: f"{row.code}/{row.number}" for row in rows} | {HQ_TILL_ID: "HQ"}


def _exceptions(connection: Connection, labels: dict[UUID, str]) -> tuple[ExceptionLine, ...]:
    table = office_tables.exceptions
    rows = connection.execute(
        select(table)
        .where(table.c.status == "open")
        .order_by(table.c.raised_at_ms.desc(), table.c.exception_id.desc())
        .limit(LISTED_MAX)
    )
    return tuple(
        ExceptionLine(
            code=row.code,
            till=labels.get(row.till_id, ""),
            epoch=row.epoch,
            seq=row.seq,
            amount=row.amount,
            unit=row.unit,
            raised_at_ms=row.raised_at_ms,
        )
        for row in rows
    )


def _parked(connection: Connection, labels: dict[UUID, str]) -> tuple[ParkedLine, ...]:
    parked, entries = tables.parked, tables.entries
    rows = connection.execute(
        select(
            parked.c.reason,
            parked.c.parked_at_ms,
            entries.c.till_id,
            entries.c.epoch,
            entries.c.seq,
            entries.c.entry_type,
            entries.c.type_version,
        )
        .join(entries, entries.c.entry_id == parked.c.entry_id)
        .where(parked.c.taken_at_ms.is_(None))
        .order_by(parked.c.entry_id.desc())
        .limit(LISTED_MAX)
    )
    return tuple(
        ParkedLine(
            reason=row.reason,
            till=labels.get(row.till_id, ""),
            epoch=row.epoch,
            seq=row.seq or 0,
            entry_type=row.entry_type,
            type_version=row.type_version,
            parked_at_ms=row.parked_at_ms,
        )
        for row in rows
    )
