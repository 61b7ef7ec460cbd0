"""Tells a scanner that types like a keyboard from a person who types: pure, fed with characters and moments.

The window's key filter feeds it every printable character and Enter or Tab, and calls `flush` when a timer of
`gap_ms` runs out. What comes back is either a whole scan or the characters a person typed, in order, none lost.
"""

from collections.abc import Callable
from dataclasses import dataclass

QUICK_PAUSES_MIN = 2
RELEASED_MAX = 5


@dataclass(frozen=True, slots=True)
class Scan:
    """A burst: a scanner spoke. `before` are the few characters handed on as typed shortly before it: where only
    together with them it is a code, a stall had cut it in two, and they are to be taken back."""

    text: str
    before: str = ""


@dataclass(frozen=True, slots=True)
class Typed:
    """Characters of a person, to be handed on as they are; Enter is `\\r`, Tab `\\t`."""

    characters: str


WedgeEvent = Scan | Typed


@dataclass(frozen=True, slots=True, kw_only=True)
class WedgeSettings:
    """How the scanner speaks. `gap_ms` is the longest pause within a burst; people rarely type six characters faster.
    Nobody types most of them at less than `machine_gap_ms`: such a burst goes on through a stall of `stall_ms`, or of
    `whole_stall_ms` once it is a code as it stands.
    `prefix` (a character a person never types, set at the scanner) makes a burst certain from its first character.
    `suffix_needed` False takes a burst also when it just ends."""

    gap_ms: int = 35
    machine_gap_ms: int = 12
    stall_ms: int = 600
    whole_stall_ms: int = 80
    length_min: int = 6
    prefix: str = ""
    suffixes: str = "\r\t"
    suffix_needed: bool = False


class WedgeDecoder:
    """One per window. `at_ms` is monotonic and never goes back."""

    def __init__(
        self, settings: WedgeSettings | None = None, is_whole: Callable[[str], bool] = lambda _burst: True
    ) -> None:
        """`is_whole` says whether a burst is a code as it stands."""
        self._settings = settings if settings is not None else WedgeSettings()
        self._is_whole = is_whole
        self._released = ""
        self._released_ms = 0
        self._buffer = ""
        self._quick_pauses = 0
        self._last_ms: int | None = None
        self._scan_ended_ms: int | None = None

    @property
    def is_holding(self) -> bool:
        """Whether characters are held back: start the timer of `gap_ms`."""
        return bool(self._buffer)

    def is_quiet(self, at_ms: int, quiet_ms: int = 150) -> bool:
        """Whether keys that a scanner can send too may adopt, pay or confirm: no character for `quiet_ms`."""
        return not self._buffer and (self._last_ms is None or at_ms - self._last_ms >= quiet_ms)

    def feed(self, character: str, at_ms: int) -> tuple[WedgeEvent, ...]:
        """One character. Answers with what is decided now; the rest is held until the next character or `flush`."""
        decided = self.flush(at_ms) if self._is_gap(at_ms) else ()
        previous_ms, self._last_ms = self._last_ms, at_ms
        if character not in self._settings.suffixes:
            pause_ms = at_ms - previous_ms if self._buffer and previous_ms is not None else 0
            if not self._buffer:
                self._quick_pauses = 0
                if at_ms - self._released_ms >= self._settings.stall_ms:
                    self._released = ""
            elif pause_ms <= self._settings.machine_gap_ms:
                self._quick_pauses += 1
            self._buffer += character
            return decided
        if self._buffer:
            burst, self._buffer = self._buffer, ""
            if self._is_scan(burst):
                self._scan_ended_ms = at_ms
                return (*decided, self._scan(burst))
            self._released = ""
            return (*decided, Typed(burst + character))
        if self._follows_scan(previous_ms, at_ms):
            return decided  # the second half of a CR LF or of two suffixes
        self._released = ""
        return (*decided, Typed(character))

    def flush(self, at_ms: int) -> tuple[WedgeEvent, ...]:
        """Decide what is held once `gap_ms` have passed since its last character."""
        if not self._buffer or not self._is_gap(at_ms):
            return ()
        burst, self._buffer = self._buffer, ""
        if self._is_scan(burst) and not self._settings.suffix_needed:
            self._scan_ended_ms = self._last_ms
            return (self._scan(burst),)
        self._released = (self._released + burst)[-RELEASED_MAX:]
        self._released_ms = at_ms if self._last_ms is None else self._last_ms
        return (Typed(burst),)

    def _scan(self, burst: str) -> Scan:
        before, self._released = self._released, ""
        return Scan(self._without_prefix(burst), before)

    def _is_gap(self, at_ms: int) -> bool:
        return self._last_ms is not None and at_ms - self._last_ms >= self._gap_ms()

    def _gap_ms(self) -> int:
        """How long a pause ends what is held."""
        settings = self._settings
        if self._quick_pauses < QUICK_PAUSES_MIN or self._quick_pauses * 2 < len(self._buffer) - 1:
            return settings.gap_ms
        is_whole = len(self._buffer) >= settings.length_min and self._is_whole(self._without_prefix(self._buffer))
        return settings.whole_stall_ms if is_whole else settings.stall_ms

    def _follows_scan(self, previous_ms: int | None, at_ms: int) -> bool:
        return (
            self._scan_ended_ms is not None
            and self._scan_ended_ms == previous_ms
            and at_ms - self._scan_ended_ms < self._settings.gap_ms
        )

    def _is_scan(self, burst: str) -> bool:
        prefix = self._settings.prefix
        if prefix and burst.startswith(prefix):
            return len(burst) > len(prefix)
        # A key held down repeats as fast as a scanner, but never says anything else.
        return len(burst) >= self._settings.length_min and len(set(burst)) > 1

    def _without_prefix(self, burst: str) -> str:
        return burst.removeprefix(self._settings.prefix) if self._settings.prefix else burst
