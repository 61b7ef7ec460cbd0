"""Wallets on the screen: a code is scanned, the customer confirms, and whatever stays open is settled.

Answers come when they come, whichever screen is up; this presenter hears them all.
"""

from collections.abc import Sequence
from typing import Protocol
from uuid import UUID

from pos_client.checkout.money_views import TopUpView
from pos_client.checkout.views import PaymentView
from pos_client.checkout.wallets import WalletHeard, WalletView
from pos_client.devices.wallets import WalletAnswer, WalletKind
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.texts import sentence_of
from shared_models.bodies import SettledAs
from shared_models.refusals import Refusal

RESUME_EVERY_TICKS = 8


class WalletFace(Protocol):
    """What the window can show."""

    def show_wallet(self, view: WalletView) -> None: ...
    def close_wallet(self) -> None: ...
    def choose_open(self, views: Sequence[WalletView]) -> None: ...


class PayScreenOfWallets(Protocol):
    """What is done on the pay screen when money came or went."""

    def wallet_paid(self, view: PaymentView, *, finish: bool) -> None: ...


class TopUpScreenOfWallets(Protocol):
    """The same on the top-up screen."""

    def wallet_paid(self, view: TopUpView, *, finish: bool) -> None: ...


class WalletPresenter:
    """One per window. `shown` is the payment whose panel is open."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._wallets = counter.checkout.wallets
        self._writing = counter.one_at_a_time()
        self._ticks = 0
        self.face: WalletFace | None = None
        self.pay_screen: PayScreenOfWallets | None = None
        self.top_up_screen: TopUpScreenOfWallets | None = None
        self.shown: WalletView | None = None

    @property
    def _face(self) -> WalletFace:
        assert self.face is not None
        return self.face

    @property
    def has_provider(self) -> bool:
        """Whether a scanned code is asked for, or only recorded."""
        return self._wallets.has_provider

    @property
    def is_down(self) -> bool:
        """Whether the provider could not be reached when it was last tried."""
        return self._wallets.is_down

    # --- paying ------------------------------------------------------------------------------------------------------

    def pay(self, kind: WalletKind, payment_code: str, amount_fen: int | None) -> None:
        """The customer's code was scanned: asked for at once."""
        self._counter.ask(lambda: self._wallets.pay(kind, payment_code, amount_fen), self.show)

    def pay_top_up(self, kind: WalletKind, payment_code: str, amount_fen: int | None) -> None:
        """The same for a top-up."""
        self._counter.ask(lambda: self._wallets.pay_top_up(kind, payment_code, amount_fen), self.show)

    def show(self, view: WalletView) -> None:
        """The panel of one payment."""
        self.shown = view
        self._counter.stage.say("")
        self._face.show_wallet(view)

    def left(self) -> None:
        """The panel was closed: what was asked goes on by itself."""
        self.shown = None
        self._counter.stage.basket_changed("")

    def say_wait(self) -> None:
        """Something was scanned while the customer pays."""
        self._counter.stage.refuse(Refusal("wallet_under_way"))

    def open_payment(self, payment_id: UUID) -> None:
        """The panel of a payment that is on the basket."""
        self._counter.ask(lambda: self._wallets.payment(payment_id), self.show)

    def heard(self, answer: WalletAnswer) -> None:
        """From the provider's line, in the GUI thread."""
        self._counter.ask(lambda: self._wallets.heard(answer), self._show_heard)

    def _show_heard(self, heard: WalletHeard | None) -> None:
        if heard is None:
            return
        payment = heard.payment
        is_shown = self.shown is not None and self.shown.payment_id == payment.payment_id
        if payment.state == "paid" and heard.view is not None:
            self._paid(payment, heard.view, is_shown=is_shown)
        elif payment.state == "paid" and heard.top_up is not None:
            self._topped_up(payment, heard.top_up, is_shown=is_shown)
        elif payment.code == "unreachable" and payment.state == "refused":
            self._say_and_close(Refusal("wallet_needs_line"), is_shown=is_shown)
        elif is_shown:
            self.show(payment)
        elif payment.state == "unknown" and (payment.is_on_basket or payment.is_on_top_up):
            self._counter.stage.say(sentence_of("wallet_unknown", {"amount_fen": payment.amount_fen}))
        if not is_shown and payment.state != "paid":
            self._counter.stage.basket_changed("")

    def _paid(self, payment: WalletView, view: PaymentView, *, is_shown: bool) -> None:
        if is_shown:
            self._close()
        if self.pay_screen is not None:
            self.pay_screen.wallet_paid(view, finish=is_shown)
        if not is_shown:
            self._counter.stage.say(sentence_of("wallet_arrived", {"amount_fen": payment.amount_fen}), "good")

    def _topped_up(self, payment: WalletView, view: TopUpView, *, is_shown: bool) -> None:
        if is_shown:
            self._close()
        if self.top_up_screen is not None:
            self.top_up_screen.wallet_paid(view, finish=is_shown)
        if not is_shown:
            self._counter.stage.say(sentence_of("wallet_topped", {"amount_fen": payment.amount_fen}), "good")

    def _say_and_close(self, refusal: Refusal, *, is_shown: bool) -> None:
        if is_shown:
            self._close()
            self._counter.stage.basket_changed("")
        self._counter.stage.refuse(refusal)

    def _close(self) -> None:
        self.shown = None
        self._face.close_wallet()

    # --- what the panel's keys do ------------------------------------------------------------------------------------

    def give_back(self, payment_id: UUID) -> None:
        """Take it back: it is not wanted, or nobody waits any longer."""
        self._counter.ask(lambda: self._wallets.give_back(payment_id), self.show)

    def ask_again(self, payment_id: UUID) -> None:
        """How does it stand?"""
        self._counter.ask(lambda: self._wallets.ask_again(payment_id), self.show)

    def take_as_unknown(self, payment_id: UUID) -> None:
        """The goods go out with a manager's word; the sale is written."""

        def taken(view: PaymentView) -> None:
            self._close()
            if self.pay_screen is not None:
                self.pay_screen.wallet_paid(view, finish=True)

        self._writing.ask_approved(lambda approval: self._wallets.take_as_unknown(payment_id, approval=approval), taken)

    def settle(self, payment_id: UUID, settled_as: SettledAs) -> None:
        """A manager says how it ended."""

        def settled(views: tuple[WalletView, ...]) -> None:
            self._close()
            self._counter.stage.basket_changed("")
            self._counter.stage.say(sentence_of("wallet_settled", {}), "good")
            if views:
                self._face.choose_open(views)

        self._writing.ask_approved(
            lambda approval: self._wallets.settle_by_hand(payment_id, settled_as, approval=approval), settled
        )

    # --- what stands open --------------------------------------------------------------------------------------------

    def show_open(self) -> None:
        """The list."""
        self._counter.ask(self._wallets.open_payments, self._face.choose_open)

    def begin(self) -> None:
        """At the start, once the open basket is back."""
        self._counter.ask(self._wallets.resume, self._resumed)

    def tick(self) -> None:
        """Now and then what stands open is asked about again."""
        self._ticks += 1
        if self.has_provider and self._ticks % RESUME_EVERY_TICKS == 0:
            self.begin()

    def _resumed(self, changed: bool) -> None:
        if changed:
            self._counter.stage.basket_changed("")
