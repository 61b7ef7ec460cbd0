"""HQ's second look at a sale: the quote from its own inputs, and the inputs against what HQ had published.

Never a reason to refuse: the goods have left the shop. Differences are named and kept.
"""

from collections.abc import Collection
from uuid import UUID

import msgspec
from sqlalchemy import select

from hq_sync_server.office.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.tokens import terms_of
from hq_sync_server.records import office_tables, statements, tables
from shared_models.bodies import Sale
from shared_models.rule_engine import ENGINE_VERSION, requote
from shared_models.rules import StoreRules, decode_rules

NOT_REPRICED = "not_repriced"
STALE_INPUTS = "stale_inputs"


def rules_named(work: Work, hashes: Collection[str]) -> dict[str, StoreRules]:
    """The rules of these hashes, as far as HQ ever published them."""
    if not hashes:
        return {}
    rows = statements.fetch(work.connection, office_tables.rules, ("rule_hash", "encoded"), "rule_hash", sorted(hashes))
    return {rule_hash: decode_rules(bytes(encoded)) for rule_hash, encoded in rows}


def check(books: Books, store_id: UUID, sale: Sale, rules: StoreRules | None) -> tuple[list[str], str]:
    """(names of what does not fit, what differs in words of the engine) of one sale whose subjects are open."""
    if rules is None or sale.inputs.engine_version != ENGINE_VERSION:
        return [NOT_REPRICED], ""
    codes = []
    differences = requote(rules, sale)
    if differences:
        codes.append("quote_mismatch")
    if rules.store_id != store_id:
        codes.append("rules_of_another_store")
    codes += _check_inputs(books, sale)
    return codes, ",".join(differences)


def _check_inputs(books: Books, sale: Sale) -> list[str]:
    inputs = sale.inputs
    if inputs.mirror_cursor.hq_epoch not in (0, books.work.hq_epoch):
        return []  # quoted at a cursor that HQ lost: not compared
    codes = []
    if inputs.member_id is not None and inputs.member_id in books.members:
        person = books.canonical(inputs.member_id)
        if inputs.tier != person.profile.tier:
            # The lowest tier is what everybody begins with, so '' was always true once.
            once_true = not inputs.tier or _was_tier(books.work, person.member_id, inputs.tier)
            codes.append(STALE_INPUTS if once_true else "tier_never_given")
    for coupon in inputs.coupons:
        page = books.tokens.get(coupon.token)
        if page is not None and page.terms is not None and terms_of(page) != coupon:
            codes.append("coupon_terms_differ")
    return codes


def _was_tier(work: Work, member_id: UUID, tier: str) -> bool:
    table = tables.member_tiers
    query = select(table.c.since_ms).where(table.c.member_id == member_id, table.c.tier == tier)
    return work.connection.execute(query).first() is not None


def check_waiting(work: Work) -> int:
    """Look again at sales that could not be repriced because their rules were unknown; how many were looked at."""
    entries = tables.entries
    rows = work.connection.execute(
        select(entries.c.entry_id, entries.c.body, entries.c.verdict_codes).where(
            entries.c.verdict == "exception", entries.c.verdict_codes.contains(NOT_REPRICED)
        )
    ).all()
    looked_at = 0
    for entry_id, body, codes in rows:
        sale = msgspec.json.decode(body, type=Sale)
        rules = rules_named(work, {sale.inputs.rule_hash}).get(sale.inputs.rule_hash)
        if rules is None or sale.inputs.engine_version != ENGINE_VERSION:
            continue
        left = [code for code in codes.split(",") if code != NOT_REPRICED]
        left += ["quote_mismatch"] if requote(rules, sale) else []
        work.connection.execute(
            entries.update()
            .where(entries.c.entry_id == entry_id)
            .values(verdict_codes=",".join(left), verdict="exception" if left else "ok")
        )
        looked_at += 1
    return looked_at
