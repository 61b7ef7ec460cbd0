"""The application that times its events: what it must not fall over."""

import subprocess
import sys

ASKED = """
import shiboken6
from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QVBoxLayout
from tests.together.gui_watch import WatchedApplication

application, gone, here = WatchedApplication(), QVBoxLayout(), QObject()
shiboken6.delete(gone)
for receiver in (gone, here):
    application.notify(receiver, QEvent(QEvent.Type.ChildRemoved))
print(application.busiest.handlers)
"""


def test_an_event_for_what_is_gone_is_let_go_and_the_next_one_is_timed() -> None:
    outcome = subprocess.run([sys.executable, "-c", ASKED], capture_output=True, text=True, check=False, timeout=60)
    assert (outcome.returncode, outcome.stdout.strip()) == (0, "1"), outcome.stderr
