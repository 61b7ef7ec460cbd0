"""Work that is due every so many seconds whatever the machine's clock says, and a watch over that clock.

A scheduler that waits for times of day does nothing for a month after the clock was put back by one, and after it went
forward looks through every second of the month it missed. So what may not stop goes by the steady clock, here; the
schedule is told when the clock jumped. Called by the schedule alone.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass

import structlog

from shared_models.moments import Clock
from shared_models.refusals import Refusal

TICK_SECONDS = 1.0
JUMP_MS = 5_000

log = structlog.get_logger(__name__)


@dataclass(frozen=True, slots=True)
class Job:
    """One piece of work, due at every so many ticks."""

    name: str
    work: Callable[[], object]
    every_ticks: int = 1


class SteadyWork:
    """A thread of its own. `jumped` is called on it, once for each jump."""

    def __init__(
        self, jobs: Sequence[Job], jumped: Callable[[], object], clock: Clock, *, tick_seconds: float = TICK_SECONDS
    ) -> None:
        self._jobs = tuple(jobs)
        self._jumped = jumped
        self._clock = clock
        self._tick_seconds = tick_seconds
        self._stopped = threading.Event()
        self._thread = threading.Thread(target=self._run, name="steady-work", daemon=True)

    def start(self) -> None:
        """The first tick is a tick away."""
        self._thread.start()

    def stop(self) -> None:
        """What is under way is finished."""
        self._stopped.set()
        if self._thread.ident is not None:
            self._thread.join()

    def _run(self) -> None:
        ticks, was_apart_ms = 0, self._apart_ms()
        while not self._stopped.wait(self._tick_seconds):
            ticks += 1
            for job in self._jobs:
                if ticks % job.every_ticks == 0:
                    _do(job.name, job.work)
            apart_ms = self._apart_ms()
            if abs(apart_ms - was_apart_ms) > JUMP_MS:
                was_apart_ms = apart_ms
                _do("clock_jumped", self._jumped)

    def _apart_ms(self) -> int:
        """How far the clock on the wall is from the steady one: as long as nobody moves it, always as far."""
        return self._clock.now_ms() - self._clock.monotonic_ms()


def _do(name: str, work: Callable[[], object]) -> None:
    """A refusal, or a fault of ours, is for the log and ends nothing."""
    try:
        work()
    except Refusal as refusal:
        log.warning("ledger_job_refused", job=name, code=refusal.code)
    except Exception:
        log.exception("steady_work_failed", job=name)
