"""One calm line for what must be said: it lies over the screen's edge for some seconds and stops nothing."""

from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from pos_client.ui.parts.labels import label, set_kind

NoticeTone = Literal["good", "warning", "danger"]
_SHOWN_MS = 7000


class NoticeLine(QFrame):
    """Shows the last thing said. A click takes it away."""

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self.setObjectName("notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 10, 16, 10)
        self._words = label("", "warning-strong", wrap=True)
        self._words.setAlignment(Qt.AlignmentFlag.AlignCenter)
        row.addWidget(self._words)
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_SHOWN_MS)
        self._timer.timeout.connect(self.hide)
        parent.installEventFilter(self)
        self.hide()

    @property
    def text(self) -> str:
        """What is being said, '' when nothing is."""
        return "" if self.isHidden() else self._words.text()

    def say(self, text: str, tone: NoticeTone = "warning") -> None:
        """Say this now; an empty text takes the line away."""
        if not text:
            self.hide()
            return
        self._words.setText(text)
        set_kind(self, tone, "surface")
        set_kind(self._words, {"good": "good-strong", "warning": "warning-strong", "danger": "danger"}[tone])
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def mousePressEvent(self, _event: object) -> None:
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent() and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        metrics = self._words.fontMetrics()
        width = min(metrics.horizontalAdvance(self._words.text()) + 64, parent.width() - 48, 760)
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            height = layout.heightForWidth(width)
        self.setGeometry((parent.width() - width) // 2, 54, width, height)
