"""The basket as a table model: what each cell says, and the reasons under a name.

The view asks it for words; it changes only the rows that changed, so that a scan into a long basket paints one line.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum
from typing import Any

from PySide6.QtCore import QAbstractTableModel, QModelIndex, QPersistentModelIndex, Qt

from pos_client.checkout.views import LineView, ReasonView
from pos_client.ui.formats import plain, quantity, reduction, spoken_price
from pos_client.ui.words import _

Index = QModelIndex | QPersistentModelIndex


class Column(IntEnum):
    """The columns, from the left."""

    NUMBER = 0
    NAME = 1
    PRICE = 2
    QUANTITY = 3
    REDUCTION = 4
    AMOUNT = 5


REASONS_ROLE = int(Qt.ItemDataRole.UserRole) + 1
"""The chips of a line: a tuple of (words, tone)."""
WEIGHT_ROLE = int(Qt.ItemDataRole.UserRole) + 2
"""How a weighed line, a note or a changed price explains itself beside the name; '' where there is nothing to say."""

_TONES = {
    "member_price": "good",
    "tier": "good",
    "promotion": "warning",
    "manual": "plain",
    "coupon": "gold",
    "points": "gold",
    "exchange": "gold",
}


def header_words(column: Column) -> str:
    """What stands above a column."""
    return {
        Column.NUMBER: "#",
        Column.NAME: _("Goods"),
        Column.PRICE: _("Price"),
        Column.QUANTITY: _("Qty"),
        Column.REDUCTION: _("Off"),
        Column.AMOUNT: _("Amount"),
    }[column]


def unit_words(unit: str) -> str:
    """The unit as the store speaks it."""
    return {"kg": "kg", "jin": _("jin"), "100g": "100 g"}.get(unit, "")


@dataclass(frozen=True, slots=True)
class Look:
    """All words of a line: its cells in the order of the columns, its reasons with their tones, what stands aside."""

    cells: tuple[str, ...]
    reasons: tuple[tuple[str, str], ...]
    aside: str


class BasketModel(QAbstractTableModel):
    """The lines of the open basket. `show` replaces them; nothing else writes."""

    def __init__(self) -> None:
        super().__init__()
        self._lines: list[LineView] = []
        self._looks: dict[int, tuple[LineView, Look]] = {}

    def show(self, lines: Sequence[LineView]) -> list[int]:
        """Hold these lines. Answers with the rows that were there and changed, for the one view to paint again."""
        changed = []
        kept = min(len(self._lines), len(lines))
        if len(lines) < len(self._lines):
            self.beginRemoveRows(QModelIndex(), len(lines), len(self._lines) - 1)
            del self._lines[len(lines) :]
            self._looks.clear()
            self.endRemoveRows()
        for row in range(kept):
            if self._lines[row] is not lines[row] and self._lines[row] != lines[row]:
                self._lines[row] = lines[row]
                changed.append(row)
        if len(lines) > kept:
            self.beginInsertRows(QModelIndex(), kept, len(lines) - 1)
            self._lines.extend(lines[kept:])
            self.endInsertRows()
        return changed

    def line(self, row: int) -> LineView | None:
        """The line of a row, if there is one."""
        return self._lines[row] if 0 <= row < len(self._lines) else None

    def look(self, row: int) -> Look:
        """How the line of a row that is there reads; kept while the line is the same, for it is painted often."""
        line = self._lines[row]
        known = self._looks.get(row)
        if known is None or known[0] is not line:
            reasons = tuple((_reason_words(reason), _TONES[reason.kind]) for reason in line.reasons)
            known = line, Look(tuple(_cell_words(line, column, row) for column in Column), reasons, _aside(line))
            self._looks[row] = known
        return known[1]

    def row_of(self, line_number: int) -> int:
        """The row of a line number, or -1."""
        return next((row for row, line in enumerate(self._lines) if line.line_number == line_number), -1)

    def rowCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature; an index is a value
        return 0 if parent.isValid() else len(self._lines)

    def columnCount(self, parent: Index = QModelIndex()) -> int:  # noqa: B008 - Qt's own signature; an index is a value
        return 0 if parent.isValid() else len(Column)

    def headerData(self, section: int, orientation: Qt.Orientation, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        if orientation is not Qt.Orientation.Horizontal:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return header_words(Column(section))
        if role == Qt.ItemDataRole.TextAlignmentRole:
            at_left = section <= Column.NAME
            side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignRight
            return side | Qt.AlignmentFlag.AlignVCenter
        return None

    def data(self, index: Index, role: int = Qt.ItemDataRole.DisplayRole) -> Any:
        line = self.line(index.row())
        if line is None:
            return None
        if role == Qt.ItemDataRole.DisplayRole:
            return self.look(index.row()).cells[index.column()]
        if role == REASONS_ROLE:
            return self.look(index.row()).reasons
        if role == WEIGHT_ROLE:
            return self.look(index.row()).aside
        return None


def _cell_words(line: LineView, column: Column, row: int) -> str:
    match column:
        case Column.NUMBER:
            return str(row + 1)
        case Column.NAME:
            return line.name
        case Column.PRICE:
            return spoken_price(line.price)
        case Column.QUANTITY:
            return quantity(line.quantity_milli, line.weighed)
        case Column.REDUCTION:
            return reduction(line.reductions_fen)
        case Column.AMOUNT:
            return plain(line.amount_fen)


def _aside(line: LineView) -> str:
    parts = []
    if line.weighed:
        unit = unit_words(line.unit)
        weight = quantity(line.quantity_milli, weighed=True)
        parts.append(
            _("{weight} kg at {price}/{unit}").format(weight=weight, price=plain(line.price.amount_fen), unit=unit)
        )
    if line.original_price is not None and line.original_price != line.price:
        parts.append(_("was {price}").format(price=spoken_price(line.original_price)))
    if line.note:
        parts.append(line.note)
    return " · ".join(parts)


def _reason_words(reason: ReasonView) -> str:
    """The rule's own name; where it is bare, what it is."""
    if reason.kind == "tier":
        return _("{tier} member").format(tier=reason.name)
    if reason.kind == "manual":
        return _("Discount")
    if reason.kind == "points":
        return _("Points")
    return reason.name or _("Reduced")
