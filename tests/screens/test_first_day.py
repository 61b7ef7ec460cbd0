"""What somebody met who followed the cashier's page at a till they had never seen: each place where they hesitated."""

from PySide6.QtCore import Qt

from pos_client.ui.cannot_open import CannotOpen
from pos_client.ui.parts.labels import ElidedLabel
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.member_cards import FindCard, RegisterCard
from shared_models.bodies import Sale
from shared_models.codes import receipt_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_PIN, WATER, ZHOU_CARD
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import words_of


def sell_one(shop: Shop, code: str = BREAD) -> None:
    shop.hands.scan(code)
    for key in (Qt.Key.Key_F9, Qt.Key.Key_F2):
        shop.hands.press(key)
    shop.hands.enter()


def test_whose_shift_is_open_is_chosen_at_the_login_after_a_restart(open_shop: OpenShop) -> None:
    shop = open_shop()
    presenter = shop.till.window.screens.login_presenter
    assert presenter.chosen_id == "c1"
    shop.hands.press(Qt.Key.Key_Down)
    shop.hands.log_in(MANAGER_PIN)
    shop.hands.type("200")
    shop.hands.enter()

    shop.start_again()

    assert shop.till.window.screens.login_presenter.chosen_id == "m1"


def test_a_wrong_pin_says_whose_it_is_not(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.hands.log_in("0000")
    assert "不是林的密码" in words_of(shop.till.window.screens.login)


def test_whoever_approved_last_is_chosen_the_next_time(shop: Shop) -> None:
    card = ApprovalCard("refund", lambda _staff, _pin: None, lambda _code: None)
    staff = shop.bakery.checkout.staff.names()
    card.show_managers(staff, "m1")
    assert card._staff[card._chosen].staff_id == "m1"
    card.show_managers(staff)
    assert card._staff[card._chosen].staff_id == staff[0].staff_id


def test_what_was_said_goes_with_the_screen_and_covers_nothing_that_is_worked_with(shop: Shop) -> None:
    window = shop.till.window
    shop.hands.scan("6999999999994")
    assert window.notice.text
    assert window.notice.geometry().bottom() <= window.header.geometry().bottom()
    shop.hands.scan(WATER)
    shop.hands.press(Qt.Key.Key_Delete)
    assert "已移除" in window.notice.text
    shop.hands.scan(BREAD)
    shop.hands.scan("6999999999994")

    shop.hands.press(Qt.Key.Key_F9)

    assert shop.place == "pay"
    assert window.notice.text == ""
    window.go("sell")
    window.say("said while the next screen comes")
    window.go("pay")
    assert window.notice.text  # nobody can have read it yet


def test_a_refund_shows_what_goes_back_and_a_reprint_its_own_sum(shop: Shop) -> None:
    sell_one(shop)
    number = shop.bakery.written(Sale)[0].receipt_number
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("5")
    shop.hands.type("1")
    card = shop.top_card()
    assert isinstance(card, ReceiptCard)
    assert card.title.text() == "补打"
    assert "¥16.80" in words_of(card)

    shop.hands.scan(receipt_code(number))
    shop.hands.press(Qt.Key.Key_A, Qt.KeyboardModifier.AltModifier)
    shop.hands.enter()

    back = shop.top_card()
    assert isinstance(back, ReceiptCard)
    assert back.change.text() == "¥16.80"
    assert "应退" in words_of(back)


def test_of_cash_that_was_not_enough_the_box_asks_for_the_rest(shop: Shop) -> None:
    for code in (BREAD, CROISSANT):
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.type("20")
    shop.hands.enter()
    box = shop.till.window.screens.pay.box

    assert "6.30" in words_of(box)


def test_a_member_without_coupons_is_not_asked_for_again(shop: Shop) -> None:
    coupons = shop.till.window.screens.sell
    assert "识别会员后" in words_of(coupons)
    shop.hands.scan(ZHOU_CARD)
    assert "识别会员后" not in words_of(coupons)


def test_a_foreign_number_that_was_searched_for_is_in_the_form(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("+447911123456")
    shop.hands.enter()
    find = shop.top_card()
    assert isinstance(find, FindCard)
    shop.hands.press(Qt.Key.Key_R, Qt.KeyboardModifier.AltModifier)
    form = shop.top_card()
    assert isinstance(form, RegisterCard)
    assert form.fields["phone"].text() == "+447911123456"


def test_of_several_members_the_key_says_that_enter_chooses(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F2)
    card = shop.top_card()
    assert isinstance(card, FindCard)
    assert "查找 · 回车" in words_of(card)
    shop.hands.type("5678")
    shop.hands.enter()
    assert "选择 · 回车" in words_of(card)
    shop.hands.type("1")
    assert "查找 · 回车" in words_of(card)


def test_a_basket_put_on_hold_says_how_it_comes_back(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F5)
    said = [one.text() for one in shop.till.window.screens.sell.findChildren(ElidedLabel)]
    assert any("F6" in words for words in said)


def test_the_settings_have_keys_too(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("4")
    assert shop.place == "settings"
    shop.hands.type("2")
    shop.hands.type("4")

    assert (shop.till.window.around.language, shop.till.window.around.theme) == ("en", "dark")
    assert shop.place == "settings"


def test_why_the_till_does_not_open_is_read_without_a_terminal(shop: Shop) -> None:
    window = CannotOpen(Refusal("ledger_in_use"))
    window.show()
    words = words_of(window)
    assert "另一个收银程序正打开着这本账" in words
    assert "已经在运行" in words
    assert shop.place == "sell"
    window.close()
    window.deleteLater()
