"""The panel of one wallet payment: how it stands in large words, and the few keys that go with that."""

from collections.abc import Callable
from uuid import UUID

from PySide6.QtCore import Qt

from pos_client.checkout.wallets import WalletView
from pos_client.ui.formats import clock_time, yuan
from pos_client.ui.parts.cards import MenuCard, Row
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import FigureLabel, clear, label, set_kind
from pos_client.ui.parts.overlay import Card
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.wallet import WalletPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _
from shared_models.bodies import SettledAs

Keys = dict[int, tuple[str, str, Callable[[], object]]]


def state_words(view: WalletView) -> tuple[str, str]:
    """(what is, what that means), of a payment or a repayment."""
    if view.is_refund:
        return {
            "asking": (_("On its way back"), _("The provider has not confirmed it yet. It is asked again by itself.")),
            "returned": (_("Back in the wallet"), ""),
            "refused": (_("The wallet's provider did not take it back"), refused_words(view.code)),
        }.get(view.state, (_("Settled"), ""))
    return {
        "asking": (_("Asking the wallet"), _("This takes a moment.")),
        "waiting": (_("The customer confirms on the phone"), _("Password or fingerprint. It goes on by itself.")),
        "paid": (_("Paid"), ""),
        "refused": (_("Not paid"), refused_words(view.code)),
        "reversing": (_("Being given back"), _("The provider is asked until it says so.")),
        "reversed": (_("Cancelled: nothing was taken"), _("Pay another way, or scan a new code.")),
        "unknown": (_("Unknown whether it was paid"), unknown_words(view.code)),
    }.get(view.state, (_("Settled"), ""))


def refused_words(code: str) -> str:
    """Why the provider said no."""
    return {
        "not_enough_money": _("There is not enough money in the wallet."),
        "code_expired": _("The code is too old. Ask the customer for a new one."),
        "more_than_paid": _("It holds less than that of this payment."),
    }.get(code, _("Pay another way, or scan a new code."))


def unknown_words(code: str) -> str:
    """Why nobody knows."""
    if code == "other_amount":
        return _("The provider speaks of another amount. Nothing was counted; a manager has to look.")
    if code == "till_frozen":
        return _("This till takes nothing back while its rights are frozen. A manager has to look.")
    return _("The provider does not answer. The customer's phone may say paid. It is asked again by itself.")


def settled_words(settled_as: SettledAs, *, is_refund: bool = False) -> str:
    """What a manager may say of a payment, or of a repayment."""
    return {
        "paid": _("It was paid"),
        "not_paid": _("It was never paid: nothing goes back") if is_refund else _("It was not paid"),
        "reversed": _("The customer has it back"),
        "kept": _("Paid, not given back"),
        "returned": _("It is back in the wallet"),
        "cash_instead": _("Paid out of the drawer instead"),
    }[settled_as]


def open_row(view: WalletView) -> Row:
    """A payment in the list of those that stand open."""
    what = _("Refund") if view.is_refund else view.receipt_number or _("no sale")
    detail = " · ".join((clock_time(view.began_ms), what, state_words(view)[0]))
    return Row(tender_words(view.kind), detail, yuan(view.amount_fen))


def settle_card(view: WalletView, settle: Callable[[UUID, SettledAs], object]) -> MenuCard:
    """A manager looked at the provider's own page: how did it end?"""

    def said(settled_as: SettledAs) -> Callable[[], object]:
        return lambda: settle(view.payment_id, settled_as)

    return MenuCard(
        _("How did it end?"),
        tuple((settled_words(each, is_refund=view.is_refund), said(each)) for each in view.may_settle),
    )


class WalletCard(Card):
    """Stays for goods that are scanned meanwhile: the customer is asked for what the basket was."""

    def __init__(
        self,
        presenter: WalletPresenter,
        view: WalletView,
        open_settling: Callable[[WalletView], object],
        left: Callable[[], object],
    ) -> None:
        super().__init__(tender_words(view.kind), 560, left)
        self._presenter = presenter
        self._open_settling = open_settling
        self._keys: Keys = {}
        self._amount = FigureLabel("due")
        self.body.addWidget(self._amount)
        self._state = label("", "title", wrap=True)
        self.body.addWidget(self._state)
        self._meaning = label("", "muted", wrap=True)
        self.body.addWidget(self._meaning)
        self.view = view
        self.show_view(view)

    def show_view(self, view: WalletView) -> None:
        """How it stands now."""
        self.view = view
        self._amount.setText(yuan(view.amount_fen))
        set_kind(self._amount, "due" if view.state in ("paid", "returned") else "due-open")
        state, meaning = state_words(view)
        if view.is_on_top_up and view.state == "unknown":
            meaning = _(
                "The provider is asked again by itself. The top-up waits for it, or for a manager who looks there."
            )
        self._state.setText(state)
        self._meaning.setText(meaning)
        self._keys = self._keys_for(view)
        clear(self.buttons)
        for words, cap, pressed in self._keys.values():
            kind = "primary" if cap == _("Enter") else ""  # never what gives money back or stops the customer
            key = KeyButton(words, cap, pressed, kind=kind, text_kind="button-strong")
            key.setMinimumHeight(64)
            self.buttons.addWidget(key)
        inside = self.layout()
        if inside is not None and self.isVisible():
            self.setMinimumHeight(inside.totalHeightForWidth(self.width()))

    def _keys_for(self, view: WalletView) -> Keys:
        presenter, number = self._presenter, view.payment_id
        again = (_("Ask again"), _("Enter"), lambda: presenter.ask_again(number))
        back = (_("Give it back"), _("Del"), lambda: presenter.give_back(number))
        by_hand = (_("A manager looked"), "F2", lambda: self._open_settling(view))
        ok = (_("OK"), _("Enter"), self.leave)
        if view.is_refund:
            return {Qt.Key.Key_Return: again, Qt.Key.Key_F2: by_hand} if view.state != "returned" else _only(ok)
        match view.state:
            case "asking" | "waiting":
                return {Qt.Key.Key_Delete: (_("Cancel the payment"), _("Del"), back[2])}
            case "reversing":
                return {Qt.Key.Key_Return: again, Qt.Key.Key_F2: by_hand}
            case "unknown" if view.is_on_basket and not view.is_counted:
                anyway = (_("Hand over the goods"), "F1", lambda: presenter.take_as_unknown(number))
                return {Qt.Key.Key_Return: again, Qt.Key.Key_Delete: back, Qt.Key.Key_F1: anyway}
            case "unknown" if view.is_on_top_up:
                return {Qt.Key.Key_Return: again, Qt.Key.Key_Delete: back, Qt.Key.Key_F2: by_hand}
            case "unknown":
                keys: Keys = {Qt.Key.Key_Return: again, Qt.Key.Key_F2: by_hand}
                return keys if view.is_counted else {**keys, Qt.Key.Key_Delete: back}
            case "paid" if not view.is_counted:
                return {Qt.Key.Key_Return: ok, Qt.Key.Key_Delete: back}
            case _:
                return _only(ok)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_scan(self, _text: str) -> bool:
        """Whatever is scanned now would not be in what the customer pays."""
        if self.view.state in ("asking", "waiting", "reversing"):
            self._presenter.say_wait()
            return True
        return False

    def handle_key(self, press: Press) -> bool:
        wanted = Qt.Key.Key_Return if press.is_enter else press.key
        found = self._keys.get(wanted)
        if found is None:
            return False
        if press.is_quiet:
            found[2]()
        return True


def _only(key: tuple[str, str, Callable[[], object]]) -> Keys:
    return {Qt.Key.Key_Return: key}
