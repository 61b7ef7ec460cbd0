"""The first morning of an HQ, by the real program in processes of its own, on both databases."""

import json
import socket
import time
from pathlib import Path

import httpx
import msgspec
import pytest

from hq_sync_server.app import open_hq
from hq_sync_server.office.organisation import stores
from shared_models.moments import SystemClock, business_date_of
from shared_models.sync import LONG_POLL_SECONDS, ChangesPage
from tests.hq_sync_server.people import WireTill
from tests.together.hq_server import HqPlace, HqServer
from tests.together.seed_chain import make_chain, write_chain


@pytest.fixture
def place(database_url: str, tmp_path: Path) -> HqPlace:
    """An HQ's place on each kind of database."""
    return HqPlace(tmp_path, database_url)


def test_from_nothing_to_a_chain_whose_books_are_whole(place: HqPlace) -> None:
    chain = make_chain(11, business_date_of(SystemClock().now_ms()), goods_count=60, members_count=50)
    files = write_chain(chain, place.folder / "chain")

    assert place.run("status").returncode == 2
    place.must("init", "--name", chain.name)
    for store in chain.stores:
        place.must("add-store", store.code, store.name, "--type", store.store_type)
    code = place.must("enrol-code", "001", "--quiet").strip()
    place.must("publish-rules", files.rules["001"], "--store", "001")
    place.must("import-goods", files.goods)
    place.must("import-members", files.members, "--control-total", chain.control_total)
    missed = place.run("import-members", files.members, "--control-total", chain.control_total)
    shown = json.loads(place.must("status", "--json"))
    kept_up = place.must("upkeep")
    verified = place.run("verify", language="zh_CN")

    assert len(code) == 14
    assert kept_up.startswith("0 expired lots")
    assert missed.returncode == 2
    assert (shown["members"], shown["goods"], len(shown["stores"])) == (50, 60, 3)
    assert [store["rules_version"] for store in shown["stores"]] == [1, 0, 0]
    assert (verified.returncode, "账目完好" in verified.stdout) == (0, True)


def test_a_server_stops_when_told_though_a_till_is_waiting_for_news(tmp_path: Path) -> None:
    place = HqPlace(tmp_path)
    place.must("init", "--name", "麦禾烘焙")
    place.must("add-store", "001", "人民广场店")
    till = _enrolled(place)

    with HqServer(place) as server:
        heard = _get(server.base_url, till, "/v1/changes?cursor=0.0&wait=0")
        cursor = msgspec.msgpack.decode(heard.content, type=ChangesPage).cursor
        path = f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait={LONG_POLL_SECONDS}"
        with socket.create_connection(("127.0.0.1", server.port)) as waiting:
            headers = till.signed("GET", path, b"") | {"host": "hq"}
            lines = [f"GET {path} HTTP/1.1", *(f"{name}: {value}" for name, value in headers.items()), "", ""]
            waiting.sendall("\r\n".join(lines).encode())
            _get(server.base_url, till, "/v1/changes?cursor=0.0&wait=0")  # asked after the poll, answered before it
            begun = time.monotonic()
            exit_code = server.stop()
        assert exit_code == 0
        assert time.monotonic() - begun < LONG_POLL_SECONDS / 2
        server.start()
        again = _get(server.base_url, till, "/v1/changes?cursor=0.0&wait=0")

    assert again.content == heard.content


def _get(base_url: str, till: WireTill, path: str) -> httpx.Response:
    response = httpx.get(base_url + path, headers=till.signed("GET", path, b""), timeout=60)
    assert response.status_code == 200
    return response


def _enrolled(place: HqPlace) -> WireTill:
    hq = open_hq(place.url, place.key_folder)
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "001")
    till = WireTill.enrolled(hq, store.store_id)
    hq.close()
    return till


def test_a_port_that_is_taken_is_a_sentence(tmp_path: Path) -> None:
    place = HqPlace(tmp_path)
    place.must("init", "--name", "麦禾烘焙")

    with HqServer(place) as server:
        refused = place.run("serve", "--port", str(server.port))

    assert refused.returncode == 2
    assert refused.stderr.strip() == f"hq-sync-server: Port {server.port} is taken by another program."
