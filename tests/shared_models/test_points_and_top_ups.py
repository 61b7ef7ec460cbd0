"""Points earned and spent, the top-up ladder, cash rounding, lots and the exchange list."""

from collections.abc import Mapping
from types import MappingProxyType

import pytest
from hypothesis import given
from hypothesis import strategies as st

from shared_models.refusals import Refusal
from shared_models.rule_engine import (
    BasketLine,
    LadderBonus,
    cash_rounding_fen,
    eligible_paid_fen,
    exchange_item,
    ladder_bonus,
    points_earned,
    points_lot_for,
    quote,
    usable_points,
)
from shared_models.rules import (
    CashRounding,
    EarnMultiplier,
    EarnRules,
    ExchangeItem,
    LadderStep,
    PointsAsMoney,
    PointsLife,
    StoreRules,
    TopUpRules,
)
from shared_models.sales import LotAmount, Tender
from tests.shared_models.baskets import MEMBER, a_line, basket_lines, rules_with, some_inputs


def earned(
    rules: StoreRules,
    lines: list[BasketLine],
    paid_fen: int | None = None,
    inputs: Mapping[str, object] = MappingProxyType({}),
) -> int:
    """Points of a basket paid in money, or only so much of it."""
    told = some_inputs(rules, **inputs)
    result = quote(rules, lines, told)
    return points_earned(rules, result.lines, told, result.total_fen if paid_fen is None else paid_fen)


def earning(milli_points_per_yuan: int, *multipliers: EarnMultiplier, combine: str = "best") -> StoreRules:
    return rules_with(
        earn=EarnRules(
            milli_points_per_yuan=milli_points_per_yuan,
            multipliers=multipliers,
            multipliers_combine="product" if combine == "product" else "best",
        )
    )


@pytest.mark.parametrize(("rate", "fen", "points"), [(3000, 3333, 99), (1500, 3333, 49), (1500, 66, 0), (1500, 67, 1)])
def test_points_are_rounded_down_once_a_sale(rate: int, fen: int, points: int) -> None:
    assert earned(earning(rate), [a_line(price_fen=fen)]) == points


def test_many_small_lines_lose_nothing_to_rounding() -> None:
    lines = [a_line(number, f"g{number}", 33) for number in range(1, 11)]
    assert earned(earning(3000), lines) == 9


def test_nobody_earns_without_being_a_member() -> None:
    assert earned(earning(3000), [a_line()], inputs={"member_id": None}) == 0


def test_only_the_part_paid_in_money_and_principal_earns() -> None:
    rules = earning(3000)
    tenders = [
        Tender(kind="cash", amount_fen=500),
        Tender(
            kind="stored_value",
            amount_fen=700,
            lots=(LotAmount(MEMBER, "principal:aa", 400), LotAmount(MEMBER, "bonus:aa", 300)),
        ),
    ]
    paid = eligible_paid_fen(rules, tenders)
    assert paid == 900
    assert earned(rules, [a_line(price_fen=1200)], paid) == 27


def test_goods_without_points_earn_nothing_and_share_what_was_paid() -> None:
    lines = [a_line(1, "croissant", 1000), a_line(2, "candle", 1000)]
    assert earned(earning(3000), lines) == 30
    assert earned(earning(3000), lines, paid_fen=1000) == 15


BIRTHDAY = EarnMultiplier(multiplier_id="birthday", percent=200, birthday_month=True)
GOLD = EarnMultiplier(multiplier_id="gold", percent=150, tiers=("gold",))
BREAD = EarnMultiplier(multiplier_id="bread", percent=300, scope=("category:bread",))
DAY_2 = EarnMultiplier(multiplier_id="member day", percent=400, days_of_month=(2,))


@pytest.mark.parametrize(
    ("inputs", "points"),
    [
        ({}, 36),
        ({"birthday_month": True}, 72),
        ({"tier": "gold"}, 51),  # 5 % discount: 11.40 x 3 x 1.5 = 51.3
        ({"birthday_month": True, "tier": "gold"}, 68),  # the better of the two: 11.40 x 3 x 2 = 68.4
    ],
)
def test_the_best_multiplier_counts(inputs: dict[str, object], points: int) -> None:
    assert earned(earning(3000, BIRTHDAY, GOLD), [a_line(goods_id="coffee")], inputs=inputs) == points


def test_multipliers_may_multiply() -> None:
    rules = earning(3000, BIRTHDAY, BREAD, combine="product")
    assert earned(rules, [a_line()], inputs={"birthday_month": True}) == 216


def test_a_multiplier_keeps_to_its_goods_and_days() -> None:
    lines = [a_line(1, "croissant", 1000), a_line(2, "coffee", 1000)]
    assert earned(earning(3000, BREAD), lines) == 120
    assert earned(earning(1000, DAY_2), lines) == 80
    assert earned(earning(1000, DAY_2), lines, inputs={"business_date": "2026-03-03"}) == 20


@given(basket_lines(), st.integers(0, 100_000), st.integers(0, 100_000))
def test_paying_more_in_money_never_earns_less(lines: list[BasketLine], one: int, other: int) -> None:
    rules = earning(3000, BREAD)
    less, more = sorted((one, other))
    assert earned(rules, lines, less) <= earned(rules, lines, more) <= earned(rules, lines)


@pytest.mark.parametrize(
    ("terms", "total_fen", "wanted", "used"),
    [
        (PointsAsMoney(points_per_step=100), 5000, 250, (200, 200)),
        (PointsAsMoney(points_per_step=100), 150, 900, (100, 100)),
        (PointsAsMoney(points_per_step=1, fen_per_step=1), 777, 900, (777, 777)),
        (PointsAsMoney(points_per_step=100, minimum_points=300), 5000, 250, (0, 0)),
        (PointsAsMoney(points_per_step=100, maximum_points=350), 5000, 900, (300, 300)),
        (PointsAsMoney(points_per_step=100, share_cap_basis_points=5000), 1000, 900, (500, 500)),
        (PointsAsMoney(), 1000, 900, (0, 0)),
    ],
)
def test_points_are_spent_in_whole_steps_within_the_rules(
    terms: PointsAsMoney, total_fen: int, wanted: int, used: tuple[int, int]
) -> None:
    assert usable_points(terms, total_fen, wanted) == used


DOWNTOWN_LADDER = TopUpRules(
    ladder=(
        LadderStep(threshold_fen=50_000, bonus_fen=1000, name="500"),
        LadderStep(threshold_fen=100_000, bonus_fen=5000, name="1000"),
        LadderStep(threshold_fen=300_000, bonus_basis_points=800, name="3000"),
    )
)


@pytest.mark.parametrize(
    ("principal_fen", "bonus"),
    [
        (49_999, LadderBonus(0, "")),
        (50_000, LadderBonus(1000, "500")),
        (299_999, LadderBonus(5000, "1000")),
        (300_000, LadderBonus(24_000, "3000")),
        (300_001, LadderBonus(24_000, "3000")),
        (400_000, LadderBonus(32_000, "3000")),
    ],
)
def test_the_highest_step_of_the_ladder_gives_its_bonus(principal_fen: int, bonus: LadderBonus) -> None:
    assert ladder_bonus(rules_with(top_up=DOWNTOWN_LADDER), principal_fen) == bonus


def test_without_free_amounts_only_the_steps_can_be_paid_in() -> None:
    rules = rules_with(top_up=TopUpRules(ladder=DOWNTOWN_LADDER.ladder, free_amounts=False))
    assert ladder_bonus(rules, 100_000).bonus_fen == 5000
    with pytest.raises(Refusal, match="top_up_not_on_ladder"):
        ladder_bonus(rules, 70_000)
    with pytest.raises(Refusal, match="top_up_too_small"):
        ladder_bonus(rules, 0)


@pytest.mark.parametrize(
    ("step", "nearest", "due", "given"),
    [(1, False, 1234, 0), (10, False, 1239, 9), (10, True, 1235, -5), (50, True, 1224, 24), (100, False, 99, 99)],
)
def test_cash_is_rounded_by_the_step_of_the_store(step: int, nearest: bool, due: int, given: int) -> None:
    rounding = CashRounding(
        step_fen=10 if step == 10 else 50 if step == 50 else 100 if step == 100 else 1, nearest=nearest
    )
    assert cash_rounding_fen(rules_with(cash_rounding=rounding), due) == given


def test_points_expire_at_the_end_of_a_month_or_never() -> None:
    assert points_lot_for(rules_with(), "2026-03-02") == "points:2027-03"
    assert points_lot_for(rules_with(points_life=PointsLife(expiry_months=0)), "2026-03-02") == "points:9999-12"


def test_the_exchange_list_knows_its_items_and_for_whom_they_are() -> None:
    mug = ExchangeItem(item_id="mug", name="马克杯", points=500, tiers=("gold",))
    rules = rules_with(exchange_list=(mug,))
    assert exchange_item(rules, "mug", "gold") == mug
    with pytest.raises(Refusal, match="exchange_not_for_tier"):
        exchange_item(rules, "mug", "silver")
    with pytest.raises(Refusal, match="exchange_unknown"):
        exchange_item(rules, "cup")
