"""What the screens beside the sale show: refunds, top-ups, withdrawals, exchanges. See `views`."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pos_client.checkout.views import FieldValue, MemberPanel, Notice, TenderView
from shared_models.sales import Tender, TenderKind, Unit


@dataclass(frozen=True, slots=True, kw_only=True)
class SaleSummary:
    """A sale in a list to choose from."""

    sale_id: UUID
    receipt_number: str
    business_date: str
    at_ms: int
    cashier_id: str
    lines: int
    total_fen: int
    member_masked: str = ""
    refunded_fen: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundableLine:
    """A sold line: what is left of it, what is wanted back, and what that gives."""

    line_number: int
    name: str
    unit: Unit
    weighed: bool
    sold_milli: int
    left_milli: int
    left_fen: int
    wanted_milli: int
    refund_fen: int
    goods_id: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class RefundView:
    """A refund before it is done: by the original split. `total_fen` is the goods' amount; what is handed back is in
    `tenders` (stored value goes back to the lots it came from). `approval_needed` is '' or the action's code."""

    sale_id: UUID
    receipt_number: str
    business_date: str
    at_ms: int
    cashier_id: str
    member_masked: str
    lines: tuple[RefundableLine, ...]
    total_fen: int
    rounding_fen: int
    tenders: tuple[TenderView, ...]
    sale_tenders: tuple[TenderView, ...]
    points_taken_back: int
    points_debt: int
    points_returned: int
    coupons_restored: int
    approval_needed: str
    notices: tuple[Notice, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class UnreceiptedWanted:
    """Goods to be taken back without a receipt; the price is what is given for one unit as the goods are priced, None
    for today's list price."""

    goods_id: str
    quantity_milli: int
    price_fen: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LadderStepView:
    """A step of the top-up ladder."""

    principal_fen: int
    bonus_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class TopUpView:
    """The top-up screen. `over_cap_fen` > 0: the balance after would be that much above the cap, and completing is
    refused. `under_way`: what a wallet was asked for and nobody knows yet."""

    member: MemberPanel
    ladder: tuple[LadderStepView, ...]
    principal_fen: int
    bonus_fen: int
    balance_fen: int
    balance_after_fen: int
    cap_fen: int
    over_cap_fen: int
    left_fen: int
    change_fen: int
    tenders: tuple[TenderView, ...]
    quick_notes_fen: tuple[int, ...]
    can_complete: bool
    under_way: tuple[TenderView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class StoredLotView:
    """A top-up's two lots: what the member has of them and what of it this till may move now. `paid_fen`, `given_fen`,
    `receipt_number`, `business_date` and `paid_by`, as which a cancellation goes back, are known where the top-up was
    made here (else 0, '' and nothing)."""

    top_up_id: UUID
    receipt_number: str
    business_date: str
    paid_fen: int
    given_fen: int
    principal_fen: int
    principal_here_fen: int
    bonus_fen: int
    bonus_here_fen: int
    can_cancel: bool
    can_withdraw: bool
    why_not_cancel: str = ""
    why_not_withdraw: str = ""
    fields: Mapping[str, FieldValue] = field(default_factory=dict)
    paid_by: tuple[TenderView, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class PayoutWay:
    """A wallet that paid for a top-up can have its principal back, as far as it paid: `room_fen` is left of that."""

    kind: TenderKind
    room_fen: int
    payment: Tender | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class WithdrawalView:
    """What a withdrawal would do: principal leaves, its bonus is forfeited in proportion, forfeited bonus that was
    already spent is deducted from the payout. `ways` are wallets it can go back to; it can always be cash."""

    lot: StoredLotView
    principal_fen: int
    forfeited_fen: int
    deducted_fen: int
    payout_fen: int
    ways: tuple[PayoutWay, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeItemView:
    """Something of the store's exchange list."""

    item_id: str
    name: str
    points: int
    affordable: bool


@dataclass(frozen=True, slots=True, kw_only=True)
class ExchangeView:
    """The exchange screen."""

    member: MemberPanel
    items: tuple[ExchangeItemView, ...]
