"""Stored value: topping up by the ladder, withdrawing principal, cancelling an unspent top-up."""

from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.money_views import StoredLotView, TopUpView, WithdrawalView
from pos_client.checkout.views import DoneView
from shared_models.sales import Approval, TenderKind


class TopUps:
    """For the member on the basket; the basket itself may be empty or not, it is left alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def start(self) -> TopUpView:
        """The ladder and the balance. Refuses `no_member`, `no_shift`, `nobody_logged_in`."""
        raise NotImplementedError

    def choose(self, principal_fen: int) -> TopUpView:
        """A step of the ladder, or a free amount; the bonus follows. Refuses `amount_invalid`."""
        raise NotImplementedError

    def pay_cash(self, handed_over_fen: int | None = None) -> TopUpView:
        """Cash, no rounding: None is exactly what is left."""
        raise NotImplementedError

    def pay_external(self, kind: TenderKind, amount_fen: int | None = None, *, reference: str = "") -> TopUpView:
        """Wallet or card: recorded."""
        raise NotImplementedError

    def remove(self, index: int) -> TopUpView:
        """Take a payment off again."""
        raise NotImplementedError

    def complete(self) -> DoneView:
        """Writes the top-up; two slips. Refuses `not_paid`, `balance_cap(cap_fen, over_fen)`."""
        raise NotImplementedError

    def lots(self) -> tuple[StoredLotView, ...]:
        """The member's top-ups with what is left of each, newest first."""
        raise NotImplementedError

    def plan_withdrawal(self, top_up_id: UUID, principal_fen: int) -> WithdrawalView:
        """What it would pay out and forfeit. Refuses `lot_not_here(who)`, `rights_short`, `amount_invalid`."""
        raise NotImplementedError

    def withdraw(
        self, top_up_id: UUID, principal_fen: int, *, tender: TenderKind = "cash", approval: Approval | None = None
    ) -> DoneView:
        """Approval `withdrawal`."""
        raise NotImplementedError

    def cancel(self, top_up_id: UUID, *, tender: TenderKind = "cash", approval: Approval | None = None) -> DoneView:
        """The whole top-up back, unspent and within the rules' days. Approval `top_up_cancel`. Refuses `lot_spent`,
        `lot_not_here(who)`, `top_up_too_old`."""
        raise NotImplementedError
