"""HQ's own facts: entries of the till called `hq`, written in the transaction of their effects.

`record` writes them; `link` makes them a chain afterwards, in the order in which they were committed.
"""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select, text, update

from hq_sync_server.office import feed
from hq_sync_server.office.books import Books
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.records import bulk, tables
from shared_models.bodies import Body
from shared_models.entries import GENESIS_HASH, Head, entry_hash
from shared_models.ids import HQ_TILL_ID
from shared_models.moments import business_date_of
from shared_models.postings import derive_postings

HQ_EPOCH_OF_CHAIN = 1


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


def link(desk: Desk) -> int:
    """Give HQ's facts their place in HQ's chain (seq, prev_hash, hash); how many were linked. One at a time does so."""
    entries = tables.entries
    unlinked = select(entries.c.entry_id, entries.c.entry_type, entries.c.type_version, entries.c.body).where(
        entries.c.seq.is_(None)
    )
    with desk.read() as connection:
        if connection.execute(unlinked.limit(1)).first() is None:
            return 0
    with desk.database.write() as connection:
        if connection.dialect.name == "postgresql":
            connection.execute(text("SELECT pg_advisory_xact_lock(:lock)"), {"lock": feed.SEQUENCER_LOCK})
        heads = tables.heads
        place = heads.c.till_id == HQ_TILL_ID
        found = connection.execute(select(heads.c.seq, heads.c.head_hash).where(place)).first()
        seq, prev_hash = (found[0], bytes(found[1])) if found else (0, GENESIS_HASH)
        linked = []
        for entry_id, entry_type, type_version, body in connection.execute(unlinked.order_by(entries.c.entry_id)):
            seq += 1
            digest = entry_hash(HQ_TILL_ID, HQ_EPOCH_OF_CHAIN, seq, prev_hash, entry_type, type_version, bytes(body))
            linked.append({"at": entry_id, "seq": seq, "prev_hash": prev_hash, "entry_hash": digest})
            prev_hash = digest
        if linked:
            statement = (
                update(entries)
                .where(entries.c.entry_id == text(":at"))
                .values(seq=text(":seq"), prev_hash=text(":prev_hash"), entry_hash=text(":entry_hash"))
            )
            connection.execute(statement, linked)
            bulk.upsert(
                connection,
                heads,
                ("till_id", "epoch", "seq", "head_hash", "genesis_hash", "status"),
                [(HQ_TILL_ID, HQ_EPOCH_OF_CHAIN, seq, prev_hash, GENESIS_HASH, "open")],
            )
        return len(linked)
