"""`pos-client run`, until its window can be worked with: then it says how long that took, and ends.

    python -m tests.benchmarks.till_start MONOTONIC_SECONDS ARGUMENTS_OF_POS_CLIENT...

The real command; only the application object is ours, to see when the login has its staff and was painted. Imports
nothing that the command would not import. For `till_window`.
"""

import json
import os
import sys
import time
from pathlib import Path
from typing import Any, NoReturn

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication


class Starting(QApplication):
    """Ends by itself once the first screen is there."""

    def __init__(self, began: float) -> None:
        super().__init__(["tillbook"])
        self._began = began
        self.found: dict[str, Any] = {}

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver it; the first painting of a window whose staff are known was the moment."""
        handled = super().notify(receiver, event)
        if not self.found and event.type() == QEvent.Type.UpdateRequest and type(receiver).__name__ == "TillWindow":
            window: Any = receiver
            if window.screens.login_presenter.staff:
                resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
                self.found = {
                    "ready_ms": (time.monotonic() - self._began) * 1000,
                    "resident_mib": int(resident) * 4 / 1024,
                }
                window.close()
        return handled


def main(arguments: list[str]) -> NoReturn:
    """Run the command."""
    starting = Starting(float(arguments[0]))
    from pos_client.__main__ import main as pos_client

    code = pos_client(arguments[1:])
    print(json.dumps(starting.found), flush=True)
    os._exit(code)  # the till is closed; an application in Python may not outlive the interpreter


if __name__ == "__main__":
    main(sys.argv[1:])
