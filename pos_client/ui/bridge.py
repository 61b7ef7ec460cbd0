"""The one place where threads meet: whatever another thread has for the screen crosses here, in order.

The ledger worker, the sync engine and devices hand over a call; it runs in the GUI thread at the next turn of its loop.
"""

from collections import deque
from collections.abc import Callable

from PySide6.QtCore import QMetaObject, QObject, Qt, Slot


class Bridge(QObject):
    """Lives in the GUI thread. `carry` may be called from any thread."""

    def __init__(self) -> None:
        super().__init__()
        self._is_open = True
        self._calls: deque[Callable[[], object]] = deque()

    def carry(self, call: Callable[[], object]) -> None:
        """Run this in the GUI thread, after everything carried before it."""
        self._calls.append(call)
        if self._is_open:
            QMetaObject.invokeMethod(self, "arrive", Qt.ConnectionType.QueuedConnection)

    def close(self) -> None:
        """The window is gone: what still arrives is dropped."""
        self._is_open = False
        self._calls.clear()

    @Slot()
    def arrive(self) -> None:
        """Called by Qt, once for every call that was carried."""
        if self._is_open and self._calls:
            self._calls.popleft()()
