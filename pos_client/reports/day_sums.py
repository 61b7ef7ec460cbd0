"""One business date added up, entry by entry. Pure: it sees decoded bodies and nothing else.

Every sum is kept so that what is shown beneath a total adds up to it: sales = hours = cashiers = goods before refunds;
payments = sales less refunds less rounding.
"""

from collections import Counter
from collections.abc import Iterable
from uuid import UUID

from shared_models import bodies
from shared_models.bodies import Body, Lookup
from shared_models.sales import Reduction, Tender

REPORTED_TYPES = (
    *("sale", "refund", "refund_without_receipt", "top_up", "top_up_cancelled", "withdrawal", "points_exchange"),
    *("member_registered", "member_lookup", "tender_corrected", "drawer_opened", "cash_moved"),
)


class GoodsSums:
    """One article as sold today, less what came back today."""

    __slots__ = ("amount_fen", "is_weighed", "name", "quantity_milli")

    def __init__(self, name: str, *, is_weighed: bool) -> None:
        self.name = name
        self.is_weighed = is_weighed
        self.quantity_milli = 0
        self.amount_fen = 0


class DaySums:
    """The sums. `counts` holds figures by their name in `DayReport`; `cashiers` the same by cashier."""

    def __init__(self) -> None:
        self.counts: Counter[str] = Counter()
        self.tenders: Counter[str] = Counter()
        self.tender_counts: Counter[str] = Counter()
        self.top_up_tenders: Counter[str] = Counter()
        self.hours: Counter[int] = Counter()
        self.cashiers: dict[str, Counter[str]] = {}
        self.goods: dict[str, GoodsSums] = {}
        self.members: set[UUID] = set()
        self.registered: set[UUID] = set()
        self._shown: set[tuple[str, UUID]] = set()
        self._served: set[tuple[str, UUID]] = set()

    def add(self, body: Body, hour: int) -> None:
        """Count one fact, written in this hour of the store's day."""
        match body:
            case bodies.Sale():
                self._add_sale(body, hour)
            case bodies.Refund():
                self._add_refund(body)
            case bodies.RefundWithoutReceipt():
                self._add_refund_without_receipt(body)
            case bodies.MemberRegistered():
                self.counts["members_new"] += 1
                self.registered.add(body.member_id)
            case bodies.MemberLookup():
                self._add_lookups(body.lookups)
            case bodies.TenderCorrected():
                self._add_tenders(body.taken_back, -1)
                self._add_tenders(body.put_instead, 1)
                self.counts["tenders_corrected"] += 1
            case bodies.DrawerOpened():
                self.counts["drawer_openings"] += 1
            case bodies.CashMoved():
                self.counts["cash_in_fen" if body.amount_fen > 0 else "cash_out_fen"] += abs(body.amount_fen)
            case bodies.PointsExchange():
                self.counts["points_spent"] += sum(part.amount for part in body.points_spent)
                self._served.add((body.head.cashier_id, body.member_id))
            case _:
                self._add_stored_value(body)

    def lookups_without_sale(self) -> Counter[str]:
        """How many members each cashier looked at today without selling to them, by cashier."""
        return Counter(cashier_id for cashier_id, _ in self._shown - self._served)

    def _add_sale(self, sale: bodies.Sale, hour: int) -> None:
        counts, cashier = self.counts, self._cashier(sale.head.cashier_id)
        counts.update(sales=1, sales_fen=sale.total_fen, rounding_fen=sale.rounding_fen)
        counts["points_earned"] += sum(part.amount for part in sale.points_earned)
        counts["points_spent"] += sum(part.amount for part in sale.points_spent)
        counts["coupons_used"] += len(sale.coupons_redeemed)
        if sale.member is not None:
            counts.update(member_sales=1, member_sales_fen=sale.total_fen)
            self.members.add(sale.member.member_id)
            self._served.add((sale.head.cashier_id, sale.member.member_id))
        self.hours[hour] += sale.total_fen
        cashier.update(sales=1, amount_fen=sale.total_fen, lines=len(sale.lines))
        for tender in sale.tenders:
            self.tender_counts[tender.kind] += 1
        self._add_tenders(sale.tenders, 1)
        counts["risk_fen"] += sum(part.amount for part in sale.risk_taken)
        for line in sale.lines:
            article = self.goods.setdefault(line.goods_id, GoodsSums(line.name, is_weighed=line.unit != "piece"))
            article.quantity_milli += line.quantity_milli
            article.amount_fen += line.amount_fen
            self._add_reductions(line.reductions, 1)
            if line.price_source == "override":
                counts["overrides"] += 1
                cashier["overrides"] += 1

    def _add_refund(self, refund: bodies.Refund) -> None:
        counts = self.counts
        counts.update(refunds=1, refunds_fen=refund.total_fen)
        counts["rounding_fen"] -= refund.rounding_fen
        counts["points_earned"] -= sum(part.amount for part in refund.points_taken_back) + refund.points_debt
        counts["points_spent"] -= sum(part.amount for part in refund.points_returned)
        counts["coupons_used"] -= len(refund.coupons_restored)
        self._cashier(refund.head.cashier_id).update(refunds=1, refunds_fen=refund.total_fen)
        self._add_tenders(refund.tenders, -1)
        for line in refund.lines:
            self._take_back(line.goods_id, line.quantity_milli, line.amount_fen)
            self._add_reductions(line.reductions, -1)

    def _add_refund_without_receipt(self, refund: bodies.RefundWithoutReceipt) -> None:
        amount_fen = refund.total_fen
        self.counts.update(
            refunds=1, refunds_fen=amount_fen, refunds_without_receipt=1, refunds_without_receipt_fen=amount_fen
        )
        self.counts["rounding_fen"] -= refund.rounding_fen
        self._cashier(refund.head.cashier_id).update(
            refunds=1, refunds_fen=amount_fen, refunds_without_receipt=1, refunds_without_receipt_fen=amount_fen
        )
        self._add_tenders(refund.tenders, -1)
        for line in refund.lines:
            self._take_back(line.goods_id, line.quantity_milli, line.amount_fen)

    def _add_stored_value(self, body: Body) -> None:
        counts = self.counts
        match body:
            case bodies.TopUp():
                counts.update(top_ups=1, top_ups_fen=body.principal_fen, top_up_bonus_fen=body.bonus_fen)
                self._served.add((body.head.cashier_id, body.member_id))
                sign = 1
            case bodies.TopUpCancelled():
                counts["top_ups"] -= 1
                counts["top_ups_fen"] -= body.principal_fen
                counts["top_up_bonus_fen"] -= body.bonus_fen
                sign = -1
            case bodies.Withdrawal():
                counts.update(withdrawals=1, withdrawals_fen=body.principal_fen - body.deducted_fen)
                sign = -1
            case _:
                return
        for tender in body.tenders:
            self.top_up_tenders[tender.kind] += sign * tender.amount_fen

    def _add_lookups(self, lookups: Iterable[Lookup]) -> None:
        for lookup in lookups:
            self.counts["lookups"] += 1
            self._cashier(lookup.cashier_id)["lookups"] += 1
            if lookup.outcome == "shown" and lookup.member_id is not None:
                self._shown.add((lookup.cashier_id, lookup.member_id))

    def _add_tenders(self, tenders: Iterable[Tender], sign: int) -> None:
        for tender in tenders:
            self.tenders[tender.kind] += sign * tender.amount_fen

    def _add_reductions(self, reductions: Iterable[Reduction], sign: int) -> None:
        for reduction in reductions:
            self.counts["reductions_fen"] += sign * reduction.amount_fen
            self.counts[f"{reduction.kind}_fen"] += sign * reduction.amount_fen

    def _take_back(self, goods_id: str, quantity_milli: int, amount_fen: int) -> None:
        article = self.goods.get(goods_id)
        if article is not None:
            article.quantity_milli -= quantity_milli
            article.amount_fen -= amount_fen

    def _cashier(self, cashier_id: str) -> Counter[str]:
        return self.cashiers.setdefault(cashier_id, Counter())
