"""Orders at HQ: what goes with an order's token to another till, and whether deposits add up.

The token itself is one like any other (`tokens`): its owner gives it back when another till asks for it, and HQ hands
it on. With it go the order, the rules it was priced by, and what was told beside it.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Row, select, update

from hq_sync_server.office.books import order_feed, shelves
from hq_sync_server.office.books.pages import Note, TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.records import office_tables, statements, tables
from shared_models.bodies import Body, OrderCancelled, OrderCollected, OrderTaken, TokenMove, decode_body
from shared_models.orders import OrderRight, encode_right, told_beside
from shared_models.sync import WireAttachment


def terms_of_grant(work: Work, page: TokenPage) -> bytes | None:
    """What a till needs to hand the order over; None while HQ has not heard of the order itself."""
    found = None if page.subject is None else order_feed.taken(work.connection, [page.subject]).get(page.subject)
    if found is None:
        return None
    inputs = found.order.inputs
    named = () if inputs is None else (inputs.rule_hash,)
    rules = statements.fetch(work.connection, office_tables.rules, ("encoded",), "rule_hash", named)
    return encode_right(
        OrderRight(
            till_id=found.till_id,
            epoch=found.epoch,
            seq=found.seq,
            taken=found.body,
            rules=bytes(rules[0][0]) if rules else b"",
        )
    )


def beside(work: Work, moves: Iterable[TokenMove]) -> tuple[WireAttachment, ...]:
    """Who ordered and what is to be written on it, as far as it was not deleted: for whoever is given the order."""
    order_ids = [move.subject for move in moves if move.kind == "order" and move.subject is not None]
    if not order_ids:
        return ()
    found = order_feed.taken(work.connection, order_ids)
    named = sorted({one for entry in found.values() for one in told_beside(entry.order)})
    rows = statements.fetch(
        work.connection,
        tables.attachments,
        ("kind", "salt", "content"),
        "attachment_hash",
        named,
        rest="AND content IS NOT NULL ORDER BY attachment_hash",
    )
    return tuple(
        WireAttachment(seq=0, kind=kind, salt=bytes(salt), content=bytes(content)) for kind, salt, content in rows
    )


def as_it_is_now(connection: Connection, order_id: UUID) -> UUID:
    """The order that this one has become, where it was changed: the slip of before is still in somebody's hand."""
    entries = tables.entries
    seen: set[UUID] = set()
    while order_id not in seen:
        seen.add(order_id)
        ends = connection.scalars(
            select(entries.c.body).where(
                entries.c.refers_to == order_id, entries.c.entry_type == "order_cancelled", entries.c.counts
            )
        )
        for encoded in ends:
            order_id = msgspec.json.decode(bytes(encoded), type=OrderCancelled).replaced_by or order_id
    return order_id


def ended_fen(body: Body) -> int:
    """What of its deposit an entry that ends an order has counted, given back, kept or carried on: so much is in doubt
    where the till had no right to."""
    match body:
        case OrderCollected():
            return body.deposit_fen
        case OrderCancelled():
            return body.returned_fen + body.kept_fen + body.carried_fen
        case _:
            return 0


@dataclass(slots=True)
class _Deposits:
    """All orders as their entries have them, and those of which something was named."""

    taken: dict[UUID, OrderTaken] = field(default_factory=dict)
    ended: dict[UUID, list[OrderCollected | OrderCancelled]] = field(default_factory=dict)
    named: set[UUID] = field(default_factory=set)


def _deposits(connection: Connection) -> _Deposits:
    entries = tables.entries
    kinds = ("order_taken", "order_collected", "order_cancelled")
    rows = connection.execute(
        select(entries.c.entry_type, entries.c.type_version, entries.c.body, entries.c.verdict_codes)
        .where(entries.c.entry_type.in_(kinds), entries.c.counts)
        .order_by(entries.c.entry_id)
    )
    found = _Deposits()
    for entry_type, type_version, encoded, codes in rows:
        body = decode_body(entry_type, type_version, bytes(encoded))
        if isinstance(body, OrderTaken):
            found.taken[body.order_id] = body
        elif isinstance(body, OrderCollected | OrderCancelled):
            found.ended.setdefault(body.order_id, []).append(body)
            if "order_" in codes:
                found.named.add(body.order_id)
    return found


def unsettled(connection: Connection) -> Iterator[UUID]:
    """Orders whose deposit does not add up although nobody named it: an order that ended has had all of its deposit
    counted, given back, kept or carried on, and what was carried on is what the changed order says. For `verify`."""
    found = _deposits(connection)
    for order_id, ends in sorted(found.ended.items()):
        if order_id in found.named:
            continue
        order = found.taken.get(order_id)
        changed = [
            found.taken.get(end.replaced_by) for end in ends if isinstance(end, OrderCancelled) and end.replaced_by
        ]
        adds_up = order is not None and sum(ended_fen(end) for end in ends) == order.deposit_fen
        carried_on = all(sum(one.amount_fen for one in new.carried) == _carried_fen(ends) for new in changed if new)
        if not (adds_up and carried_on):
            yield order_id


def name_unknown(work: Work) -> None:
    """When HQ has recovered from a backup: orders that were handed over or cancelled, and that nobody brought."""
    found = _deposits(work.connection)
    entries = tables.entries.c
    for order_id in sorted(found.ended.keys() - found.taken.keys() - found.named):
        rows = work.connection.execute(select(tables.entries).where(entries.refers_to == order_id, entries.counts))
        for row in rows.all():
            body = decode_body(row.entry_type, row.type_version, bytes(row.body))
            if isinstance(body, OrderCollected | OrderCancelled):
                _name_late(work, row, ended_fen(body))


def _name_late(work: Work, row: Row[Any], amount_fen: int) -> None:
    entries = tables.entries.c
    codes = ",".join(filter(None, (row.verdict_codes, "order_unknown")))
    named = update(tables.entries).where(entries.entry_id == row.entry_id)
    work.connection.execute(named.values(verdict="exception", verdict_codes=codes))
    place = {"till_id": row.till_id, "epoch": row.epoch, "seq": row.seq, "entry_id": row.entry_id}
    note = Note("order_unknown", **place, amount=amount_fen, unit="fen" if amount_fen else "")
    shelves.write_notes(work.connection, [note], work.ids, work.now_ms)


def _carried_fen(ends: Iterable[Body]) -> int:
    return sum(end.carried_fen for end in ends if isinstance(end, OrderCancelled))
