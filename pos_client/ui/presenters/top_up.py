"""The top-up's decisions: which step, paid how, and when Enter finishes."""

from typing import Protocol

from pos_client.checkout.money_views import TopUpView
from pos_client.checkout.views import DoneView
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.pay import Mode
from pos_client.ui.presenters.wallet import WalletPresenter
from pos_client.ui.presenters.wallets import wallet_of
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal


class TopUpFace(Protocol):
    """What the screen can do."""

    def show_top_up(self, view: TopUpView, mode: Mode) -> None: ...


class TopUpPresenter:
    """One per window."""

    def __init__(self, counter: Counter, wallets: WalletPresenter) -> None:
        self._counter = counter
        self._wallets = wallets
        self._top_ups = counter.checkout.top_ups
        self._paying = counter.one_at_a_time()
        self.face: TopUpFace | None = None
        self.view: TopUpView | None = None
        self.mode: Mode = "cash"
        self.asked_fen: int | None = None
        self._is_completing = False

    def begin(self) -> None:
        """For the member on the basket; the top-up before is no answer."""
        self.mode, self.view = "cash", None
        self.asked_fen = None
        self._is_completing = False
        self._counter.ask(self._top_ups.start, self.show, self._cannot_begin)

    def refresh(self) -> None:
        """The basket's member may be another one, or money came or went: the top-up as it stands, unless it is being
        written."""
        if self._is_completing:
            return
        self._counter.ask(self._top_ups.view, self.show, self._cannot_begin)

    def _cannot_begin(self, refusal: Refusal) -> None:
        self._counter.stage.go("sell")
        self._counter.stage.refuse(refusal)

    def show(self, view: TopUpView) -> None:
        """Show it."""
        self.view = view
        assert self.face is not None
        self.face.show_top_up(view, self.mode)

    def _changed(self, view: TopUpView) -> None:
        self._counter.stage.say("")
        self.show(view)

    def choose_step(self, place: int) -> None:
        """A step of the ladder."""
        if self.view is not None and 0 <= place < len(self.view.ladder):
            self.choose(self.view.ladder[place].principal_fen)

    def choose(self, principal_fen: int) -> None:
        """Any amount."""
        self._paying.ask(lambda: self._top_ups.choose(principal_fen), self._changed)

    def pay(self, mode: Mode, amount_fen: int | None = None) -> None:
        """Cash of what was handed over, or a wallet or card for the rest; pressed again it is taken off. With a
        provider a wallet is asked by the code that the customer shows, and taken off by giving the money back."""
        view = self.view
        if view is None:
            return
        if not view.principal_fen and amount_fen is not None:  # typed, and not yet taken with Enter
            self.choose(amount_fen)
            return
        if not view.principal_fen:
            self._counter.stage.say(_("Choose the amount first."))
            return
        self.mode, self.asked_fen = mode, None
        present = next((tender for tender in view.tenders if tender.kind == mode), None)
        open_one = present or next((one for one in view.under_way if one.kind == mode), None)
        if open_one is not None and open_one.payment_id is not None:
            self.mode = "cash"
            self._wallets.open_payment(open_one.payment_id)
        elif present is None and self.waits_for_code:
            self._wait_for_code(view, None)
        elif present is not None:
            self._paying.ask(lambda: self._top_ups.remove(present.index), self._changed)
        elif mode == "cash":
            self._paying.ask(lambda: self._top_ups.pay_cash(amount_fen), self._changed)
        elif mode in ("wechat", "alipay", "card"):
            self.record(mode)

    def record(self, mode: Mode) -> None:
        """What was paid at a machine of its own."""
        if mode in ("wechat", "alipay", "card") and self.view is not None and self.view.principal_fen:
            self._paying.ask(lambda: self._top_ups.pay_external(mode), self._changed)

    def record_instead(self) -> None:
        """The wallet that is waited for was paid at a machine of its own, or the line is down: recorded."""
        if self.waits_for_code:
            self.record(self.mode)

    @property
    def waits_for_code(self) -> bool:
        """Whether the next scan is to be a customer's code."""
        return self.mode in ("wechat", "alipay") and self._wallets.has_provider

    def _wait_for_code(self, view: TopUpView, asked_fen: int | None) -> None:
        self.asked_fen = asked_fen
        if self._wallets.is_down:
            self._counter.stage.refuse(Refusal("wallet_needs_line"))
        else:
            amount_fen = view.left_fen if asked_fen is None else asked_fen
            self._counter.stage.say(sentence_of("wallet_scan", {"amount_fen": amount_fen}), "good")
        self.show(view)

    def wallet_paid(self, view: TopUpView, *, finish: bool) -> None:
        """Money arrived from a wallet. With nothing left the top-up is written at once: it is paid."""
        self.mode, self.asked_fen = "cash", None
        self._changed(view)
        if finish and view.can_complete:
            self.complete()

    def scanned(self, text: str) -> bool:
        """A wallet's payment code pays the rest and is forgotten; False: the usual way."""
        wallet = wallet_of(text)
        if wallet is None:
            return False
        if self.view is None or not self.view.principal_fen:
            self._counter.stage.say(_("Choose the amount first."))
        elif self._wallets.has_provider:
            asked_fen, self.asked_fen = self.asked_fen, None
            self.mode = "cash"  # the code is here: what is shown next is the payment
            self._wallets.pay_top_up(wallet, text, asked_fen)
        else:
            self.pay(wallet)
        return True

    def enter(self, typed_fen: int | None) -> None:
        """Enter: a typed figure is the amount while none is chosen, and then the cash handed over; else finish."""
        view = self.view
        if view is None or self._is_completing:
            return
        if typed_fen is not None and not view.principal_fen:
            self.choose(typed_fen)
        elif view.principal_fen and self.waits_for_code:
            self._wait_for_code(view, self.asked_fen if typed_fen is None else typed_fen)
        elif typed_fen is not None:
            self.pay("cash", typed_fen)
        elif view.can_complete:
            self.complete()
        elif view.under_way and view.under_way[0].payment_id is not None:  # else she might pay twice
            self._wallets.open_payment(view.under_way[0].payment_id)
        elif view.principal_fen:
            self.pay("cash")
        else:
            self._counter.stage.say(_("Choose the amount first."))

    def complete(self) -> None:
        """Write it."""
        if self._is_completing:
            return
        self._is_completing = True

        def done(answer: DoneView) -> None:
            self._is_completing = False
            self._counter.stage.go("sell")
            self._counter.stage.show_done(answer)

        self._counter.ask(self._write, done)

    def _write(self) -> DoneView:
        try:
            return self._top_ups.complete()
        except Exception:
            self._is_completing = False  # refused, or a fault of ours: Enter may try again
            raise

    def back(self) -> None:
        """Esc."""
        self._counter.stage.go("sell")
