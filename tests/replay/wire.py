"""The wire of the replay: HQ itself behind it, signatures and encoding as on a real one, and seeded faults.

A request may be doubled (HQ hears it twice), an answer lost after HQ has acted, and the line may be down.
"""

import random
from collections import Counter
from collections.abc import Callable, Mapping

from hq_sync_server.api.wire import RawRequest, RawResponse
from pos_client.sync.hq_api import RawAnswer, Unreachable

DOUBLED_SHARE = 0.01
LOST_SHARE = 0.01


class FaultyWire:
    """One till's line to HQ."""

    def __init__(self, handle: Callable[[RawRequest], RawResponse], chance: random.Random, told: Counter[str]) -> None:
        self._handle = handle
        self._chance = chance
        self._told = told
        self.down = False
        self.faults = True

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        """Carry it, or not."""
        if self.down:
            raise Unreachable("hq_unreachable")
        lower = {name.lower(): value for name, value in headers.items()}
        request = RawRequest(method=method, path=path, headers=lower, body=body)
        self._told["requests"] += 1
        answer = self._handle(request)
        if self.faults and self._chance.random() < DOUBLED_SHARE:
            self._told["doubled"] += 1
            answer = self._handle(request)
        if self.faults and self._chance.random() < LOST_SHARE:
            self._told["answers_lost"] += 1
            raise Unreachable("hq_unreachable")
        return RawAnswer(answer.status, answer.headers, answer.body)
