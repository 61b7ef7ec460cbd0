"""The one place where threads meet: whatever another thread has for the screen crosses here, in order.

The ledger worker, the sync engine and devices hand over a call; it runs in the GUI thread at the next turn of its loop.
"""

from collections.abc import Callable

from PySide6.QtCore import QObject, Qt, Signal, Slot


class Bridge(QObject):
    """Lives in the GUI thread. `carry` may be called from any thread."""

    _carried = Signal(object)

    def __init__(self) -> None:
        super().__init__()
        self._open = True
        self._carried.connect(self._arrive, Qt.ConnectionType.QueuedConnection)

    def carry(self, call: Callable[[], object]) -> None:
        """Run this in the GUI thread, after everything carried before it."""
        self._carried.emit(call)

    def close(self) -> None:
        """The window is gone: what still arrives is dropped."""
        self._open = False

    @Slot(object)
    def _arrive(self, call: Callable[[], object]) -> None:
        if self._open:
            call()
