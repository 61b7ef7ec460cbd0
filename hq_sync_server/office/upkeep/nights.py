"""When the books are walked: every night from two o'clock, or as soon as HQ is there again when it slept.

For the walk itself, the tills' states and the alerts.
"""

from shared_models.moments import DAY_MS, DEFAULT_TIME_ZONE, local_minute_of

BEGINS_MINUTE = 2 * 60
MINUTE_MS = 60_000


def newest_ms(now_ms: int) -> int:
    """When the newest night began, to the minute."""
    since_minutes = (local_minute_of(now_ms, DEFAULT_TIME_ZONE) - BEGINS_MINUTE) % (DAY_MS // MINUTE_MS)
    return now_ms - now_ms % MINUTE_MS - since_minutes * MINUTE_MS


def is_overdue(now_ms: int, checked_at_ms: int) -> bool:
    """Whether what was walked then (or began to be there then) has missed two nights."""
    return checked_at_ms < newest_ms(now_ms) - DAY_MS
