"""The lines between tills and HQ: what may happen to a message on its way, by name.

A fault is armed for the next request of the control lane and met by it, so a plan knows what it ordered and the counts
say what truly happened. A partition is a state of the line.
"""

import random
from collections import Counter, deque
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

import msgspec
import zstandard

from hq_sync_server.api.wire import RawRequest, RawResponse
from pos_client.sync.hq_api import RawAnswer, Unreachable
from shared_models.sync import ControlAnswer
from tests.simulation.moments import Crash, NeverResting

MESSAGE_FAULTS = (
    "request_lost",
    "answer_lost",
    "request_doubled",
    "request_delayed",
    "request_reordered",
    "answer_truncated",
    "request_truncated",
    "foreign_answer",
    "gateway_busy",
    "till_crash_before_send",
    "till_crash_before_answer",
    "hq_crash_before_commit",
    "hq_crash_after_commit",
    "hq_disk_full",
    "answer_with_unknown_fields",
)
"""What may happen to one request of the control lane."""

LANE = frozenset({"/v1/hello", "/v1/entries", "/v1/rights", "/v1/heal"})
REQUESTS_IN_ONE_STEP_MAX = 150
"""Whatever waited, a till that came back has told and heard it in so many."""

HqHandle = Callable[[RawRequest], RawResponse]
Line = Literal["up", "cut", "deaf"]
"""`deaf`: what the till says arrives, what HQ says does not."""

_answer = msgspec.msgpack.Decoder(ControlAnswer)


def as_request(method: str, path: str, headers: Mapping[str, str], body: bytes) -> RawRequest:
    """A request as HQ's door sees it."""
    return RawRequest(method, path, {name.lower(): value for name, value in headers.items()}, body)


@dataclass(slots=True)
class HqDoor:
    """HQ as the wires see it: it may be down, and it may die at a commit."""

    handle: HqHandle
    crash_at_commit: Callable[[], None]
    restart: Callable[[], None]
    fill_disk: Callable[[], None]


@dataclass(slots=True)
class SimWire:
    """One till's line. `asked` is called before each request of the lane, `heard` with each whole answer to one."""

    door: HqDoor
    chance: random.Random
    met: Counter[str]
    heard: Callable[[ControlAnswer], None] = lambda _answer: None
    asked: Callable[[], None] = lambda: None
    line: Line = "up"
    armed: deque[str] = field(default_factory=deque)
    waiting: deque[tuple[int, RawRequest]] = field(default_factory=deque)
    requests: int = 0
    in_one_step: int = 0

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        """Carry it as the weather allows."""
        line = self.line
        if line == "cut":
            raise Unreachable("hq_unreachable")
        request = as_request(method, path, headers, body)
        if path not in LANE:
            answer = self._deliver(request)
            if self.line == "deaf":
                raise Unreachable("hq_unreachable")
            return RawAnswer(answer.status, answer.headers, answer.body)
        self.asked()
        if self.line != line:
            raise Unreachable("hq_unreachable")
        self.requests += 1
        self.in_one_step += 1
        if self.in_one_step > REQUESTS_IN_ONE_STEP_MAX:
            raise NeverResting(f"more than {REQUESTS_IN_ONE_STEP_MAX} requests in one step")
        fault = self.armed.popleft() if self.armed else ""
        if fault:
            self.met[fault] += 1
        answer = self._carry(request, fault)
        if self.line == "deaf":
            raise Unreachable("hq_unreachable")
        return self._received(answer, fault)

    def _carry(self, request: RawRequest, fault: str) -> RawResponse:
        """Bring the request to HQ, and what it says back to the line."""
        match fault:
            case "request_lost":
                raise Unreachable("hq_unreachable")
            case "request_delayed":
                self.waiting.append((self.requests + self.chance.randint(1, 3), request))
                raise Unreachable("hq_slow")
            case "gateway_busy":
                return RawResponse(503, {"retry-after": "1"}, b"busy")
            case "foreign_answer":
                return RawResponse(200, {"content-type": "text/html"}, b"<html>Welcome to the airport</html>")
            case "till_crash_before_send":
                raise Crash
            case "request_truncated":
                cut = RawRequest(request.method, request.path, request.headers, request.body[: len(request.body) // 2])
                return self._deliver(cut)
            case "hq_crash_before_commit":
                return self._dying(request)
            case "hq_disk_full":
                self.door.fill_disk()
        answer = self._deliver(request)
        match fault:
            case "request_doubled":
                answer = self._deliver(request)
            case "request_reordered":
                self.waiting.append((self.requests + self.chance.randint(1, 3), request))
            case "hq_crash_after_commit":
                self.door.restart()
                raise Unreachable("hq_unreachable")
            case "answer_lost":
                raise Unreachable("hq_unreachable")
            case "till_crash_before_answer":
                raise Crash
        return answer

    def _dying(self, request: RawRequest) -> RawResponse:
        self.door.crash_at_commit()
        try:
            self._deliver(request)
        except Crash:
            self.door.restart()
        raise Unreachable("hq_unreachable")

    def _received(self, answer: RawResponse, fault: str) -> RawAnswer:
        body = answer.body
        if fault == "answer_truncated":
            body = body[: len(body) // 2]
        elif fault == "answer_with_unknown_fields" and answer.status == 200:
            body = with_unknown_fields(plain(answer.headers, body))
            answer = RawResponse(200, {"content-type": answer.headers["content-type"]}, body)
        if answer.status == 200 and fault not in ("answer_truncated", "foreign_answer"):
            self.heard(_answer.decode(plain(answer.headers, body)))
        return RawAnswer(answer.status, answer.headers, body)

    def _deliver(self, request: RawRequest) -> RawResponse:
        """HQ hears it, after whatever was under way longer."""
        self.deliver_late(through=self.requests)
        return self.door.handle(request)

    def deliver_late(self, through: int) -> None:
        """What was late arrives now; nobody waits for its answer."""
        while self.waiting and self.waiting[0][0] <= through:
            self.door.handle(self.waiting.popleft()[1])


def plain(headers: Mapping[str, str], body: bytes) -> bytes:
    """A body without its compression."""
    if headers.get("content-encoding") != "zstd":
        return body
    return zstandard.ZstdDecompressor().decompress(body)


def with_unknown_fields(body: bytes) -> bytes:
    """The same message from a program of another age, which says more than this one understands."""
    told = msgspec.msgpack.decode(body)
    told["colour_of_the_day"] = "blue"
    return msgspec.msgpack.encode(told)
