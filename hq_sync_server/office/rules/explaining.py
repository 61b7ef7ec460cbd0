"""Why this price, these points: a sale as it was priced, with rule, version and author of each figure. Reads only."""

from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.records import office_tables, tables
from shared_models.bodies import Sale
from shared_models.refusals import Refusal
from shared_models.rule_engine import eligible_paid_fen, requote
from shared_models.rules import StoreRules, decode_rules
from shared_models.sales import SaleLine


class Explained(Struct, frozen=True, kw_only=True):
    """A sale. `differences`: what HQ prices otherwise; `rules_version` 0: HQ does not have its rules."""

    receipt_number: str
    place: str
    business_date: str
    member_id: UUID | None
    lines: tuple[SaleLine, ...]
    total_fen: int
    points_earned: int
    points_a_yuan: str
    eligible_fen: int
    rules_version: int
    rules_from: str
    rules_author: str
    differences: tuple[str, ...]


def why(connection: Connection, scope: Scope, entry_id: int) -> Explained:
    """The sale of an entry. Refuses `not_found`."""
    entries, tills, stores = tables.entries, tables.tills, tables.stores
    row = connection.execute(
        select(entries.c.body, entries.c.entry_type, tills.c.number, stores.c.code, stores.c.name)
        .join(tills, tills.c.till_id == entries.c.till_id)
        .join(stores, stores.c.store_id == tills.c.store_id)
        .where(entries.c.entry_id == entry_id, entries.c.verdict != "parked", *scope.condition(stores.c.store_id))
    ).one_or_none()
    if row is None or row.entry_type != "sale":
        raise Refusal("not_found")
    sale = msgspec.json.decode(row.body, type=Sale)
    rules = _rules(connection, sale.inputs.rule_hash)
    return Explained(
        receipt_number=sale.receipt_number,
        place=f"{row.code}/{row.number} {row.name}",
        business_date=sale.head.business_date,
        member_id=sale.member.member_id if sale.member else None,
        lines=sale.lines,
        total_fen=sale.total_fen,
        points_earned=sum(part.amount for part in sale.points_earned),
        points_a_yuan=f"{rules.earn.milli_points_per_yuan / 1000:g}" if rules else "",
        eligible_fen=eligible_paid_fen(rules, sale.tenders) if rules else 0,
        rules_version=rules.version if rules else 0,
        rules_from=rules.effective_from if rules else "",
        rules_author=rules.author if rules else "",
        differences=requote(rules, sale) if rules else (),
    )


def _rules(connection: Connection, rule_hash: str) -> StoreRules | None:
    columns = office_tables.rules.c
    encoded = connection.scalar(select(columns.encoded).where(columns.rule_hash == rule_hash))
    return None if encoded is None else decode_rules(bytes(encoded))
