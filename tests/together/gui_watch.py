"""How long the window's thread is busy with one thing: every event is timed from its delivery to its end.

A till whose window does not come back to its event loop for a moment misses no key, but shows it late. Used by
processes that drive a window (`remote_till`, the benchmarks), which make their application of it.
"""

import sys
import time
from typing import Any

from PySide6.QtCore import QEvent, QObject, Qt
from PySide6.QtGui import QKeyEvent
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from pos_client.ui.bridge import Bridge
from pos_client.ui.constants_guard import hold_constants
from pos_client.ui.main_window import TillWindow
from tests.together.busiest import Busiest, Handler

_WORTH_A_NAME_MS = 1.0
_WORTH_A_STORY_MS = 20.0
_LOADED_TOLD_MAX = 3


class WatchedApplication(QApplication):
    """The process's one application. Events inside the handling of another count with that one."""

    def __init__(self) -> None:
        hold_constants()
        super().__init__(["tillbook"])
        self.busiest = Busiest()
        self.transparent: type[QObject] | None = None
        """Whoever drives the window from within this process: what it causes counts one by one."""
        self._is_busy = False

    def notify(self, receiver: QObject, event: QEvent) -> bool:
        """Deliver it, and take the time."""
        if not isValid(receiver):
            return (
                False  # a layout in its own destructor hears that its children go; Qt's binding fails to hand that on
            )
        if self._is_busy or (self.transparent is not None and isinstance(receiver, self.transparent)):
            return super().notify(receiver, event)
        self._is_busy = True
        kind: Any = event.type()
        called, loaded = _called(receiver) or _key_of(event), len(sys.modules)
        began, own = time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._is_busy = False
            took_ms, own_ms = (time.perf_counter() - began) * 1000, (time.thread_time() - own) * 1000
            self.busiest.handlers += 1
            if took_ms > _WORTH_A_NAME_MS:
                name = f"{type(receiver).__name__} {receiver.objectName()}".rstrip() if isValid(receiver) else "gone"
                story = _story(loaded) if own_ms > _WORTH_A_STORY_MS else ""
                self.busiest.keep(Handler(f"{kind.name} to {name}{called}{story}", took_ms, own_ms))


def _key_of(event: QEvent) -> str:
    """Which key; '' for all else."""
    return f": {Qt.Key(event.key()).name}" if isinstance(event, QKeyEvent) else ""


def _story(loaded: int) -> str:
    """What was to be seen when it was over, and what was loaded in between: first times are long ones."""
    told = []
    for window in QApplication.topLevelWidgets():
        if isinstance(window, TillWindow):
            card = window.overlay.top_card
            told.append(f"at {window.place}" + ("" if card is None else f" with {type(card).__name__}"))
    fresh = sorted({name.partition(".")[0] for name in list(sys.modules)[loaded:]})
    if fresh:
        told.append(f"loaded {', '.join(fresh[:_LOADED_TOLD_MAX])} ({len(sys.modules) - loaded} modules)")
    return f" [{'; '.join(told)}]"


def _called(receiver: QObject) -> str:
    """What the bridge is about to hand over: whose answer it is. '' for all else."""
    if not isinstance(receiver, Bridge) or not receiver._calls:
        return ""
    call: Any = receiver._calls[0]
    names = getattr(getattr(call, "__code__", None), "co_freevars", ())
    kept = dict(zip(names, (cell.cell_contents for cell in getattr(call, "__closure__", None) or ()), strict=True))
    then = kept["self"]._open.get(kept["number"], (call,))[0] if "number" in kept else call
    return f": {getattr(then, '__qualname__', then)}"
