"""Which rules hold where, and which till has which version. Reads only."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, select

from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import office_tables, tables
from shared_models.moments import business_date_of
from shared_models.rules import StoreRules


class Version(Struct, frozen=True, kw_only=True):
    """A published version of a store's rules. `state`: over, in_force, coming; `tills` quote by it now. One that a
    newer version will have overtaken before it begins never comes: it is over."""

    store_name: str
    store_code: str
    version: int
    effective_from: str
    author: str
    published_at_ms: int
    state: str
    tills: tuple[int, ...]
    tills_of_store: int


def in_force(connection: Connection, today: str) -> dict[UUID, StoreRules]:
    """The rules of every store that has some, on a day."""
    return rule_configs.in_force_of(connection, {row.store_id: today for row in stores.all_stores(connection)})


def of_stores(connection: Connection, store_ids: Sequence[UUID], now_ms: int, each: int = 4) -> list[Version]:
    """The newest versions of these stores and the tills that quote by them."""
    rules, tills, lanes = office_tables.rules.c, tables.tills.c, tables.lanes
    heard: dict[tuple[UUID, str], list[int]] = {}
    counts: dict[UUID, int] = {}
    for till in connection.execute(
        select(tills.store_id, tills.number, lanes.c.rule_hash)
        .outerjoin(lanes, lanes.c.till_id == tills.till_id)
        .where(tills.store_id.in_(store_ids), tills.status == "active")
        .order_by(tills.number)
    ):
        counts[till.store_id] = counts.get(till.store_id, 0) + 1
        heard.setdefault((till.store_id, till.rule_hash or ""), []).append(till.number)
    published: dict[UUID, list[Any]] = {}
    for one in connection.execute(
        select(
            rules.store_id, rules.rule_hash, rules.version, rules.effective_from, rules.author, rules.published_at_ms
        )
        .where(rules.store_id.in_(store_ids))
        .order_by(rules.version.desc())
    ):
        published.setdefault(one.store_id, []).append(one)
    rows = {row.store_id: row for row in stores.all_stores(connection) if row.store_id in store_ids}
    days = {store_id: business_date_of(now_ms, row.time_zone, row.day_cut_minute) for store_id, row in rows.items()}
    in_force = rule_configs.in_force_of(connection, days)
    found = []
    for store_id in store_ids:
        row, today, now = rows[store_id], days[store_id], in_force.get(store_id)
        overtaken_from = "9999"
        for one in published.get(store_id, [])[:each]:
            is_now = now is not None and now.version == one.version
            is_coming = today < one.effective_from < overtaken_from
            overtaken_from = min(overtaken_from, one.effective_from)
            state = "in_force" if is_now else "coming" if is_coming else "over"
            found.append(
                Version(
                    store_name=row.name,
                    store_code=row.code,
                    version=one.version,
                    effective_from=one.effective_from,
                    author=one.author,
                    published_at_ms=one.published_at_ms,
                    state=state,
                    tills=tuple(heard.get((store_id, one.rule_hash), ())),
                    tills_of_store=counts.get(store_id, 0),
                )
            )
    return found
