"""Scans that do not come as plain keys, and scans on every screen and panel: what is scanned decides what happens."""

import pytest
from PySide6.QtCore import QCoreApplication, Qt
from PySide6.QtGui import QGuiApplication, QInputMethodEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLineEdit

from pos_client.ui.screens.flow_cards import ApprovalCard
from pos_client.ui.screens.member_cards import FindCard, PresenceCard, RegisterCard
from shared_models.bodies import Refund, Sale
from shared_models.codes import coupon_code, receipt_code
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, EIGHT_OFF, MANAGER_BADGE, WANG_CARD, WATER, ZHOU_CARD
from tests.screens.conftest import Shop

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
PAYMENT_CODE = "134512345678901234"


def _goods(shop: Shop) -> dict[str, int]:
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    return {line.goods_id: line.quantity_milli // 1000 for line in view.lines}


def _commit(shop: Shop, field: QLineEdit, text: str, composing: str = "", apart_ms: int = 1) -> None:
    """An input method hands over one character after the other, with a composition still open."""
    for character in text:
        shop.key_clock.advance(apart_ms)
        event = QInputMethodEvent(composing, [])
        event.setCommitString(character)
        QCoreApplication.sendEvent(field, event)


def _open_note(shop: Shop) -> QLineEdit:
    shop.hands.press(Qt.Key.Key_F2)
    card = shop.top_card()
    assert isinstance(card, FindCard)
    return card.field


# --- input methods, the clipboard, other keyboards ---------------------------------------------------------------


@pytest.mark.parametrize("code", [BREAD, "６９０１２３４５６７８９２"])
def test_a_scan_through_an_input_method_with_a_composition_open(shop: Shop, code: str) -> None:
    field = _open_note(shop)
    QCoreApplication.sendEvent(field, QInputMethodEvent("ni", []))
    _commit(shop, field, code, composing="ni")
    assert field.text() == ""
    handle = shop.till.window.windowHandle()
    assert handle is not None
    shop.key_clock.advance(1)
    QTest.keyClick(handle, Qt.Key.Key_Return)
    shop.hands.settle()
    assert _goods(shop) == {"bread": 1}


def test_a_whole_code_committed_at_once_is_a_scan_and_a_word_is_not(shop: Shop) -> None:
    field = _open_note(shop)
    for text in ("周女士今天来了", "iphone15", "13800005678"):
        event = QInputMethodEvent("", [])
        event.setCommitString(text)
        QCoreApplication.sendEvent(field, event)
        assert field.text() == text
        field.clear()
    event = QInputMethodEvent("", [])
    event.setCommitString(BREAD)
    QCoreApplication.sendEvent(field, event)
    shop.key_clock.advance(300)
    shop.till.window.scan_filter.flush()
    assert field.text() == ""
    shop.hands.settle()
    assert _goods(shop) == {"bread": 1}


def test_what_a_person_types_through_an_input_method_reaches_the_field_in_order(shop: Shop) -> None:
    field = _open_note(shop)
    for character in "a1周b2":
        _commit(shop, field, character, apart_ms=180)
        shop.key_clock.advance(180)
        shop.till.window.scan_filter.flush()
    assert field.text() == "a1周b2"


def test_a_code_that_is_pasted_is_a_scan_and_a_word_that_is_pasted_is_not(shop: Shop) -> None:
    field = _open_note(shop)
    QGuiApplication.clipboard().setText("周女士")
    shop.hands.press(Qt.Key.Key_V, CTRL)
    assert field.text() == "周女士"
    field.clear()
    QGuiApplication.clipboard().setText(BREAD + "\n")
    shop.hands.press(Qt.Key.Key_V, CTRL)
    shop.key_clock.advance(300)
    shop.till.window.scan_filter.flush()
    shop.hands.settle()
    assert _goods(shop) == {"bread": 1}


@pytest.mark.parametrize("change", [str.lower, str.swapcase])
def test_caps_lock_does_not_matter(shop: Shop, change: object) -> None:
    assert callable(change)
    shop.hands.scan(change(ZHOU_CARD))
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None


def test_enter_pressed_after_a_scanner_without_suffix_is_the_persons(shop: Shop) -> None:
    shop.grant_everything()
    handle = shop.till.window.windowHandle()
    assert handle is not None
    for code in (BREAD, BREAD, CROISSANT, ZHOU_CARD):
        shop.key_clock.advance(400)
        for character in code:
            shop.key_clock.advance(2)
            QTest.keyClick(handle, ord(character))
    shop.key_clock.advance(400)
    QTest.keyClick(handle, Qt.Key.Key_Return)  # nothing flushed before: the Enter itself ends the burst
    shop.hands.settle()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None


def test_a_scan_that_a_stall_cut_in_two_is_whole_again_and_leaves_nothing_in_the_field(shop: Shop) -> None:
    field = _open_note(shop)
    shop.hands.type("138")
    handle = shop.till.window.windowHandle()
    assert handle is not None
    shop.key_clock.advance(900)
    for character in BREAD[:2]:
        shop.key_clock.advance(1)
        QTest.keyClick(handle, ord(character))
    shop.key_clock.advance(150)
    shop.till.window.scan_filter.flush()
    assert field.text() == "138" + BREAD[:2]
    for character in BREAD[2:]:
        shop.key_clock.advance(1)
        QTest.keyClick(handle, ord(character))
    assert field.text() == "138" + BREAD[:2]
    QTest.keyClick(handle, Qt.Key.Key_Return)
    shop.hands.settle()
    assert _goods(shop) == {"bread": 1}


# --- every screen, every panel -----------------------------------------------------------------------------------


@pytest.mark.parametrize("place", ["sell", "pay", "top_up", "refund", "reports", "shift", "sync", "settings"])
def test_goods_scanned_anywhere_are_in_the_basket(shop: Shop, place: str) -> None:
    shop.hands.scan(WATER)
    shop.hands.scan(ZHOU_CARD)
    shop.till.window.go(shop.till.window.screens.place_named(place))
    shop.hands.settle()
    shop.hands.scan(BREAD)
    assert _goods(shop) == {"water": 1, "bread": 1}
    assert shop.place == (place if place in ("pay", "top_up") else "sell")


@pytest.mark.parametrize("keys", [["F2"], ["F3"], ["F4"], ["F10"], ["F9"], ["F9", "F6"], ["F9", "F7"], ["F8"], ["F7"]])
def test_a_card_a_receipt_and_a_badge_are_understood_from_every_panel(shop: Shop, keys: list[str]) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    shop.hands.scan(WATER)
    for key in keys:
        shop.hands.press(getattr(Qt.Key, f"Key_{key}"))
    shop.hands.scan(WANG_CARD)
    shop.till.window.screens.sell_presenter.begin()
    shop.hands.settle()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    assert view.member.name == "王小明"
    shop.hands.scan(MANAGER_BADGE)
    status = shop.till.window.status
    assert status is not None
    assert status.cashier is not None
    assert status.cashier.staff_id == "m1"
    shop.hands.scan(receipt_code(sale.receipt_number))
    assert shop.place == "refund"
    assert shop.till.window.screens.refund_presenter.view is not None


def test_a_coupon_scanned_while_paying_is_used(shop: Shop) -> None:
    shop.grant_everything()
    for code in (BREAD, BREAD, ZHOU_CARD):
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.scan(coupon_code(EIGHT_OFF.token))
    payment = shop.till.window.screens.pay_presenter.view
    assert payment is not None
    assert [coupon.applied for coupon in payment.basket.coupons if coupon.token == EIGHT_OFF.token] == [True]


def test_a_payment_code_pays_on_the_pay_screen_only(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    for place in ("sell", "refund", "shift", "settings"):
        shop.till.window.go(shop.till.window.screens.place_named(place))
        shop.hands.scan(PAYMENT_CODE)
        assert shop.bakery.written(Sale) == []
        assert "1345" not in shop.till.window.notice.text
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F7)  # a panel of the pay screen is still the pay screen
    shop.hands.scan(PAYMENT_CODE)
    shop.hands.enter()
    assert [tender.kind for tender in shop.bakery.written(Sale)[0].tenders] == ["wechat"]


def test_goods_scanned_while_a_manager_is_asked_are_sold_and_not_taken_for_a_badge(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F4)
    shop.hands.type("50")
    shop.hands.enter()
    assert isinstance(shop.top_card(), ApprovalCard)
    shop.hands.scan(WATER)
    assert _goods(shop) == {"bread": 1, "water": 1}


def test_goods_scanned_while_a_member_is_registered_leave_the_form_as_it_is(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_R, ALT)
    card = shop.top_card()
    assert isinstance(card, RegisterCard)
    shop.hands.type("139")
    shop.hands.scan(BREAD)
    assert shop.top_card() is card
    assert card.fields["phone"].text() == "139"
    assert _goods(shop) == {"bread": 1}
    shop.hands.scan(ZHOU_CARD)
    assert card.fields["card_code"].text() == ZHOU_CARD


def test_a_managers_badge_vouches_where_the_member_must_be_here(shop: Shop) -> None:
    shop.grant_everything()
    for _ in range(15):
        shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.type("13800005678")
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F1)
    assert isinstance(shop.top_card(), PresenceCard)
    shop.hands.scan(MANAGER_BADGE)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    assert sale.member is not None
    assert sale.member.presence == "manager"
    assert sale.head.cashier_id == "c1"


def test_goods_scanned_on_their_receipt_are_what_comes_back(shop: Shop) -> None:
    for code in (BREAD, WATER, WATER):
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()
    (sale,) = shop.bakery.written(Sale)
    shop.hands.scan(receipt_code(sale.receipt_number))
    shop.hands.scan(WATER)
    shop.hands.scan(WATER)
    shop.hands.scan(WATER)
    assert "小票" in shop.till.window.notice.text
    shop.hands.enter()
    (refund,) = shop.bakery.written(Refund)
    assert [(line.goods_id, line.quantity_milli) for line in refund.lines] == [("water", 2000)]


def test_before_anybody_works_here_goods_are_not_taken_for_a_badge(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F12)
    shop.hands.scan(BREAD)
    assert shop.place == "login"
    assert "登录" in shop.till.window.notice.text
