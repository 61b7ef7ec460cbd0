"""The manager's day: each total is the sum of what is shown beneath it and of the postings in the book."""

from collections.abc import Mapping

import pytest

from pos_client.checkout.money_views import UnreceiptedWanted
from pos_client.reports.today import DayReport, today
from shared_models.bodies import Sale
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    MANAGER_PIN,
    TODAY,
    WANG_CARD,
    WATER,
    ZHOU_CARD,
    Bakery,
)


def report_of(bakery: Bakery) -> DayReport:
    return today(bakery.ledger, bakery.clock, TODAY)


def sell(bakery: Bakery, *codes: str, tender: str = "cash") -> str:
    """One sale, paid by one tender."""
    for code in codes:
        bakery.checkout.basket.scan(code)
    if tender == "cash":
        bakery.checkout.payment.pay_cash()
    else:
        bakery.checkout.payment.pay_external("wechat")
    return bakery.checkout.payment.complete().receipt_number


def posted(bakery: Bakery, *types: str) -> Mapping[str, int]:
    """Net amounts of the day's postings by account."""
    sums: dict[str, int] = {}
    for part in bakery.ledger.posting_sums(business_date=TODAY, types=types):
        sums[part.account] = sums.get(part.account, 0) + part.debit - part.credit
    return sums


def a_full_morning(bakery: Bakery) -> None:
    """A rich member sale, two plain ones an hour later, a part refund, one without receipt, a top-up, an exchange."""
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    checkout = bakery.selling()
    for code in (ZHOU_CARD, BREAD, BREAD, CROISSANT, CROISSANT, WATER):
        checkout.basket.scan(code)
    checkout.basket.use_coupon(EIGHT_OFF.token)
    checkout.basket.use_points(300)
    checkout.payment.pay_stored_value(1_500)
    checkout.payment.pay_external("wechat", 500)
    checkout.payment.pay_cash()
    rich = checkout.payment.complete().receipt_number
    bakery.clock.advance(3_600_000)
    sell(bakery, BREAD, tender="wechat")
    sell(bakery, WATER, CROISSANT)
    found = checkout.refunds.find(rich)
    checkout.refunds.refund(found.sale_id, {1: 1000})
    checkout.refunds.without_receipt(
        [UnreceiptedWanted(goods_id="bread", quantity_milli=1000, price_fen=1680)],
        reason="quality",
        approval=checkout.staff.approve("refund_without_receipt", "m1", MANAGER_PIN),
    )
    checkout.basket.scan(WANG_CARD)
    checkout.top_ups.start()
    checkout.top_ups.choose(30_000)
    checkout.top_ups.pay_external("alipay")
    checkout.top_ups.complete()


def test_nothing_was_sold_yet(bakery: Bakery) -> None:
    bakery.selling()
    report = report_of(bakery)
    assert (report.sales, report.sales_fen, report.paid_fen) == (0, 0, 0)
    assert (report.tenders, report.goods, report.hours) == ((), (), {})
    assert report.entries == bakery.ledger.head().seq


def test_every_total_is_the_sum_of_what_stands_beneath_it(bakery: Bakery) -> None:
    a_full_morning(bakery)
    report = report_of(bakery)

    assert report.sales == 3
    assert report.sales_fen == sum(sale.total_fen for sale in bakery.written(Sale)) > 0
    assert report.sales_fen == sum(report.hours.values()) == sum(row.amount_fen for row in report.cashiers)
    assert report.paid_fen == sum(row.amount_fen for row in report.tenders)
    assert report.top_ups_fen - report.withdrawals_fen == sum(row.amount_fen for row in report.top_up_tenders)
    assert report.refunds == 2
    assert report.refunds_fen == sum(row.refunds_fen for row in report.cashiers)
    assert report.lookups_without_sale == sum(row.lookups_without_sale for row in report.cashiers)
    assert len(report.hours) == 2


def test_the_figures_are_those_of_the_book(bakery: Bakery) -> None:
    a_full_morning(bakery)
    report = report_of(bakery)
    book = posted(bakery, "sale", "refund", "refund_without_receipt")
    tenders = {row.kind: row.amount_fen for row in report.tenders}

    reductions = {account: amount for account, amount in book.items() if account.startswith("reduction:")}
    assert report.reductions_fen == sum(reductions.values())
    assert report.coupons_fen == reductions["reduction:coupon"]
    assert report.points_reduction_fen == reductions["reduction:points"]
    assert -book["sales"] - sum(reductions.values()) == report.sales_fen - report.refunds_fen
    assert report.rounding_fen == book.get("cash_rounding", 0)
    assert tenders["cash"] == book["cash"]
    assert tenders["wechat"] == book["tender:wechat"]
    assert tenders["stored_value"] == book.get("principal", 0) + book.get("bonus", 0) == report.stored_value_used_fen
    assert report.points_earned == book["points_issued"]
    assert report.points_spent == -book["points_redeemed"]
    assert report.top_up_bonus_fen == posted(bakery, "top_up")["bonus_cost"] == 2_400


def test_members_new_and_returning_are_people_not_visits(bakery: Bakery) -> None:
    checkout = bakery.selling()
    sell(bakery, ZHOU_CARD, BREAD)
    sell(bakery, ZHOU_CARD, WATER)
    checkout.members.register("13700001111", name="李", consents=("membership",))
    sell(bakery, BREAD)
    report = report_of(bakery)

    assert (report.members_new, report.members_returning, report.member_sales) == (1, 1, 3)
    assert report.member_sales_fen == report.sales_fen


def test_a_member_looked_at_and_not_sold_to_is_seen(bakery: Bakery) -> None:
    checkout = bakery.selling()
    sell(bakery, ZHOU_CARD, BREAD)
    checkout.basket.scan(WANG_CARD)
    checkout.members.detach()
    bakery.ledger.flush_lookups()
    (row,) = report_of(bakery).cashiers

    assert (row.cashier_id, row.name, row.lookups_without_sale) == ("c1", "林", 1)
    assert row.lookups >= 2


def test_goods_are_ranked_by_what_they_brought_less_what_came_back(bakery: Bakery) -> None:
    checkout = bakery.selling()
    receipt = sell(bakery, BREAD, BREAD, WATER)
    sell(bakery, CROISSANT)
    found = checkout.refunds.find(receipt)
    checkout.refunds.refund(found.sale_id, {1: 2000})

    assert [(row.name, row.quantity_milli, row.amount_fen) for row in report_of(bakery).goods] == [
        ("法式可颂", 1000, 950),
        ("农夫山泉 550ml", 1000, 200),
    ]


def test_a_corrected_tender_is_counted_where_it_belongs(bakery: Bakery) -> None:
    checkout = bakery.selling()
    receipt = sell(bakery, BREAD)
    sale_id = checkout.refunds.find(receipt).sale_id
    checkout.refunds.correct_tender(
        sale_id, 0, "wechat", approval=checkout.staff.approve("tender_correction", "m1", MANAGER_PIN)
    )
    report = report_of(bakery)

    assert {row.kind: row.amount_fen for row in report.tenders if row.amount_fen} == {"wechat": 1680}
    assert report.tenders_corrected == 1


def test_what_waits_to_sync_is_told_with_its_money(bakery: Bakery) -> None:
    bakery.selling()
    sell(bakery, BREAD)
    report = report_of(bakery)

    assert report.waiting_entries == bakery.ledger.head().seq
    assert report.waiting_fen == 1680
    assert report.oldest_waiting_ms > 0


@pytest.mark.parametrize("other_date", ["2026-11-22", "2026-11-24"])
def test_another_day_is_another_report(bakery: Bakery, other_date: str) -> None:
    bakery.selling()
    sell(bakery, BREAD)

    assert today(bakery.ledger, bakery.clock, other_date).sales == 0
