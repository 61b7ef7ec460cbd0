"""HQ's own facts: entries of the till called `hq`, written in the transaction of their effects.

`record` writes them; `link` makes them a chain afterwards, in the order in which they were committed.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Connection

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import bulk, statements, tables
from shared_models.bodies import Body
from shared_models.entries import GENESIS_HASH, Head, entry_hash
from shared_models.ids import HQ_TILL_ID
from shared_models.moments import business_date_of
from shared_models.postings import derive_postings

HQ_EPOCH_OF_CHAIN = 1

_LINK_ONE = "UPDATE entries SET seq = ?, prev_hash = ?, entry_hash = ? WHERE entry_id = ?"
_LINK_MANY = """
    UPDATE entries SET seq = linked.seq, prev_hash = linked.prev_hash, entry_hash = linked.entry_hash
    FROM unnest(%s::int8[], %s::bytea[], %s::bytea[], %s::int8[]) AS linked (seq, prev_hash, entry_hash, entry_id)
    WHERE entries.entry_id = linked.entry_id
"""


def head(work: Work, *subjects: UUID) -> Head:
    """The head of a fact of HQ's own, now."""
    return Head(
        business_id=work.ids.new_id(),
        business_date=business_date_of(work.now_ms),
        subjects=subjects,
        till_time_ms=work.now_ms,
    )


def record(work: Work, facts: Sequence[Body]) -> None:
    """Write facts with all their effects: balances, rights, members' rows in the feed."""
    books = Books(work)
    subjects: set[UUID] = set()
    for fact in facts:
        subjects.update(fact.head.subjects)
        subjects.update(posting.subject for posting in derive_postings(fact) if posting.subject is not None)
    books.open(subjects)
    books.reserve_ids(len(facts))
    for fact in facts:
        books.record(fact)
    books.close()


def link(connection: Connection) -> int:
    """Give HQ's facts their place in HQ's chain (seq, prev_hash, hash); how many were linked. One transaction at a time
    does so."""
    waiting = statements.run(connection, "SELECT 1 FROM entries WHERE seq IS NULL LIMIT 1").first()
    if waiting is None:
        return 0
    feed.take_turn(connection)
    place = (HQ_TILL_ID, HQ_EPOCH_OF_CHAIN)
    head = statements.run(connection, "SELECT seq, head_hash FROM heads WHERE till_id = ? AND epoch = ?", place).first()
    seq, prev_hash = (head[0], bytes(head[1])) if head else (0, GENESIS_HASH)
    unlinked = statements.run(
        connection, "SELECT entry_id, entry_type, type_version, body FROM entries WHERE seq IS NULL ORDER BY entry_id"
    ).rows
    links: list[bulk.Row] = []
    for entry_id, entry_type, type_version, body in unlinked:
        seq += 1
        digest = entry_hash(HQ_TILL_ID, HQ_EPOCH_OF_CHAIN, seq, prev_hash, entry_type, type_version, bytes(body))
        links.append((seq, prev_hash, digest, entry_id))
        prev_hash = digest
    for some in bulk.chunks(links):
        _write_links(connection, some)
    columns = ("till_id", "epoch", "seq", "head_hash", "genesis_hash", "status")
    bulk.upsert(connection, tables.heads, columns, [(*place, seq, prev_hash, GENESIS_HASH, "open")])
    return len(unlinked)


def _write_links(connection: Connection, links: Sequence[bulk.Row]) -> None:
    """An import brings tens of thousands of facts at once: one statement for many, not a round trip for each."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql(_LINK_MANY, tuple(list(column) for column in zip(*links, strict=True)))
    else:
        connection.exec_driver_sql(_LINK_ONE, list(links))
