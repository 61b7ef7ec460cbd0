"""The tasks whose keys we count, and how many each may need beyond the scans."""

from typing import Protocol

from PySide6.QtCore import Qt

from tests.pos_client.checkout.bakery import BREAD, CROISSANT, ZHOU_CARD

KEYSTROKES_MAX = {"member_sale": 2, "exact_cash": 2, "hold": 1, "resume": 1, "full_refund": 3}


class Keyboard(Protocol):
    """A scanner and some keys."""

    def scan(self, code: str) -> None: ...
    def press(self, key: Qt.Key) -> None: ...
    def enter(self) -> None: ...


def member_sale(hands: Keyboard) -> None:
    """Three goods, the member's card, the best combination (Enter), all from the balance and printed (F1)."""
    for code in (BREAD, CROISSANT, BREAD, ZHOU_CARD):
        hands.scan(code)
    hands.enter()
    hands.press(Qt.Key.Key_F1)
