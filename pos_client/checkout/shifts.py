"""Shifts: float, cash in and out, the drawer, X and Z."""

from collections.abc import Mapping
from dataclasses import replace as dataclass_replace
from typing import Literal
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.desk import Desk
from pos_client.checkout.goods_lines import valid_amount
from pos_client.checkout.shift_figures import ShiftSums
from pos_client.checkout.slips import for_cash_moved, for_drawer_opened, for_shift
from pos_client.checkout.views import DoneView, ShiftReportView, ShiftView
from pos_client.checkout.wallet_payments import refuse_unsettled
from shared_models.bodies import CashMoved, DrawerOpened, ShiftClosed, ShiftOpened, TokenReleased
from shared_models.refusals import Refusal
from shared_models.sales import Approval


class Shifts:
    """A shift fixes the business date; without one nothing is sold."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._current: ShiftView | None = None

    def current(self) -> ShiftView | None:
        """The open shift. What opened it never changes and every header asks for it, so it is read once."""
        shift = self._desk.shift
        if shift is None:
            return None
        if self._current is None or self._current.shift_id != shift.shift_id:
            self._current = self._view(self._opened(shift.shift_id))
        return self._current

    def open(self, float_fen: int, *, taken_from: str = "", approval: Approval | None = None) -> ShiftView:
        """`taken_from`: whose drawer was counted and taken over. Refuses `shift_open`, `nobody_logged_in`,
        `amount_invalid`, and `approval_needed` (action `clock`) when the machine's clock cannot be believed: the
        business date hangs on it."""
        cashier = self._desk.need_cashier()
        valid_amount(float_fen)
        if self._desk.shift is not None:
            raise Refusal("shift_open", who="cashier")
        approvals: tuple[Approval, ...] = ()
        if self._desk.ledger.clock_state().suspect:
            approvals = (self._desk.approvals.check("clock", approval, cashier),)
        shift_id = self._desk.ids.new_id()
        head = replace(self._desk.head(), shift_id=shift_id)
        self._desk.write(
            ShiftOpened(head=head, shift_id=shift_id, float_fen=float_fen, taken_from=taken_from, approvals=approvals)
        )
        self._desk.approvals.use(*approvals)
        self._desk.shift = self._desk.ledger.current_shift()
        return self._view(self._opened(shift_id))

    def move_cash(
        self, amount_fen: int, reason: str, *, to_safe: bool = False, note: str = "", approval: Approval | None = None
    ) -> DoneView:
        """Cash into the drawer (> 0) or out of it (< 0). `reason` is a code. Out, above what a cashier may take alone,
        needs approval `cash_out`."""
        self._desk.need_shift()
        cashier = self._desk.need_cashier()
        if not valid_amount(abs(amount_fen)):
            raise Refusal("amount_invalid", amount_fen=amount_fen, who="cashier")
        approvals: tuple[Approval, ...] = ()
        if -amount_fen > self._desk.rules().limits.cash_out_fen:
            approvals = (self._desk.approvals.check("cash_out", approval, cashier, amount_fen=-amount_fen),)
        beside = (self._desk.attachment("note", note),) if note else ()
        body = CashMoved(
            head=self._desk.head(),
            amount_fen=amount_fen,
            reason=reason,
            to_safe=to_safe,
            note_attachment=beside[0].attachment_hash if beside else "",
            approvals=approvals,
        )
        entry = self._desk.write(body, beside)
        self._desk.approvals.use(*approvals)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, CashMoved), "what was written is what was meant"
        return DoneView(
            entry_type="cash_moved",
            business_id=body.head.business_id,
            receipt_number="",
            total_fen=amount_fen,
            documents=(for_cash_moved(self._desk.letterhead(), written),),
        )

    def open_drawer(self, reason: str, *, approval: Approval | None = None) -> DoneView:
        """The drawer without a sale: approval `drawer_open` unless the rules let a cashier. The document holds the
        pulse."""
        self._desk.need_shift()
        cashier = self._desk.need_cashier()
        approvals: tuple[Approval, ...] = ()
        if not self._desk.rules().limits.drawer_open_alone:
            approvals = (self._desk.approvals.check("drawer_open", approval, cashier),)
        entry = self._desk.write(DrawerOpened(head=self._desk.head(), reason=reason, approvals=approvals))
        self._desk.approvals.use(*approvals)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, DrawerOpened), "what was written is what was meant"
        return DoneView(
            entry_type="drawer_opened",
            business_id=written.head.business_id,
            receipt_number="",
            documents=(for_drawer_opened(self._desk.letterhead(), written),),
        )

    def confirm_clock(self, *, approval: Approval | None = None) -> None:
        """A manager says that the machine's clock is right as it is: the till's time begins anew at it. Approval
        `clock`."""
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("clock", approval, cashier)
        self._desk.ledger.set_clock(cashier_id=cashier.staff_id, approvals=(allowed,))
        self._desk.approvals.use(allowed)
        self._desk.push_soon()

    def x_report(self, *, approval: Approval | None = None) -> ShiftReportView:
        """The figures so far. The expected cash is shown to a manager only (approval `x_report`), so that a count stays
        blind; a cashier gets the same report without it."""
        shift = self._desk.need_shift()
        cashier = self._desk.need_cashier()
        shown = approval is not None or cashier.role == "manager"
        if approval is not None:
            self._desk.approvals.use(self._desk.approvals.check("x_report", approval, cashier))
        sums = self._sums(shift.shift_id)
        return self._report("X", self._view(self._opened(shift.shift_id)), sums, expected_is_shown=shown)

    def ready_to_count(self, *, handing_over: bool = False) -> None:
        """Nobody counts a drawer in vain. Refuses `basket_not_empty`, `payments_begun`, `payments_unsettled`."""
        if self._desk.draft.lines and not handing_over:
            raise Refusal("basket_not_empty", who="cashier")
        if self._desk.draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        refuse_unsettled(self._desk)

    def close(
        self, denominations: Mapping[int, int], *, to_safe_fen: int = 0, handed_to: str = ""
    ) -> ShiftReportView:  # fmt: skip
        """Z: `denominations` maps the value of a note or coin in fen to how many were counted. Writes counted, expected
        and difference. `handed_to`: somebody signed for the drawer and goes on with the basket as it is. Refuses
        `basket_not_empty`, `no_shift`, `amount_invalid`, `payments_begun` and what wallets that are unknown refuse."""
        shift = self._desk.need_shift()
        self.ready_to_count(handing_over=bool(handed_to))
        if any(value <= 0 or count < 0 for value, count in denominations.items()):
            raise Refusal("amount_invalid", who="cashier")
        counted_fen = valid_amount(sum(value * count for value, count in denominations.items()))
        if not 0 <= to_safe_fen <= counted_fen:
            raise Refusal("amount_invalid", amount_fen=to_safe_fen, who="cashier")
        view = self._view(self._opened(shift.shift_id))
        sums = self._sums(shift.shift_id)
        body = ShiftClosed(
            head=self._desk.head(),
            shift_id=shift.shift_id,
            counted_fen=counted_fen,
            expected_fen=sums.expected_cash_fen,
            denominations={str(value): count for value, count in sorted(denominations.items()) if count},
            figures=sums.as_figures(),
            to_safe_fen=to_safe_fen,
            handed_to=handed_to,
        )
        self._desk.write(body)
        self._desk.shift = None
        self._give_up_refund_rights()
        return self._report(
            "Z", view, sums, expected_is_shown=True, counted_fen=counted_fen, to_safe_fen=to_safe_fen,
            handed_to=handed_to,
        )  # fmt: skip

    def _give_up_refund_rights(self) -> None:
        """Where the store's policy says so, any till may refund what HQ knows of, online: in one entry."""
        if not self._desk.rules().escrow.release_refund_rights:
            return
        through_seq = self._desk.ledger.refund_rights_to_release()
        if through_seq:
            self._desk.write(TokenReleased(head=self._desk.head(), refund_rights_through_seq=through_seq))

    def _opened(self, shift_id: UUID) -> ShiftOpened:
        for entry in self._desk.ledger.entries(("shift_opened",), shift_id=shift_id, limit=1):
            body = self._desk.ledger.body_of(entry)
            if isinstance(body, ShiftOpened):
                return body
        raise Refusal("no_shift", who="cashier")

    def _view(self, opened: ShiftOpened) -> ShiftView:
        return ShiftView(
            shift_id=opened.shift_id,
            business_date=opened.head.business_date,
            opened_at_ms=opened.head.till_time_ms,
            opened_by=opened.head.cashier_id,
            float_fen=opened.float_fen,
        )

    def _sums(self, shift_id: UUID) -> ShiftSums:
        sums = ShiftSums()
        for entry in self._desk.ledger.entries(shift_id=shift_id):
            body = self._desk.ledger.body_of(entry)
            if body is not None:
                sums.add(body)
        for entry in self._desk.ledger.lost_entries():
            body = self._desk.ledger.body_of(entry)
            if body is None or body.head.shift_id != shift_id:
                continue
            if self._desk.ledger.entry_by_business_id(body.head.business_id) is None:  # else it was done here again
                sums.add_given_back(body)
        return sums

    def _report(
        self, kind: Literal["X", "Z"], shift: ShiftView, sums: ShiftSums, *, expected_is_shown: bool,
        counted_fen: int | None = None, to_safe_fen: int = 0, handed_to: str = "",
    ) -> ShiftReportView:  # fmt: skip
        """The report with its slip. A count that stays blind hides everything the expected cash follows from: cash in
        the tenders too."""
        tenders = {
            name: amount for name, amount in sums.tenders.items() if expected_is_shown or name != "cash"
        }  # fmt: skip
        report = ShiftReportView(
            kind=kind,
            shift=shift,
            at_ms=self._desk.clock.now_ms(),
            sales=sums.sales,
            sales_fen=sums.sales_fen,
            refunds=sums.refunds,
            refunds_fen=sums.refunds_fen,
            refunds_without_receipt=sums.refunds_without_receipt,
            refunds_without_receipt_fen=sums.refunds_without_receipt_fen,
            top_ups=sums.top_ups,
            top_ups_fen=sums.top_ups_fen,
            withdrawals_fen=sums.withdrawals_fen,
            reductions_fen=sums.reductions_fen,
            rounding_fen=sums.rounding_fen,
            points_earned=sums.points_earned,
            points_spent=sums.points_spent,
            drawer_openings=sums.drawer_openings,
            cash_in_fen=sums.cash_in_fen,
            cash_out_fen=sums.cash_out_fen,
            tenders=tenders,
            cashiers=sums.cashier_views({row.staff_id: row.name for row in self._desk.ledger.staff_list()}),
            expected_cash_fen=sums.expected_cash_fen if expected_is_shown else None,
            counted_fen=counted_fen,
            difference_fen=None if counted_fen is None else counted_fen - sums.expected_cash_fen,
            to_safe_fen=to_safe_fen,
            handed_to=handed_to,
            removed_lines=sums.removed_lines,
            cancelled_baskets=sums.cancelled_baskets,
            put_back=sums.put_back,
            deposits_taken_fen=sums.deposits_taken_fen,
            deposits_used_fen=sums.deposits_used_fen,
            deposits_returned_fen=sums.deposits_returned_fen,
            deposits_kept_fen=sums.deposits_kept_fen,
            given_back=sums.given_back,
            given_back_cash_fen=sums.given_back_cash_fen if expected_is_shown else None,
        )
        document = for_shift(self._desk.letterhead(), report)
        return dataclass_replace(report, documents=(document,))
