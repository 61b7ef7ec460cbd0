"""The manager's Reports tab: today on this till, and the lists behind the figures."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import QRect, Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from pos_client.reports.today import DayReport
from pos_client.ui.formats import clock_time, count, plain, quantity, yuan
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import clear, frame, label, right, rule
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.scan_filter import Press
from pos_client.ui.theme import Tokens, till_font
from pos_client.ui.words import _, ngettext

ROWS_WITHOUT_SCROLLING = 13


class HoursChart(QWidget):
    """Sales by the hour: bars that fill their place, with round figures at the side."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._tokens = tokens
        self._hours: dict[int, int] = {}
        self.setMinimumHeight(180)

    def show_hours(self, hours: dict[int, int]) -> None:
        """Fen by hour of the day; empty hours between are drawn as empty."""
        self._hours = {hour: hours.get(hour, 0) for hour in range(min(hours), max(hours) + 1)} if hours else {}
        self.update()

    def paintEvent(self, _event: QPaintEvent) -> None:
        if not self._hours:
            return
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setFont(till_font(14))
        top_fen = _round_up(max(self._hours.values()))
        place = self.rect().adjusted(72, 10, -8, -28)
        for step in range(4):
            y = place.bottom() - place.height() * step // 3
            painter.setPen(QColor(self._tokens.line))
            painter.drawLine(place.left(), y, place.right(), y)
            painter.setPen(QColor(self._tokens.muted))
            figure = f"{top_fen * step // 3 // 100:,}"
            painter.drawText(
                QRect(0, y - 10, 62, 20), int(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter), figure
            )
        column = place.width() / max(6, len(self._hours))
        for number, (hour, amount_fen) in enumerate(self._hours.items()):
            left = place.left() + column * number
            height = place.height() * max(0, amount_fen) // max(1, top_fen)
            painter.setPen(Qt.PenStyle.NoPen)
            painter.setBrush(QColor(self._tokens.accent))
            painter.drawRoundedRect(
                QRect(int(left + column * 0.2), place.bottom() - height, int(column * 0.6), height), 3, 3
            )
            painter.setPen(QColor(self._tokens.muted))
            painter.drawText(
                QRect(int(left), place.bottom() + 4, int(column), 22),
                int(Qt.AlignmentFlag.AlignCenter),
                f"{hour}:00" if column > 44 else str(hour),
            )
        painter.end()


def _round_up(fen: int) -> int:
    """A round figure not below this one, a multiple of three of a round step."""
    step = 300
    while step * 10 < fen:
        step *= 10
    return max(step, -(-fen // step) * step)


class ReportsScreen(QWidget):
    """`show_report` fills it; the list at the left chooses what is seen."""

    def __init__(self, tokens: Tokens) -> None:
        super().__init__()
        self._report: DayReport | None = None
        self._pages = ("overview", "payments", "value", "people", "goods", "waiting")
        self._page = "overview"
        self._side: dict[str, QPushButton] = {}
        self._chart = HoursChart(tokens)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(14)
        row.addWidget(self._build_side())
        main = QVBoxLayout()
        main.setSpacing(12)
        row.addLayout(main, 1)
        top = QHBoxLayout()
        top.setSpacing(12)
        self._title = label("", "title")
        self._as_of = label("", "muted")
        top.addWidget(self._title)
        top.addWidget(self._as_of, 1)
        main.addLayout(top)
        self._tiles = QHBoxLayout()
        self._tiles.setSpacing(12)
        main.addLayout(self._tiles)
        self._panels = QHBoxLayout()
        self._panels.setSpacing(12)
        main.addLayout(self._panels, 1)

    def _build_side(self) -> QWidget:
        panel = frame("panel")
        panel.setFixedWidth(190)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(10, 12, 10, 14)
        whole.setSpacing(2)
        for place, (page, words) in enumerate(
            zip(
                self._pages,
                (
                    _("Today"),
                    _("Payments"),
                    _("Value and points"),
                    _("People"),
                    _("Goods"),
                    _("Waiting to sync"),
                ),
                strict=True,
            )
        ):
            made = button(f"{place + 1}  {words}", partial(self._choose, page), "side")
            made.setCheckable(True)
            made.setMinimumHeight(48)
            self._side[page] = made
            whole.addWidget(made)
        whole.addStretch(1)
        self._book = label("", "small", wrap=True)
        whole.addWidget(self._book)
        return panel

    def show_report(self, report: DayReport) -> None:
        """Today's figures."""
        self._report = report
        self._title.setText(_("Today on this till"))
        self._as_of.setText(
            _("{date}, as of {time}").format(date=report.business_date, time=clock_time(report.as_of_ms))
        )
        self._book.setText(
            _("This till's book: {count} entries, {head}").format(
                count=count(report.entries), head=report.head_hash[:4] + "…" + report.head_hash[-2:]
            )
        )
        self._choose(self._page)

    def _choose(self, page: str) -> None:
        self._page = page
        for name, made in self._side.items():
            made.setChecked(name == page)
        report = self._report
        if report is None:
            return
        self._show_tiles(report)
        self._chart.setParent(None)
        clear(self._panels)
        for title, stretch, rows, has_sum in _panels_of(page, report):
            table = self._table(title, rows, has_sum=has_sum)
            is_short = len(rows) <= ROWS_WITHOUT_SCROLLING
            self._panels.addWidget(table, stretch, Qt.AlignmentFlag.AlignTop if is_short else Qt.AlignmentFlag(0))
        if page == "overview":
            self._panels.insertWidget(0, self._chart_panel(report), 5)
        else:
            self._panels.addStretch(1)

    def _show_tiles(self, report: DayReport) -> None:
        clear(self._tiles)
        average = report.sales_fen // report.sales if report.sales else 0
        share = report.member_sales_fen * 1000 // report.sales_fen if report.sales_fen else 0
        for words, figure, detail in (
            (_("Sales"), yuan(report.sales_fen), _("refunds {amount}").format(amount=plain(-report.refunds_fen))),
            (
                _("Average sale"),
                yuan(average),
                ngettext("{count} sale", "{count} sales", report.sales).format(count=count(report.sales)),
            ),
            (
                _("Member share"),
                f"{share // 10}.{share % 10}%",
                _("new {new} · returning {old}").format(new=report.members_new, old=report.members_returning),
            ),
            (
                _("Topped up"),
                yuan(report.top_ups_fen),
                _("used {amount}").format(amount=plain(report.stored_value_used_fen)),
            ),
            (
                _("Waiting to sync"),
                yuan(report.waiting_fen),
                ngettext("{count} entry", "{count} entries", report.waiting_entries).format(
                    count=report.waiting_entries
                ),
            ),
        ):
            tile = frame("panel")
            inside = QVBoxLayout(tile)
            inside.setContentsMargins(14, 12, 14, 12)
            inside.setSpacing(2)
            inside.addWidget(label(words, "muted"))
            inside.addWidget(label(figure, "balance"))
            inside.addWidget(label(detail, "good"))
            self._tiles.addWidget(tile, 1)

    def _chart_panel(self, report: DayReport) -> QWidget:
        panel = frame("panel")
        inside = QVBoxLayout(panel)
        inside.setContentsMargins(16, 14, 16, 12)
        inside.addWidget(label(_("Sales by the hour"), "strong"))
        self._chart.show_hours(report.hours)
        if report.hours:
            inside.addWidget(self._chart, 1)
            self._chart.show()
        else:
            inside.addWidget(label(_("Nothing was sold yet."), "muted"))
            inside.addStretch(1)
        return panel

    @staticmethod
    def _table(title: str, rows: Sequence[tuple[str, ...]], *, has_sum: bool) -> QWidget:
        panel = frame("panel")
        panel.setMaximumWidth(760)
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(16, 14, 16, 12)
        whole.addWidget(label(title, "strong"))
        inside = QWidget()
        inside.setObjectName("scrolled")
        grid = QGridLayout(inside)
        grid.setContentsMargins(0, 0, 0, 0)
        grid.setVerticalSpacing(7)
        grid.setHorizontalSpacing(12)
        for number, row in enumerate(rows):
            kind = "muted" if number == 0 else "strong" if has_sum and number == len(rows) - 1 else ""
            for place, cell in enumerate(row):
                grid.addWidget(label(cell, kind) if place == 0 else right(cell, kind), number * 2, place)
            if number < len(rows) - 1:
                grid.addWidget(rule(), number * 2 + 1, 0, 1, len(row))
        grid.setColumnStretch(0, 1)
        if len(rows) <= ROWS_WITHOUT_SCROLLING:
            # A short table ends where its content ends.
            whole.addWidget(inside)
            panel.setSizePolicy(QSizePolicy.Policy.Preferred, QSizePolicy.Policy.Maximum)
            return panel
        grid.setRowStretch(len(rows) * 2, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        area.setMinimumWidth(inside.minimumSizeHint().width() + 12)
        whole.addWidget(area, 1)
        return panel

    def handle_key(self, press: Press) -> bool:
        """Digits choose the page."""
        place = int(press.text) - 1 if press.text.isdigit() else -1
        if 0 <= place < len(self._pages) and press.is_quiet:
            self._choose(self._pages[place])
            return True
        return False


_Panel = tuple[str, int, list[tuple[str, ...]], bool]


def _panels_of(page: str, report: DayReport) -> list[_Panel]:
    payments: _Panel = (_("Payments"), 3, _payment_rows(report), True)
    cashiers: _Panel = (_("Cashiers"), 3, _cashier_rows(report), True)
    match page:
        case "overview":
            return [payments, cashiers]
        case "payments":
            return [payments]
        case "value":
            return [(_("Value and points"), 3, value_rows(report), False)]
        case "people":
            return [cashiers]
        case "goods":
            return [(_("Goods by amount"), 3, _goods_rows(report), False)]
        case _:
            return [(_("Waiting to sync"), 3, _waiting_rows(report), False)]


def _payment_rows(report: DayReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(_("Payment"), _("Count"), _("Amount"))]
    rows += [(tender_words(row.kind), count(row.count), plain(row.amount_fen)) for row in report.tenders]
    total = (
        _("All"),
        count(sum(row.count for row in report.tenders)),
        plain(sum(r.amount_fen for r in report.tenders)),
    )
    return [*rows, total]


def _cashier_rows(report: DayReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(_("Name"), _("Sales"), _("Amount"))]
    rows += [
        (f"{row.name} {row.cashier_id}".strip(), count(row.sales), plain(row.amount_fen)) for row in report.cashiers
    ]
    total = (
        _("All"),
        count(sum(row.sales for row in report.cashiers)),
        plain(sum(r.amount_fen for r in report.cashiers)),
    )
    return [*rows, total]


def _goods_rows(report: DayReport) -> list[tuple[str, ...]]:
    rows: list[tuple[str, ...]] = [(_("Goods"), _("Quantity"), _("Amount"))]
    for row in report.goods:
        unit = " kg" if row.is_weighed else ""
        rows.append((row.name, quantity(row.quantity_milli, row.is_weighed) + unit, plain(row.amount_fen)))
    return rows


def value_rows(report: DayReport) -> list[tuple[str, ...]]:
    """Stored value, points, coupons and members in one list."""
    return [
        (_("Today"), _("Figure")),
        (_("Top-ups ({count})").format(count=report.top_ups), plain(report.top_ups_fen)),
        (_("Bonus given"), plain(report.top_up_bonus_fen)),
        (_("Stored value used"), plain(report.stored_value_used_fen)),
        (_("At risk above rights"), plain(report.risk_fen)),
        (_("Points earned"), count(report.points_earned)),
        (_("Points spent"), count(report.points_spent)),
        (_("Points as money"), plain(report.points_reduction_fen)),
        (_("Coupons ({count})").format(count=report.coupons_used), plain(report.coupons_fen)),
        (_("All reductions"), plain(report.reductions_fen)),
        (_("New members"), count(report.members_new)),
        (_("Returning members"), count(report.members_returning)),
    ]


def _waiting_rows(report: DayReport) -> list[tuple[str, ...]]:
    return [
        (_("Waiting to sync"), _("Figure")),
        (_("Entries"), count(report.waiting_entries)),
        (_("Money"), yuan(report.waiting_fen)),
        (_("Exceptions"), count(report.exceptions)),
        (_("Parked entries"), count(report.parked)),
    ]
