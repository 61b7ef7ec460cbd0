"""Payments through a wallet's provider at the counter: written down, asked for, heard, put on the basket, settled.

Nothing is asked of a provider before it is on disk here, under a number of the till's own. What is heard is written
down before anything follows from it. A payment belongs to the sale whose basket bears its id, or to the top-up that is
being put together under it; one that nothing counts is given back. Where nobody knows how one ended, it is listed,
asked about again, and settled before the shift closes.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftTender
from pos_client.checkout.open_top_up import OpenTopUp
from pos_client.checkout.views import TenderView
from pos_client.devices.wallets import WalletAnswer
from pos_client.ledger.wallet_rows import WalletPayment, WalletState
from shared_models.bodies import SettledAs, WalletSettled
from shared_models.refusals import Refusal
from shared_models.sales import Approval, TenderState

UNDER_WAY = frozenset({"asking", "waiting", "reversing"})
NOT_KNOWN = frozenset({*UNDER_WAY, "unknown"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Books:
    """What the entries say of a payment: in which sale it counts, and as what."""

    is_written: bool
    counted_as: TenderState | None


def unsettled(desk: Desk) -> tuple[WalletPayment, ...]:
    """Payments of which it is not known how they end, and such as were paid for nothing. Repayments that were not heard
    of yet are asked for again for ever, and hold nobody up where there is a provider to ask."""
    here = {tender.payment_id for tender in desk.draft.tenders if tender.payment_id is not None}
    return tuple(
        payment
        for payment in desk.ledger.open_wallet_payments()
        if not (payment.is_refund and payment.state == "asking" and desk.wallets.name)
        and not (payment.state == "paid" and payment.payment_id in here)
    )


def refuse_unsettled(desk: Desk) -> None:
    """Before a shift ends. Refuses `payments_unsettled(count, amount_fen)`."""
    open_ones = unsettled(desk)
    if open_ones:
        total_fen = sum(payment.amount_fen for payment in open_ones)
        raise Refusal("payments_unsettled", count=len(open_ones), amount_fen=total_fen, who="cashier")


def refuse_under_way(desk: Desk) -> None:
    """Before the basket goes away. Refuses `payments_begun` while a payment for it is under way."""
    if desk.wallets.name and any(
        payment.state in NOT_KNOWN for payment in desk.ledger.wallet_payments_of(desk.draft.basket_id)
    ):
        raise Refusal("payments_begun", who="cashier")


def under_way(desk: Desk, business_id: UUID, tenders: Iterable[DraftTender]) -> tuple[TenderView, ...]:
    """What wallets were asked for a basket or a top-up, is not among its `tenders`, and nobody knows yet."""
    if not desk.wallets.name:
        return ()
    counted = {tender.payment_id for tender in tenders}
    return tuple(
        TenderView(index=-1, kind=one.kind, amount_fen=one.amount_fen, state="unknown", payment_id=one.payment_id)
        for one in desk.ledger.wallet_payments_of(business_id)
        if one.state in NOT_KNOWN and one.payment_id not in counted
    )


def refuse_reversing(desk: Desk, tenders: Iterable[DraftTender]) -> None:
    """Before they are written. Refuses `payment_being_reversed` while one of them is being given back."""
    for tender in tenders:
        if tender.payment_id is not None:
            payment = desk.ledger.wallet_payment(tender.payment_id)
            if payment is not None and payment.state == "reversing":
                raise Refusal("payment_being_reversed", amount_fen=payment.amount_fen, who="cashier")


def top_up_of(desk: Desk, payment: WalletPayment) -> OpenTopUp | None:
    """The top-up being put together that a payment is for; None where its member has left the counter, too."""
    top_up, member = desk.top_up, desk.draft.member
    if top_up is None or top_up.business_id != payment.business_id or member is None:
        return None
    return top_up if top_up.member_id == member.member_id else None


def is_in_hand(desk: Desk, payment: WalletPayment) -> bool:
    """Whether it was paid and is among the payments of the open basket, or of the open top-up."""
    if payment.state != "paid":
        return False
    tenders = (*desk.draft.tenders, *(desk.top_up.tenders if top_up_of(desk, payment) and desk.top_up else ()))
    return any(tender.payment_id == payment.payment_id for tender in tenders)


def take_up(desk: Desk) -> bool:
    """What was paid for the open basket is on it, whatever was interrupted; whether that changed anything."""
    known = {tender.payment_id for tender in desk.draft.tenders}
    paid = [
        payment
        for payment in desk.ledger.wallet_payments_of(desk.draft.basket_id)
        if payment.state == "paid" and payment.payment_id not in known
    ]
    for payment in paid:
        put_on_basket(desk, payment, "confirmed")
    return bool(paid)


def put_on_top_up(top_up: OpenTopUp, payment: WalletPayment, state: TenderState) -> None:
    """The payment is one of the top-up's."""
    top_up.tenders[:] = [one for one in top_up.tenders if one.payment_id != payment.payment_id]
    top_up.tenders.append(_tender(payment, state))


def put_on_basket(desk: Desk, payment: WalletPayment, state: TenderState) -> None:
    """The payment is one of the basket's."""
    tender = _tender(payment, state)
    others = tuple(one for one in desk.draft.tenders if one.payment_id != payment.payment_id)
    desk.save(replace(desk.draft, tenders=(*others, tender)))


def _tender(payment: WalletPayment, state: TenderState) -> DraftTender:
    return DraftTender(
        kind=payment.kind,
        amount_fen=payment.amount_fen,
        payment_id=payment.payment_id,
        provider=payment.provider,
        state=state,
    )


def take_off(desk: Desk, payment_id: UUID) -> None:
    """It is not one of the basket's, or of the top-up's, any more."""
    if desk.top_up is not None:
        desk.top_up.tenders[:] = [one for one in desk.top_up.tenders if one.payment_id != payment_id]
    left = tuple(one for one in desk.draft.tenders if one.payment_id != payment_id)
    if left != desk.draft.tenders:
        desk.save(replace(desk.draft, tenders=left))


def leave_behind(desk: Desk, business_id: UUID) -> None:
    """It is written, or will never be: whatever was asked for it and is not in it goes back to its wallet."""
    for payment in desk.ledger.wallet_payments_of(business_id):
        if payment.state in ("asking", "waiting", "unknown", "paid") and books_of(desk, payment).counted_as is None:
            reverse(desk, payment)


def reverse(desk: Desk, payment: WalletPayment) -> None:
    """Give it back. A till whose disk went back or was copied takes nothing back: another disk may know of the sale."""
    if desk.ledger.frozen():
        if payment.state != "unknown":
            desk.ledger.move_wallet_payment(payment.payment_id, "unknown", code="till_frozen")
        return
    desk.ledger.move_wallet_payment(
        payment.payment_id, "reversing", trade_number=payment.trade_number, code=payment.code
    )
    desk.wallets.reverse(payment.payment_id)


def books_of(desk: Desk, payment: WalletPayment) -> Books:
    """What the entries say of it."""
    entry = desk.ledger.entry_by_business_id(payment.business_id)
    body = None if entry is None else desk.ledger.body_of(entry)
    for tender in getattr(body, "tenders", ()):
        if tender.payment_id == payment.payment_id:
            return Books(is_written=True, counted_as=tender.state)
    return Books(is_written=body is not None, counted_as=None)


def ask_owed(desk: Desk, business_id: UUID) -> None:
    """A refund is on disk: what it owes to wallets is asked for."""
    for payment in desk.ledger.wallet_payments_of(business_id):
        if payment.is_refund and payment.of_payment is not None:
            desk.wallets.refund(payment.payment_id, payment.of_payment, payment.amount_fen)


def hear(desk: Desk, answer: WalletAnswer) -> WalletPayment | None:
    """Write down what was heard, and do what follows from it. What is heard twice is nothing; None for a payment that
    this till does not know."""
    payment = desk.ledger.wallet_payment(answer.payment_id)
    if payment is None or payment.state == "settled":
        return payment
    if payment.is_refund:
        _hear_refund(desk, payment, answer)
    else:
        _hear_payment(desk, payment, answer)
    return desk.ledger.wallet_payment(answer.payment_id)


def settle(
    desk: Desk, payment: WalletPayment, settled_as: SettledAs, *, approval: Approval | None = None
) -> WalletSettled:
    """Write how a payment ended that a written entry left open, or that a manager says it did. The difference between
    what the provider has now and what the books said of it is booked."""
    counted = books_of(desk, payment).counted_as is not None
    difference_fen = cash_fen = 0
    if payment.is_refund:  # the refund said that it went out
        difference_fen = 0 if settled_as == "returned" else payment.amount_fen
        cash_fen = -payment.amount_fen if settled_as == "cash_instead" else 0
    elif settled_as in ("paid", "kept"):
        difference_fen = 0 if counted else payment.amount_fen
    elif counted:
        difference_fen = -payment.amount_fen
    # What the provider says may be heard while nobody is logged in.
    body = WalletSettled(
        head=desk.head() if desk.cashier is not None else desk.ledger.new_head(),
        payment_id=payment.payment_id,
        kind=payment.kind,
        provider=payment.provider,
        amount_fen=payment.amount_fen,
        is_refund=payment.is_refund,
        settled_as=settled_as,
        by_hand=approval is not None,
        concerns=payment.business_id,
        difference_fen=difference_fen,
        cash_fen=cash_fen,
        approvals=() if approval is None else (approval,),
    )
    desk.write(body)
    take_off(desk, payment.payment_id)
    return body


def _hear_refund(desk: Desk, payment: WalletPayment, answer: WalletAnswer) -> None:
    state: WalletState = "asking"
    if payment.state == "returned":
        return
    if answer.told == "returned":
        state = "returned"
    elif answer.told in ("not_returned", "refused", "not_known"):
        state = "refused"
    _move(desk, payment, state, answer)


def _hear_payment(desk: Desk, payment: WalletPayment, answer: WalletAnswer) -> None:
    if payment.state == "reversing" and answer.told in ("paid", "waiting", "silent", "not_known"):
        return  # an earlier question's answer: how the taking back ends is what counts now
    match answer.told:
        case "paid":
            _hear_paid(desk, payment, answer)
        case "reversed" if payment.state != "reversed":
            _gone(desk, payment, "reversed", answer)
        case "refused" | "not_sent" | "not_known" if payment.state in NOT_KNOWN:
            _hear_nothing_paid(desk, payment, answer)
        case "waiting" if payment.state in ("asking", "unknown"):
            _move(desk, payment, "waiting", answer)
        case "silent" | "not_reversed" if payment.state in NOT_KNOWN:
            _move(desk, payment, "unknown", answer)
        case _:
            pass


def _hear_paid(desk: Desk, payment: WalletPayment, answer: WalletAnswer) -> None:
    if payment.state == "paid":
        return
    if answer.amount_fen is not None and answer.amount_fen != payment.amount_fen:
        _move(desk, payment, "unknown", WalletAnswer(payment_id=payment.payment_id, told="silent", code="other_amount"))
        return
    books = books_of(desk, payment)
    if books.counted_as is not None:
        _move(desk, payment, "paid", answer)
        settle(desk, payment, "paid")
        return
    is_wanted = payment.business_id == desk.draft.basket_id and bool(desk.draft.lines) and not books.is_written
    _move(desk, payment, "paid", answer)
    is_asked = payment.state in ("asking", "waiting", "unknown")
    top_up = None if books.is_written else top_up_of(desk, payment)
    if is_asked and top_up is not None:
        put_on_top_up(top_up, payment, "confirmed")
    elif is_asked and is_wanted:
        put_on_basket(desk, payment, "confirmed")
    else:
        reverse(desk, payment)


def _hear_nothing_paid(desk: Desk, payment: WalletPayment, answer: WalletAnswer) -> None:
    """The provider has no money of it. One it never heard of may still be on its way: it is closed there first."""
    if answer.told == "not_known" and payment.state != "reversing":
        reverse(desk, payment)
    else:
        _gone(desk, payment, "reversed" if payment.state == "reversing" else "refused", answer)


def _gone(desk: Desk, payment: WalletPayment, state: WalletState, answer: WalletAnswer) -> None:
    is_counted = books_of(desk, payment).counted_as is not None
    _move(desk, payment, state, answer)
    take_off(desk, payment.payment_id)
    if is_counted:
        settle(desk, payment, "reversed" if state == "reversed" else "not_paid")


def _move(desk: Desk, payment: WalletPayment, state: WalletState, answer: WalletAnswer) -> None:
    desk.ledger.move_wallet_payment(
        payment.payment_id, state, trade_number=answer.trade_number or payment.trade_number, code=answer.code
    )
