"""The shift: figures so far, cash in and out, the blind count and the Z."""

from collections.abc import Callable, Mapping
from typing import Protocol

from pos_client.checkout.views import DoneView, ShiftReportView
from pos_client.ui.presenters.counter import Counter
from shared_models.refusals import Refusal

DENOMINATIONS_FEN = (10000, 5000, 2000, 1000, 500, 100, 50, 10)


def closed_shift(report: ShiftReportView) -> DoneView:
    """What the window says of a shift that was closed."""
    return DoneView(
        entry_type="shift_closed",
        business_id=report.shift.shift_id,
        receipt_number="",
        total_fen=report.sales_fen,
        difference_fen=report.difference_fen or 0,
        documents=report.documents,
    )


class ShiftFace(Protocol):
    """What the screen can do."""

    def show_report(self, report: ShiftReportView | None) -> None: ...
    def close_count(self) -> None: ...


class ShiftPresenter:
    """One per window."""

    def __init__(self, counter: Counter) -> None:
        self._counter = counter
        self._shifts = counter.checkout.shifts
        self._writing = counter.one_at_a_time()
        self.face: ShiftFace | None = None
        self.show_unsettled: Callable[[], object] = lambda: None

    @property
    def _face(self) -> ShiftFace:
        assert self.face is not None
        return self.face

    def begin(self) -> None:
        """The figures so far."""
        self._counter.ask(self._shifts.x_report, self._face.show_report, self._no_report)

    def _no_report(self, refusal: Refusal) -> None:
        self._face.show_report(None)
        self._counter.stage.refuse(refusal)

    def show_expected(self) -> None:
        """The expected cash too: with a manager's yes, so that a count stays blind."""
        self._counter.ask_approved(
            lambda approval: (
                self._shifts.x_report(approval=approval) if approval is not None else self._refuse_without_approval()
            ),
            self._face.show_report,
        )

    @staticmethod
    def _refuse_without_approval() -> ShiftReportView:
        raise Refusal("approval_needed", action="x_report", who="manager")

    def print_report(self) -> None:
        """X on paper."""

        def printed(report: ShiftReportView) -> None:
            self._counter.stage.show_done(
                DoneView(
                    entry_type="x_report",
                    business_id=report.shift.shift_id,
                    receipt_number="",
                    total_fen=report.sales_fen,
                    documents=report.documents,
                )
            )

        self._counter.ask(self._shifts.x_report, printed)

    def move_cash(self, amount_fen: int, reason: str, *, to_safe: bool = False, note: str = "") -> None:
        """Into the drawer (> 0) or out of it (< 0)."""
        self._writing.ask_approved(
            lambda approval: self._shifts.move_cash(amount_fen, reason, to_safe=to_safe, note=note, approval=approval),
            self._done,
        )

    def open_drawer(self) -> None:
        """Without a sale."""
        self._writing.ask_approved(lambda approval: self._shifts.open_drawer("change", approval=approval), self._done)

    def _done(self, done: DoneView) -> None:
        self._counter.stage.show_done(done)
        self.begin()

    def count(self, ready: Callable[[], object]) -> None:
        """Whether the drawer can be counted now: what stands in the way is said before, not after."""
        self._counter.ask(self._shifts.ready_to_count, lambda _nothing: ready(), self.refused)

    def close(self, counts: Mapping[int, int], to_safe_fen: int = 0) -> None:
        """Z: what was counted, by note and coin."""

        def closed(report: ShiftReportView) -> None:
            self._face.close_count()
            self._counter.stage.go("shift_open")
            self._counter.stage.show_done(closed_shift(report))

        self._writing.ask(lambda: self._shifts.close(counts, to_safe_fen=to_safe_fen), closed, self.refused)

    def refused(self, refusal: Refusal) -> None:
        """Wallet payments that stand open come first: they are shown."""
        if refusal.code == "payments_unsettled":
            self.show_unsettled()
        self._counter.stage.refuse(refusal)
