"""What a basket is on disk while it is not a sale yet. The ledger keeps the bytes; nobody but the checkout reads them.

Immutable: every operation makes a new draft, so that a refused one leaves the old as it was.
"""

from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.rule_engine import BasketLine
from shared_models.rules import StoreRules
from shared_models.sales import (
    Approval,
    CouponTerms,
    IdentifiedBy,
    MemberOnSale,
    Presence,
    QuoteInputs,
    SaleLine,
    Tender,
    TenderKind,
    TenderState,
)


class ManualDiscount(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the cashier took off by hand: an amount or a percentage of the list amount, approved or within the limit."""

    amount_fen: int = 0
    percent_off: int = 0
    reason: str = ""
    approval_id: str = ""


class DraftLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line as the cashier put it together; `line.manual_reductions` stays empty until it is quoted. `as_scanned` is
    the line as it was before its price was changed by hand."""

    line: BasketLine
    weighed: bool = False
    note: str = ""
    discount: ManualDiscount | None = None
    as_scanned: BasketLine | None = None


class DraftMember(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The member and how that was established. `presence` is proved by card, QR or a manager."""

    member_id: UUID
    identified_by: IdentifiedBy
    presence: Presence = ""


class BearerCoupon(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon on paper, as scanned: what it is good for, and what HQ signed (nothing for one a refund gave back)."""

    token: UUID
    terms: CouponTerms
    content: bytes = b""


class DraftTender(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A payment before the sale. Cash: `amount_fen` is what was handed over. Stored value: `risk_fen` is the most of it
    that a manager let be taken above the rights here. `payment_id`: it was paid through `provider`, so far as `state`
    says."""

    kind: TenderKind
    amount_fen: int
    reference: str = ""
    risk_fen: int = 0
    payment_id: UUID | None = None
    provider: str = ""
    state: TenderState = "recorded"


class DraftExchange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods of an earlier sale that come back when this basket is paid: what is wanted of which lines, and what that is
    worth. The refund bears its own id from the beginning."""

    refund_id: UUID
    sale_id: UUID
    wanted: dict[int, int]
    back_fen: int
    receipt_number: str = ""
    approvals: tuple[Approval, ...] = ()


class DraftOrder(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The basket is being ordered: what is paid now is the deposit. The full phone number is sealed for HQ already, or
    named by the order this one replaces (`phone_sealed_before`)."""

    deposit_fen: int
    collect_at_ms: int
    name: str = ""
    phone_masked: str = ""
    phone_sealed: bytes = b""
    text: str = ""
    collect_store_id: UUID | None = None
    phone_sealed_before: str = ""


class DraftChange(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The basket is an order whose goods change: what was paid for it before, and by what. It is priced anew."""

    order_id: UUID
    receipt_number: str
    total_fen: int
    paid: tuple[Tender, ...] = ()


class DraftCollection(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The basket is an order that is being collected: at the price it was ordered at, its deposit counted. `rules`:
    those it was priced by, where they came with it from another till."""

    order_id: UUID
    receipt_number: str
    inputs: QuoteInputs
    lines: tuple[SaleLine, ...]
    deposit: tuple[Tender, ...]
    member: MemberOnSale | None = None
    rules: StoreRules | None = None


class Draft(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The basket. `coupons` are those the cashier applied, in order; `points` are wished, the rules may use fewer.
    `quoted_minute` and `quoted_rules` (a hash) stand still from the first payment on, so that no price changes while
    the customer pays: neither with the clock nor by what HQ publishes in that moment."""

    basket_id: UUID
    lines: tuple[DraftLine, ...] = ()
    lines_made: int = 0
    member: DraftMember | None = None
    coupons: tuple[UUID, ...] = ()
    points: int = 0
    discount: ManualDiscount | None = None
    note: str = ""
    tenders: tuple[DraftTender, ...] = ()
    quoted_minute: int | None = None
    quoted_rules: str = ""
    approvals: tuple[Approval, ...] = ()
    cashier_id: str = ""
    due_fen: int = 0
    bearer_coupons: tuple[BearerCoupon, ...] = ()
    exchange: DraftExchange | None = None
    order: DraftOrder | None = None
    collection: DraftCollection | None = None
    changing: DraftChange | None = None

    @property
    def order_in_hand(self) -> UUID | None:
        """The order that this basket hands over or changes."""
        if self.collection is not None:
            return self.collection.order_id
        return None if self.changing is None else self.changing.order_id

    def line(self, line_number: int) -> DraftLine | None:
        """A line by its number."""
        return next((one for one in self.lines if one.line.line_number == line_number), None)


class Undoable(Struct, frozen=True, kw_only=True):
    """A step that took something out of the basket, and what it took. Kept in memory until the basket is paid, held or
    exchanged for another; `entry_id` names the entry that recorded it (a member who left is in none)."""

    what: Literal["goods_out", "basket_cancelled", "member_left"]
    lines: tuple[DraftLine, ...] = ()
    entry_id: UUID | None = None
    before: Draft


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Draft)


def encode_draft(draft: Draft) -> bytes:
    """The bytes for the ledger."""
    return _encoder.encode(draft)


def decode_draft(payload: bytes) -> Draft:
    """The draft of these bytes. Raises msgspec.DecodeError for bytes of a later program."""
    return _decoder.decode(payload)
