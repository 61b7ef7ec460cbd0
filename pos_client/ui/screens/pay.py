"""The pay screen: the basket stays visible, one figure says what is left, every payment has its key."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QGridLayout, QHBoxLayout, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.views import BasketView, PaymentView
from pos_client.ui.formats import count, plain, short_yuan, yuan
from pos_client.ui.parts.cards import FigureBox
from pos_client.ui.parts.goods_rows import GoodsRows, goods_words
from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import ElidedLabel, FigureLabel, clear, frame, label, right, rule, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad
from pos_client.ui.parts.overlay import boxed
from pos_client.ui.parts.tender_words import tender_detail, tender_words
from pos_client.ui.presenters.pay import Mode, PayPresenter, enter_means, summary_of
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import why_not_more
from pos_client.ui.words import _

PAY_KEYS: dict[int, str] = {
    Qt.Key.Key_F1: "stored_value",
    Qt.Key.Key_F2: "cash",
    Qt.Key.Key_F3: "wechat",
    Qt.Key.Key_F4: "alipay",
    Qt.Key.Key_F5: "points",
    Qt.Key.Key_F6: "coupons",
    Qt.Key.Key_F7: "more",
    Qt.Key.Key_Space: "best",
}
_ROW_SPACING = 9


class _BasketColumn(QFrame):
    """The basket while paying: what it costs, what coupons and points take off, what is due."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 14, 16, 16)
        whole.setSpacing(10)
        top = QHBoxLayout()
        self._title = label("", "strong")
        top.addWidget(self._title)
        top.addStretch(1)
        top.addWidget(label(_("Esc back"), "muted"))
        whole.addLayout(top)
        inside = QWidget()
        inside.setObjectName("scrolled")
        all_rows = QVBoxLayout(inside)
        all_rows.setContentsMargins(0, 0, 0, 0)
        all_rows.setSpacing(_ROW_SPACING)
        self.goods = GoodsRows(_ROW_SPACING)
        all_rows.addWidget(self.goods)
        self._rows = QVBoxLayout()
        self._rows.setSpacing(_ROW_SPACING)
        all_rows.addLayout(self._rows, 1)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        whole.addWidget(area, 1)
        self._member = label("", "", wrap=True)
        self._presence = label("", "small", wrap=True)
        self._member_box = boxed("sunken", self._member, self._presence, spacing=2)
        whole.addWidget(self._member_box)

    def show_basket(self, view: BasketView) -> None:
        """Every line, then the way from subtotal to due."""
        summary = summary_of(view)
        self._title.setText(_("Basket, {count} pcs").format(count=view.pieces))
        self.goods.show_lines(
            [goods_words(line.name, line.quantity_milli, line.weighed, line.amount_fen) for line in summary.lines]
        )
        clear(self._rows)
        self._rows.addWidget(rule())
        if summary.reductions:
            self._row(_("Subtotal"), plain(summary.subtotal_fen), "")
            for name, amount_fen in summary.reductions:
                self._row(name, plain(-amount_fen), "good")
            self._rows.addWidget(rule())
        words = _("To pay") if view.order_deposit_fen is None else _("Deposit")
        self._row(words, plain(summary.due_fen), "strong")
        self._rows.addStretch(1)
        member = view.member
        self._member_box.setVisible(member is not None)
        if member is not None:
            parts = [member.name, member.tier_name, member.phone_masked]
            self._member.setText(" · ".join(part for part in parts if part))
            proved = _("Present: stored value and points can be used")
            self._presence.setText(
                proved if member.presence else why_not_more("presence_needed", member.free_today_fen)
            )

    def _row(self, name: str, amount: str, kind: str) -> None:
        row = QHBoxLayout()
        row.setSpacing(8)
        row.addWidget(ElidedLabel(name, kind), 1)
        row.addWidget(right(amount, kind))
        self._rows.addLayout(row)


class _LeftColumn(QFrame):
    """What is left to pay, the payments so far, and the key that finishes."""

    def __init__(self, presenter: PayPresenter, enter: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self._presenter = presenter
        whole = QVBoxLayout(self)
        whole.setContentsMargins(22, 20, 22, 22)
        whole.setSpacing(10)
        self._words = label("", "muted")
        whole.addWidget(self._words)
        self.due = FigureLabel("due")
        whole.addWidget(self.due)
        whole.addWidget(rule())
        self._tenders = QVBoxLayout()
        self._tenders.setSpacing(12)
        whole.addLayout(self._tenders)
        whole.addStretch(1)
        self._hint = label("", "warning", wrap=True)
        self._hint_box = boxed("warning", self._hint)
        whole.addWidget(self._hint_box)
        self.finish = KeyButton(_("Finish and print"), _("Enter"), enter, kind="primary", text_kind="pay-text")
        self.finish.setFixedHeight(72)
        whole.addWidget(self.finish)

    def show_payment(self, view: PaymentView) -> None:
        """The figures, the payments, and what to know about them."""
        has_change = view.change_fen > 0 and view.left_fen == 0
        self._words.setText(_("Change") if has_change else _("Left to pay"))
        self.due.setText(yuan(view.change_fen if has_change else view.left_fen))
        set_kind(self.due, "due" if view.left_fen == 0 else "due-open")
        clear(self._tenders)
        if view.rounding_fen:
            self._tenders.addWidget(self._row(_("Rounding"), "", plain(-view.rounding_fen), None))
        for tender in view.carried:
            is_deposit = tender.kind == "deposit"
            detail = "" if is_deposit else _("of returned goods")
            take_off = None if is_deposit else self._presenter.drop_exchange
            self._tenders.addWidget(self._row(tender_words(tender.kind), detail, plain(tender.amount_fen), take_off))
        for tender in view.tenders:
            take_off = partial(self._presenter.take_off, tender.index)
            self._tenders.addWidget(
                self._row(tender_words(tender.kind), tender_detail(tender), plain(tender.amount_fen), take_off)
            )
        hint = self._hint_words(view)
        self._hint.setText(hint)
        self._hint_box.setVisible(bool(hint))

    def _row(self, name: str, detail: str, amount: str, take_off: Callable[[], object] | None) -> QWidget:
        made = QWidget()
        row = QHBoxLayout(made)
        row.setContentsMargins(0, 0, 0, 0)
        row.setSpacing(10)
        words = QVBoxLayout()
        words.setSpacing(0)
        words.addWidget(label(name, "strong"))
        if detail:
            words.addWidget(label(detail, "small", wrap=True))
        row.addLayout(words, 1)
        row.addWidget(right(amount, "amount"))
        if take_off is not None:
            delete = button(BACKSPACE, take_off)
            delete.setFixedSize(52, 48)
            row.addWidget(delete)
        return made

    @staticmethod
    def _hint_words(view: PaymentView) -> str:
        offer = view.stored_value
        paid_by_value = any(tender.kind == "stored_value" for tender in view.tenders)
        parts = [
            _("{amount} goes back: {tender}.").format(amount=yuan(one.amount_fen), tender=tender_words(one.kind))
            for one in view.goes_back
        ]
        parts += [
            _("{wallet} {amount}: not known yet. Its key shows how it stands.").format(
                wallet=tender_words(one.kind), amount=yuan(one.amount_fen)
            )
            for one in view.under_way
        ]
        if paid_by_value:
            parts.append(
                _("Paid from what this till holds. After this, {amount} of stored value stays usable here.").format(
                    amount=yuan(offer.after_usable_fen)
                )
            )
        if paid_by_value and offer.short:
            parts.append(_("One part was short here, so the other was used."))
        if not paid_by_value and offer.balance_fen > offer.usable_fen and offer.why_not_more:
            free_fen = offer.presence_needed_above_fen or 0
            parts.append(why_not_more(offer.why_not_more, free_fen, offer.why_fields))
        return " ".join(parts)


class PayScreen(QWidget):
    """Widgets only; `presenter` decides. The overlays it asks for are opened by the window."""

    def __init__(self, presenter: PayPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._basket = _BasketColumn()
        self.left = _LeftColumn(presenter, self._press_enter)
        self.keys: dict[str, KeyButton] = {}
        self.box = FigureBox("")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        row.addWidget(self._basket)
        row.addWidget(self.left)
        row.addWidget(self._build_pad(), 1)

    def _build_pad(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(18, 18, 18, 18)
        whole.setSpacing(12)
        tiles = QGridLayout()
        tiles.setSpacing(10)
        for place, (name, words) in enumerate(
            (
                ("stored_value", _("Stored value")),
                ("cash", _("Cash")),
                ("wechat", _("WeChat")),
                ("alipay", _("Alipay")),
                ("points", _("Points")),
                ("coupons", _("Coupons")),
                ("more", _("More")),
                ("best", _("Best mix")),
            )
        ):
            tile = KeyButton(words, "", partial(self._press_key, name), text_kind="button-strong", at_left=True)
            tile.words.setWordWrap(True)
            self.keys[name] = tile
            tiles.addWidget(tile, place // 4, place % 4)
        for column in range(4):
            tiles.setColumnStretch(column, 1)
        whole.addLayout(tiles)
        whole.addWidget(self.box)
        self._notes = QHBoxLayout()
        self._notes.setSpacing(10)
        whole.addLayout(self._notes)
        self.pad = NumberPad(self._type, _("Clear"), _("Exact"), self._presenter.exact)
        whole.addWidget(self.pad, 1)
        return panel

    # --- what the presenter shows ------------------------------------------------------------------------------------

    def show_payment(self, view: PaymentView, mode: Mode) -> None:
        """The whole screen."""
        self._basket.show_basket(view.basket)
        self.left.show_payment(view)
        self._show_keys(view, mode)
        self._show_box(view, mode)
        self._show_finish()
        clear(self._notes)
        for note_fen in view.quick_notes_fen if mode == "cash" and view.left_fen > 0 else ():
            made = button(short_yuan(note_fen), partial(self._presenter.quick_note, note_fen))
            made.setMinimumHeight(48)
            self._notes.addWidget(made)

    def clear_amount(self) -> None:
        """Nothing is typed."""
        self.box.type(CLEAR)
        self._show_finish()

    def _show_keys(self, view: PaymentView, mode: Mode) -> None:
        used = {tender.kind for tender in view.tenders}
        member = view.basket.member
        usable_coupons = sum(coupon.usable or coupon.applied for coupon in view.basket.coupons)
        wallet_words = _("needs the line") if self._presenter.wallets.is_down else _("scan code")
        details = {
            "stored_value": _("use {amount}").format(amount=plain(view.stored_value.usable_fen)) if member else "",
            "cash": "",
            "wechat": wallet_words,
            "alipay": wallet_words,
            "points": _("use {amount}").format(amount=count(member.points_usable)) if member else "",
            "coupons": _("{count} usable").format(count=usable_coupons) if member else "",
            "more": _("card, voucher"),
            "best": "",
        }
        names = ("F1", "F2", "F3", "F4", "F5", "F6", "F7", _("Space"))
        for (key, tile), cap in zip(self.keys.items(), names, strict=True):
            tile.say(tile.words.text(), "\n".join(part for part in (details[key], cap) if part))
        chosen = {
            **{kind: kind in used or mode == kind for kind in ("stored_value", "cash", "wechat", "alipay")},
            "points": view.basket.points_used > 0,
            "coupons": any(coupon.applied for coupon in view.basket.coupons),
            "more": bool(used & {"card", "voucher", "other"}),
        }
        for key, is_chosen in chosen.items():
            self.keys[key].choose(is_chosen)

    def _show_box(self, view: PaymentView, mode: Mode) -> None:
        if self.box.text:
            return
        if mode == "" and enter_means(view, mode) == "stored_value":
            mode = "stored_value"
        tender = next((tender for tender in view.tenders if tender.kind == mode), None)
        if mode in ("", "cash"):
            was_handed = tender is not None and not view.left_fen
            handed_over_fen = (
                tender.handed_over_fen or tender.amount_fen if tender and was_handed else view.cash_left_fen
            )
            self.box.ask_for(_("Cash received"), plain(handed_over_fen))
        else:
            self.box.ask_for(tender_words(mode), plain(tender.amount_fen if tender is not None else view.left_fen))

    def _show_finish(self) -> None:
        """The large key says what Enter would do."""
        view, typed_fen = self._presenter.view, self.box.figure
        finish = self.left.finish
        finish.setEnabled(view is not None)
        if view is None:
            return
        means = self._presenter.enter_now(view)
        if typed_fen is not None:
            mode = self._presenter.mode
            finish.say(f"{tender_words(mode or 'cash')} {yuan(typed_fen)}", _("Enter takes it"))
        elif means == "finish":
            finish.say(_("Finish and print"), _("Enter"))
        elif means == "scan":
            asked_fen = self._presenter.asked_fen
            amount_fen = view.left_fen if asked_fen is None else asked_fen
            finish.say(f"{tender_words(self._presenter.mode)} {yuan(amount_fen)}", _("Scan the customer's code"))
        elif means == "wallet":
            finish.say(_("Show the wallet"), _("Enter"))
        else:
            amount_fen = view.left_fen if means == "stored_value" else view.cash_left_fen
            finish.say(f"{tender_words(means)} {yuan(amount_fen)}", _("Enter takes it exactly and prints"))

    # --- keys --------------------------------------------------------------------------------------------------------

    def handle_key(self, press: Press) -> bool:
        """Every key of this screen."""
        key = PAY_KEYS.get(press.key)
        if key is not None and (key != "best" or press.is_quiet):
            self._press_key(key)
        elif press.key == Qt.Key.Key_Escape:
            if self.box.text:
                self.clear_amount()
                self._presenter.begin()
            else:
                self._presenter.back()
        elif press.is_enter:
            if press.is_quiet:
                self._press_enter()
        elif press.key == Qt.Key.Key_Backspace or (press.text and press.text in "0123456789."):
            self._type(BACKSPACE if press.key == Qt.Key.Key_Backspace else press.text)
        return True

    def _type(self, typed: str) -> None:
        if typed not in (BACKSPACE, CLEAR):
            self._presenter.digit_typed()
        self.box.type(typed)
        self._show_finish()

    def _press_enter(self) -> None:
        self._presenter.enter_amount(self.box.figure)

    def _press_key(self, name: str) -> None:
        match name:
            case "points":
                self._presenter.toggle_points()
            case "coupons":
                self._presenter.offer_coupons()
            case "best":
                self._presenter.best_combination()
            case "more":
                face = self._presenter.face
                if face is not None:
                    face.choose_more()
            case "stored_value" | "cash" | "wechat" | "alipay":
                self._presenter.choose(name)
            case _:
                pass

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        width = self.width()
        for tile in self.keys.values():
            tile.setFixedHeight(108 if width < 1180 else 92)
        if width < 1180:
            self._basket.setFixedWidth(232)
            self.left.setFixedWidth(284)
        elif width < 1700:
            self._basket.setFixedWidth(330)
            self.left.setFixedWidth(400)
        else:
            self._basket.setFixedWidth(430)
            self.left.setFixedWidth(560)
