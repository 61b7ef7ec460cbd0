"""A manager's yes: given inside the flow, good for one action, written into the entry it allowed."""

from typing import Literal

from shared_models.catalog import StaffRow
from shared_models.ids import IdSource
from shared_models.moments import Clock
from shared_models.refusals import Refusal
from shared_models.sales import Approval

ApprovalAction = Literal[
    "price_override", "line_discount", "basket_discount", "presence", "refund", "refund_without_receipt", "void_sale",
    "tender_correction", "cash_out", "drawer_open", "x_report", "withdrawal", "top_up_cancel", "clock", "reprint",
    "new_epoch", "risk", "wallet_unknown", "wallet_settle", "order_waive", "new_card", "new_phone", "new_code",
    "training", "hand_over",
]  # fmt: skip

GOOD_FOR_MS = 5 * 60_000


class Approvals:
    """Approvals given and not used yet."""

    def __init__(self, clock: Clock, ids: IdSource) -> None:
        self._clock = clock
        self._ids = ids
        self._given: dict[str, tuple[Approval, int]] = {}

    def give(self, action: ApprovalAction, approver: StaffRow, reason: str = "") -> Approval:
        """A new approval by somebody who proved to be `approver`. Refuses `not_a_manager`."""
        if approver.role != "manager":
            raise Refusal("not_a_manager", staff_id=approver.staff_id, who="manager")
        approval = Approval(
            approval_id=self._ids.new_id().hex,
            action=action,
            approver_id=approver.staff_id,
            reason=reason,
            at_ms=self._clock.now_ms(),
        )
        self._given[approval.approval_id] = (approval, self._clock.monotonic_ms())
        return approval

    def check(
        self, action: ApprovalAction, approval: Approval | None, cashier: StaffRow, **about: str | int
    ) -> Approval:
        """The approval to be written for an action that needs one: the one handed in, or the cashier's own where the
        cashier is a manager. Refuses `approval_needed` and `approval_invalid`. Call `use` once the action is done.

        `about` is what the manager says yes to, for the panel that asks: `amount_fen`, `before_fen` where that changes
        something, the `name` of the goods."""
        if approval is None:
            if cashier.role != "manager":
                raise Refusal("approval_needed", action=action, who="manager", **about)
            return self.give(action, cashier)
        given, given_at_ms = self._given.get(approval.approval_id, (None, 0))
        if given != approval or approval.action != action:
            raise Refusal("approval_invalid", action=action, who="manager")
        if self._clock.monotonic_ms() - given_at_ms > GOOD_FOR_MS:
            del self._given[approval.approval_id]
            raise Refusal("approval_needed", action=action, who="manager", **about)
        return approval

    def use(self, *approvals: Approval) -> None:
        """They are written: none of them allows anything else."""
        for approval in approvals:
            self._given.pop(approval.approval_id, None)
