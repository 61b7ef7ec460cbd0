"""The right to hand an order over, change or cancel it at this till: its token, and what came with it from HQ.

Called in the transaction that takes a token over or ends an order, and by `orders` for those who look before.
"""

import sqlite3
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from pos_client.ledger.answers import TillIdentity
from pos_client.ledger.database import prepared
from pos_client.ledger.rights import Guard
from pos_client.ledger.tables import entries, tokens
from shared_models.entries import Attachment
from shared_models.orders import OrderRight, decode_right, told_beside
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer
from shared_models.tokens import order_token

_OWN = prepared(
    select(entries.c.epoch, entries.c.seq).where(
        entries.c.business_id == bindparam("order_id"), entries.c.entry_type == "order_taken"
    )
)
_VERSION = prepared(select(tokens.c.version).where(tokens.c.token == bindparam("token")))


def right_of(terms: bytes) -> OrderRight | None:
    """The order that came with a token; None for one taken here, or one that cannot be read."""
    try:
        return decode_right(terms) if terms else None
    except msgspec.MsgspecError:
        return None


def told_with(answer: ControlAnswer) -> tuple[list[Attachment], set[UUID]]:
    """(what was told beside the orders of an answer, whom they are about). What no order names is not kept."""
    rights = [right_of(move.terms) for move in answer.tokens if move.kind == "order"]
    orders = [right.order() for right in rights if right is not None]
    named = {one for order in orders for one in told_beside(order)}
    beside = [Attachment(kind=one.kind, salt=one.salt, content=one.content) for one in answer.beside]
    return (
        [one for one in beside if one.attachment_hash in named],
        {order.member_id for order in orders if order.member_id is not None},
    )


def doubted(driver: sqlite3.Connection, identity: TillIdentity, order_id: UUID, guard: Guard) -> str:
    """Why an order that is here may be at another disk of this till too, or at another till by now; '' where it cannot:
    nothing is frozen, or it was taken here since."""
    if not guard.frozen:
        return ""
    own = driver.execute(_OWN, {"order_id": order_id.bytes}).fetchone()
    version = driver.execute(_VERSION, {"token": order_token(order_id).bytes}).fetchone()
    is_unmoved = own is not None and own[0] == identity.epoch and version == (0,)
    return guard.doubts(own[1] if is_unmoved else None)


def refuse_doubted(driver: sqlite3.Connection, identity: TillIdentity, order_id: UUID, guard: Guard) -> None:
    """While this till's rights are frozen a copy of it may hold the same order: two would hand it over. Refuses
    `order_frozen(reason)`."""
    reason = doubted(driver, identity, order_id, guard)
    if reason:
        raise Refusal("order_frozen", reason=reason, who="manager")
