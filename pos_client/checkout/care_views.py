"""What the panels of member care show: the member's file, articles of the knowledge base, tickets.

Frozen pictures of a moment, as in `views`.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from pos_client.checkout.views import MemberPanel


@dataclass(frozen=True, slots=True, kw_only=True)
class PurchaseView:
    """One visit in a line."""

    business_date: str
    store_name: str
    total_fen: int
    goods: tuple[str, ...]
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberFile:
    """Everything the counter may know of the member on the basket. `fields` are the chain's own, '' where unknown;
    `often` is what was bought most in the last visits."""

    panel: MemberPanel
    tags_known: tuple[str, ...]
    fields: Mapping[str, str]
    cards: tuple[str, ...]
    cards_stopped: int
    purchases: tuple[PurchaseView, ...]
    often: tuple[str, ...]
