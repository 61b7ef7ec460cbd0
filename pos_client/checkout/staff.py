"""Who works at the till: login by PIN or badge, lock, and a manager's approval inside the flow.

Offline like everything else: the staff rows come with the feed, PINs as argon2id hashes. Wrong PINs are counted per
person in this process; a restart takes longer than it would win.
"""

import hashlib
import hmac

from argon2 import PasswordHasher
from argon2.exceptions import InvalidHashError, VerificationError

from pos_client.checkout.approvals import ApprovalAction
from pos_client.checkout.desk import Desk
from pos_client.checkout.views import StaffView
from shared_models.catalog import StaffRow
from shared_models.refusals import Refusal
from shared_models.sales import Approval

__all__ = ["ApprovalAction", "Staff"]

WRONG_PINS_MAX = 5
LOCKED_MS = 5 * 60_000


class Staff:
    """Login and approvals, offline, from the staff rows HQ published."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._hasher = PasswordHasher()
        self._wrong: dict[str, int] = {}
        self._locked_until_ms: dict[str, int] = {}  # monotonic

    def names(self) -> tuple[StaffView, ...]:
        """Those who may work in this store, by id, for the login screen."""
        return tuple(self._view(row) for row in sorted(self._rows(), key=lambda row: row.staff_id))

    def current(self) -> StaffView | None:
        """Who is logged in."""
        cashier = self._desk.cashier
        return None if cashier is None else self._view(cashier)

    def login(self, staff_id: str, pin: str) -> StaffView:
        """Refuses `pin_wrong(name, attempts_left)`, `staff_locked(seconds)`, `staff_unknown`."""
        self._desk.cashier = self.proved_by_pin(staff_id, pin)
        return self._view(self._desk.cashier)

    def login_by_badge(self, code: str) -> StaffView:
        """Refuses `badge_unknown`, `staff_locked`."""
        self._desk.cashier = self.proved_by_badge(code)
        return self._view(self._desk.cashier)

    def log_out(self) -> None:
        """Locks the till: the open basket stays as it is for whoever comes next."""
        self._desk.cashier = None

    def approve(self, action: ApprovalAction, staff_id: str, pin: str, reason: str = "") -> Approval:
        """A manager's yes to an action that was refused `approval_needed(action=..., who="manager")`. Hand the result
        to that action as `approval`; it is good for one action within five minutes. Refuses like `login`, and
        `not_a_manager`."""
        return self._desk.approvals.give(action, self.proved_by_pin(staff_id, pin), reason)

    def approve_by_badge(self, action: ApprovalAction, code: str, reason: str = "") -> Approval:
        """The same by a manager's badge."""
        return self._desk.approvals.give(action, self.proved_by_badge(code), reason)

    def _rows(self) -> list[StaffRow]:
        store_id = self._desk.identity.store_id
        rows = self._desk.ledger.staff_list()
        return [row for row in rows if row.active and (not row.stores or store_id in row.stores)]

    def proved_by_pin(self, staff_id: str, pin: str) -> StaffRow:
        """Somebody who knows their PIN, for other rooms of the checkout. Refuses like `login`."""
        row = next((row for row in self._rows() if row.staff_id == staff_id), None)
        if row is None or not row.pin_hash:
            raise Refusal("staff_unknown", staff_id=staff_id, who="hq")
        self._refuse_locked(row)
        try:
            self._hasher.verify(row.pin_hash, pin)
        except (VerificationError, InvalidHashError):
            self._count_wrong(staff_id)
            left = WRONG_PINS_MAX - self._wrong.get(staff_id, 0)
            if staff_id in self._locked_until_ms:
                self._refuse_locked(row)
            raise Refusal("pin_wrong", name=row.name, attempts_left=left, who="cashier") from None
        self._wrong.pop(staff_id, None)
        return row

    def proved_by_badge(self, code: str) -> StaffRow:
        """Somebody who has their badge. Refuses like `login_by_badge`."""
        digest = hashlib.sha256(code.strip().upper().encode()).hexdigest()
        for row in self._rows():
            if row.badge_hash and hmac.compare_digest(row.badge_hash, digest):
                self._refuse_locked(row)
                return row
        raise Refusal("badge_unknown", who="hq")

    def _count_wrong(self, staff_id: str) -> None:
        wrong = self._wrong.get(staff_id, 0) + 1
        self._wrong[staff_id] = wrong
        if wrong >= WRONG_PINS_MAX:
            self._wrong.pop(staff_id)
            self._locked_until_ms[staff_id] = self._desk.clock.monotonic_ms() + LOCKED_MS

    def _refuse_locked(self, row: StaffRow) -> None:
        left_ms = self._locked_ms(row.staff_id)
        if left_ms:
            raise Refusal("staff_locked", staff_id=row.staff_id, seconds=-(-left_ms // 1000), who="manager")

    def _locked_ms(self, staff_id: str) -> int:
        until_ms = self._locked_until_ms.get(staff_id)
        if until_ms is None:
            return 0
        left_ms = until_ms - self._desk.clock.monotonic_ms()
        if left_ms <= 0:
            del self._locked_until_ms[staff_id]
            return 0
        return left_ms

    def _view(self, row: StaffRow) -> StaffView:
        left_ms = self._locked_ms(row.staff_id)
        until_ms = self._desk.clock.now_ms() + left_ms if left_ms else 0
        return StaffView(staff_id=row.staff_id, name=row.name, role=row.role, locked_until_ms=until_ms)
