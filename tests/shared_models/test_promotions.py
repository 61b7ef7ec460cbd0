"""Each promotion by an example of the shop, and what wins when several want the same goods."""

import pytest
from msgspec.structs import replace

from shared_models.promotions import (
    Bundle,
    BundlePart,
    GiftWithPurchase,
    MemberSpecial,
    NearExpiry,
    NthPiece,
    PercentPromotion,
    PiecesForPrice,
    Promotion,
    SaveStep,
    SpecialPrice,
    SpendAndSave,
)
from shared_models.rule_engine import BasketLine, Quote, quote
from shared_models.sales import GoodsTerms, Price
from tests.shared_models.baskets import a_line, printed, rules_with, some_inputs

SECOND_HALF = NthPiece(promotion_id="second", name="第二件半价", scope=("category:bread",))
THREE = PiecesForPrice(promotion_id="three", name="任选三件30元", pieces=3, price_fen=3000)
BREAKFAST = Bundle(
    promotion_id="breakfast",
    name="早餐组合",
    parts=(BundlePart(scope=("category:bread",)), BundlePart(scope=("category:drinks",))),
    price_fen=2000,
)
CLEARANCE = PercentPromotion(
    promotion_id="clear", name="晚八点七折", scope=("category:bread",), percent_off=30, minute_from=1200, minute_to=1440
)
FULL_50_10 = SpendAndSave(promotion_id="save", name="满50减10", steps=(SaveStep(threshold_fen=5000, off_fen=1000),))
BREAD = GoodsTerms(category="bread")


def priced(lines: list[BasketLine], *promotions: Promotion, **inputs: object) -> Quote:
    rules = rules_with(*promotions)
    return quote(rules, lines, some_inputs(rules, **inputs))


def test_the_second_piece_is_half_price_and_the_saving_lies_on_both() -> None:
    result = priced([a_line(pieces=2)], SECOND_HALF)
    assert printed(result.lines[0].reductions) == {"第二件半价": 600}
    assert result.promotion_uses == {"second": 1}


def test_of_five_pieces_two_are_half_price() -> None:
    assert priced([a_line(pieces=5)], SECOND_HALF).total_fen == 5 * 1200 - 2 * 600


def test_the_cheaper_of_a_pair_is_the_half_priced_one_and_dear_ones_are_paired_first() -> None:
    """20, 18, 6 and 4 yuan: pairs (20, 18) and (6, 4) save 9 and 2."""
    lines = [a_line(number, "x", price, goods=BREAD) for number, price in enumerate((600, 2000, 400, 1800), start=1)]
    result = priced(lines, SECOND_HALF)
    assert result.reductions_total_fen == 900 + 200


def test_the_third_piece_free() -> None:
    third_free = replace(SECOND_HALF, nth=3, percent_off=100)
    assert priced([a_line(pieces=7)], third_free).reductions_total_fen == 2 * 1200


def test_any_three_for_a_price_takes_the_dearest_three() -> None:
    lines = [a_line(1, "a", 1500), a_line(2, "b", 900, pieces=2), a_line(3, "c", 1400)]
    result = priced(lines, THREE)
    assert result.total_fen == 3000 + 900
    assert result.promotion_uses == {"three": 1}


def test_three_for_a_price_is_left_alone_where_it_would_cost_more() -> None:
    assert priced([a_line(price_fen=900, pieces=3)], THREE).reductions_total_fen == 0


def test_a_line_of_a_hundred_thousand_pieces_is_priced_like_any_other() -> None:
    result = priced([a_line(price_fen=1100, pieces=100_000)], THREE)
    assert result.total_fen == 33_333 * 3000 + 1100


def test_a_bundle_needs_all_its_parts_and_shares_its_saving() -> None:
    result = priced([a_line(1, pieces=2), a_line(2, "coffee", 1800)], BREAKFAST)
    assert result.total_fen == 2000 + 1200
    assert [printed(line.reductions) for line in result.lines] == [{"早餐组合": 400}, {"早餐组合": 600}]
    assert priced([a_line(1, pieces=2)], BREAKFAST).reductions_total_fen == 0


@pytest.mark.parametrize("wider_first", [True, False])
@pytest.mark.parametrize(("coffee_fen", "tea_fen"), [(1800, 900), (900, 1800)])
def test_a_bundle_is_found_where_one_piece_fits_two_of_its_parts(
    coffee_fen: int, tea_fen: int, wider_first: bool
) -> None:
    """Any drink and a coffee: the coffee, dearest of all, was taken as the drink, and no coffee was left."""
    parts = (BundlePart(scope=("tag:drink",)), BundlePart(scope=("goods:coffee",)))
    pair = Bundle(
        promotion_id="pair", name="饮品组合", parts=parts if wider_first else tuple(reversed(parts)), price_fen=2000
    )
    drink = GoodsTerms(tags=("drink",))
    drinks = [a_line(1, "coffee", coffee_fen, goods=drink), a_line(2, "tea", tea_fen, goods=drink)]
    assert priced(drinks, pair).total_fen == 2000


@pytest.mark.parametrize(("minute", "total_fen"), [(1199, 1200), (1200, 840), (1439, 840), (0, 1200)])
def test_the_evening_clearance_begins_at_eight(minute: int, total_fen: int) -> None:
    assert priced([a_line()], CLEARANCE, local_minute=minute).total_fen == total_fen


@pytest.mark.parametrize(("minute", "runs"), [(1379, False), (1380, True), (30, True), (60, False)])
def test_a_promotion_may_run_over_midnight(minute: int, runs: bool) -> None:
    night = replace(CLEARANCE, minute_from=1380, minute_to=60)
    assert bool(priced([a_line()], night, local_minute=minute).reductions_total_fen) == runs


@pytest.mark.parametrize(
    ("change", "inputs"),
    [
        ({"date_from": "2026-03-03"}, {}),
        ({"date_to": "2026-03-01"}, {}),
        ({"weekdays": (6, 7)}, {}),
        ({"audience": "members"}, {"member_id": None}),
        ({"tiers": ("gold",)}, {"tier": "silver"}),
        ({"scope": ("category:drinks",)}, {}),
    ],
)
def test_a_promotion_keeps_to_its_dates_days_people_and_goods(
    change: dict[str, object], inputs: dict[str, object]
) -> None:
    promotion = replace(CLEARANCE, minute_from=0, minute_to=0)
    assert priced([a_line()], promotion).reductions_total_fen == 360
    assert priced([a_line()], replace(promotion, **change), **inputs).reductions_total_fen == 0


def test_a_near_expiry_label_is_needed() -> None:
    near = NearExpiry(promotion_id="near", name="临期半价", percent_off=50)
    assert priced([a_line()], near).reductions_total_fen == 0
    assert priced([a_line(options=("near_expiry",))], near).reductions_total_fen == 600


def test_a_special_price_is_for_members_and_ends_at_its_limit_of_the_day() -> None:
    special = MemberSpecial(
        promotion_id="special",
        name="会员特价",
        prices=(SpecialPrice(goods_id="croissant", price=Price(500)),),
        member_day_limit=2,
    )
    lines = [a_line(pieces=3)]
    assert priced(lines, special, member_id=None).reductions_total_fen == 0
    assert priced(lines, special).total_fen == 2 * 500 + 1200
    assert priced(lines, special).promotion_uses == {"special": 2}
    assert priced(lines, special, promotion_uses={"special": 1}).total_fen == 500 + 2 * 1200
    gold = priced(lines, special, tier="gold")
    assert gold.total_fen == 2 * 500 + 1200 - 60, "the piece beyond the limit keeps the tier discount"


def test_spend_and_save_takes_the_highest_step_and_shares_it() -> None:
    steps = (SaveStep(threshold_fen=5000, off_fen=1000), SaveStep(threshold_fen=10_000, off_fen=2500))
    promotion = replace(FULL_50_10, steps=steps)
    result = priced([a_line(1, "a", 9000), a_line(2, "b", 3000)], promotion)
    assert [line.reductions[0].amount_fen for line in result.lines] == [1875, 625]
    assert priced([a_line(price_fen=9999)], promotion).reductions_total_fen == 1000
    assert priced([a_line(price_fen=4999)], promotion).reductions_total_fen == 0


def test_spend_and_save_may_repeat_for_every_full_amount() -> None:
    repeating = replace(FULL_50_10, repeating=True)
    assert priced([a_line(price_fen=16_000)], repeating).reductions_total_fen == 3000


def test_a_gift_is_free_when_the_rest_reaches_its_threshold() -> None:
    gift = GiftWithPurchase(promotion_id="gift", name="满50送咖啡", threshold_fen=5000, gift_goods=("coffee",))
    coffee = a_line(2, "coffee", 1800)
    assert priced([a_line(1, "a", 5000), coffee], gift).total_fen == 5000
    assert priced([a_line(1, "a", 4999), coffee], gift).total_fen == 4999 + 1800
    offered = priced([a_line(1, "a", 5000)], gift).gifts_offered
    assert [(each.goods_ids, each.pieces) for each in offered] == [(("coffee",), 1)]


def test_the_better_of_tier_discount_and_promotion_wins_and_not_both() -> None:
    small = PercentPromotion(promotion_id="small", name="小惠", percent_off=3)
    large = PercentPromotion(promotion_id="large", name="大惠", percent_off=10)
    assert printed(priced([a_line()], small, tier="gold").lines[0].reductions) == {"金卡": 60}
    assert printed(priced([a_line()], large, tier="gold").lines[0].reductions) == {"大惠": 120}


def test_a_promotion_that_combines_works_on_what_the_tier_left() -> None:
    combining = PercentPromotion(
        promotion_id="both", name="同享九折", percent_off=10, combines_with_member_discount=True
    )
    assert printed(priced([a_line()], combining, tier="gold").lines[0].reductions) == {"金卡": 60, "同享九折": 114}


def test_pairs_give_way_where_the_pieces_get_more_otherwise() -> None:
    half = PercentPromotion(promotion_id="half", name="五折", scope=("category:bread",), percent_off=50)
    result = priced([a_line(pieces=2)], SECOND_HALF, half)
    assert printed(result.lines[0].reductions) == {"五折": 1200}


def test_the_odd_piece_keeps_its_tier_discount() -> None:
    result = priced([a_line(pieces=3)], SECOND_HALF, tier="gold")
    assert printed(result.lines[0].reductions) == {"金卡": 60, "第二件半价": 600}


def test_the_higher_priority_takes_the_pieces_first() -> None:
    rival = replace(THREE, price_fen=2900, scope=("category:bread",))
    low = priced([a_line(pieces=3)], SECOND_HALF, rival)
    high = priced([a_line(pieces=3)], replace(SECOND_HALF, priority=5), rival)
    assert low.promotion_uses == {"three": 1}, "it saves 7.00, the pair 6.00"
    assert high.promotion_uses == {"second": 1}


def test_priority_decides_between_pairs_and_percentages_too() -> None:
    ten = PercentPromotion(promotion_id="ten", name="九折", scope=("category:bread",), percent_off=10)
    first = priced([a_line(pieces=2)], SECOND_HALF, replace(ten, priority=5))
    second = priced([a_line(pieces=2)], replace(SECOND_HALF, priority=5), replace(ten, percent_off=40))
    assert printed(first.lines[0].reductions) == {"九折": 240}
    assert printed(second.lines[0].reductions) == {"第二件半价": 600}


def test_no_priority_makes_a_member_pay_more_than_the_tier_discount() -> None:
    small = PercentPromotion(promotion_id="small", name="小惠", percent_off=1, priority=9)
    assert printed(priced([a_line()], small, tier="gold").lines[0].reductions) == {"金卡": 60}


def test_of_one_exclusion_group_only_one_promotion_touches_a_line() -> None:
    first = replace(SECOND_HALF, exclusion_group="spring")
    save = replace(FULL_50_10, exclusion_group="spring", steps=(SaveStep(threshold_fen=1000, off_fen=100),))
    result = priced([a_line(1, pieces=2), a_line(2, "coffee", 1500)], first, save)
    assert [printed(line.reductions) for line in result.lines] == [{"第二件半价": 600}, {"满50减10": 100}]


def test_an_overridden_price_is_final_for_the_line() -> None:
    result = priced([a_line(price_source="override", pieces=2)], SECOND_HALF, FULL_50_10, tier="gold")
    assert result.reductions_total_fen == 0


def test_goods_without_discount_take_no_part() -> None:
    lines = [a_line(1, "candle", 6000, pieces=2)]
    assert priced(lines, replace(SECOND_HALF, scope=()), FULL_50_10, tier="gold").reductions_total_fen == 0


def test_the_member_price_is_for_members_and_the_tier_discount_may_be_better() -> None:
    toast = a_line(goods_id="toast", price_fen=1000)
    assert priced([toast], member_id=None).total_fen == 1000
    assert printed(priced([toast]).lines[0].reductions) == {"会员价": 100}
    dear = replace(toast, goods=GoodsTerms(member_price=Price(980)))
    assert printed(priced([dear], tier="gold").lines[0].reductions) == {"金卡": 50}


def test_what_the_cashier_took_off_comes_before_every_rule() -> None:
    result = priced([a_line(manual_fen=200)], tier="gold")
    assert printed(result.lines[0].reductions) == {"店长优惠": 200, "金卡": 50}


def test_a_basket_of_two_thousand_lines_with_pairs_is_priced_within_a_moment() -> None:
    lines = [a_line(number, f"g{number}", 100 + number, goods=BREAD) for number in range(1, 2001)]
    result = priced(lines, SECOND_HALF, THREE, BREAKFAST)
    assert result.promotion_uses["three"] + result.promotion_uses.get("second", 0) > 300
