"""The ledger worker: the one thread that calls the checkout, one operation at a time, in the order they were asked.

The GUI thread asks and goes on; the answer comes back over the bridge. So the screen never waits for a disk.
"""

import queue
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar

from pos_client.ui.bridge import Bridge
from shared_models.refusals import Refusal

Answer = TypeVar("Answer")


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
    """Starts at once; `stop` finishes what was asked and ends the thread."""

    def __init__(self, bridge: Bridge, fault: Callable[[Exception], object]) -> None:
        self._bridge = bridge
        self._fault = fault
        self._asked: queue.SimpleQueue[Callable[[], None] | None] = queue.SimpleQueue()
        self._waiting = 0
        self._thread = threading.Thread(target=self._work, name="ledger-worker", daemon=True)
        self._thread.start()

    @property
    def is_idle(self) -> bool:
        """Whether every answer has arrived on the screen. Ask in the GUI thread."""
        return self._waiting == 0

    def ask(
        self,
        operation: Callable[[], Answer],
        then: Callable[[Answer], object],
        refused: Callable[[Refusal], object],
    ) -> None:
        """Run the operation on the worker; deliver its answer, its refusal, or our own fault. GUI thread only."""
        self._waiting += 1

        def run() -> None:
            try:
                answer = operation()
            except Refusal as refusal:
                told = refusal
                self._bridge.carry(lambda: self._deliver(lambda: refused(told)))
            except Exception as error:  # noqa: BLE001 - a fault of ours is shown and logged by the owner, not lost
                fault = error
                self._bridge.carry(lambda: self._deliver(lambda: self._fault(fault)))
            else:
                self._bridge.carry(lambda: self._deliver(lambda: then(answer)))

        self._asked.put(run)

    def stop(self) -> None:
        """Finish what was asked and end."""
        self._asked.put(None)
        self._thread.join()

    def _deliver(self, call: Callable[[], object]) -> None:
        self._waiting -= 1
        call()

    def _work(self) -> None:
        while (run := self._asked.get()) is not None:
            run()
