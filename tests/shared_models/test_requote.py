"""HQ's second look names what differs from what the rules say, and is quick."""

import time
from collections.abc import Callable

import msgspec
import pytest
from msgspec.structs import replace

from shared_models.bodies import Sale
from shared_models.promotions import PercentPromotion
from shared_models.rule_engine import requote
from shared_models.rules import CashRounding, StoreRules
from shared_models.sales import LotAmount, Price, SaleLine
from tests.shared_models.baskets import ALL_PROMOTIONS, MEMBER, a_coupon, a_line, a_sale, rules_with, some_inputs

RULES = rules_with(*(replace(offer, priority=0) for offer in ALL_PROMOTIONS), cash_rounding=CashRounding(step_fen=10))


def five_lines(rules: StoreRules = RULES) -> Sale:
    lines = [
        a_line(1, "croissant", 1200, pieces=2),
        a_line(2, "toast", 1000),
        a_line(3, "cake", 2000, pieces=3),
        a_line(4, "coffee", 1500, pieces=2),
        a_line(5, "candle", 303),
    ]
    inputs = some_inputs(rules, tier="gold", coupons=(a_coupon(),), points_to_spend=500)
    return a_sale(rules, lines, inputs, other_share=30, stored_share=50)


def with_line(sale: Sale, **change: object) -> Sale:
    lines: list[SaleLine] = list(sale.lines)
    lines[1] = replace(lines[1], **change)
    return replace(sale, lines=tuple(lines))


def test_a_sale_by_the_rules_differs_in_nothing() -> None:
    assert requote(RULES, five_lines()) == ()


@pytest.mark.parametrize(
    ("change", "named"),
    [
        (lambda sale: with_line(sale, amount_fen=sale.lines[1].amount_fen - 1), "amount:2"),
        (lambda sale: with_line(sale, price=Price(999)), "list_amount:2"),
        (lambda sale: with_line(sale, reductions=()), "reductions:2"),
        (lambda sale: with_line(sale, tax_included_fen=0), "tax:2"),
        (lambda sale: replace(sale, total_fen=sale.total_fen + 1), "total"),
        (lambda sale: replace(sale, rounding_fen=sale.rounding_fen + 1), "rounding"),
        (lambda sale: replace(sale, tenders=sale.tenders[:-1]), "paid"),
        (lambda sale: replace(sale, coupons_redeemed=()), "coupons"),
        (lambda sale: replace(sale, points_spent=()), "points_spent"),
        (lambda sale: replace(sale, points_earned=(LotAmount(MEMBER, "points:2027-03", 9999),)), "points_earned"),
        (
            lambda sale: replace(
                sale, points_earned=(LotAmount(MEMBER, "points:2030-01", sale.points_earned[0].amount),)
            ),
            "points_lot",
        ),
        (lambda sale: replace(sale, inputs=replace(sale.inputs, tier="")), "reductions:1"),
        (lambda sale: replace(sale, inputs=replace(sale.inputs, cash_due_fen=1)), "cash_due"),
        (lambda sale: replace(sale, inputs=replace(sale.inputs, engine_version=99)), "engine_version"),
    ],
)
def test_each_difference_has_a_name(change: Callable[[Sale], Sale], named: str) -> None:
    assert named in requote(RULES, change(five_lines()))


def test_other_rules_give_another_quote() -> None:
    dearer = rules_with(PercentPromotion(promotion_id="p", name="一折", percent_off=90))
    assert "total" in requote(dearer, five_lines())


def test_a_price_changed_by_a_manager_is_no_difference() -> None:
    line = a_line(price_fen=700, price_source="override", original_price=Price(1200), approval_id="a1")
    assert requote(RULES, a_sale(RULES, [line], some_inputs(RULES))) == ()


def test_the_amount_on_a_scale_label_is_no_difference() -> None:
    line = a_line(quantity_milli=987, unit="kg", price_source="label", list_amount_fen=1234)
    assert requote(RULES, a_sale(RULES, [line], some_inputs(RULES))) == ()


def test_looking_again_at_a_five_line_sale_costs_little_beside_decoding_it() -> None:
    """Measured against JSON of the same sale, so that a slow machine is slow at both: 150 microseconds are some
    fifteen decodings where one takes ten."""
    sale = five_lines()
    encoded = msgspec.json.encode(sale)
    decoder = msgspec.json.Decoder(Sale)

    def best_of(work: Callable[[], object]) -> int:
        times = []
        for _ in range(200):
            begun = time.perf_counter_ns()
            work()
            times.append(time.perf_counter_ns() - begun)
        return min(times)

    assert best_of(lambda: requote(RULES, sale)) < 40 * best_of(lambda: decoder.decode(encoded))
