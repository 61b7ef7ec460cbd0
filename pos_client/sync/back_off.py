"""How long to stay away from an HQ that did not answer: full jitter, so that tills do not come back all at once.

Source: Brooker, Exponential Backoff and Jitter (2015), "full jitter". Used by the engine alone; nobody sleeps here.
"""

import random


class BackOff:
    """Counts failures in a row and draws the wait after each."""

    def __init__(self, randomness: random.Random, *, first_seconds: float = 1.0, most_seconds: float = 60.0) -> None:
        self._randomness = randomness
        self._first_seconds = first_seconds
        self._most_seconds = most_seconds
        self._failures = 0

    def after_failure(self, retry_after_seconds: float = 0.0) -> float:
        """Seconds to wait now: what the server asked for, and a random part of a ceiling that doubles."""
        ceiling = min(self._most_seconds, self._first_seconds * 2 ** min(self._failures, 30))
        self._failures += 1
        return retry_after_seconds + self._randomness.uniform(0.0, ceiling)

    def after_success(self) -> None:
        """The next failure is a first one again."""
        self._failures = 0
