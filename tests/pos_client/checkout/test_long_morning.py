"""A morning of anything a cashier may do, in any order: the books, the drawer and HQ's second look agree at its end."""

import random
import signal
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_client.checkout.money_views import UnreceiptedWanted
from pos_client.checkout.views import DoneView
from pos_client.ledger.verify import verify
from shared_models.bodies import Sale
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    ELSEWHERE,
    MANAGER_PIN,
    WANG,
    WANG_CARD,
    WATER,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)

FLOAT_FEN = 20_000
STEPS = 300


class Morning:
    """A cashier who does whatever comes to mind. Cash is counted on the side, from what the slips say."""

    def __init__(self, bakery: Bakery, seed: int) -> None:
        self.bakery = bakery
        self.checkout = bakery.checkout
        self.random = random.Random(seed)
        self.cash_fen = FLOAT_FEN
        self.done: list[DoneView] = []
        self.refused: set[str] = set()

    def step(self) -> None:
        """One thing; what is refused must leave the basket as it was."""
        act = self.random.choice(self._acts())
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
        scans = [self._scan(code) for code in (BREAD, CROISSANT, WATER, BREAD, CROISSANT, ZHOU_CARD, WANG_CARD)]
        return [
            *scans,
            lambda: basket.set_quantity(number, number * 1_000),
            lambda: basket.remove_line(number),
            lambda: basket.discount_line(number, percent_off=number * 3),
            lambda: basket.discount_basket(amount_fen=number * 20),
            lambda: basket.use_points(number * 100),
            lambda: basket.use_coupon(self.random.choice((EIGHT_OFF, ELSEWHERE)).token),
            basket.adopt_suggestion,
            lambda: members.attach(self.random.choice((ZHOU, WANG)), "name"),
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
            self._exchange,
            *([self._refund, self._void, self._correct] if self.done else []),
        ]

    def _scan(self, code: str) -> Callable[[], object]:
        return lambda: self.checkout.basket.scan(code)

    def _sell(self) -> None:
        done = self.checkout.payment.complete()
        self.done.append(done)
        sale = self.bakery.written(Sale)[-1]
        self.cash_fen += sum(
            tender.handed_over_fen - tender.change_fen for tender in sale.tenders if tender.kind == "cash"
        )

    def _refund(self) -> None:
        sale = self.random.choice(self.done)
        found = self.checkout.refunds.find(sale.receipt_number)
        line = self.random.choice(found.lines)
        wanted = {line.line_number: min(line.left_milli, 1_000)}
        back = self.checkout.refunds.plan(found.sale_id, wanted)
        self.checkout.refunds.refund(found.sale_id, wanted)
        self.cash_fen -= sum(tender.amount_fen for tender in back.tenders if tender.kind == "cash")

    def _void(self) -> None:
        approval = self.checkout.staff.approve("void_sale", "m1", MANAGER_PIN)
        last = self.done[-1]
        found = self.checkout.refunds.find(last.receipt_number)
        cash = [tender.amount_fen for tender in found.sale_tenders if tender.kind == "cash"]
        self.checkout.refunds.void_last(approval=approval)
        self.cash_fen -= sum(cash)

    def _without_receipt(self) -> None:
        approval = self.checkout.staff.approve("refund_without_receipt", "m1", MANAGER_PIN)
        wanted = [UnreceiptedWanted(goods_id="water", quantity_milli=1_000)]
        self.cash_fen -= self.checkout.refunds.without_receipt(wanted, approval=approval).total_fen

    def _top_up(self) -> None:
        self.checkout.top_ups.start()
        self.checkout.top_ups.choose(self.random.choice((10_000, 30_000)))
        self.checkout.top_ups.pay_cash(50_000)
        self.cash_fen += self.checkout.top_ups.complete().total_fen

    def _exchange(self) -> None:
        self.checkout.exchanges.exchange("x1")

    def _correct(self) -> None:
        approval = self.checkout.staff.approve("tender_correction", "m1", MANAGER_PIN)
        last = self.done[-1]
        wrong = self.checkout.refunds.find(last.receipt_number).sale_tenders[:1]
        self.checkout.refunds.correct_tender(last.business_id, 0, "card", approval=approval)
        self.cash_fen -= sum(tender.amount_fen for tender in wrong if tender.kind == "cash")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_whatever_happens_the_drawer_and_the_books_agree(bakery: Bakery, seed: int) -> None:
    bakery.grant(ALL_OF_ZHOU, coupons=(EIGHT_OFF,))
    bakery.selling()
    morning = Morning(bakery, seed)
    for number in range(STEPS):
        bakery.clock.advance(20_000)
        morning.step()
        if number == STEPS // 2:
            bakery.again().basket.restore()
            morning.checkout = bakery.checkout
            bakery.cashier()
    bakery.checkout.payment.cancel()
    bakery.checkout.basket.cancel()

    report = bakery.checkout.shifts.close({1: morning.cash_fen})

    assert len(morning.done) >= 8
    assert report.difference_fen == 0
    assert morning.refused
    assert verify(bakery.folder).ok


def test_a_basket_of_forty_lines_survives_the_process(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.pos_client.checkout.killed_cashier", str(tmp_path / "till")]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as cashier:
        assert cashier.stdout is not None
        for line in cashier.stdout:
            if line.strip() == "40":
                cashier.send_signal(signal.SIGKILL)
                break

    bakery = Bakery(tmp_path / "till")
    view = bakery.checkout.basket.restore()
    bakery.close()

    assert len(view.lines) >= 40
    assert [line.amount_fen for line in view.lines[:40]] == [100 * number for number in range(1, 41)]
    assert view.member is None
