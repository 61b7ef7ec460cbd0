"""Orders by keys at the real window: taken with a deposit, found by slip or list, collected once, cancelled by rule."""

import pytest
from PySide6.QtCore import Qt

from pos_client.ui.parts.cards import ListCard
from pos_client.ui.screens.flow_cards import ApprovalCard, ReceiptCard
from pos_client.ui.screens.order_cards import CancelOrderCard, OrderCard
from pos_client.ui.screens.order_form import OrderForm
from shared_models.bodies import OrderCancelled, OrderCollected, OrderTaken, Sale
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, MANAGER_PIN, WATER
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import words_of
from tests.screens.totals import totals_that_differ
from tests.together.wallet_provider import simulated_provider

Key = Qt.Key


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    opened = open_shop("en")
    opened.open_shift()
    return opened


def menu(shop: Shop, words: str) -> None:
    """The key beside these words behind *More*."""
    shop.hands.press(Key.Key_F10)
    card = shop.top_card()
    assert card is not None
    shown = [
        key for key in card.findChildren(type(shop.till.window.screens.pay.left.finish)) if key.words.text() == words
    ]
    shop.hands.touch(shown[0])


def take(shop: Shop, when: str = "25 18:30") -> None:
    """Up to the deposit on the pay screen."""
    hands = shop.hands
    hands.scan(BREAD)
    menu(shop, "Take an order")
    assert isinstance(shop.top_card(), OrderForm)
    hands.type(when)
    hands.press(Key.Key_Down)
    hands.type("Ms Zhou")
    hands.press(Key.Key_Down)
    hands.type("13800005678")
    hands.enter()


def test_an_order_from_the_form_to_the_hand_over(shop: Shop) -> None:
    hands = shop.hands
    take(shop)
    assert shop.place == "pay"
    assert "Deposit" in words_of(shop.till.window)
    assert totals_that_differ(shop.till.window) == []
    hands.enter()
    assert isinstance(shop.top_card(), ReceiptCard)
    hands.press(Key.Key_Escape)
    (taken,) = shop.bakery.written(OrderTaken)
    assert (taken.deposit_fen, taken.total_fen) == (600, 1680)

    hands.scan(receipt_code(taken.receipt_number))
    assert isinstance(shop.top_card(), OrderCard)
    assert "¥10.80" in words_of(shop.till.window)
    hands.enter()
    assert shop.place == "pay"
    assert totals_that_differ(shop.till.window) == []
    hands.enter()
    (sale,), (collected,) = shop.bakery.written(Sale), shop.bakery.written(OrderCollected)
    assert [(one.kind, one.amount_fen) for one in sale.tenders] == [("deposit", 600), ("cash", 1080)]
    assert collected.sale_id == sale.head.business_id
    hands.press(Key.Key_Escape)
    hands.scan(receipt_code(taken.receipt_number))
    assert "was collected or cancelled already" in words_of(shop.till.window)


def test_the_form_says_what_is_wrong_and_keeps_what_was_typed(shop: Shop) -> None:
    take(shop, when="tomorrow")
    assert isinstance(shop.top_card(), OrderForm)
    assert "When is it collected?" in words_of(shop.till.window)
    card = shop.top_card()
    assert isinstance(card, OrderForm)
    assert card.fields["name"].text() == "Ms Zhou"
    card.fields["collect_at"].setText("18:30")
    card.fields["deposit"].setText("99999999999999999999")
    shop.hands.enter()
    assert isinstance(shop.top_card(), OrderForm)
    card.fields["deposit"].setText("17")
    shop.hands.enter()
    assert "at most the price, ¥16.80" in words_of(shop.till.window)
    card.fields["deposit"].setText("16.80")
    shop.hands.enter()
    assert shop.place == "pay"


def test_the_list_cancels_and_shows_what_the_rule_keeps(shop: Shop) -> None:
    hands = shop.hands
    take(shop, when="18:30")  # within a day: the rule keeps it
    hands.enter()
    hands.press(Key.Key_Escape)
    menu(shop, "Orders")
    assert isinstance(shop.top_card(), ListCard)
    hands.enter()
    hands.press(Key.Key_Delete)
    assert isinstance(shop.top_card(), CancelOrderCard)
    assert "Kept by the store's rule" in words_of(shop.till.window)
    hands.press(Key.Key_F2)
    assert isinstance(shop.top_card(), ApprovalCard)
    hands.type(MANAGER_PIN)
    hands.enter()
    (cancelled,) = shop.bakery.written(OrderCancelled)
    assert (cancelled.returned_fen, cancelled.kept_fen) == (600, 0)


def test_nothing_is_scanned_into_an_order_that_is_collected(shop: Shop) -> None:
    hands = shop.hands
    take(shop)
    hands.enter()
    hands.press(Key.Key_Escape)
    hands.scan(receipt_code(shop.bakery.written(OrderTaken)[0].receipt_number))
    hands.enter()
    hands.scan(WATER)
    assert "as it was taken" in words_of(shop.till.window)
    hands.enter()
    assert shop.bakery.written(Sale)[0].total_fen == 1680


def test_a_deposit_by_wallet_goes_back_to_the_wallet(open_shop: OpenShop) -> None:
    with simulated_provider() as provider:
        shop = open_shop("en", wallet_url=provider.url)
        shop.open_shift()
        take(shop)
        shop.hands.scan("134567890123456789")
        shop.hands.settle(lambda: isinstance(shop.top_card(), ReceiptCard))
        assert provider.simulator.statement()["held_fen"] == 600
        shop.hands.press(Key.Key_Escape)
        menu(shop, "Orders")
        shop.hands.enter()
        shop.hands.press(Key.Key_Delete)
        shop.hands.enter()
        shop.hands.settle(lambda: provider.simulator.statement()["held_fen"] == 0)
    assert shop.bakery.written(OrderCancelled)[0].returned_fen == 600
