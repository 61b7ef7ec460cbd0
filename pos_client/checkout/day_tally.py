"""What happened today at this till that limits what may happen next: counted from the ledger once, then kept along.

Only this program writes the till's facts, so after the first reading each new fact is added as it is written.
"""

from collections.abc import Callable, Iterable, Mapping
from uuid import UUID

from shared_models import bodies
from shared_models.bodies import Body
from shared_models.rule_engine import BasketLine, quote
from shared_models.rules import StoreRules
from shared_models.sales import QuoteInputs, SaleLine

TALLIED_TYPES = ("sale", "points_exchange", "refund_without_receipt", "order_taken", "order_cancelled")
RulesByHash = Callable[[str], StoreRules | None]


class DayTally:
    """The sums of one business date."""

    def __init__(self, business_date: str, rules_by_hash: RulesByHash) -> None:
        self.business_date = business_date
        self.refunded_without_receipt_fen = 0
        self._rules_by_hash = rules_by_hash
        self._without_presence: dict[UUID, int] = {}
        self._promotion_uses: dict[UUID, dict[str, int]] = {}
        self._ordered: dict[UUID, tuple[UUID, Mapping[str, int]]] = {}

    def add(self, body: Body) -> None:
        """Count one more fact; others than TALLIED_TYPES and of other dates are passed over."""
        if body.head.business_date != self.business_date:
            return
        match body:
            case bodies.Sale():
                self._add_sale(body)
            case bodies.PointsExchange() if body.presence == "small_amount":
                rules = self._rules_by_hash(body.rule_hash)
                points = sum(part.amount for part in body.points_spent)
                worth = 0 if rules is None else points_worth_fen(rules, points)
                self._without_presence[body.member_id] = self._without_presence.get(body.member_id, 0) + worth
            case bodies.OrderTaken():
                self._add_order(body)
            case bodies.OrderCancelled():
                self._ordered.pop(body.order_id, None)
            case bodies.RefundWithoutReceipt():
                self.refunded_without_receipt_fen += body.total_fen
            case _:
                pass

    def spent_without_presence_fen(self, purses: Iterable[UUID]) -> int:
        """Stored value and points' worth that a member spent today without having proved to be there."""
        return sum(self._without_presence.get(purse, 0) for purse in purses)

    def promotion_uses(self, purses: Iterable[UUID], *, but: UUID | None = None) -> dict[str, int]:
        """How often a member used each promotion that has a limit a day, what she ordered included; `but` an order that
        is being changed."""
        uses: dict[str, int] = {}
        for purse in purses:
            ordered = [own for order_id, (whose, own) in self._ordered.items() if whose == purse and order_id != but]
            for some in (self._promotion_uses.get(purse, {}), *ordered):
                _add_uses(uses, some)
        return uses

    def _add_order(self, order: bodies.OrderTaken) -> None:
        if order.member is None:
            return
        member_id = order.member.member_id
        if order.member.presence == "small_amount":
            spent = sum(tender.amount_fen for tender in order.tenders if tender.kind == "stored_value")
            self._without_presence[member_id] = self._without_presence.get(member_id, 0) + spent
        # One of another day that was told another time or name was counted on its own day.
        if order.inputs is not None and order.inputs.business_date == self.business_date:
            self._ordered[order.order_id] = member_id, self._uses_of(order.lines, order.inputs)

    def _add_sale(self, sale: bodies.Sale) -> None:
        if sale.member is None:
            return
        member_id = sale.member.member_id
        if sale.member.presence == "small_amount":
            spent = sum(tender.amount_fen for tender in sale.tenders if tender.kind == "stored_value")
            spent += sum(part.amount_fen for line in sale.lines for part in line.reductions if part.kind == "points")
            self._without_presence[member_id] = self._without_presence.get(member_id, 0) + spent
        if sale.order_id is None:  # else it was counted when it was ordered
            _add_uses(self._promotion_uses.setdefault(member_id, {}), self._uses_of(sale.lines, sale.inputs))

    def _uses_of(self, lines: Iterable[SaleLine], inputs: QuoteInputs) -> Mapping[str, int]:
        """How often these lines used each promotion that has a limit a day."""
        rules = self._rules_by_hash(inputs.rule_hash)
        if rules is None or not any(offer.member_day_limit for offer in rules.promotions):
            return {}
        return quote(rules, [_as_basket_line(line) for line in lines], inputs).promotion_uses


def _add_uses(uses: dict[str, int], more: Mapping[str, int]) -> None:
    for promotion_id, times in more.items():
        uses[promotion_id] = uses.get(promotion_id, 0) + times


def points_worth_fen(rules: StoreRules, points: int) -> int:
    """What points are worth as money by the store's ratio, for limits; 0 where they cannot be money."""
    terms = rules.points_as_money
    return points * terms.fen_per_step // terms.points_per_step if terms.points_per_step else 0


def _as_basket_line(line: SaleLine) -> BasketLine:
    return BasketLine(
        line_number=line.line_number,
        goods_id=line.goods_id,
        name=line.name,
        quantity_milli=line.quantity_milli,
        unit=line.unit,
        price=line.price,
        price_source=line.price_source,
        list_amount_fen=line.list_amount_fen,
        manual_reductions=tuple(part for part in line.reductions if part.kind == "manual"),
        goods=line.goods,
        options=line.options,
    )
