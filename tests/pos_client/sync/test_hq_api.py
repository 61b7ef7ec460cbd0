"""HQ's door over real HTTP on loopback: signing, compression, and the kinds of answers there are."""

import socket
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from types import SimpleNamespace
from typing import Any, Self
from uuid import UUID

import msgspec
import pytest
import zstandard
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageVerifier, MappingKeyResolver, algorithms

from pos_client.sync.hq_api import HqApi, HttpTransport, RawAnswer, TooLarge, Unreachable, ask_to_enrol
from shared_models.moments import ManualClock
from shared_models.refusals import Refusal
from shared_models.sales import Cursor
from shared_models.sync import SIGNED_GET, SIGNED_POST, ChangesPage, ControlAnswer, EnrolRequest, WireRefusal
from tests.together.plug import Plug

TILL = UUID(int=7)
KEY = Ed25519PrivateKey.from_private_bytes(b"\x07" * 32)
NOW_MS = 1_700_000_000_123
Answering = Callable[[Any], RawAnswer]


class Server:
    """A loopback server that keeps what it heard and says what it is told to say."""

    def __init__(self) -> None:
        self.heard: list[Any] = []
        self.answer: Answering = lambda request: RawAnswer(404, {}, b"")
        outer = self

        class Handler(BaseHTTPRequestHandler):
            protocol_version = "HTTP/1.1"

            def _take(self) -> None:
                body = self.rfile.read(int(self.headers.get("Content-Length", 0)))
                request = SimpleNamespace(
                    method=self.command, url=f"http://any{self.path}", headers=dict(self.headers.items()), body=body
                )
                outer.heard.append(request)
                answer = outer.answer(request)
                self.send_response(answer.status)
                for name, value in answer.headers.items():
                    self.send_header(name, value)
                self.send_header("Content-Length", str(len(answer.body)))
                self.end_headers()
                self.wfile.write(answer.body)

            do_GET = do_POST = _take  # noqa: N815 - the names http.server calls

            def log_message(self, format: str, *arguments: Any) -> None:  # noqa: A002 - named by http.server
                pass

        self._server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.port = self._server.server_address[1]
        self._thread = threading.Thread(target=self._server.serve_forever, kwargs={"poll_interval": 0.01})

    def __enter__(self) -> Self:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._server.shutdown()
        self._thread.join()
        self._server.server_close()


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as running:
        yield running


@pytest.fixture
def transport(server: Server) -> Iterator[HttpTransport]:
    wire = HttpTransport(f"http://127.0.0.1:{server.port}")
    yield wire
    wire.close()


@pytest.fixture
def api(transport: HttpTransport) -> HqApi:
    return HqApi(transport, TILL, KEY, ManualClock(NOW_MS))


def packed(status: int, value: object, **headers: str) -> RawAnswer:
    return RawAnswer(status, headers, msgspec.msgpack.encode(value))


def verifier() -> HTTPMessageVerifier:
    keys = MappingKeyResolver(public_keys={TILL.hex: KEY.public_key()}, private_keys={})
    return HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=keys)


def test_a_post_is_signed_over_method_path_and_the_digest_of_what_is_sent(server: Server, api: HqApi) -> None:
    server.answer = lambda _: packed(200, ControlAnswer(request_number=1, outcome="ok"))

    api.control("entries", b"x" * 5000)

    request = server.heard[0]
    (result,) = verifier().verify(request, max_age=None, expect_tag="tillbook", body=request.body)
    assert [name.split(";")[0].strip('"') for name in result.covered_components][:3] == list(SIGNED_POST)
    assert result.parameters["keyid"] == TILL.hex
    assert result.parameters["created"] == NOW_MS // 1000
    assert request.headers["Content-Encoding"] == "zstd"
    assert zstandard.decompress(request.body) == b"x" * 5000


def test_a_get_is_signed_over_method_path_and_query(server: Server, api: HqApi) -> None:
    page = ChangesPage(cursor=Cursor(1, 9), more=True)
    server.answer = lambda _: packed(200, page)

    answer = api.changes(Cursor(1, 5), 0)

    request = server.heard[0]
    (result,) = verifier().verify(request, max_age=None, expect_tag="tillbook")
    assert [name.strip('"') for name in result.covered_components][:3] == list(SIGNED_GET)
    assert request.url.endswith("/v1/changes?cursor=1.5&wait=0")
    assert answer == page


def test_a_short_body_travels_as_it_is_and_a_compressed_answer_is_read(server: Server, api: HqApi) -> None:
    answer = ControlAnswer(request_number=3, outcome="stale", hq_last_request=7)
    body = zstandard.compress(msgspec.msgpack.encode(answer))
    server.answer = lambda _: RawAnswer(200, {"Content-Encoding": "zstd"}, body)

    assert api.control("hello", b"short") == answer
    assert server.heard[0].body == b"short"
    assert "Content-Encoding" not in server.heard[0].headers


@pytest.mark.parametrize("status", [429, 500, 502, 503, 504])
def test_not_now_is_repeated_after_what_the_server_asks_for(server: Server, api: HqApi, status: int) -> None:
    server.answer = lambda _: RawAnswer(status, {"Retry-After": "17"}, b"later")

    with pytest.raises(Unreachable) as caught:
        api.control("hello", b"")

    assert (caught.value.code, caught.value.retry_after_seconds) == (f"hq_status_{status}", 17.0)


def test_too_large_and_refusals_have_their_own_kinds(server: Server, api: HqApi) -> None:
    server.answer = lambda _: RawAnswer(413, {}, b"")
    with pytest.raises(TooLarge):
        api.control("entries", b"")

    server.answer = lambda _: packed(401, WireRefusal(code="till_revoked", fields={"till_number": 2}))
    with pytest.raises(Refusal) as caught:
        api.control("entries", b"")
    assert (caught.value.code, caught.value.fields) == ("till_revoked", {"till_number": 2})


@pytest.mark.parametrize(
    ("status", "headers", "body"),
    [
        (200, {"Content-Type": "text/html"}, b"<html>Welcome to the hotel's network</html>"),
        (403, {"Content-Type": "text/html"}, b"<html>no</html>"),
        (302, {"Location": "http://portal/"}, b""),
        (200, {}, msgspec.msgpack.encode(ControlAnswer(request_number=1, outcome="ok"))[:-3]),
        (200, {"Content-Encoding": "zstd"}, b"not compressed"),
        (200, {"Content-Encoding": "zstd"}, zstandard.compress(b"hello")),
    ],
)
def test_whoever_is_not_hq_is_as_good_as_silence(
    server: Server, api: HqApi, status: int, headers: dict[str, str], body: bytes
) -> None:
    server.answer = lambda _: RawAnswer(status, headers, body)

    with pytest.raises(Unreachable, match="not_hq"):
        api.control("hello", b"")


def test_nobody_there_is_unreachable() -> None:
    with Server() as server:
        port = server.port
    wire = HttpTransport(f"http://127.0.0.1:{port}")

    with pytest.raises(Unreachable, match="hq_unreachable"):
        HqApi(wire, TILL, KEY, ManualClock(NOW_MS)).control("hello", b"")

    wire.close()


def test_a_connection_that_came_about_while_the_wire_was_closed_is_left_to_nobody() -> None:
    heard_after: list[bytes] = []

    def answer_once(listener: socket.socket, wire: HttpTransport) -> None:
        connection, _ = listener.accept()
        with connection:
            connection.recv(65_536)
            wire._is_closed = True  # `close` closed those it knew; this one was being made
            connection.sendall(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n")
            connection.settimeout(20)
            heard_after.append(connection.recv(1))

    with socket.create_server(("127.0.0.1", 0)) as listener:
        wire = HttpTransport(f"http://127.0.0.1:{listener.getsockname()[1]}")
        server = threading.Thread(target=answer_once, args=(listener, wire))
        server.start()
        assert wire.request("GET", "/v1/changes", {}, b"", 20).status == 200
        server.join()
        wire.close()
    assert heard_after == [b""]


def test_a_line_that_drips_is_slow_and_not_endless(server: Server) -> None:
    server.answer = lambda _: RawAnswer(200, {}, b"\x00" * 2000)
    with Plug(server.port, drip_bytes_per_second=2000) as plug:
        wire = HttpTransport(plug.url)
        with pytest.raises(Unreachable, match="hq_slow"):
            wire.request("POST", "/v1/hello", {}, b"", 0.3)
        wire.close()


def test_enrolment_is_asked_for_without_a_signature(server: Server, transport: HttpTransport) -> None:
    server.answer = lambda _: packed(422, WireRefusal(code="code_expired"))

    with pytest.raises(Refusal, match="code_expired"):
        ask_to_enrol(transport, EnrolRequest(code="ABCD", public_key=b"\x01" * 32))

    request = server.heard[0]
    assert "Signature" not in request.headers
