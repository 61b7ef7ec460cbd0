"""What the till knows of time: its own clock, HQ's, and how long the lease of its rights still runs.

The lease is measured by the largest of the persisted high-water mark and the last HQ time plus the machine's time since
then, so that setting the clock back gains nothing.
"""

import sqlite3

from sqlalchemy import bindparam, select, update

from pos_client.ledger.answers import ClockState
from pos_client.ledger.database import prepared
from pos_client.ledger.tables import clock
from shared_models.moments import DAY_MS, Clock

DEFAULT_LEASE_DAYS = 15
CLOCK_TOLERANCE_MS = 10 * 60 * 1000
CONTACT_KEPT_EVERY_MS = 60_000
OFFSET_KEPT_MS = 1_000
SILENCE_MAX_MS = 35 * DAY_MS
"""A till left alone for longer than this is more likely to have a wild clock."""

_SELECT = prepared(
    select(clock.c.offset_ms, clock.c.high_water_ms, clock.c.hq_time_ms, clock.c.hq_monotonic_ms, clock.c.contact_ms)
)
_UPDATE = prepared(
    update(clock).values(
        offset_ms=bindparam("offset_ms"),
        high_water_ms=bindparam("high_water_ms"),
        hq_time_ms=bindparam("hq_time_ms"),
        hq_monotonic_ms=bindparam("hq_monotonic_ms"),
        contact_ms=bindparam("contact_ms"),
    )
)


class Timekeeping:
    """The till's time. Writes go through the transaction that is handed in."""

    def __init__(self, machine: Clock) -> None:
        self._machine = machine
        self.offset_ms = 0
        self.contact_ms = 0
        self.lease_days = DEFAULT_LEASE_DAYS
        self._high_water_ms = 0
        self._hq_time_ms = 0
        self._hq_monotonic_ms = 0
        self._heard_by_this_process = False
        self._kept = (0, 0)

    def load(self, driver: sqlite3.Connection, last_entry_ms: int) -> None:
        """As on disk; every entry keeps its time, so the last one is a high-water mark too."""
        row = driver.execute(_SELECT).fetchone()
        self.offset_ms, self._high_water_ms, self._hq_time_ms, self._hq_monotonic_ms, self.contact_ms = row
        self._high_water_ms = max(self._high_water_ms, last_entry_ms + self.offset_ms if last_entry_ms else 0)
        self._kept = (self.offset_ms, self._hq_time_ms)

    def now_ms(self) -> int:
        """The machine's clock."""
        return self._machine.now_ms()

    def corrected_ms(self) -> int:
        """The machine's clock corrected by what HQ said last."""
        return self._machine.now_ms() + self.offset_ms

    def note_hq_time(self, hq_time_ms: int) -> None:
        """HQ's signed time: it gives the offset, begins the lease anew and sets the high-water mark, back too."""
        self.offset_ms = hq_time_ms - self._machine.now_ms()
        self._hq_time_ms = hq_time_ms
        self._high_water_ms = hq_time_ms
        self._hq_monotonic_ms = self._machine.monotonic_ms()
        self._heard_by_this_process = True
        self.contact_ms = self._machine.now_ms()

    def note_contact(self, hq_time_ms: int, offset_ms: int | None) -> bool:
        """HQ was heard. With an offset its time is of now; without, it is an old one said again, which can lengthen
        the lease up to its own day but tells nothing of the clock. Whether it is worth a commit: a till that forgets
        the last minute of contact has a lease that is a minute shorter, and no more."""
        mark_ms = self._high_water_ms
        if offset_ms is not None:
            self.note_hq_time(self._machine.now_ms() + offset_ms)
        elif hq_time_ms > self._hq_time_ms:
            self._hq_time_ms = hq_time_ms
            self._hq_monotonic_ms = self._machine.monotonic_ms()
        self.contact_ms = self._machine.now_ms()
        kept_offset_ms, kept_hq_time_ms = self._kept
        return (
            self._hq_time_ms - kept_hq_time_ms >= CONTACT_KEPT_EVERY_MS
            or abs(self.offset_ms - kept_offset_ms) >= OFFSET_KEPT_MS
            or self._high_water_ms < mark_ms - OFFSET_KEPT_MS
        )

    def keep_mark(self, driver: sqlite3.Connection) -> None:
        """Write the high-water mark down: before a manager sets the clock back, and at times."""
        self.raise_mark()
        self.keep(driver)

    def keep(self, driver: sqlite3.Connection) -> None:
        """Put it on disk as it is now."""
        self._kept = (self.offset_ms, self._hq_time_ms)
        driver.execute(
            _UPDATE,
            {
                "offset_ms": self.offset_ms,
                "high_water_ms": self._high_water_ms,
                "hq_time_ms": self._hq_time_ms,
                "hq_monotonic_ms": self._hq_monotonic_ms,
                "contact_ms": self.contact_ms,
            },
        )

    def lease_left_ms(self) -> int:
        """How long rights may still be spent without hearing HQ; negative when over."""
        self.raise_mark()
        return self._hq_time_ms + self.lease_days * DAY_MS - self._high_water_ms

    def lease_over(self) -> bool:
        """Whether rights can no longer be spent."""
        return self.lease_left_ms() < 0

    def state(self, last_entry_ms: int) -> ClockState:
        """Whether the machine's clock can be believed, by HQ's time or else by the last entry's."""
        now_ms = self._machine.now_ms()
        reason, expected_ms = "", now_ms
        if self._heard_by_this_process:
            expected_ms = self._since_contact_ms() - self.offset_ms
            reason = "off_hq_time" if abs(now_ms - expected_ms) > CLOCK_TOLERANCE_MS else ""
        elif last_entry_ms:
            if now_ms < last_entry_ms - CLOCK_TOLERANCE_MS:
                reason, expected_ms = "behind_last_entry", last_entry_ms
            elif now_ms > last_entry_ms + SILENCE_MAX_MS:
                reason, expected_ms = "ahead_of_last_entry", last_entry_ms
        return ClockState(bool(reason), reason, now_ms, expected_ms, self.offset_ms)

    def raise_mark(self) -> None:
        """Keep the latest time seen: each entry does."""
        self._high_water_ms = max(self._high_water_ms, self.corrected_ms(), self._since_contact_ms())

    def _since_contact_ms(self) -> int:
        """The last HQ time plus the machine's time since then; after a reboot the machine's time began anew, and what
        is left is a lower bound."""
        return self._hq_time_ms + max(0, self._machine.monotonic_ms() - self._hq_monotonic_ms)
