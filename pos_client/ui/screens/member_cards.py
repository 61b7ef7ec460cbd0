"""Panels about members: finding one, registering one, proving that they are here, and their tags."""

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout, QLineEdit, QPushButton

from pos_client.checkout.views import MemberMatch
from pos_client.ui.formats import day
from pos_client.ui.parts.cards import Row, RowList
from pos_client.ui.parts.form_card import FormCard, FormField
from pos_client.ui.parts.keys import TOUCH_HEIGHT, button
from pos_client.ui.parts.labels import label
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.member import FoundMembers, MemberPresenter, Registration
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import _
from shared_models.refusals import Refusal


def match_row(match: MemberMatch) -> Row:
    """A member in a list: masked, with what tells them apart."""
    parts = [match.phone_masked, match.tier_name]
    if match.last_visit_date:
        parts.append(_("last {date}").format(date=day(match.last_visit_date)))
    if match.status == "frozen":
        parts.append(_("Frozen"))
    return Row(match.name or match.phone_masked, " · ".join(part for part in parts if part))


class FindCard(Card):
    """Type a phone number, its last four digits, or a name; choose."""

    def __init__(self, presenter: MemberPresenter, has_member: bool, detach: Callable[[], object]) -> None:
        super().__init__(_("Find member"), 640)
        self._presenter = presenter
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Phone, last four digits, or name"))
        self.body.addWidget(self.field)
        self._said = label(_("Or scan the card or the member's code."), "muted", wrap=True)
        self.body.addWidget(self._said)
        self._rows = RowList(self._chosen)
        self._rows.setMinimumHeight(240)
        self._rows.hide()
        self.body.addWidget(self._rows)
        self._found: FoundMembers | None = None
        if has_member:
            self.buttons.addWidget(button(_("Take member off"), partial(self._take_off, detach), "danger"))
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("Register new member · Alt R"), self._register))
        self._enter = button(_("Find · Enter"), self._find_or_choose, "primary")
        self.buttons.addWidget(self._enter)
        self.field.textChanged.connect(lambda _text: self._say_enter())
        presenter.found = self.if_open(self._show_found)

    def first_focus(self) -> None:
        self.field.setFocus()

    def start_with(self, text: str) -> None:
        """A number that was typed elsewhere."""
        self.field.setText(text)
        self._find()

    def handle_key(self, press: Press) -> bool:
        if press.with_alt and press.key == Qt.Key.Key_R:
            self._register()
            return True
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            return self._rows.press(press)
        if press.is_enter:
            if self._is_found:
                self._rows.press(press)
            else:
                self._find()
            return True
        return False

    @property
    def _is_found(self) -> bool:
        """Whether the list is of what stands in the field."""
        found = self._found
        return found is not None and bool(found.matches) and found.text == self.field.text().strip()

    def _say_enter(self) -> None:
        self._enter.setText(_("Choose · Enter") if self._is_found else _("Find · Enter"))

    def _find_or_choose(self) -> None:
        if self._is_found:
            self._chosen(self._rows.marked)
        else:
            self._find()

    def _take_off(self, detach: Callable[[], object]) -> None:
        self.leave()
        detach()

    def _find(self) -> None:
        self._presenter.find(self.field.text().strip())

    def _register(self) -> None:
        self._presenter.start_registration(self.field.text().strip())

    def _show_found(self, found: FoundMembers) -> None:
        self._found = found
        self._rows.setVisible(bool(found.matches))
        self._rows.show_rows([match_row(match) for match in found.matches])
        self._said.setText(
            _("Several found. Choose with the arrows and Enter.")
            if found.matches
            else _("Nobody found. Register a new member with Alt R.")
        )
        self._say_enter()

    def _chosen(self, place: int) -> None:
        if self._found is not None:
            self._presenter.attach(self._found.matches[place].member_id, self._found.means)


class _Consent(QPushButton):
    """A yes of the member: as large as a finger, with a tick that says how it stands."""

    def __init__(self, words: str, key: str) -> None:
        super().__init__()
        self._words = f"{words} · {key}"
        self.setCheckable(True)
        self.setProperty("kind", "consent")
        self.setMinimumHeight(TOUCH_HEIGHT)
        self.setAutoDefault(False)
        self.toggled.connect(self._show)
        self._show(False)

    def _show(self, given: bool) -> None:
        self.setText(("✓  " if given else "○  ") + self._words)


class RegisterCard(FormCard):
    """A new member in twenty seconds: the phone number, a consent, Enter."""

    def __init__(self, presenter: MemberPresenter, phone: str = "") -> None:
        super().__init__(
            _("New member"),
            600,
            [
                FormField(key="phone", words=_("Phone"), text=phone, is_code=True),
                FormField(key="name", words=_("Name"), hint=_("optional")),
                FormField(key="birthday", words=_("Birthday"), hint=_("optional, 05-31")),
                FormField(key="card_code", words=_("Card"), hint=_("optional, scan it"), is_code=True),
            ],
            _("Register · Enter"),
        )
        self._presenter = presenter
        self.consent = _Consent(_("The member agrees to the membership terms"), "Alt 1")
        self.marketing = _Consent(_("The member wants news and offers"), "Alt 2")
        self.add_below_fields(self.consent)
        self.add_below_fields(self.marketing)
        presenter.registration_refused = self.if_open(self.say_wrong)

    def first_focus(self) -> None:
        self.fields["name" if self.fields["phone"].text() else "phone"].setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.with_alt and press.key in (Qt.Key.Key_1, Qt.Key.Key_2):
            (self.consent if press.key == Qt.Key.Key_1 else self.marketing).toggle()
            return True
        return super().handle_key(press)

    def handle_scan(self, text: str) -> bool:
        is_card = kind_of(text) == "member"
        if is_card:
            self.fields["card_code"].setText(text)
        return is_card

    def go_on(self) -> None:
        """Register."""
        consents = ["membership"] if self.consent.isChecked() else []
        if self.marketing.isChecked():
            consents.append("marketing")
        texts = self.texts()
        self._presenter.register(
            Registration(
                phone=texts["phone"],
                name=texts["name"],
                birthday=texts["birthday"],
                card_code=texts["card_code"],
                consents=tuple(consents),
            )
        )


class PresenceCard(Card):
    """Above the free limit the member has to be here: by card or code, the payment code she types, or a manager's
    word. `typed` gets the payment code; None where there is none that could be typed."""

    def __init__(
        self,
        words: str,
        scanned: Callable[[str], object],
        ask_manager: Callable[[], object],
        vouched: Callable[[str], object],
        typed: Callable[[str], object] | None,
    ) -> None:
        super().__init__(_("Is the member here?"), 520)
        self._typed = typed
        self._vouched = vouched
        self._scanned = scanned
        self._ask_manager = ask_manager
        self.body.addWidget(label(words, "", wrap=True))
        self.body.addWidget(label(_("Scan the card or the member's code now."), "strong", wrap=True))
        self.code = QLineEdit()
        self.code.setEchoMode(QLineEdit.EchoMode.Password)
        self.code.setPlaceholderText(_("Or the member types the payment code · Enter"))
        self.code.setAccessibleName(_("Payment code"))
        self.code.setMinimumHeight(TOUCH_HEIGHT)
        self.code.setVisible(typed is not None)
        self._said = label("", "danger", wrap=True)
        self.body.addWidget(self.code)
        self.body.addWidget(self._said)
        row = QHBoxLayout()
        row.addStretch(1)
        row.addWidget(button(_("A manager vouches · Alt M"), self._manager))
        self.body.addLayout(row)

    def say_wrong(self, refusal: Refusal) -> None:
        """Why the code that was typed proves nothing."""
        self.code.clear()
        self._said.setText(refusal_words(refusal))

    def first_focus(self) -> None:
        (self if self._typed is None else self.code).setFocus()

    def handle_scan(self, text: str) -> bool:
        kind = kind_of(text)
        if kind not in ("member", "staff"):
            return False
        self.leave()
        (self._scanned if kind == "member" else self._vouched)(text)
        return True

    def handle_key(self, press: Press) -> bool:
        if press.with_alt and press.key == Qt.Key.Key_M:
            self._manager()
            return True
        code = self.code.text()
        if press.is_enter and self._typed is not None and code:
            self.code.clear()  # Enter again is no second try: wrong ones are counted
            self._typed(code)
        return press.is_enter

    def _manager(self) -> None:
        self.leave()
        self._ask_manager()


class TextCard(Card):
    """One line of text, typed or scanned. A code is typed without an input method, a note with one."""

    def __init__(self, title: str, hint: str, entered: Callable[[str], object], *, is_code: bool = False) -> None:
        super().__init__(title, 520)
        self._entered = entered
        self._is_code = is_code
        self.field = QLineEdit()
        self.field.setPlaceholderText(hint)
        self.field.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, not is_code)
        self.body.addWidget(self.field)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("OK · Enter"), self._confirm, "primary"))

    def first_focus(self) -> None:
        self.field.setFocus()

    def handle_scan(self, text: str) -> bool:
        is_meant = self._is_code and kind_of(text) in ("goods", "unknown", "misread", "payment")
        if is_meant:
            self._entered(text)
        return is_meant

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            self._confirm()
        return press.is_enter

    def _confirm(self) -> None:
        if self.field.text().strip():
            self._entered(self.field.text().strip())
