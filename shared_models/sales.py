"""The words of a sale: prices, lines, reductions, tenders, and every input of the quote.

These structs stand in entry bodies, so they are forever: fields are only ever added, with a default. Amounts are fen,
quantities thousandths of the goods' unit (grams for weighed goods).
"""

from typing import Literal
from uuid import UUID

from msgspec import Struct

Unit = Literal["piece", "kg", "jin", "100g"]
"""How the store speaks of a price: per piece, kilogram, 500 g (斤) or 100 g."""

PER_MILLI: dict[Unit, int] = {"piece": 1000, "kg": 1000, "jin": 500, "100g": 100}
"""Thousandths of the stored unit (piece or kg) that the price of each spoken unit is for."""

PriceSource = Literal["list", "label", "open", "override"]
ReductionKind = Literal["member_price", "tier", "promotion", "manual", "coupon", "points", "exchange"]
TenderKind = Literal["cash", "stored_value", "wechat", "alipay", "card", "voucher", "other", "deposit"]
"""`deposit`: what was paid when an order was taken, counted when it is collected; nobody pays with it."""
TenderState = Literal["confirmed", "recorded", "unknown"]
IdentifiedBy = Literal["card", "qr", "phone", "phone_tail", "name", "registration"]
Presence = Literal["", "card", "qr", "payment_code", "manager", "small_amount"]


class Price(Struct, frozen=True, omit_defaults=True):
    """A price of `amount_fen` for `per_milli` thousandths: 12.80 a kg is (1280, 1000), 49.00 a jin is (4900, 500)."""

    amount_fen: int
    per_milli: int = 1000


class Cursor(Struct, frozen=True, order=True):
    """A position in HQ's feed: compared first by HQ's epoch, then by number."""

    hq_epoch: int = 0
    position: int = 0


class LotAmount(Struct, frozen=True):
    """An amount (fen, points or uses) of one lot of one subject. Lots are named in `shared_models.rights`."""

    subject: UUID
    lot: str
    amount: int


class GoodsTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What the rules need to know about the goods of a line, as it was when quoted."""

    category: str = ""
    tags: tuple[str, ...] = ()
    member_price: Price | None = None
    no_discount: bool = False
    no_points: bool = False


class Reduction(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One reason why a line costs less. `source` is the id of the promotion, coupon token, approval or rule field;
    `name` is the reason as printed. `points` is how many points a points-as-money reduction cost."""

    kind: ReductionKind
    source: str
    name: str
    amount_fen: int
    points: int = 0


class SaleLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One line as sold. `list_amount_fen` minus all reductions is `amount_fen`."""

    line_number: int
    goods_id: str
    name: str
    scanned_code: str = ""
    quantity_milli: int
    unit: Unit = "piece"
    price: Price
    price_source: PriceSource = "list"
    list_amount_fen: int
    reductions: tuple[Reduction, ...] = ()
    amount_fen: int
    goods: GoodsTerms = GoodsTerms()
    tax_category: str = ""
    tax_rate_basis_points: int = 0
    tax_included_fen: int = 0
    sales_assistant: str = ""
    approval_id: str = ""
    original_price: Price | None = None
    note_attachment: str = ""
    options: tuple[str, ...] = ()


class CouponTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A coupon as the rule engine sees it; all of it is an input of the quote and travels in the sale.

    `kind`: amount_off (`amount_fen`), percent_off (`percent_off` of the price, at most `cap_fen` when > 0), exchange
    (one unit of `goods_ids` for `amount_fen`), gift (one unit of `goods_ids` free). `scope` empty = all goods;
    otherwise `category:x`, `goods:x` or `tag:x`. Coupons of one `stacking_group` exclude each other ('' = stacks with
    all); `excludes_member_discount` lines lose member price and tier discount where the coupon applies.
    """

    token: UUID
    template_id: str
    name: str
    kind: Literal["amount_off", "percent_off", "exchange", "gift"]
    amount_fen: int = 0
    percent_off: int = 0
    cap_fen: int = 0
    minimum_fen: int = 0
    goods_ids: tuple[str, ...] = ()
    scope: tuple[str, ...] = ()
    stores: tuple[UUID, ...] = ()
    stacking_group: str = "default"
    excludes_member_discount: bool = False
    valid_from: str = ""
    valid_to: str = ""
    restored_on_refund: bool = True


class QuoteInputs(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Every input of the quote besides the lines themselves: HQ computes the quote again from these alone."""

    rule_hash: str
    engine_version: int
    mirror_cursor: Cursor = Cursor()
    business_date: str
    local_minute: int = 0
    member_id: UUID | None = None
    tier: str = ""
    birthday_month: bool = False
    coupons: tuple[CouponTerms, ...] = ()
    points_to_spend: int = 0
    cash_due_fen: int | None = None
    promotion_uses: dict[str, int] = {}


class Tender(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One payment. `amount_fen` is what it settles of the amount due (cash: after change). Stored value names what it
    takes of which lots in `lots`; a reference (bank, wallet, voucher) is the hash of an attachment. `payment_id` is the
    till's own number of a payment made through `provider`: what it is asked for by, and given back by."""

    kind: TenderKind
    amount_fen: int
    state: TenderState = "confirmed"
    reference_attachment: str = ""
    lots: tuple[LotAmount, ...] = ()
    handed_over_fen: int = 0
    change_fen: int = 0
    provider: str = ""
    payment_id: UUID | None = None


class MemberOnSale(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Who the member was, and how that and their presence were established."""

    member_id: UUID
    identified_by: IdentifiedBy
    presence: Presence = ""


class Approval(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A manager's yes, given inside the flow. `reason` is a code of the chain's list, never free text."""

    approval_id: str
    action: str
    approver_id: str
    reason: str = ""
    at_ms: int = 0
