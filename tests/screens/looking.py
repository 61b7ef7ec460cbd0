"""Looking at a window the way a person does: is any word cut off, is anything outside?"""

from PySide6.QtCore import QPoint, QRect
from PySide6.QtGui import QFontMetrics
from PySide6.QtWidgets import QLabel, QPushButton, QScrollArea, QWidget

from pos_client.ui.parts.labels import ElidedLabel


def _in_scroll_area(widget: QWidget) -> bool:
    parent = widget.parentWidget()
    while parent is not None:
        if isinstance(parent, QScrollArea):
            return True
        parent = parent.parentWidget()
    return False


def _needed_width(widget: QLabel | QPushButton) -> int:
    return max(QFontMetrics(widget.font()).horizontalAdvance(line) for line in widget.text().split("\n"))


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
            too_narrow = bool(button.text()) and _needed_width(button) + 8 > button.width()
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
