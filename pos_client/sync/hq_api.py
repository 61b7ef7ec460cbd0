"""HQ as the till calls it: signs, compresses and decodes, and says plainly what kind of answer came back.

Beside `wallet_http` the only module of the till that uses the network. `Transport` carries bytes (HTTP here, the HQ
object itself in replays, a faulty wire in tests); `HqApi` speaks the wire of `shared_models.sync` over it. Called by
the engine and by enrolment.
"""

import re
import threading
import time
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Protocol, TypeVar
from uuid import UUID

import msgspec
import zstandard
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from pos_client.ledger.answers import TillIdentity
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.sales import Cursor
from shared_models.signatures import FRESH, content_digest, public_key, to_sign
from shared_models.sync import (
    MSGPACK,
    ChangesPage,
    ControlAnswer,
    EnrolAnswer,
    EnrolRequest,
    HistoryPage,
    ReturnAnswer,
    ReturnRequest,
    WireRefusal,
)

if TYPE_CHECKING:
    import httpx

COMPRESS_FROM_BYTES = 1024
ANSWER_BYTES_MAX = 64 * 1024 * 1024
CONTROL_TIMEOUT_SECONDS = 30.0
POLL_MARGIN_SECONDS = 15.0
RETRY_AFTER_SECONDS_MAX = 3600.0

_IS_WORD = re.compile(r"[0-9a-f.]{1,64}", re.ASCII)  # whoever answers: nothing else goes into our signatures
REPEATED_STATUSES = frozenset({429, 500, 502, 503, 504})

Answer = TypeVar("Answer")


class RawAnswer(Struct, frozen=True):
    """An HTTP answer as it came. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Unreachable(Exception):  # noqa: N818 - silence is not an error of the program
    """No answer of HQ's, or one that says "not now": repeat the same request later. `code` says what was met."""

    def __init__(self, code: str, retry_after_seconds: float = 0.0) -> None:
        super().__init__(code)
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class TooLarge(Exception):  # noqa: N818 - as above
    """HQ, or something in between, takes no request of this size: cut smaller."""


class Transport(Protocol):
    """What carries a request to HQ. Raises `Unreachable` when there is no whole answer."""

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer: ...


class HttpTransport:
    """Carries requests by HTTP. `monotonic` is the machine's: a wire's patience is not the till's business clock."""

    def __init__(self, base_url: str, *, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._base_url = base_url
        self._monotonic = monotonic
        self._opening = threading.Lock()
        self._opened: httpx.Client | None = None
        self._is_closed = False

    def _client(self) -> "httpx.Client":
        """Made by the first request, on its own thread: a window that starts waits neither for the library nor for the
        certificates of the world. RuntimeError once it was closed."""
        import httpx

        with self._opening:
            if self._is_closed:
                raise RuntimeError
            if self._opened is None:
                self._opened = httpx.Client(base_url=self._base_url, trust_env=False, follow_redirects=False)
            return self._opened

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        """One request within `timeout_seconds` in all: a server that drips bytes is as good as silent."""
        import httpx

        deadline = self._monotonic() + timeout_seconds
        timeout = httpx.Timeout(timeout_seconds, connect=min(timeout_seconds, 10.0))
        try:
            with self._client().stream(method, path, headers=dict(headers), content=body, timeout=timeout) as answer:
                chunks: list[bytes] = []
                size = 0
                for chunk in answer.iter_raw():
                    size += len(chunk)
                    if self._monotonic() > deadline:
                        raise Unreachable("hq_slow")
                    if size > ANSWER_BYTES_MAX:
                        raise Unreachable("not_hq")
                    chunks.append(chunk)
                if self._is_closed:
                    # Made while `close` closed the others: nobody else knows this connection any more.
                    answer.extensions["network_stream"].close()
                return RawAnswer(
                    answer.status_code, {k.lower(): v for k, v in answer.headers.items()}, b"".join(chunks)
                )
        except httpx.ReadTimeout:
            raise Unreachable("hq_slow") from None
        except (httpx.HTTPError, httpx.InvalidURL, httpx.StreamError, OSError, RuntimeError):
            # RuntimeError: the client was closed by `close` while another thread was waiting in it.
            raise Unreachable("hq_unreachable") from None

    def close(self) -> None:
        """Give the connections back; requests under way end as unreachable."""
        with self._opening:
            self._is_closed = True
            if self._opened is not None:
                self._opened.close()


class HqApi:
    """HQ's door for one till. Thread-safe: the control lane and the long poll may call at once."""

    def __init__(
        self,
        transport: Transport,
        till_id: UUID,
        device_key: Ed25519PrivateKey,
        clock: Clock,
        *,
        timeout_seconds: float = CONTROL_TIMEOUT_SECONDS,
    ) -> None:
        self._transport = transport
        self._timeout_seconds = timeout_seconds
        self._clock = clock
        self._till_id = till_id
        self._device_key = device_key
        self._fresh = ""  # HQ's newest word of now

    def sign(self, message: bytes) -> bytes:
        """The till's Ed25519 signature, for batches."""
        return self._device_key.sign(message)

    def control(self, kind: str, body: bytes) -> ControlAnswer:
        """One request of the control lane: `kind` is hello, entries, rights or heal, `body` the encoded struct.

        Raises Unreachable (repeat), TooLarge (cut smaller), Refusal (HQ did not take it: bad signature, unknown till).
        """
        raw = self._send("POST", f"/v1/{kind}", body, self._timeout_seconds)
        return _answer_of(raw, ControlAnswer)

    def come_back(self, certificate: bytes) -> ReturnAnswer:
        """Show HQ its own signature: it was restored from a backup and does not know this till. Raises as `control`."""
        body = msgspec.msgpack.encode(ReturnRequest(certificate=certificate))
        return _answer_of(self._send("POST", "/v1/return", body, self._timeout_seconds), ReturnAnswer)

    def changes(self, cursor: Cursor, wait_seconds: int) -> ChangesPage:
        """The page of the feed after `cursor`, waiting up to `wait_seconds` for one. Raises as `control` does."""
        path = f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait={wait_seconds}"
        return self._read(path, wait_seconds + POLL_MARGIN_SECONDS, ChangesPage)

    def history(self, epoch: int, seq: int, entry_hash: bytes, after: int) -> HistoryPage:
        """Entries of an epoch that HQ has beside this till's branch, which ends at (seq, hash). Raises as `control`."""
        path = f"/v1/history?epoch={epoch}&seq={seq}&hash={entry_hash.hex()}&after={after}"
        return self._read(path, self._timeout_seconds, HistoryPage)

    def _read(self, path: str, timeout_seconds: float, answer_type: type[Answer]) -> Answer:
        """A GET, said once more where HQ's word in it was too old: a fresh one came with the refusal."""
        try:
            return _answer_of(self._send("GET", path, b"", timeout_seconds), answer_type)
        except Refusal as refusal:
            if refusal.code != "read_stale":
                raise
        return _answer_of(self._send("GET", path, b"", timeout_seconds), answer_type)

    def _send(self, method: str, path: str, body: bytes, timeout_seconds: float) -> RawAnswer:
        headers = _headers(body)
        wire_body = compressed(body) if "Content-Encoding" in headers else body
        digest = content_digest(wire_body) if method == "POST" else ""
        if digest:
            headers["Content-Digest"] = digest
        nonce = self._fresh if method == "GET" else ""
        unsigned = to_sign(method, path, digest, self._till_id, self._clock.now_ms() // 1000, nonce)
        headers["Signature-Input"] = unsigned.signature_input
        headers["Signature"] = unsigned.header(self._device_key.sign(unsigned.signed))
        raw = self._transport.request(method, path, headers, wire_body, timeout_seconds)
        said = raw.headers.get(FRESH, "")
        self._fresh = said if _IS_WORD.fullmatch(said) else self._fresh
        return raw


def check_answer(answer: ControlAnswer, identity: TillIdentity | None, number: int) -> None:
    """An answer counts only when it is to this request, and HQ signed its time and what it has. Raises Unreachable."""
    assert identity is not None
    if answer.request_number != number:
        raise Unreachable("answer_misplaced")
    try:
        public_key(identity.hq_verify_key).verify(
            answer.hq_signature, answer.acknowledgement().signed(identity.till_id)
        )
    except (InvalidSignature, ValueError):
        raise Unreachable("not_hq") from None


def ask_to_enrol(transport: Transport, request: EnrolRequest) -> EnrolAnswer:
    """The one request that is not signed: the code stands for the signature. Raises as `HqApi.control` does."""
    body = msgspec.msgpack.encode(request)
    raw = transport.request("POST", "/v1/enrol", {"Content-Type": MSGPACK}, body, CONTROL_TIMEOUT_SECONDS)
    return _answer_of(raw, EnrolAnswer)


def compressed(body: bytes) -> bytes:
    """The body as it travels. The same bytes give the same bytes."""
    return zstandard.ZstdCompressor(level=1, write_content_size=True).compress(body)


def _headers(body: bytes) -> dict[str, str]:
    headers = {"Accept": MSGPACK, "Accept-Encoding": "zstd"}
    if body:
        headers["Content-Type"] = MSGPACK
    if len(body) >= COMPRESS_FROM_BYTES:
        headers["Content-Encoding"] = "zstd"
    return headers


def _answer_of(raw: RawAnswer, answer_type: type[Answer]) -> Answer:
    if raw.status == 413:
        raise TooLarge
    if raw.status in REPEATED_STATUSES:
        raise Unreachable(f"hq_status_{raw.status}", _retry_after_seconds(raw.headers))
    try:
        body = _decompressed(raw)
        if raw.status == 200:
            return msgspec.msgpack.decode(body, type=answer_type)
        refusal = msgspec.msgpack.decode(body, type=WireRefusal)
    except (msgspec.MsgspecError, zstandard.ZstdError, UnicodeDecodeError):
        # A portal's login page, a truncated answer: somebody spoke, but not HQ.
        raise Unreachable("not_hq") from None
    raise Refusal(refusal.code, **refusal.fields)


def _decompressed(raw: RawAnswer) -> bytes:
    if raw.headers.get("content-encoding", "") != "zstd":
        return raw.body
    if zstandard.frame_content_size(raw.body) > ANSWER_BYTES_MAX:
        raise Unreachable("not_hq")
    return zstandard.ZstdDecompressor().decompress(raw.body, max_output_size=ANSWER_BYTES_MAX)


def _retry_after_seconds(headers: Mapping[str, str]) -> float:
    """Retry-After in seconds; its date form is not honoured, because it would need a right clock."""
    text = headers.get("retry-after", "")
    return min(float(text), RETRY_AFTER_SECONDS_MAX) if text.isdecimal() else 0.0
