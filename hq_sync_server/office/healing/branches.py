"""Branches of a till's chain: what HQ has of an epoch when a disk went back or a till was copied.

HQ keeps entries under (till, epoch, seq, hash), and takes one only after the one it follows. So an entry HQ knows is
one that it knows all the way back, and one look says whether a till's past is HQ's too. For the lane, intake and
healing.
"""

from collections.abc import Iterable
from itertools import pairwise
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, and_, func, select

from hq_sync_server.records import statements, tables
from shared_models.sync import HISTORY_ENTRIES_MAX, EntriesRequest, HistoryEntry, HistoryPage, Rung, WireEntry


class Link(Struct, frozen=True):
    """An entry of a till's epoch, by its place and hash. Seq 0: what the epoch's first entry follows."""

    seq: int
    entry_hash: bytes


def knows(connection: Connection, till_id: UUID, epoch: int, link: Link) -> bool:
    """Whether HQ has this entry, and so all before it."""
    if link.seq == 0:
        found = statements.run(
            connection, "SELECT genesis_hash FROM heads WHERE till_id = ? AND epoch = ?", (till_id, epoch)
        ).first()
        return found is not None and bytes(found[0]) == link.entry_hash
    place = (till_id, epoch, link.seq, link.entry_hash)
    sql = "SELECT 1 FROM entries WHERE till_id = ? AND epoch = ? AND seq = ? AND entry_hash = ?"
    return statements.run(connection, sql, place).first() is not None


def was_left(connection: Connection, till_id: UUID, epoch: int, tip: Link, head: Link) -> bool:
    """Whether this is the end of a branch that HQ had left for another: who goes on from it lives beside that one. A
    disk that went back goes on from where others went on before it."""
    if tip.seq == 0 or tip == head:
        return False
    table = tables.entries.c
    follows = and_(
        table.till_id == till_id, table.epoch == epoch, table.seq == tip.seq + 1, table.prev_hash == tip.entry_hash
    )
    return connection.scalar(select(table.entry_id).where(follows).limit(1)) is None


def is_sealed(connection: Connection, till_id: UUID, epoch: int) -> bool:
    """Whether the epoch was declared over: its rights have come home."""
    sql = "SELECT status FROM heads WHERE till_id = ? AND epoch = ?"
    found = statements.run(connection, sql, (till_id, epoch)).first()
    return found is not None and found[0] == "sealed"


def common(connection: Connection, till_id: UUID, epoch: int, links: Iterable[Link]) -> Link | None:
    """The last of these links that HQ knows."""
    for link in sorted(links, key=lambda one: one.seq, reverse=True):
        if knows(connection, till_id, epoch, link):
            return link
    return None


def goes_on(request: EntriesRequest, seq: int, entry_hash: bytes) -> bool:
    """Whether a batch goes on from HQ's head. What stands beside it is a branch, whether or not the till that brings it
    says that its disk went back."""
    follows = (request.first_seq - 1, request.prev_hash)
    return (seq, entry_hash) in (follows, *((one.seq, one.entry_hash) for one in request.entries))


def rungs(ladder: Iterable[Rung]) -> list[Link]:
    """The links a till named in its hello."""
    return [Link(rung.seq, rung.entry_hash) for rung in ladder]


def lost(connection: Connection, till_id: UUID, epoch: int, end: Link, after: int) -> HistoryPage:
    """Entries of an epoch that are not on the branch that ends at `end` (which the till has), from entry id `after`
    on: a page of them."""
    table = tables.entries
    aside = [entry_id for entry_id in _off_path(connection, till_id, epoch, end) if entry_id > after]
    wanted = sorted(aside)[:HISTORY_ENTRIES_MAX]
    if not wanted:
        return HistoryPage(after=after)
    rows = connection.execute(select(table).where(table.c.entry_id.in_(wanted)).order_by(table.c.entry_id))
    found = tuple(
        HistoryEntry(
            epoch=row.epoch,
            prev_hash=bytes(row.prev_hash),
            entry=WireEntry(
                seq=row.seq,
                entry_type=row.entry_type,
                type_version=row.type_version,
                body=bytes(row.body),
                entry_hash=bytes(row.entry_hash),
            ),
        )
        for row in rows
    )
    return HistoryPage(entries=found, after=wanted[-1], more=len(aside) > len(wanted))


def _off_path(connection: Connection, till_id: UUID, epoch: int, end: Link) -> list[int]:
    """Ids of the entries beside the branch. Below the first place with two entries there is one branch alone, so only
    what lies above is walked."""
    table = tables.entries.c
    here = and_(table.till_id == till_id, table.epoch == epoch)
    twice = select(table.seq).where(here).group_by(table.seq).having(func.count() > 1).subquery()
    first_twice = connection.scalar(select(func.min(twice.c.seq)))
    beyond = end.seq + 1
    begin = beyond if first_twice is None else min(first_twice, beyond)
    rows = connection.execute(
        select(table.entry_id, table.seq, table.prev_hash, table.entry_hash).where(here, table.seq >= begin)
    ).all()
    entries = {(row.seq, bytes(row.entry_hash)): (row.entry_id, bytes(row.prev_hash)) for row in rows}
    seq, entry_hash = end.seq, end.entry_hash
    while (seq, entry_hash) in entries:
        _entry_id, prev_hash = entries.pop((seq, entry_hash))
        seq, entry_hash = seq - 1, prev_hash
    return [entry_id for entry_id, _prev_hash in entries.values()]


def first_incomplete(connection: Connection, till_id: UUID, before_epoch: int) -> tuple[int, Link] | None:
    """The earliest epoch before this one whose last entry, as HQ has it, is not what the next epoch began with: HQ was
    restored from a backup and lost the end of it. (epoch, where HQ's part ends)."""
    names = ("epoch", "seq", "head_hash", "genesis_hash")
    rest = "AND epoch <= ? ORDER BY epoch"
    rows = statements.fetch(
        connection, tables.heads, names, "till_id", (till_id,), rest=rest, parameters=(before_epoch,)
    )
    for (epoch, seq, head_hash, _), (_, _, _, genesis_hash) in pairwise(rows):
        if bytes(genesis_hash) != bytes(head_hash):
            return epoch, Link(seq, bytes(head_hash))
    return None


def unsealed(connection: Connection, till_id: UUID, before_epoch: int) -> list[int]:
    """Earlier epochs of a till whose rights have not come home."""
    heads = tables.heads.c
    rows = connection.scalars(
        select(heads.epoch)
        .where(heads.till_id == till_id, heads.epoch < before_epoch, heads.status == "open")
        .order_by(heads.epoch)
    )
    return list(rows)
