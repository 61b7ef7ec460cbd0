"""A sale by keystrokes alone, from login to the slip."""

from PySide6.QtCore import Qt

from pos_client.ui.screens.flow_cards import ReceiptCard
from shared_models.bodies import Sale
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.screens.conftest import Shop


def test_a_cash_sale_by_keystrokes(shop: Shop) -> None:
    hands, window = shop.hands, shop.till.window
    hands.scan(BREAD)
    hands.scan(CROISSANT)
    hands.scan(CROISSANT)
    shop.picture("sale-basket")
    hands.press(Qt.Key.Key_F9)
    hands.press(Qt.Key.Key_F2)
    shop.picture("sale-pay-cash")
    hands.type("50")
    hands.enter()

    (sale,) = shop.bakery.written(Sale)
    assert [line.goods_id for line in sale.lines] == ["bread", "croissant"]
    assert sale.tenders[0].handed_over_fen == 5000
    card = shop.top_card()
    assert isinstance(card, ReceiptCard)
    shop.picture("sale-done")
    hands.scan(WATER)
    assert shop.top_card() is None
    assert window.screens.sell.totals.due.text() == "¥2.00"
