"""The sell screen: scan box, basket, totals; the member and coupons beside it, or the touch grid."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from pos_client.checkout.views import BasketView, SuggestionView
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.formats import plain, signed, yuan
from pos_client.ui.parts.basket_model import BasketModel
from pos_client.ui.parts.basket_table import BasketTable
from pos_client.ui.parts.coupon_panel import CouponPanel
from pos_client.ui.parts.function_bar import FunctionBar
from pos_client.ui.parts.labels import FigureLabel, chip, frame, label, right, rule, set_kind
from pos_client.ui.parts.member_card import MemberCard, MemberStrip
from pos_client.ui.parts.scan_box import ScanBox
from pos_client.ui.parts.touch_grid import GridPageView, TouchGrid
from pos_client.ui.presenters.sell import SellPresenter, due_words
from pos_client.ui.scan_filter import Press
from pos_client.ui.theme import Tokens
from pos_client.ui.weight_words import weight_tone, weight_words
from pos_client.ui.words import _

FUNCTION_KEYS = {
    Qt.Key.Key_F1: "balance",
    Qt.Key.Key_F2: "member",
    Qt.Key.Key_F3: "quantity",
    Qt.Key.Key_F4: "discount",
    Qt.Key.Key_F5: "hold",
    Qt.Key.Key_F6: "resume",
    Qt.Key.Key_F7: "refund",
    Qt.Key.Key_F8: "top_up",
    Qt.Key.Key_F9: "pay",
    Qt.Key.Key_F10: "more",
    Qt.Key.Key_F11: "grid",
    Qt.Key.Key_F12: "lock",
}
_NARROW = 1180
_WIDE = 1700


class _Totals(QFrame):
    """Pieces, list price, reductions, points; and the one figure that dominates."""

    def __init__(self) -> None:
        super().__init__()
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        whole.addWidget(rule())
        row = QHBoxLayout()
        row.setContentsMargins(18, 10, 18, 8)
        row.setSpacing(24)
        whole.addLayout(row)
        self.figures: dict[str, QLabel] = {}
        self._columns: list[QWidget] = []
        for name, words, kind in (
            ("pieces", _("Pieces"), "figure"),
            ("list", _("List price"), "figure"),
            ("off", _("Off"), "figure-good"),
            ("points", _("Earns points"), "figure"),
        ):
            column = QWidget()
            inside = QVBoxLayout(column)
            inside.setContentsMargins(0, 0, 0, 0)
            inside.setSpacing(2)
            inside.addStretch(1)
            inside.addWidget(label(words, "muted"))
            figure = label("", kind)
            inside.addWidget(figure)
            self.figures[name] = figure
            self._columns.append(column)
            row.addWidget(column)
        self._brief = label("", "muted")
        self._brief.setAlignment(Qt.AlignmentFlag.AlignLeft | Qt.AlignmentFlag.AlignBottom)
        row.addWidget(self._brief)
        row.addStretch(1)
        due = QVBoxLayout()
        due.setSpacing(0)
        self._due_words = right(_("To pay"), "muted")
        due.addWidget(self._due_words)
        self.due = FigureLabel("total")
        self.due.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        due.addWidget(self.due)
        row.addLayout(due)
        self.make_compact(False)

    def make_compact(self, compact: bool) -> None:
        """Beside the grid: pieces and reductions in words, a smaller figure."""
        for column in self._columns:
            column.setVisible(not compact)
        self._brief.setVisible(compact)
        self._due_words.setVisible(not compact)

    def show_basket(self, view: BasketView) -> None:
        """All totals of this basket."""
        texts = {
            "pieces": str(view.pieces),
            "list": plain(view.list_total_fen),
            "off": plain(-view.reductions_total_fen) if view.reductions_total_fen else plain(0),
            "points": signed(view.points_to_earn),
        }
        for name, text in texts.items():
            self.figures[name].setText(text)
        brief = _("{count} pcs").format(count=view.pieces)
        if view.reductions_total_fen:
            brief += " · " + _("off {amount}").format(amount=plain(view.reductions_total_fen))
        self._brief.setText(brief)
        self.due.setText(yuan(view.due_fen))
        set_kind(self.due, "" if view.lines else "empty", "tone")
        self._due_words.setText(
            _("To pay; returned goods of {amount} come off").format(amount=plain(view.exchange_back_fen))
            if view.exchange_receipt
            else _("Order {receipt}").format(receipt=view.collects)
            if view.collects
            else _("To pay")
        )


class SellScreen(QWidget):
    """`functions(name)` is what a function key does; the presenter is told about lines, scans and coupons."""

    def __init__(self, presenter: SellPresenter, tokens: Tokens, functions: Callable[[str], object]) -> None:
        super().__init__()
        self._presenter = presenter
        self._function = functions
        self.model = BasketModel()
        self.table = BasketTable(self.model, tokens)
        self.scan_box = ScanBox()
        self.weight = chip("", "plain")
        self.weight.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.weight.hide()
        self.totals = _Totals()
        self.member = MemberCard(
            lambda: functions("member"),
            lambda: functions("register"),
            lambda: functions("balance"),
            lambda: functions("file"),
        )
        self.strip = MemberStrip()
        self.coupons = CouponPanel(presenter.toggle_coupon, presenter.adopt_suggestion)
        self.grid = TouchGrid(tokens, presenter.add_goods, lambda: functions("grid"))
        self.bar = self._build_bar(functions)
        self._build()
        self.grid_shown = False
        self.show_grid(False)
        self.scan_box.returnPressed.connect(self._entered)
        self.table.clicked.connect(lambda index: self._touched(index.row()))

    # --- building ----------------------------------------------------------------------------------------------------

    @staticmethod
    def _build_bar(functions: Callable[[str], object]) -> FunctionBar:
        return FunctionBar(
            (
                ("member", _("Member"), "F2"),
                ("quantity", _("Quantity"), "F3"),
                ("discount", _("Discount"), "F4"),
                ("hold", _("Hold"), "F5"),
                ("resume", _("Resume"), "F6"),
                ("refund", _("Refund"), "F7"),
                ("top_up", _("Top up"), "F8"),
                ("more", _("More"), "F10"),
                ("grid", _("Grid"), "F11"),
                ("lock", _("Lock"), "F12"),
            ),
            functions,
        )

    def _build(self) -> None:
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(0)
        content = QHBoxLayout()
        content.setContentsMargins(12, 12, 12, 12)
        content.setSpacing(12)
        self._left = frame("panel")
        left = QVBoxLayout(self._left)
        left.setContentsMargins(1, 12, 1, 1)
        left.setSpacing(0)
        scan_row = QHBoxLayout()
        scan_row.setContentsMargins(11, 0, 11, 10)
        scan_row.addWidget(self.scan_box)
        scan_row.addWidget(self.weight)
        left.addLayout(scan_row)
        left.addWidget(self.table, 1)
        strip_row = QHBoxLayout()
        strip_row.setContentsMargins(10, 6, 10, 6)
        strip_row.addWidget(self.strip)
        left.addLayout(strip_row)
        left.addWidget(self.totals)
        content.addWidget(self._left, 10)
        self._side = QStackedWidget()
        self._panels = panels = QWidget()
        column = QVBoxLayout(panels)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(12)
        column.addWidget(self.member)
        column.addWidget(self.coupons, 1)
        self._side.addWidget(panels)
        self._side.addWidget(self.grid)
        content.addWidget(self._side)
        whole.addLayout(content, 1)
        whole.addWidget(self.bar)

    # --- what the presenter shows ------------------------------------------------------------------------------------

    def show_basket(self, view: BasketView, chosen_line: int) -> None:
        """The whole screen for this basket."""
        self.table.show_lines(view.lines)
        self.table.choose(self.model.row_of(chosen_line))
        self.totals.show_basket(view)
        self.member.show_member(view.member)
        self.member.offer_balance(view)
        self.strip.show_member(view.member)
        self.coupons.show_basket(view)
        self.bar.pay.say(due_words(view))
        self.bar.pay.setEnabled(bool(view.lines))
        held = _("Resume {count}").format(count=view.held_count) if view.held_count else _("Resume")
        self.bar.keys["resume"].say(held)

    def show_suggestion(self, suggestion: SuggestionView | None, rule_version: str) -> None:
        """The best combination."""
        self.coupons.show_suggestion(suggestion, rule_version)

    def say_last(self, text: str) -> None:
        """What the last scan came to."""
        self.scan_box.say_last(text)

    def show_weight(self, reading: ScaleReading | None) -> None:
        """What lies on the scale, where one is set up."""
        self.weight.setVisible(reading is not None)
        if reading is not None:
            self.weight.setText(weight_words(reading))
            set_kind(self.weight, weight_tone(reading), "tone")
            # It only ever grows: a scan box that moves with every gram is none to look at.
            self.weight.setMinimumWidth(max(self.weight.minimumWidth(), self.weight.sizeHint().width()))

    def show_pages(self, pages: Sequence[GridPageView]) -> None:
        """The store's touch grid."""
        self.grid.show_pages(pages)

    def show_grid(self, shown: bool) -> None:
        """The touch grid in place of the panels, or the panels."""
        self.grid_shown = shown
        self._side.setCurrentWidget(self.grid if shown else self._panels)
        self.table.make_compact(shown)
        self.totals.make_compact(shown)
        self.strip.setVisible(shown)
        self.scan_box.make_short(shown)
        self.bar.keys["grid"].choose(shown)
        self._fit()

    def take_focus(self) -> None:
        """The scan box has the keyboard whenever nothing lies over it."""
        self.scan_box.setFocus()

    # --- keys --------------------------------------------------------------------------------------------------------

    def handle_key(self, press: Press) -> bool:
        """A key, before the scan box gets it."""
        function = FUNCTION_KEYS.get(Qt.Key(press.key))
        if function is not None:
            self._function(function)
            return True
        if press.with_alt:
            return self._with_alt(press)
        if press.has_modifier and press.key == Qt.Key.Key_Z:
            self._presenter.undo()
            return True
        match press.key:
            case Qt.Key.Key_Escape:
                self.scan_box.clear()
            case Qt.Key.Key_Up | Qt.Key.Key_Down:
                self._presenter.move(-1 if press.key == Qt.Key.Key_Up else 1)
            case Qt.Key.Key_Delete:
                if self.scan_box.text():
                    return False
                self._presenter.remove_line()
            case Qt.Key.Key_Return | Qt.Key.Key_Enter:
                if self.scan_box.text():
                    return False
                if press.is_quiet:
                    self._presenter.adopt_suggestion()
            case Qt.Key.Key_Tab | Qt.Key.Key_Backtab:
                pass
            case _:
                return False
        return True

    def _with_alt(self, press: Press) -> bool:
        named = {Qt.Key.Key_R: "register", Qt.Key.Key_C: "file", Qt.Key.Key_K: "look_up"}.get(Qt.Key(press.key))
        if named is not None:
            self._function(named)
            return True
        token = self.coupons.token_at(press.key - int(Qt.Key.Key_0))
        if token is not None:
            self._presenter.toggle_coupon(token)
        return token is not None

    def _entered(self) -> None:
        text = self.scan_box.text()
        self.scan_box.clear()
        self._presenter.typed(text)

    def _touched(self, row: int) -> None:
        line = self.model.line(row)
        if line is not None:
            self._presenter.choose(line.line_number)

    # --- room --------------------------------------------------------------------------------------------------------

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._fit()

    def _fit(self) -> None:
        width = self.width()
        if self.grid_shown:
            left = 390 if width < _NARROW else 480 if width < _WIDE else 600
            self._left.setFixedWidth(left)
            self._side.setMinimumWidth(0)
            self._side.setMaximumWidth(16_777_215)
        else:
            self._left.setMinimumWidth(0)
            self._left.setMaximumWidth(16_777_215)
            self._side.setFixedWidth(352 if width < _NARROW else 430 if width < _WIDE else 540)
        self.bar.keys["lock"].setVisible(width >= _NARROW)
        self.bar.keys["grid"].setVisible(width >= _NARROW or not self.grid_shown)
