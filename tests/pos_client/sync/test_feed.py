"""Reading the feed: pages with their cursor, no row that blocks the others, and a nudge that is heeded."""

from collections.abc import Callable
from uuid import UUID

import msgspec

from shared_models.members import MemberRow
from shared_models.sales import Cursor
from shared_models.sync import ChangesPage, FeedRow
from tests.pos_client.sync.conftest import Counter

RowOf = Callable[[UUID], MemberRow]


def member_feed_row(row: MemberRow, position: int) -> FeedRow:
    return FeedRow(
        kind="member", key=row.member_id.hex, version=Cursor(1, position), payload=msgspec.msgpack.encode(row)
    )


def test_pages_are_read_to_the_end_and_the_cursor_is_kept(counter: Counter, row_of: RowOf) -> None:
    members = [counter.ids.new_id() for _ in range(3)]
    told: list[tuple[str, ...]] = []
    counter.engine.on_changes(lambda report: told.append(tuple(report.changed)))
    for position, member_id in enumerate(members, start=1):
        row = member_feed_row(row_of(member_id), position)
        counter.hq.pages.append(ChangesPage(cursor=Cursor(1, position), rows=(row,), more=position < 3))

    report = counter.engine.run_once()

    assert report.pulled.rows == 3
    assert counter.ledger.mirror_cursor() == Cursor(1, 3)
    assert all(counter.ledger.member_row(member_id) for member_id in members)
    assert told == [("member",)] * 3


def test_a_row_that_cannot_be_read_is_named_and_stops_nobody(counter: Counter, row_of: RowOf) -> None:
    good = counter.ids.new_id()
    bad = FeedRow(kind="member", key="ff" * 16, version=Cursor(1, 1), payload=b"\xc1 not msgpack")
    rows = (bad, member_feed_row(row_of(good), 2))
    counter.hq.pages.append(ChangesPage(cursor=Cursor(1, 2), rows=rows))

    report = counter.engine.run_once()

    assert report.error == ""
    assert len(report.pulled.skipped) == 1
    assert "ff" * 16 in report.pulled.skipped[0]
    assert counter.ledger.member_row(good) is not None
    assert counter.ledger.mirror_cursor() == Cursor(1, 2)


def test_a_nudge_makes_the_next_run_say_hello(counter: Counter) -> None:
    counter.engine.run_once()
    counter.hq.pages.append(ChangesPage(cursor=Cursor(1, 1), nudge=True))
    counter.engine.pull(0)

    counter.engine.run_once()

    assert counter.hq.kinds()[-1] == "hello"
