"""How long the window's thread is busy with one thing: every event is timed from its delivery to its end.

A till whose window does not come back to its event loop for a moment misses no key, but shows it late. Used by
processes that drive a window (`remote_till`, the benchmarks), which make their application of it.
"""

import time
from typing import Any

from PySide6.QtCore import QEvent, QObject
from PySide6.QtWidgets import QApplication
from shiboken6 import isValid

from pos_client.ui.bridge import Bridge
from pos_client.ui.constants_guard import hold_constants
from tests.together.busiest import Busiest, Handler

_WORTH_A_NAME_MS = 1.0


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
        if self._is_busy or (self.transparent is not None and isinstance(receiver, self.transparent)):
            return super().notify(receiver, event)
        self._is_busy = True
        kind: Any = event.type()
        called = _called(receiver)
        began, own = time.perf_counter(), time.thread_time()
        try:
            return super().notify(receiver, event)
        finally:
            self._is_busy = False
            took_ms, own_ms = (time.perf_counter() - began) * 1000, (time.thread_time() - own) * 1000
            self.busiest.handlers += 1
            if took_ms > _WORTH_A_NAME_MS:
                name = f"{type(receiver).__name__} {receiver.objectName()}".rstrip() if isValid(receiver) else "gone"
                self.busiest.keep(Handler(f"{kind.name} to {name}{called}", took_ms, own_ms))


def _called(receiver: QObject) -> str:
    """What the bridge is about to hand over: whose answer it is. '' for all else."""
    if not isinstance(receiver, Bridge) or not receiver._calls:
        return ""
    call: Any = receiver._calls[0]
    names = getattr(getattr(call, "__code__", None), "co_freevars", ())
    kept = dict(zip(names, (cell.cell_contents for cell in getattr(call, "__closure__", None) or ()), strict=True))
    then = kept["self"]._open.get(kept["number"], (call,))[0] if "number" in kept else call
    return f": {getattr(then, '__qualname__', then)}"
