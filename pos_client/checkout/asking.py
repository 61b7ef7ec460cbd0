"""What the counter may ask of HQ beside members' rights: a single coupon, or the right to refund a sale. Another till
may have it; then HQ asks that till, and the answer comes a moment later, or names it.

The sync engine answers this; a checkout without a line (tests, a till that is not enrolled) asks nobody.
"""

from typing import Protocol
from uuid import UUID

from shared_models.sync import SaleWanted, TokenHeld


class TokenLine(Protocol):
    """The line to HQ as the counter sees it. Every call returns at once."""

    def want_token(self, token: UUID) -> None:
        """Get a coupon that is not here."""
        ...

    def want_sale(self, wanted: SaleWanted) -> None:
        """Get the right to refund a sale."""
        ...

    def held_token(self, token: UUID) -> TokenHeld | None:
        """Why HQ did not give it; None while HQ said nothing, or gave it."""
        ...

    def held_sale(self, wanted: SaleWanted) -> TokenHeld | None:
        """The same of a sale."""
        ...


class NoLine:
    """Nobody to ask."""

    def want_token(self, token: UUID) -> None:
        """Nobody hears it."""

    def want_sale(self, wanted: SaleWanted) -> None:
        """Nobody hears it."""

    def held_token(self, token: UUID) -> TokenHeld | None:  # noqa: ARG002 - nobody was asked for it
        """Nobody said anything."""
        return None

    def held_sale(self, wanted: SaleWanted) -> TokenHeld | None:  # noqa: ARG002 - as above
        """Nobody said anything."""
        return None
