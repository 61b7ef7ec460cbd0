"""Identifiers: the one place where ids are made.

Every id is a UUIDv7 (RFC 9562 section 5.7): made offline without asking anybody, unique, and ordered by time so that
indexes grow at one end. The clock and the random source are handed in, so a seeded run makes the same ids again.
"""

import random
import secrets
from functools import lru_cache
from uuid import UUID

from shared_models.moments import Clock

_RANDOM_A_BITS = 12
_RANDOM_B_BITS = 62
_IDS_REMEMBERED = 1 << 15


@lru_cache(maxsize=_IDS_REMEMBERED)
def id_of(raw: bytes) -> UUID:
    """The id of these 16 bytes, for whoever reads rows: most are read again and again, and making one takes ten times
    as long as finding the one made before."""
    return UUID(bytes=raw)


class IdSource:
    """Makes UUIDv7s that never repeat and never go backwards within one source.

    `randomness` defaults to the operating system's; hand in a seeded `random.Random` to repeat a run.
    """

    def __init__(self, clock: Clock, randomness: random.Random | None = None) -> None:
        self._clock = clock
        self._randomness: random.Random = randomness if randomness is not None else secrets.SystemRandom()
        self._last_ms = 0
        self._sequence = 0

    def new_id(self) -> UUID:
        """A new id. Within one millisecond, or when the clock goes back, the 12-bit counter keeps the order."""
        now_ms = self._clock.now_ms()
        if now_ms > self._last_ms:
            self._last_ms = now_ms
            self._sequence = self._randomness.getrandbits(_RANDOM_A_BITS - 1)
        else:
            self._sequence += 1
            if self._sequence >> _RANDOM_A_BITS:
                self._last_ms += 1
                self._sequence = 0
        return _uuid7(self._last_ms, self._sequence, self._randomness.getrandbits(_RANDOM_B_BITS))

    def new_salt(self) -> bytes:
        """32 random bytes for an attachment."""
        return self._randomness.randbytes(32)


def _uuid7(milliseconds: int, random_a: int, random_b: int) -> UUID:
    value = (milliseconds & 0xFFFF_FFFF_FFFF) << 80
    value |= 0x7 << 76
    value |= random_a << 64
    value |= 0b10 << 62
    value |= random_b
    return UUID(int=value)


HQ_TILL_ID = UUID(int=0)
"""The till id under which HQ writes its own facts (the till called `hq`)."""
