"""The feed: one row for each object tills should know, moved to the end whenever the object changes.

A change leaves its row without a position; the sequencer places it once it is committed. Positions are given out by one
transaction at a time, each after the one before has committed, so whoever sees a position sees all below it, and a
reader's cursor never passes a row it has not seen (docs/decisions/0005-feed-positions.md). Each change also raises the
row's version, under the row's own lock.
"""

from collections.abc import Iterable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection

from hq_sync_server.office.desk import Work
from hq_sync_server.records import bulk, office_tables, statements
from shared_models.sales import Cursor
from shared_models.sync import CHANGES_ROWS_MAX, ChangesPage, FeedRow

SEQUENCER_LOCK = 7_422_001
_FEED = "feed"
_COLUMNS = (
    "kind",
    "object_key",
    "store_id",
    "version_epoch",
    "version",
    "deleted",
    "payload",
    "position",
)
_CHANGES = (
    "store_id = excluded.store_id, "
    "version = CASE WHEN feed.version_epoch = excluded.version_epoch THEN feed.version + 1 ELSE 1 END, "
    "version_epoch = excluded.version_epoch, deleted = excluded.deleted, payload = excluded.payload, "
    "position = NULL"
)


class FeedChange(Struct, frozen=True):
    """An object as tills should now see it. `store_id`: only that store's tills."""

    kind: str
    key: str
    payload: bytes = b""
    store_id: UUID | None = None
    deleted: bool = False


def publish(
    work: Work, kind: str, key: str, payload: bytes, store_id: UUID | None = None, *, deleted: bool = False
) -> None:
    """Publish one object."""
    publish_many(work, [FeedChange(kind, key, payload, store_id, deleted)])


def publish_many(work: Work, changes: Iterable[FeedChange]) -> None:
    """Publish objects; of several changes of one object the last counts. Rows are locked in the order of their keys."""
    last = {(change.kind, change.key): change for change in changes}
    if not last:
        return
    work.has_news = True
    rows = [
        (kind, key, change.store_id, work.hq_epoch, 1, change.deleted, change.payload, None)
        for (kind, key), change in sorted(last.items())
    ]
    for some in bulk.chunks(rows):
        bulk.upsert(work.connection, office_tables.feed, _COLUMNS, some, changes=_CHANGES)


_WAITING = "SELECT 1 FROM feed WHERE position IS NULL LIMIT 1"
# A row that somebody is changing this moment is left to them: it will be news again when they commit.
_PLACE = """
    WITH waiting AS MATERIALIZED (
        SELECT kind, object_key FROM feed WHERE position IS NULL ORDER BY kind, object_key {skip_locked}
    ), placed AS (
        SELECT kind, object_key,
               (SELECT value FROM counters WHERE name = 'feed') + row_number() OVER (ORDER BY kind, object_key) AS place
        FROM waiting
    )
    UPDATE feed SET position = placed.place FROM placed
    WHERE feed.kind = placed.kind AND feed.object_key = placed.object_key
"""
_PAGE = """
    SELECT kind, object_key, version_epoch, version, deleted, payload, position FROM feed
    WHERE position > ? AND (store_id IS NULL OR store_id = ?) ORDER BY position LIMIT ?
"""
# Never back: the row that had the highest position may have been changed, and have none at the moment.
_COUNT_ON = """
    UPDATE counters SET value = (SELECT max(position) FROM feed)
    WHERE name = 'feed' AND value < (SELECT coalesce(max(position), 0) FROM feed)
"""


def place(connection: Connection) -> bool:
    """Give positions to changed rows that are committed; one transaction at a time does so. True when none is left
    without (PostgreSQL: one that somebody is changing this moment is)."""
    if statements.run(connection, _WAITING).first() is None:
        return True
    take_turn(connection)
    skip_locked = "FOR UPDATE SKIP LOCKED" if connection.dialect.name == "postgresql" else ""
    with statements.together(connection):
        bulk.upsert(connection, office_tables.counters, ("name", "value"), [(_FEED, 0)], changes="nothing")
        statements.run(connection, _PLACE.format(skip_locked=skip_locked))
        statements.run(connection, _COUNT_ON)
        return statements.run(connection, _WAITING).first() is None


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction is at the sequencer's work (PostgreSQL; SQLite's writer is alone anyway)."""
    if connection.dialect.name == "postgresql":
        statements.run(connection, "SELECT pg_advisory_xact_lock(?)", (SEQUENCER_LOCK,))


def newest_position(connection: Connection) -> int:
    """The last position given out."""
    return statements.run(connection, "SELECT value FROM counters WHERE name = ?", (_FEED,)).scalar() or 0


def changes(connection: Connection, store_id: UUID, cursor: Cursor, hq_epoch: int) -> ChangesPage:
    """The page after a cursor, for a till of a store. A cursor of another epoch starts from the beginning."""
    after = cursor.position if cursor.hq_epoch == hq_epoch else 0
    # Read before the rows: what is placed up to here is visible below, so the cursor may move to it.
    newest = newest_position(connection)
    if after >= newest:
        return ChangesPage(cursor=Cursor(hq_epoch, after))
    found = statements.run(connection, _PAGE, (after, store_id, CHANGES_ROWS_MAX + 1)).rows
    more = len(found) > CHANGES_ROWS_MAX
    page = found[:CHANGES_ROWS_MAX]
    rows = tuple(
        FeedRow(kind=kind, key=key, version=Cursor(epoch, version), deleted=bool(deleted), payload=payload)
        for kind, key, epoch, version, deleted, payload, _position in page
    )
    last = page[-1][-1] if page else 0
    reached = last if more else max(newest, last)
    return ChangesPage(cursor=Cursor(hq_epoch, reached), rows=rows, more=more)
