"""What flows may ask of the window they are shown in: to open a panel over it and to close it. A flow that hands its
answer to the basket asks for `SellPanels`; one that needs more says so itself."""

from typing import Protocol

from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.sell import SellPresenter


class Panels(Protocol):
    """Who opens panels over the window."""

    def open(self, card: Card) -> None:
        """Lay it over whatever is open."""

    def close(self) -> None:
        """Close the one on top."""


class SellPresenters(Protocol):
    """Who shows the basket and its member."""

    sell_presenter: SellPresenter


class SellPanels(Panels, Protocol):
    """Panels whose answers go to the basket."""

    @property
    def screens(self) -> SellPresenters: ...
