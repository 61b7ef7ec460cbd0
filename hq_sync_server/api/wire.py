"""The whole till API without HTTP: a raw request in, a raw response out.

FastAPI carries it over the network; tests and replays call it in the same process. Whatever comes in, nothing here
raises because of it: what cannot be taken is answered by a 4xx with a code.
"""

import contextlib
import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from urllib.parse import parse_qs
from uuid import UUID

import msgspec
import structlog
import zstandard
from msgspec import Struct

from hq_sync_server import security
from hq_sync_server.office.desk import Desk, RecordsAwayError, Work
from hq_sync_server.office.healing import enrolment, healing, lost_tills, recovery
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.intake import control, kept
from hq_sync_server.office.organisation import chain, feed, nudges, tills
from hq_sync_server.office.organisation.tills import Till
from shared_models.refusals import Refusal
from shared_models.sales import Approval, Cursor
from shared_models.signatures import FRESH
from shared_models.sync import (
    BATCH_BYTES_MAX,
    JSON,
    LADDER_RUNGS_MAX,
    LONG_POLL_SECONDS,
    MSGPACK,
    ControlAnswer,
    EnrolRequest,
    EntriesRequest,
    HealRequest,
    HelloRequest,
    ReturnAnswer,
    ReturnRequest,
    RightsRequest,
    WireRefusal,
)

REQUEST_BYTES_MAX = 2 * BATCH_BYTES_MAX
"""The largest body taken, as sent and decompressed: a full batch with its attachments."""

EMPTY = "tillbook-empty"
"""Header of a page of changes without rows."""

_log = structlog.get_logger()
_RETRY_AFTER_SECONDS = 5
_COMPRESS_FROM_BYTES = 1024
_TYPE_NAME = re.compile(r"[\x21-\x7e]{1,100}")
_NUMBER_MAX = 2**63 - 1
_MOMENT_MAX_MS = 2**62  # however wrong a clock is: what it is off by must be a number too
_NAME_LETTERS_MAX = 100
_READ = frozenset({"/v1/changes", "/v1/history"})
_STRANGERS = frozenset({"/v1/enrol", "/v1/return"})  # for tills HQ does not know
_STATUS = {
    "malformed": 400,
    "signature_missing": 401,
    "signature_wrong": 401,
    "till_unknown": 401,
    "till_revoked": 401,
    "read_stale": 401,
    "not_found": 404,
    "method_wrong": 405,
    "too_large": 413,
    "encoding_unknown": 415,
}
_OTHER_STATUS = 422

Parsed = TypeVar("Parsed")
LaneRequest = HelloRequest | EntriesRequest | RightsRequest | HealRequest


class RawRequest(Struct, frozen=True):
    """A request as it came. `path` holds the query too; header names are lower case."""

    method: str
    path: str
    headers: Mapping[str, str]
    body: bytes = b""


class RawResponse(Struct, frozen=True):
    """An answer as it goes. Header names are lower case."""

    status: int
    headers: dict[str, str]
    body: bytes


class Api:
    """Everything tills may ask of HQ. Thread-safe."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._freshness = security.Freshness(desk.keys.read_key)
        self._newest_position = 0
        self._lane: dict[str, tuple[type[LaneRequest], Callable[[Work, Till, Any, bytes], bytes]]] = {
            "/v1/hello": (HelloRequest, control.hello),
            "/v1/entries": (EntriesRequest, control.entries),
            "/v1/rights": (RightsRequest, control.give_rights),
            "/v1/heal": (HealRequest, control.heal),
        }

    def handle(self, request: RawRequest) -> RawResponse:
        """Answer one request at once. A long poll that finds nothing says so in the header EMPTY: ask again."""
        try:
            response = self._answer(request)
        except Refusal as refusal:
            response = _refused(request, refusal)
        except RecordsAwayError:
            _log.exception("records.away", path=request.path.partition("?")[0])
            return RawResponse(503, {"retry-after": str(_RETRY_AFTER_SECONDS)}, b"")
        response.headers[FRESH] = self._freshness.word(self._desk.clock.now_ms())
        return response

    def wait_seconds(self, request: RawRequest) -> int:
        """How long this request would wait for something new: 0 unless it is a long poll."""
        path, _, query = request.path.partition("?")
        if request.method != "GET" or path != "/v1/changes":
            return 0
        wait = parse_qs(query).get("wait", ["0"])[0]
        return min(int(wait), LONG_POLL_SECONDS) if wait.isascii() and wait.isdecimal() and len(wait) < 5 else 0

    @property
    def changes_count(self) -> int:
        """Grows whenever this process published something."""
        return self._desk.changed.count

    def look_again(self) -> None:
        """Notice what other processes published, and what had to wait for a neighbour's transaction."""
        with contextlib.suppress(RecordsAwayError):
            self._desk.sequence()
            with self._desk.read() as connection:
                newest = feed.newest_position(connection)
            if newest != self._newest_position:
                self._newest_position = newest
                self._desk.changed.tell()

    def _answer(self, request: RawRequest) -> RawResponse:
        path = request.path.partition("?")[0]
        if path not in self._lane and path not in _STRANGERS and path not in _READ:
            raise Refusal("not_found")
        if request.method != ("GET" if path in _READ else "POST"):
            raise Refusal("method_wrong")
        if len(request.body) > REQUEST_BYTES_MAX:
            raise Refusal("too_large", bytes_max=REQUEST_BYTES_MAX)
        if path == "/v1/enrol":
            asked = _parse(request, _plain(request), EnrolRequest)
            return _encoded(request, self._desk.run(lambda work: enrolment.enrol(work, asked)))
        if path == "/v1/return":
            return self._come_back(request)
        try:
            is_fresh = self._is_fresh if path in _READ else None
            till = security.authenticate(
                request.method, request.path, request.headers, request.body, self._find, is_fresh=is_fresh
            )
        except Refusal as refusal:
            return self._under_an_old_key(request, path, refusal)
        if path == "/v1/changes":
            return self._changes(request, till)
        if path == "/v1/history":
            return self._history(request, till)
        request_type, process = self._lane[path]
        body = _plain(request)
        parsed = _parse(request, body, request_type)
        _check_numbers(parsed)
        answer = self._desk.run(lambda work: process(work, till, parsed, body))
        if _wants_json(request):
            return _encoded(request, msgspec.msgpack.decode(answer, type=ControlAnswer))
        return _sent(request, answer, MSGPACK)

    def _come_back(self, request: RawRequest) -> RawResponse:
        """A till HQ lost shows HQ's own signature over its key, in a request signed with that key."""
        certificate = _parse(request, _plain(request), ReturnRequest).certificate
        shown = lost_tills.shown(self._desk.keys, certificate)
        security.authenticate(request.method, request.path, request.headers, request.body, {shown.till_id: shown}.get)
        hq_epoch = self._desk.run(lambda work: recovery.come_back(work, certificate))
        return _encoded(request, ReturnAnswer(hq_epoch=hq_epoch))

    def _under_an_old_key(self, request: RawRequest, path: str, refusal: Refusal) -> RawResponse:
        """Who signs with a key that was taken away is told so; entries under it are kept aside."""
        if refusal.code not in ("till_revoked", "signature_wrong"):
            raise refusal
        till = security.authenticate_revoked(
            request.method, request.path, request.headers, request.body, self._find_revoked
        )
        if till is None:
            raise refusal
        if path != "/v1/entries":
            raise Refusal("till_revoked")
        parsed = _parse(request, _plain(request), EntriesRequest)
        _check_numbers(parsed)
        return _encoded(request, self._desk.run(lambda work: kept.keep(work, till, parsed)))

    def _is_fresh(self, word: str) -> bool:
        return self._freshness.is_fresh(word, self._desk.clock.now_ms())

    def _find_revoked(self, till_id: UUID) -> list[Till]:
        with self._desk.read() as connection:
            return tills.with_revoked_keys(connection, till_id)

    def _history(self, request: RawRequest, till: Till) -> RawResponse:
        query = parse_qs(request.path.partition("?")[2])
        epoch, seq, after = (_number(query, name) for name in ("epoch", "seq", "after"))
        try:
            entry_hash = bytes.fromhex(query.get("hash", [""])[0])
        except ValueError:
            raise Refusal("malformed", field="hash") from None
        with self._desk.read() as connection:
            return _encoded(request, healing.history(connection, till, epoch, Link(seq, entry_hash), after))

    def _find(self, till_id: UUID) -> Till | None:
        with self._desk.read() as connection:
            return tills.find(connection, till_id)

    def _changes(self, request: RawRequest, till: Till) -> RawResponse:
        cursor = _cursor(request.path.partition("?")[2])
        with self._desk.read() as connection:
            hq_epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
            page = feed.changes(connection, till.store_id, cursor, hq_epoch)
            if nudges.is_due(connection, till.till_id):
                page = msgspec.structs.replace(page, nudge=True)
        response = _encoded(request, page)
        if not page.rows and not page.nudge:
            response.headers[EMPTY] = "1"
        return response


def _number(query: Mapping[str, list[str]], name: str) -> int:
    """A whole number of a query. Refuses `malformed`."""
    text = query.get(name, ["0"])[0]
    if not (text.isascii() and text.isdecimal() and len(text) <= 18):
        raise Refusal("malformed", field=name)
    return int(text)


def _cursor(query: str) -> Cursor:
    """`cursor=<hq_epoch>.<position>`; without one, from the beginning. Refuses `malformed`."""
    text = parse_qs(query).get("cursor", ["0.0"])[0]
    epoch, _, position = text.partition(".")
    if not all(part.isascii() and part.isdecimal() and len(part) <= 18 for part in (epoch, position)):
        raise Refusal("malformed", field="cursor")
    return Cursor(int(epoch), int(position))


def _plain(request: RawRequest) -> bytes:
    """The body decompressed, never beyond the limit. Refuses `malformed`, `too_large`, `encoding_unknown`."""
    encoding = request.headers.get("content-encoding", "identity")
    if encoding == "identity":
        return request.body
    if encoding != "zstd":
        raise Refusal("encoding_unknown", encoding=encoding[:40])
    try:
        decompressor = zstandard.ZstdDecompressor(max_window_size=2**27)
        if 0 <= zstandard.frame_content_size(request.body) <= REQUEST_BYTES_MAX:
            return decompressor.decompress(request.body)  # into just so much room
        # It does not say how large it is, or says that it is too large.
        with decompressor.stream_reader(request.body) as reader:
            body = reader.read(REQUEST_BYTES_MAX + 1)
    except zstandard.ZstdError:
        raise Refusal("malformed", field="body") from None
    if len(body) > REQUEST_BYTES_MAX:
        raise Refusal("too_large", bytes_max=REQUEST_BYTES_MAX)
    return body


def _parse(request: RawRequest, body: bytes, kind: type[Parsed]) -> Parsed:
    content_type = request.headers.get("content-type", MSGPACK).partition(";")[0].strip().lower()
    try:
        if content_type == MSGPACK:
            return msgspec.msgpack.decode(body, type=kind)
        if content_type == JSON:
            return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise Refusal("request_wrong", reason=str(error)[:200]) from None
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        raise Refusal("malformed", field="body") from None
    raise Refusal("encoding_unknown", content_type=content_type[:40])


def _check_numbers(request: LaneRequest) -> None:
    """Whole numbers a database can hold, and none below zero."""
    lane = request.lane
    numbers = [lane.epoch, lane.request_number, lane.acked_seq, lane.seq, lane.adopted_request, lane.adopted_seq]
    if isinstance(request, HelloRequest):
        cursor = request.mirror_cursor
        numbers += [request.waiting_entries, cursor.hq_epoch, cursor.position]
        numbers.append(abs(request.waiting_fen))
        if abs(request.till_time_ms) > _MOMENT_MAX_MS:
            raise Refusal("request_wrong", reason="till_time_ms")
        if request.report is not None:
            numbers += [move.version for move in request.report.tokens]
        if len(request.ladder) > LADDER_RUNGS_MAX:
            raise Refusal("request_wrong", reason="ladder")
        numbers += [rung.seq for rung in request.ladder]
    elif isinstance(request, EntriesRequest):
        numbers += [request.first_seq, request.epoch, *(one.seq for one in request.entries)]
        if not all(0 <= one.type_version < 2**16 and _TYPE_NAME.fullmatch(one.entry_type) for one in request.entries):
            raise Refusal("request_wrong", reason="type")
        if len(request.prev_hash) != 32 or request.first_seq < 1:
            raise Refusal("request_wrong", reason="prev_hash")
        if request.epoch >= 2**32:
            raise Refusal("request_wrong", reason="epoch")
    elif isinstance(request, RightsRequest):
        numbers += [want.granted_total for want in request.lots]
    elif not _TYPE_NAME.fullmatch(request.reason) or not all(map(_is_name, request.approvals)):
        raise Refusal("request_wrong", reason="reason")
    if not all(0 <= number <= _NUMBER_MAX for number in numbers) or lane.epoch >= 2**32 or lane.request_number < 1:
        raise Refusal("request_wrong", reason="number")


def _is_name(approval: Approval) -> bool:
    """Whether this can be written down as somebody who said yes."""
    return approval.approver_id.isprintable() and len(approval.approver_id) <= _NAME_LETTERS_MAX


def _wants_json(request: RawRequest) -> bool:
    accept = request.headers.get("accept", "")
    return JSON in accept and MSGPACK not in accept


def _encoded(request: RawRequest, answer: Struct) -> RawResponse:
    if _wants_json(request):
        return _sent(request, msgspec.json.encode(answer), JSON)
    return _sent(request, msgspec.msgpack.encode(answer), MSGPACK)


def _sent(request: RawRequest, body: bytes, content_type: str, status: int = 200) -> RawResponse:
    headers = {"content-type": content_type}
    if len(body) >= _COMPRESS_FROM_BYTES and "zstd" in request.headers.get("accept-encoding", ""):
        headers["content-encoding"] = "zstd"
        body = zstandard.ZstdCompressor(level=1, write_content_size=True).compress(body)
    return RawResponse(status, headers, body)


def _refused(request: RawRequest, refusal: Refusal) -> RawResponse:
    told = WireRefusal(code=refusal.code, fields=dict(refusal.fields))
    status = _STATUS.get(refusal.code, _OTHER_STATUS)
    if _wants_json(request):
        return _sent(request, msgspec.json.encode(told), JSON, status)
    return _sent(request, msgspec.msgpack.encode(told), MSGPACK, status)
