"""Goods over the counter: sales, refunds, orders with a deposit."""

from uuid import UUID

from msgspec import Struct

from shared_models.bodies.body import Body, Channel
from shared_models.sales import Approval, LotAmount, MemberOnSale, Price, QuoteInputs, Reduction, SaleLine, Tender


class Sale(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A whole sale. `total_fen` = sum of line amounts = `rounding_fen` + sum of tenders. `printed_coupons` are the
    signed contents of those among `coupons_redeemed` that were redeemed as the store's home till. `order_id`: it hands
    this order over, at the price and by the rules of the order."""

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
    printed_coupons: tuple[bytes, ...] = ()
    order_id: UUID | None = None


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


class SaleCredited(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A sale without a member, credited once to somebody who was identified after it: the points it would have earned
    at the price it was sold at. `inputs` are the sale's own with the member in them."""

    sale_id: UUID
    member: MemberOnSale
    inputs: QuoteInputs
    points_earned: tuple[LotAmount, ...]


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


class OrderTaken(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Goods ordered, as quoted: they cost `total_fen` when they are collected, whatever the rules say by then.
    `deposit_fen` = sum of `carried` and tenders; it is owed until then, and never sales. What is to be written on the
    cake, the name and the phone are attachments. `replaces`: it is another order changed, which is cancelled in the
    same transaction; `carried` is what stays of that one's deposit, by the tenders it came with."""

    order_id: UUID
    receipt_number: str = ""
    member_id: UUID | None = None
    member: MemberOnSale | None = None
    inputs: QuoteInputs | None = None
    lines: tuple[SaleLine, ...] = ()
    total_fen: int = 0
    deposit_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    collect_store_id: UUID | None = None
    collect_at_ms: int = 0
    note_attachment: str = ""
    name: str = ""
    phone_masked: str = ""
    phone_sealed: str = ""
    approvals: tuple[Approval, ...] = ()
    replaces: UUID | None = None
    carried: tuple[Tender, ...] = ()


class OrderCollected(Body, frozen=True, kw_only=True, omit_defaults=True):
    """An order handed over: the sale it names counts the deposit as a tender of that kind."""

    order_id: UUID
    sale_id: UUID
    deposit_fen: int = 0


class OrderCancelled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """An order cancelled: what is kept of the deposit by the rule, and what goes back by the tenders it came with.
    `replaced_by`: it was changed, and `carried_fen` of its deposit is that order's from now on."""

    order_id: UUID
    receipt_number: str = ""
    member_id: UUID | None = None
    returned_fen: int = 0
    kept_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()
    reason: str = ""
    replaced_by: UUID | None = None
    carried_fen: int = 0
