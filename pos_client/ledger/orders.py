"""Orders as this till has them: those whose token is here, as it took them or got them from HQ, and those that wait at
other tills for somebody who comes to this store."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, literal_column, select

from pos_client.ledger import order_rights
from pos_client.ledger.database import prepared
from pos_client.ledger.facts import Facts
from pos_client.ledger.figures import Figures
from pos_client.ledger.tables import entries, tokens
from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.orders import OrderRow
from shared_models.rules import StoreRules, decode_rules
from shared_models.tokens import order_token

_KNOWN = (
    select(tokens.c.state, tokens.c.version, tokens.c.terms, entries.c.body)
    .outerjoin(entries, (entries.c.business_id == tokens.c.subject) & (entries.c.entry_type == "order_taken"))
    .where(tokens.c.kind == literal_column("'order'"))
)
_HERE = prepared(_KNOWN.where(tokens.c.state == literal_column("'owned'")).order_by(tokens.c.position))
_ONE = prepared(_KNOWN.where(tokens.c.token == bindparam("at_token")))
_ENDED = prepared(
    select(entries.c.body).where(
        entries.c.refers_to == bindparam("order_id"), entries.c.entry_type == "order_cancelled"
    )
)


@dataclass(frozen=True, slots=True)
class OrderKnown:
    """An order this till took or once got. `is_here`: it may be handed over, changed or cancelled here; `doubted`: it
    could be, were this till's rights not frozen for that reason. `rules`: what it was priced by, where it came along.
    `taken_elsewhere`: by another till."""

    taken: OrderTaken
    is_here: bool
    is_done: bool
    doubted: str
    rules: StoreRules | None
    taken_elsewhere: bool


class Orders(Figures, Facts):
    """The room of orders."""

    def orders_here(self) -> list[OrderKnown]:
        """Those whose token is here, in the order they were taken or came."""
        found = (self._order_known(row) for row in self._database.rows(_HERE))
        return [one for one in found if one is not None]

    def order_known(self, order_id: UUID) -> OrderKnown | None:
        """One that this till took or once got, wherever it is by now."""
        row = self._database.row(_ONE, {"at_token": order_token(order_id).bytes})
        return self._order_known(row) if row else None

    def order_replaced_by(self, order_id: UUID) -> UUID:
        """The order that this one has become here; itself where it was not changed here."""
        seen: set[UUID] = set()
        while order_id not in seen:
            seen.add(order_id)
            for (body,) in self._database.rows(_ENDED, {"order_id": order_id.bytes}):
                order_id = msgspec.json.decode(body, type=OrderCancelled).replaced_by or order_id
        return order_id

    def orders_waiting(self) -> list[OrderRow]:
        """All that are to be collected in this store, as HQ last said: wherever they are."""
        return self._objects("order", OrderRow)

    def order_waiting(self, order_id: UUID) -> OrderRow | None:
        """One of them."""
        return self._object("order", order_id.hex, OrderRow)

    def _order_known(self, row: Sequence[Any]) -> OrderKnown | None:
        state, _version, terms, body = row
        right = order_rights.right_of(terms)
        if right is not None:
            taken = right.order()
        elif body is not None:
            taken = msgspec.json.decode(body, type=OrderTaken)
        else:
            return None
        identity = self._enrolled()
        doubted = ""
        if state == "owned":
            with self._database.lock:
                doubted = order_rights.doubted(self._database.driver, identity, taken.order_id, self._guard())
        return OrderKnown(
            taken=taken,
            is_here=state == "owned" and not doubted,
            is_done=state == "spent",
            doubted=doubted,
            rules=decode_rules(right.rules) if right is not None and right.rules else None,
            taken_elsewhere=right is not None and right.till_id != identity.till_id,
        )
