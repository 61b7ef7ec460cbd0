"""Python's garbage collector, in the GUI thread alone.

Whatever thread happens to allocate runs the collector, and what it finds may be a widget: Qt's destructor then runs in
the ledger worker or the sync thread, and the till ends with a segmentation fault (a child at the keyboard met it once
in some ten thousand keys). So the automatic one is switched off while a window is open, and this timer does its work.
"""

import gc
from collections.abc import Callable

from PySide6.QtCore import QObject, QTimer

_EVERY_MS = 500
_WAITS_MAX = 10
_LOADED = 20_000
"""So many new objects since the last look are a library that was loaded (the line's, after the login), and no waste."""


class GuiCollector(QObject):
    """Made by the composition root in the GUI thread, before the first other thread starts; `stop` gives back.
    `is_idle`: whether every answer is on the screen."""

    def __init__(self, is_idle: Callable[[], bool] = lambda: True) -> None:
        super().__init__()
        self._is_idle = is_idle
        self._waits = 0
        self._spares = False
        gc.disable()
        self._timer = QTimer(self)
        self._timer.setInterval(_EVERY_MS)
        self._timer.timeout.connect(self._collect)
        self._timer.start()

    def spare(self) -> None:
        """The window stands: what is there now stays, and is not looked through again and again. A collection of
        everything would keep the window busy for longer than two frames."""
        self._spares = True
        gc.freeze()

    def stop(self) -> None:
        """After the window is gone: collect what it left, and let the interpreter do it by itself again."""
        self._timer.stop()
        gc.unfreeze()
        gc.collect()
        gc.enable()

    def _collect(self) -> None:
        """As the automatic one would: each generation when its count is above its threshold, the eldest that is. Not
        while somebody waits for an answer, unless that goes on for seconds."""
        if not self._is_idle() and self._waits < _WAITS_MAX:
            self._waits += 1
            return
        self._waits = 0
        if self._spares and gc.get_count()[0] > _LOADED:
            gc.freeze()
            return
        due = [count > limit > 0 for count, limit in zip(gc.get_count(), gc.get_threshold(), strict=True)]
        if due[0]:
            gc.collect(2 if due[1] and due[2] else 1 if due[1] else 0)
