"""The best combination: which of a member's coupons, and how many points, save most on this basket."""

from collections.abc import Sequence

from msgspec.structs import replace

from shared_models.rule_engine.pricing import quote
from shared_models.rule_engine.quotes import BasketLine, Combination
from shared_models.rules import StoreRules
from shared_models.sales import CouponTerms, QuoteInputs


def best_combination(
    rules: StoreRules,
    lines: Sequence[BasketLine],
    inputs: QuoteInputs,
    coupons: Sequence[CouponTerms],
    points_available: int,
) -> Combination:
    """The coupons and points that save most."""
    plain = quote(rules, lines, replace(inputs, coupons=(), points_to_spend=0))
    best = quote(rules, lines, replace(inputs, coupons=(), points_to_spend=points_available))
    return Combination(
        coupons=(), points=best.points_used, saved_fen=plain.total_fen - best.total_fen, quote=best, steps=len(coupons)
    )
