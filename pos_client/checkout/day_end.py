"""The end of a store's day: are all tills closed, what waits, and one report over all shifts that adds up.

This till's own shifts are read from its ledger; those of the others are what HQ last told of them.
"""

import dataclasses
from collections import Counter
from itertools import pairwise

from pos_client.checkout.day_views import DayView, TillDay
from pos_client.checkout.desk import Desk
from pos_client.checkout.receipt_words import Letterhead, tender_name, top, yuan
from pos_client.devices.receipt_document import Columns, Cut, Feed, ReceiptDocument, ReceiptItem, Rule, Text
from shared_models import shop_day
from shared_models.bodies import ShiftClosed, ShiftOpened
from shared_models.refusals import Refusal
from shared_models.shop_day import ShiftSummary

_TENDER = "tender:"


class DayEnd:
    """For a manager; a cashier closes shifts."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> DayView:
        """The day as it stands. Refuses `not_a_manager`."""
        cashier = self._desk.need_cashier()
        if cashier.role != "manager":
            raise Refusal("not_a_manager", staff_id=cashier.staff_id, who="manager")
        business_date = self._business_date()
        tills = self._tills(business_date)
        closed = [shift for till in tills for shift in till.shifts if shift.closed_at_ms]
        # What somebody took over is in the count of both shifts, and lies in the drawer once.
        taken_over_fen = sum(_taken_over_fen(till.shifts) for till in tills)
        figures: Counter[str] = Counter()
        for shift in closed:
            figures.update(shift.figures)
        sync = self._desk.ledger.sync_state()
        view = DayView(
            business_date=business_date,
            tills=tills,
            tills_open=tuple(till.till_number for till in tills if till.open_shift is not None),
            waiting_entries=sync.waiting_entries,
            waiting_fen=sync.waiting_fen,
            held_baskets=self._desk.ledger.held_count(),
            figures={name: amount for name, amount in figures.items() if not name.startswith(_TENDER)},
            tenders={
                name.removeprefix(_TENDER): amount
                for name, amount in sorted(figures.items())
                if name.startswith(_TENDER)
            },
            float_fen=sum(shift.float_fen for shift in closed) - taken_over_fen,
            counted_fen=sum(shift.counted_fen for shift in closed) - taken_over_fen,
            expected_fen=sum(shift.expected_fen for shift in closed) - taken_over_fen,
            difference_fen=sum(shift.counted_fen - shift.expected_fen for shift in closed),
        )
        return _with_slip(self._desk.letterhead(), view, self._desk.clock.now_ms())

    def _business_date(self) -> str:
        """That of the open shift, or else of the last one that was closed here: after the day cut one still ends the
        day before."""
        if self._desk.shift is not None:
            return self._desk.shift.business_date
        last = self._desk.ledger.entries(("shift_closed",), newest_first=True, limit=1)
        body = self._desk.ledger.body_of(last[0]) if last else None
        return self._desk.business_date() if body is None else body.head.business_date

    def _tills(self, business_date: str) -> tuple[TillDay, ...]:
        ledger, identity = self._desk.ledger, self._desk.identity
        told = {row.till_id: row for row in ledger.till_shifts()}
        tills = []
        for row in ledger.tills():
            if row.till_id == identity.till_id or row.store_id != identity.store_id or row.revoked:
                continue
            heard = told.get(row.till_id)
            # A shift of another day that nobody closed is open still.
            shifts = () if heard is None else tuple(
                shift for shift in heard.shifts if shift.business_date == business_date or not shift.closed_at_ms
            )  # fmt: skip
            tills.append(_till(row.number, shifts, 0 if heard is None or not shifts else heard.heard_at_ms))
        mine = _till(identity.till_number, self._own(business_date), self._desk.clock.now_ms(), is_this=True)
        return tuple(sorted((mine, *tills), key=lambda till: till.till_number))

    def _own(self, business_date: str) -> tuple[ShiftSummary, ...]:
        shifts: dict[object, ShiftSummary] = {}
        for entry in self._desk.ledger.entries(("shift_opened", "shift_closed"), business_date=business_date):
            match self._desk.ledger.body_of(entry):
                case ShiftOpened() as body:
                    shifts[body.shift_id] = shop_day.opened(body)
                case ShiftClosed() as body:
                    shifts[body.shift_id] = shop_day.closed(shifts.get(body.shift_id), body)
                case _:
                    pass
        return tuple(shifts.values())


def _till(number: int, shifts: tuple[ShiftSummary, ...], heard_at_ms: int, *, is_this: bool = False) -> TillDay:
    open_shift = next((shift for shift in shifts if not shift.closed_at_ms), None)
    return TillDay(
        till_number=number, is_this=is_this, shifts=shifts, open_shift=open_shift, heard_at_ms=heard_at_ms
    )  # fmt: skip


def _taken_over_fen(shifts: tuple[ShiftSummary, ...]) -> int:
    """The floats that were counted at a hand-over and went on as they lay, of shifts that are closed by now."""
    return sum(
        after.float_fen for before, after in pairwise(shifts) if before.handed_to and after.closed_at_ms
    )  # fmt: skip


def _with_slip(letterhead: Letterhead, view: DayView, now_ms: int) -> DayView:
    """The view with its slip."""
    _ = letterhead.translate
    items: list[ReceiptItem] = [
        *top(letterhead, _("Day report of the store"), reprint=False),
        Columns((_("Business date"), view.business_date)),
        Columns((_("Time"), letterhead.moment(now_ms))),
    ]
    if not view.can_end:
        items.append(Text(_("NOT COMPLETE"), "centre", "large"))
    for till in view.tills:
        items += [
            Rule(),
            Columns((_("Till {number}").format(number=till.till_number), _state(letterhead, till)), "bold"),
        ]
        for shift in till.shifts:
            if shift.closed_at_ms:
                items += _shift_lines(letterhead, shift)
    items += [
        Rule("="),
        Columns((_("Sales"), str(view.figures.get("sales", 0)), yuan(view.figures.get("sales_fen", 0)))),
    ]
    items += [
        Columns((_("Refunds"), str(view.figures.get("refunds", 0)), yuan(-view.figures.get("refunds_fen", 0)))),
        Columns((_("Top-ups"), str(view.figures.get("top_ups", 0)), yuan(view.figures.get("top_ups_fen", 0)))),
        Columns((_("Cash rounding"), yuan(-view.figures.get("rounding_fen", 0)))),
        Rule(),
        *(Columns((tender_name(kind, _), yuan(amount))) for kind, amount in view.tenders.items()),
        Columns((_("All payments"), yuan(sum(view.tenders.values()))), "bold"),
        Rule(),
        Columns((_("Opening floats"), yuan(view.float_fen))),
        Columns((_("Expected cash"), yuan(view.expected_fen))),
        Columns((_("Counted cash"), yuan(view.counted_fen)), "bold"),
        Columns((_("Difference"), yuan(view.difference_fen)), "bold"),
        Feed(),
        Columns((_("Signature"), "_" * 18)),
        Feed(3),
        Cut(),
    ]
    return dataclasses.replace(view, documents=(ReceiptDocument("day_report", tuple(items)),))


def _state(letterhead: Letterhead, till: TillDay) -> str:
    _ = letterhead.translate
    if till.open_shift is not None:
        return _("still open")
    return _("closed") if till.shifts else _("no shift today")


def _shift_lines(letterhead: Letterhead, shift: ShiftSummary) -> list[ReceiptItem]:
    _ = letterhead.translate
    who = letterhead.staff(shift.closed_by)
    return [
        Columns((who, letterhead.moment(shift.closed_at_ms)[11:], yuan(shift.figures.get("sales_fen", 0)))),
        Columns(("  " + _("Counted cash"), yuan(shift.counted_fen))),
        Columns(("  " + _("Difference"), yuan(shift.counted_fen - shift.expected_fen))),
    ]
