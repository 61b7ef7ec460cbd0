"""When the engine runs: at once after a sale, again after a silence, and now and then to say hello.

The only module that knows the scheduler. Started and stopped by the app. A pool of one thread for it; a slow HQ never
holds up the disk work that has its own promises (lookups on disk within two seconds, the anchor within one), which has
its own thread and goes by the steady clock; and a daemon thread for the long poll, which mostly waits.
"""

import threading
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import structlog

from pos_client.ledger import Ledger
from pos_client.sync.back_off import BackOff
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import Unreachable
from pos_client.sync.line_state import RunReport
from pos_client.sync.steady_work import TICK_SECONDS, Job, SteadyWork
from shared_models.moments import DAY_MS, Clock, SystemClock, business_date_of
from shared_models.refusals import Refusal
from shared_models.sync import LONG_POLL_SECONDS

if TYPE_CHECKING:
    from apscheduler.schedulers.background import BackgroundScheduler

RUN_EVERY_SECONDS = 60
QUIET_SECONDS = 3.0
"""After a run that left only what it adopted: a customer whose rights just came will pay, and it goes with the sale."""
CHECKPOINT_EVERY_TICKS = 60
ATTACHMENTS_KEPT_DAYS = 35
"""Names, notes and references beside an entry lie at the till so long after HQ has them."""
STOP_SECONDS_MAX = 2.0

log = structlog.get_logger(__name__)


class SyncSchedule:
    """Runs one engine. `nudge` may be called from any thread, as often as one likes."""

    def __init__(
        self,
        engine: SyncEngine,
        ledger: Ledger,
        poll_back_off: BackOff,
        *,
        long_poll_seconds: int = LONG_POLL_SECONDS,
        run_every_seconds: float = RUN_EVERY_SECONDS,
        quiet_seconds: float = QUIET_SECONDS,
        close_wire: Callable[[], None] | None = None,
        clock: Clock | None = None,
        tick_seconds: float = TICK_SECONDS,
    ) -> None:
        self._engine = engine
        self._ledger = ledger
        self._poll_back_off = poll_back_off
        self._long_poll_seconds = long_poll_seconds
        self._run_every_seconds = run_every_seconds
        self._quiet_seconds = quiet_seconds
        self._close_wire = close_wire
        self._lock = threading.Lock()
        self._running = False
        self._again = False
        self._failing = False
        self._stopped = threading.Event()
        self._poll_thread = threading.Thread(target=self._poll, name="sync-long-poll", daemon=True)
        self._scheduler: BackgroundScheduler | None = None
        self._clock = SystemClock() if clock is None else clock
        self._tidied_on = ""
        self._steady = SteadyWork(
            (
                Job("anchor", ledger.sync_anchor),
                Job("lookups", self._flush_lookups),
                Job("checkpoint", ledger.checkpoint, CHECKPOINT_EVERY_TICKS),
                Job("wants", self._ask_again),
            ),
            lambda: self._run_in(0.0),  # it was due at a time that is now past, or far away
            self._clock,
            tick_seconds=tick_seconds,
        )

    def start(self) -> None:
        """Begin, with a first run at once."""
        # Read here, when the login stands there: it looks through all that is installed for plugins of its own.
        from apscheduler.executors.pool import ThreadPoolExecutor
        from apscheduler.schedulers.background import BackgroundScheduler

        scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )
        now = datetime.now(UTC)
        scheduler.add_job(self._run, "interval", seconds=self._run_every_seconds, id="sync", next_run_time=now)
        self._scheduler = scheduler
        scheduler.start()
        self._steady.start()
        self._poll_thread.start()

    def stop(self) -> None:
        """End. What was under way is in the ledger and goes on at the next start."""
        with self._lock:  # a run that plans the next one holds it, and could not while the scheduler ends
            self._stopped.set()
        if self._close_wire is not None:
            self._close_wire()
        if self._scheduler is not None:
            self._steady.stop()  # it plans runs
            self._scheduler.shutdown(wait=True)
            self._poll_thread.join(STOP_SECONDS_MAX)

    def nudge(self, *, urgent: bool = False) -> None:
        """Something is to be said. While HQ does not answer, only an `urgent` nudge (a person pressed retry, the line
        is back) shortens the wait: or every sale of an outage would knock."""
        with self._lock:
            if self._failing and not urgent:
                return
            # The scheduler drops a job that is due while it runs; this flag is what is not lost.
            self._again = True
            if self._running:
                return
        self._run_in(0.0)

    @property
    def failing(self) -> bool:
        """Whether the last run ended without HQ, so that the next one waits."""
        return self._failing

    # --- on the sync thread -------------------------------------------------------------------------------------

    def _run(self) -> None:
        with self._lock:
            self._running = True
        while not self._stopped.is_set():
            with self._lock:
                self._again = False
            report = self._run_safely()
            with self._lock:
                self._failing = bool(report.error)
                if not report.error and self._again:
                    continue
                self._running = False
                if report.error:
                    self._run_in(report.retry_seconds)
                elif report.adopted_unsaid:
                    self._run_in(self._quiet_seconds)
                return

    def _run_safely(self) -> RunReport:
        try:
            # The feed has a thread of its own.
            return self._engine.run_once(pull=False)
        except Exception:
            # A fault of ours must not end syncing for the day; the counter goes on either way.
            log.exception("sync_run_failed")
            return RunReport(error="sync_failed", retry_seconds=float(RUN_EVERY_SECONDS))

    def _run_in(self, seconds: float) -> None:
        # What is said before the start goes with the first run.
        if self._scheduler is not None and not self._stopped.is_set():
            self._scheduler.modify_job("sync", next_run_time=datetime.now(UTC) + timedelta(seconds=seconds))

    # --- the disk work, on its own thread ------------------------------------------------------------------------

    def _flush_lookups(self) -> None:
        """Look-ups go with the sale that follows, or after a quiet moment: not a minute later."""
        if self._ledger.flush_lookups() is not None and not self._failing:
            self._run_in(self._quiet_seconds)

    def _ask_again(self) -> None:
        """Somebody at the counter waits for what another till has, and nothing was heard of it for some seconds."""
        if self._engine.wants.ask_again():
            self.nudge()

    # --- the long poll --------------------------------------------------------------------------------------------

    def _poll(self) -> None:
        while not self._stopped.is_set():
            try:
                report = self._engine.pull(self._long_poll_seconds)
            except (Unreachable, Refusal) as problem:
                if self._stopped.is_set():
                    return
                if not self._failing:
                    # The line may just have gone: ask now, so that the screen says so now and not in a minute.
                    self._engine.push_soon()
                    self.nudge(urgent=True)
                asked_seconds = problem.retry_after_seconds if isinstance(problem, Unreachable) else 0.0
                self._stopped.wait(self._poll_back_off.after_failure(asked_seconds))
                continue
            except Exception:
                if self._stopped.is_set():
                    return
                log.exception("feed_failed")
                self._stopped.wait(self._poll_back_off.after_failure())
                continue
            self._poll_back_off.after_success()
            if report.nudge or self._failing:
                self.nudge(urgent=True)
            if not report.more:
                self._tidy_up()

    def _tidy_up(self) -> None:
        """Once a day, when the mirror has just been brought up to date: what the till need not keep of people goes."""
        now_ms = self._clock.now_ms()
        today = business_date_of(now_ms)
        if today == self._tidied_on:
            return
        self._tidied_on = today
        try:
            self._ledger.delete_attachments(business_date_of(now_ms - ATTACHMENTS_KEPT_DAYS * DAY_MS))
        except Exception:
            log.exception("attachments_not_deleted")  # tomorrow, then: the feed goes on
