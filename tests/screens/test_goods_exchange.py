"""An exchange and a void by keys: what comes back, what is taken instead, and the one difference, before it is done."""

from PySide6.QtCore import Qt

from pos_client.ui.parts.cards import AskCard
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from shared_models.bodies import Refund, Sale
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_PIN
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import words_of
from tests.together.wallet_provider import simulated_provider

ALT = Qt.KeyboardModifier.AltModifier
CODE = "134567890123456789"


def sell(shop: Shop, code: str) -> Sale:
    """Paid in cash, exactly."""
    shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_Escape)
    return shop.bakery.written(Sale)[-1]


def approve(shop: Shop) -> None:
    """Where the store wants a manager for it."""
    if isinstance(shop.top_card(), ApprovalCard):
        shop.hands.type(MANAGER_PIN)
        shop.hands.enter()


def test_an_exchange_by_receipt_scan_takes_four_keys_and_two_scans(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.open_shift()
    hands = shop.hands
    sale = sell(shop, CROISSANT)
    hands.scan(receipt_code(sale.receipt_number))
    presses = hands.presses
    hands.enter()  # all of it
    hands.press(Qt.Key.Key_E, ALT)
    approve(shop)
    assert "returned goods of 9.50 come off" in words_of(shop.till.window)
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    assert "of returned goods" in words_of(shop.till.window)
    assert "¥7.30" in words_of(shop.till.window)
    hands.enter()
    assert hands.presses - presses <= 5  # Alt counts as one
    assert isinstance(shop.top_card(), ReceiptCard)

    (refund,) = shop.bakery.written(Refund)
    new = shop.bakery.written(Sale)[-1]
    assert (refund.total_fen, new.total_fen) == (950, 1680)
    assert new.tenders[0].amount_fen == 1680


def test_an_exchange_can_be_dropped_by_the_key_beside_it(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.open_shift()
    hands = shop.hands
    hands.scan(receipt_code(sell(shop, CROISSANT).receipt_number))
    hands.enter()
    hands.press(Qt.Key.Key_E, ALT)
    approve(shop)
    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    shop.till.window.screens.pay_presenter.drop_exchange()
    hands.settle()
    hands.enter()
    assert shop.bakery.written(Refund) == []
    assert shop.bakery.written(Sale)[-1].total_fen == 1680


def test_goods_that_came_back_by_themselves_after_all_leave_the_next_basket_payable(open_shop: OpenShop) -> None:
    shop = open_shop("en")
    shop.open_shift()
    hands = shop.hands
    code = receipt_code(sell(shop, CROISSANT).receipt_number)
    hands.scan(code)
    hands.enter()
    hands.press(Qt.Key.Key_E, ALT)
    approve(shop)
    hands.scan(code)  # the customer wants the money instead
    hands.enter()
    hands.enter()
    approve(shop)
    assert len(shop.bakery.written(Refund)) == 1
    hands.press(Qt.Key.Key_Escape)

    hands.scan(BREAD)
    hands.press(Qt.Key.Key_F9)
    assert shop.place == "sell"
    assert shop.till.window.notice.text
    hands.press(Qt.Key.Key_F9)
    hands.enter()
    assert shop.bakery.written(Sale)[-1].total_fen == 1680


def test_a_void_shows_where_the_money_goes_and_gives_it_back_to_the_wallet(open_shop: OpenShop) -> None:
    with simulated_provider() as provider:
        shop = open_shop("en", wallet_url=provider.url)
        shop.open_shift()
        hands = shop.hands
        hands.scan(BREAD)
        hands.press(Qt.Key.Key_F9)
        hands.scan(CODE)
        hands.settle(lambda: isinstance(shop.top_card(), ReceiptCard))
        hands.press(Qt.Key.Key_Escape)
        assert provider.simulator.statement()["held_fen"] == 1680

        hands.press(Qt.Key.Key_F10)
        hands.type("A")
        assert isinstance(shop.top_card(), AskCard)
        assert "Goes back: WeChat ¥16.80" in words_of(shop.till.window)
        hands.enter()
        approve(shop)
        hands.settle(lambda: provider.simulator.statement()["held_fen"] == 0)
    assert shop.bakery.written(Refund)[0].total_fen == 1680
