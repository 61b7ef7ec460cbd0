"""When a key was pressed: as the system stamped it, not as this program came round to reading it.

A scanner is told from a person by the time between its keys. If the window was busy for a moment the keys wait in a
queue, and the time at which they are read says nothing; their stamps still do. Used by the scan filter alone.
"""

from PySide6.QtGui import QKeyEvent

from shared_models.moments import Clock, SystemClock


class KeyMoments:
    """Monotonic milliseconds. With a clock handed in that clock alone counts, for tests that press keys in no time."""

    def __init__(self, clock: Clock | None = None) -> None:
        self._clock = clock if clock is not None else SystemClock()
        self._by_stamp = clock is None
        self._lag_ms: int | None = None
        self._last_ms = 0

    def now_ms(self) -> int:
        """This moment."""
        return self._clock.monotonic_ms()

    def of(self, event: QKeyEvent) -> int:
        """The moment of a key press; never before that of the one before it.

        Stamps count from a beginning of their own. The smallest distance seen between a stamp and the moment of its
        reading is the distance of the two beginnings: nothing is read before it is pressed.
        """
        now_ms, stamp_ms = self.now_ms(), event.timestamp()
        if not self._by_stamp or not stamp_ms:
            return now_ms
        lag_ms = now_ms - stamp_ms
        if self._lag_ms is None or lag_ms < self._lag_ms or stamp_ms + self._lag_ms < self._last_ms:
            self._lag_ms = lag_ms  # faster than ever before, or the stamps began anew (X counts in 32 bits)
        self._last_ms = stamp_ms + self._lag_ms
        return self._last_ms
