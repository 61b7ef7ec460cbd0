"""HQ's service desk as tills see it: articles of the knowledge base, and how a ticket opened here stands."""

from collections.abc import Iterable
from typing import Literal
from uuid import UUID

from msgspec import Struct

TicketKind = Literal["quality", "service", "member", "device", "other", "repair", "pickup"]
TicketStatus = Literal["open", "working", "solved", "closed"]
TICKET_KINDS: tuple[TicketKind, ...] = ("quality", "service", "member", "device", "other")
TICKET_STATUSES: tuple[TicketStatus, ...] = ("open", "working", "solved", "closed")
HANDOFF_KINDS: tuple[TicketKind, ...] = ("repair", "pickup")
"""Things that one store takes in and another hands over: to be mended there, or only to be picked up there."""
HandoffStep = Literal["sent", "arrived", "ready", "handed_over"]
HANDOFF_STEPS: tuple[HandoffStep, ...] = ("sent", "arrived", "ready", "handed_over")
"""In their order. Each happens once, where the thing is; who was cut off may tell of a later one first."""
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


class TicketStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a hand-off that a till told of."""

    step: HandoffStep
    store_id: UUID
    at_ms: int = 0


class TicketRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How a ticket stands at HQ, for the tills of the store that opened it. `answer` is what HQ tells the store. A
    hand-off has `to_store_id`, whose tills get it too, and says what it is about: they have no entry of it."""

    ticket_id: UUID
    store_id: UUID
    status: TicketStatus = "open"
    answer: str = ""
    changed_at_ms: int = 0
    to_store_id: UUID | None = None
    category: str = ""
    receipt_number: str = ""
    text: str = ""
    opened_at_ms: int = 0
    steps: tuple[TicketStep, ...] = ()


def furthest(steps: Iterable[TicketStep]) -> HandoffStep | None:
    """How far a thing is, in whatever order its steps were heard of."""
    return max((each.step for each in steps), key=HANDOFF_STEPS.index, default=None)
