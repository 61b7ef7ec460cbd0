"""HQ's service desk as tills see it: articles of the knowledge base, and how a ticket opened here stands."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

TicketKind = Literal["quality", "service", "member", "device", "other"]
TicketStatus = Literal["open", "working", "solved", "closed"]
TICKET_KINDS: tuple[TicketKind, ...] = ("quality", "service", "member", "device", "other")
TICKET_STATUSES: tuple[TicketStatus, ...] = ("open", "working", "solved", "closed")
HIGH_CARE = "high_care"
"""The alert that a quality complaint puts on its member: everybody who serves them should know."""


class ArticleRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An article of the knowledge base. `words` are further ones by which it is found; `order` sorts those that are
    shown before anything is searched for."""

    article_id: str
    title: str
    body: str
    words: tuple[str, ...] = ()
    order: int = 0


class TicketRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a ticket stands at HQ, for the tills of the store that opened it. `answer` is what HQ tells the store."""

    ticket_id: UUID
    store_id: UUID
    status: TicketStatus = "open"
    answer: str = ""
    changed_at_ms: int = 0
