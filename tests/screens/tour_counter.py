"""The third walk: wallets through a provider in each of their states, an exchange, a void, orders with a deposit."""

from collections.abc import Callable

from PySide6.QtCore import Qt

from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.screens.flow_cards import ReceiptCard
from pos_client.ui.screens.wallet_card import WalletCard
from shared_models.bodies import OrderTaken, Sale
from shared_models.codes import receipt_code
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MANAGER_PIN, WATER
from tests.screens.tour import ALT, Tour
from tests.together.wallet_provider import Behaviour, Served

WECHAT_CODE = "134567890123456789"
MENU_PLACES = {"take": 18, "orders": 19, "wallets": 20}
"""Where these keys stand on the menu behind *More*, from its end."""


def walk_counter(tour: Tour, provider: Served) -> None:
    """All of it. The shop was just opened; nobody works there yet. Its till asks this provider."""
    tour.shop.open_shift()
    wallets(tour, provider)
    open_payments(tour, provider)
    exchange(tour, provider)
    orders(tour)
    no_line(tour)


def _menu(tour: Tour, name: str) -> None:
    tour.press(Qt.Key.Key_F10)
    card = tour.shop.top_card()
    assert card is not None
    tour.shop.hands.touch(card.findChildren(KeyButton)[MENU_PLACES[name]])


def _ask(tour: Tour, provider: Served, behaviour: Behaviour, until: Callable[[], bool]) -> None:
    """A loaf, and the customer's code."""
    provider.simulator.behave(behaviour, polls=10_000)
    tour.shop.hands.scan(BREAD)
    tour.press(Qt.Key.Key_F9)
    tour.shop.hands.scan(WECHAT_CODE)
    tour.shop.hands.settle(until)


def _state(tour: Tour) -> str:
    card = tour.shop.top_card()
    return card.view.state if isinstance(card, WalletCard) else ""


def _approve(tour: Tour) -> None:
    tour.shop.hands.type(MANAGER_PIN)
    tour.shop.hands.enter()


def wallets(tour: Tour, provider: Served) -> None:
    """Waiting, cancelled, refused, and paid by one scan."""
    hands = tour.shop.hands
    _ask(tour, provider, "password", lambda: _state(tour) == "waiting")
    tour.stop("wallet-waiting")
    tour.escape()
    tour.stop("wallet-under-way")
    tour.press(Qt.Key.Key_F3, Qt.Key.Key_Delete)
    hands.settle(lambda: _state(tour) == "reversed")
    tour.stop("wallet-cancelled")
    hands.enter()
    tour.press(Qt.Key.Key_F3)
    tour.stop("wallet-scan-the-code")
    provider.simulator.behave("refuses")
    hands.scan(WECHAT_CODE)
    hands.settle(lambda: _state(tour) == "refused")
    tour.stop("wallet-refused")
    hands.enter()
    provider.simulator.behave("pays")
    hands.press(Qt.Key.Key_F4)
    hands.type("10")
    hands.enter()
    hands.scan("281234567890123456")
    presenter = tour.shop.till.window.screens.pay_presenter
    hands.settle(lambda: presenter.view is not None and bool(presenter.view.tenders))
    tour.stop("wallet-part-paid")
    tour.press(Qt.Key.Key_F4)
    tour.stop("wallet-give-back")
    tour.escape()
    hands.enter()
    tour.stop("wallet-done")
    tour.escape()


def open_payments(tour: Tour, provider: Served) -> None:
    """Nobody knows: the goods go out, the shift does not close, a manager says how it ended."""
    hands = tour.shop.hands
    _ask(tour, provider, "silent", lambda: _state(tour) == "unknown")
    tour.stop("wallet-unknown")
    tour.press(Qt.Key.Key_F1)
    tour.stop("wallet-unknown-approval")
    _approve(tour)
    hands.settle(lambda: isinstance(tour.shop.top_card(), ReceiptCard))
    tour.escape()
    tour.shop.till.window.go("shift")
    hands.settle()
    hands.type("9")
    hands.settle(lambda: tour.shop.top_card() is not None)
    tour.stop("wallet-before-closing")
    hands.enter()
    tour.stop("wallet-open")
    tour.press(Qt.Key.Key_F2)
    tour.stop("wallet-how-did-it-end")
    hands.type("1")
    _approve(tour)
    tour.shop.till.window.go("sell")
    hands.settle()
    _menu(tour, "wallets")
    tour.stop("wallet-nothing-open")
    tour.escape()


def exchange(tour: Tour, provider: Served) -> None:
    """What a wallet paid for comes back against something else; and a void, before it is done."""
    hands = tour.shop.hands
    _ask(tour, provider, "pays", lambda: isinstance(tour.shop.top_card(), ReceiptCard))
    tour.escape()
    tour.press(Qt.Key.Key_F10)
    hands.type("A")
    tour.stop("void-split")
    tour.escape()
    hands.scan(receipt_code(tour.shop.bakery.written(Sale)[-1].receipt_number))
    hands.enter()
    hands.press(Qt.Key.Key_E, ALT)
    hands.scan(WATER)
    tour.stop("exchange-sell")
    tour.press(Qt.Key.Key_F9)
    tour.stop("exchange-gives-back")
    tour.escape()
    for code in (BREAD, CROISSANT):
        hands.scan(code)
    tour.press(Qt.Key.Key_F9)
    tour.stop("exchange-costs-more")
    hands.enter()
    tour.stop("exchange-done")
    tour.escape()


def orders(tour: Tour) -> None:
    """From the form to the hand-over, and cancelling."""
    hands = tour.shop.hands
    _menu(tour, "orders")
    tour.stop("orders-none")
    tour.escape()
    for when, name in (("25 18:30", "周女士"), ("18:30", "诸葛慕容司马欧阳女士和她的三个朋友")):
        hands.scan(BREAD)
        hands.scan(CROISSANT)
        _menu(tour, "take")
        if not tour.shop.bakery.written(OrderTaken):
            tour.stop("order-form")
            hands.type("soon")
            hands.enter()
            tour.stop("order-form-wrong")
        form = tour.shop.top_card()
        assert form is not None
        for field, text in (("collect_at", when), ("name", name), ("phone", "13800005678"), ("text", "生日快乐")):
            form.fields[field].setText(text)  # type: ignore[attr-defined]  # the form of an order
        hands.enter()
        if not tour.shop.bakery.written(OrderTaken):
            tour.stop("order-deposit")
        hands.enter()
        if len(tour.shop.bakery.written(OrderTaken)) == 1:
            tour.stop("order-taken")
        tour.escape()
    _menu(tour, "orders")
    tour.stop("orders")
    hands.enter()
    tour.stop("order")
    tour.press(Qt.Key.Key_Delete)
    tour.stop("order-cancel")
    tour.escape(3)
    hands.scan(receipt_code(tour.shop.bakery.written(OrderTaken)[0].receipt_number))
    hands.enter()
    tour.stop("order-collect")
    hands.enter()
    tour.stop("order-collected")
    tour.escape()
    tour.shop.till.window.go("shift")
    hands.settle()
    tour.stop("shift-with-deposits")
    tour.shop.till.window.go("sell")
    hands.settle()


def no_line(tour: Tour) -> None:
    """The provider cannot be reached: other tenders go on."""
    hands = tour.shop.hands
    line = tour.shop.till.wallets
    assert line is not None
    hands.scan(BREAD)
    line.is_down = True
    tour.press(Qt.Key.Key_F9, Qt.Key.Key_F3)
    tour.stop("wallet-no-line")
    tour.press(Qt.Key.Key_F7)
    tour.stop("wallet-paid-elsewhere")
    tour.escape(2)
