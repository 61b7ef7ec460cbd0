"""What the feed says of orders that wait, to the tills of the store of collection: worked out when the books are
closed. Nobody's name is in it; that goes with the token. For `books` alone, and `taken` for `orders`."""

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import Connection

from hq_sync_server.office.books.pages import TokenPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation.feed import FeedChange
from hq_sync_server.records import statements, tables
from shared_models.bodies import OrderTaken
from shared_models.orders import OrderRow, pieces_of

_encoder = msgspec.msgpack.Encoder()


@dataclass(frozen=True, slots=True)
class TakenEntry:
    """The entry that took an order: its place and the bytes of its body."""

    entry_id: int
    till_id: UUID
    epoch: int
    seq: int
    body: bytes

    @property
    def order(self) -> OrderTaken:
        """The order."""
        return msgspec.json.decode(self.body, type=OrderTaken)


def taken(connection: Connection, order_ids: Collection[UUID]) -> dict[UUID, TakenEntry]:
    """The entries behind these orders, as far as HQ has heard of them."""
    names = ("business_id", "entry_id", "till_id", "epoch", "seq", "body")
    rest = "AND counts AND entry_type = 'order_taken'"
    rows = statements.fetch(connection, tables.entries, names, "business_id", sorted(order_ids), rest=rest)
    return {row[0]: TakenEntry(row[1], row[2], row[3], row[4], bytes(row[5])) for row in rows}


def changes(work: Work, pages: Iterable[TokenPage]) -> list[FeedChange]:
    """The rows that these changed tokens mean: one of an order that is done, or has become another, is taken away."""
    orders = {page.subject: page for page in pages if page.kind == "order" and page.subject is not None}
    if not orders:
        return []
    found = taken(work.connection, orders.keys())
    stores: dict[UUID, UUID] = dict(
        statements.fetch(
            work.connection, tables.tills, ("till_id", "store_id"), "till_id", {one.till_id for one in found.values()}
        )
    )
    return [
        _change(page, found[order_id].order, stores.get(found[order_id].till_id))
        for order_id, page in sorted(orders.items())
        if order_id in found
    ]


def _change(page: TokenPage, order: OrderTaken, taken_store_id: UUID | None) -> FeedChange:
    store_id = order.collect_store_id or taken_store_id
    if page.spent_entry_id is not None or store_id is None:
        return FeedChange("order", order.order_id.hex, store_id=store_id, deleted=True)
    row = OrderRow(
        order_id=order.order_id,
        receipt_number=order.receipt_number,
        collect_store_id=store_id,
        collect_at_ms=order.collect_at_ms,
        taken_store_id=taken_store_id,
        owner_till_id=page.owner_till_id,
        version=page.version,
        member_id=order.member_id,
        goods=order.lines[0].name if order.lines else "",
        pieces=pieces_of(order),
        total_fen=order.total_fen,
        deposit_fen=order.deposit_fen,
    )
    return FeedChange("order", order.order_id.hex, _encoder.encode(row), store_id)
