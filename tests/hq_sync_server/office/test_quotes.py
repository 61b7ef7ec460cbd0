"""HQ's second look at sales: the quote from its own inputs, and the inputs against what was published."""

from datetime import date, timedelta
from typing import Any

import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members import members
from hq_sync_server.office.members.members import NewMember
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import tables
from shared_models import rule_engine
from shared_models.bodies import Sale
from shared_models.rule_engine import BasketLine
from shared_models.rules import EarnRules, StoreRules, rule_hash
from shared_models.sales import Cursor, MemberOnSale, Price, QuoteInputs, Tender
from tests.hq_sync_server.people import TODAY, WireTill, member_rows

TOMORROW = (date.fromisoformat(TODAY) + timedelta(days=1)).isoformat()
LATER = (date.fromisoformat(TODAY) + timedelta(days=2)).isoformat()
TIERS = [
    {"code": "basic", "name": "普卡", "threshold_fen": 0},
    {"code": "silver", "name": "银卡", "threshold_fen": 10_000, "discount_basis_points": 500},
    {"code": "gold", "name": "金卡", "threshold_fen": 50_000, "discount_basis_points": 1000},
]


@pytest.fixture
def rules(hq: Hq, till_a: WireTill) -> StoreRules:
    """Rules of the first store, published."""
    document: dict[str, Any] = {"tiers": TIERS, "earn": {"milli_points_per_yuan": 0}}
    return hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, till_a.enrolment.store_id, document, effective_from=TODAY, author="test"
        )
    )


def _sale(till: WireTill, rules: StoreRules, price_fen: int, **inputs: Any) -> Sale:
    """A sale of one piece, quoted by the rules."""
    member_id = inputs.get("member_id")
    asked = QuoteInputs(rule_hash=rule_hash(rules), engine_version=1, business_date=TODAY, **inputs)
    line = BasketLine(line_number=1, goods_id="cake", name="蛋糕", quantity_milli=1000, price=Price(price_fen))
    quote = rule_engine.quote(rules, [line], asked)
    return Sale(
        head=till.head(*(() if member_id is None else (member_id,))),
        receipt_number="1",
        member=None if member_id is None else MemberOnSale(member_id=member_id, identified_by="card"),
        inputs=asked,
        lines=quote.lines,
        total_fen=quote.total_fen,
        tenders=(Tender(kind="wechat", amount_fen=quote.total_fen),),
    )


def _codes(hq: Hq, till: WireTill) -> list[str]:
    table = tables.entries
    with hq.desk.read() as connection:
        rows = connection.execute(table.select().where(table.c.till_id == till.till_id).order_by(table.c.seq)).all()
    return [row.verdict_codes for row in rows if row.entry_type == "sale"]


def test_a_sale_as_its_rules_say_is_plainly_ok(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    till_a.append(_sale(till_a, rules, 1_280))

    assert till_a.push().verdicts == ()


def test_another_price_than_the_rules_say_is_named_and_taken(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    sale = _sale(till_a, rules, 1_280)
    (line,) = sale.lines
    cheaper = structs.replace(line, amount_fen=1_000, list_amount_fen=1_000)
    till_a.append(
        structs.replace(sale, lines=(cheaper,), total_fen=1_000, tenders=(Tender(kind="wechat", amount_fen=1_000),))
    )

    assert [verdict.code for verdict in till_a.push().verdicts] == ["quote_mismatch"]


def test_rules_of_another_store_are_named(hq: Hq, till_b: WireTill, rules: StoreRules) -> None:
    till_b.append(_sale(till_b, rules, 1_280))

    assert [verdict.code for verdict in till_b.push().verdicts] == ["rules_of_another_store"]


def test_a_sale_by_the_newest_rules_that_have_begun_is_not_stale(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    """Those of before began later and were published earlier: no till goes by them any more."""
    store_id = till_a.enrolment.store_id
    for day in (LATER, TOMORROW):
        document: dict[str, Any] = {"tiers": TIERS, "receipt_footer": [day]}
        rules = hq.desk.run(
            lambda work, document=document, day=day: rule_configs.publish_rules(  # type: ignore[misc]  # defaults bind the loop's values
                work, store_id, document, effective_from=day, author="test"
            )
        )
    sale = _sale(till_a, rules, 1_280)
    till_a.append(structs.replace(sale, head=structs.replace(sale.head, business_date=LATER)))
    till_a.push()

    assert _codes(hq, till_a) == [""]


def test_a_tier_once_true_is_stale_and_no_work_for_anybody(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    """The member rose to gold elsewhere while this till still knew silver."""
    member = hq.desk.ids.new_id()
    profile = Profile(tier="silver", tier_name="银卡")
    hq.desk.run(lambda work: members.create(work, [NewMember(member_id=member, profile=profile)]))
    till_a.append(_sale(till_a, rules, 90_000, member_id=member, tier="silver"))
    till_a.append(_sale(till_a, rules, 1_000, member_id=member, tier="silver"))

    answer = till_a.push()

    assert answer.verdicts == ()
    assert _codes(hq, till_a) == ["", "stale_inputs"]


def test_a_tier_that_never_was_is_an_exception(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    member = hq.desk.ids.new_id()
    till_a.append(_sale(till_a, rules, 1_000, member_id=member, tier="gold"))

    assert [verdict.code for verdict in till_a.push().verdicts] == ["tier_never_given"]


def test_inputs_of_a_cursor_hq_lost_are_not_compared(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    member = hq.desk.ids.new_id()
    sale = _sale(till_a, rules, 1_000, member_id=member, tier="gold", mirror_cursor=Cursor(9, 5))
    till_a.append(sale)

    assert till_a.push().verdicts == ()


def test_a_member_rises_by_what_was_spent_and_sees_the_way_on(hq: Hq, till_a: WireTill, rules: StoreRules) -> None:
    member = hq.desk.ids.new_id()
    till_a.append(_sale(till_a, rules, 12_000, member_id=member))
    till_a.push()

    row = member_rows(till_a.changes().rows)[member]
    assert (row.tier, row.tier_name, row.tier_progress_fen) == ("silver", "银卡", 12_000)
    assert (row.tier_next_name, row.tier_next_fen) == ("金卡", 50_000)


@pytest.mark.parametrize(("paid_fen", "code"), [(1_280, ""), (1_000, "quote_mismatch")])
def test_sales_by_rules_hq_did_not_know_are_checked_when_they_arrive(
    hq: Hq, till_a: WireTill, paid_fen: int, code: str
) -> None:
    document = {"earn": {"milli_points_per_yuan": 0}}
    coming = StoreRules(
        version=1, store_id=till_a.enrolment.store_id, author="test", effective_from=TODAY, earn=EarnRules()
    )
    sale = _sale(till_a, coming, 1_280)
    (line,) = sale.lines
    till_a.append(
        structs.replace(
            sale,
            lines=(structs.replace(line, amount_fen=paid_fen, list_amount_fen=paid_fen),),
            total_fen=paid_fen,
            tenders=(Tender(kind="wechat", amount_fen=paid_fen),),
        )
    )
    assert [verdict.code for verdict in till_a.push().verdicts] == ["not_repriced"]

    hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, till_a.enrolment.store_id, document, effective_from=TODAY, author="test"
        )
    )

    assert _codes(hq, till_a) == [code]
