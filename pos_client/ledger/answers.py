"""What the ledger answers with: plain values, no rows and no connections."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.members import MemberRow, PlacedRights
from shared_models.sales import CouponTerms

RequestKind = Literal["hello", "entries", "rights", "heal"]
BasketKind = Literal["open", "held"]


class TillIdentity(Struct, frozen=True):
    """Who this till is, as HQ said at enrolment. Secrets are not here: they live in the key folder."""

    till_id: UUID
    store_id: UUID
    till_number: int
    epoch: int
    hq_epoch: int
    hq_verify_key: bytes
    hq_seal_key: bytes
    phone_key_id: str
    certificate: bytes
    chain_name: str


class ChainHead(Struct, frozen=True):
    """The last link of the present epoch. Before the first entry: seq 0 and the hash it will follow."""

    epoch: int
    seq: int
    entry_hash: bytes


class LaneRequest(Struct, frozen=True):
    """A request of the control lane as stored before it was sent. `arguments` are what its body is made of again after
    a restart, byte for byte; `digest` is the SHA-256 of that body. Of entries: first_seq..last_seq (else 0)."""

    number: int
    kind: RequestKind
    first_seq: int
    last_seq: int
    arguments: bytes
    digest: bytes


class SavedBasket(Struct, frozen=True):
    """A basket on disk. `payload` is the checkout's own."""

    basket_id: UUID
    kind: BasketKind
    payload: bytes
    member_id: UUID | None
    label: str
    saved_at_ms: int


class ShiftState(Struct, frozen=True):
    """The shift that is open."""

    shift_id: UUID
    business_date: str
    opened_seq: int
    opened_at_ms: int


class LotFigure(Struct, frozen=True):
    """One lot of one of a member's ids: the balance as far as known here, and A, what may be spent here now."""

    subject: UUID
    lot: str
    balance: int
    available: int


class CouponFigure(Struct, frozen=True):
    """A coupon in the list. `usable_now`: its token is owned here. `owner_till_id` None: HQ has it."""

    terms: CouponTerms
    usable_now: bool
    owner_till_id: UUID | None = None


class MemberFigure(Struct, frozen=True):
    """A member with every figure. `member` is the row of the id asked for, `canonical` that of the person (the same
    unless united); `purses` are all ids of the person. `*_here` is what can be used at this till now. Confirmed by HQ
    at `confirmed_at_ms` (0: never); `own_entries` of this till are newer and included. `risk_fen` is what was lent
    above rights and is not settled; `placed` what tills hold of the person, as HQ last knew it."""

    member: MemberRow
    canonical: MemberRow
    purses: tuple[UUID, ...]
    lots: tuple[LotFigure, ...]
    principal_fen: int
    bonus_fen: int
    points: int
    principal_here_fen: int
    bonus_here_fen: int
    points_here: int
    points_debt: int
    bonus_debt_fen: int
    coupons: tuple[CouponFigure, ...]
    confirmed_at_ms: int
    own_entries: int
    own_fen: int
    risk_fen: int = 0
    placed: tuple[PlacedRights, ...] = ()


class SyncState(Struct, frozen=True):
    """Where the till stands with HQ. `oldest_waiting_ms` is the till time of the oldest entry that waits (0: none)."""

    last_contact_ms: int
    last_error: str
    waiting_entries: int
    waiting_fen: int
    oldest_waiting_ms: int
    acked_seq: int
    frozen: str
    lease_over: bool
    lease_left_ms: int
    exceptions: int
    parked: int


class ClockState(Struct, frozen=True):
    """What the till thinks of its clock. `reason`: '' or `behind_last_entry`, `ahead_of_last_entry`, `off_hq_time`."""

    suspect: bool
    reason: str
    now_ms: int
    expected_ms: int
    offset_ms: int


class PostingSum(Struct, frozen=True):
    """A sum of postings: debit and credit apart, so that turnover is seen beside the balance."""

    entry_type: str
    account: str
    unit: str
    debit: int
    credit: int
    entries: int

    @property
    def amount(self) -> int:
        """Debit minus credit."""
        return self.debit - self.credit


class Applied(Struct, frozen=True):
    """What a page of the feed changed: kinds with the keys that are now different, and rows that could not be read."""

    changed: dict[str, tuple[str, ...]]
    unreadable: tuple[str, ...] = ()


class VerdictRow(Struct, frozen=True):
    """HQ's word on an entry that was not plainly ok."""

    epoch: int
    seq: int
    entry_type: str
    outcome: str
    code: str
