"""Reading a batch: what each entry says, worked out before anything is booked. Pure; for `intake` alone."""

import re
from dataclasses import dataclass, field
from datetime import date
from uuid import UUID

import msgspec

from hq_sync_server.office.books import member_lots
from shared_models import bodies, entries, postings, rights, tokens
from shared_models.bodies import Body
from shared_models.entries import Head
from shared_models.postings import Posting, lot_account
from shared_models.rights import RightsMove
from shared_models.sync import EntriesRequest, WireEntry
from shared_models.tokens import NO_EFFECTS, TokenEffects

_BUSINESS_DATE = re.compile(r"\d{4}-\d{2}-\d{2}", re.ASCII)
UNREADABLE = (msgspec.MsgspecError, UnicodeDecodeError, RecursionError)
"""What reading a body raises that does not hold what it should, or holds too much within itself."""

SUBJECTS_MAX = 5000  # a fact about more people than a basket has lines is none
# What these say changes no figure of a member's row, so its watermark need not move.
_ABOUT_A_SALE = (bodies.Refund, bodies.TenderCorrected, bodies.SaleCredited)
_FIGURELESS = (bodies.MemberLookup, bodies.RightsAdopted, bodies.RightsReleased)


@dataclass(slots=True)
class ReadEntry:
    """An entry and all that follows from it alone. `parked` says why it cannot be taken ('' if it can)."""

    wire: WireEntry
    prev_hash: bytes
    head: Head | None = None
    body: Body | None = None
    parked: str = ""
    postings: tuple[Posting, ...] = ()
    moves: tuple[RightsMove, ...] = ()
    effects: TokenEffects = NO_EFFECTS
    subjects: set[UUID] = field(default_factory=set)
    campaigns: set[UUID] = field(default_factory=set)
    marked: bool = False
    codes: list[str] = field(default_factory=list)

    @property
    def business_id(self) -> UUID | None:
        """The business id, where the head could be read."""
        return None if self.head is None else self.head.business_id

    @property
    def refers_to(self) -> UUID | None:
        """The sale that it is about, or the order that it ends, if it is about one."""
        if isinstance(self.body, bodies.OrderCollected | bodies.OrderCancelled):
            return self.body.order_id
        return self.body.sale_id if isinstance(self.body, _ABOUT_A_SALE) else None

    def token_ids(self) -> set[UUID]:
        """Every token it names."""
        effects = self.effects
        moved = (move.token for move in (*effects.acquired, *effects.released, *effects.created))
        restored = self.body.coupons_restored if isinstance(self.body, bodies.Refund) else ()
        return {*effects.spent, *moved, *restored}


def chain_break(till_id: UUID, epoch: int, request: EntriesRequest) -> int | None:
    """The seq of the first entry that does not follow the one before it, or None."""
    prev_hash = request.prev_hash
    for position, wire in enumerate(request.entries):
        digest = entries.entry_hash(till_id, epoch, wire.seq, prev_hash, wire.entry_type, wire.type_version, wire.body)
        if wire.seq != request.first_seq + position or digest != wire.entry_hash:
            return wire.seq
        prev_hash = wire.entry_hash
    return None


def read(wire: WireEntry, prev_hash: bytes) -> ReadEntry:
    """Read one entry; whatever is wrong with it parks it."""
    entry = ReadEntry(wire, prev_hash)
    try:
        head = entries.read_head(wire.body)
        _check_date(head.business_date)
        if len(head.subjects) > SUBJECTS_MAX:
            raise msgspec.ValidationError("subjects")
        entry.head = head
        entry.subjects.update(head.subjects)
        entry.body = bodies.decode_body(wire.entry_type, wire.type_version, wire.body)
    except UNREADABLE:
        entry.parked = "malformed_body"
        return entry
    if entry.body is None:
        known = any(name == wire.entry_type for name, _version in bodies.BODY_TYPES)
        entry.parked = "unknown_version" if known else "unknown_type"
    elif wire.entry_type in bodies.HQ_TYPES:
        entry.parked = "hq_type"
    else:
        _derive(entry, entry.body)
    return entry


def _check_date(text: str) -> None:
    """A business date is a day there is: it is counted from by everybody who serves the entry's members."""
    try:
        is_day = _BUSINESS_DATE.fullmatch(text) is not None and bool(date.fromisoformat(text))
    except ValueError:
        is_day = False
    if not is_day:
        raise msgspec.ValidationError("business date")


def _is_beyond_counting(entry: ReadEntry, body: Body) -> bool:
    """Whether it holds a figure with which no sum of a member's fits a column any more."""
    figures = [getattr(body, "total_fen", 0), *(posting.amount for posting in entry.postings)]
    figures += [move.amount for move in entry.moves]
    if isinstance(body, bodies.RightsAdopted):
        figures += [grant.granted_total for grant in body.grants]
    return any(abs(figure) >= member_lots.AMOUNT_MAX for figure in figures)


def _derive(entry: ReadEntry, body: Body) -> None:
    try:
        entry.postings = postings.derive_postings(body)
        entry.moves = rights.rights_moves(body)
        entry.effects = tokens.token_effects(body)
    except Exception as error:  # noqa: BLE001 - one bad entry must not hold up those behind it
        entry.parked = "postings_unbalanced" if isinstance(error, ValueError) else "code_failed"
        entry.postings, entry.moves = (), ()
        return
    if any(move.amount < 0 for move in entry.moves):
        entry.parked = "amount_negative"
        return
    adopted = body.grants if isinstance(body, bodies.RightsAdopted) else ()
    if member_lots.disagree(entry.postings, entry.moves, body.head.business_id) or not all(
        member_lots.is_lot(grant.lot) for grant in adopted
    ):
        entry.parked = "lots_differ"
        return
    if _is_beyond_counting(entry, body):
        entry.parked = "code_failed"
        return
    if postings.postings_digest(entry.postings) != body.head.postings_digest:
        entry.codes.append("postings_differ")
    entry.subjects.update(posting.subject for posting in entry.postings if posting.subject is not None)
    for move in entry.moves:  # the cap of a campaign is a lot too, but a campaign is nobody's member row
        (entry.campaigns if lot_account(move.lot) == "uses" else entry.subjects).add(move.subject)
    if isinstance(body, bodies.MemberRegistered | bodies.MemberEdited | bodies.MemberTagged):
        entry.subjects.add(body.member_id)
    elif isinstance(body, bodies.Sale) and body.member is not None:
        entry.subjects.add(body.member.member_id)
    elif isinstance(body, bodies.RightsAdopted):
        entry.subjects.update(grant.subject for grant in body.grants)
    entry.marked = not isinstance(body, _FIGURELESS)
