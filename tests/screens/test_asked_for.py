"""A receipt or a coupon of another till: scanned once, asked for, and the flow goes on by itself when it has come."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from pos_client.checkout.money_views import RefundView, SaleSummary
from pos_client.checkout.views import BasketView
from pos_client.sync.wants import ASK_AGAIN_AFTER_MS
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


class Overtaken(AtOnce):
    """Sync has done all it can before the worker's first answer is on the screen."""

    def __init__(self, sync_all: Callable[[], None]) -> None:
        self._sync_all: Callable[[], None] | None = sync_all
        self._waiting: list[Callable[[], object]] | None = None

    def ask(
        self, operation: Callable[[], Any], then: Callable[[Any], object], refused: Callable[[Refusal], object]
    ) -> None:
        def asked() -> Any:
            try:
                return operation()
            finally:
                sync_all, self._sync_all = self._sync_all, None
                if sync_all is not None:
                    sync_all()

        if self._waiting is not None:  # asked while an answer is told: answered after it
            self._waiting.append(lambda: super(Overtaken, self).ask(asked, then, refused))
            return
        self._waiting = []
        super().ask(asked, then, refused)
        for later in self._waiting:
            later()
        self._waiting = None


class Screen:
    """A screen and its window, as far as they are told something here."""

    def __init__(self) -> None:
        self.refused: list[str] = []
        self.shown: list[object] = []
        self.beside_sales = ""

    def refuse(self, refusal: Refusal) -> None:
        self.refused.append(refusal.code)

    def show_sales(self, _sales: Sequence[SaleSummary]) -> None:
        self.beside_sales = ""

    def show_asked_for(self, words: str) -> None:
        self.beside_sales = words

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


def test_the_receipt_opens_by_itself_though_its_sale_was_not_at_hq_when_it_was_scanned(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD, delivered=False)
    screen = Screen()
    presenter = RefundPresenter(counter_of(second, screen))
    presenter.face = screen
    presenter.begin(sale.receipt_number)
    second.sync()  # HQ knows of no such sale yet
    sync(first, second)
    presenter.asked_for.rights_came()
    before = list(screen.shown)

    chain.clock.advance(ASK_AGAIN_AFTER_MS)
    asked_again = second.engine.wants.ask_again()  # as the schedule does
    sync(second, first)
    presenter.asked_for.rights_came()

    assert (screen.refused, before, asked_again) == (["refund_asked_for"], [], True)
    assert screen.shown == [sale.receipt_number]
    assert not second.engine.wants.ask_again()  # it is here


def test_the_receipt_opens_by_itself_though_a_hello_took_the_nudge_off(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    screen = Screen()
    presenter = RefundPresenter(counter_of(second, screen))
    presenter.face = screen
    presenter.begin(sale.receipt_number)
    second.sync()
    sync(first)  # gives the right back: HQ nudges the second
    second.engine.push_soon()
    second.engine.run_once(pull=False)
    sync(second)
    presenter.asked_for.rights_came()
    before = list(screen.shown)

    chain.clock.advance(ASK_AGAIN_AFTER_MS)
    asked_again = second.engine.wants.ask_again()
    second.sync()
    presenter.asked_for.rights_came()

    assert (before, asked_again) == ([], True)
    assert screen.shown == [sale.receipt_number]


def test_a_receipt_that_came_before_its_refusal_was_said_opens_too(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    screen = Screen()
    counter = counter_of(second, screen)
    presenter = RefundPresenter(replace(counter, asking=Overtaken(lambda: sync(second, first))))
    presenter.face = screen

    presenter.begin(sale.receipt_number)

    assert screen.refused == ["refund_asked_for"]
    assert screen.shown == [sale.receipt_number]


def test_what_is_on_its_way_is_said_beside_the_sales_until_it_has_come_or_was_given_up(chain: Chain) -> None:
    first, second = chain.tills
    sale = sold(first, BREAD)
    screen = Screen()
    presenter = RefundPresenter(counter_of(second, screen))
    presenter.face = screen
    presenter.begin(sale.receipt_number)
    asked = screen.beside_sales
    presenter.back()
    presenter.begin()
    given_up = screen.beside_sales
    presenter.find("019-1")  # nobody printed it, and HQ says so
    asked_again = screen.beside_sales
    sync(second)
    presenter.asked_for.rights_came()

    assert "1" in asked
    assert (given_up, asked_again, screen.beside_sales) == ("", asked, "")
    assert screen.refused[-1] == "receipt_unknown"
