"""What kept a window's thread busy longest: as `gui_watch` saw it, told to whoever drives the window from outside."""

from msgspec import Struct

LIMIT_MS = 50.0


class Handler(Struct, frozen=True):
    """One event's handling. `own_ms` is the processor's time of this thread; the rest went to whoever else ran."""

    what: str = ""
    milliseconds: float = 0.0
    own_ms: float = 0.0


class Busiest(Struct, kw_only=True):
    """What took longest: by the clock, and by this thread's own work; how many events there were and how many of them
    were above the limit, by the clock and by own work."""

    handlers: int = 0
    longest: Handler = Handler()
    longest_own: Handler = Handler()
    over: int = 0
    over_own: int = 0

    def keep(self, handler: Handler) -> None:
        """One more."""
        self.over += handler.milliseconds > LIMIT_MS
        self.over_own += handler.own_ms > LIMIT_MS
        if handler.milliseconds > self.longest.milliseconds:
            self.longest = handler
        if handler.own_ms > self.longest_own.own_ms:
            self.longest_own = handler

    def said(self) -> str:
        """For the terminal."""
        return (
            f"{self.longest_own.own_ms:.0f} ms of its own ({self.longest_own.what}), "
            f"{self.longest.milliseconds:.0f} ms by the clock ({self.longest.what}); "
            f"above {LIMIT_MS:.0f} ms: {self.over_own} by own work, {self.over} by the clock, of {self.handlers:,}"
        )


def together(some: "list[Busiest]") -> Busiest:
    """Several windows as one."""
    found = Busiest()
    for one in some:
        for handler in (one.longest, one.longest_own):
            found.keep(handler)
    found.handlers, found.over = sum(one.handlers for one in some), sum(one.over for one in some)
    found.over_own = sum(one.over_own for one in some)
    return found
