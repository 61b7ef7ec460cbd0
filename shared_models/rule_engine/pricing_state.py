"""What the stages of pricing hand on to each other for one basket."""

from collections.abc import Collection, Sequence
from uuid import UUID

from shared_models.promotions import Offer
from shared_models.rule_engine.compiled_rules import CompiledRules
from shared_models.rule_engine.quotes import GiftOffered
from shared_models.rule_engine.working_lines import WorkingLine
from shared_models.sales import QuoteInputs


class PricingState:
    """One basket on its way through the stages. `lines` stand in working order; `without_member_discount` are the
    positions of lines on which a coupon forbids member price and tier discount."""

    __slots__ = (
        "compiled",
        "coupons_applied",
        "coupons_refused",
        "gifts_offered",
        "inputs",
        "lines",
        "points_fen",
        "points_used",
        "promotion_uses",
        "without_member_discount",
    )

    def __init__(
        self,
        compiled: CompiledRules,
        inputs: QuoteInputs,
        lines: Sequence[WorkingLine],
        without_member_discount: Collection[int] = (),
    ) -> None:
        self.compiled = compiled
        self.inputs = inputs
        self.lines = lines
        self.without_member_discount = without_member_discount
        self.promotion_uses: dict[str, int] = {}
        self.gifts_offered: list[GiftOffered] = []
        self.coupons_applied: list[UUID] = []
        self.coupons_refused: dict[UUID, str] = {}
        self.points_used = 0
        self.points_fen = 0

    def uses_left(self, offer: Offer) -> int | None:
        """How often a promotion may still be applied for this member today; None: without limit."""
        if not offer.member_day_limit:
            return None
        used = self.inputs.promotion_uses.get(offer.promotion_id, 0) + self.promotion_uses.get(offer.promotion_id, 0)
        return max(0, offer.member_day_limit - used)

    def use(self, offer: Offer, times: int) -> None:
        """Count applications of a promotion in this sale."""
        self.promotion_uses[offer.promotion_id] = self.promotion_uses.get(offer.promotion_id, 0) + times
