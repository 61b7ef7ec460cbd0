"""What goes into the rule engine and what comes out: basket lines, quotes, combinations."""

from uuid import UUID

from msgspec import Struct

from shared_models.sales import CouponTerms, GoodsTerms, Price, PriceSource, Reduction, SaleLine, Unit


class BasketLine(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A line before the rules have spoken. `list_amount_fen` None: price times quantity; a scale label brings its own.
    `manual_reductions` are what the cashier took off, approved where the rules ask for it."""

    line_number: int
    goods_id: str
    name: str
    scanned_code: str = ""
    quantity_milli: int
    unit: Unit = "piece"
    price: Price
    price_source: PriceSource = "list"
    list_amount_fen: int | None = None
    manual_reductions: tuple[Reduction, ...] = ()
    goods: GoodsTerms = GoodsTerms()
    tax_category: str = ""
    tax_rate_basis_points: int = 0
    sales_assistant: str = ""
    approval_id: str = ""
    original_price: Price | None = None
    note_attachment: str = ""
    options: tuple[str, ...] = ()


class GiftOffered(Struct, frozen=True, kw_only=True):
    """A gift the basket has earned that is not in it yet: the cashier may add one of the goods."""

    promotion_id: str
    name: str
    goods_ids: tuple[str, ...]
    pieces: int


class Quote(Struct, frozen=True, kw_only=True):
    """The price of a basket with its reasons. `total_fen` is the sum of the line amounts; `rounding_fen` is what the
    cash part is rounded by and is not part of it. `promotion_uses` counts what this sale uses of each promotion."""

    lines: tuple[SaleLine, ...]
    list_total_fen: int
    reductions_total_fen: int
    total_fen: int
    points_reduction_fen: int = 0
    points_used: int = 0
    coupons_applied: tuple[UUID, ...] = ()
    coupons_refused: dict[UUID, str] = {}
    rounding_fen: int = 0
    promotion_uses: dict[str, int] = {}
    gifts_offered: tuple[GiftOffered, ...] = ()


class Combination(Struct, frozen=True, kw_only=True):
    """The coupons and points that save most, what they save, and the quote with them. `steps` is the work it took."""

    coupons: tuple[CouponTerms, ...]
    points: int
    saved_fen: int
    quote: Quote
    steps: int = 0


class LadderBonus(Struct, frozen=True):
    """The bonus of a top-up and the name of the ladder step that gives it ('' for none)."""

    bonus_fen: int = 0
    step: str = ""
