"""A till runs for weeks: what one sale uses up, however little, is missing in the end."""

import sys

from PySide6.QtCore import Qt

from tests.pos_client.checkout.bakery import BREAD, CROISSANT
from tests.screens.conftest import Shop


def _one_sale(shop: Shop) -> None:
    shop.hands.scan(BREAD)
    shop.hands.scan(CROISSANT)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.press(Qt.Key.Key_F2)
    shop.hands.enter()
    shop.hands.press(Qt.Key.Key_Escape)


def test_a_long_day_never_uses_up_the_constants(shop: Shop) -> None:
    """A binding that takes one reference too many of None with each call ends the program after some fifty sales; how
    many it takes in a sale is measured, and what is held must last for a million sales a day and thirty years."""
    _one_sale(shop)
    held = [sys.getrefcount(constant) for constant in (None, True, False)]
    for _ in range(3):
        _one_sale(shop)
    left = [sys.getrefcount(constant) for constant in (None, True, False)]
    used_by_a_sale = max(0, *(was - now for was, now in zip(held, left, strict=True))) // 3
    if sys.version_info < (3, 12):
        assert min(left) > used_by_a_sale * 1_000_000 * 30
    else:
        assert used_by_a_sale == 0
