"""What must hold of every quote, whatever the rules, the basket and the coupons."""

import random

import msgspec
from hypothesis import given
from hypothesis import strategies as st

from shared_models import rule_engine
from shared_models.bodies import Sale
from shared_models.rules import StoreRules
from shared_models.sales import CouponTerms, QuoteInputs
from tests.shared_models.baskets import (
    ALL_PROMOTIONS,
    MEMBER,
    basket_lines,
    coupons,
    rules_with,
    sales,
    some_inputs,
    store_rules,
)

tiers = st.sampled_from(["", "gold"])
points = st.sampled_from([0, 500, 100_000])


def inputs_of(rules: StoreRules, chosen: tuple[CouponTerms, ...], tier: str, points_to_spend: int) -> QuoteInputs:
    return some_inputs(rules, coupons=chosen, tier=tier, points_to_spend=points_to_spend, member_id=MEMBER)


@given(store_rules(), basket_lines(), coupons(), tiers, points)
def test_every_fen_of_a_quote_is_explained_by_named_reductions_and_nothing_goes_below_zero(
    rules: StoreRules, lines: list[rule_engine.BasketLine], chosen: tuple[CouponTerms, ...], tier: str, spend: int
) -> None:
    quote = rule_engine.quote(rules, lines, inputs_of(rules, chosen, tier, spend))

    for line in quote.lines:
        assert line.amount_fen == line.list_amount_fen - sum(each.amount_fen for each in line.reductions)
        assert line.amount_fen >= 0
        assert 0 <= line.tax_included_fen <= line.amount_fen
        assert all(each.amount_fen > 0 and each.source and each.name for each in line.reductions)
    assert quote.total_fen == sum(line.amount_fen for line in quote.lines)
    assert quote.total_fen == quote.list_total_fen - quote.reductions_total_fen
    spent = [each for line in quote.lines for each in line.reductions if each.kind == "points"]
    assert sum(each.amount_fen for each in spent) == quote.points_reduction_fen
    assert sum(each.points for each in spent) == quote.points_used <= spend
    assert set(quote.coupons_applied) | set(quote.coupons_refused) == {terms.token for terms in chosen}
    assert not set(quote.coupons_applied) & set(quote.coupons_refused)


@given(store_rules(), basket_lines(), coupons(), tiers, points, st.randoms(use_true_random=False))
def test_the_order_of_scanning_and_of_choosing_coupons_does_not_matter(
    rules: StoreRules,
    lines: list[rule_engine.BasketLine],
    chosen: tuple[CouponTerms, ...],
    tier: str,
    spend: int,
    chance: random.Random,
) -> None:
    inputs = inputs_of(rules, chosen, tier, spend)
    shuffled = list(lines)
    chance.shuffle(shuffled)
    coupons_shuffled = list(chosen)
    chance.shuffle(coupons_shuffled)

    first = rule_engine.quote(rules, lines, inputs)
    second = rule_engine.quote(rules, shuffled, msgspec.structs.replace(inputs, coupons=tuple(coupons_shuffled)))

    assert first.total_fen == second.total_fen
    assert first.points_used == second.points_used
    assert first.coupons_refused == second.coupons_refused
    assert first.promotion_uses == second.promotion_uses
    assert sorted((line.goods_id, line.list_amount_fen, line.amount_fen) for line in first.lines) == sorted(
        (line.goods_id, line.list_amount_fen, line.amount_fen) for line in second.lines
    )


@given(basket_lines(), tiers)
def test_a_promotion_never_makes_a_line_stage_dearer(lines: list[rule_engine.BasketLine], tier: str) -> None:
    """Each line promotion alone against none."""
    without = rules_with()
    plain = rule_engine.quote(without, lines, some_inputs(without, tier=tier))
    for promotion in ALL_PROMOTIONS:
        rules = rules_with(promotion)
        assert rule_engine.quote(rules, lines, some_inputs(rules, tier=tier)).total_fen <= plain.total_fen, promotion


@given(store_rules(), basket_lines(), coupons(), tiers)
def test_a_limit_per_member_and_day_is_never_passed(
    rules: StoreRules, lines: list[rule_engine.BasketLine], chosen: tuple[CouponTerms, ...], tier: str
) -> None:
    used = {"special": 1}
    inputs = msgspec.structs.replace(inputs_of(rules, chosen, tier, 0), promotion_uses=used)

    quote = rule_engine.quote(rules, lines, inputs)

    assert quote.promotion_uses.get("special", 0) <= 1


@given(sales())
def test_a_sale_quoted_again_from_its_own_inputs_is_the_same(
    sold: tuple[StoreRules, Sale],
) -> None:
    rules, sale = sold
    kept = msgspec.json.decode(msgspec.json.encode(sale), type=type(sale))

    assert rule_engine.requote(rules, kept) == ()
