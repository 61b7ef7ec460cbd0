"""Shifts: float, cash in and out, the drawer, X and Z."""

from collections.abc import Mapping

from pos_client.checkout.desk import Desk
from pos_client.checkout.views import DoneView, ShiftReportView, ShiftView
from shared_models.sales import Approval


class Shifts:
    """A shift fixes the business date; without one nothing is sold."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def current(self) -> ShiftView | None:
        """The open shift."""
        raise NotImplementedError

    def open(self, float_fen: int) -> ShiftView:
        """Refuses `shift_open`, `nobody_logged_in`, `amount_invalid`."""
        raise NotImplementedError

    def move_cash(
        self, amount_fen: int, reason: str, *, to_safe: bool = False, note: str = "", approval: Approval | None = None
    ) -> DoneView:
        """Cash into the drawer (> 0) or out of it (< 0). `reason` is a code. Out needs approval `cash_out`."""
        raise NotImplementedError

    def open_drawer(self, reason: str, *, approval: Approval | None = None) -> DoneView:
        """The drawer without a sale: approval `drawer_open`. The document holds the pulse."""
        raise NotImplementedError

    def x_report(self, *, approval: Approval | None = None) -> ShiftReportView:
        """The figures so far. The expected cash is shown to a manager only (approval `x_report`), so that a count stays
        blind; a cashier gets the same report without it."""
        raise NotImplementedError

    def close(self, denominations: Mapping[int, int], *, to_safe_fen: int = 0) -> ShiftReportView:
        """Z: `denominations` maps the value of a note or coin in fen to how many were counted. Writes counted, expected
        and difference. Refuses `basket_not_empty`, `no_shift`, `amount_invalid`."""
        raise NotImplementedError
