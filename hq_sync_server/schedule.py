"""HQ's own clockwork: what must happen although nobody asks. The only module of HQ that knows the scheduler.

Started and stopped by the command `serve`, in each of its processes; what runs once a day is claimed in the records.
"""

from datetime import UTC

import structlog
from apscheduler.executors.pool import ThreadPoolExecutor
from apscheduler.schedulers.background import BackgroundScheduler

from hq_sync_server.office.desk import Desk, RecordsAwayError
from hq_sync_server.office.inbox import alert_watch
from hq_sync_server.office.upkeep import nightly_verify, upkeep

LOOK_EVERY_MINUTES = 10

_log = structlog.get_logger()


class HqSchedule:
    """Runs beside a serving HQ."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._scheduler = BackgroundScheduler(
            timezone=UTC,
            executors={"default": ThreadPoolExecutor(1)},
            job_defaults={"coalesce": True, "max_instances": 1, "misfire_grace_time": None},
        )

    def start(self) -> None:
        """Begin; the first look comes after a while, when tills that waited for HQ have been served."""
        self._scheduler.add_job(self.look, "interval", minutes=LOOK_EVERY_MINUTES, id=upkeep.JOB)
        self._scheduler.start()

    def stop(self) -> None:
        """End, after what is under way."""
        self._scheduler.shutdown(wait=True)

    def look(self) -> None:
        """Do what is due today and was not begun by anybody, and look for what needs somebody."""
        try:
            done = upkeep.run_if_due(self._desk)
            report = nightly_verify.run_if_due(self._desk)
            watched = alert_watch.look(self._desk)
        except RecordsAwayError:
            _log.warning("upkeep.records_away")
            return
        if done is not None:
            _log.info("upkeep.done", **{name: getattr(done, name) for name in done.__struct_fields__})
        if report is not None:
            _log.info("verify.done", chains=report.chains, entries=report.entries, faults=report.faults_count)
        if watched.raised or watched.over:
            _log.info("alerts.changed", raised=watched.raised, over=watched.over)
