"""The room of payments through a wallet's provider: what `wallet_rows` keeps, written and read by the checkout."""

from uuid import UUID

from sqlalchemy import bindparam, literal_column, or_, select, update

from pos_client.ledger.database import prepared
from pos_client.ledger.parts import LedgerParts
from pos_client.ledger.tables import entries, wallet_payments
from pos_client.ledger.wallet_rows import ONE, WalletPayment, WalletState, payment_of, put

_OF = prepared(
    select(wallet_payments)
    .where(wallet_payments.c.business_id == bindparam("at_business"))
    .order_by(wallet_payments.c.payment_id)
)
_MOVE = prepared(
    update(wallet_payments)
    .where(wallet_payments.c.payment_id == bindparam("at_payment"))
    .values(
        state=bindparam("state"), trade_number=bindparam("trade_number"), code=bindparam("code"),
        changed_ms=bindparam("changed_ms"),
    )
)  # fmt: skip
_booked = select(entries.c.position).where(entries.c.business_id == wallet_payments.c.business_id).exists()
_state = wallet_payments.c.state
_OPEN = prepared(
    select(wallet_payments)
    .where(
        or_(
            *(_state == literal_column(f"'{name}'") for name in ("asking", "waiting", "reversing", "unknown")),
            (_state == literal_column("'paid'")) & ~_booked,
            (_state == literal_column("'refused'")) & wallet_payments.c.of_payment.is_not(None),
        )
    )
    .order_by(wallet_payments.c.began_ms, wallet_payments.c.payment_id)
)


class WalletPayments(LedgerParts):
    """The room of payments under way."""

    def begin_wallet_payment(self, payment: WalletPayment) -> WalletPayment:
        """Remember it, durable when this returns: only then may the provider be asked. The same again is nothing."""
        now_ms = self._clock.now_ms()
        with self._database.writing() as driver:
            put(driver, payment, now_ms)
        known = self.wallet_payment(payment.payment_id)
        assert known is not None, "what was written can be read"
        return known

    def move_wallet_payment(
        self, payment_id: UUID, state: WalletState, *, trade_number: str = "", code: str = ""
    ) -> None:
        """What became of it, durable when this returns."""
        with self._database.writing() as driver:
            driver.execute(
                _MOVE,
                {
                    "at_payment": payment_id.bytes,
                    "state": state,
                    "trade_number": trade_number,
                    "code": code,
                    "changed_ms": self._clock.now_ms(),
                },
            )

    def wallet_payment(self, payment_id: UUID) -> WalletPayment | None:
        """One of them."""
        row = self._database.row(ONE, {"at_payment": payment_id.bytes})
        return payment_of(row) if row else None

    def wallet_payments_of(self, business_id: UUID) -> list[WalletPayment]:
        """Those for one sale, top-up, order or refund, oldest first."""
        return [payment_of(row) for row in self._database.rows(_OF, {"at_business": business_id.bytes})]

    def open_wallet_payments(self) -> list[WalletPayment]:
        """Those of which it is not known how they end, those paid for something that was never written, and repayments
        that the provider refused; oldest first."""
        return [payment_of(row) for row in self._database.rows(_OPEN)]
