"""The end of the store's day: each till, what is still to do, and the sums."""

from collections.abc import Callable

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.day_views import DayView, TillDay
from pos_client.ui.formats import clock_time, count, day, plain, yuan
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, right, rule
from pos_client.ui.parts.overlay import Card
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _


def to_do(view: DayView) -> list[str]:
    """What is still to be done before the day is over, in words."""
    still_open = _("Till {number} is still open: count and close it there.")
    words = [still_open.format(number=number) for number in view.tills_open]
    if view.held_baskets:
        words.append(_("{count} baskets are still on hold here.").format(count=count(view.held_baskets)))
    if view.waiting_entries:
        words.append(
            _("{count} entries ({amount}) wait to be sent to HQ. They are safe here and go by themselves.").format(
                count=count(view.waiting_entries), amount=yuan(view.waiting_fen)
            )
        )
    return words


class DayCard(Card):
    """Enter prints it."""

    def __init__(self, view: DayView, print_it: Callable[[], object]) -> None:
        super().__init__(_("End of the day {date}").format(date=day(view.business_date)), 760)
        self._print = print_it
        problems = to_do(view)
        for words in problems:
            self.body.addWidget(label(words, "warning-strong", wrap=True))
        if not problems:
            done = _("All tills are closed and everything is with HQ. The day is complete.")
            self.body.addWidget(label(done, "good-strong", wrap=True))
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(330)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 12, 0)
        self._rows.setSpacing(5)
        for till in view.tills:
            self._show_till(till)
        self._rows.addWidget(rule())
        self._row(_("Sales"), count(view.figures.get("sales", 0)), yuan(view.figures.get("sales_fen", 0)), "strong")
        self._row(_("Refunds"), count(view.figures.get("refunds", 0)), plain(-view.figures.get("refunds_fen", 0)))
        self._row(_("Top-ups"), count(view.figures.get("top_ups", 0)), plain(view.figures.get("top_ups_fen", 0)))
        if rounding_fen := view.figures.get("rounding_fen", 0):
            self._row(_("Cash rounding"), "", plain(-rounding_fen))
        for kind, amount_fen in view.tenders.items():
            self._row(tender_words(kind), "", plain(amount_fen))
        self._row(_("All payments"), "", plain(sum(view.tenders.values())), "strong")
        self._rows.addWidget(rule())
        self._row(_("Expected cash"), "", plain(view.expected_fen))
        self._row(_("Counted cash"), "", plain(view.counted_fen), "strong")
        self._row(_("Difference"), "", plain(view.difference_fen), "strong")
        self._rows.addStretch(1)
        area.setWidget(inside)
        self.body.addWidget(area)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("Print the day report · Enter"), print_it, "primary"))

    def _show_till(self, till: TillDay) -> None:
        name = _("Till {number}").format(number=till.till_number)
        name = _("{till} (this one)").format(till=name) if till.is_this else name
        if till.open_shift is not None:
            state = _("open since {time}").format(time=clock_time(till.open_shift.opened_at_ms))
        elif till.shifts:
            state = _("closed at {time}").format(time=clock_time(till.shifts[-1].closed_at_ms))
        else:
            state = _("no shift today") if till.is_this else _("no shift heard of today")
        if till.heard_at_ms and not till.is_this:
            state += " · " + _("heard {time}").format(time=clock_time(till.heard_at_ms))
        self._row(name, state, plain(sum(shift.figures.get("sales_fen", 0) for shift in till.shifts)), "strong")

    def _row(self, words: str, more: str, figure: str, kind: str = "") -> None:
        row = QHBoxLayout()
        row.addWidget(label(words, kind or "muted"))
        row.addStretch(1)
        if more:
            row.addWidget(right(more, "muted"))
        amount = right(figure, kind)
        amount.setMinimumWidth(120)
        row.addWidget(amount)
        self._rows.addLayout(row)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter and press.is_quiet:
            self._print()
        return press.is_enter
