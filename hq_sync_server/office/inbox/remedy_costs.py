"""What an exception costs, worked out again before a remedy is offered. For `remedies` and the exception's page.

A difference in price is the sale as it was paid against the sale as it should have been priced; the rest is what was
noted with the exception.
"""

from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import Connection, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.inbox.inbox import Line
from hq_sync_server.office.members import member_view
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import office_tables, tables
from shared_models.bodies import Sale
from shared_models.overlaps import OVERLAPS
from shared_models.postings import lot_account
from shared_models.rule_engine import requoted_total_fen
from shared_models.rules import StoreRules, decode_rules
from shared_models.sales import CouponTerms


def cost_fen(connection: Connection, line: Line) -> int:
    """What it cost in fen; of a difference in price > 0: the customer paid too much. 0: nothing that is known."""
    if line.code in OVERLAPS and OVERLAPS[line.code].money == "difference":
        return _difference_fen(connection, line)
    return abs(line.amount) if line.unit == "fen" else 0


def purse_of(line: Line) -> str:
    """The purse of a member that an exception is about."""
    account = lot_account(str(line.told.get("lot", "")))
    return account if account in ("principal", "bonus", "points") else "principal"


def _difference_fen(connection: Connection, line: Line) -> int:
    entries = tables.entries.c
    wanted = select(entries.body).where(entries.entry_id == line.entry_id, entries.entry_type == "sale")
    body = connection.scalar(wanted) if line.entry_id is not None else None
    if body is None or line.store_id is None:
        return line.amount if line.code == "quote_mismatch" else 0
    sale = msgspec.json.decode(body, type=Sale)
    rules = _rules(connection, sale.inputs.rule_hash)
    if line.code == "rules_of_another_store":
        rules = rule_configs.rules_in_force(connection, line.store_id, sale.head.business_date)
    if rules is None:
        return 0
    return sale.total_fen - requoted_total_fen(rules, _as_it_should_be(connection, line, sale))


def _as_it_should_be(connection: Connection, line: Line, sale: Sale) -> Sale:
    """The sale with the inputs it should have been quoted with."""
    inputs = sale.inputs
    if line.code == "tier_never_given" and inputs.member_id is not None:
        inputs = structs.replace(inputs, tier=_tier(connection, inputs.member_id))
    if line.code == "coupon_terms_differ":
        inputs = structs.replace(inputs, coupons=tuple(_issued(connection, one) for one in inputs.coupons))
    return structs.replace(sale, inputs=inputs)


def _rules(connection: Connection, rule_hash: str) -> StoreRules | None:
    columns = office_tables.rules.c
    encoded = connection.scalar(select(columns.encoded).where(columns.rule_hash == rule_hash))
    return None if encoded is None else decode_rules(bytes(encoded))


def _tier(connection: Connection, member_id: UUID) -> str:
    return member_view.member(connection, Scope(), member_id).profile.tier


def _issued(connection: Connection, said: CouponTerms) -> CouponTerms:
    """The terms HQ issued under that token; those said, if it never did."""
    encoded = connection.scalar(select(tables.tokens.c.terms).where(tables.tokens.c.token == said.token))
    return said if encoded is None else msgspec.msgpack.decode(bytes(encoded), type=CouponTerms)
