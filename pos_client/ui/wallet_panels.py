"""The wallets' panels over the window: one payment, the list of those that stand open, a manager's word."""

from collections.abc import Sequence

from pos_client.checkout.wallets import WalletView
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import ListCard
from pos_client.ui.presenters.wallet import WalletPresenter
from pos_client.ui.screens.wallet_card import WalletCard, open_row, settle_card
from pos_client.ui.words import _


class WalletPanels:
    """The face of the wallet presenter."""

    def __init__(self, panels: Panels, presenter: WalletPresenter) -> None:
        self._panels = panels
        self._presenter = presenter
        self._card: WalletCard | None = None

    def show_wallet(self, view: WalletView) -> None:
        """The panel of this payment: the one that is open, or a new one."""
        if self._card is not None and self._card.view.payment_id == view.payment_id:
            self._card.show_view(view)
            return
        self._panels.close()
        card = WalletCard(self._presenter, view, self._ask_how, lambda: self._closed(card))
        self._card = card
        self._panels.open(card)

    def close_wallet(self) -> None:
        """It is done."""
        self._card = None
        self._panels.close()

    def choose_open(self, views: Sequence[WalletView]) -> None:
        """What stands open."""

        def chosen(place: int) -> None:
            self._presenter.show(views[place])

        rows = [open_row(view) for view in views]
        words = _("These are asked about again by themselves. The shift can be closed once they are settled.")
        self._panels.close()
        self._panels.open(
            ListCard(
                _("Wallet payments that stand open"),
                rows,
                chosen,
                empty=_("Nothing stands open."),
                hint=words if rows else "",
            )
        )

    def _ask_how(self, view: WalletView) -> None:
        self._panels.open(settle_card(view, self._presenter.settle))

    def _closed(self, card: WalletCard) -> None:
        if self._card is card:
            self._card = None
            self._presenter.left()
