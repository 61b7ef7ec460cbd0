"""The pay screen's decisions: which payment a key means, what a typed amount does, and when Enter finishes."""

from dataclasses import dataclass
from typing import Literal, Protocol

from pos_client.checkout.views import BasketView, CouponView, DoneView, LineView, PaymentView
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.wallet import WalletPresenter
from pos_client.ui.presenters.wallets import wallet_of
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal

Mode = Literal["", "cash", "stored_value", "wechat", "alipay", "card", "voucher", "other"]
EnterMeans = Literal["finish", "cash", "stored_value", "scan", "wallet"]


@dataclass(frozen=True, slots=True)
class SummaryLine:
    """A line of the basket column: what it costs before coupons and points, which have rows of their own."""

    name: str
    quantity_milli: int
    weighed: bool
    amount_fen: int


@dataclass(frozen=True, slots=True)
class Summary:
    """The basket column. subtotal - reductions = due, to the fen."""

    lines: tuple[SummaryLine, ...]
    subtotal_fen: int
    reductions: tuple[tuple[str, int], ...]
    due_fen: int


def _basket_level_fen(line: LineView) -> int:
    return sum(reason.amount_fen for reason in line.reasons if reason.kind in ("coupon", "points"))


def summary_of(view: BasketView) -> Summary:
    """Coupons and points are reductions of the price: each by its name, summed over the lines."""
    reductions: dict[str, int] = {}
    for line in view.lines:
        for reason in line.reasons:
            if reason.kind in ("coupon", "points"):
                name = _("Points") if reason.kind == "points" else reason.name
                reductions[name] = reductions.get(name, 0) + reason.amount_fen
    lines = tuple(
        SummaryLine(line.name, line.quantity_milli, line.weighed, line.amount_fen + _basket_level_fen(line))
        for line in view.lines
    )
    due_fen = view.due_fen
    if view.order_deposit_fen is not None:
        reductions[_("At collection")] = view.order_deposit_fen - due_fen
        due_fen = view.order_deposit_fen
    rows = tuple((name, -amount if name == _("At collection") else amount) for name, amount in reductions.items())
    return Summary(lines, sum(line.amount_fen for line in lines), rows, due_fen)


def enter_means(view: PaymentView, mode: Mode) -> EnterMeans:
    """What Enter does while no amount is typed; the screen prints it on the key. Where nothing was chosen yet and the
    member is here and has enough, it is stored value; else exact cash for what is left."""
    if view.can_complete:
        return "finish"
    if view.under_way and mode != "cash":  # else the customer might pay twice
        return "wallet"
    member, offer = view.basket.member, view.stored_value
    is_here = member is not None and bool(member.presence)
    if mode == "" and is_here and not view.tenders and 0 < view.left_fen <= offer.usable_fen:
        return "stored_value"
    return "cash"


class PayFace(Protocol):
    """What the screen can do."""

    def show_payment(self, view: PaymentView, mode: Mode) -> None: ...
    def clear_amount(self) -> None: ...
    def choose_coupons(self, coupons: tuple[CouponView, ...]) -> None: ...
    def choose_more(self) -> None: ...
    def ask_voucher(self) -> None: ...


class PayPresenter:
    """One per window. `mode` is the payment that a typed amount belongs to."""

    def __init__(self, counter: Counter, wallets: WalletPresenter) -> None:
        self._counter = counter
        self._payment = counter.checkout.payment
        self._paying = counter.one_at_a_time()
        self.wallets = wallets
        self.asked_fen: int | None = None
        self.face: PayFace | None = None
        self.view: PaymentView | None = None
        self.mode: Mode = ""
        self._is_completing = False

    @property
    def _face(self) -> PayFace:
        assert self.face is not None
        return self.face

    def begin(self) -> None:
        """The payments as they stand. Not while they are written: the answer would be of the basket after them."""
        if not self._is_completing:
            self._counter.ask(self._payment.view, self.show, self._cannot_begin)

    def enter(self) -> None:
        """From the sell screen: nothing is chosen yet, and what the sale before was paid by is no answer."""
        self.mode, self.view = "", None
        self.asked_fen = None
        self._is_completing = False
        self._face.clear_amount()
        self.begin()

    def _cannot_begin(self, refusal: Refusal) -> None:
        if refusal.code == "refund_more_than_left":  # what was to be exchanged came back by itself meanwhile
            self._counter.ask(self._counter.checkout.refunds.drop_exchange)
        self._counter.stage.go("sell")
        self._counter.stage.refuse(refusal)

    def show(self, view: PaymentView) -> None:
        """Show the payments."""
        self.view = view
        self._counter.stage.show_customer(view)
        kinds = {tender.kind for tender in view.tenders}
        may_be_lent = self.mode == "stored_value" and view.stored_value.risk_room_fen > 0
        is_waiting = may_be_lent or self._waits_for_code(self.mode)
        if self.mode not in ("", "cash") and self.mode not in kinds and not is_waiting:
            self.mode = ""
        self._face.show_payment(view, self.mode)

    def _paid(self, view: PaymentView) -> None:
        self.asked_fen = None
        self._counter.stage.say("")
        self._face.clear_amount()
        self.show(view)

    def pay_from_balance(self) -> None:
        """F1 on the sell screen: all that stored value covers. With the member here and nothing left it is done; else
        the payment is shown, and Enter or another payment goes on."""

        def paid(view: PaymentView) -> None:
            self._stored_paid(view)
            member = view.basket.member
            if view.can_complete and member is not None and member.presence:
                self.complete()

        self._paying.ask_present(lambda: self._payment.pay_stored_value(None), paid, self._refused)

    # --- what a payment key does -------------------------------------------------------------------------------------

    def choose(self, mode: Mode) -> None:
        """A payment key: cash waits for an amount, others pay the rest at once; pressed again they are taken off."""
        view = self.view
        if view is None:
            return
        self._face.clear_amount()
        if mode == "cash":
            self.mode, self.asked_fen = "cash", None
            self._face.show_payment(view, self.mode)
            return
        present = next((tender for tender in view.tenders if tender.kind == mode), None)
        if present is not None:
            self.mode = ""
            self.take_off(present.index)
            return
        open_one = next((one.payment_id for one in view.under_way if one.kind == mode), None)
        if open_one is not None:
            self.wallets.open_payment(open_one)
            return
        self.mode = self.mode if mode == "stored_value" else mode  # that is chosen once it is paid: she may not be here
        if self._waits_for_code(mode):
            self._wait_for_code(view)
        else:
            self._pay(mode, None)

    def record(self, mode: Mode) -> None:
        """A wallet that was paid elsewhere, at a machine of its own: recorded, unconfirmed."""
        self.mode = mode
        self._pay(mode, None)

    def _waits_for_code(self, mode: Mode) -> bool:
        """With a provider a wallet is asked by the code that the customer shows."""
        return mode in ("wechat", "alipay") and self.wallets.has_provider

    def _wait_for_code(self, view: PaymentView, asked_fen: int | None = None) -> None:
        self.asked_fen = asked_fen
        if self.wallets.is_down:
            self.mode = ""
            self._counter.stage.refuse(Refusal("wallet_needs_line"))
        else:
            amount_fen = view.left_fen if asked_fen is None else asked_fen
            self._counter.stage.say(sentence_of("wallet_scan", {"amount_fen": amount_fen}), "good")
        self._face.show_payment(view, self.mode)

    def wallet_paid(self, view: PaymentView, *, finish: bool) -> None:
        """Money arrived from a wallet. With nothing left the sale is written at once: it is paid."""
        self._paid(view)
        if finish and view.can_complete:
            self.complete()

    def _pay(self, mode: Mode, amount_fen: int | None) -> None:
        match mode:
            case "cash":
                self._paying.ask(lambda: self._payment.pay_cash(amount_fen), self._cash_paid)
            case "stored_value":
                self._paying.ask_spending(
                    lambda approval: self._payment.pay_stored_value(amount_fen, approval=approval),
                    self._stored_paid,
                    self._refused,
                )
            case "":
                self._counter.stage.say(_("Choose how it is paid."))
            case kind:
                self._paying.ask(lambda: self._payment.pay_external(kind, amount_fen), self._paid, self._refused)

    def pay_voucher(self, reference: str) -> None:
        """A platform's voucher: its code is used once."""
        self.mode = "voucher"
        self._counter.ask(
            lambda: self._payment.pay_external("voucher", None, reference=reference), self._paid, self._refused
        )

    def _refused(self, refusal: Refusal) -> None:
        # What a manager may lend above what is usable is typed next, also where nothing is.
        self.mode = "stored_value" if refusal.code == "risk_limit" else ""
        self._face.clear_amount()  # else Enter would take the refused amount in cash
        self._counter.stage.refuse(refusal)
        self.begin()

    def _stored_paid(self, view: PaymentView) -> None:
        self.mode = "stored_value"
        self._paid(view)

    def _cash_paid(self, view: PaymentView) -> None:
        self._paid(view)
        if view.can_complete:
            self.complete()

    def take_off(self, index: int) -> None:
        """The delete key beside a payment. Money that came through a provider is given back first."""
        tender = next((one for one in self.view.tenders if one.index == index), None) if self.view else None
        if tender is not None and tender.payment_id is not None:
            self.wallets.open_payment(tender.payment_id)
            return
        self._paying.ask(lambda: self._payment.remove(index), self._paid)

    def drop_exchange(self) -> None:
        """The delete key beside returned goods: nothing comes back."""
        self._counter.ask(self._counter.checkout.refunds.drop_exchange, self._basket_changed)

    # --- amounts and Enter -------------------------------------------------------------------------------------------

    def digit_typed(self) -> None:
        """An amount is typed with nothing chosen: it is what the customer handed over."""
        if self.mode == "" and self.view is not None and self.view.left_fen > 0:
            self.mode = "cash"
            self._face.show_payment(self.view, self.mode)

    def enter_amount(self, amount_fen: int | None) -> None:
        """Enter: apply what was typed; with nothing typed, what `enter_means` says."""
        view = self.view
        if view is None or self._is_completing:
            return
        if amount_fen is None:
            self._enter(view)
            return
        mode = self.mode
        present = next((tender for tender in view.tenders if tender.kind == mode), None)
        if self._waits_for_code(mode):
            self._face.clear_amount()
            self._wait_for_code(view, amount_fen)
            return
        if present is None or mode == "cash":
            self._pay(mode, amount_fen)
            return

        # The other amount counts in place of the one that was taken at once.
        def paid_otherwise(_view: PaymentView) -> None:
            self._pay(mode, amount_fen)

        self._paying.ask(lambda: self._payment.remove(present.index), paid_otherwise)

    def enter_now(self, view: PaymentView) -> EnterMeans:
        """What Enter does now: nothing is taken in cash while a customer's code is waited for."""
        means = enter_means(view, self.mode)
        return "scan" if means != "finish" and self._waits_for_code(self.mode) else means

    def _open_under_way(self, view: PaymentView) -> None:
        payment_id = view.under_way[0].payment_id
        if payment_id is not None:
            self.wallets.open_payment(payment_id)

    def _enter(self, view: PaymentView) -> None:
        match self.enter_now(view):
            case "scan":
                self._wait_for_code(view, self.asked_fen)
            case "wallet":
                self._open_under_way(view)
            case "finish":
                self.complete()
            case "stored_value":
                self.pay_from_balance()
            case _:
                self.mode = "cash"
                self._pay("cash", None)

    def exact(self) -> None:
        """The key *exact*: cash for what is left, without finishing twice."""
        if self.view is not None and self.view.left_fen > 0:
            self.mode = "cash"
            self._pay("cash", None)

    def quick_note(self, note_fen: int) -> None:
        """A note of the next sensible size."""
        self.mode = "cash"
        self._pay("cash", note_fen)

    def complete(self) -> None:
        """Write the sale. Once it is on disk, the slip prints and the next basket begins."""
        if self._is_completing:
            return
        self._is_completing = True

        def done(answer: DoneView) -> None:
            self._is_completing = False
            self._counter.stage.go("sell")
            self._counter.stage.show_done(answer)

        def refused(refusal: Refusal) -> None:
            self._counter.stage.refuse(refusal)
            self.begin()

        self._counter.ask(self._write, done, refused)

    def _write(self) -> DoneView:
        try:
            return self._payment.complete()
        except Exception:
            self._is_completing = False  # refused, or a fault of ours: Enter may try again
            raise

    # --- reductions --------------------------------------------------------------------------------------------------

    def toggle_points(self) -> None:
        """All points the rules allow, or none."""
        view = self.view
        if view is None:
            return
        member = view.basket.member
        if member is None:
            self._counter.stage.refuse(Refusal("no_member"))
            return
        points = 0 if view.basket.points_used else member.points_usable
        self._counter.ask_present(lambda: self._counter.checkout.basket.use_points(points), self._basket_changed)

    def offer_coupons(self) -> None:
        """The coupons of the member, to choose from."""
        if self.view is not None:
            self._face.choose_coupons(self.view.basket.coupons)

    def toggle_coupon(self, coupon: CouponView) -> None:
        """Use one, or take it off."""
        basket = self._counter.checkout.basket
        operation = basket.drop_coupon if coupon.applied else basket.use_coupon
        self._counter.ask(lambda: operation(coupon.token), self._basket_changed)

    def best_combination(self) -> None:
        """Space: coupons and points as the rules make them cheapest."""
        self._counter.ask_present(self._counter.checkout.basket.adopt_suggestion, self._basket_changed)

    def _basket_changed(self, _view: BasketView) -> None:
        self._counter.stage.say("")
        self.begin()

    # --- scans, going back ---------------------------------------------------------------------------------

    def scanned(self, text: str) -> bool:
        """A scan on this screen. A wallet's payment code pays the rest and is forgotten; False: the usual way."""
        wallet = wallet_of(text)
        if wallet is None:
            return False
        self.mode = "" if self.wallets.has_provider else wallet
        if self.wallets.has_provider:
            asked_fen, self.asked_fen = self.asked_fen, None
            self.wallets.pay(wallet, text, asked_fen)
        else:
            self._pay(wallet, None)
        return True

    def back(self) -> None:
        """Esc: to the basket. Payments already on it stay."""
        self._counter.stage.go("sell")
