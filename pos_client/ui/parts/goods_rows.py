"""The goods of a basket in two columns, name and amount, beside what happens to them: on the pay screen.

Painted by one widget: a basket may have two hundred lines and is shown again at every key, and as many labels would
keep the window busy for longer than anybody waits for a key.
"""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import QEvent, QRect, QSize, Qt
from PySide6.QtGui import QHelpEvent, QPainter, QPaintEvent
from PySide6.QtWidgets import QToolTip, QWidget

from pos_client.ui.formats import plain, quantity

_GAP = 8
_LEFT = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)


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


class GoodsRows(QWidget):
    """`show_lines` is all there is. A name that has no room ends in …, and is whole in its tooltip."""

    def __init__(self, spacing: int) -> None:
        super().__init__()
        self.lines: Sequence[GoodsWords] = ()
        self._spacing = spacing

    def show_lines(self, lines: Sequence[GoodsWords]) -> None:
        """These lines, in place of those before."""
        if lines == self.lines:
            return
        self.lines = lines
        self.setAccessibleDescription("\n".join(f"{line.name} {line.amount}" for line in lines))
        self.setFixedHeight(self.sizeHint().height())
        self.update()

    def sizeHint(self) -> QSize:
        return QSize(120, max(0, len(self.lines) * self._step() - self._spacing))

    def _step(self) -> int:
        return self.fontMetrics().height() + self._spacing

    def _name_width(self, line: GoodsWords) -> int:
        return self.width() - self.fontMetrics().horizontalAdvance(line.amount) - _GAP

    def paintEvent(self, event: QPaintEvent) -> None:
        """The lines that are in sight."""
        painter, metrics, step = QPainter(self), self.fontMetrics(), self._step()
        painter.setPen(self.palette().color(self.foregroundRole()))
        first = max(0, event.rect().top() // step)
        for row in range(first, min(len(self.lines), event.rect().bottom() // step + 1)):
            line, box = self.lines[row], QRect(0, row * step, self.width(), metrics.height())
            painter.drawText(box, _RIGHT, line.amount)
            name = metrics.elidedText(line.name, Qt.TextElideMode.ElideRight, self._name_width(line))
            painter.drawText(box, _LEFT, name)
        painter.end()

    def event(self, event: QEvent) -> bool:
        """A finger or a mouse that stays on a name reads all of it."""
        if isinstance(event, QHelpEvent) and event.type() == QEvent.Type.ToolTip:
            row = event.pos().y() // self._step()
            line = self.lines[row] if 0 <= row < len(self.lines) else None
            is_cut = line is not None and self.fontMetrics().horizontalAdvance(line.name) > self._name_width(line)
            QToolTip.showText(event.globalPos(), line.name if line is not None and is_cut else "", self)
            return True
        return super().event(event)
