"""HQ's second look at a sale: the quote from its own inputs, and the inputs against what HQ had published.

Never a reason to refuse: the goods have left the shop. Differences are named and kept.
"""

from collections.abc import Collection, Iterable
from uuid import UUID

import msgspec
from sqlalchemy import select

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.rights.tokens import terms_of
from hq_sync_server.records import office_tables, statements, tables
from shared_models.bodies import Body, Sale, SaleCredited, TopUp
from shared_models.rule_engine import ENGINE_VERSION, requote, requoted_total_fen
from shared_models.rules import StoreRules, decode_rules
from shared_models.sales import Cursor

NOT_REPRICED = "not_repriced"
STALE_INPUTS = "stale_inputs"
NOT_COMPARED = "not_compared"  # quoted at a cursor that HQ lost when it was restored
MERGED_MEMBER_SPENDS = "merged_member_spends"  # for a till the ids of one member are several purses
_IN_FORCE = """
    SELECT rule_hash FROM rules WHERE store_id = ? AND effective_from <= ?
    ORDER BY version DESC LIMIT 1
"""
UNHEARD = frozenset({STALE_INPUTS, NOT_COMPARED, MERGED_MEMBER_SPENDS})
"""Counted, and no work for anybody."""


def hashes_of(read: Iterable[Body | None]) -> set[str]:
    """The rules that sales and top-ups of a batch name."""
    sold = (
        body.inputs.rule_hash
        if isinstance(body, Sale | SaleCredited)
        else body.rule_hash
        if isinstance(body, TopUp)
        else ""
        for body in read
    )
    return {rule_hash for rule_hash in sold if rule_hash}


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
    if rules.store_id != store_id and sale.order_id is None:  # an order keeps the price it was taken at, anywhere
        codes.append("rules_of_another_store")
    codes += _check_inputs(books, sale)
    if STALE_INPUTS not in codes and NOT_COMPARED not in codes and _is_older(books, store_id, sale):
        codes.append(STALE_INPUTS)
    return codes, ",".join(differences)


def _is_older(books: Books, store_id: UUID, sale: Sale) -> bool:
    """Whether newer rules than those a sale was quoted by held on its day: the till had not heard of them."""
    day = sale.head.business_date
    if day not in books.rules_in_force:
        found = statements.run(books.work.connection, _IN_FORCE, (store_id, day))
        books.rules_in_force[day] = found.scalar()
    return books.rules_in_force[day] not in (None, sale.inputs.rule_hash)


def _check_inputs(books: Books, sale: Sale) -> list[str]:
    inputs = sale.inputs
    if _is_lost(books.work, inputs.mirror_cursor):
        return [NOT_COMPARED]
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


def _is_lost(work: Work, cursor: Cursor) -> bool:
    """Whether HQ has forgotten what it had said there: it was restored from a backup made before."""
    if cursor.hq_epoch in (0, work.hq_epoch):
        return False
    kept_through = chain.setting(work.connection, chain.feed_kept(cursor.hq_epoch))
    return cursor.position > int(kept_through or 0)


def _was_tier(work: Work, member_id: UUID, tier: str) -> bool:
    table = tables.member_tiers
    query = select(table.c.since_ms).where(table.c.member_id == member_id, table.c.tier == tier)
    return work.connection.execute(query).first() is not None


def check_waiting(work: Work) -> int:
    """Look again at sales that could not be repriced because their rules were unknown; how many were looked at.

    Called when rules are published. The exception is closed; a difference raises its own.
    """
    entries, exceptions = tables.entries, office_tables.exceptions
    waiting = work.connection.execute(
        select(exceptions, entries.c.body, entries.c.verdict_codes)
        .join(entries, entries.c.entry_id == exceptions.c.entry_id)
        .where(exceptions.c.status == "open", exceptions.c.code == NOT_REPRICED)
    ).all()
    looked_at = 0
    for row in waiting:
        sale = msgspec.json.decode(row.body, type=Sale)
        rules = rules_named(work, {sale.inputs.rule_hash}).get(sale.inputs.rule_hash)
        if rules is None or sale.inputs.engine_version != ENGINE_VERSION:
            continue
        differences = requote(rules, sale)
        codes = [code for code in row.verdict_codes.split(",") if code != NOT_REPRICED]
        if differences:
            codes.append("quote_mismatch")
            note = Note(
                "quote_mismatch",
                till_id=row.till_id,
                epoch=row.epoch,
                seq=row.seq,
                entry_id=row.entry_id,
                subject=row.subject,
                amount=sale.total_fen - requoted_total_fen(rules, sale),
                unit="fen",
                told={"differences": ",".join(differences)[:500]},
            )
            write_notes(work.connection, [note], work.ids, work.now_ms)
        work.connection.execute(
            entries.update()
            .where(entries.c.entry_id == row.entry_id)
            .values(verdict_codes=",".join(codes), verdict="exception" if codes else "ok")
        )
        work.connection.execute(
            exceptions.update()
            .where(exceptions.c.exception_id == row.exception_id)
            .values(status="closed", closed_at_ms=work.now_ms, closed_by="hq")
        )
        looked_at += 1
    return looked_at
