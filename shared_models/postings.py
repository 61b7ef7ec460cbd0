"""Postings: what an entry does to the books, as a pure function of (type, type_version, body).

Positive amounts are debits, negative ones credits; per unit they sum to zero. A function here is frozen at its first
release: a change is a new type_version. Till and HQ both derive them; the head of the body holds their digest.

Accounts with a subject are the member's (liabilities: what we owe is a credit): `principal`, `bonus`, `points`, each
by lot; `points_debt` and `bonus_debt` are what a member owes us; `risk` is money lent above rights. The rest are the
chain's: `cash`, `tender:<kind>`, `sales`, `reduction:<kind>`, `cash_rounding`, `bonus_cost`, `forfeited_bonus`,
`points_issued`, `points_redeemed`, `opening`, `safe`, `petty_cash`, `cash_difference`, `deposits`, `loss`, `exposure`,
`adjusted`, `breakage`, `united`, `store_claims`, `remedied`, `wallet_difference`, `forfeited_deposits`. `cash` is what
is in drawers of open shifts; all other cash of a store is in its `safe`.
"""

import hashlib
from collections.abc import Callable, Iterable
from typing import Any, Literal, TypeVar
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models import bodies
from shared_models.bodies import Body
from shared_models.sales import LotAmount, Reduction, Tender

PostingUnit = Literal["fen", "points", "uses"]


class Posting(Struct, frozen=True):
    """One leg. `lot` is '' and `subject` None on accounts of the chain."""

    account: str
    unit: PostingUnit
    amount: int
    subject: UUID | None = None
    lot: str = ""


AnyBody = TypeVar("AnyBody", bound=Body)

_encoder = msgspec.json.Encoder()


def derive_postings(body: Body) -> tuple[Posting, ...]:
    """The postings of a body; empty for facts without money or points. Zero legs are left out.

    Raises ValueError when they do not sum to zero: such an entry must never be written, and HQ parks it.
    """
    derive = _DERIVE.get(type(body))
    if derive is None:
        return ()
    postings = tuple(posting for posting in derive(body) if posting.amount)
    sums: dict[str, int] = {}
    for posting in postings:
        sums[posting.unit] = sums.get(posting.unit, 0) + posting.amount
    if any(sums.values()):
        raise ValueError(f"postings of {type(body).__name__} sum to {sums}")
    return postings


def postings_digest(postings: tuple[Posting, ...]) -> str:
    """SHA-256 (hex) over the postings in their order; '' when there are none."""
    if not postings:
        return ""
    return hashlib.sha256(_encoder.encode(postings)).hexdigest()


def with_digest(body: AnyBody) -> AnyBody:
    """The same body with the digest of its own postings in its head."""
    digest = postings_digest(derive_postings(body))
    return msgspec.structs.replace(body, head=msgspec.structs.replace(body.head, postings_digest=digest))


def lot_account(lot: str) -> str:
    """The account a lot belongs to: principal, bonus, points, uses or risk."""
    return lot.split(":", 1)[0]


_ACCOUNTS = {"cash": "cash", "deposit": "deposits"}
"""Tenders that are no money of another's books: the drawer, and what we owed from an order and now count."""


def _tenders(tenders: Iterable[Tender], sign: int) -> list[Posting]:
    """Money in (sign 1) or out (sign -1) by tender; stored value moves the member's lots."""
    postings = []
    for tender in tenders:
        if tender.kind == "stored_value":
            postings += [
                Posting(lot_account(part.lot), "fen", sign * part.amount, part.subject, part.lot)
                for part in tender.lots
            ]
        else:
            account = _ACCOUNTS.get(tender.kind, f"tender:{tender.kind}")
            postings.append(Posting(account, "fen", sign * tender.amount_fen))
    return postings


def _points(parts: Iterable[LotAmount], sign: int, against: str) -> list[Posting]:
    """Points credited to (sign 1) or taken from (sign -1) a member, against an account of the chain."""
    postings = []
    for part in parts:
        postings.append(Posting("points", "points", -sign * part.amount, part.subject, part.lot))
        postings.append(Posting(against, "points", sign * part.amount))
    return postings


def _reductions(lines: Iterable[tuple[Reduction, ...]], sign: int) -> list[Posting]:
    sums: dict[str, int] = {}
    for reductions in lines:
        for reduction in reductions:
            sums[reduction.kind] = sums.get(reduction.kind, 0) + reduction.amount_fen
    return [Posting(f"reduction:{kind}", "fen", sign * amount) for kind, amount in sorted(sums.items())]


def _sale(body: bodies.Sale) -> list[Posting]:
    return [
        Posting("sales", "fen", -sum(line.list_amount_fen for line in body.lines)),
        *_reductions((line.reductions for line in body.lines), 1),
        Posting("cash_rounding", "fen", body.rounding_fen),
        *_tenders(body.tenders, 1),
        *_points(body.points_earned, 1, "points_issued"),
        *_points(body.points_spent, -1, "points_redeemed"),
    ]


def _refund(body: bodies.Refund) -> list[Posting]:
    postings = [
        Posting("sales", "fen", sum(line.list_amount_fen for line in body.lines)),
        *_reductions((line.reductions for line in body.lines), -1),
        Posting("cash_rounding", "fen", -body.rounding_fen),
        *_tenders(body.tenders, -1),
        *_points(body.points_taken_back, -1, "points_issued"),
        *_points(body.points_returned, 1, "points_redeemed"),
    ]
    if body.points_debt:
        postings.append(Posting("points_debt", "points", body.points_debt, body.member_id))
        postings.append(Posting("points_issued", "points", -body.points_debt))
    return postings


def _refund_without_receipt(body: bodies.RefundWithoutReceipt) -> list[Posting]:
    return [
        Posting("sales", "fen", sum(line.amount_fen for line in body.lines)),
        Posting("cash_rounding", "fen", -body.rounding_fen),
        *_tenders(body.tenders, -1),
    ]


def _top_up(body: bodies.TopUp) -> list[Posting]:
    name = body.head.business_id.hex
    return [
        *_tenders(body.tenders, 1),
        Posting("principal", "fen", -body.principal_fen, body.member_id, f"principal:{name}"),
        Posting("bonus_cost", "fen", body.bonus_fen),
        Posting("bonus", "fen", -body.bonus_fen, body.member_id, f"bonus:{name}"),
    ]


def _top_up_cancelled(body: bodies.TopUpCancelled) -> list[Posting]:
    name = body.top_up_id.hex
    return [
        Posting("principal", "fen", body.principal_fen, body.member_id, f"principal:{name}"),
        *_tenders(body.tenders, -1),
        Posting("bonus", "fen", body.bonus_fen, body.member_id, f"bonus:{name}"),
        Posting("bonus_cost", "fen", -body.bonus_fen),
    ]


def _withdrawal(body: bodies.Withdrawal) -> list[Posting]:
    name = body.top_up_id.hex
    return [
        Posting("principal", "fen", body.principal_fen, body.member_id, f"principal:{name}"),
        *_tenders(body.tenders, -1),
        Posting("forfeited_bonus", "fen", -body.deducted_fen),
        Posting("bonus", "fen", body.forfeited_fen - body.deducted_fen, body.member_id, f"bonus:{name}"),
        Posting("forfeited_bonus", "fen", -(body.forfeited_fen - body.deducted_fen)),
    ]


def _points_exchange(body: bodies.PointsExchange) -> list[Posting]:
    return _points(body.points_spent, -1, "points_redeemed")


def _sale_credited(body: bodies.SaleCredited) -> list[Posting]:
    return _points(body.points_earned, 1, "points_issued")


def _shift_opened(body: bodies.ShiftOpened) -> list[Posting]:
    return [Posting("cash", "fen", body.float_fen), Posting("safe", "fen", -body.float_fen)]


def _cash_moved(body: bodies.CashMoved) -> list[Posting]:
    other = "safe" if body.to_safe else "petty_cash"
    return [Posting("cash", "fen", body.amount_fen), Posting(other, "fen", -body.amount_fen)]


def _tender_corrected(body: bodies.TenderCorrected) -> list[Posting]:
    return [*_tenders(body.taken_back, -1), *_tenders(body.put_instead, 1)]


def _wallet_settled(body: bodies.WalletSettled) -> list[Posting]:
    return [
        Posting(f"tender:{body.kind}", "fen", body.difference_fen),
        Posting("cash", "fen", body.cash_fen),
        Posting("wallet_difference", "fen", -(body.difference_fen + body.cash_fen)),
    ]


def _order_taken(body: bodies.OrderTaken) -> list[Posting]:
    paid_fen = body.deposit_fen - sum(tender.amount_fen for tender in body.carried)
    return [*_tenders(body.tenders, 1), Posting("deposits", "fen", -paid_fen)]


def _order_cancelled(body: bodies.OrderCancelled) -> list[Posting]:
    return [
        Posting("deposits", "fen", body.returned_fen + body.kept_fen),
        *_tenders(body.tenders, -1),
        Posting("forfeited_deposits", "fen", -body.kept_fen),
    ]


def _shift_closed(body: bodies.ShiftClosed) -> list[Posting]:
    """All that was counted leaves the drawer, wherever it lies over night: the next shift takes its float from there.
    So nothing is in an account of a drawer that nobody answers for."""
    difference = body.counted_fen - body.expected_fen
    return [
        Posting("cash", "fen", difference),
        Posting("cash_difference", "fen", -difference),
        Posting("cash", "fen", -body.counted_fen),
        Posting("safe", "fen", body.counted_fen),
    ]


def _member_lots(member_id: UUID, lots: Iterable[bodies.OpeningLot], sign: int, against: str) -> list[Posting]:
    """Member lots credited (sign 1) or debited (sign -1) by HQ against an account of the chain."""
    postings = []
    for part in lots:
        account = lot_account(part.lot)
        unit: PostingUnit = "points" if account == "points" else "uses" if account == "uses" else "fen"
        postings.append(Posting(account, unit, -sign * part.amount, member_id, part.lot))
        postings.append(Posting(against, unit, sign * part.amount))
    return postings


def _opening_balance(body: bodies.OpeningBalance) -> list[Posting]:
    return _member_lots(body.member_id, body.lots, 1, "opening")


def _members_united(body: bodies.MembersUnited) -> list[Posting]:
    return [
        *_member_lots(body.alias_id, body.moved, -1, "united"),
        *_member_lots(body.canonical_id, body.moved, 1, "united"),
    ]


def _balance_adjusted(body: bodies.BalanceAdjusted) -> list[Posting]:
    return _member_lots(body.member_id, body.lots, 1, "adjusted")


def _loss_booked(body: bodies.LossBooked) -> list[Posting]:
    lots = (bodies.OpeningLot(lot=body.lot, amount=body.amount),)
    return _member_lots(body.subject, lots, 1, "loss")


def _exposure_booked(body: bodies.ExposureBooked) -> list[Posting]:
    return _member_lots(body.subject, body.lots, 1, "exposure")


def _exception_settled(body: bodies.ExceptionSettled) -> list[Posting]:
    return [Posting(body.debit, "fen", body.amount_fen), Posting(body.credit, "fen", -body.amount_fen)]


def _debt_settled(body: bodies.DebtSettled) -> list[Posting]:
    debt = "points_debt" if body.unit == "points" else "bonus_debt"
    total = sum(part.amount for part in body.lots)
    return [
        *(Posting(lot_account(part.lot), body.unit, part.amount, body.member_id, part.lot) for part in body.lots),
        Posting(debt, body.unit, -total, body.member_id),
    ]


def _lot_expired(body: bodies.LotExpired) -> list[Posting]:
    return _member_lots(body.member_id, (bodies.OpeningLot(lot=body.lot, amount=body.amount),), -1, "breakage")


def _risk_settled(body: bodies.RiskSettled) -> list[Posting]:
    return [
        *(Posting(lot_account(part.lot), "fen", part.amount, body.member_id, part.lot) for part in body.lots),
        Posting("risk", "fen", -sum(part.amount for part in body.lots), body.subject, body.risk_lot),
    ]


def _risk_returned(body: bodies.RiskReturned) -> list[Posting]:
    return [
        Posting("risk", "fen", sum(part.amount for part in body.lots), body.subject, body.risk_lot),
        *(Posting(lot_account(part.lot), "fen", -part.amount, body.member_id, part.lot) for part in body.lots),
    ]


def _risk_lost(body: bodies.RiskLost) -> list[Posting]:
    return [
        Posting("loss", "fen", body.amount_fen),
        Posting("risk", "fen", -body.amount_fen, body.subject, body.risk_lot),
    ]


_DERIVE: dict[type[Body], Callable[[Any], list[Posting]]] = {
    bodies.Sale: _sale,
    bodies.SaleCredited: _sale_credited,
    bodies.Refund: _refund,
    bodies.RefundWithoutReceipt: _refund_without_receipt,
    bodies.TopUp: _top_up,
    bodies.TopUpCancelled: _top_up_cancelled,
    bodies.Withdrawal: _withdrawal,
    bodies.PointsExchange: _points_exchange,
    bodies.ShiftOpened: _shift_opened,
    bodies.CashMoved: _cash_moved,
    bodies.TenderCorrected: _tender_corrected,
    bodies.WalletSettled: _wallet_settled,
    bodies.OrderTaken: _order_taken,
    bodies.OrderCancelled: _order_cancelled,
    bodies.ShiftClosed: _shift_closed,
    bodies.OpeningBalance: _opening_balance,
    bodies.MembersUnited: _members_united,
    bodies.BalanceAdjusted: _balance_adjusted,
    bodies.LossBooked: _loss_booked,
    bodies.ExposureBooked: _exposure_booked,
    bodies.ExceptionSettled: _exception_settled,
    bodies.DebtSettled: _debt_settled,
    bodies.LotExpired: _lot_expired,
    bodies.RiskSettled: _risk_settled,
    bodies.RiskReturned: _risk_returned,
    bodies.RiskLost: _risk_lost,
}
