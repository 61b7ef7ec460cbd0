"""Payments through a wallet's provider, from before the provider is asked until nobody has to ask any more.

They are no facts of the chain: a sale, a refund or a settlement is. They are what a restart must find again, so each
step is on disk before what follows from it is done. A payment code is never here.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import Any, Literal
from uuid import UUID, uuid5

from sqlalchemy import bindparam, insert, select, update

from pos_client.ledger.database import prepared
from pos_client.ledger.tables import wallet_payments
from shared_models.bodies import Body, OrderCancelled, Refund, TopUpCancelled, WalletSettled, Withdrawal
from shared_models.sales import Tender, TenderKind

WalletState = Literal[
    "asking", "waiting", "paid", "refused", "reversing", "reversed", "unknown", "returned", "settled"
]  # fmt: skip
WalletPurpose = Literal["sale", "top_up", "order", "refund"]

REPAYING = (Refund, OrderCancelled, TopUpCancelled, Withdrawal)
"""What may owe something to a wallet."""
_REPAYMENT = UUID("7f0f1b7e-6d0b-5e55-9a53-52a6f4a3b6d1")
_INSERT = prepared(insert(wallet_payments))
ONE = prepared(select(wallet_payments).where(wallet_payments.c.payment_id == bindparam("at_payment")))
_CLOSE = prepared(
    update(wallet_payments).where(wallet_payments.c.payment_id == bindparam("at_payment")).values(state="settled")
)


@dataclass(frozen=True, slots=True, kw_only=True)
class WalletPayment:
    """A payment, or with `of_payment` a repayment of that one. `business_id` is the sale (top-up, order, refund) it is
    for, which is not written before it is paid."""

    payment_id: UUID
    kind: TenderKind
    amount_fen: int
    purpose: WalletPurpose
    business_id: UUID
    state: WalletState = "asking"
    provider: str = ""
    of_payment: UUID | None = None
    began_ms: int = 0
    changed_ms: int = 0
    trade_number: str = ""
    code: str = ""

    @property
    def is_refund(self) -> bool:
        """Whether it goes to the customer."""
        return self.of_payment is not None


def owe(driver: sqlite3.Connection, body: Body, tenders: Iterable[Tender]) -> None:
    """A refund is written: what goes back through a provider is owed from this moment, in the same transaction."""
    for tender in tenders:
        if tender.payment_id is not None and tender.provider and tender.state == "recorded":
            payment = WalletPayment(
                payment_id=repayment_id(body.head.business_id, tender.payment_id),
                of_payment=tender.payment_id,
                kind=tender.kind,
                provider=tender.provider,
                amount_fen=tender.amount_fen,
                purpose="refund",
                business_id=body.head.business_id,
            )
            put(driver, payment, body.head.till_time_ms)


def owe_again(driver: sqlite3.Connection, lost: Iterable[Body]) -> None:
    """What this till wrote once, lost with its disk and has again from HQ: what that owed to wallets is asked for under
    the same numbers, under which a provider gives back once. Not what a manager had settled."""
    bodies = list(lost)
    settled = {body.payment_id for body in bodies if isinstance(body, WalletSettled)}
    for body in bodies:
        if isinstance(body, REPAYING):
            number = body.head.business_id
            owed = (
                one for one in body.tenders if one.payment_id and repayment_id(number, one.payment_id) not in settled
            )
            owe(driver, body, owed)


def close(driver: sqlite3.Connection, body: WalletSettled) -> None:
    """It is settled by an entry: nobody asks any more."""
    driver.execute(_CLOSE, {"at_payment": body.payment_id.bytes})


def repayment_id(business_id: UUID, payment_id: UUID) -> UUID:
    """The number under which a refund asks for a payment back: the same at every try, also after a restart."""
    return uuid5(_REPAYMENT, business_id.hex + payment_id.hex)


def put(driver: sqlite3.Connection, payment: WalletPayment, now_ms: int) -> None:
    """Remember one; the same again is nothing."""
    if driver.execute(ONE, {"at_payment": payment.payment_id.bytes}).fetchone():
        return
    driver.execute(
        _INSERT,
        {
            "payment_id": payment.payment_id.bytes,
            "of_payment": payment.of_payment.bytes if payment.of_payment else None,
            "kind": payment.kind,
            "provider": payment.provider,
            "amount_fen": payment.amount_fen,
            "state": payment.state,
            "purpose": payment.purpose,
            "business_id": payment.business_id.bytes,
            "began_ms": now_ms,
            "changed_ms": now_ms,
            "trade_number": payment.trade_number,
            "code": payment.code,
        },
    )


def payment_of(row: Sequence[Any]) -> WalletPayment:
    """One of a row of the table."""
    payment_id, of_payment, kind, provider, amount_fen, state, purpose, business_id, began_ms, changed_ms, *rest = row
    return WalletPayment(
        payment_id=UUID(bytes=payment_id),
        of_payment=UUID(bytes=of_payment) if of_payment else None,
        kind=kind,
        provider=provider,
        amount_fen=amount_fen,
        state=state,
        purpose=purpose,
        business_id=UUID(bytes=business_id),
        began_ms=began_ms,
        changed_ms=changed_ms,
        trade_number=rest[0],
        code=rest[1],
    )
