"""Panels inside the window, in place of dialogs: the basket stays where it was, scans go on, Esc goes back.

One layer covers the content and holds a stack of cards; the topmost is alive. Nothing here waits for an answer.
"""

from collections.abc import Callable
from typing import TypeVar

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.ui.parts.keys import back_button
from pos_client.ui.parts.labels import frame, label
from pos_client.ui.scan_filter import Press

Answer = TypeVar("Answer")


class Card(QFrame):
    """One panel: a title, a body, a row of buttons. `closed` is called once, however it goes away."""

    stays_for_scans = False
    """Whether goods scanned meanwhile go into the basket behind it: a form half filled is not thrown away."""

    def __init__(self, title: str, width: int = 480, closed: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setProperty("surface", "card")
        self.setFixedWidth(width)
        self._closed = closed
        self._is_gone = False
        whole = QVBoxLayout(self)
        whole.setContentsMargins(24, 20, 24, 20)
        whole.setSpacing(14)
        top = QHBoxLayout()
        self.title = label(title, "title")
        top.addWidget(self.title)
        top.addStretch(1)
        self.back = back_button(self.leave)
        top.addWidget(self.back)
        whole.addLayout(top)
        self.body = QVBoxLayout()
        self.body.setSpacing(12)
        whole.addLayout(self.body)
        self.buttons = QHBoxLayout()
        self.buttons.setSpacing(10)
        whole.addLayout(self.buttons)
        self._leave: Callable[[], object] = self.hide

    def when_left(self, leave: Callable[[], object]) -> None:
        """The layer says how a card goes away."""
        self._leave = leave

    def leave(self) -> None:
        """Go away, by button or key."""
        self._leave()

    def tell_closed(self) -> None:
        """Called by the layer when the card is gone."""
        self._is_gone = True
        closed, self._closed = self._closed, None
        if closed is not None:
            closed()

    def if_open(self, told: Callable[[Answer], object]) -> Callable[[Answer], object]:
        """For an answer that comes later: a card that was closed meanwhile neither hears it nor does anything by it."""
        return lambda answer: None if self._is_gone else told(answer)

    def first_focus(self) -> None:
        """Take the keyboard: the first thing in the card that wants it."""
        self.focusNextChild()

    def handle_key(self, _press: Press) -> bool:
        """A key, before any field gets it. True if it was meant for this card."""
        return False

    def handle_scan(self, _text: str) -> bool:
        """A scan while this card is on top. True if the card wanted it; otherwise it goes the usual way."""
        return False


class OverlayLayer(QFrame):
    """The layer over a screen. Hidden while it holds no card."""

    def __init__(self, parent: QWidget, emptied: Callable[[], object], covering: Callable[[], object]) -> None:
        super().__init__(parent)
        self._covering = covering
        self.setObjectName("scrim")
        self._cards: list[Card] = []
        self._emptied = emptied
        whole = QVBoxLayout(self)
        whole.setContentsMargins(12, 12, 12, 12)
        self._centre = QHBoxLayout()
        whole.addStretch(1)
        whole.addLayout(self._centre)
        whole.addStretch(1)
        parent.installEventFilter(self)
        self.hide()

    @property
    def top_card(self) -> Card | None:
        """The card that is alive, if any."""
        return self._cards[-1] if self._cards else None

    def open(self, card: Card) -> None:
        """Put a card on top."""
        self._covering()
        if self._cards:
            self._cards[-1].hide()
        self._cards.append(card)
        card.when_left(lambda: self.close_card(card))
        self._centre.addWidget(card, 0, Qt.AlignmentFlag.AlignCenter)
        self._cover()
        self.show()
        self.raise_()
        card.show()
        # A centred card is as high as its hint, which knows nothing of words that need another line.
        inside = card.layout()
        if inside is not None and inside.hasHeightForWidth():
            card.setMinimumHeight(inside.totalHeightForWidth(card.width()))
        card.first_focus()

    def close_card(self, card: Card) -> None:
        """Take a card away, wherever in the stack it is."""
        if card not in self._cards:
            return
        self._cards.remove(card)
        self._centre.removeWidget(card)
        card.hide()
        card.setParent(None)
        card.deleteLater()
        if self._cards:
            self._cards[-1].show()
            self._cards[-1].first_focus()
        else:
            self.hide()
            self._emptied()
        card.tell_closed()

    def close_all(self) -> None:
        """Take every card away."""
        while self._cards:
            self.close_card(self._cards[-1])

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Resize and watched is self.parent():
            self._cover()
        return False

    def _cover(self) -> None:
        parent = self.parentWidget()
        if parent is not None:
            self.setGeometry(parent.rect())


def boxed(kind: str, *widgets: QWidget, spacing: int = 4) -> QFrame:
    """Some widgets under each other on a coloured surface."""
    box = frame(kind)
    inside = QVBoxLayout(box)
    inside.setContentsMargins(12, 10, 12, 10)
    inside.setSpacing(spacing)
    for widget in widgets:
        inside.addWidget(widget)
    return box
