"""The top-up screen: steps of the store's ladder with their bonus, how it is paid, what the balance will be."""

from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.checkout.money_views import TopUpView
from pos_client.ui.formats import plain, short_yuan, yuan
from pos_client.ui.parts.cards import FigureBox
from pos_client.ui.parts.keys import KeyButton, back_button, button
from pos_client.ui.parts.labels import FigureLabel, clear, frame, label, right, rule, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad
from pos_client.ui.parts.tender_words import tender_detail, tender_words
from pos_client.ui.presenters.pay import Mode
from pos_client.ui.presenters.top_up import TopUpPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _

_PAY_KEYS: dict[int, Mode] = {
    Qt.Key.Key_F2: "cash",
    Qt.Key.Key_F3: "wechat",
    Qt.Key.Key_F4: "alipay",
    Qt.Key.Key_F7: "card",
}


class TopUpScreen(QWidget):
    """Widgets only."""

    def __init__(self, presenter: TopUpPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self.box = FigureBox("")
        self._steps = QGridLayout()
        self._steps.setSpacing(10)
        self._tiles: dict[str, KeyButton] = {}
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 12, 12, 12)
        row.setSpacing(12)
        self._left = self._build_left()
        row.addWidget(self._left)
        row.addWidget(self._build_right(), 1)

    def _build_left(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(22, 6, 22, 22)
        whole.setSpacing(10)
        top = QHBoxLayout()
        self._who = label("", "name")
        top.addWidget(self._who)
        top.addStretch(1)
        top.addWidget(back_button(self._presenter.back))
        whole.addLayout(top)
        self._balance = label("", "muted", wrap=True)
        whole.addWidget(self._balance)
        whole.addWidget(rule())
        self._due_words = label("", "muted")
        whole.addWidget(self._due_words)
        self.due = FigureLabel("due")
        whole.addWidget(self.due)
        self._bonus = label("", "good-strong")
        whole.addWidget(self._bonus)
        self._tenders = QVBoxLayout()
        self._tenders.setSpacing(8)
        whole.addLayout(self._tenders)
        whole.addStretch(1)
        self._warning = label("", "warning-strong", wrap=True)
        whole.addWidget(self._warning)
        self.finish = KeyButton(
            _("Top up and print"),
            _("Enter"),
            partial(self._presenter.enter, None),
            kind="primary",
            text_kind="pay-text",
            beside=True,
        )
        self.finish.setFixedHeight(66)
        whole.addWidget(self.finish)
        return panel

    def _build_right(self) -> QWidget:
        panel = frame("panel")
        whole = QVBoxLayout(panel)
        whole.setContentsMargins(18, 18, 18, 18)
        whole.setSpacing(12)
        whole.addLayout(self._steps)
        tiles = QHBoxLayout()
        tiles.setSpacing(10)
        for key, mode in zip(("F2", "F3", "F4", "F7"), _PAY_KEYS.values(), strict=True):
            tile = KeyButton(tender_words(mode), key, partial(self._presenter.pay, mode), text_kind="button-strong")
            tile.setFixedHeight(64)
            self._tiles[mode] = tile
            tiles.addWidget(tile)
        whole.addLayout(tiles)
        whole.addWidget(self.box)
        self._notes = QHBoxLayout()
        self._notes.setSpacing(10)
        whole.addLayout(self._notes)
        whole.addWidget(NumberPad(self.box.type, _("Clear"), _("Exact"), lambda: self._presenter.pay("cash")), 1)
        return panel

    def show_top_up(self, view: TopUpView, mode: Mode) -> None:
        """The whole screen."""
        self._who.setText(f"{view.member.name} {view.member.phone_masked}".strip())
        self._balance.setText(
            _("Balance {now}, afterwards {after}").format(
                now=yuan(view.balance_fen), after=yuan(view.balance_after_fen)
            )
        )
        has_change = view.change_fen > 0 and view.left_fen == 0
        self._due_words.setText(_("Change") if has_change else _("Left to pay") if view.principal_fen else _("Top up"))
        self.due.setText(yuan(view.change_fen if has_change else view.left_fen))
        chosen = [_("Top-up {amount}").format(amount=yuan(view.principal_fen))] if view.principal_fen else []
        chosen += [_("bonus {amount}").format(amount=yuan(view.bonus_fen))] if view.bonus_fen else []
        self._bonus.setText(" + ".join(chosen))
        clear(self._tenders)
        for tender in (*view.tenders, *view.under_way):
            row = QHBoxLayout()
            words = QVBoxLayout()
            words.setSpacing(0)
            words.addWidget(label(tender_words(tender.kind), "strong"))
            detail = _("Asking the wallet") if tender.index < 0 else tender_detail(tender)
            if detail:
                words.addWidget(label(detail, "small", wrap=True))
            row.addLayout(words, 1)
            row.addWidget(right(plain(tender.amount_fen), "amount"))
            self._tenders.addLayout(row)
        self._warning.setText(
            _("That is {over} above the limit of {cap}.").format(over=yuan(view.over_cap_fen), cap=yuan(view.cap_fen))
            if view.over_cap_fen
            else ""
        )
        self._show_finish(view)
        self._show_steps(view)
        used: set[str] = {tender.kind for tender in (*view.tenders, *view.under_way)}
        if self._presenter.waits_for_code:
            used.add(self._presenter.mode)
        for kind, tile in self._tiles.items():
            tile.choose(kind in used)
        self.box.type(CLEAR)
        if view.principal_fen and self._presenter.waits_for_code:
            self.box.ask_for(_("Scan the customer's code"), plain(self._asked_fen(view)))
        elif view.principal_fen:
            self.box.ask_for(_("Cash received"), plain(view.left_fen))
        else:
            self.box.ask_for(_("Another amount"), "")
        self._show_notes(view, mode)

    def _asked_fen(self, view: TopUpView) -> int:
        asked_fen = self._presenter.asked_fen
        return view.left_fen if asked_fen is None else asked_fen

    def _show_finish(self, view: TopUpView) -> None:
        """The large key says what Enter does."""
        if view.left_fen and self._presenter.waits_for_code:
            words = f"{tender_words(self._presenter.mode)} {yuan(self._asked_fen(view))}"
            self.finish.say(words, _("Scan the customer's code"))
        elif view.under_way and not view.can_complete:
            self.finish.say(_("Show the wallet"), _("Enter"))
        else:
            self.finish.say(_("Top up and print"), _("Enter"))
        self.finish.setEnabled(view.can_complete or bool(view.under_way))

    def _show_steps(self, view: TopUpView) -> None:
        clear(self._steps)
        for place, step in enumerate(view.ladder):
            gift = _("bonus {amount}").format(amount=short_yuan(step.bonus_fen)) if step.bonus_fen else _("no bonus")
            key = f"Alt {place + 1}"
            tile = KeyButton(
                short_yuan(step.principal_fen),
                f"{gift} · {key}",
                partial(self._presenter.choose_step, place),
                text_kind="button-strong",
                at_left=True,
            )
            tile.setMinimumHeight(76)
            tile.choose(step.principal_fen == view.principal_fen)
            self._steps.addWidget(tile, place // 3, place % 3)

    def _show_notes(self, view: TopUpView, mode: Mode) -> None:
        clear(self._notes)
        if self._presenter.waits_for_code and view.left_fen:
            made = button(_("Paid elsewhere, record it · F8"), self._presenter.record_instead)
            made.setMinimumHeight(48)
            self._notes.addWidget(made)
        for note_fen in view.quick_notes_fen if mode == "cash" and view.left_fen else ():
            made = button(short_yuan(note_fen), partial(self._presenter.pay, "cash", note_fen))
            made.setMinimumHeight(48)
            self._notes.addWidget(made)

    def handle_key(self, press: Press) -> bool:
        """Every key of this screen."""
        mode = _PAY_KEYS.get(press.key)
        if press.with_alt and press.text.isdigit():
            self._presenter.choose_step(int(press.text) - 1)
        elif mode is not None:
            self._presenter.pay(mode, self.box.figure)
        elif press.key == Qt.Key.Key_F8:
            self._presenter.record_instead()
        elif press.key == Qt.Key.Key_Escape:
            if self.box.text:
                self.box.type(CLEAR)
            else:
                self._presenter.back()
        elif press.is_enter:
            if press.is_quiet:
                self._presenter.enter(self.box.figure)
        elif press.key == Qt.Key.Key_Backspace or (press.text and press.text in "0123456789."):
            self.box.type(BACKSPACE if press.key == Qt.Key.Key_Backspace else press.text)
        return True

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._left.setFixedWidth(360 if self.width() < 1180 else 460 if self.width() < 1700 else 620)
        set_kind(self.due, "due")
