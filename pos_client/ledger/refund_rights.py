"""The right to refund a sale at this till: here from the start for what this till sold in its present epoch until it is
given up; or taken over from HQ together with the sale. What all refunds take of a line never exceeds the line.

Called in the refund's own transaction, and by `coupons` for those who look before.
"""

import sqlite3
from dataclasses import dataclass
from uuid import UUID

import msgspec
from sqlalchemy import bindparam, select

from pos_client.ledger.answers import TillIdentity
from pos_client.ledger.database import prepared
from pos_client.ledger.rights import Guard, refund_doubted
from pos_client.ledger.tables import entries, lane, tokens
from shared_models.bodies import Refund, Sale, SaleCredited, TenderCorrected
from shared_models.refund_rights import decode_right, with_credit
from shared_models.refusals import Refusal
from shared_models.tokens import refund_right

_SALE = prepared(
    select(entries.c.epoch, entries.c.seq, entries.c.body).where(
        entries.c.business_id == bindparam("sale_id"), entries.c.entry_type == "sale"
    )
)
_LATER = prepared(
    select(entries.c.entry_type, entries.c.body)
    .where(
        entries.c.refers_to == bindparam("sale_id"),
        (entries.c.entry_type == "refund")
        | (entries.c.entry_type == "tender_corrected")
        | (entries.c.entry_type == "sale_credited"),
    )
    .order_by(entries.c.position)
)
_RIGHT = prepared(select(tokens.c.version, tokens.c.state, tokens.c.terms).where(tokens.c.token == bindparam("token")))
_RELEASED_THROUGH = prepared(select(lane.c.refund_rights_released_through))


@dataclass(frozen=True, slots=True)
class Refundable:
    """A sale known here, whoever made it: its place, what was put right on it, and whether its right is here now
    (`version` of it). `doubted`: it would be here, were this till's rights not frozen for that reason."""

    till_id: UUID
    epoch: int
    seq: int
    sale: Sale
    refunds: tuple[Refund, ...]
    corrections: tuple[TenderCorrected, ...]
    here: bool
    version: int
    doubted: str = ""


def read(driver: sqlite3.Connection, identity: TillIdentity, sale_id: UUID, guard: Guard) -> Refundable | None:
    """What this till knows of a sale; None for one it never made nor took over. While its rights are frozen a copy of
    it may hold the same right: two would pay one refund."""
    own = driver.execute(_SALE, {"sale_id": sale_id.bytes}).fetchone()
    moved = driver.execute(_RIGHT, {"token": refund_right(sale_id).bytes}).fetchone()
    version, state, terms = moved or (0, "", b"")
    refunds: dict[UUID, Refund] = {}
    corrections: dict[UUID, TenderCorrected] = {}
    if terms:
        right = decode_right(terms)
        refunds = {one.head.business_id: one for one in right.refunded()}
        corrections = {one.head.business_id: one for one in right.corrected()}
        till_id, epoch, seq, sale = right.till_id, right.epoch, right.seq, right.sold()
    elif own is not None:
        till_id, (epoch, seq, encoded) = identity.till_id, own
        sale = msgspec.json.decode(encoded, type=Sale)
    else:
        return None
    for entry_type, body in driver.execute(_LATER, {"sale_id": sale_id.bytes}).fetchall():
        if entry_type == "refund":
            refund = msgspec.json.decode(body, type=Refund)
            refunds[refund.head.business_id] = refund
        elif entry_type == "sale_credited":
            sale = with_credit(sale, msgspec.json.decode(body, type=SaleCredited))
        else:
            correction = msgspec.json.decode(body, type=TenderCorrected)
            corrections[correction.head.business_id] = correction
    here = state == "owned" if moved else _is_here(driver, identity, own)
    doubted = guard.doubts(seq if not moved and own is not None else None) if here else ""
    return Refundable(
        till_id, epoch, seq, sale, tuple(refunds.values()), tuple(corrections.values()), here and not doubted, version,
        doubted,
    )  # fmt: skip


def is_unmoved_here(driver: sqlite3.Connection, identity: TillIdentity, sale_id: UUID) -> bool:
    """Whether the right to refund a sale of this till is here without ever having moved."""
    if driver.execute(_RIGHT, {"token": refund_right(sale_id).bytes}).fetchone():
        return False
    return _is_here(driver, identity, driver.execute(_SALE, {"sale_id": sale_id.bytes}).fetchone())


def released_through(driver: sqlite3.Connection) -> int:
    """Up to which seq of the present epoch the rights were given up by range."""
    (through,) = driver.execute(_RELEASED_THROUGH).fetchone()
    return int(through)


def within_the_sale(driver: sqlite3.Connection, identity: TillIdentity, body: Refund, guard: Guard) -> None:
    """Refuses `sale_unknown`, `refund_frozen(reason)`, `refund_shut_out(reason)`, `token_not_here` and
    `refund_exceeds_sale`."""
    known = read(driver, identity, body.sale_id, guard)
    if known is not None and known.doubted:
        raise refund_doubted(known.doubted, known.sale.receipt_number)
    if known is None and body.sale_till_id == identity.till_id:
        raise Refusal("sale_unknown", sale_id=body.sale_id.hex)
    if known is None or not known.here or known.version != body.right_version:
        raise Refusal("token_not_here", token=body.sale_id.hex, state="refund_right")
    left = {line.line_number: [line.quantity_milli, line.amount_fen] for line in known.sale.lines}
    for refund in (*known.refunds, body):
        for line in refund.lines:
            rest = left.get(line.line_number)
            if rest is None or line.quantity_milli > rest[0] or line.amount_fen > rest[1]:
                raise Refusal("refund_exceeds_sale", sale_id=body.sale_id.hex, line_number=line.line_number)
            rest[0] -= line.quantity_milli
            rest[1] -= line.amount_fen


def can_be_credited(driver: sqlite3.Connection, identity: TillIdentity, body: SaleCredited, guard: Guard) -> None:
    """Refuses `sale_unknown`, and `sale_credited_already` for one that is a member's, was refunded or is not here."""
    known = read(driver, identity, body.sale_id, guard)
    if known is None:
        raise Refusal("sale_unknown", sale_id=body.sale_id.hex)
    if known.sale.member is not None or known.refunds or not known.here:
        raise Refusal("sale_credited_already", receipt_number=known.sale.receipt_number)


def _is_here(driver: sqlite3.Connection, identity: TillIdentity, own: tuple[int, int, bytes] | None) -> bool:
    if own is None:
        return False
    return bool(own[0] == identity.epoch and own[1] > released_through(driver))
