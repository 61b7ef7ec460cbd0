"""The manager's day on this till: sales, payments, top-ups, points, coupons, members, cashiers, hours, goods, and what
waits to sync. From the till's own entries alone, so it is the same in an outage.

Figures are of one business date. Sales are after reductions and cash rounding is apart; refunds are named, not
subtracted silently.
"""

from collections import Counter
from dataclasses import dataclass, field

from pos_client.ledger import Ledger
from shared_models.bodies import Refund, RefundWithoutReceipt, Sale, TopUp
from shared_models.moments import DEFAULT_TIME_ZONE, Clock, local_datetime

_TYPES = ("sale", "refund", "refund_without_receipt", "top_up", "member_registered")
TOP_GOODS_MAX = 12


@dataclass(frozen=True, slots=True, kw_only=True)
class TenderRow:
    """One kind of payment: how many, how much. Refunds through it are taken off."""

    kind: str
    count: int
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class CashierRow:
    """One cashier's sales."""

    cashier_id: str
    name: str
    sales: int
    amount_fen: int
    lines: int


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsRank:
    """One article's sales."""

    name: str
    quantity_milli: int
    is_weighed: bool
    amount_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayReport:
    """One business date of this till. `hours` maps the hour of the local day to the sales of that hour in fen."""

    business_date: str
    as_of_ms: int
    sales: int = 0
    sales_fen: int = 0
    rounding_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    member_sales: int = 0
    member_sales_fen: int = 0
    members_new: int = 0
    members_returning: int = 0
    top_ups: int = 0
    top_ups_fen: int = 0
    top_up_bonus_fen: int = 0
    stored_value_used_fen: int = 0
    points_earned: int = 0
    points_spent: int = 0
    points_reduction_fen: int = 0
    coupons_used: int = 0
    coupons_fen: int = 0
    reductions_fen: int = 0
    waiting_entries: int = 0
    waiting_fen: int = 0
    entries: int = 0
    head_hash: str = ""
    tenders: tuple[TenderRow, ...] = ()
    cashiers: tuple[CashierRow, ...] = ()
    goods: tuple[GoodsRank, ...] = ()
    hours: dict[int, int] = field(default_factory=dict)


class _Tally:
    """Adds up one day, entry by entry."""

    def __init__(self) -> None:
        self.sums: Counter[str] = Counter()
        self.tenders: Counter[str] = Counter()
        self.tender_counts: Counter[str] = Counter()
        self.hours: Counter[int] = Counter()
        self.cashiers: dict[str, Counter[str]] = {}
        self.goods: dict[str, Counter[str]] = {}
        self.goods_names: dict[str, tuple[str, bool]] = {}
        self.members: set[str] = set()
        self.registered: set[str] = set()

    def take_sale(self, sale: Sale, time_zone: str) -> None:
        sums = self.sums
        sums.update(sales=1, sales_fen=sale.total_fen, rounding_fen=sale.rounding_fen)
        sums["points_earned"] += sum(part.amount for part in sale.points_earned)
        sums["points_spent"] += sum(part.amount for part in sale.points_spent)
        sums["coupons_used"] += len(sale.coupons_redeemed)
        if sale.member is not None:
            sums.update(member_sales=1, member_sales_fen=sale.total_fen)
            self.members.add(sale.member.member_id.hex)
        for tender in sale.tenders:
            self.tenders[tender.kind] += tender.amount_fen
            self.tender_counts[tender.kind] += 1
        self.hours[local_datetime(sale.head.till_time_ms, time_zone).hour] += sale.total_fen
        cashier = self.cashiers.setdefault(sale.head.cashier_id, Counter())
        cashier.update(sales=1, amount_fen=sale.total_fen, lines=len(sale.lines))
        for line in sale.lines:
            self.goods_names[line.goods_id] = (line.name, line.unit != "piece")
            goods = self.goods.setdefault(line.goods_id, Counter())
            goods.update(quantity_milli=line.quantity_milli, amount_fen=line.amount_fen)
            for reduction in line.reductions:
                sums["reductions_fen"] += reduction.amount_fen
                if reduction.kind in ("coupon", "points"):
                    sums[f"{reduction.kind}_fen"] += reduction.amount_fen

    def take_refund(self, refund: Refund | RefundWithoutReceipt) -> None:
        self.sums.update(refunds=1, refunds_fen=refund.total_fen)
        for tender in refund.tenders:
            self.tenders[tender.kind] -= tender.amount_fen

    def take_top_up(self, top_up: TopUp) -> None:
        self.sums.update(top_ups=1, top_ups_fen=top_up.principal_fen, top_up_bonus_fen=top_up.bonus_fen)


def today(ledger: Ledger, clock: Clock, business_date: str) -> DayReport:
    """The report of one business date of this till, as of now."""
    store = ledger.store()
    tally = _Tally()
    for entry in ledger.entries(_TYPES, business_date=business_date):
        body = ledger.body_of(entry)
        if isinstance(body, Sale):
            tally.take_sale(body, store.time_zone if store is not None else DEFAULT_TIME_ZONE)
        elif isinstance(body, Refund | RefundWithoutReceipt):
            tally.take_refund(body)
        elif isinstance(body, TopUp):
            tally.take_top_up(body)
        elif body is not None:
            tally.sums["members_new"] += 1
            tally.registered.update(subject.hex for subject in body.head.subjects)
    return _report(tally, ledger, clock.now_ms(), business_date)


def _report(tally: _Tally, ledger: Ledger, now_ms: int, business_date: str) -> DayReport:
    sums, head, waiting = tally.sums, ledger.head(), ledger.sync_state()
    names = {staff.staff_id: staff.name for staff in ledger.staff_list()}
    best = sorted(tally.goods, key=lambda goods_id: -tally.goods[goods_id]["amount_fen"])[:TOP_GOODS_MAX]
    return DayReport(
        business_date=business_date,
        as_of_ms=now_ms,
        sales=sums["sales"],
        sales_fen=sums["sales_fen"],
        rounding_fen=sums["rounding_fen"],
        refunds=sums["refunds"],
        refunds_fen=sums["refunds_fen"],
        member_sales=sums["member_sales"],
        member_sales_fen=sums["member_sales_fen"],
        members_new=sums["members_new"],
        members_returning=len(tally.members - tally.registered),
        top_ups=sums["top_ups"],
        top_ups_fen=sums["top_ups_fen"],
        top_up_bonus_fen=sums["top_up_bonus_fen"],
        stored_value_used_fen=tally.tenders["stored_value"],
        points_earned=sums["points_earned"],
        points_spent=sums["points_spent"],
        points_reduction_fen=sums["points_fen"],
        coupons_used=sums["coupons_used"],
        coupons_fen=sums["coupon_fen"],
        reductions_fen=sums["reductions_fen"],
        waiting_entries=waiting.waiting_entries,
        waiting_fen=waiting.waiting_fen,
        entries=head.seq,
        head_hash=head.entry_hash.hex(),
        tenders=tuple(
            TenderRow(kind=kind, count=tally.tender_counts[kind], amount_fen=amount_fen)
            for kind, amount_fen in sorted(tally.tenders.items(), key=lambda item: -item[1])
        ),
        cashiers=tuple(
            CashierRow(
                cashier_id=cashier_id,
                name=names.get(cashier_id, ""),
                sales=figures["sales"],
                amount_fen=figures["amount_fen"],
                lines=figures["lines"],
            )
            for cashier_id, figures in sorted(tally.cashiers.items(), key=lambda item: -item[1]["amount_fen"])
        ),
        goods=tuple(
            GoodsRank(
                name=tally.goods_names[goods_id][0],
                is_weighed=tally.goods_names[goods_id][1],
                quantity_milli=tally.goods[goods_id]["quantity_milli"],
                amount_fen=tally.goods[goods_id]["amount_fen"],
            )
            for goods_id in best
        ),
        hours=dict(sorted(tally.hours.items())),
    )
