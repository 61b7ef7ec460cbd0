"""How many keys the everyday tasks need beyond the scans, with real key events: the figures we promise."""

from collections.abc import Iterator
from contextlib import contextmanager

import pytest
from PySide6.QtCore import Qt

from pos_client.ui.screens.flow_cards import ReceiptCard
from shared_models.bodies import Refund, Sale
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.screens.conftest import OpenShop, Shop
from tests.screens.keystrokes import KEYSTROKES_MAX, member_sale


@contextmanager
def at_most(shop: Shop, task: str) -> Iterator[None]:
    """Counts the keys of a task, each key of a chord for itself."""
    before = shop.hands.presses
    yield
    assert shop.hands.presses - before <= KEYSTROKES_MAX[task], task


def _printed(shop: Shop) -> None:
    """The slip is on the screen as it prints, and the next scan begins a basket."""
    assert isinstance(shop.top_card(), ReceiptCard)
    assert shop.place == "sell"


def test_a_member_sale_with_the_best_combination_from_the_balance(shop: Shop) -> None:
    shop.grant_everything()
    with at_most(shop, "member_sale"):
        member_sale(shop.hands)

    (sale,) = shop.bakery.written(Sale)
    assert [tender.kind for tender in sale.tenders] == ["stored_value"]
    assert sale.member is not None
    assert sale.member.presence == "card"
    assert sale.coupons_redeemed
    assert sale.points_spent
    assert sum(line.quantity_milli for line in sale.lines) == 3000
    _printed(shop)


def test_a_cash_sale_with_the_exact_amount(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    with at_most(shop, "exact_cash"):
        shop.hands.press(Qt.Key.Key_F9)
        assert "16.80" in shop.till.window.screens.pay.left.finish.words.text()
        shop.hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert [(tender.kind, tender.amount_fen) for tender in sale.tenders] == [("cash", 1680)]
    _printed(shop)


def test_hold_and_resume_are_one_key_each(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    with at_most(shop, "hold"):
        shop.hands.press(Qt.Key.Key_F5)
    assert shop.till.window.screens.sell.model.rowCount() == 0
    with at_most(shop, "resume"):
        shop.hands.press(Qt.Key.Key_F6)
    assert shop.till.window.screens.sell.totals.due.text() == "¥16.80"


def test_two_customers_change_places_with_one_key(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F5)
    shop.hands.scan(WATER)
    shop.hands.press(Qt.Key.Key_F6)
    assert shop.till.window.screens.sell.totals.due.text() == "¥16.80"
    shop.hands.press(Qt.Key.Key_F6)
    assert shop.till.window.screens.sell.totals.due.text() == "¥2.00"


def test_of_several_baskets_on_hold_a_digit_chooses(shop: Shop) -> None:
    for code in (BREAD, WATER, CROISSANT):
        shop.hands.scan(code)
        shop.hands.press(Qt.Key.Key_F5)
    shop.hands.press(Qt.Key.Key_F6)
    shop.hands.type("2")
    assert shop.till.window.screens.sell.totals.due.text() == "¥2.00"


def test_a_full_refund_by_scanning_the_receipt(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.scan(WATER)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    with at_most(shop, "full_refund"):
        shop.hands.scan(receipt_code(sale.receipt_number))
        assert shop.place == "refund"
        shop.hands.enter()
        assert shop.till.window.screens.refund.amount.text() == "¥18.80"  # seen before it is done
        assert shop.bakery.written(Refund) == []
        shop.hands.enter()

    (refund,) = shop.bakery.written(Refund)
    assert refund.total_fen == sale.total_fen


def test_without_the_member_here_f1_only_prepares_the_payment(shop: Shop) -> None:
    shop.grant_everything()
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("13800005678")
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_F1)
    assert shop.place == "pay"
    assert shop.bakery.written(Sale) == []
    shop.hands.enter()
    assert [tender.kind for tender in shop.bakery.written(Sale)[0].tenders] == ["stored_value"]


@pytest.mark.parametrize("size", [(1024, 768), (1366, 768)])
def test_five_loaves_are_five_taps_and_one_to_pay(open_shop: OpenShop, size: tuple[int, int]) -> None:
    shop = open_shop(size=size)
    shop.open_shift()
    sell = shop.till.window.screens.sell
    if not sell.grid_shown:
        shop.hands.press(Qt.Key.Key_F11)
    shop.hands.touches = 0
    key = sell.grid.key_of("bread")
    for _ in range(5):
        shop.hands.touch(key)
    assert sell.table.isVisible()
    assert sell.totals.due.text() == "¥84.00"
    shop.hands.touch(sell.bar.pay)
    assert shop.place == "pay"
    assert shop.hands.touches == 6
    shop.hands.touch(shop.till.window.screens.pay.left.finish)
    assert shop.bakery.written(Sale)[0].total_fen == 8_400


def test_a_finger_that_rests_on_a_key_means_it_once(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    for _ in range(3):
        shop.hands.repeat(Qt.Key.Key_Return)
        shop.hands.repeat(Qt.Key.Key_F9)
    assert shop.bakery.written(Sale) == []
