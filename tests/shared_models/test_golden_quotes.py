"""Golden quotes: baskets of two stores with the receipt each must give, for ever, with the engine that made them.

`golden/<store>_rules.json` are the published rules, `golden/engine_<version>/*.json` the cases. A quote that changes is
a new engine version with golden quotes of its own; those of released engines stay.
"""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest
from msgspec import Struct

from shared_models.refusals import Refusal
from shared_models.rule_engine import ENGINE_VERSION, BasketLine, Quote, ladder_bonus, points_earned, quote
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import CouponTerms, QuoteInputs

GOLDEN = Path(__file__).parent / "golden"
RULES = {
    name: msgspec.json.decode((GOLDEN / f"{name}_rules.json").read_bytes(), type=StoreRules)
    for name in ("downtown", "community")
}
MEMBER = UUID("01890a5d-ac96-774b-bcce-b302099a8057")


class GoldenCustomer(Struct, frozen=True, kw_only=True, omit_defaults=True, forbid_unknown_fields=True):
    """Who buys, when, and with what in hand."""

    member: bool = True
    business_date: str = "2026-03-02"
    local_minute: int = 600
    tier: str = ""
    birthday_month: bool = False
    points_to_spend: int = 0
    cash_due_fen: int | None = None
    coupons: tuple[CouponTerms, ...] = ()


class GoldenCase(Struct, frozen=True, kw_only=True, forbid_unknown_fields=True):
    """One basket. `money_percent` of the total is paid in money or principal, the rest in bonus."""

    story: str
    rules: str
    customer: GoldenCustomer
    lines: tuple[BasketLine, ...]
    money_percent: int = 100
    receipt: tuple[str, ...]


def inputs_of(case: GoldenCase) -> QuoteInputs:
    who = case.customer
    return QuoteInputs(
        rule_hash=rule_hash(RULES[case.rules]),
        engine_version=ENGINE_VERSION,
        business_date=who.business_date,
        local_minute=who.local_minute,
        member_id=MEMBER if who.member else None,
        tier=who.tier,
        birthday_month=who.birthday_month,
        points_to_spend=who.points_to_spend,
        cash_due_fen=who.cash_due_fen,
        coupons=who.coupons,
    )


def yuan(fen: int) -> str:
    return f"{'-' if fen < 0 else ''}{abs(fen) // 100}.{abs(fen) % 100:02d}"


def told(case: GoldenCase, result: Quote) -> tuple[str, ...]:
    """A quote as a receipt that can be read."""
    text = []
    for line in result.lines:
        quantity = f"{line.quantity_milli // 1000}" if line.unit == "piece" else f"{line.quantity_milli} g"
        reasons = "".join(f" | {each.name} -{yuan(each.amount_fen)}" for each in line.reductions)
        text.append(f"{line.name} x {quantity}: {yuan(line.list_amount_fen)}{reasons} = {yuan(line.amount_fen)}")
    text.append(
        f"list {yuan(result.list_total_fen)}, off {yuan(result.reductions_total_fen)}, total {yuan(result.total_fen)}"
    )
    if result.points_used:
        text.append(f"{result.points_used} points for {yuan(result.points_reduction_fen)}")
    if result.rounding_fen:
        text.append(f"cash rounding {yuan(result.rounding_fen)}")
    names = {terms.token: terms.name for terms in case.customer.coupons}
    text += [f"{names[token]}: {code}" for token, code in result.coupons_refused.items()]
    text += [f"offered: {each.name}" for each in result.gifts_offered]
    paid = result.total_fen * case.money_percent // 100
    earned = points_earned(RULES[case.rules], result.lines, inputs_of(case), paid)
    if earned:
        text.append(f"{earned} points earned")
    return tuple(text)


def cases(version: int) -> list[Path]:
    return sorted((GOLDEN / f"engine_{version}").glob("*.json"))


@pytest.mark.parametrize("path", cases(ENGINE_VERSION), ids=lambda path: path.stem)
def test_a_golden_quote_is_still_the_same(path: Path) -> None:
    case = msgspec.json.decode(path.read_bytes(), type=GoldenCase)
    assert told(case, quote(RULES[case.rules], case.lines, inputs_of(case))) == case.receipt, case.story


def test_this_engine_has_its_golden_quotes() -> None:
    assert len(cases(ENGINE_VERSION)) >= 12


@pytest.mark.parametrize(
    ("store", "paid_in_yuan", "bonus_fen"),
    [
        ("downtown", 100, 0),
        ("downtown", 500, 1500),
        ("downtown", 1000, 5000),
        ("downtown", 3000, 24_000),
        ("downtown", 5000, 40_000),
        ("community", 100, 300),
        ("community", 300, 1200),
        ("community", 500, 2500),
        ("community", 3000, 2500),
    ],
)
def test_the_ladders_of_both_stores(store: str, paid_in_yuan: int, bonus_fen: int) -> None:
    assert ladder_bonus(RULES[store], paid_in_yuan * 100).bonus_fen == bonus_fen


def test_the_community_store_takes_no_top_up_below_a_hundred() -> None:
    with pytest.raises(Refusal, match="top_up_too_small"):
        ladder_bonus(RULES["community"], 9_999)
