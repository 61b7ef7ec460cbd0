"""The line stage: per line the best of member price, tier discount and promotion, unless a promotion combines."""

from shared_models.rule_engine.eligibility import offer_holds
from shared_models.rule_engine.group_promotions import apply_group_promotions
from shared_models.rule_engine.line_promotions import choose_singles
from shared_models.rule_engine.member_discount import find_member_discounts, take_member_discounts
from shared_models.rule_engine.pricing_state import PricingState


def price_lines(state: PricingState) -> None:
    """Decide and take off what each line gets for itself."""
    find_member_discounts(state)
    inputs = state.inputs
    singles = [each for each in state.compiled.singles if offer_holds(each.offer, inputs)]
    groups = [each for each in state.compiled.groups if offer_holds(each.offer, inputs)]
    if not singles and not groups:
        for line in state.lines:
            line.member_kept_fen = line.member_fen
        take_member_discounts(state)
        return
    dearest_first = sorted(state.lines, key=lambda line: line.unit_price_key)
    choices = choose_singles(state, singles, dearest_first)
    if groups and apply_group_promotions(state, groups, dearest_first, choices):
        choices = choose_singles(state, singles, dearest_first)  # of what those left
    for line in dearest_first:
        choice = choices.get(line.position)
        if choice is None:
            continue
        line.member_kept_fen += choice.member_fen
        offer = choice.offer
        if offer is not None:
            line.promised.append((offer.promotion_id, offer.name, choice.promotion_fen))
            state.use(offer, choice.units)
            if offer.exclusion_group:
                line.groups_used = (*line.groups_used, offer.exclusion_group)
    take_member_discounts(state)
    for line in dearest_first:
        for promotion_id, name, fen in line.promised:
            line.reduce("promotion", promotion_id, name, fen)
