"""The coupon stage: which of the chosen coupons apply, in which order, and what each takes off.

Order: exchange and gift first, then percentages, then amounts; within a kind by template and token. Whether a coupon
reaches its minimum is asked of the amounts before any coupon, so coupons cannot push each other below it.
"""

from collections.abc import Sequence
from uuid import UUID

from shared_models.money import Rounding, divide, share
from shared_models.rule_engine.compiled_rules import ScopeSets
from shared_models.rule_engine.eligibility import within_dates
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.working_lines import WorkingLine
from shared_models.rules import StoreRules
from shared_models.sales import CouponTerms, QuoteInputs

_ORDER = {"exchange": 0, "gift": 1, "percent_off": 2, "amount_off": 3}


def coupon_order(terms: CouponTerms) -> tuple[int, str, UUID]:
    """Where a coupon stands in the order of application."""
    return _ORDER[terms.kind], terms.template_id, terms.token


def reach(terms: CouponTerms, lines: Sequence[WorkingLine]) -> list[int]:
    """The places (in working order) of the lines a coupon may reduce."""
    if terms.kind in {"exchange", "gift"}:
        return [place for place, line in enumerate(lines) if line.goods_id in terms.goods_ids]
    scope = ScopeSets(terms.scope)
    wanted = frozenset(terms.goods_ids)
    return [
        place
        for place, line in enumerate(lines)
        if not line.goods.no_discount
        and (not wanted or line.goods_id in wanted)
        and scope.holds(line.goods_id, line.goods)
    ]


def refusal_before_amounts(rules: StoreRules, inputs: QuoteInputs, terms: CouponTerms, reached: Sequence[int]) -> str:
    """Why a coupon cannot apply here at all, '' when it can."""
    if terms.valid_from and inputs.business_date < terms.valid_from:
        return "coupon_not_yet_valid"
    if not within_dates("", terms.valid_to, inputs.business_date):
        return "coupon_expired"
    if terms.stores and rules.store_id not in terms.stores:
        return "coupon_other_store"
    if not reached:
        return "coupon_no_goods"
    return ""


def stacking_conflict(rules: StoreRules, terms: CouponTerms, others: Sequence[CouponTerms]) -> bool:
    """Whether a coupon may not stand beside those applied already."""
    if rules.coupons.sale_maximum and len(others) >= rules.coupons.sale_maximum:
        return True
    if rules.coupons.stacking == "one":
        return bool(others)
    if rules.coupons.stacking == "all" or not terms.stacking_group:
        return False
    return any(each.stacking_group == terms.stacking_group for each in others)


def unit_amount(line: WorkingLine) -> int:
    """What one piece of a line costs before coupons, rounded up: what a gift or exchange coupon is for."""
    return -(-line.amount_fen // line.units)


def saving(
    terms: CouponTerms, amounts: Sequence[int], unit_amounts: Sequence[int], reached: Sequence[int]
) -> list[tuple[int, int]]:
    """What a coupon takes off these amounts, as (place, fen) with fen > 0."""
    if terms.kind in {"exchange", "gift"}:
        best, saved = -1, 0
        for place in reached:
            one = min(amounts[place], unit_amounts[place])
            off = one if terms.kind == "gift" else one - terms.amount_fen
            if off > saved:
                best, saved = place, off
        return [(best, saved)] if saved else []
    left = sum([amounts[place] for place in reached])
    if terms.kind == "percent_off":
        off = divide(left * min(terms.percent_off, 100), 100, Rounding.HALF_UP)
        if terms.cap_fen:
            off = min(off, terms.cap_fen)
    else:
        off = min(terms.amount_fen, left)
    if off <= 0:
        return []
    if len(reached) == 1:
        return [(reached[0], off)]
    shares = share(off, [amounts[place] for place in reached])
    return [(place, fen) for place, fen in zip(reached, shares, strict=True) if fen]


def apply_coupons(state: PricingState) -> None:
    """Take off what the chosen coupons are worth; those that do not apply are refused by name."""
    coupons = state.inputs.coupons
    if not coupons:
        return
    lines = state.lines
    before = [line.amount_fen for line in lines]
    unit_amounts = [unit_amount(line) for line in lines]
    applied: list[CouponTerms] = []
    for terms in sorted(coupons, key=coupon_order):
        reached = reach(terms, lines)
        code = _refusal(state, terms, reached, before, applied)
        parts = [] if code else saving(terms, [line.amount_fen for line in lines], unit_amounts, reached)
        if not parts:
            state.coupons_refused[terms.token] = code or "coupon_saves_nothing"
            continue
        for place, fen in parts:
            lines[place].reduce("coupon", terms.token.hex, terms.name, fen)
        applied.append(terms)
        state.coupons_applied.append(terms.token)


def _refusal(
    state: PricingState,
    terms: CouponTerms,
    reached: Sequence[int],
    before: Sequence[int],
    applied: Sequence[CouponTerms],
) -> str:
    rules = state.compiled.rules
    code = refusal_before_amounts(rules, state.inputs, terms, reached)
    if code:
        return code
    if sum(before[place] for place in reached) < terms.minimum_fen:
        return "coupon_minimum"
    if any(each.token == terms.token for each in applied):
        return "coupon_twice"
    if stacking_conflict(rules, terms, applied):
        return "coupon_stacking"
    return ""


def forbidding_discount(rules: StoreRules, inputs: QuoteInputs, lines: Sequence[WorkingLine]) -> frozenset[int]:
    """The positions of the lines on which chosen coupons forbid member price and tier discount."""
    positions: set[int] = set()
    for terms in inputs.coupons:
        if terms.excludes_member_discount:
            reached = reach(terms, lines)
            if not refusal_before_amounts(rules, inputs, terms, reached):
                positions.update(lines[place].position for place in reached)
    return frozenset(positions)
