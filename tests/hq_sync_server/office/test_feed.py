"""The feed: every change reaches every till it is for, in order, newest state only."""

import threading
from urllib.parse import quote
from uuid import UUID

import msgspec
import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import chain, feed
from hq_sync_server.office.organisation.feed import FeedChange
from shared_models.sales import Cursor
from shared_models.sync import CHANGES_ROWS_MAX
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill, balances, member_rows


def _publish(hq: Hq, key: str, payload: bytes = b"x", store_id: UUID | None = None, deleted: bool = False) -> None:
    hq.desk.run(lambda work: feed.publish(work, "goods", key, payload, store_id, deleted=deleted))


def test_a_reader_sees_each_object_once_in_its_newest_state(hq: Hq, till_a: WireTill) -> None:
    start = till_a.changes().cursor
    _publish(hq, "bread", b"old")
    middle = till_a.changes(start)
    _publish(hq, "cake")
    _publish(hq, "bread", b"new")

    rows = till_a.changes(middle.cursor).rows

    assert [(row.key, row.payload, row.version.position) for row in middle.rows] == [("bread", b"old", 1)]
    assert [(row.key, row.payload, row.version.position) for row in rows] == [("cake", b"x", 1), ("bread", b"new", 2)]
    assert till_a.changes(till_a.changes().cursor).rows == ()


def test_a_deletion_is_a_row_too(hq: Hq, till_a: WireTill) -> None:
    _publish(hq, "bread")
    cursor = till_a.changes().cursor
    _publish(hq, "bread", b"", deleted=True)

    assert [(row.key, row.deleted) for row in till_a.changes(cursor).rows] == [("bread", True)]


def test_a_stores_rows_are_for_its_tills_alone(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    cursor = till_a.changes().cursor
    _publish(hq, "only-a", store_id=till_a.enrolment.store_id)

    assert [row.key for row in till_a.changes(cursor).rows] == ["only-a"]
    page = till_b.changes(cursor)
    assert page.rows == ()
    assert page.cursor > cursor  # it need not look past the others' rows again


def test_a_long_feed_comes_in_pages(hq: Hq, till_a: WireTill) -> None:
    start = till_a.changes().cursor
    count = CHANGES_ROWS_MAX + 10
    hq.desk.run(lambda work: feed.publish_many(work, [FeedChange("goods", f"{n:06d}", b"x") for n in range(count)]))

    first = till_a.changes(start)
    second = till_a.changes(first.cursor)

    assert (len(first.rows), first.more, len(second.rows), second.more) == (CHANGES_ROWS_MAX, True, 10, False)
    assert len({row.key for row in (*first.rows, *second.rows)}) == count


def test_a_cursor_of_another_hq_epoch_starts_from_the_beginning(hq: Hq, till_a: WireTill) -> None:
    everything = till_a.changes()
    hq.desk.run(lambda work: chain.set_setting(work, chain.HQ_EPOCH, "2"))

    again = till_a.changes(everything.cursor)

    assert len(again.rows) == len(everything.rows)
    assert again.cursor.hq_epoch == 2


def test_versions_grow_within_an_epoch_and_begin_anew_in_the_next(hq: Hq, till_a: WireTill) -> None:
    _publish(hq, "bread")
    _publish(hq, "bread")
    hq.desk.run(lambda work: chain.set_setting(work, chain.HQ_EPOCH, "2"))
    _publish(hq, "bread")

    (row,) = [row for row in till_a.changes().rows if row.key == "bread"]
    assert row.version == Cursor(2, 1)


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_row_of_an_open_transaction_is_never_passed(hq: Hq, till_a: WireTill) -> None:
    """What is committed later than its neighbour gets a later place. SQLite has one writer and no neighbours."""
    start = till_a.changes().cursor
    early_wrote, may_commit = threading.Event(), threading.Event()

    def early() -> None:
        def write(work: Work) -> None:
            feed.publish(work, "goods", "early", b"x")
            early_wrote.set()
            may_commit.wait(20)

        hq.desk.run(write)

    thread = threading.Thread(target=early)
    thread.start()
    assert early_wrote.wait(20)
    _publish(hq, "late")
    between = till_a.changes(start)
    may_commit.set()
    thread.join()
    after = till_a.changes(between.cursor)

    assert [row.key for row in between.rows] == ["late"]  # nobody waits for a neighbour
    assert [row.key for row in after.rows] == ["early"]  # and nobody is passed


@pytest.mark.parametrize("database_url", ["postgresql"], indirect=True)
def test_a_reader_beside_many_writers_misses_nothing(hq: Hq, till_a: WireTill) -> None:
    """Four writers change the same few objects over and over, each in transactions of its own."""
    seen: dict[str, int] = {}
    cursor = till_a.changes().cursor
    keys = [f"goods-{n}" for n in range(6)]

    def write(offset: int) -> None:
        for n in range(25):
            _publish(hq, keys[(offset + n) % len(keys)])

    writers = [threading.Thread(target=write, args=(offset,)) for offset in range(4)]
    for writer in writers:
        writer.start()
    while any(writer.is_alive() for writer in writers):
        page = till_a.changes(cursor)
        cursor = page.cursor
        seen.update((row.key, row.version.position) for row in page.rows)
    seen.update((row.key, row.version.position) for row in till_a.changes(cursor).rows)

    assert sum(seen.values()) == 4 * 25  # each change raised its object's version by one, and the last was seen


def test_writers_at_once_lose_nothing(hq: Hq, till_a: WireTill, till_b: WireTill) -> None:
    """Many batches that touch the same members from two tills: no deadlock, no lost balance."""
    people = [hq.desk.ids.new_id() for _ in range(8)]

    def trade(till: WireTill, order: list[UUID]) -> None:
        for _ in range(6):
            for member in order:
                top_up(till, member, 100)
            assert till.push().outcome == "ok"

    threads = [
        threading.Thread(target=trade, args=(till_a, people)),
        threading.Thread(target=trade, args=(till_b, people[::-1])),
    ]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    rows = member_rows(till_a.changes().rows)
    assert {member: sum(balances(rows[member]).values()) for member in people} == dict.fromkeys(people, 1_200)


def test_rows_travel_as_they_were_published(hq: Hq, till_a: WireTill) -> None:
    _publish(hq, "bread", msgspec.msgpack.encode({"name": "红豆"}))

    (row,) = [row for row in till_a.changes().rows if row.key == "bread"]
    assert msgspec.msgpack.decode(row.payload) == {"name": "红豆"}


@pytest.mark.parametrize("cursor", ["x", "1", "1.x", "-1.2", "1.99999999999999999999", "١.٢"])
def test_a_cursor_that_is_none_is_malformed(till_a: WireTill, cursor: str) -> None:
    response = till_a.send("GET", f"/v1/changes?cursor={quote(cursor)}&wait=0", b"")

    assert response.status == 400
