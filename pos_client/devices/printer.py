"""A receipt printer with a queue and a thread of its own, so that a dead printer never holds up the counter.

The app makes one `ReceiptPrinter` over a port of `printer_ports` and hands it every document after its entry is on
disk. What cannot be printed waits, on disk, in order, and is tried again by itself and by `retry`; what may be half on
paper already comes with a mark above it (docs/decisions/0021-print-queue.md).
"""

import queue
import threading
import time
from collections import deque
from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Literal
from uuid import UUID

import structlog
from msgspec.structs import replace

from pos_client.devices.print_spool import PrintJob, PrintSpool
from pos_client.devices.printer_ports import NOTHING_SENT, PrinterPort
from pos_client.devices.receipt_document import ReceiptDocument, marked_again, without_pulse
from pos_client.devices.receipt_layout import COLUMNS_80_MM, PaintMode
from shared_models.refusals import Refusal

log = structlog.get_logger(__name__)
RETRY_SECONDS = 5.0
STOP_SECONDS_MAX = 20.0
LATE_SECONDS = 10.0
"""After so long nobody stands at the drawer any more: a slip that comes later leaves it shut."""
UNPAINTED, UNPAINTED_MAX = "slip_not_painted", 3
"""So many times a slip is tried that cannot be made up; then it is set aside, and the book still has it."""
PrinterCondition = Literal["idle", "printing", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class PrinterState:
    """How the printer is. `code` is a refusal's code when failed, or while it waits for paper within a slip. So many
    slips wait: `unprinted`."""

    condition: PrinterCondition
    code: str = ""
    unprinted: int = 0


@dataclass(frozen=True, slots=True)
class _Wish:
    """Something asked of the thread from outside."""

    what: Literal["print", "retry", "check", "drop", "use", "stop"]
    document: ReceiptDocument | None = None
    business_id: UUID | None = None
    asked_at: float = field(default_factory=time.monotonic)
    port: PrinterPort | None = None
    columns: int = 0
    mode: PaintMode = "text"


class ReceiptPrinter:
    """Prints documents in order on a thread of its own. `on_state` is called from that thread at every change.

    Without a `spool` the queue is in memory only. `again_words` stand above a slip of which a part may be on paper.
    """

    def __init__(
        self,
        port: PrinterPort,
        columns: int = COLUMNS_80_MM,
        on_state: Callable[[PrinterState], object] | None = None,
        *,
        spool: PrintSpool | None = None,
        mode: PaintMode = "text",
        again_words: Callable[[], str] = lambda: "REPRINT",
        retry_seconds: float = RETRY_SECONDS,
    ) -> None:
        self._port = port
        self._columns = columns
        self._mode = mode
        self._on_state = on_state
        self._spool = spool
        self._again_words = again_words
        self._retry_seconds = retry_seconds
        self._state = PrinterState("idle")
        self._wishes: queue.SimpleQueue[_Wish] = queue.SimpleQueue()
        self._jobs: deque[PrintJob] = deque()
        self._number = 1
        self._last_entry: UUID | None = None
        self._unpainted = (0, 0)
        self._is_stopping = threading.Event()
        self._is_left = False
        self._thread = threading.Thread(target=self._run, name="receipt-printer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> PrinterState:
        """How the printer is now."""
        return self._state

    def submit(self, documents: Sequence[ReceiptDocument], business_id: UUID | None = None) -> None:
        """Print these when their turn comes; `business_id` is of the entry they are about, and is noted also where
        there is nothing to print. Returns at once, whatever the printer does."""
        for document in documents:
            self._wishes.put(_Wish("print", document, business_id))
        if not documents and business_id is not None:
            self._wishes.put(_Wish("print", None, business_id))

    def retry(self) -> None:
        """Try now what waits."""
        self._wishes.put(_Wish("retry"))

    def check(self) -> None:
        """While nothing is to be printed: look how the printer is."""
        self._wishes.put(_Wish("check"))

    def drop(self) -> None:
        """Nobody wants what waits any more. It can still be reprinted from the book."""
        self._wishes.put(_Wish("drop"))

    def use(self, port: PrinterPort, columns: int, mode: PaintMode) -> None:
        """Another printer from the next slip on; what waits goes there."""
        self._wishes.put(_Wish("use", port=port, columns=columns, mode=mode))

    def stop(self, seconds_max: float = STOP_SECONDS_MAX) -> None:
        """Try what is in the queue once and end the thread. What is not printed then waits in the spool. A system that
        never comes back from a printer (a USB one without paper) is left with the slip it has: the till must end, or
        none could be started."""
        self._is_stopping.set()
        self._wishes.put(_Wish("stop"))
        self._thread.join(seconds_max)
        self._is_left = self._thread.is_alive()

    # --- on the printer's thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        self._recover()
        self._work()
        while self._heed(self._next_wish()):
            self._work()
        self._work()
        self._tell("stopped", self._state.code if self._jobs else "")

    def _next_wish(self) -> _Wish:
        """What is asked next, or another try when something waits for long enough."""
        try:
            return self._wishes.get(timeout=self._retry_seconds if self._jobs else None)
        except queue.Empty:
            return _Wish("retry")

    def _heed(self, wish: _Wish) -> bool:
        """Take a wish, and every other that is there already. False: stop."""
        while wish.what != "stop":
            self._take(wish)
            try:
                wish = self._wishes.get_nowait()
            except queue.Empty:
                return True
        return False

    def _take(self, wish: _Wish) -> None:
        match wish.what:
            case "print":
                self._add(wish)
            case "drop":
                while self._jobs:
                    self._finish(self._jobs.popleft())
                self._tell("idle")
            case "use" if wish.port is not None:
                self._port, self._columns, self._mode = wish.port, wish.columns, wish.mode
            case "check" if not self._jobs:
                self._look()

    def _look(self) -> None:
        try:
            self._port.look()
        except Refusal as refusal:
            self._tell("failed", refusal.code)
        except Exception as fault:
            log.error("fault", exc_info=fault)
            self._tell("failed", "printer_unreachable")
        else:
            self._tell("idle")

    def _recover(self) -> None:
        if self._spool is None:
            return
        try:
            self._jobs.extend(self._spool.recover())
            self._number = self._spool.next_number()
            self._last_entry = self._spool.last_entry()
        except OSError:
            self._spool = None

    def _add(self, wish: _Wish) -> None:
        self._last_entry = wish.business_id or self._last_entry
        job = PrintJob(
            number=self._number,
            document=wish.document,
            business_id=self._last_entry,
            again_words=self._again_words(),
            is_late=time.monotonic() - wish.asked_at > LATE_SECONDS,
        )
        self._number += 1
        self._jobs.append(self._kept(job, lambda spool: spool.keep(job)))

    def _kept(self, job: PrintJob, step: Callable[[PrintSpool], PrintJob]) -> PrintJob:
        """What the spool makes of a job; the job itself where the disk does not want it."""
        if self._spool is None:
            return job
        try:
            return step(self._spool)
        except (OSError, ValueError):
            return job  # a full disk, or half a character in a name: the slip is printed all the same

    def _finish(self, job: PrintJob) -> None:
        if self._spool is not None:
            with suppress(OSError):  # then it is printed once more at the next start, with its mark
                self._spool.finish(job)

    def _work(self) -> None:
        """Print until nothing waits or something is wrong."""
        if not self._jobs:
            return
        while self._jobs and not self._is_left:
            job = self._jobs[0]
            if job.document is None:
                self._finish(self._jobs.popleft())
            elif not self._print(job, job.document):
                return
            elif self._jobs:
                self._tell("printing")
        self._tell("idle")

    def _print(self, job: PrintJob, document: ReceiptDocument) -> bool:
        if self._state.condition != "failed":
            self._tell("printing")
        if job.begun:
            document = marked_again(document, job.again_words)
        elif job.is_late:
            document = without_pulse(document)
        begun = job
        try:
            painted = self._painted_soundly(document)
            begun = job if job.begun else replace(self._kept(job, lambda spool: spool.begin(job)), begun=True)
            self._send(painted)
        except Refusal as refusal:
            if refusal.code == UNPAINTED and self._is_hopeless(job):
                self._kept(job, lambda spool: spool.set_aside(job))
                self._jobs.popleft()
                self._tell("failed", refusal.code)
                return True
            if refusal.code in NOTHING_SENT and begun.begun and not job.begun:
                begun = self._kept(replace(begun, begun=False), lambda spool: spool.wait_again(begun))
            self._jobs[0] = begun
            self._jobs = deque(replace(waiting, is_late=True) for waiting in self._jobs)
            self._tell("failed", refusal.code)
            return False
        self._jobs.popleft()
        self._finish(begun)
        return True

    def _is_hopeless(self, job: PrintJob) -> bool:
        """Whether this slip could not be made up for so many times that those behind it should not wait any more."""
        number, times = self._unpainted
        self._unpainted = (job.number, times + 1 if number == job.number else 1)
        return self._unpainted[1] >= UNPAINTED_MAX

    def _painted_soundly(self, document: ReceiptDocument) -> bytes:
        """A fault of ours holds up its slip and never ends this thread: nothing would be printed any more, and nobody
        would be told."""
        try:
            return self._painted(document)
        except Exception as fault:
            log.error("fault", exc_info=fault)
            raise Refusal(UNPAINTED) from fault

    def _send(self, painted: bytes) -> None:
        """So does a fault of a library that reaches the printer; what of the slip is on paper, nobody knows."""
        try:
            self._port.send(painted, self._trouble)
        except Refusal:
            raise
        except Exception as fault:
            log.error("fault", exc_info=fault)
            raise Refusal("printer_stopped_taking") from fault

    def _painted(self, document: ReceiptDocument) -> bytes:
        # Not at the top: the library takes a second to load, which a till that starts has better use for.
        from pos_client.devices.escpos_painter import paint

        return paint(document, self._columns, self._mode)

    def _trouble(self, code: str) -> bool:
        """A receipt is on its way and something is said of it. False: the till stops, give it up."""
        self._tell("printing", "" if code == "printer_slow" else code)
        return not self._is_stopping.is_set()

    def _tell(self, condition: PrinterCondition, code: str = "") -> None:
        state = PrinterState(condition, code, sum(1 for job in self._jobs if job.document is not None))
        if state == self._state:
            return
        self._state = state
        if self._on_state is not None:
            self._on_state(state)
