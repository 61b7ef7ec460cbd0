"""What a planted bug needs besides a changed line: code that a careless release might have had."""

from hq_sync_server.office.desk import Work
from hq_sync_server.records import statements

SILENT_MS = 6 * 3_600_000

_OUT = "granted + credited + risk + loss - spent - released - taken_back"
_SILENT = "(SELECT till_id FROM lanes WHERE last_seen_ms > 0 AND last_seen_ms < ?)"


def take_from_silent(work: Work) -> None:
    """Take back what tills hold that were not heard for a while, as if a lease that ran out were a release."""
    since = (work.now_ms - SILENT_MS,)
    statements.run(
        work.connection,
        f"UPDATE subject_lots SET free = free + coalesce((SELECT sum({_OUT}) FROM holders"
        " WHERE holders.subject = subject_lots.subject AND holders.lot = subject_lots.lot"
        f" AND holders.till_id IN {_SILENT}), 0)",
        since,
    )
    statements.run(
        work.connection, f"UPDATE holders SET taken_back = taken_back + {_OUT} WHERE till_id IN {_SILENT}", since
    )
