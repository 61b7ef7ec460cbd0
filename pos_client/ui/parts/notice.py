"""One calm line for what must be said: it lies over the header for some seconds, hides nothing that is worked with, and
stops nothing. Whoever presses on has read it: it goes with the screen that it was said on."""

from collections.abc import Callable
from typing import Literal

from PySide6.QtCore import QEvent, QObject, QRect, Qt, QTimer
from PySide6.QtWidgets import QFrame, QHBoxLayout, QWidget

from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, set_kind

NoticeTone = Literal["good", "warning", "danger"]
_SHOWN_MS = 7000


class NoticeLine(QFrame):
    """Shows the last thing said. A click takes it away."""

    def __init__(self, parent: QWidget, free_room: Callable[[], QRect]) -> None:
        """`free_room`: where in `parent` it covers least."""
        super().__init__(parent)
        self._free_room = free_room
        self._is_fresh = False
        self._watched: QObject | None = None
        self.setObjectName("notice")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 2, 2, 2)
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
        self._is_fresh = True
        watched: QObject | None = self.window().windowHandle()  # none before the window was shown
        if watched is not None and watched is not self._watched:
            watched.installEventFilter(self)
            self._watched = watched

    def leave_with_screen(self) -> None:
        """Another screen or panel comes: what was said before the last key or touch goes."""
        if not self._is_fresh:
            self.hide()

    def _acted(self) -> None:
        action, self._action = self._action, None
        self.hide()
        if action is not None:
            action()

    def mousePressEvent(self, _event: object) -> None:
        self.hide()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if watched is self._watched:
            if event.type() in (QEvent.Type.KeyPress, QEvent.Type.MouseButtonPress, QEvent.Type.TouchBegin):
                self._is_fresh = False
        elif event.type() == QEvent.Type.Resize and watched is self.parent() and self.isVisible():
            self._place()
        return False

    def _place(self) -> None:
        parent = self.parentWidget()
        if parent is None:
            return
        metrics = self._words.fontMetrics()
        beside = self.act.sizeHint().width() + 12 if self._action is not None else 0
        width = min(metrics.horizontalAdvance(self._words.text()) + 56 + beside, parent.width() - 48, 760)
        room = self._free_room()
        height = self.heightForWidth(width) if self.hasHeightForWidth() else self.sizeHint().height()
        layout = self.layout()
        if layout is not None and layout.hasHeightForWidth():
            height = layout.heightForWidth(width)
        height = max(height, 40)
        # Where it is longer than the room, it lies over where we are rather than over how the sync stands.
        left = room.center().x() - width // 2 if width <= room.width() else max(8, room.right() - width)
        self.setGeometry(left, room.y() + max(0, (room.height() - height) // 2), width, height)
