"""The till whose window is measured: the real one in a process of its own, driven by key events from within.

    python -m tests.benchmarks.till_at_work LEDGER_FOLDER KEY_FOLDER HQ_URL TASK JSON

TASK `scan` fills a basket and scans on; `day` sells for as many hours as are asked for, the pauses told to the key
clock instead of waited. Prints one JSON line. For `till_window`.
"""

import json
import sys
import time
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QCoreApplication, QEvent, QEventLoop, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest

from pos_client.app import TillApp, open_till
from pos_client.devices.printer_ports import FilePort
from pos_client.settings import load_settings
from pos_client.ui.parts.basket_table import BasketTable
from shared_models.moments import ManualClock
from tests.together.gui_watch import WatchedApplication

REST_MS = 400
KEY_GAP_MS = 2
WAIT_SECONDS = 30.0
LINES_OF_A_SALE = 4
PAGE_KIB = 4


class Painted(QObject):
    """What the basket showed when it was painted last."""

    def __init__(self, till: TillApp) -> None:
        super().__init__()
        self._till = till
        self.view: Any = None
        table = till.window.findChild(BasketTable)
        assert isinstance(table, BasketTable)
        table.viewport().installEventFilter(self)

    def eventFilter(self, _watched: QObject, event: QEvent) -> bool:
        if event.type() == QEvent.Type.Paint:
            self.view = self._till.window.screens.sell_presenter.view
        return False


class Worked:
    """The window, and hands that are as quick as the till."""

    def __init__(self, qt: WatchedApplication, till: TillApp, key_clock: ManualClock) -> None:
        self.qt = qt
        self.till = till
        self._key_clock = key_clock

    def turn(self) -> None:
        """One turn of the event loop, asleep until something happens."""
        self.qt.processEvents(QEventLoop.ProcessEventsFlag.WaitForMoreEvents)

    def wait(self, place: str = "") -> None:
        """Until all answers are on the screen (and it is that screen)."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.till.is_settled or (place and self.till.window.place != place):
            if time.monotonic() > deadline:
                raise TimeoutError(f"not at {place}, but at {self.till.window.place}: {self.till.window.notice.text}")
            self.turn()
        self.qt.processEvents()

    def _rest(self) -> None:
        self._key_clock.advance(REST_MS)
        self.till.window.scan_filter.flush()

    def send(self, text: str) -> float:
        """A scanner's burst; the moment of its last key."""
        self._rest()
        handle = self.till.window.windowHandle()
        sent_at = 0.0
        for character in f"{text}\r":
            self._key_clock.advance(KEY_GAP_MS)
            key = Qt.Key.Key_Return if character == "\r" else Qt.Key(ord(character.upper()))
            sent_at = time.perf_counter()
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, character)
                QCoreApplication.sendEvent(handle, event)
        return sent_at

    def scan(self, text: str) -> None:
        """Read a code and see what comes of it."""
        self.send(text)
        self._rest()
        self.wait()

    def press(self, *keys: Qt.Key, place: str = "") -> None:
        """A person's keys."""
        for key in keys:
            self._rest()
            QTest.keyClick(self.till.window.windowHandle(), key)
            self._rest()
            self.wait()
        self.wait(place)

    def begin(self, asked: dict[str, Any]) -> None:
        """Log in by badge and open the shift where none is open."""
        deadline = time.monotonic() + WAIT_SECONDS
        while not self.till.window.screens.login_presenter.staff and time.monotonic() < deadline:
            self.turn()
        self.scan(asked["badge"])
        if self.till.window.place == "shift_open":
            self.press(Qt.Key.Key_3, Qt.Key.Key_0, Qt.Key.Key_0, Qt.Key.Key_Return)
        self.wait("sell")

    def sell(self, codes: Sequence[str]) -> None:
        """Scan these and take the exact amount in cash."""
        for code in codes:
            self.scan(code)
        self.press(Qt.Key.Key_F9, place="pay")
        self.press(Qt.Key.Key_F2, Qt.Key.Key_Return, place="sell")
        self.press(Qt.Key.Key_Return)


def scan(worked: Worked, asked: dict[str, Any]) -> dict[str, Any]:
    """Milliseconds from a scan's last key to its line being painted, with `lines` in the basket."""
    worked.begin(asked)
    codes, lines = asked["codes"], asked["lines"]
    for code in codes[:lines]:
        worked.scan(code)
    painted, presenter = Painted(worked.till), worked.till.window.screens.sell_presenter
    there = len(presenter.view.lines) if presenter.view is not None else 0
    worked.qt.busiest = type(worked.qt.busiest)()
    samples = []
    for number in range(asked["samples"]):
        before = presenter.view
        sent_at = worked.send(codes[number * 7 % lines])
        deadline = time.monotonic() + WAIT_SECONDS
        while (painted.view is before or presenter.view is before) and time.monotonic() < deadline:
            worked.turn()
        samples.append((time.perf_counter() - sent_at) * 1000)
        worked.wait()
    return {"lines": there, "samples_ms": samples, "busiest": msgspec.to_builtins(worked.qt.busiest)}


def day(worked: Worked, asked: dict[str, Any]) -> dict[str, Any]:
    """The memory at the end of each hour; every third sale is a member's."""
    worked.begin(asked)
    worked.qt.busiest = type(worked.qt.busiest)()
    codes, cards, after = asked["codes"], asked["cards"], []
    number = 0
    for _ in range(asked["hours"]):
        for _ in range(asked["sales_an_hour"]):
            number += 1
            first = number * LINES_OF_A_SALE % (len(codes) - LINES_OF_A_SALE)
            member = [cards[number % len(cards)]] if number % 3 == 0 else []
            worked.sell([*member, *codes[first : first + LINES_OF_A_SALE]])
        after.append(_mib())
    return {"after_mib": after, "sales": number, "busiest": msgspec.to_builtins(worked.qt.busiest)}


def _mib() -> float:
    resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
    return int(resident) * PAGE_KIB / 1024


TASKS = {"scan": scan, "day": day}


def main(arguments: list[str]) -> int:
    """Open the till, do the task, say what was found."""
    ledger_folder, key_folder, hq_url, task, asked = arguments
    structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))
    settings = load_settings({"ledger_folder": ledger_folder, "key_folder": key_folder, "hq_url": hq_url})
    qt = WatchedApplication()
    key_clock = ManualClock(0)
    till = open_till(settings, key_clock=key_clock, printer_port=FilePort(Path(ledger_folder).parent / "receipts.bin"))
    try:
        till.window.resize(1366, 768)
        till.window.show()
        till.window.start()
        found = TASKS[task](Worked(qt, till, key_clock), json.loads(asked))
        assert not till.faults, till.faults
        print(json.dumps(found), flush=True)
    finally:
        till.close()
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
