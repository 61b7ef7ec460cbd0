"""Paying: cash, stored value, recorded external tenders, any split, and the one entry that makes it a sale."""

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import BasketView, DoneView, PaymentView
from shared_models.sales import TenderKind


class Payment:
    """The payments of the open basket. They are saved with it; nothing is booked before `complete`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> PaymentView:
        """The pay screen as it stands. Refuses `basket_empty`, `no_shift`, `nobody_logged_in`."""
        raise NotImplementedError

    def pay_cash(self, handed_over_fen: int | None = None) -> PaymentView:
        """Cash; None is exactly what is left. What is above becomes change, and the rest of the due is rounded."""
        raise NotImplementedError

    def pay_stored_value(self, amount_fen: int | None = None) -> PaymentView:
        """Stored value; None takes what is usable, at most what is left. Refuses `no_member`, `rights_short`,
        `presence_needed(free_fen)`, `lease_over`, `rights_frozen`, `overpaid`."""
        raise NotImplementedError

    def pay_external(self, kind: TenderKind, amount_fen: int | None = None, *, reference: str = "") -> PaymentView:
        """Wallet, bank card, voucher: recorded, unconfirmed. None takes what is left. Refuses `overpaid`,
        `voucher_used` (each code once), `reference_is_a_payment_code`."""
        raise NotImplementedError

    def remove(self, index: int) -> PaymentView:
        """Take a payment off again."""
        raise NotImplementedError

    def cancel(self) -> BasketView:
        """Back to the basket without any payment."""
        raise NotImplementedError

    def complete(self) -> DoneView:
        """Writes the sale; once this returns it is on disk and may be printed. Refuses `not_paid(left_fen)`,
        `overpaid`, and what the ledger refuses; the basket is then unharmed."""
        raise NotImplementedError
