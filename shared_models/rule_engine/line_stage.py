"""The line stage: per line the best of member price, tier discount and promotion, unless a promotion combines."""

from shared_models.rule_engine.member_discount import find_member_discounts, take_member_discounts
from shared_models.rule_engine.pricing_state import PricingState


def price_lines(state: PricingState) -> None:
    """Decide and take off what each line gets for itself."""
    find_member_discounts(state)
    for line in state.lines:
        line.member_kept_fen = line.member_fen
    take_member_discounts(state)
