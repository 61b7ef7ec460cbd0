"""The same over HTTP: a real server on loopback."""

import socket
import threading
import time
from collections.abc import Iterator

import httpx
import msgspec
import pytest
import uvicorn

from hq_sync_server.api.wire import REQUEST_BYTES_MAX, RawResponse
from hq_sync_server.app import Hq, create_web_app, open_hq
from hq_sync_server.office.organisation import feed
from shared_models.sync import ChangesPage, ControlAnswer, HelloRequest
from tests.hq_sync_server.people import WireTill, found_chain, refusal_of


class _Served(uvicorn.Server):
    def __init__(self, hq: Hq) -> None:
        super().__init__(uvicorn.Config(create_web_app(hq), port=0, log_level="error", timeout_graceful_shutdown=1))
        self.is_up = threading.Event()

    async def startup(self, sockets: object = None) -> None:
        await super().startup(None)
        self.is_up.set()


@pytest.fixture
def client(hq: Hq) -> Iterator[httpx.Client]:
    """HQ on a free port of loopback."""
    server = _Served(hq)
    thread = threading.Thread(target=server.run)
    thread.start()
    assert server.is_up.wait(20)
    port = server.servers[0].sockets[0].getsockname()[1]
    with httpx.Client(base_url=f"http://127.0.0.1:{port}", trust_env=False, timeout=30) as opened:
        yield opened
    server.should_exit = True
    thread.join()


@pytest.fixture
def till(hq: Hq) -> WireTill:
    return WireTill.enrolled(hq, found_chain(hq)[0].store_id)


def _get(client: httpx.Client, till: WireTill, path: str) -> ChangesPage:
    answer = client.get(path, headers=till.signed("GET", path, b""))
    assert answer.status_code == 200
    return msgspec.msgpack.decode(answer.content, type=ChangesPage)


def test_a_hello_over_http(client: httpx.Client, till: WireTill) -> None:
    body = msgspec.msgpack.encode(HelloRequest(lane=till.position()))

    answer = client.post("/v1/hello", content=body, headers=till.signed("POST", "/v1/hello", body))

    assert msgspec.msgpack.decode(answer.content, type=ControlAnswer).outcome == "ok"


def test_a_long_poll_is_answered_when_something_changes(client: httpx.Client, till: WireTill, hq: Hq) -> None:
    cursor = till.changes().cursor
    found: list[ChangesPage] = []
    path = f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait=25"
    poll = threading.Thread(target=lambda: found.append(_get(client, till, path)))
    started = time.monotonic()
    poll.start()
    hq.desk.run(lambda work: feed.publish(work, "goods", "bread", b"x"))
    poll.join()

    assert [row.key for row in found[0].rows] == ["bread"]
    assert time.monotonic() - started < 20


def test_a_long_poll_hears_what_another_process_published(
    client: httpx.Client, till: WireTill, hq: Hq, database_url: str
) -> None:
    cursor = till.changes().cursor
    found: list[ChangesPage] = []
    path = f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait=25"
    poll = threading.Thread(target=lambda: found.append(_get(client, till, path)))
    poll.start()
    other = open_hq(database_url, hq.desk.keys.folder)
    other.desk.run(lambda work: feed.publish(work, "goods", "cake", b"x"))
    poll.join()
    other.close()

    assert [row.key for row in found[0].rows] == ["cake"]


def test_a_long_poll_without_news_ends_in_time(client: httpx.Client, till: WireTill) -> None:
    cursor = till.changes().cursor

    page = _get(client, till, f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait=1")

    assert (page.rows, page.cursor) == ((), cursor)


def test_an_oversized_upload_is_cut_off(client: httpx.Client, till: WireTill) -> None:
    body = bytes(REQUEST_BYTES_MAX + 1)

    answer = client.post("/v1/entries", content=body, headers=till.signed("POST", "/v1/entries", body))

    assert answer.status_code == 413


def test_a_plug_pulled_in_the_middle_of_an_upload_is_no_fault(
    capfd: pytest.CaptureFixture[str], client: httpx.Client, till: WireTill
) -> None:
    with socket.create_connection((client.base_url.host, client.base_url.port or 0)) as line:
        line.sendall(b"POST /v1/entries HTTP/1.1\r\nHost: hq\r\nContent-Length: 1000\r\n\r\nhalf of it")
        line.shutdown(socket.SHUT_WR)
        assert line.recv(1) == b"", "HQ hangs up too"

    test_a_hello_over_http(client, till)
    assert "Traceback" not in capfd.readouterr().err


def test_another_method_is_refused_by_code(client: httpx.Client) -> None:
    answer = client.delete("/v1/hello")

    assert refusal_of(RawResponse(answer.status_code, {}, answer.content)).code == "method_wrong"
