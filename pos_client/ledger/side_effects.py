"""What an entry does at this till besides postings, rights and tokens: shifts, own registrations, refunds' bounds.

Called by the chain, in the entry's own transaction.
"""

import sqlite3
from collections.abc import Sequence

import msgspec
from sqlalchemy import bindparam, insert, select, update

from pos_client.ledger import order_rights, refund_rights, wallet_rows
from pos_client.ledger import own_changes as changes
from pos_client.ledger.answers import TillIdentity
from pos_client.ledger.database import prepared
from pos_client.ledger.rights import Guard
from pos_client.ledger.tables import baskets, own_changes, own_members, shifts
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.entries import Attachment
from shared_models.members import MemberRow
from shared_models.refusals import Refusal

_OPEN_SHIFT = prepared(insert(shifts))
_CLOSE_SHIFT = prepared(
    update(shifts)
    .where(shifts.c.shift_id == bindparam("at_shift"), shifts.c.closed.is_(None))
    .values(closed=bindparam("position"))
)
_PRESENT_SHIFT = prepared(select(shifts.c.shift_id).where(shifts.c.closed.is_(None)))
_OWN_MEMBER = prepared(insert(own_members))
_OWN_CHANGE = prepared(insert(own_changes))
DROP_BASKET = prepared(baskets.delete().where(baskets.c.basket_id == bindparam("at_basket")))

_encoder = msgspec.msgpack.Encoder()


def value_fen(body: Body) -> int:
    """The money an entry moved, for telling how much waits to be synced."""
    match body:
        case bodies.Sale() | bodies.Refund() | bodies.RefundWithoutReceipt():
            return abs(body.total_fen)
        case bodies.TopUp() | bodies.TopUpCancelled() | bodies.Withdrawal():
            return body.principal_fen
        case bodies.OrderTaken() | bodies.OrderCancelled():
            return sum(tender.amount_fen for tender in body.tenders)
        case _:
            return 0


def refers_to(body: Body) -> bytes | None:
    """The business id of the entry that this one is about."""
    match body:
        case bodies.Refund() | bodies.TenderCorrected() | bodies.SaleCredited():
            return body.sale_id.bytes
        case bodies.TopUpCancelled() | bodies.Withdrawal():
            return body.top_up_id.bytes
        case bodies.TicketMoved():
            return body.ticket_id.bytes
        case bodies.OrderCollected() | bodies.OrderCancelled():
            return body.order_id.bytes
        case _:
            return None


def apply(
    driver: sqlite3.Connection, identity: TillIdentity, position: int, body: Body, beside: Sequence[Attachment],
    guard: Guard,
) -> None:  # fmt: skip
    """Refuses `shift_open`, `shift_not_open`, `token_not_here`, `sale_unknown`, `refund_exceeds_sale`,
    `refund_frozen`, `order_frozen`."""
    match body:
        case bodies.ShiftOpened():
            _open_shift(driver, position, body)
        case bodies.ShiftClosed():
            values = {"at_shift": body.shift_id.bytes, "position": position}
            if driver.execute(_CLOSE_SHIFT, values).rowcount != 1:
                raise Refusal("shift_not_open")
        case bodies.Refund():
            refund_rights.within_the_sale(driver, identity, body, guard)
            wallet_rows.owe(driver, body, body.tenders)
        case bodies.OrderCollected():
            order_rights.refuse_doubted(driver, identity, body.order_id, guard)
        case bodies.OrderCancelled():
            order_rights.refuse_doubted(driver, identity, body.order_id, guard)
            wallet_rows.owe(driver, body, body.tenders)
        case bodies.TopUpCancelled() | bodies.Withdrawal():
            wallet_rows.owe(driver, body, body.tenders)
        case bodies.WalletSettled():
            wallet_rows.close(driver, body)
        case bodies.SaleCredited():
            refund_rights.can_be_credited(driver, identity, body, guard)
        case bodies.MemberRegistered():
            _remember_member(driver, position, body, beside)
        case bodies.MemberEdited() | bodies.MemberTagged():
            _remember_change(driver, position, body, beside)
        case _:
            pass


def _open_shift(driver: sqlite3.Connection, position: int, body: bodies.ShiftOpened) -> None:
    if driver.execute(_PRESENT_SHIFT).fetchone():
        raise Refusal("shift_open")
    row = {"shift_id": body.shift_id.bytes, "business_date": body.head.business_date, "opened": position}
    driver.execute(_OPEN_SHIFT, {**row, "closed": None})


def _remember_member(
    driver: sqlite3.Connection, position: int, body: bodies.MemberRegistered, beside: Sequence[Attachment]
) -> None:
    """A member registered here is found here at once, whatever becomes of the mirror."""
    said = {each.attachment_hash: each.content.decode() for each in beside if each.kind != "phone_sealed"}
    row = MemberRow(
        member_id=body.member_id,
        canonical_id=body.member_id,
        status="provisional",
        name=said.get(body.name, ""),
        phone_masked=said.get(body.phone_masked, ""),
        phone_hash=said.get(body.phone_hash, ""),
        card_codes=(body.card_code,) if body.card_code else (),
        birthday=said.get(body.birthday, ""),
        home_store_id=body.home_store_id,
    )
    driver.execute(
        _OWN_MEMBER,
        {
            "member_id": row.member_id.bytes,
            "position": position,
            "card_code": body.card_code,
            "phone_hash": row.phone_hash,
            "phone_masked": row.phone_masked,
            "name": row.name,
            "member": _encoder.encode(row),
        },
    )


def _remember_change(
    driver: sqlite3.Connection,
    position: int,
    body: bodies.MemberEdited | bodies.MemberTagged,
    beside: Sequence[Attachment],
) -> None:
    """An edit made here is seen here at once."""
    change = changes.change_of(body, beside)
    driver.execute(
        _OWN_CHANGE,
        {
            "position": position,
            "member_id": body.member_id.bytes,
            "name": change.profile.get("name", ""),
            "phone_hash": change.profile.get("phone_hash", ""),
            "card_code": change.cards_added[0] if change.cards_added else "",
            "change": changes.encoded(change),
        },
    )
