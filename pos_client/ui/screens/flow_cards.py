"""Panels inside the flow: a manager's approval, discounts and prices, what comes after a sale, the receipt."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.views import DoneView, StaffView
from pos_client.devices.receipt_document import ReceiptDocument
from pos_client.ui.formats import count, yuan
from pos_client.ui.parts.cards import FigureBox, Row, RowList
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import FigureLabel, label, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad, pin_dots
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.receipt_painter import SlipView
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words, sentence_of
from pos_client.ui.words import _
from shared_models.refusals import Refusal


def action_words(action: str) -> str:
    """What is to be approved."""
    return {
        "price_override": _("Another price"),
        "line_discount": _("Discount on a line"),
        "basket_discount": _("Discount on the basket"),
        "cancel_basket": _("Cancel the basket"),
        "presence": _("The member is here"),
        "refund": _("Refund"),
        "refund_without_receipt": _("Refund without receipt"),
        "void_sale": _("Void the last sale"),
        "tender_correction": _("Correct a payment"),
        "cash_out": _("Cash out of the drawer"),
        "drawer_open": _("Open the drawer"),
        "x_report": _("Expected cash"),
        "withdrawal": _("Withdraw principal"),
        "top_up_cancel": _("Cancel a top-up"),
        "risk": _("Stored value above what this till holds: money at risk"),
        "clock": _("The clock of this machine looks wrong. Is the date right?"),
        "reprint": _("Print a receipt again"),
        "wallet_unknown": _("Hand over the goods: nobody knows whether the wallet paid"),
        "order_waive": _("Give back a deposit that the rule keeps"),
        "wallet_settle": _("How a wallet payment ended"),
        "new_card": _("A new card for this member: it opens their balance"),
        "new_phone": _("Another number for a member who did not show a card"),
        "new_code": _("Another payment code for a member who did not show a card"),
        "training": _("Training begins or ends"),
        "hand_over": _("The drawer, as it was just counted"),
        "new_epoch": _("This till goes on, and no copy of it runs elsewhere"),
    }.get(action, action)


def about_words(needed: Refusal) -> str:
    """What of, as far as the checkout told: goods, what they cost before, the amount."""
    name, before_fen, amount_fen = (needed.fields.get(field) for field in ("name", "before_fen", "amount_fen"))
    amounts = " → ".join(yuan(fen) for fen in (before_fen, amount_fen) if isinstance(fen, int))
    return " · ".join(str(part) for part in (name, amounts) if part)


class ApprovalCard(Card):
    """A manager's name and PIN, or badge. The flow goes on by itself."""

    def __init__(
        self,
        action: str,
        approve: Callable[[str, str], object],
        approve_by_badge: Callable[[str], object],
        *,
        title: str = "",
        who: str = "",
        confirm: str = "",
        about: str = "",
    ) -> None:
        super().__init__(title or _("A manager approves"), 720)
        self._approve = approve
        self._approve_by_badge = approve_by_badge
        self._staff: tuple[StaffView, ...] = ()
        self._chosen = 0
        self._pin = ""
        self.body.addWidget(label(action_words(action), "good-strong"))
        if about:
            self.body.addWidget(label(about, "strong", wrap=True))
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self.body.addLayout(columns)
        left = QVBoxLayout()
        self._names = RowList(self._choose, _("No manager works in this store."))
        left.addWidget(label((who or _("Manager")) + " · ↑ ↓", "muted"))
        left.addWidget(self._names, 1)
        columns.addLayout(left, 1)
        side = QVBoxLayout()
        side.addWidget(label(_("PIN or badge"), "muted"))
        self._dots = label("○ ○ ○ ○", "title")
        self._dots.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._dots.setFixedHeight(44)
        side.addWidget(self._dots)
        self._said = label("", "danger", wrap=True)
        side.addWidget(self._said)
        words = confirm or _("Approve")
        pad = NumberPad(self._type, _("Clear"), words, self._confirm, digits_only=True, last_cap=_("Enter"))
        pad.setMinimumHeight(260)
        set_kind(pad.last_key, "primary")
        side.addWidget(pad)
        columns.addLayout(side, 1)

    def show_managers(self, staff: Sequence[StaffView], likely_id: str = "") -> None:
        """Those who may approve; whoever is most likely to is chosen."""
        self._staff = tuple(staff)
        self._names.show_rows([Row(f"{one.name} {one.staff_id}") for one in staff])
        self._choose(next((place for place, one in enumerate(staff) if one.staff_id == likely_id), 0))

    def say_wrong(self, refusal: Refusal) -> None:
        """Wrong PIN and the like."""
        self._pin = ""
        self._show_dots()
        self._said.setText(refusal_words(refusal))

    def first_focus(self) -> None:
        self.setFocus()

    def handle_scan(self, text: str) -> bool:
        is_badge = kind_of(text) in ("staff", "misread")
        if is_badge:
            self._approve_by_badge(text)
        return is_badge

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            self._confirm()
        elif press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._choose(self._chosen + (1 if press.key == Qt.Key.Key_Down else -1))
        elif press.key == Qt.Key.Key_Backspace:
            self._type(BACKSPACE)
        elif press.text.isdigit() and not press.has_modifier:
            self._type(press.text)
        else:
            return False
        return True

    def _choose(self, place: int) -> None:
        self._chosen = max(0, min(place, len(self._staff) - 1))
        self._names.mark(self._chosen)

    def _type(self, typed: str) -> None:
        if typed == CLEAR:
            self._pin = ""
        elif typed == BACKSPACE:
            self._pin = self._pin[:-1]
        elif typed != ".":
            self._pin = (self._pin + typed)[:12]
            self._said.setText("")
        self._show_dots()

    def _show_dots(self) -> None:
        self._dots.setText(pin_dots(len(self._pin)))

    def _confirm(self) -> None:
        if self._pin and self._staff:
            pin, self._pin = self._pin, ""
            self._show_dots()
            self._approve(self._staff[self._chosen].staff_id, pin)


class AdjustCard(Card):
    """Prices and discounts: choose what, type how much."""

    def __init__(self, line_name: str, adjust: Callable[[str, int], object]) -> None:
        super().__init__(_("Discount and price"), 560)
        self._adjust = adjust
        self._chosen = "line_percent" if line_name else "basket_percent"
        if line_name:
            self.body.addWidget(label(line_name, "strong", wrap=True))
        grid = QGridLayout()
        grid.setSpacing(8)
        group = QButtonGroup(self)
        self._kinds = ("line_percent", "line_amount", "price", "basket_percent", "basket_amount")
        for place, (kind, words) in enumerate(
            (
                ("line_percent", _("Line, % off")),
                ("line_amount", _("Line, amount off")),
                ("price", _("Another price")),
                ("basket_percent", _("Basket, % off")),
                ("basket_amount", _("Basket, amount off")),
            )
        ):
            made = button(words, partial(self._choose, kind))
            made.setCheckable(True)
            made.setMinimumHeight(48)
            made.setEnabled(bool(line_name) or kind.startswith("basket"))
            made.setChecked(kind == self._chosen)
            group.addButton(made)
            grid.addWidget(made, place // 3, place % 3)
        self._group = group
        self.body.addLayout(grid)
        self.body.addWidget(label(_("Left and right choose. 0 takes a discount off again."), "small"))
        self._box = FigureBox("")
        self.body.addWidget(self._box)
        pad = NumberPad(self._box.type, _("Clear"), _("OK"), self._confirm, last_cap=_("Enter"))
        pad.setMinimumHeight(264)
        set_kind(pad.last_key, "primary")
        self.body.addWidget(pad)
        self._choose(self._chosen)

    def _choose(self, kind: str) -> None:
        self._chosen = kind
        is_percent = kind.endswith("percent")
        words = _("Per cent off") if is_percent else _("New price") if kind == "price" else _("Amount off")
        self._box.ask_for(words, decimals=0 if is_percent else 2, unit="%" if is_percent else "¥")
        for place, made in enumerate(self._group.buttons()):
            made.setChecked(self._kinds[place] == kind)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.key in (Qt.Key.Key_Left, Qt.Key.Key_Right):
            enabled = [kind for place, kind in enumerate(self._kinds) if self._group.buttons()[place].isEnabled()]
            step = 1 if press.key == Qt.Key.Key_Right else -1
            self._choose(enabled[(enabled.index(self._chosen) + step) % len(enabled)])
            return True
        if press.is_enter:
            self._confirm()
            return True
        return self._box.press(press)

    def _confirm(self) -> None:
        figure = self._box.figure
        if figure is not None:
            self.leave()
            self._adjust(self._chosen, figure)


def _large_figure(done: DoneView) -> tuple[str, int]:
    """What a hand takes out of the drawer or gives back now: it is the largest figure on the panel."""
    if done.entry_type in ("refund", "refund_without_receipt"):
        return _("Goes back"), done.total_fen
    return _("Change"), done.change_fen


def _slips(documents: Sequence[ReceiptDocument]) -> QWidget:
    """All slips under each other, as the printer cuts them."""
    if len(documents) == 1:
        return SlipView(documents[0])
    made = QWidget()
    made.setObjectName("scrolled")
    column = QVBoxLayout(made)
    column.setContentsMargins(0, 0, 0, 0)
    column.setSpacing(12)
    for document in documents:
        column.addWidget(SlipView(document))
    return made


class ReceiptCard(Card):
    """What was just done: the change in large figures, and the slips as they print."""

    def __init__(
        self,
        title: str,
        done: DoneView,
        save_pdf: Callable[[], object],
        print_now: Callable[[], object] | None = None,
    ) -> None:
        """`print_now`: the paper comes only when somebody asks for it."""
        super().__init__(title, 760)
        self._save_pdf = save_pdf
        self._print_now = print_now
        documents: Sequence[ReceiptDocument] = done.documents
        columns = QHBoxLayout()
        columns.setSpacing(24)
        self.body.addLayout(columns)
        left = QVBoxLayout()
        left.setSpacing(4)
        self.change = FigureLabel("due")
        words, large_fen = _large_figure(done)
        if large_fen:
            left.addWidget(label(words, "muted"))
            self.change.setText(yuan(large_fen))
            left.addWidget(self.change)
        if done.entry_type not in ("refund", "refund_without_receipt", "ticket_opened"):
            left.addWidget(label(_("Deposit") if done.entry_type == "order_taken" else _("Total"), "muted"))
            total = label(yuan(done.total_fen), "balance") if large_fen else FigureLabel("due-open")
            total.setText(yuan(done.total_fen))  # with nothing to hand over it is the one figure of the panel
            left.addWidget(total)
        left.addSpacing(8)
        if done.entry_type == "shift_closed" and not done.difference_fen:
            left.addWidget(label(_("The count agrees with the book."), "good-strong", wrap=True))
        if done.difference_fen:
            difference = {"difference_fen": done.difference_fen}
            left.addWidget(label(sentence_of("cash_difference", difference), "warning-strong", wrap=True))
        if done.points_earned:
            earned = _("{points} points earned").format(points=count(done.points_earned))
            left.addWidget(label(earned, "good-strong"))
        left.addWidget(label(done.receipt_number, "muted"))
        left.addStretch(1)
        if documents and print_now is not None:
            left.addWidget(button(_("Print the receipt · Ctrl P"), print_now, "primary"))
        if documents:
            pdf_row = QHBoxLayout()
            pdf_row.addWidget(button(_("Save as PDF · Alt P"), save_pdf))
            pdf_row.addStretch(1)
            left.addLayout(pdf_row)
        left.addWidget(label(_("Scan on, or press any key."), "muted", wrap=True))
        columns.addLayout(left, 1)
        area = QScrollArea()
        area.setFixedWidth(322)
        area.setMinimumHeight(500)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setAlignment(Qt.AlignmentFlag.AlignHCenter)
        if documents:
            area.setWidget(_slips(documents))
        columns.addWidget(area)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.with_alt and press.key == Qt.Key.Key_P:
            self._save_pdf()
            return True
        if self._print_now is not None and press.has_modifier and press.key == Qt.Key.Key_P:
            self._print_now()
            return True
        is_function = Qt.Key.Key_F1 <= press.key <= Qt.Key.Key_F12
        is_typed = press.text.isprintable() and bool(press.text) and not press.is_enter and not press.has_modifier
        if is_function or is_typed:  # what comes next begins here
            self.leave()
            return False
        if press.is_enter or press.key == Qt.Key.Key_Space:
            self.leave()
            return True
        return False
