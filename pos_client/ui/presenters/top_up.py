"""The top-up's decisions: which step, paid how, and when Enter finishes."""

from typing import Protocol

from pos_client.checkout.money_views import TopUpView
from pos_client.checkout.views import DoneView
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.pay import Mode
from pos_client.ui.presenters.wallets import wallet_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal


class TopUpFace(Protocol):
    """What the screen can do."""

    def show_top_up(self, view: TopUpView, mode: Mode) -> None: ...


class TopUpPresenter:
    """One per window."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._top_ups = counter.checkout.top_ups
        self.face: TopUpFace | None = None
        self.view: TopUpView | None = None
        self.mode: Mode = "cash"
        self._is_completing = False

    def begin(self) -> None:
        """For the member on the basket."""
        self.mode = "cash"
        self._is_completing = False
        self._counter.ask(self._top_ups.start, self.show, self._cannot_begin)

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
        self._counter.ask(lambda: self._top_ups.choose(principal_fen), self._changed)

    def pay(self, mode: Mode, amount_fen: int | None = None) -> None:
        """Cash of what was handed over, or a wallet or card for the rest; pressed again it is taken off."""
        view = self.view
        if view is None:
            return
        if not view.principal_fen:
            self._counter.stage.say(_("Choose the amount first."))
            return
        self.mode = mode
        present = next((tender for tender in view.tenders if tender.kind == mode), None)
        if present is not None:
            self._counter.ask(lambda: self._top_ups.remove(present.index), self._changed)
        elif mode == "cash":
            self._counter.ask(lambda: self._top_ups.pay_cash(amount_fen), self._changed)
        elif mode in ("wechat", "alipay", "card"):
            self._counter.ask(lambda: self._top_ups.pay_external(mode), self._changed)

    def scanned(self, text: str) -> bool:
        """A wallet's payment code pays the rest; False: the usual way."""
        wallet = wallet_of(text)
        if wallet is not None:
            self.pay(wallet)
        return wallet is not None

    def enter(self, typed_fen: int | None) -> None:
        """Enter: a typed figure is the amount while none is chosen, and then the cash handed over; else finish."""
        view = self.view
        if view is None or self._is_completing:
            return
        if typed_fen is not None and not view.principal_fen:
            self.choose(typed_fen)
        elif typed_fen is not None:
            self.pay("cash", typed_fen)
        elif view.can_complete:
            self.complete()
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

        def refused(refusal: Refusal) -> None:
            self._is_completing = False
            self._counter.stage.refuse(refusal)

        self._counter.ask(self._top_ups.complete, done, refused)

    def back(self) -> None:
        """Esc."""
        self._counter.stage.go("sell")
