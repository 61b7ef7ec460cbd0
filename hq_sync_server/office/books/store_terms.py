"""What stores' rules say of placing rights, and which tills they have. For `placing`."""

from collections.abc import Collection
from uuid import UUID

from sqlalchemy import Connection, select

from hq_sync_server.office.books.placement import StoreTerms
from hq_sync_server.office.desk import Work
from hq_sync_server.records import office_tables, statements, tables
from shared_models.rules import StoreRules, decode_rules

_READ_ONCE_MAX = 2000
_read_once: dict[str, StoreRules] = {}


def terms_of(work: Work, store_ids: Collection[UUID], business_date: str) -> dict[UUID, StoreTerms]:
    """Terms by store, by the rules in force on a business date; a store that has none yet places nothing."""
    if not store_ids:
        return {}
    with statements.together(work.connection):
        newest = statements.ask(
            work.connection,
            office_tables.rules,
            ("store_id", "rule_hash"),
            "store_id",
            sorted(store_ids),
            rest="AND effective_from <= ? ORDER BY version",
            parameters=(business_date,),
        )
        active = statements.ask(
            work.connection,
            tables.tills,
            ("store_id", "till_id"),
            "store_id",
            sorted(store_ids),
            rest="AND status = 'active' ORDER BY number",
        )
    in_force: dict[UUID, str] = {row[0]: row[1] for row in newest}  # the last one of a store counts
    tills: dict[UUID, list[UUID]] = {store_id: [] for store_id in store_ids}
    for store_id, till_id in active:
        tills[store_id].append(till_id)
    rules = _rules_of(work.connection, set(in_force.values()))
    return {
        store_id: StoreTerms(
            escrow=rules[digest].escrow, order=rules[digest].stored_value.order, tills=tuple(tills[store_id])
        )
        for store_id, digest in in_force.items()
    }


def idle_days_of(connection: Connection) -> set[int]:
    """After how many days any store's rules, those before and those to come too, call a placement idle."""
    hashes = set(connection.scalars(select(office_tables.rules.c.rule_hash)))
    return {rules.escrow.idle_days for rules in _rules_of(connection, hashes).values()}


def _rules_of(connection: Connection, hashes: set[str]) -> dict[str, StoreRules]:
    """Rules are named by their content: what was read once never changes."""
    missing = sorted(hashes - _read_once.keys())
    if missing and len(_read_once) > _READ_ONCE_MAX:
        _read_once.clear()
    for digest, encoded in statements.fetch(
        connection, office_tables.rules, ("rule_hash", "encoded"), "rule_hash", missing
    ):
        _read_once[digest] = decode_rules(bytes(encoded))
    return {digest: _read_once[digest] for digest in hashes}


def current_epoch(work: Work, till_id: UUID) -> int:
    """The newest epoch of a till; 0 for HQ itself."""
    rows = statements.fetch(work.connection, tables.tills, ("epoch",), "till_id", (till_id,))
    return int(rows[0][0]) if rows else 0
