"""The wallets of the counter: paying by the code a customer shows, what stands open, and how it is settled."""

from dataclasses import dataclass
from uuid import UUID

from pos_client.checkout import wallet_payments
from pos_client.checkout.desk import Desk
from pos_client.checkout.money_views import TopUpView
from pos_client.checkout.payment import Payment
from pos_client.checkout.top_ups import TopUps
from pos_client.checkout.views import PaymentView
from pos_client.devices.wallets import WalletAnswer, WalletKind
from pos_client.ledger.wallet_rows import WalletPayment, WalletPurpose, WalletState
from shared_models.bodies import SettledAs
from shared_models.refusals import Refusal
from shared_models.sales import Approval, TenderKind

BY_HAND: dict[bool, tuple[SettledAs, ...]] = {
    False: ("paid", "not_paid", "reversed", "kept"),
    True: ("returned", "cash_instead", "not_paid"),
}
"""How a manager may say that a payment, or a repayment, ended. `not_paid` of a repayment: nothing was owed, for the
provider never had the money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletView:
    """A payment as the screen shows it. `is_on_basket`: it is for the open basket; `is_on_top_up`: for the top-up that
    is being put together. `is_counted`: an entry counts it already. `may_settle` is what a manager may say."""

    payment_id: UUID
    kind: TenderKind
    amount_fen: int
    state: WalletState
    code: str
    is_refund: bool
    began_ms: int
    is_on_basket: bool
    is_counted: bool
    receipt_number: str = ""
    may_settle: tuple[SettledAs, ...] = ()
    is_on_top_up: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletHeard:
    """What was heard, and the payments of the open basket, or of the open top-up, where they changed by it."""

    payment: WalletView
    view: PaymentView | None
    top_up: TopUpView | None = None


class Wallets:
    """See `wallet_payments` for what follows from what."""

    def __init__(self, desk: Desk, payment: Payment, top_ups: TopUps) -> None:
        self._desk = desk
        self._payment = payment
        self._top_ups = top_ups

    @property
    def has_provider(self) -> bool:
        """Whether wallets are asked at all; else they are recorded."""
        return bool(self._desk.wallets.name)

    @property
    def is_down(self) -> bool:
        """Whether nothing reached the provider when it was last tried."""
        return self._desk.wallets.is_down

    def pay(self, kind: WalletKind, payment_code: str, amount_fen: int | None = None) -> WalletView:
        """Ask for the money; None is what is left. On disk before it is asked; the code is not. Refuses `no_provider`,
        `wallet_under_way`, `overpaid`, `tender_not_taken`, and what the ledger refuses: then nothing was asked."""
        self._need_provider()
        asked_fen = self._payment.asked_by_wallet(kind, amount_fen)
        return self._begin(kind, payment_code, asked_fen, "sale", self._desk.draft.basket_id)

    def pay_top_up(self, kind: WalletKind, payment_code: str, amount_fen: int | None = None) -> WalletView:
        """The same for the top-up that is being put together. Refuses like `pay`, and what stands in the way of the
        top-up itself (`balance_cap`, `no_member`): no money is taken for one that cannot be."""
        self._need_provider()
        business_id, asked_fen = self._top_ups.asked_by_wallet(kind, amount_fen)
        return self._begin(kind, payment_code, asked_fen, "top_up", business_id)

    def _need_provider(self) -> None:
        if not self._desk.wallets.name:
            raise Refusal("no_provider", who="hq")

    def _begin(
        self, kind: WalletKind, payment_code: str, asked_fen: int, purpose: WalletPurpose, business_id: UUID
    ) -> WalletView:  # fmt: skip
        desk = self._desk
        for known in desk.ledger.wallet_payments_of(business_id):
            if known.state in wallet_payments.NOT_KNOWN:
                raise Refusal("wallet_under_way", amount_fen=known.amount_fen, who="cashier")
        payment = desk.ledger.begin_wallet_payment(
            WalletPayment(
                payment_id=desk.ids.new_id(),
                kind=kind,
                amount_fen=asked_fen,
                purpose=purpose,
                business_id=business_id,
                provider=desk.wallets.name,
            )
        )
        desk.wallets.pay(payment.payment_id, kind, asked_fen, payment_code)
        return self._view(payment)

    def heard(self, answer: WalletAnswer) -> WalletHeard | None:
        """An answer of the provider's; None for a payment this till does not know."""
        desk = self._desk
        before, top_up_before = desk.draft.tenders, () if desk.top_up is None else tuple(desk.top_up.tenders)
        payment = wallet_payments.hear(desk, answer)
        if payment is None:
            return None
        changed = desk.draft.tenders != before and bool(desk.draft.lines)
        is_topped = desk.top_up is not None and tuple(desk.top_up.tenders) != top_up_before
        is_here = desk.cashier is not None
        return WalletHeard(
            payment=self._view(payment),
            view=self._payment.view() if changed and is_here else None,
            top_up=self._top_ups.view() if is_topped and is_here and desk.draft.member is not None else None,
        )

    def give_back(self, payment_id: UUID) -> WalletView:
        """Take it back: while it is asked for, or when it was paid and is not wanted. Refuses `payment_unknown`, and
        `payment_in_a_sale` where an entry counts it (a sale is refunded, a top-up cancelled)."""
        payment = self._known(payment_id)
        if wallet_payments.books_of(self._desk, payment).counted_as in ("confirmed", "recorded"):
            raise Refusal("payment_in_a_sale", who="cashier")
        if payment.state in ("asking", "waiting", "paid", "unknown", "reversing"):
            wallet_payments.reverse(self._desk, payment)
        return self._view(self._known(payment_id))

    def ask_again(self, payment_id: UUID) -> WalletView:
        """Ask the provider how it stands."""
        payment = self._known(payment_id)
        self._ask(payment)
        return self._view(payment)

    def take_as_unknown(self, payment_id: UUID, *, approval: Approval | None = None) -> PaymentView:
        """The goods go out though nobody knows whether it was paid: the sale says so, and the shift cannot be closed
        before it is settled. Approval `wallet_unknown`. Refuses `payment_unknown`, `payment_not_for_this`, and
        `wallet_under_way` while it may still be taken back: the customer must not get goods and money."""
        payment = self._known(payment_id)
        if self._desk.wallets.is_moving(payment_id):
            raise Refusal("wallet_under_way", amount_fen=payment.amount_fen, who="cashier")
        if payment.business_id != self._desk.draft.basket_id or payment.state != "unknown":
            raise Refusal("payment_not_for_this", who="cashier")
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("wallet_unknown", approval, cashier, amount_fen=payment.amount_fen)
        self._payment.allow(allowed)
        wallet_payments.put_on_basket(self._desk, payment, "unknown")
        self._desk.approvals.use(allowed)
        return self._payment.view()

    def payment(self, payment_id: UUID) -> WalletView:
        """One payment. Refuses `payment_unknown`."""
        return self._view(self._known(payment_id))

    def open_payments(self) -> tuple[WalletView, ...]:
        """What stands open, oldest first; repayments that were not heard of yet too."""
        return tuple(self._view(payment) for payment in self._desk.ledger.open_wallet_payments())

    def settle_by_hand(
        self, payment_id: UUID, settled_as: SettledAs, *, approval: Approval | None = None
    ) -> tuple[WalletView, ...]:
        """A manager has looked at the provider's own page, or paid out of the drawer, and says how it ended. Approval
        `wallet_settle`. What then stands open. One that was paid for the top-up being put together is one of its
        payments from then on, recorded. Refuses `payment_unknown`, `no_shift`, and `wallet_under_way` while the
        provider may still do what it was asked: what it says then would be heard by nobody."""
        payment = self._known(payment_id)
        if payment.state in ("reversed", "returned", "settled") or settled_as not in BY_HAND[payment.is_refund]:
            raise Refusal("payment_unknown", who="cashier")
        self._desk.need_shift()
        if self._desk.wallets.is_moving(payment_id):
            raise Refusal("wallet_under_way", amount_fen=payment.amount_fen, who="cashier")
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("wallet_settle", approval, cashier, amount_fen=payment.amount_fen)
        top_up = wallet_payments.top_up_of(self._desk, payment)
        if settled_as == "paid" and top_up is not None:
            self._desk.ledger.move_wallet_payment(payment_id, "paid", trade_number=payment.trade_number, code="by_hand")
            wallet_payments.put_on_top_up(top_up, payment, "recorded")
            top_up.approvals.append(allowed)
        else:
            wallet_payments.settle(self._desk, payment, settled_as, approval=allowed)
        self._desk.approvals.use(allowed)
        return self.open_payments()

    def resume(self) -> bool:
        """At a start, and now and then: what was paid for the open basket is on it, and everything that stands open is
        asked about. Whether the basket's payments changed."""
        changed = wallet_payments.take_up(self._desk)
        if self.has_provider:
            for payment in self._desk.ledger.open_wallet_payments():
                if not wallet_payments.is_in_hand(self._desk, payment):
                    self._ask(payment)
        return changed

    def _ask(self, payment: WalletPayment) -> None:
        desk = self._desk
        if payment.is_refund:
            assert payment.of_payment is not None
            if not desk.ledger.frozen():
                desk.wallets.refund(payment.payment_id, payment.of_payment, payment.amount_fen)
        elif payment.state in ("reversing", "paid") or self._is_forsaken(payment):
            wallet_payments.reverse(desk, payment)
        else:
            desk.wallets.ask(payment.payment_id)

    def _is_forsaken(self, payment: WalletPayment) -> bool:
        """Asked for a top-up that nobody puts together any more: after a power cut, or the member went away."""
        return (
            payment.purpose == "top_up"
            and payment.state in ("asking", "waiting")
            and wallet_payments.top_up_of(self._desk, payment) is None
            and not wallet_payments.books_of(self._desk, payment).is_written
        )

    def _known(self, payment_id: UUID) -> WalletPayment:
        payment = self._desk.ledger.wallet_payment(payment_id)
        if payment is None:
            raise Refusal("payment_unknown", who="cashier")
        return payment

    def _view(self, payment: WalletPayment) -> WalletView:
        books = wallet_payments.books_of(self._desk, payment)
        entry = self._desk.ledger.entry_by_business_id(payment.business_id) if books.is_written else None
        body = None if entry is None else self._desk.ledger.body_of(entry)
        return WalletView(
            payment_id=payment.payment_id,
            kind=payment.kind,
            amount_fen=payment.amount_fen,
            state=payment.state,
            code=payment.code,
            is_refund=payment.is_refund,
            began_ms=payment.began_ms,
            is_on_basket=payment.business_id == self._desk.draft.basket_id,
            is_counted=books.counted_as is not None or payment.is_refund,
            receipt_number=str(getattr(body, "receipt_number", "")),
            may_settle=BY_HAND[payment.is_refund],
            is_on_top_up=wallet_payments.top_up_of(self._desk, payment) is not None and not books.is_written,
        )
