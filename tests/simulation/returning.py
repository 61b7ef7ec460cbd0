"""What cashiers take back or pay out again: refunds of sales made here or elsewhere, top-ups voided, money
withdrawn."""

from collections.abc import Sequence
from uuid import UUID

from msgspec.structs import replace

from shared_models import bodies
from shared_models.bodies import Withdrawal, decode_body
from shared_models.money import Rounding, divide
from shared_models.refunds import plan_refund, state_after
from shared_models.rights import bonus_lot, principal_lot
from shared_models.rule_engine import points_lot_for_return
from shared_models.sales import LotAmount, Price, Tender
from tests.simulation.account import Fact, Move
from tests.simulation.cashier import CASHIER, Cashier, TopUpDone, approval
from tests.simulation.till import SimTill
from tests.simulation.world import GOODS_ID


def refund(cashier: Cashier, till: SimTill, sale_id: UUID, pieces: int) -> bool:
    """Take pieces of a sale back where the right to do so is here, by the sale's own split."""
    known = till.ledger.refundable(sale_id)
    if known is None or not known.here or known.doubted:
        return False
    sale, refunds = known.sale, known.refunds
    left = sale.lines[0].quantity_milli - sum(line.quantity_milli for each in refunds for line in each.lines)
    if left < 1000 * pieces:
        return False
    plan = plan_refund(sale, state_after(sale, refunds, known.corrections), {1: 1000 * pieces})
    member_id = sale.member.member_id if sale.member else None
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=(member_id,) if member_id else ())
    rules = cashier.rules(till, head.business_date)
    returned = tuple(
        replace(part, lot=points_lot_for_return(rules, part.lot, head.business_date)) for part in plan.points_returned
    )
    taken, debt = _claw_back(till, plan.points_taken_back, returned)
    body = bodies.Refund(
        head=head,
        receipt_number=till.next_receipt(),
        channel="training",
        sale_id=sale_id,
        sale_till_id=known.till_id,
        sale_epoch=known.epoch,
        sale_seq=known.seq,
        right_version=known.version,
        member_id=member_id,
        lines=plan.lines,
        total_fen=plan.total_fen,
        rounding_fen=plan.rounding_fen,
        tenders=plan.tenders,
        points_taken_back=taken,
        points_debt=debt,
        points_returned=returned,
        coupons_restored=plan.coupons_restored,
        approvals=(approval(till, "refund"),),
    )
    back = [part for tender in plan.tenders if tender.kind == "stored_value" for part in tender.lots]
    money_fen = sum(tender.amount_fen for tender in plan.tenders if tender.kind != "stored_value")
    moves = [Move(part.subject, part.lot, part.amount) for part in (*back, *returned)]
    moves += [Move(part.subject, part.lot, -part.amount) for part in taken]
    owed = (Move(member_id, "points", debt),) if member_id and debt else ()
    fact = Fact(
        head.business_id, "refund", tuple(moves), -money_fen, owed, sale_id, pieces=((1, 1000 * pieces),),
        clawed_back=sum(part.amount for part in taken) + debt,
    )  # fmt: skip
    return cashier.write(till, body, fact)


def _claw_back(
    till: SimTill, wanted: Sequence[LotAmount], returned: Sequence[LotAmount]
) -> tuple[tuple[LotAmount, ...], int]:
    """What of the points can be taken back here, and what is owed instead."""
    held = till.ledger.rights_of([part.subject for part in wanted])
    here = {key: counters.available for key, counters in held.items()}
    for part in returned:
        here[part.subject, part.lot] = here.get((part.subject, part.lot), 0) + part.amount
    taken = tuple(replace(part, amount=min(part.amount, here.get((part.subject, part.lot), 0))) for part in wanted)
    debt = sum(part.amount for part in wanted) - sum(part.amount for part in taken)
    return tuple(part for part in taken if part.amount), debt


def refund_without_receipt(cashier: Cashier, till: SimTill, amount_fen: int) -> None:
    """Goods come back without a receipt."""
    head = till.ledger.new_head(cashier_id=CASHIER)
    line = bodies.UnreceiptedLine(
        goods_id=GOODS_ID, name="Bread", quantity_milli=1000, price=Price(amount_fen), amount_fen=amount_fen
    )
    body = bodies.RefundWithoutReceipt(
        head=head, receipt_number=till.next_receipt(), channel="training", lines=(line,), total_fen=amount_fen,
        tenders=(Tender(kind="cash", amount_fen=amount_fen),), reason="no_receipt",
        approvals=(approval(till, "refund_without_receipt"),),
    )  # fmt: skip
    cashier.write(till, body, Fact(head.business_id, "refund_without_receipt", (), -amount_fen))


def cancel_top_up(cashier: Cashier, till: SimTill, done: TopUpDone) -> bool:
    """Void a top-up whole, where the whole lot is still here."""
    principal, bonus = principal_lot(done.top_up_id), bonus_lot(done.top_up_id)
    if (
        _here(till, done.member_id, principal) < done.principal_fen
        or _here(till, done.member_id, bonus) < done.bonus_fen
    ):
        return False
    if till.ledger.entry_by_business_id(done.top_up_id) is None:
        return False
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=(done.member_id,))
    body = bodies.TopUpCancelled(
        head=head, receipt_number=till.next_receipt(), member_id=done.member_id, top_up_id=done.top_up_id,
        principal_fen=done.principal_fen, bonus_fen=done.bonus_fen,
        tenders=(Tender(kind="card", amount_fen=done.principal_fen, state="recorded"),),
    )  # fmt: skip
    moves = [Move(done.member_id, principal, -done.principal_fen)]
    if done.bonus_fen:
        moves.append(Move(done.member_id, bonus, -done.bonus_fen))
    return cashier.write(till, body, Fact(head.business_id, "top_up_cancelled", tuple(moves), -done.principal_fen))


def withdraw(cashier: Cashier, till: SimTill, done: TopUpDone, part: float) -> bool:
    """Pay a part of a top-up's principal out again; of its bonus as large a part is forfeited, and what of that is not
    here any more is kept back from the payout."""
    principal, bonus = principal_lot(done.top_up_id), bonus_lot(done.top_up_id)
    wanted = int(_here(till, done.member_id, principal) * part)
    if wanted <= 0 or till.ledger.entry_by_business_id(done.top_up_id) is None:
        return False
    forfeited = 0
    if done.bonus_fen:
        share = divide(wanted * done.bonus_fen, done.principal_fen, Rounding.UP)
        forfeited = max(0, min(share, done.bonus_fen - _forfeited(till, done.top_up_id)))
    deducted = forfeited - min(forfeited, max(0, _here(till, done.member_id, bonus)))
    if deducted > wanted:
        return False
    paid_out = wanted - deducted
    head = till.ledger.new_head(cashier_id=CASHIER, subjects=(done.member_id,))
    body = Withdrawal(
        head=head, receipt_number=till.next_receipt(), member_id=done.member_id, top_up_id=done.top_up_id,
        principal_fen=wanted, forfeited_fen=forfeited, deducted_fen=deducted,
        tenders=(Tender(kind="cash", amount_fen=paid_out),) if paid_out else (),
        approvals=(approval(till, "withdrawal"),),
    )  # fmt: skip
    moves = [Move(done.member_id, principal, -wanted)]
    if forfeited > deducted:
        moves.append(Move(done.member_id, bonus, deducted - forfeited))
    return cashier.write(till, body, Fact(head.business_id, "withdrawal", tuple(moves), -paid_out))


def _here(till: SimTill, member_id: UUID, lot: str) -> int:
    counters = till.ledger.rights_of([member_id]).get((member_id, lot))
    return 0 if counters is None else counters.available


def _forfeited(till: SimTill, top_up_id: UUID) -> int:
    """What withdrawals made here have forfeited of its bonus."""
    earlier = till.ledger.references_to(top_up_id, ("withdrawal",))
    found = [decode_body(each.entry_type, each.type_version, each.body) for each in earlier]
    return sum(each.forfeited_fen for each in found if isinstance(each, Withdrawal))
