"""The pay screen: the basket stays visible, one figure says what is left, every payment has its key."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.checkout.views import PaymentView
from pos_client.ui.formats import count, plain, short_yuan, yuan
from pos_client.ui.parts.cards import FigureBox
from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import clear, frame
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.presenters.pay import Mode, PayPresenter, enter_means
from pos_client.ui.scan_filter import Press
from pos_client.ui.screens.pay_columns import BasketColumn, LeftColumn
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


class PayScreen(QWidget):
    """Widgets only; `presenter` decides. The overlays it asks for are opened by the window."""

    def __init__(self, presenter: PayPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._basket = BasketColumn(presenter.back)
        self.left = LeftColumn(presenter, self._press_enter)
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
        for place, (name, words, cap) in enumerate(
            (
                ("stored_value", _("Stored value"), "F1"),
                ("cash", _("Cash"), "F2"),
                ("wechat", _("WeChat"), "F3"),
                ("alipay", _("Alipay"), "F4"),
                ("points", _("Points"), "F5"),
                ("coupons", _("Coupons"), "F6"),
                ("more", _("More"), "F7"),
                ("best", _("Best mix"), _("Space")),
            )
        ):
            press = partial(self._press_key, name)
            tile = KeyButton(words, "", press, text_kind="button-strong", at_left=True, cap=cap)
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
        takes_cash = mode == "cash" or (mode == "" and self._presenter.enter_now(view) == "cash")
        for note_fen in view.quick_notes_fen if takes_cash and view.left_fen > 0 else ():
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
        for key, tile in self.keys.items():
            tile.say(tile.words.text(), details[key])
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
