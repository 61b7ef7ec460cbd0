"""An HQ of one till that does what a test tells it to: honest by default, with faults by name.

It keeps the rules of the lane (same number and digest, same answer) and signs its time, and nothing else: no database,
no postings. Tests of the engine speak to it through the real `HqApi`, so signing and encoding are the real ones.
"""

import hashlib
from collections import deque
from collections.abc import Mapping
from typing import Any
from uuid import UUID

import msgspec
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from pos_client.sync.hq_api import RawAnswer, Unreachable
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.entries import GENESIS_HASH
from shared_models.moments import Clock
from shared_models.sales import Cursor
from shared_models.sync import (
    ChangesPage,
    ControlAnswer,
    EnrolAnswer,
    EntriesRequest,
    HelloRequest,
    RightsRequest,
    Target,
    WireEntry,
)

TILL = UUID("01890000-0000-7000-8000-000000000001")
STORE = UUID("01890000-0000-7000-8000-000000000002")
HQ_KEY = Ed25519PrivateKey.from_private_bytes(b"\x51" * 32)
SEAL_KEY = b"\x09" + bytes(31)

REQUEST_TYPES: dict[str, type[HelloRequest] | type[EntriesRequest] | type[RightsRequest]] = {
    "hello": HelloRequest,
    "entries": EntriesRequest,
    "rights": RightsRequest,
}


def enrol_answer(clock: Clock) -> EnrolAnswer:
    """What this HQ says to its till at enrolment."""
    return EnrolAnswer(
        till_id=TILL, store_id=STORE, till_number=1, epoch=1, hq_epoch=1,
        hq_verify_key=HQ_KEY.public_key().public_bytes_raw(), hq_seal_key=SEAL_KEY, phone_key=b"\x02" * 32,
        phone_key_id="1", certificate=b"certificate", hq_time_ms=clock.now_ms(), chain_name="Test",
    )  # fmt: skip


class ScriptedHq:
    """A transport with an HQ at its end. `faults` are used up one a control request: lose_request, lose_answer,
    double, truncate, misplace, wrong_time, or an HTTP status. `outcomes` are used up the same way."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.down = False
        self.faults: deque[str | int] = deque()
        self.outcomes: deque[dict[str, Any]] = deque()
        self.bodies: list[tuple[str, bytes]] = []
        self.requests: list[Any] = []
        self.entries: dict[int, WireEntry] = {}
        self.head: tuple[int, bytes] = (0, GENESIS_HASH)
        self.answers: dict[int, tuple[bytes, bytes]] = {}
        self.grants: dict[UUID, tuple[GrantAdopted, ...]] = {}
        self.placed: deque[tuple[GrantAdopted, ...]] = deque()  # lent with the answers to batches
        self.tokens: dict[UUID, tuple[TokenMove, ...]] = {}
        self.pages: deque[ChangesPage] = deque()
        self.entries_max = 10_000
        self.ahead_ms = 0

    def kinds(self) -> list[str]:
        """The kinds of control requests heard so far."""
        return [kind for kind, _ in self.bodies]

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        if self.down:
            raise Unreachable("hq_unreachable")
        if method == "GET":
            page = self.pages.popleft() if self.pages else ChangesPage(cursor=_cursor_of(path))
            return RawAnswer(200, {}, msgspec.msgpack.encode(page))
        kind = path.removeprefix("/v1/")
        plain = zstandard.decompress(body) if "Content-Encoding" in headers else body
        fault = self.faults.popleft() if self.faults else ""
        if fault == "lose_request":
            raise Unreachable("hq_unreachable")
        self.bodies.append((kind, plain))
        if isinstance(fault, int):
            return RawAnswer(fault, {"retry-after": "9"}, b"")
        if kind == "entries" and len(msgspec.msgpack.decode(plain, type=EntriesRequest).entries) > self.entries_max:
            return RawAnswer(413, {}, b"")
        answer = self._answer(kind, plain)
        if fault == "double":
            answer = self._answer(kind, plain)
        if fault == "lose_answer":
            raise Unreachable("hq_unreachable")
        if fault == "truncate":
            answer = answer[:-4]
        if fault in {"misplace", "wrong_time", "more_rights"}:
            decoded = msgspec.msgpack.decode(answer, type=ControlAnswer)
            more = tuple(msgspec.structs.replace(one, granted_total=10 * one.granted_total) for one in decoded.grants)
            bent: dict[str, dict[str, Any]] = {
                "misplace": {"request_number": 999},
                "wrong_time": {"hq_time_ms": decoded.hq_time_ms + 1},
                "more_rights": {"grants": more},
            }
            changes = bent[str(fault)]
            answer = msgspec.msgpack.encode(msgspec.structs.replace(decoded, **changes))
        return RawAnswer(200, {}, answer)

    def _answer(self, kind: str, plain: bytes) -> bytes:
        request = msgspec.msgpack.decode(plain, type=REQUEST_TYPES[kind])
        number = request.lane.request_number
        digest = hashlib.sha256(plain).digest()
        if number in self.answers:
            known_digest, answer = self.answers[number]
            return answer if digest == known_digest else self._encode(number, outcome="clone")
        self.requests.append(request)
        if self.outcomes:
            fields = self.outcomes.popleft()
        elif (request.lane.acked_seq, request.lane.acked_hash) != self.head:
            fields = {"outcome": "resend_from"}
        else:
            fields = {"outcome": "ok", **self._effects(request)}
        answer = self._encode(number, **fields)
        self.answers[number] = (digest, answer)
        return answer

    def _effects(self, request: HelloRequest | EntriesRequest | RightsRequest) -> dict[str, Any]:
        if isinstance(request, EntriesRequest):
            for entry in request.entries:
                assert entry.seq == self.head[0] + 1, "a batch follows HQ's head"
                self.entries[entry.seq] = entry
                self.head = (entry.seq, entry.entry_hash)
            if self.placed:
                grants = self.placed.popleft()
                targets = [Target(subject=one.subject, lot=one.lot, amount=one.granted_total) for one in grants]
                return {"grant_request": request.lane.request_number, "grants": grants, "targets": tuple(targets)}
        if isinstance(request, RightsRequest):
            subjects = [lot.subject for lot in request.lots]
            grants = tuple(grant for subject in subjects for grant in self.grants.get(subject, ()))
            tokens = tuple(token for subject in request.coupons_of for token in self.tokens.get(subject, ()))
            if grants or tokens:
                return {"grant_request": request.lane.request_number, "grants": grants, "tokens": tokens}
        return {}

    def _encode(self, number: int, **fields: Any) -> bytes:
        now_ms = self._clock.now_ms() + self.ahead_ms
        given = {"acked_epoch": 1, "acked_seq": self.head[0], "acked_hash": self.head[1], "hq_epoch": 1, **fields}
        answer = ControlAnswer(request_number=number, hq_time_ms=now_ms, **given)
        signature = HQ_KEY.sign(answer.acknowledgement().signed(TILL))
        return msgspec.msgpack.encode(msgspec.structs.replace(answer, hq_signature=signature))


def _cursor_of(path: str) -> Cursor:
    hq_epoch, position = path.split("cursor=")[1].split("&")[0].split(".")
    return Cursor(int(hq_epoch), int(position))
