"""The nightly walk over every chain: what `verify` finds is kept for the tills' pages and raises an alert.

In the small hours, once a day. It reads one moment of the records, so what comes in meanwhile is no fault.
"""

from hq_sync_server.office import daily, till_checks
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.verify import VerifyReport, verify
from shared_models.moments import DEFAULT_TIME_ZONE, local_minute_of

JOB = "verify"
FROM_MINUTE = 2 * 60
TO_MINUTE = 6 * 60


def run_if_due(desk: Desk) -> VerifyReport | None:
    """Verify, if it is night and no process has begun it yet. Not while HQ recovers: too much is not known then."""
    minute = local_minute_of(desk.clock.now_ms(), DEFAULT_TIME_ZONE)
    if not FROM_MINUTE <= minute < TO_MINUTE:
        return None

    def claim(work: Work) -> bool:
        return not work.recovering and daily.claim(work, JOB)

    return run(desk) if desk.run(claim) else None


def run(desk: Desk) -> VerifyReport:
    """Walk, and keep what was found."""
    with desk.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        report = verify(connection)
    desk.run(lambda work: till_checks.keep(work, report))
    return report
