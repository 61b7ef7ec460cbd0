"""What is decided by the seed and not by the file: which till a visit goes to, when lines are down, who gets coupons.

Every decision draws from randomness of its own, named by what it is about, so that a longer file or another order of
asking does not change what was decided before.
"""

import heapq
import random
import zlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

BIG_STORE = "United Kingdom"
BIG_STORE_TILLS = 8
FAITHFUL_SHARE = 0.8
COUPON_SHARE = 0.8
HOUR_MS = 3_600_000
OUTAGE_HOURS = (2.0, 96.0)


@dataclass(frozen=True, slots=True, order=True)
class TillName:
    """A till: its store and its number there, from 1."""

    store: str
    number: int


def tills_of(store: str) -> list[TillName]:
    """The tills a store has."""
    return [TillName(store, number + 1) for number in range(BIG_STORE_TILLS if store == BIG_STORE else 1)]


def till_of_visit(seed: int, store: str, member: str | None, invoice: str) -> TillName:
    """Where an invoice is written: members mostly go to their own till, others anywhere."""
    if store != BIG_STORE:
        return TillName(store, 1)
    chance = random.Random(f"{seed}/visit/{invoice}")
    anywhere = chance.randrange(BIG_STORE_TILLS)
    if member is not None and chance.random() < FAITHFUL_SHARE:
        return TillName(store, zlib.crc32(member.encode()) % BIG_STORE_TILLS + 1)
    return TillName(store, anywhere + 1)


def is_known_beforehand(member: str) -> bool:
    """Even member ids are at HQ before the first day."""
    return int(member) % 2 == 0


def coupon_amounts_fen(seed: int, member: str) -> list[int]:
    """The amount-off coupons a member known beforehand is given: none, or one to four."""
    chance = random.Random(f"{seed}/coupons/{member}")
    if chance.random() >= COUPON_SHARE:
        return []
    return [chance.choice((100, 200, 500)) for _ in range(chance.randint(1, 4))]


def outages(seed: int, till: TillName, share: float, from_ms: int) -> Iterator[tuple[int, bool]]:
    """The moments at which a till's line changes, and whether it is down from then: hours to days, `share` in all."""
    if share <= 0.0:
        return
    chance = random.Random(f"{seed}/outages/{till.store}/{till.number}")
    down = chance.random() < share
    at_ms = from_ms
    while True:
        yield at_ms, down
        # Squared, so that most outages are short and a few last for days.
        low, high = OUTAGE_HOURS
        hours = low + (high - low) * chance.random() ** 2
        if not down:
            hours *= (1.0 - share) / share
        at_ms += max(1, round(hours * HOUR_MS))
        down = not down if share < 1.0 else True


@dataclass(slots=True)
class Lines:
    """The lines of all tills over time: `changes_until` tells in order who lost or got back the line."""

    sources: Mapping[TillName, Iterator[tuple[int, bool]]]
    _due: list[tuple[int, TillName, bool]] = field(default_factory=list)

    def __post_init__(self) -> None:
        for till in self.sources:
            self._next(till)

    def changes_until(self, at_ms: int) -> Iterator[tuple[int, TillName, bool]]:
        """Every change up to and including this moment: (when, till, down)."""
        while self._due and self._due[0][0] <= at_ms:
            change = heapq.heappop(self._due)
            self._next(change[1])
            yield change

    def _next(self, till: TillName) -> None:
        for at_ms, down in self.sources[till]:
            heapq.heappush(self._due, (at_ms, till, down))
            return
