"""The shift screen: the figures so far, cash in and out, and the count that closes it."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from pos_client.checkout.views import ShiftReportView
from pos_client.ui.formats import clock_time, count, day, plain, short_yuan, yuan
from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import clear, frame, label, right, rule, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad, typed_into
from pos_client.ui.parts.overlay import Card
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.shift import DENOMINATIONS_FEN, ShiftPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _


class ShiftScreen(QWidget):
    """`ask(what)` opens the panels for cash in, cash out and the count."""

    def __init__(self, presenter: ShiftPresenter, ask: Callable[[str], object]) -> None:
        super().__init__()
        self._presenter = presenter
        self._ask = ask
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        panel = frame("panel")
        self._figures = QVBoxLayout(panel)
        self._figures.setContentsMargins(22, 18, 22, 18)
        self._figures.setSpacing(6)
        row.addWidget(panel, 3)
        row.addWidget(self._build_keys(), 2)

    def _build_keys(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(18, 18, 18, 18)
        whole.setSpacing(10)
        self._keys: dict[str, Callable[[], object]] = {}
        for key, words, pressed in (
            ("1", _("Cash in"), lambda: self._ask("cash_in")),
            ("2", _("Cash out"), lambda: self._ask("cash_out")),
            ("3", _("To the safe"), lambda: self._ask("to_safe")),
            ("4", _("Open the drawer"), self._presenter.open_drawer),
            ("5", _("Print X"), self._presenter.print_report),
            ("6", _("Show expected cash"), self._presenter.show_expected),
            ("7", _("Hand over to the next cashier"), lambda: self._ask("hand_over")),
            ("8", _("End of the store's day"), lambda: self._ask("day_end")),
        ):
            made = KeyButton(words, key, pressed, beside=True)
            made.setMinimumHeight(50)
            self._keys[key] = pressed
            whole.addWidget(made)
        whole.addStretch(1)
        close = KeyButton(
            _("Count and close"), "9", lambda: self._ask("close"), kind="primary", text_kind="pay-text", beside=True
        )
        close.setFixedHeight(66)
        self._keys["9"] = lambda: self._ask("close")
        whole.addWidget(close)
        return panel

    def close_count(self) -> None:
        """The count is done."""
        self._ask("counted")

    def show_report(self, report: ShiftReportView | None) -> None:
        """The figures, or that there is no shift."""
        clear(self._figures)
        if report is None:
            self._figures.addWidget(label(_("No shift is open."), "title"))
            self._figures.addStretch(1)
            return
        top = QHBoxLayout()
        top.addWidget(label(_("Shift of {date}").format(date=day(report.shift.business_date)), "title"))
        top.addStretch(1)
        since = _("since {time}").format(time=clock_time(report.shift.opened_at_ms))
        top.addWidget(label(since, "muted"))
        self._figures.addLayout(top)
        self._figures.addWidget(label(_("Sales"), "muted"))
        self._figures.addWidget(label(yuan(report.sales_fen), "total-small"))
        for words, figure in report_rows(report):
            self._row(words, figure)
        self._figures.addWidget(rule())
        self._figures.addWidget(label(_("Payments"), "strong"))
        for kind, amount_fen in report.tenders.items():
            self._row(tender_words(kind), plain(amount_fen))
        if "cash" in report.tenders or report.expected_cash_fen is not None:
            self._row(_("All payments"), plain(sum(report.tenders.values())), "strong")
        else:
            self._row(_("Cash"), _("told after the count"))
            self._row(_("All payments but cash"), plain(sum(report.tenders.values())), "strong")
        if report.expected_cash_fen is not None:
            self._figures.addWidget(rule())
            self._row(_("Expected cash"), plain(report.expected_cash_fen), "strong")
        self._figures.addStretch(1)

    def _row(self, words: str, figure: str, kind: str = "") -> None:
        row = QHBoxLayout()
        row.addWidget(label(words, kind))
        row.addStretch(1)
        row.addWidget(right(figure, kind))
        self._figures.addLayout(row)

    def handle_key(self, press: Press) -> bool:
        """Digits press the keys."""
        pressed = self._keys.get(press.text) if press.text else None
        if pressed is not None and press.is_quiet and not press.has_modifier:
            pressed()
            return True
        return False


def report_rows(report: ShiftReportView) -> list[tuple[str, str]]:
    """The figures of a shift beside sales and payments."""
    rows = [
        (_("Number of sales"), count(report.sales)),
        (_("Reductions"), plain(-report.reductions_fen)),
        (_("Refunds ({count})").format(count=report.refunds), plain(-report.refunds_fen)),
    ]
    if report.refunds_without_receipt:
        words = _("Refunds without receipt ({count})").format(count=report.refunds_without_receipt)
        rows.append((words, plain(-report.refunds_without_receipt_fen)))
    rows += [
        (_("Top-ups ({count})").format(count=report.top_ups), plain(report.top_ups_fen)),
        *([(_("Cash rounding"), plain(-report.rounding_fen))] if report.rounding_fen else []),
        (_("Points earned / spent"), f"{count(report.points_earned)} / {count(report.points_spent)}"),
        *_deposit_rows(report),
        (_("Cash in / out"), f"{plain(report.cash_in_fen)} / {plain(report.cash_out_fen)}"),
        (_("Float"), plain(report.shift.float_fen)),
    ]
    if report.given_back:
        cash = "" if report.given_back_cash_fen is None else f" · {plain(report.given_back_cash_fen)}"
        rows.append((_("From the lost disk, by HQ"), count(report.given_back) + cash))
    return rows


def _deposit_rows(report: ShiftReportView) -> list[tuple[str, str]]:
    """Deposits for orders: money that is no sale yet, or is one now."""
    rows = (
        (_("Deposits taken"), report.deposits_taken_fen),
        (_("Deposits counted at collection"), report.deposits_used_fen),
        (_("Deposits given back"), -report.deposits_returned_fen),
        (_("Deposits kept"), report.deposits_kept_fen),
    )
    return [(words, plain(amount_fen)) for words, amount_fen in rows if amount_fen]


class CountCard(Card):
    """The blind count: how many of each note and coin."""

    def __init__(self, counted: Callable[[dict[int, int]], object], *, confirm: str = "", hint: str = "") -> None:
        super().__init__(_("Count the drawer"), 800)
        self._counted = counted
        self._texts = dict.fromkeys(DENOMINATIONS_FEN, "")
        self._chosen = 0
        self._keys: list[QPushButton] = []
        self._amounts: list[QLabel] = []
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self.body.addLayout(columns)
        grid = QGridLayout()
        grid.setSpacing(6)
        for place, value in enumerate(DENOMINATIONS_FEN):
            made = button("", partial(self._choose, place))
            made.setCheckable(True)
            made.setMinimumHeight(48)
            amount = right("", "")
            amount.setMinimumWidth(100)
            grid.addWidget(label(short_yuan(value), "strong"), place, 0)
            grid.addWidget(made, place, 1)
            grid.addWidget(amount, place, 2)
            self._keys.append(made)
            self._amounts.append(amount)
        grid.setColumnStretch(1, 1)
        columns.addLayout(grid, 1)
        side = QVBoxLayout()
        side.addWidget(label(_("Counted"), "muted"))
        self._total = label("", "balance")
        side.addWidget(self._total)
        self._hint = label(hint or _("Up and down choose, Enter closes the shift."), "small", wrap=True)
        side.addWidget(self._hint)
        pad = NumberPad(self._type, _("Clear"), confirm or _("End shift"), self._confirm, last_cap=_("Enter"))
        pad.setMinimumHeight(270)
        set_kind(pad.last_key, "primary")
        side.addWidget(pad, 1)
        columns.addLayout(side, 1)
        self._choose(0)

    def _choose(self, place: int) -> None:
        self._chosen = max(0, min(place, len(DENOMINATIONS_FEN) - 1))
        self._show()

    def _type(self, typed: str) -> None:
        value = DENOMINATIONS_FEN[self._chosen]
        if typed in (CLEAR, BACKSPACE) or typed.isdigit():
            self._texts[value] = typed_into(self._texts[value], typed, decimals=0)
            self._show()

    def _show(self) -> None:
        total_fen = 0
        for place, value in enumerate(DENOMINATIONS_FEN):
            number = int(self._texts[value] or "0")
            total_fen += number * value
            self._keys[place].setText(f"× {number}")
            self._keys[place].setChecked(place == self._chosen)
            self._amounts[place].setText(plain(number * value))
        self._total.setText(yuan(total_fen))

    def _confirm(self) -> None:
        self._counted({value: int(text or "0") for value, text in self._texts.items() if int(text or "0")})

    def first_focus(self) -> None:
        self.setFocus()

    def handle_scan(self, _text: str) -> bool:
        """A count half done is not thrown away, and nothing is sold in the middle of it."""
        self._hint.setText(_("Nothing was done with the scan: the drawer is being counted. Esc leaves the count."))
        set_kind(self._hint, "danger")
        return True

    def handle_key(self, press: Press) -> bool:
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choose(self._chosen + (1 if press.key == Qt.Key.Key_Down else -1))
        elif press.is_enter:
            if press.is_quiet:
                self._confirm()
        elif press.key == Qt.Key.Key_Backspace:
            self._type(BACKSPACE)
        elif press.text.isdigit() and not press.has_modifier:
            self._type(press.text)
        else:
            return False
        return True
