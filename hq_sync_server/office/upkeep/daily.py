"""What runs once a day, whichever of HQ's processes comes first."""

from sqlalchemy import select

from hq_sync_server.office.desk import Work
from hq_sync_server.records import bulk, office_tables
from shared_models.moments import business_date_of


def claim(work: Work, job: str, period: str = "") -> bool:
    """Whether this process does the job of a period (this business date, if none is named): nobody has begun it
    yet."""
    period = period or business_date_of(work.now_ms)
    jobs = office_tables.jobs.c
    done = select(jobs.done_at_ms).where(jobs.job == job, jobs.period == period)
    if work.connection.execute(done).first() is not None:
        return False
    columns = ("job", "period", "done_at_ms")
    # Two at the same moment: the second waits for the first one's row here, and then changes nothing.
    bulk.upsert(work.connection, office_tables.jobs, columns, [(job, period, work.now_ms)], changes="nothing")
    return work.connection.scalar(done) == work.now_ms
