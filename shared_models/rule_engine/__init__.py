"""The rule engine: what a basket costs and why, what it earns, and what a sale should have cost.

Pure and deterministic: integers only, nothing read but the arguments. The till decides with it, HQ decides again with
the same version and compares. The order of pricing is fixed:

1. list or label price times quantity, rounded half up per line; then what the cashier took off by hand;
2. per line the best of {member price, tier discount, promotion}, unless a promotion says it combines. Of promotions
   the higher priority wins, then what saves more. Those over several pieces (Nth piece, N for a price, bundles) work on
   single pieces, dearest first, and are taken only where they save more than the same pieces would get otherwise; their
   saving is shared over all their pieces. An overridden price is final and takes no reduction of this step;
3. promotions of the whole basket (spend and save, gift), higher priority first;
4. coupons: exchange and gift, then percentages, then amounts;
5. points as money;
6. rounding of the cash part, which is no reduction of a line but an account of its own.

Reductions of more than one line are shared in proportion to what is left of each line, by the largest remainder, so
that any part of a sale can be refunded to the fen. Percentages are rounded half up. Nothing goes below zero. Lines are
worked on in an order of their own (`working_lines`), so the order of scanning does not matter for the totals.
"""

from shared_models.rule_engine.combination import best_combination
from shared_models.rule_engine.payments import (
    cash_rounding_fen,
    eligible_paid_fen,
    exchange_item,
    ladder_bonus,
    points_earned,
    points_lot_for,
    points_lot_for_return,
)
from shared_models.rule_engine.points_stage import usable_points
from shared_models.rule_engine.pricing import quote, tax_included_fen
from shared_models.rule_engine.quotes import BasketLine, Combination, GiftOffered, LadderBonus, Quote
from shared_models.rule_engine.requoting import ENGINE_VERSION, requote, requoted_total_fen

__all__ = [
    "ENGINE_VERSION",
    "BasketLine",
    "Combination",
    "GiftOffered",
    "LadderBonus",
    "Quote",
    "best_combination",
    "cash_rounding_fen",
    "eligible_paid_fen",
    "exchange_item",
    "ladder_bonus",
    "points_earned",
    "points_lot_for",
    "points_lot_for_return",
    "quote",
    "requote",
    "requoted_total_fen",
    "tax_included_fen",
    "usable_points",
]
