"""Points as money: the last reduction of the price, shared over all lines with the points each part cost."""

from shared_models.money import share
from shared_models.rule_engine.pricing_state import PricingState
from shared_models.rules import PointsAsMoney


def usable_points(terms: PointsAsMoney, total_fen: int, points_wanted: int) -> tuple[int, int]:
    """Of the points wanted, how many may be used on this total, and what they take off: whole steps only, not below
    the minimum, not above the maximum, the share cap and the total itself. (0, 0) when none may."""
    if terms.points_per_step == 0 or terms.fen_per_step == 0:
        return 0, 0
    points = min(points_wanted, terms.maximum_points) if terms.maximum_points else points_wanted
    steps = min(
        points // terms.points_per_step,
        total_fen * terms.share_cap_basis_points // 10_000 // terms.fen_per_step,
    )
    used = max(0, steps) * terms.points_per_step
    if used == 0 or used < terms.minimum_points:
        return 0, 0
    return used, steps * terms.fen_per_step


def spend_points(state: PricingState) -> None:
    """Take off what the points to spend are worth, as far as the rules allow."""
    if state.inputs.points_to_spend <= 0 or state.inputs.member_id is None:
        return
    terms = state.compiled.rules.points_as_money
    weights = [line.amount_fen for line in state.lines]
    points, fen = usable_points(terms, sum(weights), state.inputs.points_to_spend)
    if not points:
        return
    state.points_used, state.points_fen = points, fen
    fen_parts = share(fen, weights)
    points_parts = share(points, fen_parts)
    for line, fen_part, points_part in zip(state.lines, fen_parts, points_parts, strict=True):
        line.reduce("points", "points", terms.name, fen_part, points_part)
