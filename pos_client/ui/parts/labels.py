"""Words on the screen: labels, chips and key caps, each with a `kind` that the style sheet knows."""

from PySide6.QtCore import QSize, Qt
from PySide6.QtGui import QFontMetrics, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QFrame, QLabel, QLayout, QSizePolicy, QWidget

_LARGEST_PIXELS = {"due": 64, "due-open": 64, "total": 56, "customer-due": 96}
_SMALLER_PIXELS = (48, 36, 28)
"""The sizes of a `FigureLabel`; the style sheet has the same."""


def label(text: str = "", kind: str = "", wrap: bool = False) -> QLabel:
    """A label. A wrapping one may become as narrow as its longest word."""
    made = QLabel(text)
    made.setTextFormat(Qt.TextFormat.PlainText)
    if kind:
        made.setProperty("kind", kind)
    made.setWordWrap(wrap)
    return made


def kept_whole(text: str) -> str:
    """Parts joined by ` · ` for a label that wraps: it goes on in the next line after a dot, never within a part."""
    return "\u00a0· ".join(part.replace(" ", "\u00a0") for part in text.split(" · "))


def right(text: str = "", kind: str = "") -> QLabel:
    """A label for a figure: to the right."""
    made = label(text, kind)
    made.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
    return made


def chip(text: str, tone: str) -> QLabel:
    """A short word with a colour: a tier, a tag, a reason."""
    made = label(text, "chip")
    made.setProperty("tone", tone)
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def key_cap(text: str) -> QLabel:
    """The name of the key that does it."""
    made = label(text, "cap")
    made.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Fixed)
    return made


def rule() -> QFrame:
    """A thin line."""
    made = QFrame()
    made.setProperty("surface", "line")
    return made


def frame(surface: str) -> QFrame:
    """A surface: panel, sunken, card, good, warning."""
    made = QFrame()
    made.setProperty("surface", surface)
    return made


def set_kind(widget: QWidget, kind: str, name: str = "kind") -> None:
    """Change what a widget is for the style sheet, and let it look so."""
    if widget.property(name) == kind:
        return
    widget.setProperty(name, kind)
    widget.style().unpolish(widget)
    widget.style().polish(widget)


def clear(layout: QLayout) -> None:
    """Take everything out of a layout, at once and not at the next turn of the event loop."""
    while (item := layout.takeAt(0)) is not None:
        inner = item.layout()
        if inner is not None:
            clear(inner)
        widget = item.widget()
        if widget is not None:
            widget.hide()
            widget.setParent(None)
            widget.deleteLater()


class FigureLabel(QLabel):
    """The one figure that dominates a screen: as large as its kind says, and smaller where it would not fit. A figure
    is never cut off."""

    def __init__(self, kind: str) -> None:
        super().__init__()
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setProperty("fit", "")

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own name
        """Another figure."""
        super().setText(text)
        self._fit()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def sizeHint(self) -> QSize:
        return QSize(self._width_at(self._largest()), super().sizeHint().height())

    def minimumSizeHint(self) -> QSize:
        return QSize(self._width_at(_SMALLER_PIXELS[-1]), super().minimumSizeHint().height())

    def _largest(self) -> int:
        return _LARGEST_PIXELS[str(self.property("kind"))]

    def _width_at(self, pixels: int) -> int:
        font = self.font()
        font.setPixelSize(pixels)
        font.setBold(True)
        return QFontMetrics(font).horizontalAdvance(self.text()) + 4

    def _fit(self) -> None:
        room = max(self.contentsRect().width(), 1)
        sizes = (self._largest(), *_SMALLER_PIXELS)
        fitting = next((size for size in sizes if self._width_at(size) <= room), sizes[-1])
        set_kind(self, "" if fitting == sizes[0] else str(fitting), "fit")


class ElidedLabel(QLabel):
    """One line that ends in … where there is no room: for names of goods and people, which may be of any length.

    The whole text is its tooltip. Never used for what must be read to the end.
    """

    def __init__(self, text: str = "", kind: str = "") -> None:
        super().__init__(text)
        self.setTextFormat(Qt.TextFormat.PlainText)
        self.setProperty("kind", kind)
        self.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def minimumSizeHint(self) -> QSize:
        return QSize(24, super().minimumSizeHint().height())

    def setText(self, text: str) -> None:  # noqa: N802 - Qt's own name
        """Another text."""
        if text != self.text():
            super().setText(text)
            self._tell_whole()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._tell_whole()

    def _tell_whole(self) -> None:
        cut_off = QFontMetrics(self.font()).horizontalAdvance(self.text()) > self.width()
        self.setToolTip(self.text() if cut_off else "")

    def paintEvent(self, _event: QPaintEvent) -> None:
        painter = QPainter(self)
        shown = QFontMetrics(self.font()).elidedText(
            self.text(), Qt.TextElideMode.ElideRight, self.contentsRect().width()
        )
        painter.setPen(self.palette().color(self.foregroundRole()))
        painter.drawText(self.contentsRect(), int(self.alignment()), shown)
        painter.end()
