"""Points exchanged for something of the store's list."""

from pos_client.checkout.desk import Desk
from pos_client.checkout.money_views import ExchangeView
from pos_client.checkout.views import DoneView


class Exchanges:
    """For the member on the basket."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def start(self) -> ExchangeView:
        """The list and the points usable now. Refuses `no_member`."""
        raise NotImplementedError

    def exchange(self, item_id: str, quantity: int = 1) -> DoneView:
        """Writes it. Refuses `rights_short`, `presence_needed`, `item_unknown`, `no_shift`."""
        raise NotImplementedError
