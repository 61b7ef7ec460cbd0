"""The basket stage: spend and save, gift with purchase, on what the line stage left."""

from collections.abc import Sequence

from shared_models.promotions import BasketPromotion, GiftWithPurchase, SpendAndSave
from shared_models.rule_engine.compiled_rules import Prepared
from shared_models.rule_engine.eligibility import offer_holds
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rule_engine.quotes import GiftOffered
from shared_models.rule_engine.working_lines import WorkingLine, part, reduce_shared


def price_basket(state: PricingState) -> None:
    """Apply the promotions of the whole basket, higher priority first; each sees what those before it left."""
    for prepared in state.compiled.baskets:
        offer = prepared.offer
        if not offer_holds(offer, state.inputs) or state.uses_left(offer) == 0:
            continue
        if isinstance(offer, SpendAndSave):
            _spend_and_save(state, offer, _inside(state, prepared))
        else:
            _gift(state, offer, _inside(state, prepared))


def _inside(state: PricingState, prepared: Prepared[BasketPromotion]) -> list[WorkingLine]:
    group = prepared.offer.exclusion_group
    return [
        line
        for line in state.lines
        if not line.goods.no_discount
        and not (group and group in line.groups_used)
        and prepared.scope.holds(line.goods_id, line.goods)
    ]


def _mark(lines: Sequence[WorkingLine], group: str) -> None:
    if group:
        for line in lines:
            line.groups_used = (*line.groups_used, group)


def _spend_and_save(state: PricingState, offer: SpendAndSave, lines: Sequence[WorkingLine]) -> None:
    spent_fen = sum(line.amount_fen for line in lines)
    reached = [step for step in offer.steps if step.threshold_fen <= spent_fen]
    if not reached:
        return
    step = max(reached, key=lambda each: each.threshold_fen)
    times = spent_fen // step.threshold_fen if offer.repeating else 1
    off_fen = min(step.off_fen * times, spent_fen)
    if off_fen:
        reduce_shared(lines, "promotion", offer.promotion_id, offer.name, off_fen)
        _mark(lines, offer.exclusion_group)
        state.use(offer, 1)


def _gift(state: PricingState, offer: GiftWithPurchase, lines: Sequence[WorkingLine]) -> None:
    gifts = [line for line in state.lines if line.goods_id in offer.gift_goods]
    bought_fen = sum(line.amount_fen for line in lines if line.goods_id not in offer.gift_goods)
    if bought_fen < offer.threshold_fen or not (lines or gifts):
        return
    missing = offer.pieces
    for line in sorted(gifts, key=lambda each: each.unit_price_key):
        units = min(missing, line.units)
        missing -= units
        line.reduce("promotion", offer.promotion_id, offer.name, part(line.amount_fen, line.units, 0, units))
        _mark([line], offer.exclusion_group)
        if missing == 0:
            break
    if missing < offer.pieces:
        state.use(offer, 1)
    if missing:
        state.gifts_offered.append(
            GiftOffered(promotion_id=offer.promotion_id, name=offer.name, goods_ids=offer.gift_goods, pieces=missing)
        )
