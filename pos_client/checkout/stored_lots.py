"""A member's top-ups, lot by lot: what is left of each, and what this till may do with it now."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.desk import Desk
from pos_client.checkout.member_panel import spending_blocked
from pos_client.checkout.money_views import PayoutWay, StoredLotView, WithdrawalView
from pos_client.checkout.refund_plans import tender_views
from pos_client.ledger.answers import LotFigure, MemberFigure
from shared_models.bodies import TopUp, Withdrawal
from shared_models.money import Rounding, divide
from shared_models.refusals import Refusal
from shared_models.rights import bonus_lot
from shared_models.sales import Tender


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLot:
    """One top-up of a member. `top_up` is None where it was made elsewhere; `had_bonus`: a bonus came with it as far as
    this till knows, perhaps spent by now; `forfeited_fen` is what withdrawals made here have forfeited of that."""

    top_up_id: UUID
    subject: UUID
    principal_fen: int
    principal_here_fen: int
    bonus_fen: int
    bonus_here_fen: int
    top_up: TopUp | None
    had_bonus: bool
    forfeited_fen: int


def stored_lots(desk: Desk, figure: MemberFigure) -> tuple[StoredLot, ...]:
    """All top-ups with something left, newest first."""
    by_name: dict[tuple[str, UUID], dict[str, LotFigure]] = {}
    for lot in figure.lots:
        account, _, name = lot.lot.partition(":")
        if account in {"principal", "bonus"}:
            by_name.setdefault((name, lot.subject), {})[account] = lot
    rows = (desk.ledger.member_row(purse) for purse in figure.purses)
    told = {part.lot for row in rows if row is not None for part in row.lots}
    lots = []
    for (name, subject), parts in sorted(by_name.items(), reverse=True):
        try:
            top_up_id = UUID(hex=name)
        except ValueError:
            continue  # a lot that no top-up made cannot be withdrawn or cancelled here
        had_bonus = "bonus" in parts or bonus_lot(top_up_id) in told
        lots.append(_stored_lot(desk, top_up_id, subject, parts, had_bonus=had_bonus))
    return tuple(lots)


def _stored_lot(
    desk: Desk, top_up_id: UUID, subject: UUID, parts: dict[str, LotFigure], *, had_bonus: bool
) -> StoredLot:  # fmt: skip
    entry = desk.ledger.entry_by_business_id(top_up_id)
    body = None if entry is None else desk.ledger.body_of(entry)
    forfeited = 0
    for each in desk.ledger.references_to(top_up_id, ("withdrawal",)):
        withdrawal = desk.ledger.body_of(each)
        if isinstance(withdrawal, Withdrawal):
            forfeited += withdrawal.forfeited_fen
    principal, bonus = parts.get("principal"), parts.get("bonus")
    return StoredLot(
        top_up_id=top_up_id,
        subject=subject,
        principal_fen=0 if principal is None else principal.balance,
        principal_here_fen=0 if principal is None else max(0, principal.available),
        bonus_fen=0 if bonus is None else bonus.balance,
        bonus_here_fen=0 if bonus is None else max(0, bonus.available),
        top_up=body if isinstance(body, TopUp) else None,
        had_bonus=had_bonus,
        forfeited_fen=forfeited,
    )


def lot_named(lots: Sequence[StoredLot], top_up_id: UUID) -> StoredLot:
    """The top-up with this id. Refuses `top_up_unknown`."""
    for lot in lots:
        if lot.top_up_id == top_up_id:
            return lot
    raise Refusal("top_up_unknown", who="hq")


def why_not_cancel(desk: Desk, figure: MemberFigure, lot: StoredLot) -> Refusal | None:
    """A top-up is cancelled as a whole: unspent, not too old, and all of its rights here."""
    blocked = spending_blocked(desk, figure)
    if blocked:
        return Refusal(blocked, who="hq")
    if lot.top_up is None:
        return Refusal("top_up_made_elsewhere", who="hq")
    top_up, days = lot.top_up, desk.rules().top_up.cancel_days
    age = date.fromisoformat(desk.business_date()) - date.fromisoformat(top_up.head.business_date)
    if age.days > days:
        return Refusal("top_up_too_old", days=days, who="hq")
    if lot.principal_fen < top_up.principal_fen or lot.bonus_fen < top_up.bonus_fen:
        return Refusal("lot_spent", left_fen=lot.principal_fen, who="nobody")
    if lot.principal_here_fen < top_up.principal_fen or lot.bonus_here_fen < top_up.bonus_fen:
        return _not_here(desk, lot)
    return None


def why_not_withdraw(desk: Desk, figure: MemberFigure, lot: StoredLot) -> Refusal | None:
    """Principal can be withdrawn as far as it is here; its bonus must be known, for it is forfeited in proportion, and
    deducted where it is spent: only the till that made the top-up knows how much was given."""
    blocked = spending_blocked(desk, figure)
    if blocked:
        return Refusal(blocked, who="hq")
    if lot.principal_fen <= 0:
        return Refusal("lot_spent", left_fen=0, who="nobody")
    if lot.principal_here_fen <= 0:
        return _not_here(desk, lot)
    if lot.top_up is None and lot.had_bonus:
        return Refusal("top_up_made_elsewhere", who="hq")
    return None


def _not_here(desk: Desk, lot: StoredLot) -> Refusal:
    """The rights of a top-up are elsewhere: asked for at once where HQ can be reached, and they come by themselves."""
    if desk.is_cut_off():
        return Refusal("lot_not_here", who="hq")
    desk.want_rights(lot.subject)
    return Refusal("lot_asked_for", who="hq")


def lot_view(desk: Desk, figure: MemberFigure, lot: StoredLot) -> StoredLotView:
    """As the screen shows it."""
    no_cancel, no_withdraw = why_not_cancel(desk, figure, lot), why_not_withdraw(desk, figure, lot)
    top_up = lot.top_up
    refusal = no_withdraw or no_cancel
    return StoredLotView(
        top_up_id=lot.top_up_id,
        receipt_number="" if top_up is None else top_up.receipt_number,
        business_date="" if top_up is None else top_up.head.business_date,
        paid_fen=0 if top_up is None else top_up.principal_fen,
        given_fen=0 if top_up is None else top_up.bonus_fen,
        principal_fen=lot.principal_fen,
        principal_here_fen=lot.principal_here_fen,
        bonus_fen=lot.bonus_fen,
        bonus_here_fen=lot.bonus_here_fen,
        can_cancel=no_cancel is None,
        can_withdraw=no_withdraw is None,
        why_not_cancel="" if no_cancel is None else no_cancel.code,
        why_not_withdraw="" if no_withdraw is None else no_withdraw.code,
        fields={} if refusal is None else refusal.fields,
        paid_by=() if top_up is None else tender_views(back_as_paid(top_up)),
    )


def back_as_paid(top_up: TopUp) -> tuple[Tender, ...]:
    """What a cancellation hands back: cash out of the drawer, a wallet's money through its provider, the rest at the
    machine it was paid at."""
    return tuple(
        Tender(kind="cash", amount_fen=tender.amount_fen)
        if tender.kind == "cash"
        else replace(tender, state="recorded", reference_attachment="")
        for tender in top_up.tenders
    )


def _payout_ways(desk: Desk, lot: StoredLot) -> tuple[PayoutWay, ...]:
    """Wallets that paid for it through a provider, and what earlier withdrawals have left of that."""
    paid = () if lot.top_up is None else lot.top_up.tenders
    returned: dict[UUID, int] = {}
    for entry in desk.ledger.references_to(lot.top_up_id, ("withdrawal",)):
        withdrawal = desk.ledger.body_of(entry)
        for tender in withdrawal.tenders if isinstance(withdrawal, Withdrawal) else ():
            if tender.payment_id is not None:
                returned[tender.payment_id] = returned.get(tender.payment_id, 0) + tender.amount_fen
    ways = (
        PayoutWay(kind=tender.kind, room_fen=tender.amount_fen - returned.get(tender.payment_id, 0), payment=tender)
        for tender in paid
        if tender.payment_id is not None
    )
    return tuple(way for way in ways if way.room_fen > 0)


def plan(desk: Desk, figure: MemberFigure, lot: StoredLot, principal_fen: int) -> WithdrawalView:
    """What a withdrawal takes, forfeits and pays out: of the bonus min(ceil(w x given / paid), not yet forfeited); what
    of that is not here to be taken is deducted from the payout. Refuses what `why_not_withdraw` says, `rights_short`
    and `amount_invalid`."""
    refusal = why_not_withdraw(desk, figure, lot)
    if refusal is not None:
        raise refusal
    if principal_fen <= 0:
        raise Refusal("amount_invalid", amount_fen=principal_fen, who="cashier")
    if principal_fen > lot.principal_here_fen:
        raise Refusal("rights_short", wanted=principal_fen, available=lot.principal_here_fen, who="hq")
    forfeited = 0
    if lot.top_up is not None and lot.top_up.bonus_fen:
        share = divide(principal_fen * lot.top_up.bonus_fen, lot.top_up.principal_fen, Rounding.UP)
        forfeited = max(0, min(share, lot.top_up.bonus_fen - lot.forfeited_fen))
    deducted = forfeited - min(forfeited, lot.bonus_here_fen)
    return WithdrawalView(
        lot=lot_view(desk, figure, lot),
        principal_fen=principal_fen,
        forfeited_fen=forfeited,
        deducted_fen=deducted,
        payout_fen=principal_fen - deducted,
        ways=_payout_ways(desk, lot),
    )
