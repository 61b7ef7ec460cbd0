"""Line stage, first part: what a member gets on a line by being one: member price or tier discount, the better."""

from shared_models.money import Rounding, divide, line_amount_fen
from shared_models.rule_engine.pricing_state import PricingState


def find_member_discounts(state: PricingState) -> None:
    """Note on each line the better of member price and tier discount, not yet taken off.

    An overridden price is final: no discount of its own accord touches it.
    """
    inputs = state.inputs
    if inputs.member_id is None:
        return
    tier = state.compiled.tiers.get(inputs.tier)
    discount = tier.discount_basis_points if tier is not None else 0
    use_member_price = state.compiled.rules.member_price
    for line in state.lines:
        if line.final_price or line.position in state.without_member_discount:
            continue
        goods = line.goods
        member_price = goods.member_price
        if use_member_price and member_price is not None:
            amount = line_amount_fen(member_price.amount_fen, member_price.per_milli, line.quantity_milli)
            if amount < line.base_fen:
                line.member_fen = line.base_fen - amount
                line.member_kind = "member_price"
        if discount and not goods.no_discount:
            saved = divide(line.base_fen * discount, 10_000, Rounding.HALF_UP)
            if saved > line.member_fen:
                line.member_fen = saved
                line.member_kind = "tier"


def take_member_discounts(state: PricingState) -> None:
    """Take off what was kept of the member discounts after promotions had their say."""
    rules = state.compiled.rules
    tier = state.compiled.tiers.get(state.inputs.tier)
    for line in state.lines:
        if line.member_kept_fen:
            if line.member_kind == "tier" and tier is not None:
                line.reduce("tier", f"tier:{tier.code}", tier.name, line.member_kept_fen)
            else:
                line.reduce("member_price", "member_price", rules.member_price_name, line.member_kept_fen)
