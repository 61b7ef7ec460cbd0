"""What one transaction holds open of HQ's books: pages read under the member's lock, changed in memory, written once.

For `books` and those who work through it.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from hq_sync_server.office.books.placement import Habit
from shared_models.bodies import Refund, Sale, SaleCredited, encode_body
from shared_models.members import MemberStatus, Purchase
from shared_models.postings import lot_account
from shared_models.refund_rights import with_credit

LotKey = tuple[UUID, str]


class EditMark(Struct, frozen=True, array_like=True):
    """Who edited a field last, when (by the till's corrected clock), and when HQ heard of it."""

    till_id: UUID
    made_at_ms: int
    heard_at_ms: int


class CardsStopped(Struct, frozen=True, array_like=True):
    """When a card was last reported lost (by the till's corrected clock), and how far the feed was when HQ heard of it:
    a till that had read no further accepted the lost card still."""

    made_at_ms: int
    hq_epoch: int
    feed_position: int


class Profile(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What is known of a person or of how the chain sees them; stored as msgpack in `members.profile`."""

    name: str = ""
    phone_masked: str = ""
    phone_hash: str = ""
    phone_key_id: str = ""
    card_codes: tuple[str, ...] = ()
    birthday: str = ""
    birthday_month: int = 0
    home_store_id: UUID | None = None
    tier: str = ""
    tier_name: str = ""
    tier_progress_fen: int = 0
    tier_next_name: str = ""
    tier_next_fen: int = 0
    tags: tuple[str, ...] = ()
    own_fields: dict[str, str] = {}
    alerts: tuple[str, ...] = ()
    consents: tuple[str, ...] = ()
    consent_text_version: str = ""
    edits: dict[str, EditMark] = {}
    cards_stopped: tuple[str, ...] = ()
    cards_stopped_mark: CardsStopped | None = None
    purchases: tuple[Purchase, ...] = ()
    payment_code: str = ""


class MemberPage(Struct):
    """A member. `touched`: its row must be published again; `changed`: and the record itself is to be written."""

    member_id: UUID
    canonical_id: UUID
    status: MemberStatus
    profile: Profile
    phone_lookup: str | None = None
    phone_sealed: bytes | None = None
    points_debt: int = 0
    bonus_debt_fen: int = 0
    visits: int = 0
    last_visit_date: str = ""
    last_store_id: UUID | None = None
    registered_at_ms: int = 0
    found_by: tuple[str, str] | None = None  # name and masked number as the records have them; None: not there yet
    touched: bool = False
    changed: bool = False
    balances: dict[str, int] = {}
    marks: dict[UUID, tuple[int, int]] = {}
    holes: set[tuple[UUID, int, int, bytes]] = set()
    coupons: dict[UUID, "TokenPage"] = {}
    spend: dict[str, int] = {}
    habits: dict[UUID, Habit] = {}
    places: dict[tuple[str, UUID], "Placement"] = {}
    risks: dict[str, "Risk"] = {}

    @property
    def is_alias(self) -> bool:
        """Whether it was united with another member."""
        return self.canonical_id != self.member_id

    def placed_by_till(self) -> dict[UUID, tuple[int, int]]:
        """What each till holds of what is placed with it: (stored value, points)."""
        sums: dict[UUID, tuple[int, int]] = {}
        for (lot, till_id), place in self.places.items():
            if place.held > 0:
                stored_fen, points = sums.get(till_id, (0, 0))
                if lot_account(lot) == "points":
                    sums[till_id] = (stored_fen, points + place.held)
                else:
                    sums[till_id] = (stored_fen + place.held, points)
        return sums


class Placement(Struct):
    """What a till should hold of a lot, what of it it held when HQ last looked, and what it was told. `due`: something
    is to be told or lent at its next contact."""

    amount: int = 0
    held: int = 0
    told: int = 0
    recalled_until_ms: int = 0
    recalled_for: UUID | None = None
    due: bool = False

    @property
    def figures(self) -> tuple[int, int, int, int, bool]:
        """To see whether anything changed."""
        return self.amount, self.held, self.told, self.recalled_until_ms, self.due

    @property
    def is_over(self) -> bool:
        """Whether the till has nothing to hold and knows it."""
        return self.amount == 0 and self.told == 0

    def target_at(self, now_ms: int) -> int:
        """What the till should hold at this moment: nothing while somebody else needs it."""
        return 0 if self.recalled_until_ms > now_ms else self.amount


class Risk(Struct):
    """Money lent above rights in one sale at a till and not settled yet (< 0: it was settled and then refunded)."""

    till_id: UUID
    open_fen: int
    taken_date: str


class LotPage(Struct):
    """HQ's side of a lot: C, D and F. While HQ recovers from a backup nothing of it may be lent or debited. `exposed`:
    the part of C that the chain itself answers for."""

    credited: int = 0
    debited: int = 0
    free: int = 0
    recovering: bool = False
    exposed: int = 0


class HolderPage(Struct):
    """A holder's seven counters of a lot."""

    granted: int = 0
    credited: int = 0
    risk: int = 0
    spent: int = 0
    released: int = 0
    taken_back: int = 0
    loss: int = 0

    @property
    def outside(self) -> int:
        """O: what the holder has out, as HQ sees it."""
        return self.granted + self.credited + self.risk + self.loss - self.spent - self.released - self.taken_back


class TokenPage(Struct):
    """A token, its owner (None: HQ) and what became of it. `home_store_id`: a printed coupon of that store, which the
    store's home token covers until it is moved, used or withdrawn; `was_covered`: when the page was opened."""

    token: UUID
    kind: str
    subject: UUID | None
    template_id: str = ""
    terms: bytes | None = None
    owner_till_id: UUID | None = None
    owner_epoch: int = 0
    version: int = 0
    spent_entry_id: int | None = None
    withdrawn: bool = False
    home_store_id: UUID | None = None
    was_covered: bool = True

    @property
    def covered(self) -> bool:
        """Whether it belongs to whoever owns its store's home token."""
        untouched = self.version == 0 and self.spent_entry_id is None and self.owner_till_id is None
        return self.home_store_id is not None and untouched and not self.withdrawn


class SoldPage(Struct):
    """A sale that entries refund: its place, the bytes of its body, and of what was put right on it so far."""

    till_id: UUID
    epoch: int
    seq: int
    body: bytes
    refunds: list[bytes] = []
    corrections: list[bytes] = []

    @property
    def sale(self) -> Sale:
        """The sale."""
        return msgspec.json.decode(self.body, type=Sale)

    def credit(self, credited: SaleCredited) -> None:
        """The sale is the member's from now on: what comes back of it takes points back."""
        self.body = encode_body(with_credit(self.sale, credited))

    def refunded(self) -> list[Refund]:
        """What came back of it."""
        return [msgspec.json.decode(body, type=Refund) for body in self.refunds]


class Note(Struct, frozen=True):
    """An exception to be raised: a name, a money effect, and what it is about."""

    code: str
    till_id: UUID | None = None
    epoch: int = 0
    seq: int = 0
    entry_id: int | None = None
    subject: UUID | None = None
    amount: int = 0
    unit: str = ""
    told: dict[str, str | int] = {}
