"""What the last walk over the chains found, by till: for the till's page and the alerts. Written by `verify`."""

from sqlalchemy import select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.upkeep.verify import VerifyReport
from hq_sync_server.records import bulk, console_tables, tables


def keep(work: Work, report: VerifyReport) -> None:
    """Remember when every till's chain was walked, how far, and how many faults named it."""
    tills, heads = tables.tills.c, tables.heads.c
    rows = work.connection.execute(
        select(tills.till_id, heads.seq).outerjoin(
            tables.heads, (heads.till_id == tills.till_id) & (heads.epoch == tills.epoch)
        )
    )
    checks = []
    for row in rows:
        faults = sum(fault.where.startswith(row.till_id.hex) for fault in report.faults)
        checks.append((row.till_id, work.now_ms, row.seq or 0, faults))
    chain.set_setting(work, chain.BOOKS_FAULTS, str(report.faults_count))
    chain.set_setting(work, chain.BOOKS_VERIFIED_MS, str(work.now_ms))
    columns = ("till_id", "checked_at_ms", "through_seq", "faults")
    bulk.upsert(work.connection, console_tables.till_checks, columns, sorted(checks))
