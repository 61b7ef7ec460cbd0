"""Who works at the till: login by PIN or badge, lock, and a manager's approval inside the flow."""

from typing import Literal

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import StaffView
from shared_models.sales import Approval

ApprovalAction = Literal[
    "price_override", "line_discount", "basket_discount", "cancel_basket", "presence", "refund",
    "refund_without_receipt", "void_sale", "tender_correction", "cash_out", "drawer_open", "x_report",
    "withdrawal", "top_up_cancel",
]  # fmt: skip


class Staff:
    """Login and approvals, offline, from the staff rows HQ published."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def names(self) -> tuple[StaffView, ...]:
        """Those who may work in this store, by id, for the login screen."""
        raise NotImplementedError

    def current(self) -> StaffView | None:
        """Who is logged in."""
        raise NotImplementedError

    def login(self, staff_id: str, pin: str) -> StaffView:
        """Refuses `pin_wrong(attempts_left)`, `staff_locked(until_ms)`, `staff_unknown`."""
        raise NotImplementedError

    def login_by_badge(self, code: str) -> StaffView:
        """Refuses `badge_unknown`, `staff_locked`."""
        raise NotImplementedError

    def log_out(self) -> None:
        """Locks the till: the open basket stays as it is for whoever comes next."""
        raise NotImplementedError

    def approve(self, action: ApprovalAction, staff_id: str, pin: str, reason: str = "") -> Approval:
        """A manager's yes to an action that was refused `approval_needed(action=..., who="manager")`. Hand the result
        to that action as `approval`; it is good for one action within five minutes. Refuses like `login`, and
        `not_a_manager`."""
        raise NotImplementedError

    def approve_by_badge(self, action: ApprovalAction, code: str, reason: str = "") -> Approval:
        """The same by a manager's badge."""
        raise NotImplementedError
