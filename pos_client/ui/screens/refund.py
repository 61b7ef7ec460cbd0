"""The refund screen: find the sale, choose what comes back, see where the money goes."""

from collections.abc import Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QHBoxLayout, QLabel, QLineEdit, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.money_views import RefundableLine, RefundView, SaleSummary
from pos_client.checkout.views import GoodsMatch
from pos_client.ui.formats import clock_time, count, day, plain, quantity, yuan
from pos_client.ui.parts.cards import Row, RowList
from pos_client.ui.parts.keys import KeyButton, back_button, button
from pos_client.ui.parts.labels import ElidedLabel, FigureLabel, clear, frame, key_cap, label, right, rule, set_kind
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.refund import RefundPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import sentence_of
from pos_client.ui.words import _, ngettext
from shared_models.money import line_amount_fen


class _LineRow(QWidget):
    """A line with how much of it comes back, and keys for less and more."""

    def __init__(self, presenter: RefundPresenter, place: int, words: tuple[str, str, str, str], chosen: bool) -> None:
        super().__init__()
        name, detail, wanted, amount = words
        surface = frame("good" if chosen else "panel")
        outer = QVBoxLayout(self)
        outer.setContentsMargins(0, 0, 0, 0)
        outer.addWidget(surface)
        row = QHBoxLayout(surface)
        row.setContentsMargins(14, 6, 10, 6)
        row.setSpacing(10)
        texts = QVBoxLayout()
        texts.setSpacing(0)
        texts.addWidget(ElidedLabel(name, ""))
        texts.addWidget(ElidedLabel(detail, "small"))
        row.addLayout(texts, 1)
        for sign, step in (("−", -1), ("＋", 1)):
            key = button(sign, partial(presenter.more_of, place, step))
            key.setFixedSize(48, 48)
            row.addWidget(key)
            if step < 0:
                figure = right(wanted, "amount")
                figure.setMinimumWidth(72)
                figure.setAlignment(Qt.AlignmentFlag.AlignCenter)
                row.addWidget(figure)
        sum_label = right(amount, "strong")
        sum_label.setMinimumWidth(92)
        row.addWidget(sum_label)


class RefundScreen(QWidget):
    """Widgets only."""

    def __init__(self, presenter: RefundPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.field = QLineEdit()
        self.field.setAccessibleName(_("Receipt number or goods"))
        self.field.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.field.returnPressed.connect(self._entered)
        self._title = label("", "title")
        self._sales = RowList(self._sale_chosen, _("No sale on this till yet."))
        self._summaries: tuple[SaleSummary, ...] = ()
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._lines = QVBoxLayout(inside)
        self._lines.setContentsMargins(0, 0, 0, 0)
        self._lines.setSpacing(6)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self._area.setWidget(inside)
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self._build_left(), 1)
        self._side = self._build_side()
        row.addWidget(self._side)

    def _build_left(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(18, 6, 18, 16)
        whole.setSpacing(10)
        top = QHBoxLayout()
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(back_button(self._presenter.back))
        whole.addLayout(top)
        whole.addWidget(self.field)
        whole.addWidget(self._sales, 1)
        whole.addWidget(self._area, 1)
        hint = QHBoxLayout()
        self._line_hints: list[QLabel] = []
        self._sale_hints: list[QLabel] = []
        for cap, words, shown_with in (
            ("↑ ↓", _("choose"), []),
            ("+ −", _("how many come back"), self._line_hints),
            (_("Enter"), _("open it"), self._sale_hints),
        ):
            parts = (key_cap(cap), label(words, "muted"))
            shown_with.extend(parts)
            for part in parts:
                hint.addWidget(part)
        hint.addStretch(1)
        whole.addLayout(hint)
        keys = QHBoxLayout()
        keys.setSpacing(8)
        self._all = button(_("All of it · Alt A"), self._presenter.all_of_it)
        self._exchange = button(_("Exchange · Alt E"), self._presenter.exchange)
        self._without = button(_("Without receipt · Alt N"), self._presenter.begin_without_receipt)
        for key in (self._all, self._exchange, self._without):
            key.setMinimumHeight(48)
            keys.addWidget(key)
        keys.addStretch(1)
        whole.addLayout(keys)
        return panel

    def _build_side(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(22, 20, 22, 22)
        whole.setSpacing(10)
        whole.addWidget(label(_("Goes back"), "muted"))
        self.amount = FigureLabel("due")
        whole.addWidget(self.amount)
        whole.addWidget(rule())
        self._split = QVBoxLayout()
        self._split.setSpacing(8)
        whole.addLayout(self._split)
        whole.addStretch(1)
        self._about = label("", "muted", wrap=True)
        whole.addWidget(self._about)
        self.finish = KeyButton(
            _("Refund"), _("Enter"), self._presenter.confirm, kind="primary", text_kind="pay-text", beside=True
        )
        self.finish.setFixedHeight(66)
        whole.addWidget(self.finish)
        return panel

    # --- what the presenter shows ------------------------------------------------------------------------------------

    def show_sales(self, sales: Sequence[SaleSummary]) -> None:
        """The last sales, newest first."""
        self._summaries = tuple(sales)
        self._show_mode(lines=False)
        self._title.setText(_("Refund: which sale?"))
        self.field.setPlaceholderText(_("Scan the receipt or type its number"))
        rows = []
        for sale in sales:
            parts = [
                f"{day(sale.business_date)} {clock_time(sale.at_ms)}",
                ngettext("{count} line", "{count} lines", sale.lines).format(count=sale.lines),
                sale.member_masked,
            ]
            if sale.refunded_fen:
                parts.append(_("{amount} refunded").format(amount=plain(sale.refunded_fen)))
            rows.append(Row(sale.receipt_number, " · ".join(part for part in parts if part), yuan(sale.total_fen)))
        self._sales.show_rows(rows)
        self._show_side(0, (), "", can_finish=False)
        self.finish.say(_("Refund"))

    def show_asked_for(self, words: str) -> None:
        """Beside the last sales: which receipt is on its way."""
        self._about.setText(words)

    def show_refund(self, view: RefundView, chosen_line: int) -> None:
        """One sale: what is left of each line, what is wanted, where it goes."""
        self._show_mode(lines=True)
        self._all.setEnabled(True)
        self._exchange.setEnabled(bool(self._presenter.wanted))
        self._title.setText(_("Refund {receipt}").format(receipt=view.receipt_number))
        clear(self._lines)
        for place, line in enumerate(view.lines):
            self._lines.addWidget(_LineRow(self._presenter, place, _line_words(line), place == chosen_line))
        self._lines.addStretch(1)
        rows = [(tender_words(tender.kind), plain(tender.amount_fen)) for tender in view.tenders]
        if view.rounding_fen:
            rows.append((_("Rounding"), plain(-view.rounding_fen)))
        for words, points in (
            (_("Points taken back"), view.points_taken_back),
            (_("Points owed"), view.points_debt),
            (_("Points given back"), view.points_returned),
            (_("Coupons given back"), view.coupons_restored),
        ):
            if points:
                rows.append((words, count(points)))
        about = [f"{day(view.business_date)} {clock_time(view.at_ms)}", view.member_masked]
        about += [sentence_of(notice.code, notice.fields) for notice in view.notices]
        self._show_side(
            view.total_fen,
            rows,
            " · ".join(part for part in about if part),
            can_finish=bool(self._presenter.wanted) or self._presenter.is_anything_left,
        )
        self.finish.say(_("Refund") if self._presenter.wanted else _("All of it"))

    def show_unreceipted(self, goods: Sequence[tuple[GoodsMatch, int]], chosen_line: int) -> None:
        """Goods without a receipt, at today's price; only with a manager."""
        self._show_mode(lines=True)
        self._all.setEnabled(False)
        self._exchange.setEnabled(False)
        self._title.setText(_("Refund without receipt"))
        self.field.setPlaceholderText(_("Scan the goods or type their name"))
        clear(self._lines)
        total_fen = 0
        for place, (match, milli) in enumerate(goods):
            amount_fen = line_amount_fen(match.price.amount_fen, match.price.per_milli, milli)
            total_fen += amount_fen
            words = (match.name, plain(match.price.amount_fen), quantity(milli, match.weighed), plain(amount_fen))
            self._lines.addWidget(_LineRow(self._presenter, place, words, place == chosen_line))
        self._lines.addStretch(1)
        self._show_side(total_fen, ((_("Cash"), plain(total_fen)),), _("A manager has to approve this."), bool(goods))
        self.finish.say(_("Refund"))

    def _show_mode(self, *, lines: bool) -> None:
        self._sales.setVisible(not lines)
        self._area.setVisible(lines)
        self._all.setVisible(lines)
        self._exchange.setVisible(lines)
        for hint in self._line_hints:
            hint.setVisible(lines)
        for hint in self._sale_hints:
            hint.setVisible(not lines)
        self.field.clear()
        self.field.setFocus()

    def _show_side(self, total_fen: int, rows: Sequence[tuple[str, str]], about: str, can_finish: bool) -> None:
        self.amount.setText(yuan(total_fen))
        set_kind(self.amount, "due" if total_fen else "due-open")
        clear(self._split)
        for words, figure in rows:
            row = QHBoxLayout()
            row.addWidget(label(words, ""))
            row.addStretch(1)
            row.addWidget(right(figure, "strong"))
            self._split.addLayout(row)
        self._about.setText(about)
        self.finish.setEnabled(can_finish)

    # --- keys --------------------------------------------------------------------------------------------------------

    def take_focus(self) -> None:
        """A receipt number can be typed at once."""
        self.field.setFocus()

    def handle_key(self, press: Press) -> bool:
        """Arrows choose, plus and minus change, Enter does it."""
        in_lines = self._area.isVisible()
        with_alt = {
            Qt.Key.Key_A: self._presenter.all_of_it,
            Qt.Key.Key_E: self._presenter.exchange,
            Qt.Key.Key_N: self._presenter.begin_without_receipt,
        }
        if press.with_alt and press.key in with_alt:
            with_alt[Qt.Key(press.key)]()
        elif press.key == Qt.Key.Key_Escape:
            self._presenter.back()
        elif press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            if in_lines:
                self._presenter.choose(self._presenter.chosen + (1 if press.key == Qt.Key.Key_Down else -1))
            else:
                self._sales.press(press)
        elif in_lines and press.text in ("+", "-", "=") and not self.field.text():
            self._presenter.more(-1 if press.text == "-" else 1)
        elif press.is_enter and not self.field.text():
            if in_lines and press.is_quiet and self.finish.isEnabled():
                self._presenter.confirm()
            elif not in_lines:
                self._sales.press(press)
        else:
            return False
        return True

    def _entered(self) -> None:
        text = self.field.text()
        self.field.clear()
        self._presenter.entered(text)

    def _sale_chosen(self, place: int) -> None:
        self._presenter.find(self._summaries[place].receipt_number)

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._side.setFixedWidth(320 if self.width() < 1180 else 430 if self.width() < 1700 else 560)


def _line_words(line: RefundableLine) -> tuple[str, str, str, str]:
    sold, left = quantity(line.sold_milli, line.weighed), quantity(line.left_milli, line.weighed)
    detail = _("sold {sold}, left {left}, {amount}").format(sold=sold, left=left, amount=plain(line.left_fen))
    return line.name, detail, quantity(line.wanted_milli, line.weighed), plain(line.refund_fen)
