"""Our own faults at a till that sells: what no room expected is written down, said in one calm sentence, and work
goes on.

Made by the composition root. While it watches, it has what a slot, a timer, an event handler or a thread left
uncaught; the ledger worker hands over its own. The file is for people at other desks: it tells where in the program it
happened and names no goods, members or amounts.
"""

import re
import sys
import threading
import traceback
from collections.abc import Callable
from datetime import datetime
from pathlib import Path
from types import TracebackType

import structlog

from pos_client.ui.bridge import Bridge
from pos_client.ui.texts import sentence_of
from shared_models.moments import Clock

LOG_BYTES_MAX = 1_000_000
"""Two files of this size at most: the present one, and the one before (`.1`)."""
SAME_FAULT_MS = 60_000
"""A fault that comes back so soon (a timer's, say) is counted and said again, not written again."""
_FRAMES_MAX = 40
_QUOTED = re.compile(r"'[^']*'|\"[^\"]*\"")
_FIGURES = re.compile(r"\d{4,}")
_NOT_ASCII = re.compile(r"[^\x20-\x7e]+")
log = structlog.get_logger(__name__)


class FaultWatch:
    """`say` shows a sentence; it is called in the GUI thread only. `faults` is what was met since the start."""

    def __init__(self, path: Path, clock: Clock, bridge: Bridge, say: Callable[[str], object]) -> None:
        self.path = path
        self.faults: list[BaseException] = []
        self._clock = clock
        self._bridge = bridge
        self._say = say
        self._lock = threading.Lock()
        self._seen: dict[str, tuple[int, str]] = {}
        self._is_on = False
        self._before = sys.excepthook, threading.excepthook

    def begin(self) -> None:
        """What nobody catches comes here from now on."""
        self._is_on = True
        self._before = sys.excepthook, threading.excepthook
        sys.excepthook, threading.excepthook = self._uncaught, self._uncaught_in_thread

    def end(self) -> None:
        """As it was before."""
        if self._is_on:
            self._is_on = False
            sys.excepthook, threading.excepthook = self._before

    def met(self, fault: BaseException) -> str:
        """Write a fault down and say so. From any thread; answers with its reference number."""
        told = told_without_data(fault)
        with self._lock:
            self.faults.append(fault)
            reference = self._written(told)
        log.error("fault", reference=reference, told=told)
        fault.with_traceback(None)  # or it would keep alive whatever was at work, panels too
        self._bridge.carry(lambda: self._say(sentence_of("fault", {"reference": reference})))
        return reference

    # --- where they come from ----------------------------------------------------------------------------------------

    def _uncaught(self, kind: type[BaseException], fault: BaseException, frames: TracebackType | None) -> None:
        if issubclass(kind, Exception):
            self.met(fault)
        else:  # Ctrl C in a terminal
            self._before[0](kind, fault, frames)

    def _uncaught_in_thread(self, told: threading.ExceptHookArgs) -> None:
        if told.exc_value is not None and isinstance(told.exc_value, Exception):
            self.met(told.exc_value)

    # --- the file ----------------------------------------------------------------------------------------------------

    def _written(self, told: str) -> str:
        now_ms = self._clock.now_ms()
        known = self._seen.get(told)
        if known is not None and 0 <= now_ms - known[0] < SAME_FAULT_MS:
            return known[1]
        moment = datetime.fromtimestamp(now_ms / 1000).astimezone()
        reference = f"{moment:%m%d-%H%M%S}-{len(self.faults)}"
        self._seen[told] = now_ms, reference
        try:
            self.path.parent.mkdir(parents=True, exist_ok=True)
            if self.path.exists() and self.path.stat().st_size > LOG_BYTES_MAX:
                self.path.replace(self.path.with_name(f"{self.path.name}.1"))
            with self.path.open("a", encoding="utf-8") as file:
                file.write(f"{reference}  {moment.isoformat(timespec='seconds')}\n{told}\n")
        except OSError as error:  # selling does not depend on a log
            log.warning("fault_not_written", path=str(self.path), error=type(error).__name__)
        return reference


def told_without_data(fault: BaseException) -> str:
    """Where it happened and what kind it is, from the first cause on. What the program was working on stays out: quoted
    words, long figures and whatever is not plain ASCII are left out of the message."""
    parts: list[str] = []
    one: BaseException | None = fault
    while one is not None and len(parts) < _FRAMES_MAX:
        frames = "".join(traceback.format_tb(one.__traceback__, limit=-_FRAMES_MAX))
        message = _NOT_ASCII.sub("…", _FIGURES.sub("…", _QUOTED.sub("'…'", str(one))))
        parts.append(f"{frames}{type(one).__qualname__}: {message}\n")
        one = one.__cause__ or (None if one.__suppress_context__ else one.__context__)
    return "which led to:\n".join(reversed(parts))
