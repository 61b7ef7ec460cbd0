"""A sale without a member whose points go to somebody afterwards: once, at the price it was sold at."""

from uuid import UUID

from msgspec.structs import replace

from shared_models import bodies
from shared_models.rule_engine import eligible_paid_fen, points_earned, points_lot_for
from shared_models.sales import LotAmount, MemberOnSale
from tests.simulation.account import Fact, Move
from tests.simulation.cashier import CASHIER, Cashier
from tests.simulation.till import SimTill


def credit(cashier: Cashier, till: SimTill, sale_id: UUID, member_id: UUID) -> bool:
    """Whether the sale is the member's now: it was nobody's, nothing of it came back, and its right is here."""
    known = till.ledger.refundable(sale_id)
    if known is None or known.sale.member is not None or known.refunds or not known.here:
        return False
    body = credited(cashier, till, sale_id, member_id)
    points = sum(part.amount for part in body.points_earned)
    if not points:
        return False
    moves = tuple(Move(part.subject, part.lot, part.amount) for part in body.points_earned)
    return cashier.write(till, body, Fact(body.head.business_id, "sale_credited", moves, sale_id=sale_id))


def credited(cashier: Cashier, till: SimTill, sale_id: UUID, member_id: UUID) -> bodies.SaleCredited:
    """The body, whether or not the ledger will have it; of a sale that this till knows."""
    known = till.ledger.refundable(sale_id)
    assert known is not None
    sale = known.sale
    rules = till.ledger.rules_by_hash(sale.inputs.rule_hash) or cashier.rules(till, sale.inputs.business_date)
    inputs = replace(sale.inputs, member_id=member_id)
    points = points_earned(rules, sale.lines, inputs, eligible_paid_fen(rules, sale.tenders))
    return bodies.SaleCredited(
        head=till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,)),
        sale_id=sale_id,
        member=MemberOnSale(member_id=member_id, identified_by="card", presence="card"),
        inputs=inputs,
        points_earned=(LotAmount(member_id, points_lot_for(rules, sale.inputs.business_date), points),),
    )
