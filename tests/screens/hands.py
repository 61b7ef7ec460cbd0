"""A cashier's hands: real key events into the window of a till, at a person's or a scanner's speed.

The speed is told to the till's key clock, so that neither a slow machine nor a fast test changes what the keys mean.
Used by the screen tests and by whoever else drives the window (the demo).
"""

import time
from collections.abc import Callable

from PySide6.QtCore import QEvent, QPoint, Qt, QThread
from PySide6.QtGui import QKeyEvent, QWindow
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton, QApplication, QWidget

from pos_client.app import TillApp
from shared_models.moments import ManualClock

PERSON_MS = 220
SCANNER_MS = 4
SETTLE_SECONDS_MAX = 20.0


class Hands:
    """`key_clock` is the one the till was opened with."""

    def __init__(self, till: TillApp, key_clock: ManualClock) -> None:
        self._till = till
        self._key_clock = key_clock
        self.presses = 0
        """Keys a person pressed so far; a chord counts each of its keys, a scan none."""
        self.touches = 0

    @property
    def _handle(self) -> QWindow:
        handle = self._till.window.windowHandle()
        assert handle is not None
        return handle

    def type(self, text: str) -> None:
        """Letter by letter, as a person does."""
        for character in text:
            self.presses += 1
            self._key_clock.advance(PERSON_MS)
            QTest.keyClick(self._handle, ord(character))
            self._key_clock.advance(PERSON_MS)
            self._till.window.scan_filter.flush()
        self.settle()

    def press(self, key: Qt.Key, modifier: Qt.KeyboardModifier = Qt.KeyboardModifier.NoModifier) -> None:
        """One key of its own, after a breath."""
        self.presses += 1 if modifier == Qt.KeyboardModifier.NoModifier else 2
        self._key_clock.advance(PERSON_MS)
        QTest.keyClick(self._handle, key, modifier)
        self._key_clock.advance(PERSON_MS)
        self._till.window.scan_filter.flush()
        self.settle()

    def repeat(self, key: Qt.Key) -> None:
        """A key that is held down long enough for the system to repeat it."""
        self._key_clock.advance(PERSON_MS)
        for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
            event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, "", autorep=True)
            QApplication.sendEvent(self._handle, event)
        self.settle()

    def enter(self) -> None:
        """Enter."""
        self.press(Qt.Key.Key_Return)

    def scan(self, code: str, pause_ms: int = SCANNER_MS) -> None:
        """A scanner: the whole code and Enter, a few milliseconds apart."""
        self._key_clock.advance(PERSON_MS)
        for character in code:
            self._key_clock.advance(pause_ms)
            QTest.keyClick(self._handle, ord(character))
        self._key_clock.advance(pause_ms)
        QTest.keyClick(self._handle, Qt.Key.Key_Return)
        self._key_clock.advance(PERSON_MS)
        self.settle()

    def touch(self, button: QAbstractButton) -> None:
        """A finger."""
        self.touches += 1
        QTest.mouseClick(button, Qt.MouseButton.LeftButton, pos=QPoint(button.width() // 2, button.height() // 2))
        self.settle()

    def settle(self, until: Callable[[], bool] | None = None) -> None:
        """Let everything arrive on the screen; with `until`, wait for that too (something another thread does)."""
        deadline = time.monotonic() + SETTLE_SECONDS_MAX
        while True:
            QApplication.processEvents()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if self._till.is_settled and (until is None or until()):
                break
            if time.monotonic() > deadline:
                raise TimeoutError("the till did not settle")
            QThread.msleep(1)
        QApplication.processEvents()

    def log_in(self, pin: str, downs: int = 0) -> None:
        """The name that many below the first, and the PIN."""
        for _ in range(downs):
            self.press(Qt.Key.Key_Down)
        self.type(pin)
        self.enter()

    def picture(self, path: str, widget: QWidget | None = None) -> None:
        """What the screen shows, as a file."""
        self.settle()
        shown = widget if widget is not None else self._till.window
        assert shown.grab().save(path), path
