"""The drawer goes to the next cashier in the middle of the day: counted by the one, signed for by the other.

The shift that ends has its Z and the next one begins with what was counted; the basket on the counter stays as it is.
"""

from collections.abc import Mapping

from pos_client.checkout.desk import Desk
from pos_client.checkout.shifts import Shifts
from pos_client.checkout.staff import Staff
from pos_client.checkout.views import ShiftReportView
from shared_models.catalog import StaffRow
from shared_models.refusals import Refusal


class HandOver:
    """Called with the count of the cashier who goes, and the PIN or badge of the one who comes."""

    def __init__(self, desk: Desk, staff: Staff, shifts: Shifts) -> None:
        self._desk = desk
        self._staff = staff
        self._shifts = shifts

    def by_pin(self, denominations: Mapping[int, int], staff_id: str, pin: str) -> ShiftReportView:
        """The Z of the shift that ended; the next one is open, and whoever took over is logged in. Refuses like
        `Shifts.close` and `Staff.login`, and `same_cashier`. A clock that nobody can believe leaves the shift closed:
        `approval_needed` (action `clock`) when it is opened again."""
        return self._hand_over(denominations, self._staff.proved_by_pin(staff_id, pin))

    def by_badge(self, denominations: Mapping[int, int], code: str) -> ShiftReportView:
        """The same with a badge."""
        return self._hand_over(denominations, self._staff.proved_by_badge(code))

    def _hand_over(self, denominations: Mapping[int, int], comes: StaffRow) -> ShiftReportView:
        goes = self._desk.need_cashier()
        if comes.staff_id == goes.staff_id:
            raise Refusal("same_cashier", who="cashier")
        report = self._shifts.close(denominations, handed_to=comes.staff_id)
        self._desk.cashier = comes
        assert report.counted_fen is not None, "a Z is counted"
        self._shifts.open(report.counted_fen, taken_from=goes.staff_id)
        return report
