"""What the panels of member care show: the member's file, articles of the knowledge base, tickets.

Frozen pictures of a moment, as in `views`.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

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


@dataclass(frozen=True, slots=True, kw_only=True)
class ArticleView:
    """An article of the knowledge base."""

    article_id: str
    title: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class TicketView:
    """A ticket opened at this till. `status` is '' while HQ was not heard of it; `text` is '' once it was deleted."""

    ticket_id: UUID
    category: str
    opened_at_ms: int
    opened_by: str
    member_masked: str
    receipt_number: str
    text: str
    status: str
    answer: str
    changed_at_ms: int
