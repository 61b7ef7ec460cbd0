"""A scanner speaks whatever has the focus, and no key of its own ever pays, adopts or confirms."""

from PySide6.QtCore import Qt
from PySide6.QtTest import QTest

from pos_client.ui.parts.cards import FigureCard
from pos_client.ui.screens.member_cards import FindCard
from shared_models.bodies import Sale
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER, ZHOU_CARD
from tests.screens.conftest import Shop


def _lines(shop: Shop) -> list[str]:
    model = shop.till.window.screens.sell.model
    return [str(model.data(model.index(row, 1))) for row in range(model.rowCount())]


def test_a_scan_while_a_name_is_typed_becomes_a_line_and_no_digit_lands_in_the_field(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F2)
    card = shop.top_card()
    assert isinstance(card, FindCard)
    shop.hands.type("13")
    assert card.field.text() == "13"

    shop.hands.scan(BREAD)

    assert _lines(shop) == ["全麦吐司 450g"]
    assert shop.top_card() is None


def test_a_scan_over_the_quantity_panel_does_not_become_a_quantity(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F3)
    assert isinstance(shop.top_card(), FigureCard)

    shop.hands.scan(WATER)

    assert _lines(shop) == ["全麦吐司 450g", "农夫山泉 550ml"]
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.quantity_milli for line in view.lines] == [1000, 1000]


def test_goods_scanned_on_the_pay_screen_never_pay(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F2)

    shop.hands.scan(CROISSANT)

    assert shop.bakery.written(Sale) == []
    view = shop.till.window.screens.pay_presenter.view
    assert view is not None
    assert len(view.basket.lines) == 2


def test_enter_right_behind_a_digit_is_a_scanners_and_does_not_pay(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F2)
    handle = shop.till.window.windowHandle()
    assert handle is not None
    for key in (Qt.Key.Key_5, Qt.Key.Key_0, Qt.Key.Key_Return):
        shop.key_clock.advance(40)
        QTest.keyClick(handle, key)
    shop.hands.settle()
    assert shop.bakery.written(Sale) == []

    shop.hands.enter()
    assert len(shop.bakery.written(Sale)) == 1


def test_a_scanned_card_attaches_the_member_and_the_enter_behind_it_adopts_nothing(shop: Shop) -> None:
    shop.grant_everything()
    for code in (BREAD, BREAD, CROISSANT):
        shop.hands.scan(code)
    shop.hands.scan(ZHOU_CARD)

    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    assert view.member.presence == "card"
    assert view.points_used == 0
    assert shop.till.window.screens.sell_presenter.suggestion is not None

    shop.hands.enter()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.points_used > 0


def test_a_slow_scanner_presses_no_key_of_a_menu(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    menu = shop.top_card()
    handle = shop.till.window.windowHandle()
    assert handle is not None
    QTest.keyClick(handle, Qt.Key.Key_0)  # no function has this digit
    for key in (Qt.Key.Key_2, Qt.Key.Key_1, Qt.Key.Key_3):
        shop.key_clock.advance(90)
        shop.till.window.scan_filter.flush()
        QTest.keyClick(handle, key)
    shop.hands.settle()
    assert shop.top_card() is menu
    assert shop.place == "sell"


def test_a_wallets_payment_code_pays_the_rest_and_is_kept_nowhere(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F9)

    shop.hands.scan("134512345678901234")
    shop.hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert [(tender.kind, tender.amount_fen, tender.state) for tender in sale.tenders] == [("wechat", 1680, "recorded")]
    assert not any(b"134512345678901234" in entry.body for entry in shop.bakery.ledger.entries())


def test_an_unknown_code_is_said_and_changes_nothing(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.scan("6999999999994")
    assert _lines(shop) == ["全麦吐司 450g"]
    assert "6999999999994" in shop.till.window.notice.text


def test_the_shift_key_between_the_letters_of_a_code_ends_no_burst(shop: Shop) -> None:
    shop.grant_everything()
    handle = shop.till.window.windowHandle()
    assert handle is not None
    shop.key_clock.advance(500)
    for character in ZHOU_CARD:
        shop.key_clock.advance(3)
        QTest.keyPress(handle, Qt.Key.Key_Shift)
        QTest.keyClick(handle, ord(character))
        QTest.keyRelease(handle, Qt.Key.Key_Shift)
    QTest.keyClick(handle, Qt.Key.Key_Return)
    shop.hands.settle()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None


def test_a_payment_code_outside_the_pay_screen_is_not_shown(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.scan("134512345678901234")
    assert "1345" not in shop.till.window.notice.text
    assert "F9" in shop.till.window.notice.text
    assert _lines(shop) == ["全麦吐司 450g"]
