"""Members at the counter: registration, edits, tags, lookups, and tickets for HQ's service desk."""

from typing import Literal
from uuid import UUID

from msgspec import Struct, field

from shared_models.bodies.body import Body
from shared_models.sales import Approval


class MemberRegistered(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A member registered at the counter, provisional until HQ unites by the unsealed phone."""

    member_id: UUID
    card_code: str = ""
    phone_sealed: str = ""
    phone_masked: str = ""
    phone_hash: str = ""
    name: str = ""
    birthday: str = ""
    birthday_month: int = 0
    home_store_id: UUID | None = None
    consents: tuple[str, ...] = ()
    consent_text_version: str = ""


class MemberEdited(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Profile changes: field name -> attachment hash (or a coded value for fields without personal data). A card that
    was lost stops for good; another one may be bound in its place, or without one."""

    member_id: UUID
    attachments: dict[str, str] = field(default_factory=dict)
    coded: dict[str, str] = field(default_factory=dict)
    cards_stopped: tuple[str, ...] = ()
    cards_added: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()


class MemberTagged(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Quick tags, from the chain's list."""

    member_id: UUID
    added: tuple[str, ...] = ()
    removed: tuple[str, ...] = ()


class Lookup(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lookup: by what means, whom it showed or the hash of what was asked, and what came of it."""

    at_ms: int
    cashier_id: str
    means: str
    member_id: UUID | None = None
    term_attachment: str = ""
    outcome: Literal["shown", "several", "missed", "refused"]


class MemberLookup(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Lookups of at most two seconds, grouped."""

    lookups: tuple[Lookup, ...]


class TicketOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A matter for HQ's service desk: of what kind, about whom and which receipt; its words are an attachment. With
    `to_store_id` a thing is handed from this store to that one, and the slip of it bears `receipt_number`."""

    ticket_id: UUID
    member_id: UUID | None = None
    category: str = ""
    note_attachment: str = ""
    about_receipt: str = ""
    receipt_number: str = ""
    to_store_id: UUID | None = None


class TicketMoved(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A step of a hand-off happened at this till's counter (`service.HANDOFF_STEPS`). The ticket may not have been
    heard of here: its slip was scanned."""

    ticket_id: UUID
    step: str
