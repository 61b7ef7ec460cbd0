"""A walk through every screen in both languages and at the sizes of real tills: nothing is cut off, nothing too small.

Each stop leaves a picture under build/screens to be looked at.
"""

import pytest
from PySide6.QtCore import Qt

from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER, ZHOU_CARD
from tests.screens.conftest import OpenShop, Shop
from tests.screens.looking import cut_off, small_words

ALT = Qt.KeyboardModifier.AltModifier
TILLS = [
    pytest.param("zh_CN", "light", (1366, 768), id="zh-1366"),
    pytest.param("en", "light", (1366, 768), id="en-1366"),
    pytest.param("zh_CN", "light", (1024, 768), id="zh-1024"),
    pytest.param("en", "dark", (1024, 768), id="en-1024-dark"),
    pytest.param("zh_CN", "dark", (1920, 1080), id="zh-1920-dark"),
]


class Tour:
    """Stops at a screen: a picture, and everything that cannot be read."""

    def __init__(self, shop: Shop, name: str) -> None:
        self.shop = shop
        self.name = name
        self.unreadable: dict[str, list[str]] = {}

    def stop(self, place: str) -> None:
        self.shop.picture(f"{self.name}-{place}")
        window = self.shop.till.window
        found = cut_off(window) + small_words(window)
        if found:
            self.unreadable[place] = found


def _sell_and_pay(tour: Tour) -> None:
    hands = tour.shop.hands
    for code in (BREAD, CROISSANT, CROISSANT, WATER, WATER, WATER):
        hands.scan(code)
    tour.stop("sell")
    hands.scan(ZHOU_CARD)
    tour.stop("sell-member")
    hands.press(Qt.Key.Key_F11)
    tour.stop("sell-grid")
    hands.press(Qt.Key.Key_F11)
    hands.press(Qt.Key.Key_F3)
    tour.stop("quantity")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F4)
    tour.stop("discount")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F2)
    hands.type("5678")
    hands.enter()
    tour.stop("find")
    hands.press(Qt.Key.Key_R, ALT)
    tour.stop("register")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F10)
    tour.stop("more")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F9)
    tour.stop("pay")
    hands.press(Qt.Key.Key_F1)
    tour.stop("pay-stored-value")
    hands.press(Qt.Key.Key_F2)
    hands.type("50")
    tour.stop("pay-cash")
    hands.press(Qt.Key.Key_Escape)
    hands.enter()
    tour.stop("done")
    hands.press(Qt.Key.Key_Escape)


def _money(tour: Tour) -> None:
    hands = tour.shop.hands
    hands.scan(ZHOU_CARD)
    hands.press(Qt.Key.Key_F8)
    tour.stop("top-up")
    hands.press(Qt.Key.Key_2, ALT)
    hands.press(Qt.Key.Key_F2)
    tour.stop("top-up-paid")
    hands.enter()
    tour.stop("top-up-done")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_F7)
    tour.stop("refund-list")
    hands.enter()
    hands.press(Qt.Key.Key_A, ALT)
    tour.stop("refund")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_Escape)


def _back_office(tour: Tour) -> None:
    hands, window = tour.shop.hands, tour.shop.till.window
    for place in ("shift", "sync", "settings", "reports"):
        window.go(place)
        tour.stop(place)
    window.go("shift")
    hands.type("9")
    tour.stop("count")
    hands.press(Qt.Key.Key_Escape)
    hands.type("4")
    tour.stop("approval")
    hands.press(Qt.Key.Key_Escape)
    hands.press(Qt.Key.Key_Escape)


@pytest.mark.parametrize(("language", "theme", "size"), TILLS)
def test_everything_can_be_read(open_shop: OpenShop, language: str, theme: str, size: tuple[int, int]) -> None:
    shop = open_shop(language, theme, size)
    shop.grant_everything()
    tour = Tour(shop, f"{language}-{size[0]}-{theme}")
    tour.stop("login")
    shop.hands.log_in("1111")
    tour.stop("shift-open")
    shop.hands.type("200")
    shop.hands.enter()

    _sell_and_pay(tour)
    _money(tour)
    _back_office(tour)

    assert tour.unreadable == {}
