"""A cashier who does whatever comes to mind, by a seed: for tests that ask whether the books still agree afterwards.

Cash is counted on the side, from what was handed over and given back, and never from the product's own sums.
"""

import random
from collections.abc import Callable, Mapping
from uuid import UUID

from pos_client.checkout.approvals import ApprovalAction
from pos_client.checkout.checkout import Checkout
from pos_client.checkout.money_views import UnreceiptedWanted
from pos_client.checkout.views import DoneView
from pos_client.ledger.ledger import Ledger
from shared_models.bodies import Sale
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_PIN, WATER

FLOAT_FEN = 20_000
GOODS_CODES = (BREAD, CROISSANT, WATER, BREAD, CROISSANT)


class Morning:
    """One till's morning. `people` are members by card code; `meanwhile` is what goes on in the background while a
    customer is at the counter."""

    def __init__(
        self, checkout: Checkout, ledger: Ledger, people: Mapping[str, UUID], seed: int | str,
        meanwhile: Callable[[], object] = bool,
    ) -> None:  # fmt: skip
        self.checkout = checkout
        self.ledger = ledger
        self.random = random.Random(seed)
        self.cash_fen = FLOAT_FEN
        self.done: list[DoneView] = []
        self.refused: set[str] = set()
        self._people = people
        self._meanwhile = meanwhile

    def step(self) -> None:
        """One thing, whatever it is."""
        self._try(self.random.choice(self._acts()))

    def visit(self) -> None:
        """A customer from the first scan to the receipt, mostly a member who spends what there is."""
        basket, payment = self.checkout.basket, self.checkout.payment
        if self.random.random() < 0.8:
            self._try(self._scan(self.random.choice(list(self._people))))
            self._meanwhile()
        if self.random.random() < 0.3:
            self._try(self._top_up)
        for _ in range(self.random.randint(1, 5)):
            self._try(self._scan(self.random.choice(GOODS_CODES)))
        self._try(lambda: basket.set_quantity(1, self.random.randint(1, 9) * 1_000))
        if self.random.random() < 0.6:
            self._try(basket.adopt_suggestion)
        if self.random.random() < 0.6:
            self._try(payment.pay_stored_value)
        self._try(self.random.choice((payment.pay_cash, lambda: payment.pay_external("wechat"))))
        self._try(self._sell)
        if self.done and self.random.random() < 0.4:
            self._try(self.random.choice((self._refund, self._void, self._correct, self._exchange, self._withdraw)))

    def _try(self, act: Callable[[], object]) -> None:
        """What is refused must leave the basket as it was."""
        before = self.checkout.basket.view()
        code = ""
        try:
            act()
        except Refusal as refusal:
            code = refusal.code
        if code:
            self.refused.add(code)
            assert self.checkout.basket.view() == before, code

    def _acts(self) -> list[Callable[[], object]]:
        basket, members, payment = self.checkout.basket, self.checkout.members, self.checkout.payment
        number = self.random.randint(1, 4)
        coupons = [coupon.token for coupon in basket.view().coupons]
        return [
            *(self._scan(code) for code in (*GOODS_CODES, *self._people)),
            lambda: basket.set_quantity(number, number * 1_000),
            lambda: basket.remove_line(number),
            lambda: basket.discount_line(number, percent_off=number * 3),
            lambda: basket.discount_basket(amount_fen=number * 20),
            lambda: basket.use_points(number * 100),
            lambda: basket.use_coupon(self.random.choice(coupons)) if coupons else None,
            basket.adopt_suggestion,
            lambda: members.attach(self.random.choice(list(self._people.values())), "name"),
            members.detach,
            lambda: payment.pay_stored_value(self.random.choice((None, number * 100))),
            lambda: payment.pay_external("wechat", self.random.choice((None, number * 100))),
            *[lambda: payment.remove(0)] * 3,
            basket.hold,
            lambda: basket.resume(self.random.choice(basket.held()).basket_id) if basket.held() else None,
            *[lambda: payment.pay_cash(self.random.choice((None, 5_000, 10_000)))] * 4,
            *[self._sell] * 6,
            self._without_receipt,
            self._top_up,
            self._withdraw,
            self._cancel_top_up,
            self._exchange,
            *([self._refund, self._void, self._correct] if self.done else []),
        ]

    def _scan(self, code: str) -> Callable[[], object]:
        return lambda: self.checkout.basket.scan(code)

    def _approval(self, action: ApprovalAction) -> Approval | None:
        cashier = self.checkout.staff.current()
        if cashier is not None and cashier.role == "manager":
            return None
        return self.checkout.staff.approve(action, "m1", MANAGER_PIN)

    def _sell(self) -> None:
        self.done.append(self.checkout.payment.complete())
        entry = self.ledger.entry_by_business_id(self.done[-1].business_id)
        assert entry is not None
        sale = self.ledger.body_of(entry)
        assert isinstance(sale, Sale)
        self.cash_fen += sum(
            tender.handed_over_fen - tender.change_fen for tender in sale.tenders if tender.kind == "cash"
        )

    def _refund(self) -> None:
        found = self.checkout.refunds.find(self.random.choice(self.done).receipt_number)
        line = self.random.choice(found.lines)
        wanted = {line.line_number: min(line.left_milli, 1_000)}
        back = self.checkout.refunds.plan(found.sale_id, wanted)
        self.checkout.refunds.refund(found.sale_id, wanted, approval=self._approval("refund"))
        self.cash_fen -= sum(tender.amount_fen for tender in back.tenders if tender.kind == "cash")

    def _void(self) -> None:
        found = self.checkout.refunds.find(self.done[-1].receipt_number)
        self.checkout.refunds.void_last(approval=self._approval("void_sale"))
        self.cash_fen -= sum(tender.amount_fen for tender in found.sale_tenders if tender.kind == "cash")

    def _correct(self) -> None:
        last = self.done[-1]
        wrong = self.checkout.refunds.find(last.receipt_number).sale_tenders[:1]
        approval = self._approval("tender_correction")
        self.checkout.refunds.correct_tender(last.business_id, 0, "card", approval=approval)
        self.cash_fen -= sum(tender.amount_fen for tender in wrong if tender.kind == "cash")

    def _without_receipt(self) -> None:
        wanted = [UnreceiptedWanted(goods_id="water", quantity_milli=1_000)]
        approval = self._approval("refund_without_receipt")
        self.cash_fen -= self.checkout.refunds.without_receipt(wanted, approval=approval).total_fen

    def _top_up(self) -> None:
        self.checkout.top_ups.start()
        self.checkout.top_ups.choose(self.random.choice((10_000, 30_000)))
        self.checkout.top_ups.pay_cash(50_000)
        self.cash_fen += self.checkout.top_ups.complete().total_fen

    def _withdraw(self) -> None:
        for lot in self.checkout.top_ups.lots():
            if lot.can_withdraw:
                wanted = min(lot.principal_here_fen, 777)
                approval = self._approval("withdrawal")
                self.cash_fen -= self.checkout.top_ups.withdraw(lot.top_up_id, wanted, approval=approval).total_fen
                return

    def _cancel_top_up(self) -> None:
        for lot in self.checkout.top_ups.lots():
            if lot.can_cancel:
                approval = self._approval("top_up_cancel")
                self.cash_fen -= self.checkout.top_ups.cancel(lot.top_up_id, approval=approval).total_fen
                return

    def _exchange(self) -> None:
        self.checkout.exchanges.exchange("x1")

    def end(self) -> int:
        """Away with the open basket, and the shift closed on the cash counted aside; the difference the till sees."""
        self.checkout.payment.cancel()
        self.checkout.basket.cancel()
        difference_fen = self.checkout.shifts.close({1: self.cash_fen}).difference_fen
        assert difference_fen is not None
        return difference_fen
