"""The nightly walk over every chain: what `verify` finds is kept for the tills' pages and raises an alert.

From two in the morning, once a night; an HQ that slept through it walks when it is there again. It reads one moment of
the records, so what comes in meanwhile is no fault.
"""

from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.upkeep import daily, nights, till_checks
from hq_sync_server.office.upkeep.verify import VerifyReport, verify

JOB = "verify"
AGAIN_AFTER_MS = 6 * 3_600_000  # a walk that was begun and never ended: its process was stopped


def run_if_due(desk: Desk) -> VerifyReport | None:
    """Verify, if the books were not walked since the newest night began and no process is at it. Not while HQ recovers:
    too much is not known then."""
    now_ms = desk.clock.now_ms()
    night_ms = nights.newest_ms(now_ms)
    with desk.read() as connection:
        # Walked in a time that has not come yet: HQ's clock was ahead, and is right again.
        if night_ms <= int(chain.setting(connection, chain.BOOKS_VERIFIED_MS, "0")) <= now_ms:
            return None

    def claim(work: Work) -> bool:
        tried = (work.now_ms - night_ms) // AGAIN_AFTER_MS
        return not work.recovering and daily.claim(work, JOB, f"{night_ms}/{tried}")

    return run(desk) if desk.run(claim) else None


def run(desk: Desk) -> VerifyReport:
    """Walk, and keep what was found."""
    with desk.read() as connection:
        if connection.dialect.name == "postgresql":
            connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ, READ ONLY")
        report = verify(connection)
    desk.run(lambda work: till_checks.keep(work, report))
    return report
