"""One calm line for what must be said: it lies over the screen's edge for some seconds and stops nothing."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from pos_client.ui.parts.keys import button
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
        row.addWidget(self._words, 1)
        self.act = button("", self._acted, "primary")
        self.act.hide()
        self._action: Callable[[], object] | None = None
        row.addWidget(self.act)
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

    def say(self, text: str, tone: NoticeTone = "warning", act: tuple[str, Callable[[], object]] | None = None) -> None:
        """Say this now; an empty text takes the line away. `act` is a key to touch beside it."""
        if not text:
            self.hide()
            return
        self._words.setText(text)
        self._action = act[1] if act is not None else None
        self.act.setText(act[0] if act is not None else "")
        self.act.setVisible(act is not None)
        set_kind(self, tone, "surface")
        set_kind(self._words, {"good": "good-strong", "warning": "warning-strong", "danger": "danger"}[tone])
        self._place()
        self.show()
        self.raise_()
        self._timer.start()

    def _acted(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

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
        beside = self.act.sizeHint().width() + 12 if self._action is not None else 0
        width = min(metrics.horizontalAdvance(self._words.text()) + 64 + beside, parent.width() - 48, 760)
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            height = layout.heightForWidth(width)
        self.setGeometry((parent.width() - width) // 2, 54, width, height)
