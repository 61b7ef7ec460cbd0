"""The dark line at the top: where we are, who works, how the sync stands, what time it is."""

from collections.abc import Callable
from functools import partial
from typing import Literal

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QWidget

from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import ElidedLabel, label, set_kind
from pos_client.ui.words import _

PillTone = Literal["good", "wait", "bad"]
_WIDTH_WITH_BRAND = 1180


class Header(QFrame):
    """Words in, presses out. `places` are the tabs of the back office: (name, words)."""

    def __init__(
        self,
        pill_pressed: Callable[[], object],
        go: Callable[[str], object],
        printer_pressed: Callable[[], object],
    ) -> None:
        super().__init__()
        self.setObjectName("header")
        self.setFixedHeight(48)
        self._go = go
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 0, 16, 0)
        row.setSpacing(20)
        self.brand = label(_("Tillbook"), "brand")
        row.addWidget(self.brand)
        self.where = label("", "on-header")
        row.addWidget(self.where)
        self.tabs = QWidget()
        self._tab_row = QHBoxLayout(self.tabs)
        self._tab_row.setContentsMargins(0, 0, 0, 0)
        self._tab_row.setSpacing(14)
        self._tabs: dict[str, QPushButton] = {}
        row.addWidget(self.tabs)
        self.shift = label("", "on-header")
        row.addWidget(self.shift)
        self.cashier = ElidedLabel("", "on-header")
        row.addWidget(self.cashier, 1)
        self.printer = button("", printer_pressed, "pill")
        self.printer.setProperty("tone", "wait")
        self.printer.hide()
        row.addWidget(self.printer)
        self.pill = button("", pill_pressed, "pill")
        self.pill.setCursor(Qt.CursorShape.PointingHandCursor)
        row.addWidget(self.pill)
        self.time = label("", "on-header")
        row.addWidget(self.time)
        self.tabs.hide()

    def say_pill(self, text: str, tone: PillTone) -> None:
        """The sync state in a few words."""
        self.pill.setText(f"● {text}")
        set_kind(self.pill, tone, "tone")

    def say_printer(self, text: str) -> None:
        """What waits for a printer; '' while nothing does. Among the tabs is no room: their last one says more."""
        self.printer.setText(text)
        self.printer.setVisible(bool(text) and self.tabs.isHidden())

    def offer_tabs(self, places: tuple[tuple[str, str], ...]) -> None:
        """The tabs of the back office, in order."""
        for name, words in places:
            tab = button(words, partial(self._go, name), "header-tab")
            tab.setCheckable(True)
            self._tabs[name] = tab
            self._tab_row.addWidget(tab)

    def free_room(self) -> QRect:
        """Between who works here and how the sync stands, in the parent's coordinates: a notice hides nothing there."""
        widths = self.cashier.fontMetrics().horizontalAdvance(self.cashier.text())
        left = self.cashier.x() + min(self.cashier.width(), widths) + 12
        right = (self.pill if self.printer.isHidden() else self.printer).x() - 12
        return QRect(self.x() + left, self.y(), max(0, right - left), self.height())

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        """On a narrow till the tabs take the room of the product's name: who works here is said before that."""
        self.brand.setVisible(self.tabs.isHidden() or self.width() >= _WIDTH_WITH_BRAND)

    def at(self, place: str) -> None:
        """Show the tabs when one of them is where we are; they make room for the shift and the cashier elsewhere."""
        inside = place in self._tabs
        self.tabs.setVisible(inside)
        self._fit()
        self.printer.setVisible(not inside and bool(self.printer.text()))
        self.shift.setVisible(not inside and bool(self.shift.text()))
        for name, tab in self._tabs.items():
            tab.setChecked(name == place)
