"""The devices of this till: how each stands, what is set, and the keys that try or change it."""

from collections.abc import Callable, Sequence
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.ui.parts.cards import Row, RowList
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import clear, frame, key_cap, label, right, rule
from pos_client.ui.presenters.devices import (
    DEVICES,
    DeviceFacts,
    DeviceName,
    device_details,
    device_state,
    device_title,
)
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _

_KEYS_A_ROW = 3
_PANEL_PIXELS_MAX = 1000


class Devices(Protocol):
    """Who knows how things stand."""

    def facts(self) -> DeviceFacts: ...
    def check(self) -> None: ...


class Actions(Protocol):
    """Who knows what a device can be asked to do."""

    def of(self, name: DeviceName, facts: DeviceFacts) -> Sequence[tuple[str, Callable[[], object]]]: ...


class DevicesScreen(QWidget):
    """Up and Down choose a device, digits press its keys."""

    def __init__(self, devices: Devices, actions: Actions) -> None:
        super().__init__()
        self._devices = devices
        self._actions = actions
        self._chosen = 0
        self._pressed: Sequence[Callable[[], object]] = ()
        self._shown: object = None
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        left = frame("panel")
        self._left = left
        column = QVBoxLayout(left)
        column.setContentsMargins(16, 16, 16, 16)
        column.addWidget(label(_("Devices"), "title"))
        self.rows = RowList(self.choose)
        column.addWidget(self.rows, 1)
        row.addWidget(left)
        panel = frame("panel")
        self._side = QVBoxLayout(panel)
        self._side.setContentsMargins(24, 16, 24, 20)
        self._side.setSpacing(12)
        self.title = label("", "title")
        self._side.addWidget(self.title)
        self.state = label("", "strong", wrap=True)
        self._side.addWidget(self.state)
        self._details = QVBoxLayout()
        self._details.setSpacing(8)
        self._side.addLayout(self._details)
        self._keys = QGridLayout()
        self._keys.setSpacing(10)
        for place in range(_KEYS_A_ROW):
            self._keys.setColumnStretch(place, 1)
        self._side.addLayout(self._keys)
        self._side.addStretch(1)
        foot = QHBoxLayout()
        for cap, words in (("↑ ↓", _("choose")), ("1 - 9", _("press")), (_("Esc"), _("back"))):
            foot.addWidget(key_cap(cap))
            foot.addWidget(label(words, "muted"))
        foot.addStretch(1)
        self._side.addLayout(foot)
        panel.setMaximumWidth(_PANEL_PIXELS_MAX)
        row.addWidget(panel, 10)
        row.addStretch(0)

    def begin(self) -> None:
        """The screen comes up."""
        self._shown = None
        self.show_states()
        self._devices.check()

    def choose(self, place: int) -> None:
        """Another device."""
        self._chosen = max(0, min(place, len(DEVICES) - 1))
        self._shown = None
        self.show_states()

    def show_states(self) -> None:
        """As things stand now; called at every change, so only what is new is drawn."""
        facts = self._devices.facts()
        name = DEVICES[self._chosen]
        states = [device_state(each, facts) for each in DEVICES]
        looks = (states, device_details(name, facts), self._chosen)
        if looks == self._shown:
            return
        self._shown = looks
        self.rows.show_rows([Row(device_title(each), words) for each, words in zip(DEVICES, states, strict=True)])
        self.rows.mark(self._chosen)
        self.title.setText(device_title(name))
        self.state.setText(states[self._chosen])
        self._show_details(name, facts)
        self._show_keys(name, facts)

    def _show_details(self, name: DeviceName, facts: DeviceFacts) -> None:
        clear(self._details)
        for words, figure in device_details(name, facts):
            row = QHBoxLayout()
            row.addWidget(label(words, "muted"))
            value = right(figure, "strong")
            value.setWordWrap(True)
            row.addWidget(value, 1)
            self._details.addLayout(row)
            self._details.addWidget(rule())

    def _show_keys(self, name: DeviceName, facts: DeviceFacts) -> None:
        clear(self._keys)
        offered = self._actions.of(name, facts)
        self._pressed = [pressed for _words, pressed in offered]
        for place, (words, pressed) in enumerate(offered):
            made = KeyButton(words, str(place + 1), pressed)
            made.setMinimumHeight(64)
            self._keys.addWidget(made, place // _KEYS_A_ROW, place % _KEYS_A_ROW)

    def handle_key(self, press: Press) -> bool:
        """Up, Down and the digits."""
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.choose(self._chosen + (1 if press.key == Qt.Key.Key_Down else -1))
            return True
        if press.text.isdecimal() and not press.has_modifier:
            place = int(press.text) - 1
            if press.is_quiet and 0 <= place < len(self._pressed):
                self._pressed[place]()
            return True
        return press.is_enter

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._left.setFixedWidth(min(460, self.width() * 2 // 5))
