"""The body of every entry type of the first release.

One struct per (type, type_version); fields are only ever added, with a default. `BODY_TYPES` is the register: what is
not in it is parked by HQ. Types with a struct but marked in `RESERVED_TYPES` have no behaviour yet.
"""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.entries import Head
from shared_models.sales import Approval, LotAmount, MemberOnSale, Price, QuoteInputs, Reduction, SaleLine, Tender

Channel = Literal["counter", "replay", "training"]


class Body(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What every body has: the head, first."""

    head: Head


class Sale(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A whole sale. `total_fen` = sum of line amounts = `rounding_fen` + sum of tenders."""

    receipt_number: str
    channel: Channel = "counter"
    member: MemberOnSale | None = None
    inputs: QuoteInputs
    lines: tuple[SaleLine, ...]
    total_fen: int
    rounding_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    points_earned: tuple[LotAmount, ...] = ()
    points_spent: tuple[LotAmount, ...] = ()
    coupons_redeemed: tuple[UUID, ...] = ()
    approvals: tuple[Approval, ...] = ()
    risk_taken: tuple[LotAmount, ...] = ()
    stored_value_order: str = ""


class RefundLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Part of a sold line that comes back. Amounts are what comes back of that line, all >= 0."""

    line_number: int
    goods_id: str
    name: str
    quantity_milli: int
    unit: str = "piece"
    list_amount_fen: int
    reductions: tuple[Reduction, ...] = ()
    amount_fen: int
    tax_included_fen: int = 0


class Refund(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A refund against a receipt, by the original split. Tenders hold what is given back (stored value by lot)."""

    receipt_number: str
    channel: Channel = "counter"
    sale_id: UUID
    sale_till_id: UUID
    sale_epoch: int
    sale_seq: int
    right_version: int = 0
    member_id: UUID | None = None
    lines: tuple[RefundLine, ...]
    total_fen: int
    rounding_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    points_taken_back: tuple[LotAmount, ...] = ()
    points_debt: int = 0
    points_returned: tuple[LotAmount, ...] = ()
    coupons_restored: tuple[UUID, ...] = ()
    approvals: tuple[Approval, ...] = ()


class UnreceiptedLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods taken back without a receipt, at `price`."""

    goods_id: str
    name: str
    scanned_code: str = ""
    quantity_milli: int
    unit: str = "piece"
    price: Price
    amount_fen: int
    tax_category: str = ""
    tax_rate_basis_points: int = 0
    tax_included_fen: int = 0


class RefundWithoutReceipt(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Goods taken back without a receipt: only with approval, a line of its own in reports."""

    receipt_number: str
    channel: Channel = "counter"
    member_id: UUID | None = None
    lines: tuple[UnreceiptedLine, ...]
    total_fen: int
    rounding_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()
    reason: str = ""


class TopUp(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Money paid into stored value. The business id names the lots `principal:<hex>` and `bonus:<hex>`."""

    receipt_number: str
    channel: Channel = "counter"
    member_id: UUID
    identified_by: str = "card"
    principal_fen: int
    bonus_fen: int = 0
    ladder_step: str = ""
    rule_hash: str = ""
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class TopUpCancelled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A top-up voided whole: a spend of both lots under the same guard."""

    receipt_number: str
    member_id: UUID
    top_up_id: UUID
    principal_fen: int
    bonus_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class Withdrawal(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Principal paid out of one lot. `forfeited_fen` of its bonus is lost; `deducted_fen` is forfeited bonus that was
    already spent, so it is kept back from the payout. Paid out = principal_fen - deducted_fen = sum of tenders."""

    receipt_number: str
    member_id: UUID
    top_up_id: UUID
    principal_fen: int
    forfeited_fen: int = 0
    deducted_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class PointsExchange(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Points exchanged for something of the store's list."""

    receipt_number: str
    member_id: UUID
    item_id: str
    item_name: str
    quantity: int = 1
    points_spent: tuple[LotAmount, ...]
    rule_hash: str = ""
    presence: str = ""
    approvals: tuple[Approval, ...] = ()


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
    """Profile changes: field name -> attachment hash (or a coded value for fields without personal data)."""

    member_id: UUID
    attachments: dict[str, str] = {}
    coded: dict[str, str] = {}


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


class ShiftOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A shift begins: it fixes the business date."""

    shift_id: UUID
    float_fen: int
    approvals: tuple[Approval, ...] = ()


class CashMoved(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Cash into the drawer (> 0) or out of it (< 0), with a coded reason; `to_safe` says where to or from."""

    amount_fen: int
    reason: str
    to_safe: bool = False
    note_attachment: str = ""
    approvals: tuple[Approval, ...] = ()


class DrawerOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The drawer opened without a sale."""

    reason: str
    approvals: tuple[Approval, ...] = ()


class TenderCorrected(Body, frozen=True, kw_only=True, omit_defaults=True):
    """After the sale: it was paid by another (external or cash) tender than recorded."""

    sale_id: UUID
    taken_back: tuple[Tender, ...]
    put_instead: tuple[Tender, ...]
    approvals: tuple[Approval, ...] = ()


class ShiftClosed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A shift ends: counted cash by denomination, what the book expected, and the Z figures."""

    shift_id: UUID
    counted_fen: int
    expected_fen: int
    denominations: dict[str, int] = {}
    figures: dict[str, int] = {}
    to_safe_fen: int = 0
    approvals: tuple[Approval, ...] = ()


class OrderTaken(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Reserved: an order with deposit."""

    order_id: UUID
    member_id: UUID | None = None
    lines: tuple[SaleLine, ...] = ()
    deposit_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    collect_store_id: UUID | None = None
    collect_at_ms: int = 0
    note_attachment: str = ""


class OrderCollected(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Reserved: an order handed over; the balance is paid in the sale it names."""

    order_id: UUID
    sale_id: UUID
    deposit_fen: int = 0


class OrderCancelled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Reserved: an order cancelled; what is kept of the deposit by the rule, and what goes back."""

    order_id: UUID
    returned_fen: int = 0
    kept_fen: int = 0
    tenders: tuple[Tender, ...] = ()


class GrantAdopted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`granted_total` is absolute: the till's G of that lot becomes at least this."""

    subject: UUID
    lot: str
    granted_total: int


class RightsAdopted(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A grant taken over from HQ's answer to `request_number`."""

    request_number: int
    hq_epoch: int = 0
    grants: tuple[GrantAdopted, ...] = ()


class RightsReleased(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Rights given back to HQ."""

    released: tuple[LotAmount, ...]


class ClockSet(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The till's time was set back, by HQ's signed time or by a manager."""

    from_ms: int
    to_ms: int
    by_hq: bool = False
    approvals: tuple[Approval, ...] = ()


class TokenMove(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token by kind, its subject (the member of a coupon) and the version it has after the move."""

    token: UUID
    kind: Literal["coupon", "home", "refund_right", "order"]
    version: int
    subject: UUID | None = None
    terms: bytes = b""


class TokenAcquired(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens taken over from HQ's answer to `request_number`."""

    request_number: int
    tokens: tuple[TokenMove, ...]


class TokenReleased(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens given back to HQ; `refund_rights_through_seq` releases the refund rights of all sales of this epoch up
    to that seq (0 = none)."""

    tokens: tuple[TokenMove, ...] = ()
    refund_rights_through_seq: int = 0


class OpeningLot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lot of an opening balance."""

    lot: str
    amount: int


class OpeningBalance(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: what a member brought along from the system before."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    source: str = ""


class TicketOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Reserved: a service ticket."""

    ticket_id: UUID
    member_id: UUID | None = None
    category: str = ""
    note_attachment: str = ""


class EpochOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The first entry of an epoch; its prev_hash is the last hash of the surviving branch of the epoch before."""

    epoch: int
    previous_epoch: int = 0
    previous_seq: int = 0
    reason: str = "enrolled"


class EpochSealed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: an epoch of a till is closed; its rest moves to HQ."""

    till_id: UUID
    epoch: int
    last_seq: int
    taken_back: tuple[LotAmount, ...] = ()
    reason: str = ""


class MembersUnited(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: the alias is the canonical member; the alias's free balance moves, again as releases arrive."""

    alias_id: UUID
    canonical_id: UUID
    moved: tuple[OpeningLot, ...] = ()
    reason: str = "same_phone"


class BalanceAdjusted(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a correction of a member's free balance (> 0 in favour of the member), naming what it corrects."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    reason: str
    names_entry: str = ""


class LossBooked(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a holder spent or released more than it had; L of that holder is raised."""

    subject: UUID
    lot: str
    till_id: UUID
    epoch: int
    amount: int
    names_entry: str
    reason: str


class DebtSettled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: points or bonus debt paid from the member's free value as it became free."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    unit: Literal["points", "fen"]


class LotExpired(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: breakage of what was free of an expired lot."""

    member_id: UUID
    lot: str
    amount: int


class CouponsIssued(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: coupons given to members: (token, member) pairs of one template."""

    template_id: str
    tokens: tuple[UUID, ...]
    members: tuple[UUID, ...] = ()


class MemberForgotten(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a person is erased; the nameless account lives on until its rights are home."""

    member_id: UUID


BODY_TYPES: dict[tuple[str, int], type[Body]] = {
    ("sale", 1): Sale,
    ("refund", 1): Refund,
    ("refund_without_receipt", 1): RefundWithoutReceipt,
    ("top_up", 1): TopUp,
    ("top_up_cancelled", 1): TopUpCancelled,
    ("withdrawal", 1): Withdrawal,
    ("points_exchange", 1): PointsExchange,
    ("member_registered", 1): MemberRegistered,
    ("member_edited", 1): MemberEdited,
    ("member_tagged", 1): MemberTagged,
    ("member_lookup", 1): MemberLookup,
    ("shift_opened", 1): ShiftOpened,
    ("cash_moved", 1): CashMoved,
    ("drawer_opened", 1): DrawerOpened,
    ("tender_corrected", 1): TenderCorrected,
    ("shift_closed", 1): ShiftClosed,
    ("order_taken", 1): OrderTaken,
    ("order_collected", 1): OrderCollected,
    ("order_cancelled", 1): OrderCancelled,
    ("rights_adopted", 1): RightsAdopted,
    ("rights_released", 1): RightsReleased,
    ("clock_set", 1): ClockSet,
    ("token_acquired", 1): TokenAcquired,
    ("token_released", 1): TokenReleased,
    ("opening_balance", 1): OpeningBalance,
    ("ticket_opened", 1): TicketOpened,
    ("epoch_opened", 1): EpochOpened,
    ("epoch_sealed", 1): EpochSealed,
    ("members_united", 1): MembersUnited,
    ("balance_adjusted", 1): BalanceAdjusted,
    ("loss_booked", 1): LossBooked,
    ("debt_settled", 1): DebtSettled,
    ("lot_expired", 1): LotExpired,
    ("coupons_issued", 1): CouponsIssued,
    ("member_forgotten", 1): MemberForgotten,
}

RESERVED_TYPES = frozenset({"order_taken", "order_collected", "order_cancelled", "ticket_opened"})
HQ_TYPES = frozenset(
    {
        "opening_balance",
        "epoch_sealed",
        "members_united",
        "balance_adjusted",
        "loss_booked",
        "debt_settled",
        "lot_expired",
        "coupons_issued",
        "member_forgotten",
    }
)

_TYPE_OF: dict[type[Body], tuple[str, int]] = {body_type: key for key, body_type in BODY_TYPES.items()}
_DECODERS = {key: msgspec.json.Decoder(body_type) for key, body_type in BODY_TYPES.items()}
_encoder = msgspec.json.Encoder()


def type_of(body: Body) -> tuple[str, int]:
    """(entry type, type version) under which a body is written."""
    return _TYPE_OF[type(body)]


def encode_body(body: Body) -> bytes:
    """The bytes to store, hash and send."""
    return _encoder.encode(body)


def decode_body(entry_type: str, type_version: int, body: bytes) -> Body | None:
    """The body, or None when the type or version is unknown here (park it).

    Raises msgspec.DecodeError or msgspec.ValidationError when a known type does not hold what it should.
    """
    decoder = _DECODERS.get((entry_type, type_version))
    return None if decoder is None else decoder.decode(body)
