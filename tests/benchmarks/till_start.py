"""`pos-client run`, until its window can be worked with: then it says how long that took, and ends.

    python -m tests.benchmarks.till_start MONOTONIC_SECONDS ARGUMENTS_OF_POS_CLIENT...

The real command; only the application object is ours, made where the command would make its own, to see when the login
has its staff and was painted. Nothing is imported that the command would not import, and nothing in another order. What
only people who change Tillbook have installed is hidden: libraries that find `rich` load it. For `till_window`.
"""

import gc
import json
import os
import sys
import time
from argparse import Namespace
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

if TYPE_CHECKING:
    from PySide6.QtWidgets import QApplication

    from pos_client.settings import TillSettings

ONLY_FOR_DEVELOPERS = ("rich", "pygments")


def main(arguments: list[str]) -> NoReturn:
    """Run the command."""
    began = float(arguments[0])
    for name in ONLY_FOR_DEVELOPERS:
        sys.modules[name] = None  # type: ignore[assignment]  # Python's own way to say: not installed
    gc.disable()  # as the command does before it loads anything
    from pos_client import commands
    from pos_client.__main__ import main as pos_client

    found: dict[str, Any] = {}
    run = commands._run

    def run_watched(settings: "TillSettings", _: Namespace) -> int:
        application = _application(began, found)
        try:
            return run(settings, Namespace())
        finally:
            application.processEvents()

    commands._run = run_watched
    code = pos_client(arguments[1:])
    print(json.dumps(found), flush=True)
    os._exit(code)  # the till is closed; an application in Python may not outlive the interpreter


def _application(began: float, found: dict[str, Any]) -> "QApplication":
    """One that ends by itself once the first screen is there."""
    from pos_client.ui.plain_imports import import_plainly

    import_plainly()
    from PySide6.QtCore import QEvent, QObject
    from PySide6.QtWidgets import QApplication

    class Starting(QApplication):
        """The first painting of a window whose staff are known was the moment."""

        def notify(self, receiver: QObject, event: QEvent) -> bool:
            """Deliver it, and look."""
            handled = super().notify(receiver, event)
            if not found and event.type() == QEvent.Type.UpdateRequest and type(receiver).__name__ == "TillWindow":
                window: Any = receiver
                if window.screens.login_presenter.staff:
                    resident = Path("/proc/self/statm").read_text(encoding="ascii").split()[1]
                    found["ready_ms"] = (time.monotonic() - began) * 1000
                    found["own_ms"] = time.process_time() * 1000
                    found["resident_mib"] = int(resident) * 4 / 1024
                    window.close()
            return handled

    return Starting(["tillbook"])


if __name__ == "__main__":
    main(sys.argv[1:])
