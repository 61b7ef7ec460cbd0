"""Rules: everything one store does by rule, as HQ publishes it: one self-contained struct per version.

HQ resolves its tree (HQ, region, store) into `StoreRules`; a till needs nothing else to price, earn and spend. Encoded
as JSON, a version is named for ever by the SHA-256 of its bytes: a sale says by which hash it was priced. Fields are
only ever added, with a default that means "as before". Ranges are checked when rules are decoded, so a wrong figure
stops at HQ's door and never reaches a till.

`shared_models.rule_engine` applies the rules; nobody else computes a price.
"""

import hashlib
from typing import Annotated, Literal, TypeAlias
from uuid import UUID

import msgspec
from msgspec import Meta, Struct

from shared_models.promotions import Natural, Promotion, Scope, Share, Weekday
from shared_models.sales import TenderKind

Percent = Annotated[int, Meta(ge=0, le=1000)]
Part = Annotated[int, Meta(ge=0, le=100)]
Multiples = Annotated[int, Meta(ge=1, le=1000)]
Places = Annotated[int, Meta(ge=1, le=20)]
Days = Annotated[int, Meta(ge=1, le=3650)]
StoredValueOrder = Literal["principal_first", "bonus_first", "proportion"]
EscrowMode = Literal["online_only", "escrow", "escrow_with_risk"]
ExchangeKind = Literal["goods", "service", "coupon"]
FieldPath: TypeAlias = str


class EarnMultiplier(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """When points are multiplied: `percent` 200 is double. Empty conditions mean always; all that are given must hold.
    `days_of_month` are the chain's member days (for example 8, 18, 28)."""

    multiplier_id: str
    name: str = ""
    percent: Percent = 100
    tiers: tuple[str, ...] = ()
    scope: Scope = ()
    birthday_month: bool = False
    weekdays: tuple[Weekday, ...] = ()
    days_of_month: tuple[Annotated[int, Meta(ge=1, le=31)], ...] = ()
    date_from: str = ""
    date_to: str = ""


class EarnRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points for money: thousandths of a point per yuan (1.5 points a yuan = 1500). Of several multipliers that hold
    for a line the best one counts, or their product. `money_and_principal_only` is locked by HQ."""

    milli_points_per_yuan: Natural = 0
    multipliers: tuple[EarnMultiplier, ...] = ()
    multipliers_combine: Literal["best", "product"] = "best"
    money_and_principal_only: bool = True


class PointsAsMoney(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points as a reduction of the price: every `points_per_step` points take off `fen_per_step`. 0 points a step:
    points cannot be spent as money. `share_cap_basis_points` is the most of the total they may take off."""

    points_per_step: Natural = 0
    fen_per_step: Natural = 100
    minimum_points: Natural = 0
    maximum_points: Natural = 0
    share_cap_basis_points: Share = 10_000
    name: str = "积分抵扣"


class PointsLife(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Points expire at the end of the month that lies `expiry_months` after the one they were earned in (0: never).
    Points returned to a lot that has expired live `minimum_life_months` from then. The till reminds of points that
    expire within `remind_months`."""

    expiry_months: Natural = 12
    minimum_life_months: Natural = 1
    remind_months: Natural = 2


class ExchangeItem(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Something that points are exchanged for. `goods_id` names the goods, `template_id` the coupon."""

    item_id: str
    name: str
    name_en: str = ""
    points: Annotated[int, Meta(ge=1)]
    kind: ExchangeKind = "goods"
    goods_id: str = ""
    template_id: str = ""
    tiers: tuple[str, ...] = ()


class LadderStep(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A step of the top-up ladder: from `threshold_fen` on, a fixed bonus and a share of what is paid in."""

    threshold_fen: Natural
    bonus_fen: Natural = 0
    bonus_basis_points: Share = 0
    name: str = ""


class TopUpRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The ladder. Without `free_amounts` only the steps themselves can be paid in. `balance_cap_fen` 0: no cap."""

    ladder: tuple[LadderStep, ...] = ()
    free_amounts: bool = True
    minimum_fen: Natural = 1
    balance_cap_fen: Natural = 500_000
    cancel_days: Natural = 7


class StoredValueRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How stored value is spent. `order` is the chain's one rule. Up to `free_daily_limit_fen` a day needs no proof of
    presence (小额免密); after `wrong_codes_max` wrong payment codes the code is locked."""

    order: StoredValueOrder = "principal_first"
    free_daily_limit_fen: Natural = 20_000
    wrong_codes_max: Natural = 5


class TierRule(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A tier: reached at `threshold_fen` of rolling spend; its members pay `discount_basis_points` less (500 = 5 %)."""

    code: str
    name: str
    name_en: str = ""
    threshold_fen: Natural = 0
    discount_basis_points: Share = 0


class CouponRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How coupons stack: `by_group` (those of one stacking group exclude each other), `one` a sale, or `all`.
    `sale_maximum` 0: as many as stack."""

    stacking: Literal["by_group", "one", "all"] = "by_group"
    sale_maximum: Natural = 0


class CashRounding(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """抹零: the cash part is rounded to this step, down or to the nearest."""

    step_fen: Literal[1, 10, 50, 100] = 1
    nearest: bool = False


class ApprovalLimits(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a cashier may do without a manager. Percentages are of the list amount; amounts in fen; 0 = never."""

    line_discount_percent: Percent = 10
    basket_discount_percent: Percent = 5
    price_override_percent: Percent = 0
    open_price_maximum_fen: Natural = 100_000
    refund_fen: Natural = 50_000
    refund_without_receipt_daily_fen: Natural = 30_000
    refund_days: Natural = 7
    cash_out_fen: Natural = 0
    drawer_open_alone: bool = False
    reprint_alone: bool = True


class EscrowRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """How rights reach this store's tills ahead of an outage, and what may be lent above them. Without hearing HQ for
    `lease_days` none is spent.

    A member's placement is the least of: the cap of the lot's kind (0: no cap), a share of her balance, and so many
    times what she usually spends here in a visit; but at least the minimum useful amount, where she has as much. It
    lies whole at the till she uses most; one more of that size at each of the next, `tills_per_store` in all. With each
    `idle_days` without a visit it shrinks by half, and after three of them it ends. With `escrow_with_risk` a
    manager may approve a payment above the rights: so much for each member, and for each till until HQ has heard of it;
    what HQ cannot settle within `risk_days` is a loss.
    """

    mode: EscrowMode = "escrow"
    lease_days: Natural = 15
    principal_cap_fen: Natural = 100_000
    bonus_cap_fen: Natural = 50_000
    points_cap: Natural = 20_000
    share_basis_points: Share = 5_000
    usual_multiples: Multiples = 8
    tills_per_store: Places = 2
    minimum_fen: Natural = 3_000
    minimum_points: Natural = 300
    idle_days: Days = 90
    risk_member_fen: Natural = 5_000
    risk_outage_fen: Natural = 50_000
    risk_days: Days = 30
    release_refund_rights: bool = False

    @property
    def places(self) -> bool:
        """Whether anything is placed at this store's tills."""
        return self.mode != "online_only"

    @property
    def lends(self) -> bool:
        """Whether a manager may approve more than the rights at hand."""
        return self.mode == "escrow_with_risk"


class LookupRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Finding members: how many a list may show, and how often a cashier may look without a sale before it is seen."""

    results_maximum: Natural = 20
    without_sale_daily_alert: Natural = 30
    phone_tail: bool = True
    by_name: bool = True


class OrderRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Orders with a deposit: at least `deposit_percent` of the price. Cancelled later than `free_cancel_hours` before
    collection, `kept_percent` of the deposit are kept; a manager may waive that."""

    deposit_percent: Part = 30
    free_cancel_hours: Natural = 24
    kept_percent: Part = 100


class StoreRules(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The complete effective rules of one store. `effective_from` is a business date; a till uses the newest version
    that has begun. `locked` names the fields HQ lets nobody below change."""

    version: int
    store_id: UUID
    author: str = ""
    effective_from: str = ""
    earn: EarnRules = EarnRules()
    points_as_money: PointsAsMoney = PointsAsMoney()
    points_life: PointsLife = PointsLife()
    exchange_list: tuple[ExchangeItem, ...] = ()
    top_up: TopUpRules = TopUpRules()
    stored_value: StoredValueRules = StoredValueRules()
    tiers: tuple[TierRule, ...] = ()
    tier_window_months: Natural = 12
    member_price: bool = True
    member_price_name: str = "会员价"
    promotions: tuple[Promotion, ...] = ()
    coupons: CouponRules = CouponRules()
    cash_rounding: CashRounding = CashRounding()
    limits: ApprovalLimits = ApprovalLimits()
    escrow: EscrowRules = EscrowRules()
    lookups: LookupRules = LookupRules()
    orders: OrderRules = OrderRules()
    scale_patterns: tuple[str, ...] = ("2 D PPPPP AAAAA C", "2 D PPPPP WWWWW AAAAA C")
    tender_kinds: tuple[TenderKind, ...] = ("cash", "stored_value", "wechat", "alipay", "card", "voucher", "other")
    basket_hold_minutes: Natural = 10
    member_tags: tuple[str, ...] = ()
    member_fields: tuple[str, ...] = ()
    consent_text_version: str = "1"
    receipt_header: tuple[str, ...] = ()
    receipt_footer: tuple[str, ...] = ()
    invoice_link: str = ""
    locked: tuple[FieldPath, ...] = ("earn.money_and_principal_only", "stored_value.order")


_encoder = msgspec.json.Encoder()
_decoder = msgspec.json.Decoder(StoreRules)
_REMEMBERED_MAX = 512
_by_hash: dict[str, StoreRules] = {}
_hash_of: dict[int, tuple[StoreRules, str]] = {}


def encode_rules(rules: StoreRules) -> bytes:
    """The bytes that are stored, sent and hashed."""
    return _encoder.encode(rules)


def decode_rules(encoded: bytes) -> StoreRules:
    """The rules of these bytes: the same object for the same bytes, so that what is derived from it is kept too.

    Raises msgspec.ValidationError, naming the field, for a figure out of range.
    """
    digest = hashlib.sha256(encoded).hexdigest()
    known = _by_hash.get(digest)
    if known is not None:
        return known
    rules = _decoder.decode(encoded)
    if len(_by_hash) >= _REMEMBERED_MAX:
        _by_hash.clear()
    _by_hash[digest] = rules
    _remember_hash(rules, digest)
    return rules


def rule_hash(rules: StoreRules) -> str:
    """SHA-256 (hex) of the encoded rules: their name for ever. Remembered per object."""
    known = _hash_of.get(id(rules))
    if known is not None and known[0] is rules:
        return known[1]
    digest = hashlib.sha256(_encoder.encode(rules)).hexdigest()
    _remember_hash(rules, digest)
    return digest


def _remember_hash(rules: StoreRules, digest: str) -> None:
    if len(_hash_of) >= _REMEMBERED_MAX:
        _hash_of.clear()
    _hash_of[id(rules)] = (rules, digest)  # holding the object keeps its id from being given to another
