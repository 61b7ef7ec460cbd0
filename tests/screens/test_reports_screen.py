"""The manager's Reports tab: every total on it is the sum of what stands beneath it."""

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel

from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.screens.conftest import OpenShop, Shop


def _sell(shop: Shop, codes: tuple[str, ...], key: Qt.Key) -> None:
    for code in codes:
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(key)
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_Escape)


def _texts(shop: Shop) -> list[str]:
    screen = shop.till.window.screens.reports
    return [label.text() for label in screen.findChildren(QLabel) if label.isVisible()]


def _fen(text: str) -> int:
    return round(float(text.lstrip("¥").replace(",", "").replace("−", "-")) * 100)


def test_payments_add_up_to_the_days_sales(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.hands.log_in("9999", downs=1)
    shop.hands.type("100")
    shop.hands.enter()
    _sell(shop, (BREAD,), Qt.Key.Key_F3)
    _sell(shop, (CROISSANT, WATER), Qt.Key.Key_F4)
    _sell(shop, (BREAD, BREAD), Qt.Key.Key_F3)
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("1")
    assert shop.place == "reports"
    texts = _texts(shop)

    sales_fen = _fen(texts[texts.index("Sales") + 1])
    assert sales_fen == 1680 + 1150 + 3360
    wechat, alipay = (_fen(texts[texts.index(name) + 2]) for name in ("WeChat", "Alipay"))
    assert (wechat, alipay) == (1680 + 3360, 1150)
    totals = [place for place, text in enumerate(texts) if text == "All"]
    assert [_fen(texts[place + 2]) for place in totals] == [sales_fen, sales_fen]


def test_a_cashier_is_told_that_reports_are_for_the_manager(shop: Shop) -> None:
    shop.hands.press(Qt.Key.Key_F10)
    shop.hands.type("1")
    assert shop.place == "sell"
    assert "店长" in shop.till.window.notice.text
