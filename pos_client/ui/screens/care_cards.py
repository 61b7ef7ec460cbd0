"""Panels of member care: the file with its functions, quick tags, the profile, a lost card."""

from collections.abc import Callable, Sequence
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from pos_client.checkout.care_views import MemberFile, PurchaseView
from pos_client.checkout.member_care import ProfileEdit
from pos_client.ui.formats import count, day, plain, yuan
from pos_client.ui.parts.form_card import FormCard, FormField
from pos_client.ui.parts.keys import TOUCH_HEIGHT, KeyButton, button
from pos_client.ui.parts.labels import ElidedLabel, chip, label, right, rule
from pos_client.ui.parts.member_card import alert_words, freshness_words
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import _
from shared_models.refusals import Refusal

DIGITS = "1234567890"
_CODE_STATES: dict[str, Callable[[], str]] = {
    "": lambda: _("six digits; none yet"),
    "set": lambda: _("six digits; there is one"),
    "locked": lambda: _("six digits; the old one is locked"),
}
Function = tuple[str, Callable[[], object]]


class FileCard(Card):
    """Everything the counter may know of the member, and what can be done for them, each with its digit."""

    def __init__(self, file: MemberFile, functions: Sequence[Function]) -> None:
        super().__init__(_("Member file"), 860)
        self._functions = tuple(pressed for _words, pressed in functions)
        columns = QHBoxLayout()
        columns.setSpacing(20)
        self.body.addLayout(columns)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setMinimumHeight(470)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._facts = QVBoxLayout(inside)
        self._facts.setContentsMargins(0, 0, 12, 0)
        self._facts.setSpacing(3)
        self._show(file)
        self._facts.addStretch(1)
        area.setWidget(inside)
        columns.addWidget(area, 3)
        keys = QVBoxLayout()
        keys.setSpacing(6)
        for place, (words, _pressed) in enumerate(functions):
            made = KeyButton(words, DIGITS[place], partial(self._press, place), beside=True)
            made.setMinimumHeight(TOUCH_HEIGHT)
            keys.addWidget(made)
        keys.addStretch(1)
        columns.addLayout(keys, 2)

    def _show(self, file: MemberFile) -> None:
        panel = file.panel
        self._facts.addWidget(ElidedLabel(panel.name or panel.phone_masked, "name"))
        chips = QHBoxLayout()
        chips.setSpacing(6)
        for text, tone in ((panel.tier_name, "gold"), (_("Birthday") if panel.is_birthday_month else "", "warning")):
            if text:
                chips.addWidget(chip(text, tone))
        for tag in panel.tags:
            chips.addWidget(chip(tag, "blue"))
        chips.addStretch(1)
        self._facts.addLayout(chips)
        if panel.alerts:
            self._facts.addWidget(label(alert_words(panel.alerts), "warning-strong", wrap=True))
        self._row(_("Phone"), panel.phone_masked)
        self._row(_("Birthday"), panel.birthday)
        self._row(_("Home store"), panel.home_store_name)
        self._row(_("Visits"), count(panel.visits))
        cards = count(len(file.cards))
        if file.cards_stopped:
            cards = _("{cards}, {stopped} stopped").format(cards=cards, stopped=count(file.cards_stopped))
        self._row(_("Cards"), cards)
        for name, value in file.fields.items():
            self._row(name, value)
        self._facts.addWidget(rule())
        self._row(_("Stored value"), yuan(panel.stored_value_fen), _("usable {amount}").format(
            amount=plain(panel.stored_value_usable_fen)))  # fmt: skip
        self._row(_("Points"), count(panel.points), _("usable {amount}").format(amount=count(panel.points_usable)))
        for part in panel.points_expiring:
            words = _("until the end of {month}").format(month=part.last_month)
            self._row(_("Points that expire"), count(part.points), words)
        if panel.tier_next_fen:
            missing = max(0, panel.tier_next_fen - panel.tier_progress_fen)
            self._row(_("To {tier}").format(tier=panel.tier_next_name), yuan(missing))
        self._facts.addWidget(rule())
        self._facts.addWidget(label(_("Last purchases"), "strong"))
        for purchase in file.purchases:
            self._purchase(purchase)
        if not file.purchases:
            self._facts.addWidget(label(_("None known here."), "muted"))
        if file.often:
            self._facts.addWidget(
                label(_("Often buys: {goods}").format(goods="、".join(file.often)), "small", wrap=True)
            )
        self._facts.addWidget(label(freshness_words(panel), "small", wrap=True))

    def _row(self, words: str, figure: str, more: str = "") -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label(words, "muted"))
        if more:  # a figure among figures: it stands under the others, its small print before it
            row.addStretch(1)
            row.addWidget(right(more, "small"))
            row.addWidget(right(figure, "strong"))
        else:
            shown = ElidedLabel(figure or "—", "strong" if figure else "muted")
            shown.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
            row.addWidget(shown, 1)
        self._facts.addLayout(row)

    def _purchase(self, purchase: PurchaseView) -> None:
        row = QHBoxLayout()
        row.setSpacing(10)
        row.addWidget(label(day(purchase.business_date), "muted"))
        goods = "、".join(purchase.goods)
        if purchase.lines > len(purchase.goods):
            goods += " …"
        row.addWidget(ElidedLabel(f"{goods} · {purchase.store_name}" if purchase.store_name else goods, ""), 1)
        row.addWidget(right(plain(purchase.total_fen), "strong"))
        self._facts.addLayout(row)

    def _press(self, place: int) -> None:
        self.leave()
        self._functions[place]()

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        place = DIGITS.find(press.text) if press.text else -1
        if press.has_modifier or not 0 <= place < len(self._functions):
            return False
        if press.is_quiet:
            self._press(place)
        return True


class _Tick(QPushButton):
    """A tag: as large as a finger, with a tick and its digit."""

    def __init__(self, words: str, key: str, ticked: bool) -> None:
        super().__init__()
        self._words = f"{words}   {key}".rstrip()
        self.setCheckable(True)
        self.setChecked(ticked)
        self.setProperty("kind", "consent")
        self.setMinimumSize(TOUCH_HEIGHT * 3, TOUCH_HEIGHT)
        self.setAutoDefault(False)
        self.toggled.connect(self._show)
        self._show(ticked)

    def _show(self, ticked: bool) -> None:
        self.setText(("✓  " if ticked else "○  ") + self._words)


class TagsCard(Card):
    """The chain's quick tags: a digit or a touch puts one on or takes it off, Enter keeps it."""

    def __init__(self, known: Sequence[str], present: Sequence[str], save: Callable[[tuple[str, ...]], object]) -> None:
        super().__init__(_("Tags"), 620)
        self._known, self._save = tuple(known), save
        if not known:
            self.body.addWidget(label(_("HQ has not set up tags yet."), "muted", wrap=True))
        grid = QGridLayout()
        grid.setSpacing(8)
        self.ticks: list[_Tick] = []
        for place, tag in enumerate(known):
            made = _Tick(tag, DIGITS[place] if place < len(DIGITS) else "", tag in present)
            self.ticks.append(made)
            grid.addWidget(made, place // 2, place % 2)
        self.body.addLayout(grid)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("Keep · Enter"), self._keep, "primary"))

    def first_focus(self) -> None:
        if self.ticks:
            self.ticks[0].setFocus()

    def handle_key(self, press: Press) -> bool:
        place = DIGITS.find(press.text) if press.text else -1
        if press.is_enter:
            if press.is_quiet:
                self._keep()
        elif press.key in (Qt.Key.Key_Down, Qt.Key.Key_Right):
            self.focusNextChild()
        elif press.key in (Qt.Key.Key_Up, Qt.Key.Key_Left):
            self.focusPreviousChild()
        elif 0 <= place < len(self.ticks) and not press.has_modifier:
            if press.is_quiet:
                self.ticks[place].toggle()
        else:
            return False
        return True

    def _keep(self) -> None:
        self._save(tuple(tag for tag, tick in zip(self._known, self.ticks, strict=True) if tick.isChecked()))


class ProfileCard(FormCard):
    """Name, birthday, another number, and the chain's own fields."""

    def __init__(self, file: MemberFile, save: Callable[[ProfileEdit], object]) -> None:
        panel = file.panel
        now = _("now {number}").format(number=panel.phone_masked or "—")
        super().__init__(
            _("Change the profile"),
            600,
            [
                FormField(key="name", words=_("Name"), text=panel.name),
                FormField(key="phone", words=_("New number"), hint=now, is_code=True),
                FormField(key="birthday", words=_("Birthday"), text=panel.birthday, hint=_("optional, 05-31")),
                FormField(key="code", words=_("Payment code"), hint=_CODE_STATES[panel.payment_code](), is_secret=True),
                FormField(key="again", words=_("The same again"), hint=_("typed by the member"), is_secret=True),
                *(FormField(key=f"own:{name}", words=name, text=value) for name, value in file.fields.items()),
            ],
            _("Keep · Enter"),
        )
        self._save = save
        self._own = tuple(file.fields)

    def go_on(self) -> None:
        """Keep what is written."""
        typed = self.texts()
        if typed["code"] != typed["again"]:
            self.say_wrong(Refusal("payment_code_differs"))
            self.fields["again"].clear()
            return
        self._save(
            ProfileEdit(
                phone=typed["phone"] or None,
                name=typed["name"],
                birthday=typed["birthday"],
                payment_code=typed["code"] or None,
                own_fields={name: typed[f"own:{name}"] for name in self._own},
            )
        )


class LostCardCard(Card):
    """All cards of the member stop; a new one is scanned, or there is none for now."""

    def __init__(self, stop: Callable[[str], object]) -> None:
        super().__init__(_("Lost card"), 560)
        self._stop = stop
        self.body.addWidget(
            label(
                _("The member's cards stop here at once, elsewhere when the line allows. Balance and points stay."),
                wrap=True,
            )
        )
        self.body.addWidget(label(_("Scan the new card now; a manager has to agree."), "strong", wrap=True))
        self._said = label("", "danger", wrap=True)
        self.body.addWidget(self._said)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("Stop without a new card · Alt S"), partial(stop, ""), "danger"))

    def say_wrong(self, refusal: Refusal) -> None:
        """Why this card cannot be bound."""
        self._said.setText(refusal_words(refusal))

    def first_focus(self) -> None:
        self.setFocus()

    def handle_scan(self, text: str) -> bool:
        is_card = kind_of(text) == "member"
        if is_card:
            self._stop(text)
        return is_card

    def handle_key(self, press: Press) -> bool:
        if press.with_alt and press.key == Qt.Key.Key_S:
            self._stop("")
            return True
        return press.is_enter
