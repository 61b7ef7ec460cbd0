"""HQ is killed while it takes a batch: the till asks the same once more, and everything is there once."""

import threading
from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import tables
from shared_models.sync import ControlAnswer
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill, found_chain
from tests.together.hq_server import HqPlace, HqServer

ROUNDS = 2
BATCH = 60


@pytest.mark.timeout(240)
def test_a_killed_hq_has_every_entry_once(hq: Hq, database_url: str, tmp_path: Path) -> None:
    till = WireTill.enrolled(hq, found_chain(hq)[0].store_id)
    member = hq.desk.ids.new_id()
    with HqServer(HqPlace(tmp_path, database_url)) as server:
        for _ in range(ROUNDS):
            for _ in range(BATCH):
                top_up(till, member, 100)
            body = msgspec.msgpack.encode(till.batch())
            headers = till.signed("POST", "/v1/entries", body)
            _push_and_kill(server, body, headers)
            server.start()
            answer = httpx.post(
                f"{server.base_url}/v1/entries", content=body, headers=headers, timeout=60, trust_env=False
            )
            taken = msgspec.msgpack.decode(answer.content, type=ControlAnswer)
            assert (taken.outcome, taken.acked_seq) == ("ok", len(till.entries))
            till.acked_seq, till.acked_hash = taken.acked_seq, taken.acked_hash

    again = open_hq(database_url, tmp_path / "hq-keys")
    with again.desk.read() as connection:
        kept = connection.execute(tables.entries.select().where(tables.entries.c.till_id == till.till_id)).all()
        assert verify.verify(connection).faults == ()
    again.close()
    assert sorted(row.seq for row in kept) == list(range(1, 2 + ROUNDS * BATCH))


def _push_and_kill(server: HqServer, body: bytes, headers: dict[str, str]) -> None:
    """The kill comes when the last byte is on its way: before, within or after the commit, as the machine will."""
    sent = threading.Event()

    def stream() -> Iterator[bytes]:
        yield body
        sent.set()

    def push() -> None:
        try:
            httpx.post(f"{server.base_url}/v1/entries", content=stream(), headers=headers, timeout=60, trust_env=False)
        except httpx.HTTPError:
            return  # killed before it could answer

    pusher = threading.Thread(target=push)
    pusher.start()
    assert sent.wait(30)
    server.kill()
    pusher.join()
