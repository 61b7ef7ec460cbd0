"""The other end of `till_process`: a real till window in a process of its own, worked by keystrokes that come by pipe.

    python -m tests.together.remote_till LEDGER_FOLDER KEY_FOLDER HQ_URL LANGUAGE [PACE] [PRINTER]

Reads one JSON command a line from standard input and answers each with one JSON line. Keys go to the window as a
keyboard's would; nothing here calls the till's own functions except to look. Ends when its input ends.

PACE `quick` tells the pause between two keys to the till's key clock instead of waiting for it, so that a whole day can
be worked in minutes. PRINTER is an address as the till's settings take it; without one slips go to a file.
"""

import json
import os
import sys
import threading
import time
import traceback
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

import msgspec
import structlog
from PySide6.QtCore import QCoreApplication, QEvent, QObject, QPoint, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QKeyEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QAbstractButton

from pos_client.app import TillApp, open_till
from pos_client.devices.printer_ports import FilePort, port_named
from pos_client.settings import load_settings
from pos_client.sync.wallet_line import Patience
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.screens.service_cards import ArticleCard, KnowledgeCard
from shared_models.moments import ManualClock, SystemClock
from tests.together.gui_watch import WatchedApplication

SCANNER_GAP_MS = 1
HUMAN_GAP_MS = 170
STUCK_SECONDS = 240.0
"""A machine that has much to do is slow; only one that is stuck takes so long."""
MODIFIERS = {"Alt": Qt.KeyboardModifier.AltModifier, "Ctrl": Qt.KeyboardModifier.ControlModifier}
Answer = dict[str, Any]


class MachineClock(SystemClock):
    """The machine's own, which somebody may set wrong."""

    ahead_ms = 0

    def now_ms(self) -> int:
        return super().now_ms() + self.ahead_ms


class Remote(QObject):
    """Does what it is told, in the GUI thread, one command after the other."""

    _told = Signal(str)

    def __init__(self, till: TillApp, clock: MachineClock, key_clock: ManualClock | None) -> None:
        super().__init__()
        self._till = till
        self._clock = clock
        self._key_clock = key_clock
        self._window = till.window
        self._do: Mapping[str, Callable[[Answer], Answer]] = {
            "scan": self._scan,
            "type": self._type,
            "press": self._press,
            "menu": self._menu,
            "touch": self._touch,
            "shot": self._shot,
            "wait": self._wait,
            "look": lambda _asked: self._look(),
            "set_clock": self._set_clock,
            "close": self._close,
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

    def _close(self, _asked: Answer) -> Answer:
        """In order, as at the end of a day: what was asked is finished, what waits is printed."""
        self._settle()
        QTimer.singleShot(0, QCoreApplication.quit)
        return {}

    def _set_clock(self, asked: Answer) -> Answer:
        self._clock.ahead_ms = asked["ahead_ms"]
        return self._look()

    # --- hands ---------------------------------------------------------------------------------------------------

    def _scan(self, asked: Answer) -> Answer:
        """As a scanner sends it: a burst that ends with Enter, stamped by the system when it arrived."""
        handle = self._window.windowHandle()
        self._rest()
        began_ms = self._key_clock.now_ms() if self._key_clock else time.monotonic_ns() // 1_000_000
        for place, character in enumerate([*asked["text"], "\r"]):
            key = Qt.Key.Key_Return if character == "\r" else Qt.Key(ord(character.upper()))
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                event = QKeyEvent(kind, key, Qt.KeyboardModifier.NoModifier, character)
                event.setTimestamp(began_ms + place * SCANNER_GAP_MS)
                if self._key_clock is not None and kind == QEvent.Type.KeyPress:
                    self._key_clock.advance(SCANNER_GAP_MS)
                QCoreApplication.sendEvent(handle, event)
        self._rest()
        return self._settle()

    def _breathe(self) -> None:
        """The time between two keys of a person: it ends a scan."""
        if self._key_clock is None:
            QTest.qWait(HUMAN_GAP_MS)
        else:
            self._rest()

    def _rest(self) -> None:
        """Where time is told and does not pass, whoever waits for a key that ends a burst has to be told too."""
        if self._key_clock is not None:
            self._key_clock.advance(HUMAN_GAP_MS)
            self._window.scan_filter.flush()

    def _type(self, asked: Answer) -> Answer:
        """As a person types."""
        handle = self._window.windowHandle()
        for character in asked["text"]:
            self._breathe()
            QTest.keyClick(handle, character)
        self._rest()
        return self._settle()

    def _press(self, asked: Answer) -> Answer:
        """Keys by Qt's names: F9, Return, Space, Alt+R ..."""
        handle = self._window.windowHandle()
        for name in asked["keys"]:
            self._breathe()
            *modifiers, key = name.split("+")
            held = Qt.KeyboardModifier.NoModifier
            for modifier in modifiers:
                held |= MODIFIERS[modifier]
            QTest.keyClick(handle, getattr(Qt.Key, f"Key_{key}"), held)
            self._rest()
            self._settle()
        return self._settle()

    def _menu(self, asked: Answer) -> Answer:
        """Press the key that stands beside these words on the menu that is open, as one who reads it does."""
        card = self._window.overlay.top_card
        assert card is not None, "no menu is open"
        keys = {made.words.text(): made.detail.text() for made in card.findChildren(KeyButton)}
        return self._type({"text": keys[asked["words"]]})

    def _touch(self, asked: Answer) -> Answer:
        """A finger on the button that says just this, or on the first that bears these words."""
        buttons = [made for made in self._window.findChildren(QAbstractButton) if made.isVisible() and made.isEnabled()]
        words = {made: made.accessibleName() or made.text() for made in buttons}
        named = [made for made in buttons if asked["words"] in words[made]]
        named.sort(key=lambda made: words[made] != asked["words"])
        assert named, f"no button says {asked['words']}"
        self._rest()
        middle = QPoint(named[0].width() // 2, named[0].height() // 2)
        QTest.mouseClick(named[0], Qt.MouseButton.LeftButton, pos=middle)
        return self._settle()

    def _settle(self) -> Answer:
        """Until all answers are on the screen."""
        deadline = time.monotonic() + STUCK_SECONDS
        QTest.qWait(60 if self._key_clock is None else 0)
        while not self._till.is_settled:
            assert time.monotonic() < deadline, "what was asked of the ledger is never answered"
            QTest.qWait(5 if self._key_clock is None else 1)
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
        deadline = time.monotonic() + asked.get("seconds", STUCK_SECONDS)
        wanted, at_least = asked.get("equal", {}), asked.get("at_least", {})
        while True:
            if "waiting_entries" in wanted:  # the header's figure is of a moment ago
                self._till.ledger.flush_lookups()
                self._window.refresh_status()
                self._settle()
            seen = self._look()
            if all(seen[name] == value for name, value in wanted.items()) and all(
                seen[name] >= value for name, value in at_least.items()
            ):
                return seen
            if time.monotonic() > deadline:
                return {"error": f"waited in vain for {wanted} {at_least}; seen {seen}"}
            QTest.qWait(20)

    def _look(self) -> Answer:
        window = self._window
        basket = window.screens.sell_presenter.view
        member = basket.member if basket is not None else None
        picture = window.sync_picture()
        watched = WatchedApplication.instance()
        return {
            "place": window.place,
            "card": type(window.overlay.top_card).__name__ if window.overlay.top_card is not None else "",
            "said": window.notice.text,
            "articles": list(top.titles) if isinstance(top := window.overlay.top_card, KnowledgeCard) else [],
            "article": top.heading.text() if isinstance(top, ArticleCard) else "",
            "wallet": shown.state if (shown := window.screens.wallet_presenter.shown) is not None else "",
            "wallets_open": [one.state for one in self._till.ledger.open_wallet_payments()],
            "online": picture.online,
            "waiting_entries": picture.waiting_entries,
            "frozen": window.is_frozen,
            "staff_known": bool(window.screens.login_presenter.staff),
            "refunding": refund.receipt_number if (refund := window.screens.refund_presenter.view) is not None else "",
            "lines": len(basket.lines) if basket is not None else 0,
            "due_fen": basket.due_fen if basket is not None else 0,
            "member": member.name if member is not None else "",
            "stored_value_fen": member.stored_value_fen if member is not None else 0,
            "stored_value_usable_fen": member.stored_value_usable_fen if member is not None else 0,
            "points": member.points if member is not None else 0,
            "points_usable": member.points_usable if member is not None else 0,
            "coupons_usable": sum(coupon.usable for coupon in basket.coupons) if basket is not None else 0,
            "busiest": msgspec.to_builtins(watched.busiest) if isinstance(watched, WatchedApplication) else None,
            "faults": [repr(fault) for fault in self._till.faults],
        }


def _fault(till: TillApp, fault: BaseException | None) -> None:
    """One that nobody caught, in whichever thread: whoever works the till hears of it with the next answer."""
    till.faults.append(RuntimeError("".join(traceback.format_exception(fault))))


def main(arguments: list[str]) -> int:
    """Open the till and obey until the input ends."""
    ledger_folder, key_folder, hq_url, language, *more = arguments
    pace, printer = (*more, "", "")[:2]
    structlog.configure(logger_factory=lambda *_names: structlog.PrintLogger(sys.stderr))
    settings = load_settings(
        {"ledger_folder": ledger_folder, "key_folder": key_folder, "hq_url": hq_url, "language": language}
    )
    qt = WatchedApplication()
    qt.transparent = Remote
    key_clock = ManualClock(0) if pace == "quick" else None
    port = port_named(printer) if printer else FilePort(Path(ledger_folder).parent / "receipts.bin")
    clock = MachineClock()
    patience = Patience(poll_seconds=0.1) if pace == "quick" else None
    till = open_till(settings, clock=clock, key_clock=key_clock, printer_port=port, patience=patience)
    sys.excepthook = lambda _kind, fault, _trace: _fault(till, fault)
    threading.excepthook = lambda told: _fault(till, told.exc_value)
    till.window.resize(1366, 768)
    till.window.show()
    till.window.start()
    remote = Remote(till, clock, key_clock)
    print(json.dumps({"ready": True, "pid": os.getpid()}), flush=True)
    try:
        return qt.exec()
    finally:
        del remote
        till.close()


if __name__ == "__main__":
    code = main(sys.argv[1:])
    sys.stdout.flush()
    os._exit(code)  # a thread still waits for commands, and Python waits for nobody who reads
