"""Line stage, second part: percentages and special prices on single lines, against the member's own discount.

Worked in units, because a limit per member and day may cover only some pieces of a line: promotions take the first
free units, dearest lines first; what they leave keeps the member discount.
"""

from collections.abc import Sequence

from shared_models.money import Rounding, divide, line_amount_fen
from shared_models.promotions import LinePromotion, MemberSpecial
from shared_models.rule_engine.compiled_rules import Prepared
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.working_lines import WorkingLine, part

NO_PRIORITY = -(2**63)


class SingleChoice:
    """What a line's free units get: a promotion on the first `units` of them, the member discount on the others (and,
    where the promotion combines, on all)."""

    __slots__ = ("member_fen", "offer", "promotion_fen", "units")

    def __init__(self, offer: LinePromotion | None, units: int, promotion_fen: int, member_fen: int) -> None:
        self.offer = offer
        self.units = units
        self.promotion_fen = promotion_fen
        self.member_fen = member_fen

    @property
    def priority(self) -> int:
        """Of the promotion; without one nothing is lower."""
        return NO_PRIORITY if self.offer is None else self.offer.priority

    @property
    def saved_fen(self) -> int:
        """All of it."""
        return self.promotion_fen + self.member_fen


def choose_singles(
    state: PricingState, offers: Sequence[Prepared[LinePromotion]], lines: Sequence[WorkingLine]
) -> dict[int, SingleChoice]:
    """The best choice for the free units of each line, by line position, dearest lines first.

    Among promotions the higher priority decides, then the larger saving; against the member discount alone the better
    one wins. Uses are counted only in the choices: the caller books them.
    """
    choices: dict[int, SingleChoice] = {}
    spent: dict[str, int] = {}
    for line in lines:
        free = line.units - line.taken
        if free == 0:
            continue
        member_fen = part(line.member_fen, line.units, line.taken, line.units)
        best = SingleChoice(None, 0, 0, member_fen)
        if offers and not line.final_price and not line.goods.no_discount:
            chosen = _best_promotion(state, offers, line, spent)
            if chosen is not None and chosen.saved_fen > member_fen:
                best = chosen
        choices[line.position] = best
        if best.offer is not None and best.offer.member_day_limit:
            spent[best.offer.promotion_id] = spent.get(best.offer.promotion_id, 0) + best.units
    return choices


def _best_promotion(
    state: PricingState, offers: Sequence[Prepared[LinePromotion]], line: WorkingLine, spent: dict[str, int]
) -> SingleChoice | None:
    best: SingleChoice | None = None
    for prepared in offers:
        offer = prepared.offer
        if best is not None and best.offer is not None and offer.priority < best.offer.priority:
            break
        if not _reaches(prepared, line):
            continue
        left = state.uses_left(offer)
        units = line.units - line.taken
        if left is not None:
            units = min(units, left - spent.get(offer.promotion_id, 0))
        if units <= 0:
            continue
        choice = _apply(prepared, line, units)
        if choice is not None and (best is None or choice.saved_fen > best.saved_fen):
            best = choice
    return best


def _reaches(prepared: Prepared[LinePromotion], line: WorkingLine) -> bool:
    if line.groups_used and prepared.offer.exclusion_group in line.groups_used:
        return False  # '' is no group, and stands in none
    if prepared.is_special:
        return line.goods_id in prepared.prices
    if prepared.is_near_expiry and not line.near_expiry:
        return False
    return prepared.scope.holds(line.goods_id, line.goods)


def _apply(prepared: Prepared[LinePromotion], line: WorkingLine, units: int) -> SingleChoice | None:
    """The promotion on the first `units` free units; None when it saves nothing there."""
    offer = prepared.offer
    start, end = line.taken, line.taken + units
    amount = part(line.base_fen, line.units, start, end)
    member_there = part(line.member_fen, line.units, start, end) if offer.combines_with_member_discount else 0
    member_after = part(line.member_fen, line.units, end, line.units)
    if isinstance(offer, MemberSpecial):
        special = prepared.prices[line.goods_id]
        priced = line_amount_fen(special.amount_fen, special.per_milli, line.units_quantity(units))
        saved, member_there = amount - priced, 0
    else:
        saved = divide((amount - member_there) * offer.percent_off, 100, Rounding.HALF_UP)
    if saved <= 0:
        return None
    return SingleChoice(offer, units, saved, member_there + member_after)
