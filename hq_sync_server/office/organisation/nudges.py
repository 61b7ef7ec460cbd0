"""Nudges: a till that should say hello soon is told so by its long poll; its hello takes the nudge off.

HQ never holds a till's request for another till. It asks the other one to come, and answers with what is free.
For the office; the api reads `is_due`.
"""

from uuid import UUID

from sqlalchemy import Connection

from hq_sync_server.office.desk import Work
from hq_sync_server.records import bulk, statements, tables


def nudge(work: Work, till_id: UUID) -> None:
    """Ask a till to say hello soon."""
    work.has_news = True  # wakes the long polls
    bulk.upsert(work.connection, tables.nudges, ("till_id", "at_ms"), [(till_id, work.now_ms)], changes="nothing")


def is_due(connection: Connection, till_id: UUID) -> bool:
    """Whether this till was asked and did not come yet."""
    return bool(statements.fetch(connection, tables.nudges, ("till_id",), "till_id", (till_id,)))


def heard(work: Work, till_id: UUID) -> None:
    """It said hello."""
    statements.run(work.connection, "DELETE FROM nudges WHERE till_id = ?", (till_id,))
