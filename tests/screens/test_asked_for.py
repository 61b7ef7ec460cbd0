"""A receipt or a coupon of another till: scanned once, asked for, and the flow goes on by itself when it has come."""

from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from pos_client.checkout.money_views import RefundView
from pos_client.checkout.views import BasketView
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.refund import RefundPresenter
from pos_client.ui.presenters.sell import SellPresenter
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain, sync
from tests.pos_client.checkout.test_bearer_coupons import bread, print_coupons
from tests.pos_client.checkout.test_refunds_elsewhere import sold


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open and online."""
    with open_chain(tmp_path, 7) as opened:
        print_coupons(opened, 0)  # HQ's key for coupons
        for till in opened.tills:
            till.open_shift(100_000)
            till.sync()
        yield opened


class AtOnce:
    """The worker, in the same breath."""

    def ask(
        self, operation: Callable[[], Any], then: Callable[[Any], object], refused: Callable[[Refusal], object]
    ) -> None:
        try:
            answer = operation()
        except Refusal as refusal:
            refused(refusal)
        else:
            then(answer)


class Screen:
    """A screen and its window, as far as they are told something here."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.shown: list[object] = []

    def refuse(self, refusal: Refusal) -> None:
        self.refused.append(refusal.code)

    def show_refund(self, view: RefundView, _chosen_line: int) -> None:
        self.shown.append(view.receipt_number)

    def show_basket(self, view: BasketView, _chosen_line: int) -> None:
        self.shown.append(view.due_fen)

    def __getattr__(self, name: str) -> Callable[..., None]:
        return lambda *_told: None


def counter_of(till: Till, screen: Screen) -> Counter:
    return Counter(till.checkout, AtOnce(), screen)


def test_the_receipt_opens_by_itself_and_asks_nobody_again(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    screen = Screen()
    presenter = RefundPresenter(counter_of(second, screen))
    presenter.face = screen

    presenter.begin(sale.receipt_number)
    presenter.asked_for.rights_came()  # something else came
    before = list(screen.shown)
    sync(second, first)
    requests = second.engine.has_wants
    presenter.asked_for.rights_came()
    presenter.asked_for.rights_came()

    assert (screen.refused, before) == (["refund_asked_for"], [])
    assert screen.shown == [sale.receipt_number]
    assert (requests, second.engine.has_wants) == (False, False)


def test_the_coupon_is_used_by_itself_in_the_basket_it_was_scanned_for(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first, second = chain.tills
    bread(second)
    screen = Screen()
    presenter = SellPresenter(counter_of(second, screen))
    presenter.face = screen
    presenter.begin()

    presenter.scanned(code)
    presenter.asked_for.rights_came()
    for till in (second, first, first, second, second):
        till.sync()
    presenter.asked_for.rights_came()

    assert screen.refused == ["coupon_asked_for"]
    assert screen.shown == [1_680, 880]


def test_the_next_customer_s_basket_gets_nothing_of_it(chain: Chain) -> None:
    (code,) = print_coupons(chain, 1)
    first, second = chain.tills
    bread(second)
    screen = Screen()
    presenter = SellPresenter(counter_of(second, screen))
    presenter.face = screen
    presenter.begin()
    presenter.scanned(code)
    second.checkout.payment.pay_cash()
    second.checkout.payment.complete()
    bread(second)
    presenter.begin()
    for till in (second, first, first, second, second):
        till.sync()

    presenter.asked_for.rights_came()

    assert screen.refused == ["coupon_asked_for"]
    assert screen.shown == [1_680, 1_680]
