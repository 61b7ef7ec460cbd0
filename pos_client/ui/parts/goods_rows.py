"""The goods of a basket in two columns, name and amount, beside what happens to them: on the pay screen.

A basket may have two hundred lines, and is shown again at every key: rows stay and change their words, nothing is done
where nothing changed, and many new ones come in slices, so that the window goes on answering.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_client.ui.formats import plain, quantity
from pos_client.ui.parts.labels import ElidedLabel, right

_AT_ONCE = 40


@dataclass(frozen=True, slots=True)
class GoodsWords:
    """One line."""

    name: str
    amount: str


def goods_words(name: str, quantity_milli: int, weighed: bool, amount_fen: int) -> GoodsWords:
    """One line, with how much where that is not one piece."""
    amount = quantity(quantity_milli, weighed)
    if weighed:
        name = f"{name} {amount} kg"
    elif quantity_milli != 1000:
        name = f"{name} ×{amount}"
    return GoodsWords(name, plain(amount_fen))


class _Row(QWidget):
    """Labels for one line."""

    def __init__(self) -> None:
        super().__init__()
        row = QHBoxLayout(self)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(8)
        self._name = ElidedLabel()
        self._amount = right()
        row.addWidget(self._name, 1)
        row.addWidget(self._amount)

    def say(self, words: GoodsWords) -> None:
        """This line now."""
        self._name.setText(words.name)
        self._amount.setText(words.amount)


class GoodsRows(QWidget):
    """`show_lines` is all there is."""

    def __init__(self, spacing: int) -> None:
        super().__init__()
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(0, 0, 0, 0)
        self.column.setSpacing(spacing)
        self._lines: Sequence[GoodsWords] = ()
        self._rows: list[_Row] = []
        self._said = 0
        self._more = QTimer(self)
        self._more.setSingleShot(True)
        self._more.setInterval(0)
        self._more.timeout.connect(self._go_on)

    def show_lines(self, lines: Sequence[GoodsWords]) -> None:
        """These lines, in place of those before."""
        if lines == self._lines and not self._more.isActive():
            return
        self._lines, self._said = lines, 0
        for row in self._rows[len(lines) :]:
            row.hide()
        self._go_on()

    def _go_on(self) -> None:
        until = min(len(self._lines), self._said + _AT_ONCE)
        for place in range(self._said, until):
            if place == len(self._rows):
                self._rows.append(_Row())
                self.column.addWidget(self._rows[place])
            self._rows[place].say(self._lines[place])
            self._rows[place].show()
        self._said = until
        if until < len(self._lines):
            self._more.start()
