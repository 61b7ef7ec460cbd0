"""The database goes away: nothing is half done, the till is asked to come again, and then it is served."""

import msgspec
import psycopg
import pytest
from sqlalchemy.exc import OperationalError

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from shared_models.sync import ControlAnswer
from tests.hq_sync_server.people import WireTill, found_chain


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_connections_that_break_cost_one_later_and_no_fact(hq: Hq, database_url: str) -> None:
    till = WireTill.enrolled(hq, found_chain(hq)[0].store_id)
    body = msgspec.msgpack.encode(till.batch())
    with psycopg.connect(database_url, autocommit=True) as admin:
        admin.execute(
            "SELECT pg_terminate_backend(pid) FROM pg_stat_activity "
            "WHERE datname = current_database() AND pid <> pg_backend_pid()"
        )

    first = till.send("POST", "/v1/entries", body)
    second = till.send("POST", "/v1/entries", body)

    assert (first.status, first.headers["retry-after"]) == (503, "5")
    assert msgspec.msgpack.decode(second.body, type=ControlAnswer).acked_seq == 1


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_database_without_room_says_come_again(hq: Hq) -> None:
    """SQLite told to grow no further, as on a full disk."""
    till = WireTill.enrolled(hq, found_chain(hq)[0].store_id)
    for _ in range(200):
        till.append_raw("unknown", 1, b"x" * 20_000)
    body = msgspec.msgpack.encode(till.batch())
    with hq.desk.database.write() as connection:
        pages = connection.exec_driver_sql("PRAGMA page_count").scalar_one()
        connection.exec_driver_sql(f"PRAGMA max_page_count = {pages + 10}")

    first = till.send("POST", "/v1/entries", body)
    with hq.desk.database.write() as connection:
        connection.exec_driver_sql("PRAGMA max_page_count = 1000000")
    second = till.send("POST", "/v1/entries", body)

    assert first.status == 503
    assert msgspec.msgpack.decode(second.body, type=ControlAnswer).acked_seq == 201


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_what_was_committed_is_said_to_be_done_although_the_database_went_away_right_after(
    hq: Hq, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is placed in the feed in a transaction of its own: told that nothing was done, people do it twice."""
    till = WireTill.enrolled(hq, found_chain(hq)[0].store_id)

    def away(_connection: object) -> bool:
        raise OperationalError("", (), Exception("away"))

    with monkeypatch.context() as patch:
        patch.setattr(hq.desk, "_sequencer", away)
        done = hq.desk.run(_publish)

    assert done == "done"
    assert "late" in {row.key for row in till.changes().rows}, "whoever looks next places it"


def _publish(work: Work) -> str:
    feed.publish(work, "article", "late", b"")
    return "done"
