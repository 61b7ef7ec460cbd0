"""The figures of a shift, added up from its entries. Pure: X, Z and the close all say the same."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field

from pos_client.checkout.views import CashierFigures
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.postings import derive_postings
from shared_models.sales import Tender


@dataclass(slots=True)
class CashierSums:
    """One cashier's."""

    sales: int = 0
    sales_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    overrides: int = 0
    removed_lines: int = 0
    cancelled_baskets: int = 0
    put_back: int = 0


@dataclass(slots=True)
class ShiftSums:
    """Sums while they are added up. `tenders` are net, by kind: what came in less what went out. `given_back`: entries
    of this shift that were on a disk which went back, and their cash; both are in the other figures too."""

    expected_cash_fen: int = 0
    float_fen: int = 0
    sales: int = 0
    sales_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    refunds_without_receipt: int = 0
    refunds_without_receipt_fen: int = 0
    top_ups: int = 0
    top_ups_fen: int = 0
    withdrawals_fen: int = 0
    reductions_fen: int = 0
    rounding_fen: int = 0
    points_earned: int = 0
    points_spent: int = 0
    drawer_openings: int = 0
    removed_lines: int = 0
    cancelled_baskets: int = 0
    put_back: int = 0
    cash_in_fen: int = 0
    cash_out_fen: int = 0
    deposits_taken_fen: int = 0
    deposits_used_fen: int = 0
    deposits_returned_fen: int = 0
    deposits_kept_fen: int = 0
    given_back: int = 0
    given_back_cash_fen: int = 0
    tenders: dict[str, int] = field(default_factory=dict)
    cashiers: dict[str, CashierSums] = field(default_factory=dict)

    def add(self, body: Body) -> None:
        """Count one entry of the shift."""
        self.expected_cash_fen += sum(leg.amount for leg in derive_postings(body) if leg.account == "cash")
        match body:
            case bodies.ShiftOpened():
                self.float_fen = body.float_fen
            case bodies.Sale():
                self._add_sale(body)
            case bodies.Refund():
                self._add_refund(body)
            case bodies.RefundWithoutReceipt():
                self.refunds_without_receipt += 1
                self.refunds_without_receipt_fen += body.total_fen
                self._add_tenders(body.tenders, -1)
            case bodies.TopUp():
                self.top_ups += 1
                self.top_ups_fen += body.principal_fen
                self._add_tenders(body.tenders, 1)
            case bodies.TopUpCancelled():
                self.top_ups_fen -= body.principal_fen
                self._add_tenders(body.tenders, -1)
            case bodies.Withdrawal():
                self.withdrawals_fen += body.principal_fen - body.deducted_fen  # what was paid out, as the tenders say
                self._add_tenders(body.tenders, -1)
            case bodies.PointsExchange():
                self.points_spent += sum(part.amount for part in body.points_spent)
            case bodies.TenderCorrected():
                self._add_tenders(body.taken_back, -1)
                self._add_tenders(body.put_instead, 1)
            case _:
                self._add_other(body)

    def add_given_back(self, body: Body) -> None:
        """Count an entry that this till lost with its disk and HQ gave back: HQ has booked it, and its cash went into
        the same drawer."""
        before_fen = self.expected_cash_fen
        self.add(body)
        if derive_postings(body):
            self.given_back += 1
        self.given_back_cash_fen += self.expected_cash_fen - before_fen

    def _add_other(self, body: Body) -> None:
        match body:
            case bodies.CashMoved():
                self.cash_in_fen += max(0, body.amount_fen)
                self.cash_out_fen += max(0, -body.amount_fen)
            case bodies.SaleCredited():
                self.points_earned += sum(part.amount for part in body.points_earned)
            case bodies.DrawerOpened():
                self.drawer_openings += 1
            case bodies.OrderTaken():
                self.deposits_taken_fen += body.deposit_fen - sum(tender.amount_fen for tender in body.carried)
                self._add_tenders(body.tenders, 1)
            case bodies.OrderCancelled():
                self.deposits_returned_fen += body.returned_fen
                self.deposits_kept_fen += body.kept_fen
                self._add_tenders(body.tenders, -1)
            case bodies.WalletSettled():
                for kind, amount_fen in ((body.kind, body.difference_fen), ("cash", body.cash_fen)):
                    if amount_fen:
                        self.tenders[kind] = self.tenders.get(kind, 0) + amount_fen
            case bodies.BasketReduced():
                self._add_reduced(body)
            case _:
                pass

    def _add_sale(self, sale: bodies.Sale) -> None:
        self.sales += 1
        self.sales_fen += sale.total_fen
        self.reductions_fen += sum(line.list_amount_fen - line.amount_fen for line in sale.lines)
        self.rounding_fen += sale.rounding_fen
        self.points_earned += sum(part.amount for part in sale.points_earned)
        self.points_spent += sum(part.amount for part in sale.points_spent)
        self._add_tenders(sale.tenders, 1)
        cashier = self.cashiers.setdefault(sale.head.cashier_id, CashierSums())
        cashier.sales += 1
        cashier.sales_fen += sale.total_fen
        cashier.overrides += sum(1 for line in sale.lines if line.price_source == "override")

    def _add_refund(self, refund: bodies.Refund) -> None:
        self.refunds += 1
        self.refunds_fen += refund.total_fen
        self.reductions_fen -= sum(line.list_amount_fen - line.amount_fen for line in refund.lines)
        self.rounding_fen -= refund.rounding_fen
        self.points_earned -= sum(part.amount for part in refund.points_taken_back) + refund.points_debt
        self.points_spent -= sum(part.amount for part in refund.points_returned)
        self._add_tenders(refund.tenders, -1)
        cashier = self.cashiers.setdefault(refund.head.cashier_id, CashierSums())
        cashier.refunds += 1
        cashier.refunds_fen += refund.total_fen

    def _add_reduced(self, reduced: bodies.BasketReduced) -> None:
        for sums in (self, self.cashiers.setdefault(reduced.head.cashier_id, CashierSums())):
            match reduced.what:
                case "basket_cancelled":
                    sums.cancelled_baskets += 1
                case "put_back":
                    sums.put_back += 1
                case _:
                    sums.removed_lines += 1

    def _add_tenders(self, tenders: Iterable[Tender], sign: int) -> None:
        for tender in tenders:
            if tender.kind == "deposit":  # came in when the order was taken
                self.deposits_used_fen += sign * tender.amount_fen
                continue
            self.tenders[tender.kind] = self.tenders.get(tender.kind, 0) + sign * tender.amount_fen

    def cashier_views(self, names: Mapping[str, str]) -> tuple[CashierFigures, ...]:
        """Each cashier's figures, by number."""
        return tuple(
            CashierFigures(
                cashier_id=cashier_id,
                name=names.get(cashier_id, ""),
                sales=sums.sales,
                sales_fen=sums.sales_fen,
                refunds=sums.refunds,
                refunds_fen=sums.refunds_fen,
                overrides=sums.overrides,
                removed_lines=sums.removed_lines,
                cancelled_baskets=sums.cancelled_baskets,
                put_back=sums.put_back,
            )
            for cashier_id, sums in sorted(self.cashiers.items())
        )

    def as_figures(self) -> dict[str, int]:
        """The figures as the closing entry keeps them."""
        plain = {
            name: getattr(self, name)
            for name in self.__slots__
            if name not in {"tenders", "cashiers"} and not (name.startswith("given_back") and not self.given_back)
        }  # fmt: skip
        return plain | {f"tender:{kind}": amount for kind, amount in sorted(self.tenders.items())}
