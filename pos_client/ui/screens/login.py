"""The login: names at the left, PIN and number pad at the right. A badge works from here too."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QVBoxLayout, QWidget

from pos_client.checkout.views import StaffView
from pos_client.ui.parts.cards import FigureBox, Row, RowList
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import frame, label, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, CLEAR, NumberPad, pin_dots
from pos_client.ui.presenters.session import LoginPresenter
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import _
from shared_models.refusals import Refusal


def role_words(role: str) -> str:
    """What somebody is."""
    return _("Manager") if role == "manager" else _("Cashier")


class LoginScreen(QWidget):
    """Words in, presses out."""

    def __init__(self, presenter: LoginPresenter) -> None:
        super().__init__()
        self._presenter = presenter
        self._names = RowList(presenter.choose, _("Nobody may work here yet. HQ sets up the staff."))
        self._pin = label("", "title")
        self._pin.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._pin.setFixedHeight(64)
        self._wrong = label("", "danger", wrap=True)
        self._wrong.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._wrong.setFixedHeight(44)
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        middle = QHBoxLayout()
        whole.addLayout(middle)
        whole.addStretch(1)
        card = frame("card")
        card.setFixedSize(860, 560)
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        inside = QHBoxLayout(card)
        inside.setContentsMargins(28, 24, 28, 24)
        inside.setSpacing(28)
        inside.addLayout(self._build_names(), 1)
        inside.addLayout(self._build_pad(), 1)

    def _build_names(self) -> QVBoxLayout:
        left = QVBoxLayout()
        left.setSpacing(12)
        left.addWidget(label(_("Who is working?"), "title"))
        left.addWidget(label(_("Choose your name with ↑ ↓, or scan your badge."), "muted", wrap=True))
        left.addWidget(self._names, 1)
        return left

    def _build_pad(self) -> QVBoxLayout:
        side = QVBoxLayout()
        side.setSpacing(8)
        side.addWidget(label(_("PIN"), "muted"))
        side.addWidget(self._pin)
        side.addWidget(self._wrong)
        pad = NumberPad(
            self._type, _("Clear"), _("Log in"), self._presenter.confirm, digits_only=True, last_cap=_("Enter")
        )
        set_kind(pad.last_key, "primary")
        side.addWidget(pad, 1)
        return side

    def show_staff(self, staff: Sequence[StaffView], chosen_id: str) -> None:
        """Everybody who may work here. What was said about one name goes when another is chosen."""
        self._wrong.setText("")
        self._names.show_rows([Row(f"{one.name} {one.staff_id}", role_words(one.role)) for one in staff])
        ids = [one.staff_id for one in staff]
        if chosen_id in ids:
            self._names.mark(ids.index(chosen_id))

    def show_pin(self, length: int) -> None:
        """So many digits are typed."""
        self._pin.setText(pin_dots(length))
        if length:
            self._wrong.setText("")

    def say_wrong(self, refusal: Refusal) -> None:
        """Beside the PIN, where one looks."""
        self._wrong.setText(refusal_words(refusal))

    def _type(self, typed: str) -> None:
        if typed == CLEAR:
            self._presenter.move(0)
        elif typed == BACKSPACE:
            self._presenter.digit("")
        elif typed != ".":
            self._presenter.digit(typed)

    def handle_key(self, press: Press) -> bool:
        """Digits, arrows, Enter."""
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self._presenter.move(-1 if press.key == Qt.Key.Key_Up else 1)
        elif press.key == Qt.Key.Key_Backspace:
            self._presenter.digit("")
        elif press.is_enter:
            self._presenter.confirm()
        elif press.text.isdigit() and not press.has_modifier:
            self._presenter.digit(press.text)
        return True


class ShiftOpenScreen(QWidget):
    """The float, before the first sale."""

    def __init__(self, presenter: LoginPresenter, ask: Callable[[str], object]) -> None:
        super().__init__()
        self._presenter = presenter
        self._ask = ask
        self._box = FigureBox(_("Opening float"))
        whole = QVBoxLayout(self)
        whole.addStretch(1)
        middle = QHBoxLayout()
        whole.addLayout(middle)
        whole.addStretch(1)
        card = frame("card")
        card.setFixedWidth(520)
        middle.addStretch(1)
        middle.addWidget(card)
        middle.addStretch(1)
        inside = QVBoxLayout(card)
        inside.setContentsMargins(28, 24, 28, 24)
        inside.setSpacing(14)
        inside.addWidget(label(_("Open the shift"), "title"))
        inside.addWidget(
            label(_("Count the cash in the drawer and type it. Enter opens the shift."), "muted", wrap=True)
        )
        inside.addWidget(self._box)
        pad = NumberPad(self._box.type, _("Clear"), _("Open"), self._confirm, last_cap=_("Enter"))
        pad.setMinimumHeight(280)
        set_kind(pad.last_key, "primary")
        inside.addWidget(pad)
        inside.addWidget(button(_("End of the store's day · F8"), lambda: ask("day_end"), "quiet"))

    def begin(self) -> None:
        """Nothing typed."""
        self._box.ask_for(_("Opening float"), "—")

    def _confirm(self) -> None:
        self._presenter.open_shift(self._box.figure)

    def handle_key(self, press: Press) -> bool:
        """Digits and Enter; F8 ends the store's day, F12 goes back to the login."""
        if press.is_enter and press.is_quiet:
            self._confirm()
        elif press.key == Qt.Key.Key_F12:
            self._presenter.lock()
        elif press.key == Qt.Key.Key_F8:
            self._ask("day_end")
        else:
            self._box.press(press)
        return True
