"""What people type by mistake: codes as cash, nothing at all, another's PIN. Refused in words, never made to fit."""

import pytest
from PySide6.QtCore import Qt

from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.shift import CountCard
from shared_models.bodies import Sale, ShiftClosed, ShiftOpened, TopUp
from tests.pos_client.checkout.bakery import BREAD, MANAGER_BADGE, WATER, ZHOU_CARD
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import words_of
from tests.screens.test_shift_and_training import to_shift


@pytest.mark.parametrize("typed", ["6950000000019", "123456789012345678901", "10001"])
def test_a_code_typed_as_cash_is_no_money(shop: Shop, typed: str) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.type(typed)
    shop.hands.enter()

    assert shop.bakery.written(Sale) == []
    assert shop.place == "pay"
    assert "重新输入" in shop.till.window.notice.text
    for key in (Qt.Key.Key_Escape, Qt.Key.Key_F9, Qt.Key.Key_F2):
        shop.hands.press(key)
    shop.hands.enter()
    assert len(shop.bakery.written(Sale)) == 1


def test_a_code_typed_as_the_float_opens_no_shift_and_neither_does_nothing(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.hands.log_in("1111")
    shop.hands.enter()
    assert "没有就输 0" in shop.till.window.notice.text
    shop.hands.type("6950000000019")
    shop.hands.enter()
    assert shop.bakery.written(ShiftOpened) == []
    for _digit in "6950000000019":
        shop.hands.press(Qt.Key.Key_Backspace)
    shop.hands.type("0")
    shop.hands.enter()
    assert [body.float_fen for body in shop.bakery.written(ShiftOpened)] == [0]


def test_a_code_typed_as_a_count_closes_no_shift(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("9")
    shop.hands.type("6950000000019")
    shop.hands.enter()
    assert shop.bakery.written(ShiftClosed) == []
    assert isinstance(shop.top_card(), CountCard)


def test_a_scan_in_the_middle_of_the_count_throws_no_count_away_and_sells_nothing(shop: Shop) -> None:
    to_shift(shop)
    shop.hands.type("9")
    shop.hands.type("3")
    for code in (WATER, MANAGER_BADGE):
        shop.hands.scan(code)
    card = shop.top_card()
    assert isinstance(card, CountCard)
    assert "扫码没有处理" in words_of(card)
    shop.hands.enter()
    (closed,) = shop.bakery.written(ShiftClosed)
    assert closed.counted_fen == 30_000


def test_an_open_basket_is_said_before_the_drawer_is_counted(shop: Shop) -> None:
    shop.hands.scan(WATER)
    to_shift(shop)
    shop.hands.type("9")
    assert shop.top_card() is None
    assert "请先收款或挂单" in shop.till.window.notice.text


def test_whoever_came_by_badge_comes_back_to_a_locked_till_with_a_pin(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.open_shift()
    window = shop.till.window
    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.scan(MANAGER_BADGE)
    shop.hands.press(Qt.Key.Key_F12)
    assert window.screens.login_presenter.chosen_id == "m1"


def test_what_was_said_about_one_name_is_not_said_about_the_next(open_shop: OpenShop) -> None:
    shop = open_shop()
    for _try in range(5):
        shop.hands.log_in("0000")
    login = shop.till.window.screens.login
    assert "其他人可以先登录" in words_of(login)
    shop.hands.press(Qt.Key.Key_Down)
    assert "其他人可以先登录" not in words_of(login)


def test_a_quantity_no_shop_sells_is_refused(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.type("99999999*")
    shop.hands.enter()
    assert "数量" in shop.till.window.notice.text
    shop.hands.press(Qt.Key.Key_F3)
    shop.hands.type("6950000000019")
    shop.hands.enter()
    assert "数量" in shop.till.window.notice.text
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.quantity_milli for line in view.lines] == [1000]


def test_after_a_start_in_the_middle_of_a_shift_the_last_sale_is_said_once(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F2):
        shop.hands.press(key)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    shop.start_again()

    shop.hands.log_in("1111")
    said = shop.till.window.notice.text
    assert sale.receipt_number in said
    assert "16.80" in said

    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.log_in("1111")
    assert sale.receipt_number not in shop.till.window.notice.text


def test_an_amount_typed_for_a_top_up_is_taken_by_the_key_that_pays_too(shop: Shop) -> None:
    shop.hands.scan(ZHOU_CARD)
    shop.hands.press(Qt.Key.Key_F8)
    shop.hands.type("500")
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("600")
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.enter()

    (topped,) = shop.bakery.written(TopUp)
    assert topped.principal_fen == 50_000
    card = shop.top_card()
    assert isinstance(card, ReceiptCard)
    assert "¥100.00" in words_of(card)


def test_a_discount_above_the_price_says_what_a_discount_can_be(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F4)
    shop.hands.type("150")
    shop.hands.enter()
    assert "0 到 100" in shop.till.window.notice.text


def test_the_manager_sees_what_of_and_how_much_before_the_yes(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F4)
    for _step in range(2):
        shop.hands.press(Qt.Key.Key_Right)
    shop.hands.type("10")
    shop.hands.enter()
    card = shop.top_card()
    assert isinstance(card, ApprovalCard)
    assert "全麦吐司 450g · ¥16.80 → ¥10.00" in words_of(card)

    shop.hands.scan(MANAGER_BADGE)
    assert shop.bakery.checkout.basket.view().due_fen == 1000
