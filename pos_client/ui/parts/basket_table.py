"""The basket as one sees it: names with their reasons under them, figures to the right, the chosen line marked.

Painted by one delegate, because two hundred lines of widgets would not follow a scanner.
"""

from collections.abc import Callable, Sequence
from dataclasses import asdict
from functools import lru_cache

from PySide6.QtCore import QModelIndex, QPersistentModelIndex, QRect, QSize, Qt
from PySide6.QtGui import QColor, QFont, QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import (
    QAbstractItemView,
    QHeaderView,
    QStyledItemDelegate,
    QStyleOptionViewItem,
    QTableView,
    QWidget,
)

from pos_client.checkout.views import LineView
from pos_client.ui.parts.basket_model import BasketModel, Column, Look
from pos_client.ui.theme import Tokens, till_font
from pos_client.ui.words import _

_ROW = 43
_ROW_WITH_REASONS = 62
_NAME_HEIGHT = 26
_CHIP_HEIGHT = 22
_MARK = 4
_MEASURED_MAX = 1_000
_PAD = 12
_MIDDLE = int(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignVCenter)
_RIGHT = int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
_CENTRE = int(Qt.AlignmentFlag.AlignCenter)
_TONE_COLOURS = {
    "good": ("accent_soft", "accent"),
    "warning": ("warning_soft", "warning"),
    "gold": ("gold_soft", "gold"),
    "plain": ("sunken", "muted"),
}


def _measuring(font: QFont) -> tuple[Callable[[str], int], Callable[[str, int], str]]:
    """How wide words are, and as much of them as has room; words of a basket are measured again at every scan."""
    metrics = QFontMetrics(font)

    @lru_cache(maxsize=_MEASURED_MAX)
    def wide(words: str) -> int:
        return metrics.horizontalAdvance(words)

    @lru_cache(maxsize=_MEASURED_MAX)
    def cut(words: str, room: int) -> str:
        return metrics.elidedText(words, Qt.TextElideMode.ElideRight, room)

    return wide, cut


class _LinePainter(QStyledItemDelegate):
    """Knows how high a row is, and paints it: all its cells in one go and not one by one as the view would, with
    nothing made anew that stays the same. Of a long basket some ten rows are painted for every scan."""

    def __init__(self, parent: QWidget, model: BasketModel, tokens: Tokens) -> None:
        super().__init__(parent)
        self._model = model
        self.tokens = tokens
        self._colours = {name: QColor(value) for name, value in asdict(tokens).items()}
        self.chips_beside = False
        self._font = till_font(16)
        self._small = till_font(14)
        self._wide, self._cut = _measuring(self._font)
        self._small_wide, self._small_cut = _measuring(self._small)

    def sizeHint(self, _option: QStyleOptionViewItem, index: QModelIndex | QPersistentModelIndex) -> QSize:
        return QSize(10, self.height(index.row()))

    def height(self, row: int) -> int:
        """How high a row is."""
        has_chips_below = not self.chips_beside and self._model.look(row).reasons
        return _ROW_WITH_REASONS if has_chips_below else _ROW

    def paint_row(
        self, painter: QPainter, row: int, box: QRect, cells: Sequence[tuple[Column, int, int]], chosen: bool
    ) -> None:
        """One row. `cells` are the columns to be seen, each with where it begins and how wide it is."""
        look, colours = self._model.look(row), self._colours
        if chosen:
            painter.fillRect(box, colours["accent_soft"])
            painter.fillRect(QRect(box.left(), box.top(), _MARK, box.height()), colours["accent"])
        painter.setPen(colours["line"])
        painter.drawLine(box.bottomLeft(), box.bottomRight())
        painter.setFont(self._font)
        painter.setPen(colours["ink"])
        top, height = box.top(), box.height() - 1
        name_box = None
        for column, left, width in cells:
            inner = QRect(left + _PAD, top, width - 2 * _PAD, height)
            if column == Column.NAME:
                name_box = inner
            elif look.cells[column]:
                painter.drawText(inner, _MIDDLE if column == Column.NUMBER else _RIGHT, look.cells[column])
        if name_box is not None:  # the last, for it changes font and colours
            self._paint_name(painter, name_box, look)

    def _paint_name(self, painter: QPainter, inner: QRect, look: Look) -> None:
        name_box = QRect(inner)
        if look.reasons and not self.chips_beside:
            name_box = QRect(inner.left(), inner.top() + 5, inner.width(), _NAME_HEIGHT)
        room = name_box.width()
        if look.reasons and self.chips_beside:  # however long the name, what was taken off has its place beside it
            room -= self._small_wide(look.cells[Column.REDUCTION]) + 28
        name = self._cut(look.cells[Column.NAME], room)
        painter.drawText(name_box, _MIDDLE, name)
        used = self._wide(name) + 8
        if self.chips_beside:
            self._paint_beside(painter, inner, inner.left() + used, look)
            return
        if look.aside and name_box.width() - used > 40:
            painter.setFont(self._small)
            painter.setPen(self._colours["muted"])
            beside = name_box.adjusted(used, 1, 0, 1)
            painter.drawText(beside, _MIDDLE, self._small_cut(look.aside, beside.width()))
        self._paint_chips(painter, inner.left(), inner, inner.top() + 5 + _NAME_HEIGHT, look.reasons)

    def _paint_beside(self, painter: QPainter, inner: QRect, left: int, look: Look) -> None:
        """All reasons where they fit whole, else what they come to."""
        reasons = look.reasons
        needed = sum(self._small_wide(words) + 20 for words, _tone in reasons)
        if needed > inner.right() - left and reasons:
            reasons = ((look.cells[Column.REDUCTION], reasons[0][1]),)
        self._paint_chips(painter, left, inner, inner.center().y() - _CHIP_HEIGHT // 2, reasons)

    def _paint_chips(
        self, painter: QPainter, left: int, inner: QRect, top: int, reasons: tuple[tuple[str, str], ...]
    ) -> None:
        if not reasons:
            return
        painter.setFont(self._small)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        for words, tone in reasons:
            room = inner.right() - left
            if room < 48:
                break
            back, ink = _TONE_COLOURS[tone]
            width = min(self._small_wide(words) + 14, room)
            box = QRect(left, top, width, _CHIP_HEIGHT)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(self._colours[back])
            painter.drawRoundedRect(box, 4, 4)
            painter.setPen(self._colours[ink])
            shown = self._small_cut(words, width - 12)
            painter.drawText(box, _CENTRE, shown)
            left += width + 6
        painter.setRenderHint(QPainter.RenderHint.Antialiasing, on=False)


class BasketTable(QTableView):
    """The basket. The screen chooses lines by `choose`; a click chooses too; it never takes the keyboard."""

    def __init__(self, model: BasketModel, tokens: Tokens) -> None:
        super().__init__()
        self._model = model
        self._painter = _LinePainter(self, model, tokens)
        self.setModel(model)
        self.setItemDelegate(self._painter)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSelectionBehavior(QAbstractItemView.SelectionBehavior.SelectRows)
        self.setSelectionMode(QAbstractItemView.SelectionMode.SingleSelection)
        self.setEditTriggers(QAbstractItemView.EditTrigger.NoEditTriggers)
        self.setVerticalScrollMode(QAbstractItemView.ScrollMode.ScrollPerPixel)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.setShowGrid(False)
        self.verticalHeader().hide()
        self.verticalHeader().setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header = self.horizontalHeader()
        header.setHighlightSections(False)
        header.setSectionsClickable(False)
        header.setSectionResizeMode(QHeaderView.ResizeMode.Fixed)
        header.setSectionResizeMode(Column.NAME, QHeaderView.ResizeMode.Stretch)
        model.rowsInserted.connect(lambda _parent, first, last: self._fit_rows(first, last))
        self._compact = False
        self.make_compact(False)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit_columns()

    def paintEvent(self, event: QPaintEvent) -> None:
        painter = QPainter(self.viewport())
        if self._model.rowCount() == 0:
            painter.setFont(till_font(16))
            painter.setPen(QColor(self._painter.tokens.muted))
            painter.drawText(self.viewport().rect(), int(Qt.AlignmentFlag.AlignCenter), _("Scan the first goods."))
        else:
            self._paint_rows(painter, event.rect())
        painter.end()

    def _paint_rows(self, painter: QPainter, seen: QRect) -> None:
        """The rows of which something is to be painted."""
        header = self.horizontalHeader()
        cells = [
            (column, header.sectionViewportPosition(column), header.sectionSize(column))
            for column in Column
            if not header.isSectionHidden(column)
        ]
        width, chosen = header.length(), self.chosen_row()
        first = max(self.rowAt(seen.top()), 0)
        for row in range(first, self._model.rowCount()):
            top = self.rowViewportPosition(row)
            if top > seen.bottom():
                break
            self._painter.paint_row(painter, row, QRect(0, top, width, self.rowHeight(row)), cells, row == chosen)

    def make_compact(self, compact: bool) -> None:
        """With the touch grid beside it there is room for name, quantity and amount only."""
        self._painter.chips_beside = compact
        self.setColumnHidden(Column.PRICE, compact)
        self.setColumnHidden(Column.REDUCTION, compact)
        self._compact = compact
        self._fit_columns()
        self._fit_rows(0, self._model.rowCount() - 1)

    def _fit_columns(self) -> None:
        figure = 104 if self.width() >= 760 else 84
        widths = {Column.NUMBER: 52, Column.PRICE: figure, Column.QUANTITY: figure, Column.REDUCTION: figure}
        widths[Column.AMOUNT] = figure + 8
        if self._compact:
            widths |= {Column.NUMBER: 40, Column.QUANTITY: 60, Column.AMOUNT: 88}
        for column, width in widths.items():
            self.setColumnWidth(column, width)

    def show_lines(self, lines: Sequence[LineView]) -> None:
        """Show these lines; only what changed is painted again."""
        for row in self._model.show(lines):
            self._fit_rows(row, row)
            self.viewport().update(self.visualRect(self._model.index(row, Column.NAME)).adjusted(-4096, 0, 4096, 0))

    def choose(self, row: int) -> None:
        """Mark a line and bring it into view; a row that is not there marks none."""
        if 0 <= row < self._model.rowCount():
            self.selectRow(row)
            self.updateGeometries()  # rows that have just become higher count in how far there is to scroll
            self.scrollTo(self._model.index(row, 0))
        else:
            self.clearSelection()
            self.setCurrentIndex(QModelIndex())

    def chosen_row(self) -> int:
        """The marked row, or -1."""
        rows = self.selectionModel().selectedRows()
        return rows[0].row() if rows else -1

    def _fit_rows(self, first: int, last: int) -> None:
        for row in range(first, last + 1):
            height = self._painter.height(row)
            if self.rowHeight(row) != height:
                self.setRowHeight(row, height)
