"""The bar at the bottom: each function with the key that does it, and the one big key that is what comes next."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtWidgets import QFrame, QHBoxLayout, QSizePolicy

from pos_client.ui.parts.keys import KeyButton


class FunctionBar(QFrame):
    """`functions` are (name, words, key as printed); pressing calls `pressed(name)`."""

    def __init__(self, functions: Sequence[tuple[str, str, str]], pressed: Callable[[str], object]) -> None:
        super().__init__()
        self.setProperty("surface", "bar")
        self.setFixedHeight(66)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 9, 12, 9)
        row.setSpacing(8)
        self.keys: dict[str, KeyButton] = {}
        for name, words, key in functions:
            made = KeyButton(words, key, partial(pressed, name))
            made.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
            made.setFixedHeight(48)
            self.keys[name] = made
            row.addWidget(made, 10)
        self.pay = KeyButton("", "F9", lambda: pressed("pay"), kind="primary", text_kind="pay-text", beside=True)
        self.pay.setFixedHeight(48)
        row.addWidget(self.pay, 24)
