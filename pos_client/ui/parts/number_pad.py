"""The number pad: for fingers. What it types goes where the keyboard's digits go."""

from collections.abc import Callable
from functools import partial

from PySide6.QtWidgets import QGridLayout, QPushButton, QSizePolicy, QWidget

from pos_client.ui.parts.keys import button

BACKSPACE = "⌫"
CLEAR = "clear"
LENGTH_MAX = 9
"""Digits before the point that are shown: more than anything has that can be paid, weighed or counted."""
_DIGITS = (("7", "8", "9"), ("4", "5", "6"), ("1", "2", "3"), ("0", "00", "."))


class NumberPad(QWidget):
    """Twelve digits and, in a fourth column, delete, clear and one word of the screen's own (such as *exact*), with the
    key of the keyboard that does the same, where there is one."""

    def __init__(
        self,
        typed: Callable[[str], object],
        clear_word: str,
        last_word: str,
        last: Callable[[], object],
        *,
        digits_only: bool = False,
        last_cap: str = "",
    ) -> None:
        super().__init__()
        grid = QGridLayout(self)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setSpacing(10)
        for row, digits in enumerate(_DIGITS):
            for column, digit in enumerate(digits):
                key = self._key(digit, partial(typed, digit), "digit")
                key.setVisible((digit.isdigit() and len(digit) == 1) or not digits_only)
                # A pad of digits alone has its 0 in the middle, as a telephone has.
                grid.addWidget(key, row, {0: 1, 1: 0}.get(column, column) if digits_only and row == 3 else column)
        grid.addWidget(self._key(BACKSPACE, lambda: typed(BACKSPACE), "digit"), 0, 3)
        grid.addWidget(self._key(clear_word, lambda: typed(CLEAR), "pad-word"), 1, 3)
        self.last_key = self._key(f"{last_word}\n{last_cap}" if last_cap else last_word, last, "soft")
        grid.addWidget(self.last_key, 2, 3, 2, 1)
        for column in range(4):
            grid.setColumnStretch(column, 2 if column < 3 else 3)  # the last has words
        for row in range(4):
            grid.setRowStretch(row, 1)

    @staticmethod
    def _key(text: str, pressed: Callable[[], object], kind: str) -> QPushButton:
        made = button(text, pressed, kind)
        made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        return made


def typed_into(text: str, typed: str, decimals: int = 2) -> str:
    """What a figure reads after one key of the pad or keyboard: digits, at most one point, a bounded length."""
    if typed == CLEAR:
        return ""
    if typed == BACKSPACE:
        return text[:-1]
    if typed == ".":
        return text if "." in text or decimals == 0 else (text or "0") + "."
    if not (typed.isascii() and typed.isdigit()):
        return text
    whole, point, fraction = text.partition(".")
    if point and len(fraction) + len(typed) > decimals:
        return text
    joined = text + typed
    if not point and len(whole) + len(typed) > LENGTH_MAX:
        return text
    return joined.lstrip("0") or "0" if not point else joined


def figure_of(text: str, decimals: int = 2) -> int:
    """The typed figure in the smallest unit: `12.5` with two decimals is 1250; empty is 0."""
    whole, _point, fraction = text.partition(".")
    return int((whole or "0") + fraction.ljust(decimals, "0")[:decimals])


def pin_dots(length: int) -> str:
    """So many digits of a PIN are typed, of the four that most have."""
    return " ".join(["●"] * length + ["○"] * (4 - length))
