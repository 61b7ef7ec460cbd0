"""Looking at a window the way a person does: is any word cut off, is anything outside?"""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import (
    QLabel,
    QLineEdit,
    QPushButton,
    QScrollArea,
    QStyle,
    QStyleOptionButton,
    QTableView,
    QWidget,
)

from pos_client.ui.parts.goods_rows import GoodsRows
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import ElidedLabel
from pos_client.ui.words import _

_BAND_PIXELS = 24
"""Words within so many pixels of height stand in one row of `words_of`."""


def _in_scroll_area(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _needed_width(widget: QLabel | QPushButton) -> int:
    return max(QFontMetrics(widget.font()).horizontalAdvance(line) for line in widget.text().split("\n"))


def _room_for_words(button: QPushButton) -> int:
    """What the style leaves of a button for its words."""
    option = QStyleOptionButton()
    button.initStyleOption(option)
    return button.style().subElementRect(QStyle.SubElement.SE_PushButtonContents, option, button).width()


def _label_is_cut(label: QLabel) -> bool:
    if isinstance(label, ElidedLabel) or not label.text():
        return False
    if label.wordWrap():
        return label.heightForWidth(label.width()) > label.height() + 1
    return _needed_width(label) > label.contentsRect().width() + 1


def _lies_inside(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        place = QRect(widget.mapTo(parent, QPoint(0, 0)), widget.size())
        if not parent.rect().adjusted(-1, -1, 1, 1).contains(place):
            return False
        parent = parent.parentWidget()
    return True


def cut_off(window: QWidget) -> list[str]:
    """Every word of the window that cannot be read to its end, by its text."""
    found = [
        f"label {label.text()!r}"
        for label in window.findChildren(QLabel)
        if label.isVisible() and (_label_is_cut(label) or (not _in_scroll_area(label) and not _lies_inside(label)))
    ]
    for button in window.findChildren(QPushButton):
        if button.isVisible():
            too_narrow = bool(button.text()) and _needed_width(button) > _room_for_words(button) + 1
            if too_narrow or (not _in_scroll_area(button) and not _lies_inside(button)):
                found.append(f"button {button.text()!r}")
    return found


def small_words(window: QWidget, pixels_min: int = 14) -> list[str]:
    """Words smaller than anything that matters may be."""
    return [
        f"{label.text()!r} {label.font().pixelSize()}"
        for label in window.findChildren(QLabel)
        if label.isVisible() and label.text() and 0 < label.font().pixelSize() < pixels_min
    ]


def small_targets(window: QWidget, pixels_min: int = 48) -> list[str]:
    """What is pressed and smaller than a finger."""
    return [
        f"target {_called(button)!r} {button.width()}x{button.height()}"
        for button in window.findChildren(QPushButton)
        if button.isVisible() and min(button.width(), button.height()) < pixels_min
    ]


def for_eyes_only(window: QWidget) -> list[str]:
    """Words that tell of Esc and cannot be touched: whoever has no keyboard would have no way back."""
    return [
        f"only a keyboard can do {label.text()!r}"
        for label in window.findChildren(QLabel)
        if label.isVisible() and label.text().startswith("Esc ") and not isinstance(label.parentWidget(), QPushButton)
    ]


def first_key_takes_away(window: QWidget) -> list[str]:
    """A coloured key, which a hand finds without reading, that cancels or gives back."""
    return [
        f"first key {_called(button)!r}"
        for button in window.findChildren(QPushButton)
        if button.isVisible() and button.property("kind") == "primary" and _called(button).endswith(f" {_('Del')}")
    ]


def uneven_keys(window: QWidget) -> list[str]:
    """Keys in one row whose names do not stand at one height."""
    rows: dict[tuple[int, int, int], dict[str, int]] = {}
    for key in window.findChildren(KeyButton):
        if key.isVisible():
            place = id(key.parentWidget()), key.y(), key.height()
            rows.setdefault(place, {})[key.words.text()] = key.words.y()
    return [f"names at different heights: {', '.join(row)}" for row in rows.values() if len(set(row.values())) > 1]


def nameless(window: QWidget) -> list[str]:
    """What a screen reader would have no word for."""
    found = [
        f"button without a name in {type(button.parentWidget()).__name__}"
        for button in window.findChildren(QPushButton)
        if button.isVisible() and not _called(button)
    ]
    found += [
        f"field without a name in {type(field.parentWidget()).__name__}"
        for field in window.findChildren(QLineEdit)
        if field.isVisible() and not (field.accessibleName() or field.placeholderText())
    ]
    return found


def _called(button: QPushButton) -> str:
    return button.accessibleName() or button.text()


def words_of(window: QWidget) -> str:
    """What the window says, from top to bottom and left to right, a line for each row of words: for a golden that a
    person can read and that no pixel moves."""
    places: dict[int, list[tuple[int, str]]] = {}
    kinds: tuple[type[QWidget], ...] = (QLabel, QPushButton, QTableView, GoodsRows)
    for widget in (found for kind in kinds for found in window.findChildren(kind)):
        if not widget.isVisible():
            continue
        corner = widget.mapTo(window, QPoint(0, 0))
        band = corner.y() // _BAND_PIXELS
        if isinstance(widget, QTableView):
            model = widget.model()
            for row in range(model.rowCount()):
                cells = [str(model.data(model.index(row, column)) or "") for column in range(model.columnCount())]
                places.setdefault(band + row, []).append((corner.x(), " | ".join(cells)))
        elif isinstance(widget, GoodsRows):
            for row, line in enumerate(widget.lines):
                places.setdefault(band + row, []).append((corner.x(), f"{line.name}  {line.amount}"))
        elif isinstance(widget, QLabel | QPushButton) and widget.text():
            places.setdefault(band, []).append((corner.x(), widget.text().replace("\n", " / ")))
    rows = "\n".join("  ".join(text for _x, text in sorted(row)) for _y, row in sorted(places.items()))
    return rows.replace("\u00a0", " ")  # that a line does not break there is nothing one reads
