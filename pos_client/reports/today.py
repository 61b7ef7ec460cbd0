"""The manager's day on this till: sales, payments, top-ups, points, coupons, members, cashiers, hours, goods, and what
waits to sync. From the till's own entries alone, so it is the same in an outage.

Figures are of one business date. Sales are after reductions, and cash rounding is apart; refunds are named, not
subtracted silently: `sales_fen - refunds_fen - rounding_fen` is the sum of the payments. Points, coupons and reductions
are less what refunds of the day gave back.
"""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass, field

from pos_client.ledger import Ledger
from pos_client.reports.day_sums import REPORTED_TYPES, DaySums
from shared_models.moments import DEFAULT_TIME_ZONE, Clock, local_datetime

TOP_GOODS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderRow:
    """One kind of payment: in how many sales, how much. Refunds through it are taken off."""

    kind: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashierRow:
    """One cashier's day. `lookups_without_sale` counts members looked at and not sold to."""

    cashier_id: str
    name: str
    sales: int
    amount_fen: int
    lines: int
    refunds: int = 0
    refunds_fen: int = 0
    refunds_without_receipt: int = 0
    refunds_without_receipt_fen: int = 0
    overrides: int = 0
    lookups: int = 0
    lookups_without_sale: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsRank:
    """One article's sales, less what came back the same day."""

    name: str
    quantity_milli: int
    is_weighed: bool
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """One business date of this till. `hours` maps the hour of the local day to the sales of that hour in fen;
    `tenders` are the payments of sales, `top_up_tenders` the money of top-ups less what was paid out again.
    `refunds` and `refunds_fen` include those without a receipt."""

    business_date: str
    as_of_ms: int
    sales: int = 0
    sales_fen: int = 0
    rounding_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    refunds_without_receipt: int = 0
    refunds_without_receipt_fen: int = 0
    member_sales: int = 0
    member_sales_fen: int = 0
    members_new: int = 0
    members_returning: int = 0
    top_ups: int = 0
    top_ups_fen: int = 0
    top_up_bonus_fen: int = 0
    withdrawals: int = 0
    withdrawals_fen: int = 0
    stored_value_used_fen: int = 0
    points_earned: int = 0
    points_spent: int = 0
    points_reduction_fen: int = 0
    coupons_used: int = 0
    coupons_fen: int = 0
    risk_fen: int = 0
    manual_fen: int = 0
    reductions_fen: int = 0
    overrides: int = 0
    tenders_corrected: int = 0
    drawer_openings: int = 0
    cash_in_fen: int = 0
    cash_out_fen: int = 0
    lookups: int = 0
    lookups_without_sale: int = 0
    waiting_entries: int = 0
    waiting_fen: int = 0
    oldest_waiting_ms: int = 0
    exceptions: int = 0
    parked: int = 0
    entries: int = 0
    head_hash: str = ""
    tenders: tuple[TenderRow, ...] = ()
    top_up_tenders: tuple[TenderRow, ...] = ()
    cashiers: tuple[CashierRow, ...] = ()
    goods: tuple[GoodsRank, ...] = ()
    hours: dict[int, int] = field(default_factory=dict)

    @property
    def paid_fen(self) -> int:
        """What the payments sum up to."""
        return self.sales_fen - self.refunds_fen - self.rounding_fen


_COUNTED = (
    *("sales", "sales_fen", "rounding_fen", "refunds", "refunds_fen", "refunds_without_receipt"),
    *("refunds_without_receipt_fen", "member_sales", "member_sales_fen", "members_new", "top_ups", "top_ups_fen"),
    *("top_up_bonus_fen", "withdrawals", "withdrawals_fen", "points_earned", "points_spent", "coupons_used"),
    *("risk_fen", "manual_fen", "reductions_fen", "overrides", "tenders_corrected", "drawer_openings", "cash_in_fen"),
    *("cash_out_fen", "lookups"),
)


def today(ledger: Ledger, clock: Clock, business_date: str) -> DayReport:
    """The report of one business date of this till, as of now."""
    store = ledger.store()
    time_zone = store.time_zone if store is not None else DEFAULT_TIME_ZONE
    sums = DaySums()
    for entry in ledger.entries(REPORTED_TYPES, business_date=business_date):
        body = ledger.body_of(entry)
        if body is not None:
            sums.add(body, local_datetime(body.head.till_time_ms, time_zone).hour)
    return _report(sums, ledger, clock.now_ms(), business_date)


def _report(sums: DaySums, ledger: Ledger, now_ms: int, business_date: str) -> DayReport:
    head, waiting = ledger.head(), ledger.sync_state()
    without_sale = sums.lookups_without_sale()
    return DayReport(
        business_date=business_date,
        as_of_ms=now_ms,
        **{name: sums.counts[name] for name in _COUNTED},
        members_returning=_returning(sums, ledger),
        stored_value_used_fen=sums.tenders["stored_value"],
        points_reduction_fen=sums.counts["points_fen"],
        coupons_fen=sums.counts["coupon_fen"],
        lookups_without_sale=sum(without_sale.values()),
        waiting_entries=waiting.waiting_entries,
        waiting_fen=waiting.waiting_fen,
        oldest_waiting_ms=waiting.oldest_waiting_ms,
        exceptions=waiting.exceptions,
        parked=waiting.parked,
        entries=head.seq,
        head_hash=head.entry_hash.hex(),
        tenders=_tender_rows(sums.tenders, sums.tender_counts),
        top_up_tenders=_tender_rows(sums.top_up_tenders, {}),
        cashiers=_cashier_rows(sums, ledger, without_sale),
        goods=_goods_ranks(sums),
        hours=dict(sorted(sums.hours.items())),
    )


def _returning(sums: DaySums, ledger: Ledger) -> int:
    """People who bought today and were members before today, each once whatever ids they have."""
    people = set()
    for member_id in sums.members - sums.registered:
        row = ledger.member_row(member_id)
        people.add(row.canonical_id if row is not None else member_id)
    return len(people - sums.registered)


def _tender_rows(tenders: Counter[str], counts: Mapping[str, int]) -> tuple[TenderRow, ...]:
    """The largest first; those that came to nothing only when they were used."""
    return tuple(
        TenderRow(kind=kind, count=counts.get(kind, 0), amount_fen=amount_fen)
        for kind, amount_fen in sorted(tenders.items(), key=lambda item: (-item[1], item[0]))
        if amount_fen or counts.get(kind, 0)
    )


def _cashier_rows(sums: DaySums, ledger: Ledger, without_sale: Counter[str]) -> tuple[CashierRow, ...]:
    names = {staff.staff_id: staff.name for staff in ledger.staff_list()}
    ranked = sorted(sums.cashiers.items(), key=lambda item: (-item[1]["amount_fen"], item[0]))
    return tuple(
        CashierRow(
            cashier_id=cashier_id,
            name=names.get(cashier_id, ""),
            sales=figures["sales"],
            amount_fen=figures["amount_fen"],
            lines=figures["lines"],
            refunds=figures["refunds"],
            refunds_fen=figures["refunds_fen"],
            refunds_without_receipt=figures["refunds_without_receipt"],
            refunds_without_receipt_fen=figures["refunds_without_receipt_fen"],
            overrides=figures["overrides"],
            lookups=figures["lookups"],
            lookups_without_sale=without_sale[cashier_id],
        )
        for cashier_id, figures in ranked
    )


def _goods_ranks(sums: DaySums) -> tuple[GoodsRank, ...]:
    sold = [article for article in sums.goods.values() if article.quantity_milli > 0]
    best = sorted(sold, key=lambda article: (-article.amount_fen, article.name))[:TOP_GOODS_MAX]
    return tuple(
        GoodsRank(
            name=article.name,
            is_weighed=article.is_weighed,
            quantity_milli=article.quantity_milli,
            amount_fen=article.amount_fen,
        )
        for article in best
    )
