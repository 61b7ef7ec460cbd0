"""The ledger worker: the one thread that calls the checkout, one operation at a time, in the order they were asked.

The GUI thread asks and goes on; the answer comes back over the bridge. So the screen never waits for a disk.
"""

import queue
import sys
import threading
from collections.abc import Callable
from typing import Any, Protocol, TypeVar

from pos_client.ui.bridge import Bridge
from shared_models.refusals import Refusal

Answer = TypeVar("Answer")
_TURN_SECONDS = 0.0005
"""How long this thread, or that of sync, may keep the window's waiting for the interpreter. One painting of the basket
asks for it dozens of times, and at Python's own five milliseconds each it would take longer than anybody blinks."""


class Asking(Protocol):
    """What presenters know of the worker."""

    def ask(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object],
        refused: Callable[[Refusal], object],
    ) -> None:
        """Run the operation elsewhere, then one of the two in the GUI thread."""
        ...


class LedgerWorker:
    """Starts at once; `stop` finishes what was asked and ends the thread.

    What is to be done with an answer never leaves the GUI thread: it may hold the last reference to a panel, and a
    panel must not die in another thread.
    """

    def __init__(self, bridge: Bridge, fault: Callable[[Exception], object]) -> None:
        sys.setswitchinterval(_TURN_SECONDS)
        self._bridge = bridge
        self._fault = fault
        self._asked: queue.SimpleQueue[tuple[int, Callable[[], Any]] | None] = queue.SimpleQueue()
        self._number = 0
        self._open: dict[int, tuple[Callable[[Any], object], Callable[[Refusal], object]]] = {}
        self._thread = threading.Thread(target=self._work, name="ledger-worker", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether every answer has arrived on the screen. Ask in the GUI thread."""
        return not self._open

    def ask(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object],
        refused: Callable[[Refusal], object],
    ) -> None:
        """Run the operation on the worker; deliver its answer, its refusal, or our own fault. GUI thread only."""
        self._number += 1
        self._open[self._number] = (then, refused)
        self._asked.put((self._number, operation))

    def stop(self) -> None:
        """Finish what was asked and end."""
        self._asked.put(None)
        self._thread.join()

    # --- in the GUI thread -------------------------------------------------------------------------------------------

    def _deliver(self, number: int, answer: object) -> None:
        then, _refused = self._open.pop(number)
        then(answer)

    def _deliver_refusal(self, number: int, refusal: Refusal) -> None:
        _then, refused = self._open.pop(number)
        refused(refusal)

    def _deliver_fault(self, number: int, fault: Exception) -> None:
        del self._open[number]
        self._fault(fault)

    # --- on the worker -----------------------------------------------------------------------------------------------

    def _work(self) -> None:
        while (asked := self._asked.get()) is not None:
            self._run(*asked)
            del asked

    def _run(self, number: int, operation: Callable[[], Any]) -> None:
        try:
            answer = operation()
        except Refusal as refusal:
            told = refusal.with_traceback(None)
            self._bridge.carry(lambda: self._deliver_refusal(number, told))
        except Exception as error:  # noqa: BLE001 - a fault of ours is shown and logged by the owner, not lost
            fault = error
            self._bridge.carry(lambda: self._deliver_fault(number, fault))
        else:
            self._bridge.carry(lambda: self._deliver(number, answer))
