"""The manager's step at a till whose rights are frozen: yes, this till goes on, and no other disk of it does."""

from dataclasses import dataclass

from pos_client.checkout.desk import Desk
from pos_client.ledger.epochs import ENROL_AGAIN
from shared_models.sales import Approval


@dataclass(frozen=True, slots=True, kw_only=True)
class HealingView:
    """Why rights are frozen and how far the way back is. `waiting_entries`: not at HQ yet; `is_allowed`: a manager has
    said yes; `needs_code`: only a code from HQ helps."""

    frozen_code: str
    waiting_entries: int
    is_allowed: bool
    needs_code: bool


class Healing:
    """The room of that step."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> HealingView | None:
        """How it stands; None while rights are not frozen."""
        ledger = self._desk.ledger
        frozen = ledger.frozen()
        if frozen is None:
            return None
        return HealingView(
            frozen_code=frozen,
            waiting_entries=ledger.sync_state().waiting_entries,
            is_allowed=bool(ledger.new_epoch_approvals()),
            needs_code=frozen in ENROL_AGAIN,
        )

    def allow(self, approval: Approval | None = None) -> HealingView | None:
        """A manager allows a new epoch; the line opens it as soon as HQ has everything. Refuses `approval_needed`
        (action `new_epoch`), `nobody_logged_in`, `nothing_to_heal`, `enrol_again(reason)`."""
        desk = self._desk
        given = desk.approvals.check("new_epoch", approval, desk.need_cashier())
        desk.ledger.allow_new_epoch((given,))
        desk.approvals.use(given)
        desk.push_soon()
        return self.view()
