"""A wire on which everything happens that happens on wires, by name and by a seed.

lose_request   HQ never hears it             truncate   half an answer arrives
lose_answer    HQ acts, the till never hears  late       a copy of the request comes again after newer ones
double         HQ hears it twice              busy       a proxy says 503
"""

import random
from collections import Counter, deque
from collections.abc import Mapping

from hq_sync_server.api.wire import Api, RawRequest
from pos_client.sync.hq_api import RawAnswer, Unreachable

FAULTS = ("lose_request", "lose_answer", "double", "truncate", "late", "busy")
LATE_BY_MAX = 4


class StormyWire:
    """One till's line to an HQ in this process. `storm` is the share of requests that meet a fault."""

    def __init__(self, api: Api, chance: random.Random) -> None:
        self._api = api
        self._chance = chance
        self._late: deque[tuple[int, RawRequest]] = deque()
        self._heard = 0
        self.down = False
        self.faults = True
        self.storm = 0.0
        self.next_faults: deque[str] = deque()
        self.met: Counter[str] = Counter()

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        """Carry it as the weather allows."""
        if self.down:
            raise Unreachable("hq_unreachable")
        request = RawRequest(method, path, {name.lower(): value for name, value in headers.items()}, body)
        fault = self._fault()
        if fault == "lose_request":
            raise Unreachable("hq_unreachable")
        if fault == "busy":
            return RawAnswer(503, {"retry-after": "1"}, b"busy")
        answer = self._deliver(request)
        if fault == "double":
            answer = self._deliver(request)
        if fault == "late":
            self._late.append((self._heard + self._chance.randint(1, LATE_BY_MAX), request))
        if fault == "lose_answer":
            raise Unreachable("hq_unreachable")
        if fault == "truncate":
            return RawAnswer(answer.status, answer.headers, answer.body[: len(answer.body) // 2])
        return answer

    def _deliver(self, request: RawRequest) -> RawAnswer:
        self._heard += 1
        while self._late and self._late[0][0] <= self._heard:
            self._api.handle(self._late.popleft()[1])
        raw = self._api.handle(request)
        return RawAnswer(raw.status, raw.headers, raw.body)

    def _fault(self) -> str:
        if not self.faults:
            return ""
        if self.next_faults:
            fault = self.next_faults.popleft()
        else:
            fault = self._chance.choice(FAULTS) if self._chance.random() < self.storm else ""
        self.met[fault] += 1
        return fault
