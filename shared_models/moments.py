"""Time: the clock everybody is handed, and the business date.

A moment is an integer of milliseconds since 1970 (UTC). Nobody but `SystemClock` asks the machine for the time.
"""

import time
from datetime import UTC, date, datetime, timedelta
from functools import lru_cache
from typing import Protocol
from zoneinfo import ZoneInfo

DAY_MS = 86_400_000
DEFAULT_TIME_ZONE = "Asia/Shanghai"
DEFAULT_DAY_CUT_MINUTE = 4 * 60

_BOOT_CLOCK: int | None = getattr(time, "CLOCK_BOOTTIME", None)


class Clock(Protocol):
    """What everybody who needs the time is handed."""

    def now_ms(self) -> int:
        """Wall-clock milliseconds since 1970, UTC. May jump either way."""
        ...

    def monotonic_ms(self) -> int:
        """Milliseconds since some start; never goes back while the machine is up."""
        ...


class SystemClock:
    """The machine's own clock. Its steady side counts from the machine's start and through its sleep, so that a till
    whose lid was closed for a night does not take the morning for a wild clock."""

    def now_ms(self) -> int:
        return time.time_ns() // 1_000_000

    def monotonic_ms(self) -> int:
        if _BOOT_CLOCK is None:  # elsewhere the steady clock counts through sleep by itself
            return time.monotonic_ns() // 1_000_000
        return time.clock_gettime_ns(_BOOT_CLOCK) // 1_000_000


class ManualClock:
    """A clock that moves only when told: for tests, replays and simulations."""

    def __init__(self, now_ms: int) -> None:
        self._now_ms = now_ms
        self._monotonic_ms = 0

    def now_ms(self) -> int:
        return self._now_ms

    def monotonic_ms(self) -> int:
        return self._monotonic_ms

    def advance(self, milliseconds: int) -> None:
        """Let time pass on both clocks."""
        self._now_ms += milliseconds
        self._monotonic_ms += milliseconds

    def set_wall(self, now_ms: int) -> None:
        """Set the wall clock (as a person or a flat battery would); the monotonic clock is untouched."""
        self._now_ms = now_ms


def local_datetime(moment_ms: int, time_zone: str = DEFAULT_TIME_ZONE) -> datetime:
    """The moment as a store's wall clock shows it."""
    return (datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=moment_ms)).astimezone(ZoneInfo(time_zone))


def business_date_of(
    moment_ms: int, time_zone: str = DEFAULT_TIME_ZONE, day_cut_minute: int = DEFAULT_DAY_CUT_MINUTE
) -> str:
    """The business date `YYYY-MM-DD` of a moment: before the day cut it is still yesterday."""
    return _business_date(moment_ms, time_zone, day_cut_minute)


@lru_cache(maxsize=64)  # one piece of work asks it of one moment many times
def _business_date(moment_ms: int, time_zone: str, day_cut_minute: int) -> str:
    return (local_datetime(moment_ms, time_zone) - timedelta(minutes=day_cut_minute)).date().isoformat()


def local_minute_of(moment_ms: int, time_zone: str = DEFAULT_TIME_ZONE) -> int:
    """Minute of the local day, 0..1439, for promotions with a time of day."""
    local = local_datetime(moment_ms, time_zone)
    return local.hour * 60 + local.minute


def month_after(business_date: str, months: int) -> str:
    """The month `YYYY-MM` that lies `months` after the month of a business date."""
    day = date.fromisoformat(business_date)
    index = day.year * 12 + day.month - 1 + months
    return f"{index // 12:04d}-{index % 12 + 1:02d}"
