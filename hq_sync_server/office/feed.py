"""The feed: one row for each object tills should know, moved to the end whenever the object changes.

A change leaves its row without a position; the sequencer places it. Positions are given out by one transaction at a
time, and only to rows of transactions older than every one still running, so a reader's cursor never passes a row it
has not seen. Each change also raises the row's version, under the row's own lock.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import Connection, select

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
    "transaction_id",
)
_CHANGES = (
    "store_id = excluded.store_id, "
    "version = CASE WHEN feed.version_epoch = excluded.version_epoch THEN feed.version + 1 ELSE 1 END, "
    "version_epoch = excluded.version_epoch, deleted = excluded.deleted, payload = excluded.payload, "
    "position = NULL, transaction_id = excluded.transaction_id"
)


@dataclass(frozen=True, slots=True)
class FeedChange:
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
    transaction_id = _transaction_id(work.connection)
    rows = [
        (kind, key, change.store_id, work.hq_epoch, 1, change.deleted, change.payload, None, transaction_id)
        for (kind, key), change in sorted(last.items())
    ]
    for some in bulk.chunks(rows):
        bulk.upsert(work.connection, office_tables.feed, _COLUMNS, some, changes=_CHANGES)


def _transaction_id(connection: Connection) -> int:
    if connection.dialect.name != "postgresql":
        return 0  # SQLite has one writer: what is there is committed
    return int(connection.exec_driver_sql("SELECT pg_current_xact_id()::text::int8").scalar_one())


_WAITING = "SELECT 1 FROM feed WHERE position IS NULL LIMIT 1"
_HORIZON_POSTGRESQL = "transaction_id < pg_snapshot_xmin(pg_current_snapshot())::text::int8"
_PLACE = """
    UPDATE feed SET position = placed.place
    FROM (
        SELECT kind, object_key,
               (SELECT value FROM counters WHERE name = 'feed')
               + row_number() OVER (ORDER BY transaction_id, kind, object_key) AS place
        FROM feed WHERE position IS NULL AND {horizon}
    ) AS placed
    WHERE feed.kind = placed.kind AND feed.object_key = placed.object_key
"""


def place(connection: Connection) -> bool:
    """Give positions to changed rows; one transaction at a time does so. True when none is left without.

    On PostgreSQL a row of a transaction that ran beside an older, still open one waits for it: call again.
    """
    if statements.run(connection, _WAITING).first() is None:
        return True
    horizon = "true"
    if connection.dialect.name == "postgresql":
        horizon = _HORIZON_POSTGRESQL
    take_turn(connection)
    bulk.upsert(connection, office_tables.counters, ("name", "value"), [(_FEED, 0)], changes="nothing")
    placed = statements.run(connection, _PLACE.format(horizon=horizon)).rowcount
    if placed:
        statements.run(connection, "UPDATE counters SET value = value + ? WHERE name = ?", (placed, _FEED))
    return statements.run(connection, _WAITING).first() is None


def take_turn(connection: Connection) -> None:
    """Wait until no other transaction is at the sequencer's work (PostgreSQL; SQLite's writer is alone anyway)."""
    if connection.dialect.name == "postgresql":
        statements.run(connection, "SELECT pg_advisory_xact_lock(?)", (SEQUENCER_LOCK,))


def newest_position(connection: Connection) -> int:
    """The last position given out."""
    counters = office_tables.counters
    return connection.scalar(select(counters.c.value).where(counters.c.name == _FEED)) or 0


def changes(connection: Connection, store_id: UUID, cursor: Cursor, hq_epoch: int) -> ChangesPage:
    """The page after a cursor, for a till of a store. A cursor of another epoch starts from the beginning."""
    after = cursor.position if cursor.hq_epoch == hq_epoch else 0
    feed = office_tables.feed
    # Read before the rows: what is placed up to here is visible below, so the cursor may move to it.
    newest = newest_position(connection)
    if after >= newest:
        return ChangesPage(cursor=Cursor(hq_epoch, after))
    found = connection.execute(
        select(
            feed.c.kind,
            feed.c.object_key,
            feed.c.version_epoch,
            feed.c.version,
            feed.c.deleted,
            feed.c.payload,
            feed.c.position,
        )
        .where(feed.c.position > after, feed.c.store_id.is_(None) | (feed.c.store_id == store_id))
        .order_by(feed.c.position)
        .limit(CHANGES_ROWS_MAX + 1)
    ).all()
    more = len(found) > CHANGES_ROWS_MAX
    page = found[:CHANGES_ROWS_MAX]
    rows = tuple(
        FeedRow(kind=kind, key=key, version=Cursor(epoch, version), deleted=bool(deleted), payload=payload)
        for kind, key, epoch, version, deleted, payload, _position in page
    )
    reached = page[-1].position if more else max(newest, page[-1].position if page else 0)
    return ChangesPage(cursor=Cursor(hq_epoch, reached), rows=rows, more=more)
