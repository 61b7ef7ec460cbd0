"""A refund confirmed twice before the disk has answered is one refund."""

from collections import deque
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.refund import RefundPresenter
from shared_models.bodies import Refund, RefundWithoutReceipt
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from tests.pos_client.checkout.bakery import MANAGER_PIN, WATER, Bakery
from tests.screens.test_asked_for import AtOnce, Screen


class Later(AtOnce):
    """The worker, when its turn has come."""

    def __init__(self) -> None:
        self._asked: deque[tuple[Any, Any, Any]] = deque()

    def ask(
        self, operation: Callable[[], Any], then: Callable[[Any], object], refused: Callable[[Refusal], object]
    ) -> None:
        self._asked.append((operation, then, refused))

    def work(self) -> None:
        while self._asked:
            super().ask(*self._asked.popleft())


class ManagerAway(Screen):
    """Where a manager is asked for, and comes later."""

    def __init__(self) -> None:
        super().__init__()
        self.asked: list[Callable[[Approval], object]] = []

    def ask_approval(self, _action: str, approved: Callable[[Approval], object], _needed: object = None) -> None:
        self.asked.append(approved)


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[Bakery]:
    opened = Bakery(tmp_path / "till")
    opened.selling()
    yield opened
    opened.close()


def three_waters_to_refund(bakery: Bakery) -> tuple[Later, RefundPresenter, str]:
    """A receipt of three pieces on the refund screen."""
    for _piece in range(3):
        bakery.checkout.basket.scan(WATER)
    bakery.checkout.payment.pay_cash()
    receipt_number = bakery.checkout.payment.complete().receipt_number
    worker, screen = Later(), Screen()
    presenter = RefundPresenter(Counter(bakery.checkout, worker, screen))
    presenter.face = screen
    presenter.begin(receipt_number)
    worker.work()
    return worker, presenter, receipt_number


def test_a_second_press_before_the_answer_refunds_no_second_piece(bakery: Bakery) -> None:
    worker, presenter, receipt_number = three_waters_to_refund(bakery)
    presenter.more(1)
    worker.work()

    presenter.confirm()
    presenter.confirm()
    worker.work()

    assert [refund.lines[0].quantity_milli for refund in bakery.written(Refund)] == [1000]
    presenter.begin(receipt_number)  # and the next one is another refund
    worker.work()
    presenter.more(1)
    worker.work()
    presenter.confirm()
    worker.work()
    assert len(bakery.written(Refund)) == 2


def test_a_press_while_the_approved_refund_is_written_asks_no_manager_for_another(bakery: Bakery) -> None:
    worker, screen = Later(), ManagerAway()
    presenter = RefundPresenter(Counter(bakery.checkout, worker, screen))
    presenter.face = screen
    presenter.begin_without_receipt()
    presenter.entered(WATER)
    worker.work()

    presenter.confirm()
    worker.work()
    (approved,) = screen.asked
    approved(bakery.checkout.staff.approve("refund_without_receipt", "m1", MANAGER_PIN))
    presenter.confirm()
    worker.work()

    assert len(bakery.written(RefundWithoutReceipt)) == 1
    assert len(screen.asked) == 1


def test_pieces_pressed_faster_than_they_are_planned_are_all_counted_and_seen_first(bakery: Bakery) -> None:
    worker, presenter, _receipt_number = three_waters_to_refund(bakery)

    presenter.more(1)
    presenter.more(1)
    presenter.confirm()  # nothing of it was on the screen
    worker.work()

    assert list(presenter.wanted.values()) == [2000]
    assert bakery.written(Refund) == []
    presenter.confirm()
    worker.work()
    assert [refund.lines[0].quantity_milli for refund in bakery.written(Refund)] == [2000]
