"""HQ publishes no rules that contradict themselves; each fault is said with its place."""

import pytest
from msgspec.structs import replace

from shared_models.promotions import Bundle, BundlePart, MemberSpecial, SaveStep, SpecialPrice, SpendAndSave
from shared_models.rule_faults import rule_faults
from shared_models.rules import EarnMultiplier, EarnRules, ExchangeItem, LadderStep, StoreRules, TierRule, TopUpRules
from shared_models.sales import Price
from tests.shared_models.baskets import ALL_PROMOTIONS, rules_with
from tests.shared_models.test_golden_quotes import RULES

CLEARANCE = next(offer for offer in ALL_PROMOTIONS if offer.promotion_id == "clearance")


def test_sound_rules_have_no_faults() -> None:
    for rules in (*RULES.values(), rules_with(*ALL_PROMOTIONS)):
        assert rule_faults(rules) == ()


@pytest.mark.parametrize(
    ("rules", "fault"),
    [
        (rules_with(CLEARANCE, CLEARANCE), "promotions: clearance twice"),
        (rules_with(replace(CLEARANCE, tiers=("plum",))), "promotions[clearance]: unknown tier plum"),
        (rules_with(replace(CLEARANCE, date_from="2026-13-01")), "promotions[clearance]: 2026-13-01 is no date"),
        (
            rules_with(replace(CLEARANCE, date_from="2026-03-02", date_to="2026-03-01")),
            "promotions[clearance]: it ends before it begins",
        ),
        (
            rules_with(replace(CLEARANCE, minute_from=600, minute_to=600)),
            "promotions[clearance]: it would never run, its minutes from and to are the same",
        ),
        (
            rules_with(SpendAndSave(promotion_id="s", name="s", steps=(SaveStep(threshold_fen=100, off_fen=200),))),
            "promotions[s].steps: 200 off from 100 is more than was spent",
        ),
        (
            rules_with(
                MemberSpecial(promotion_id="m", name="m", prices=(SpecialPrice(goods_id="g", price=Price(1)),) * 2)
            ),
            "promotions[m].prices: g twice",
        ),
        (
            rules_with(Bundle(promotion_id="b", name="b", parts=(BundlePart(scope=()),), price_fen=1)),
            "promotions[b].parts: a part names its goods",
        ),
        (rules_with(tiers=(TierRule(code="g", name="g"),) * 2), "tiers: g twice"),
        (
            rules_with(earn=EarnRules(multipliers=(EarnMultiplier(multiplier_id="x", tiers=("plum",)),))),
            "earn.multipliers[x]: unknown tier plum",
        ),
        (
            rules_with(exchange_list=(ExchangeItem(item_id="c", name="c", points=1, kind="coupon"),)),
            "exchange_list[c]: a coupon names its template",
        ),
        (rules_with(top_up=TopUpRules(ladder=(LadderStep(threshold_fen=1),) * 2)), "top_up.ladder: 1 twice"),
        (rules_with(top_up=TopUpRules(free_amounts=False)), "top_up: without free amounts there must be a ladder"),
        (
            rules_with(scale_patterns=("2 D PPPPP",)),
            "scale_patterns: '2 D PPPPP' is no pattern of 13 or 18 digits with a PLU and a weight or an amount",
        ),
        (rules_with(tender_kinds=()), "tender_kinds: nothing could be paid"),
    ],
)
def test_each_fault_is_said_with_its_place(rules: StoreRules, fault: str) -> None:
    assert rule_faults(rules) == (fault,)
