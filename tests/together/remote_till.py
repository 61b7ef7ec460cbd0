"""The other end of `till_process`: a real till window in a process of its own, worked by keystrokes that come by pipe.

    python -m tests.together.remote_till LEDGER_FOLDER KEY_FOLDER HQ_URL LANGUAGE

Reads one JSON command a line from standard input and answers each with one JSON line. Keys go to the window as a
keyboard's would; nothing here calls the till's own functions except to look. Ends when its input ends.
"""

import json
import os
import sys
import threading
import time
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import structlog
from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest

from pos_client.app import TillApp, application, open_till
from pos_client.devices.printer_ports import FilePort
from pos_client.settings import load_settings

SCANNER_GAP_MS = 1
HUMAN_GAP_MS = 170
WAIT_SECONDS_MAX = 30.0
Answer = dict[str, Any]


class Remote(QObject):
    """Does what it is told, in the GUI thread, one command after the other."""

    _told = Signal(str)

    def __init__(self, till: TillApp) -> None:
        super().__init__()
        self._till = till
        self._window = till.window
        self._do: Mapping[str, Callable[[Answer], Answer]] = {
            "scan": self._scan,
            "type": self._type,
            "press": self._press,
            "shot": self._shot,
            "wait": self._wait,
            "look": lambda _asked: self._look(),
        }
        self._told.connect(self._obey, Qt.ConnectionType.QueuedConnection)
        threading.Thread(target=self._listen, name="remote", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._told.emit(line)
        os._exit(0)  # whoever started us is gone; the book is safe at any moment

    @Slot(str)
    def _obey(self, line: str) -> None:
        asked = json.loads(line)
        try:
            answer = self._do[asked["do"]](asked)
        except Exception as problem:  # noqa: BLE001 - told to whoever asked, who stops the story
            answer = {"error": f"{type(problem).__name__}: {problem}"}
        print(json.dumps(answer, ensure_ascii=False), flush=True)

    # --- hands ---------------------------------------------------------------------------------------------------

    def _scan(self, asked: Answer) -> Answer:
        """As a scanner sends it: a burst that ends with Enter, stamped by the system when it arrived."""
        handle = self._window.windowHandle()
        began_ms = time.monotonic_ns() // 1_000_000
        for place, character in enumerate([*asked["text"], "\r"]):
            key = Qt.Key.Key_Return if character == "\r" else Qt.Key(ord(character.upper()))
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, character)
                event.setTimestamp(began_ms + place * SCANNER_GAP_MS)
                QCoreApplication.sendEvent(handle, event)
        return self._settle()

    def _type(self, asked: Answer) -> Answer:
        """As a person types."""
        handle = self._window.windowHandle()
        for character in asked["text"]:
            QTest.qWait(HUMAN_GAP_MS)
            QTest.keyClick(handle, character)
        return self._settle()

    def _press(self, asked: Answer) -> Answer:
        """Keys by Qt's names: F9, Return, Space, Alt+R ..."""
        handle = self._window.windowHandle()
        for name in asked["keys"]:
            QTest.qWait(HUMAN_GAP_MS)
            with_alt = name.startswith("Alt+")
            modifier = Qt.KeyboardModifier.AltModifier if with_alt else Qt.KeyboardModifier.NoModifier
            QTest.keyClick(handle, getattr(Qt.Key, f"Key_{name.removeprefix('Alt+')}"), modifier)
            self._settle()
        return self._settle()

    def _settle(self) -> Answer:
        """Until all answers are on the screen."""
        deadline = time.monotonic() + WAIT_SECONDS_MAX
        QTest.qWait(60)
        while not self._till.is_settled and time.monotonic() < deadline:
            QTest.qWait(5)
        return self._look()

    # --- eyes ----------------------------------------------------------------------------------------------------

    def _shot(self, asked: Answer) -> Answer:
        path = Path(asked["path"])
        path.parent.mkdir(parents=True, exist_ok=True)
        self._settle()
        saved = self._window.grab().save(str(path))
        return {"saved": saved}

    def _wait(self, asked: Answer) -> Answer:
        """Until what `_look` sees has these values (`at_least` for figures)."""
        deadline = time.monotonic() + asked.get("seconds", WAIT_SECONDS_MAX)
        wanted, at_least = asked.get("equal", {}), asked.get("at_least", {})
        while True:
            seen = self._look()
            if all(seen[name] == value for name, value in wanted.items()) and all(
                seen[name] >= value for name, value in at_least.items()
            ):
                return seen
            if time.monotonic() > deadline:
                return {"error": f"waited in vain for {wanted} {at_least}; seen {seen}"}
            self._window.refresh_status()
            QTest.qWait(20)

    def _look(self) -> Answer:
        window = self._window
        basket = window.screens.sell_presenter.view
        member = basket.member if basket is not None else None
        picture = window.sync_picture()
        return {
            "place": window.place,
            "card": type(window.overlay.top_card).__name__ if window.overlay.top_card is not None else "",
            "said": window.notice.text,
            "online": picture.online,
            "waiting_entries": picture.waiting_entries,
            "frozen": window.is_frozen,
            "staff_known": bool(window.screens.login_presenter.staff),
            "lines": len(basket.lines) if basket is not None else 0,
            "due_fen": basket.due_fen if basket is not None else 0,
            "member": member.name if member is not None else "",
            "stored_value_fen": member.stored_value_fen if member is not None else 0,
            "stored_value_usable_fen": member.stored_value_usable_fen if member is not None else 0,
            "points_usable": member.points_usable if member is not None else 0,
            "coupons_usable": sum(coupon.usable for coupon in basket.coupons) if basket is not None else 0,
            "faults": [repr(fault) for fault in self._till.faults],
        }


def main(arguments: list[str]) -> int:
    """Open the till and obey until the input ends."""
    ledger_folder, key_folder, hq_url, language = arguments
    structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))
    settings = load_settings(
        {"ledger_folder": ledger_folder, "key_folder": key_folder, "hq_url": hq_url, "language": language}
    )
    qt = application()
    till = open_till(settings, printer_port=FilePort(Path(ledger_folder).parent / "receipts.bin"))
    till.window.resize(1366, 768)
    till.window.show()
    till.window.start()
    remote = Remote(till)
    print(json.dumps({"ready": True, "pid": os.getpid()}), flush=True)
    try:
        return qt.exec()
    finally:
        del remote
        till.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
