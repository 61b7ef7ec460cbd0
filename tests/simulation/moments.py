"""The clocks of a simulation, and the crash: a process may be stopped wherever it asks for the time."""

from shared_models.moments import ManualClock

WILD_MS = 4_070_908_800_000  # 2099-01-01
FLAT_BATTERY_MS = 946_684_800_000  # 2000-01-01, where many boards wake up


class Crash(BaseException):
    """The process is gone. No `except Exception` of the product may see it."""

    whose = ""
    """The name of the machine, where that is known; else it is the one whose step it is."""


class NeverResting(Exception):  # noqa: N818 - found, not raised by a fault of this program
    """A till and HQ talk and talk, and come to no end."""


class TillClock:
    """A till's machine: the true time, what its wall clock is wrong by, and when it was started."""

    def __init__(self, true: ManualClock) -> None:
        self._true = true
        self._started_ms = true.monotonic_ms()
        self._wrong_by_ms = 0
        self.was_touched = False
        self.crash_in = 0  # the process dies when the time is asked for so many times; 0: it does not

    def now_ms(self) -> int:
        """The wall clock. May be where the crash happens."""
        if self.crash_in:
            self.crash_in -= 1
            if not self.crash_in:
                raise Crash
        return self._true.now_ms() + self._wrong_by_ms

    @property
    def wrong_by_ms(self) -> int:
        """What the wall clock is wrong by."""
        return self._wrong_by_ms

    @wrong_by_ms.setter
    def wrong_by_ms(self, wrong_by_ms: int) -> None:
        self.was_touched |= wrong_by_ms != self._wrong_by_ms
        self._wrong_by_ms = wrong_by_ms

    def monotonic_ms(self) -> int:
        """Since the machine was started."""
        return self._true.monotonic_ms() - self._started_ms

    def restart(self) -> None:
        """The machine was off: the steady clock begins anew."""
        self.crash_in = 0
        self._started_ms = self._true.monotonic_ms()

    def set_wall(self, now_ms: int) -> None:
        """Somebody, or a flat battery, sets the wall clock."""
        self.wrong_by_ms = now_ms - self._true.now_ms()
