"""What the screens show: every operation of the checkout answers with one of these.

Frozen pictures of a moment, made anew by each operation, so that a screen may keep one without a lock. They hold
figures and codes, never sentences; names and reasons in them are the chain's own words from its goods and rules.
"""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

from pos_client.checkout.shift_views import CashierFigures as CashierFigures
from pos_client.checkout.shift_views import ShiftReportView as ShiftReportView
from pos_client.checkout.shift_views import ShiftView as ShiftView
from pos_client.devices.receipt_document import ReceiptDocument
from shared_models.catalog import StaffRole
from shared_models.sales import IdentifiedBy, Presence, Price, PriceSource, ReductionKind, TenderKind, TenderState, Unit

FieldValue = str | int | bool | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Notice:
    """Something to be said calmly that stops nobody: a code and its fields, worded by the screen like a refusal."""

    code: str
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class StaffView:
    """Somebody who may log in here. `locked_until_ms` (0: not locked) is on the wall clock."""

    staff_id: str
    name: str
    role: StaffRole
    locked_until_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class SyncView:
    """What the sync pill tells. `last_contact_ms` is 0 when HQ was never heard; `frozen_code` stops spending rights."""

    last_contact_ms: int
    last_error_code: str
    waiting_entries: int
    waiting_fen: int
    oldest_waiting_ms: int = 0
    frozen_code: str = ""
    lease_over: bool = False
    exceptions: int = 0
    parked: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class StatusView:
    """The header of every screen. `business_date` is the shift's, or that of the clock while no shift is open.
    `clock_code` says that the machine's clock cannot be believed, by how much it is off (> 0: it is behind)."""

    chain_name: str
    store_name: str
    till_number: int
    business_date: str
    cashier: StaffView | None
    shift_opened_at_ms: int | None
    held_count: int
    sync: SyncView
    clock_code: str = ""
    clock_behind_ms: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ReasonView:
    """One reason why a line costs less, in the words of the rule."""

    kind: ReductionKind
    name: str
    amount_fen: int
    points: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class LineView:
    """A line of the basket after the quote. `price` is as spoken on the shelf (see Price.per_milli)."""

    line_number: int
    goods_id: str
    name: str
    scanned_code: str
    quantity_milli: int
    unit: Unit
    weighed: bool
    price: Price
    price_source: PriceSource
    list_amount_fen: int
    reasons: tuple[ReasonView, ...]
    reductions_fen: int
    amount_fen: int
    note: str = ""
    original_price: Price | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CouponView:
    """A coupon of the member. `usable`: it can be redeemed at this till now; otherwise `why_not` is the code
    (`coupon_at_hq`, `coupon_at_till` with `till_number`, `coupon_expired`, `coupon_not_yet_valid`,
    `coupon_other_store`, `coupon_minimum`, `coupon_stacking`, `coupon_no_goods`, `coupon_saves_nothing`).
    `kind` and figures are the terms'."""

    token: UUID
    name: str
    kind: str
    amount_fen: int
    percent_off: int
    minimum_fen: int
    valid_to: str
    usable: bool
    applied: bool
    takes_off_fen: int = 0
    why_not: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)


@dataclass(frozen=True, slots=True, kw_only=True)
class ExpiringPoints:
    """Points of a lot that can be spent up to the end of `last_month` (`YYYY-MM`)."""

    last_month: str
    points: int


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberPanel:
    """The member beside the basket. Balances are HQ's last word (`confirmed_at_ms`) plus this till's own entries since
    (`own_entries_after`, `own_fen_after`, `own_points_after`); `*_usable` is what can be spent here at this moment.
    `why_not_more` is a code when less than the balance is usable: `at_hq` (being fetched or HQ out of reach), `at_till`
    (`till_number`, `usable_fen`), `at_store` (`store`, `usable_fen`), `online_only`, `frozen`, `lease_over`,
    `presence_needed`; its fields are `why_fields`. `risk_fen` was lent above rights and is not settled. `presence` is
    '' until proved; `payment_code` is what is known of the member's own."""

    member_id: UUID
    name: str
    phone_masked: str
    status: str
    identified_by: IdentifiedBy
    presence: Presence
    tier: str
    tier_name: str
    tier_progress_fen: int
    tier_next_name: str
    tier_next_fen: int
    is_birthday_month: bool
    birthday: str
    home_store_name: str
    last_visit_date: str
    visits: int
    tags: tuple[str, ...]
    alerts: tuple[str, ...]
    own_fields: Mapping[str, str]
    stored_value_fen: int
    principal_fen: int
    bonus_fen: int
    stored_value_usable_fen: int
    points: int
    points_usable: int
    points_expiring: tuple[ExpiringPoints, ...]
    points_debt: int
    bonus_debt_fen: int
    why_not_more: str
    free_today_fen: int
    confirmed_at_ms: int
    own_entries_after: int
    own_fen_after: int
    own_points_after: int
    why_fields: Mapping[str, FieldValue] = field(default_factory=dict)
    risk_fen: int = 0
    payment_code: Literal["", "set", "locked"] = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class SuggestionView:
    """The best combination of coupons and points: adopted as a whole by `basket.adopt_suggestion()`."""

    coupons: tuple[UUID, ...]
    coupon_names: tuple[str, ...]
    points: int
    points_reduction_fen: int
    saved_fen: int
    total_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class BasketView:
    """The open basket as quoted. list_total - reductions_total = due. `pieces` counts a weighed line as one.
    `changed_line` is the line the last operation touched (0: none)."""

    basket_id: UUID
    lines: tuple[LineView, ...]
    pieces: int
    list_total_fen: int
    reductions_total_fen: int
    due_fen: int
    points_to_earn: int
    points_used: int
    points_reduction_fen: int
    member: MemberPanel | None
    coupons: tuple[CouponView, ...]
    note: str
    held_count: int
    changed_line: int = 0
    rule_version: str = ""
    payments_begun: bool = False
    notices: tuple[Notice, ...] = ()
    order_deposit_fen: int | None = None
    collects: str = ""
    exchange_receipt: str = ""
    exchange_back_fen: int = 0


ScanOutcome = Literal["goods", "member", "coupon", "receipt", "staff", "unknown"]


@dataclass(frozen=True, slots=True, kw_only=True)
class ScanView:
    """What a scan came to. `receipt_number` is set for `receipt` (open the order or the refund screen with it); an
    unknown goods code is a Refusal `unknown_code`."""

    outcome: ScanOutcome
    basket: BasketView
    receipt_number: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldView:
    """A basket on hold."""

    basket_id: UUID
    label: str
    lines: int
    due_fen: int
    held_at_ms: int
    cashier_id: str


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsMatch:
    """A goods row found by name, initials, PLU or part of a code."""

    goods_id: str
    name: str
    unit: Unit
    weighed: bool
    price: Price
    open_price: bool
    sold_out: bool
    category: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberMatch:
    """A member in a list of several."""

    member_id: UUID
    name: str
    phone_masked: str
    tier_name: str
    last_visit_date: str
    status: str


@dataclass(frozen=True, slots=True, kw_only=True)
class FindView:
    """What a member search came to; `means` is how they were identified, to be handed on to `attach`."""

    outcome: Literal["one", "several", "missed"]
    means: IdentifiedBy
    matches: tuple[MemberMatch, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderView:
    """One payment of the basket (or what goes back in a refund). `index` names it for removal."""

    index: int
    kind: TenderKind
    amount_fen: int
    handed_over_fen: int = 0
    change_fen: int = 0
    principal_fen: int = 0
    bonus_fen: int = 0
    state: TenderState = "recorded"
    payment_id: UUID | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredValueOffer:
    """What stored value could pay now. `why_not_more` as in MemberPanel, or `no_member`; `short` names the part whose
    allowance was short when the other is used instead of it. `after_usable_fen`: what stays usable here after this."""

    balance_fen: int
    usable_fen: int
    after_usable_fen: int
    why_not_more: str = ""
    why_fields: Mapping[str, FieldValue] = field(default_factory=dict)
    risk_room_fen: int = 0
    short: str = ""
    presence_needed_above_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class PaymentView:
    """The pay screen. left = due - rounding - tenders; `cash_left_fen` is what the customer would pay if the rest is
    paid in cash (rounded), `quick_notes_fen` the next notes for that. `under_way`: what a wallet was asked for and
    nobody knows yet. `carried`: what paid for returned goods and now pays for these; `goes_back`: what is above it."""

    basket: BasketView
    due_fen: int
    rounding_fen: int
    left_fen: int
    cash_left_fen: int
    change_fen: int
    tenders: tuple[TenderView, ...]
    stored_value: StoredValueOffer
    quick_notes_fen: tuple[int, ...]
    can_complete: bool
    under_way: tuple[TenderView, ...] = ()
    carried: tuple[TenderView, ...] = ()
    goes_back: tuple[TenderView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class DoneView:
    """Something that is on disk now. `documents` are what is printed, in order."""

    entry_type: str
    business_id: UUID
    receipt_number: str
    total_fen: int = 0
    change_fen: int = 0
    points_earned: int = 0
    documents: tuple[ReceiptDocument, ...] = ()
    is_reprint: bool = False
    difference_fen: int = 0  # counted less expected, of a shift that was closed
    notices: tuple[Notice, ...] = ()
