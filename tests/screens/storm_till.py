"""The till that stands in the storm: a real window in a process of its own, asked by pipe what it shows.

    python -m tests.screens.storm_till LEDGER_FOLDER KEY_FOLDER HQ_URL

Keys reach it through its windowing system alone. What it does itself, when asked, is what a busy counter does around
a scanner: panels open and close, an input method composes. Each time a panel changes it looks into every field that is
open: whatever stands there has leaked out of a scan.
"""

import itertools
import json
import os
import sys
import threading
import time
from collections.abc import Callable
from typing import Any

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer, Signal, Slot
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent
from PySide6.QtWidgets import QLineEdit

from pos_client.app import TillApp, application, open_till
from pos_client.settings import load_settings
from pos_client.ui.screens.member_cards import RegisterCard

COMPOSING = "ni"
Answer = dict[str, Any]


class Stormy(QObject):
    """Answers one command a line, in the GUI thread."""

    _told = Signal(str)

    def __init__(self, till: TillApp) -> None:
        super().__init__()
        self._till = till
        self._window = till.window
        self._leaks: list[str] = []
        self._scans: list[str] = []
        self._opened = 0
        scanned = self._window.scan_filter._scanned

        def counted(text: str) -> None:
            self._scans.append(text)
            scanned(text)

        self._window.scan_filter._scanned = counted
        self._dialogs = QTimer(self)
        flows = self._window.flows
        panels: tuple[Callable[[], object], ...] = (
            flows.find_member,
            self._window.overlay.close_all,
            flows.register_member,
            lambda: flows.function("more"),
            self._window.overlay.close_all,
            lambda: flows.function("quantity"),
        )
        self._panels = itertools.cycle(panels)
        self._dialogs.timeout.connect(self._next_panel)
        self._commits = QTimer(self)
        self._commits.timeout.connect(self._commit_due)
        self._to_commit: list[str] = []
        self._composing_since_ms = 0.0
        self._do: dict[str, Callable[[Answer], Answer]] = {
            "look": lambda _asked: self._look(),
            "dialogs": self._toggle,
            "compose": self._compose,
        }
        self._told.connect(self._obey, Qt.ConnectionType.QueuedConnection)
        threading.Thread(target=self._listen, name="storm", daemon=True).start()

    def _listen(self) -> None:
        for line in sys.stdin:
            self._told.emit(line)
        os._exit(0)

    @Slot(str)
    def _obey(self, line: str) -> None:
        asked = json.loads(line)
        print(json.dumps(self._do[asked["do"]](asked), ensure_ascii=False), flush=True)

    def _look(self) -> Answer:
        self._look_for_leaks()
        view = self._window.screens.sell_presenter.view
        lines = view.lines if view is not None else ()
        return {
            "place": self._window.place,
            "goods": {line.goods_id: line.quantity_milli // 1000 for line in lines},
            "scans": self._scans,
            "leaks": self._leaks,
            "panels": self._opened,
            "said": self._window.notice.text,
            "settled": self._till.is_settled and not self._to_commit,
            "faults": [repr(fault) for fault in self._till.faults],
            "focus": QGuiApplication.focusWindow() is not None,
        }

    # --- panels, while keys come in ----------------------------------------------------------------------------------

    def _toggle(self, asked: Answer) -> Answer:
        if asked["every_ms"]:
            self._dialogs.start(asked["every_ms"])
        else:
            self._dialogs.stop()
            self._look_for_leaks()
            self._window.overlay.close_all()
        return {}

    def _next_panel(self) -> None:
        self._look_for_leaks()
        if self._window.place == "sell":
            self._opened += 1
            next(self._panels)()

    def _look_for_leaks(self) -> None:
        # What a stall cut off a scan stands in the field until the rest of it comes, and is then taken back.
        owed = self._window.scan_filter._decoder._released
        for field in self._window.findChildren(QLineEdit):
            if field.text() and not owed.endswith(field.text()):
                self._leaks.append(field.text())
                field.clear()

    # --- an input method ---------------------------------------------------------------------------------------------

    def _compose(self, asked: Answer) -> Answer:
        """Commit these codes character by character to the form's field, a composition open all the while."""
        self._window.flows.register_member()
        card = self._window.overlay.top_card
        assert isinstance(card, RegisterCard)
        card.fields["name"].setFocus()
        self._to_commit = list(asked["text"])
        self._composing_since_ms = time.monotonic() * 1000
        self._commits.start(1)
        return {}

    def _commit_due(self) -> None:
        """One character a millisecond; those that came while the window was busy come at once, as from a queue."""
        elapsed_ms = time.monotonic() * 1000 - self._composing_since_ms
        self._composing_since_ms += int(elapsed_ms)
        for _ in range(min(int(elapsed_ms), len(self._to_commit))):
            focus = QGuiApplication.focusObject()
            if isinstance(focus, QLineEdit):
                self._commit_one(focus, self._to_commit.pop(0))
        if not self._to_commit:
            self._commits.stop()

    def _commit_one(self, focus: QLineEdit, character: str) -> None:
        if character == "\r":
            handle = self._window.windowHandle()
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QCoreApplication.sendEvent(
                    handle, QKeyEvent(kind, Qt.Key.Key_Return, Qt.KeyboardModifier.NoModifier, "\r")
                )
            return
        event = QInputMethodEvent(COMPOSING, [])
        event.setCommitString(character)
        QCoreApplication.sendEvent(focus, event)


def main(arguments: list[str]) -> int:
    """Open the till and obey until the input ends."""
    ledger_folder, key_folder, hq_url = arguments
    settings = load_settings({"ledger_folder": ledger_folder, "key_folder": key_folder, "hq_url": hq_url})
    qt = application()
    till = open_till(settings)
    till.window.resize(1366, 768)
    till.window.show()
    till.window.start()
    stormy = Stormy(till)
    print(json.dumps({"window": int(till.window.winId())}), flush=True)
    try:
        return qt.exec()
    finally:
        del stormy
        till.close()


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
