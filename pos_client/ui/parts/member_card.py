"""The member beside the basket: who, how far to the next tier, and what of their value can be used now.

Every balance says how fresh it is and what of it is usable here; where something is short, it says why.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QFrame, QHBoxLayout, QProgressBar, QSizePolicy, QVBoxLayout, QWidget

from pos_client.checkout.views import BasketView, MemberPanel
from pos_client.ui.formats import clock_time, count, day, plain, signed, yuan
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import ElidedLabel, chip, clear, kept_whole, key_cap, label, set_kind
from pos_client.ui.parts.tender_words import value_parts
from pos_client.ui.texts import why_not_more
from pos_client.ui.words import _
from shared_models.service import HIGH_CARE

_SIDE = 16
_TAG_SPACING = 6
_TAG_PADDING = 14
_WIDTH_WITH_AVATAR = 400
"""On a narrower panel the room belongs to the name."""


@dataclass(frozen=True, slots=True)
class Usable:
    """What of a balance can be used here and now, in words; '' where there is no balance."""

    words: str
    is_less: bool


def usable_of(balance: int, usable: int, shown: str) -> Usable:
    """`shown` is the usable figure as it is written."""
    if usable < balance:
        return Usable(_("usable here {amount}").format(amount=shown), is_less=True)
    return Usable(_("all usable here now") if balance > 0 else "", is_less=False)


def freshness_words(panel: MemberPanel) -> str:
    """How fresh the figures are, in one line."""
    return " · ".join(freshness_parts(panel))


def freshness_parts(panel: MemberPanel) -> tuple[str, ...]:
    """How fresh the figures are: HQ's last word, and what this till has added since."""
    if not panel.confirmed_at_ms:
        heard = _("Registered here, not yet confirmed by HQ")
    else:
        heard = _("HQ confirmed at {time}").format(time=clock_time(panel.confirmed_at_ms))
    if not panel.own_entries_after:
        return (heard,)
    own = _("{count} here since: {money}, {points} pt").format(
        count=panel.own_entries_after, money=_signed_money(panel.own_fen_after), points=signed(panel.own_points_after)
    )
    return heard, own


def _signed_money(fen: int) -> str:
    return f"+{plain(fen)}" if fen > 0 else plain(fen)


def alert_words(alerts: Sequence[str]) -> str:
    """What whoever serves this member should know: HQ's own words, and our words for its codes."""
    return " · ".join(_("Complaint: take special care") if alert == HIGH_CARE else alert for alert in alerts)


def about_words(panel: MemberPanel) -> str:
    """The line under the name."""
    parts = [panel.phone_masked] if panel.phone_masked and panel.name else []
    if panel.home_store_name:
        parts.append(panel.home_store_name)
    if panel.last_visit_date:
        parts.append(_("last {date}").format(date=day(panel.last_visit_date)))
    return " · ".join(parts)


class _Balance(QFrame):
    """One balance with its parts and what is usable."""

    def __init__(self, title: str) -> None:
        super().__init__()
        self.setProperty("surface", "sunken")
        inside = QVBoxLayout(self)
        inside.setContentsMargins(12, 6, 12, 7)
        inside.setSpacing(1)
        self.figure = label("", "balance")
        self.parts = label("", "small", wrap=True)
        self.usable = label("", "warning")
        for part in (label(title, "small"), self.figure, self.parts, self.usable):
            inside.addWidget(part)
        inside.addStretch(1)

    def show_figures(self, figure: str, parts: str, usable: Usable) -> None:
        """The balance, what it consists of, and what of it is usable."""
        self.figure.setText(figure)
        self.parts.setText(parts)
        self.parts.setVisible(bool(parts))
        self.usable.setText(usable.words)
        set_kind(self.usable, "warning" if usable.is_less else "small")
        self.usable.setVisible(bool(usable.words))


class MemberCard(QFrame):
    """The panel. Without a member it says how to find one."""

    def __init__(
        self,
        find: Callable[[], object],
        register: Callable[[], object],
        pay_from_balance: Callable[[], object],
        open_file: Callable[[], object],
    ) -> None:
        super().__init__()
        self._open_file = open_file
        self._known_tags: Sequence[str] = ()
        self._shown_tags: list[str] = []
        self.setProperty("surface", "panel")
        whole = QVBoxLayout(self)
        whole.setContentsMargins(_SIDE, 12, _SIDE, 12)
        self._balance_key = KeyButton("", "F1", pay_from_balance, kind="soft", beside=True)
        self._balance_key.setFixedHeight(48)
        self._nobody = self._build_nobody(find, register)
        self._somebody = self._build_somebody()
        whole.addWidget(self._nobody)
        whole.addWidget(self._somebody)
        self.show_member(None)

    def _build_nobody(self, find: Callable[[], object], register: Callable[[], object]) -> QWidget:
        nobody = QWidget()
        inside = QVBoxLayout(nobody)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        inside.addWidget(label(_("No member"), "name"))
        inside.addWidget(label(_("Scan the card or code, or ask for the phone number."), "muted", wrap=True))
        row = QHBoxLayout()
        row.setSpacing(8)
        for words, key, pressed in ((_("Find member"), "F2", find), (_("Register"), "Alt R", register)):
            made = KeyButton(words, key, pressed, beside=True)
            made.setFixedHeight(48)
            row.addWidget(made)
        inside.addLayout(row)
        return nobody

    def _build_somebody(self) -> QWidget:
        somebody = QWidget()
        inside = QVBoxLayout(somebody)
        inside.setContentsMargins(0, 0, 0, 0)
        inside.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(12)
        self._avatar = label("", "avatar")
        self._avatar.setFixedSize(44, 44)
        self._avatar.setAlignment(Qt.AlignmentFlag.AlignCenter)
        top.addWidget(self._avatar)
        words = QVBoxLayout()
        words.setSpacing(0)
        name_row = QHBoxLayout()
        name_row.setSpacing(6)
        self.name = ElidedLabel("", "name")
        self.name.setSizePolicy(QSizePolicy.Policy.Maximum, QSizePolicy.Policy.Preferred)
        name_row.addWidget(self.name)
        self._chips = QHBoxLayout()
        self._chips.setSpacing(6)
        name_row.addLayout(self._chips)
        name_row.addStretch(1)
        words.addLayout(name_row)
        self._about = label("", "small", wrap=True)
        words.addWidget(self._about)
        top.addLayout(words, 1)
        file_key = KeyButton(_("File"), "Alt C", self._open_file)
        file_key.setFixedSize(84, 48)
        top.addWidget(file_key)
        inside.addLayout(top)
        self._alert = label("", "warning-strong", wrap=True)
        inside.addWidget(self._alert)
        self._path = label("", "small", wrap=True)
        inside.addWidget(self._path)
        self._progress = QProgressBar()
        self._progress.setTextVisible(False)
        inside.addWidget(self._progress)
        balances = QHBoxLayout()
        balances.setSpacing(10)
        self._money = _Balance(_("Stored value"))
        self._points = _Balance(_("Points"))
        balances.addWidget(self._money, 1)
        balances.addWidget(self._points, 1)
        inside.addLayout(balances)
        inside.addWidget(self._balance_key)
        self._why = label("", "warning", wrap=True)
        inside.addWidget(self._why)
        foot = QHBoxLayout()
        foot.setSpacing(8)
        self._fresh = label("", "small", wrap=True)
        foot.addWidget(self._fresh, 1)
        self._tags = QHBoxLayout()
        self._tags.setSpacing(_TAG_SPACING)
        foot.addLayout(self._tags)
        inside.addLayout(foot)
        return somebody

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._avatar.setVisible(self.width() >= _WIDTH_WITH_AVATAR)
        self._show_tags()

    def show_member(self, panel: MemberPanel | None) -> None:
        """Show this member, or how to find one."""
        self._nobody.setVisible(panel is None)
        self._somebody.setVisible(panel is not None)
        if panel is None:
            return
        name = panel.name or panel.phone_masked
        self._avatar.setText(name[:1])
        self.name.setText(name)
        self._about.setText(about_words(panel))
        self._show_chips(panel)
        self._alert.setText(alert_words(panel.alerts))
        self._alert.setVisible(bool(panel.alerts))
        self._show_path(panel)
        usable_money = usable_of(
            panel.stored_value_fen, panel.stored_value_usable_fen, yuan(panel.stored_value_usable_fen)
        )
        usable_points = usable_of(panel.points, panel.points_usable, count(panel.points_usable))
        self._money.show_figures(
            yuan(panel.stored_value_fen),
            kept_whole(value_parts(panel.principal_fen, panel.bonus_fen)),
            usable_money,
        )
        expiring = panel.points_expiring[0] if panel.points_expiring else None
        self._points.show_figures(
            count(panel.points),
            _("{points} expire {month}").format(points=count(expiring.points), month=expiring.last_month)
            if expiring
            else "",
            usable_points,
        )
        # That the rest is with HQ is said by the pill and by "usable" already; what a person can change is said here.
        code = "" if panel.why_not_more == "at_hq" else panel.why_not_more
        reason = why_not_more(code, panel.free_today_fen, panel.why_fields)
        self._why.setText(reason)
        self._why.setVisible(bool(reason))
        self._fresh.setText("\n".join(freshness_parts(panel)))
        self._known_tags = panel.tags
        self._show_tags()

    def offer_balance(self, view: BasketView) -> None:
        """The key that pays all of it from stored value, where that is enough and the member is here."""
        member = view.member
        offered = (
            member is not None
            and bool(member.presence)
            and bool(view.lines)
            and not view.payments_begun
            and 0 < view.due_fen <= member.stored_value_usable_fen
        )
        self._balance_key.setVisible(offered)
        self._balance_key.say(_("Pay {amount} from stored value").format(amount=yuan(view.due_fen)))

    def _show_chips(self, panel: MemberPanel) -> None:
        clear(self._chips)
        chips = [(panel.tier_name, "gold")] if panel.tier_name else []
        if panel.is_birthday_month:
            chips.append((_("Birthday"), "warning"))
        if panel.status == "provisional":
            chips.append((_("New"), "blue"))
        if panel.status == "frozen":
            chips.append((_("Frozen"), "warning"))
        for text, tone in chips:
            self._chips.addWidget(chip(text, tone))

    def _show_tags(self) -> None:
        """As many as have room beside how fresh the figures are; all of them are in the file."""
        metrics = self._fresh.fontMetrics()
        heard = max(metrics.horizontalAdvance(line) for line in self._fresh.text().split("\n"))
        margins = self.contentsMargins()
        room = self.width() - 2 * _SIDE - margins.left() - margins.right() - heard - _TAG_SPACING
        shown = []
        for tag in self._known_tags:
            room -= metrics.horizontalAdvance(tag) + _TAG_PADDING + _TAG_SPACING
            if room < 0:
                break
            shown.append(tag)
        if shown != self._shown_tags:
            self._shown_tags = shown
            clear(self._tags)
            for tag in shown:
                self._tags.addWidget(chip(tag, "blue"))

    def _show_path(self, panel: MemberPanel) -> None:
        has_path = panel.tier_next_fen > 0
        self._path.setVisible(has_path)
        self._progress.setVisible(has_path)
        if has_path:
            missing = max(0, panel.tier_next_fen - panel.tier_progress_fen)
            self._path.setText(
                _("{missing} to {tier} ({done} of {needed})").format(
                    missing=yuan(missing),
                    tier=panel.tier_next_name,
                    done=yuan(panel.tier_progress_fen),
                    needed=yuan(panel.tier_next_fen),
                )
            )
            self._progress.setRange(0, panel.tier_next_fen)
            self._progress.setValue(min(panel.tier_progress_fen, panel.tier_next_fen))


class MemberStrip(QFrame):
    """The member in one line, where the touch grid takes the place of the panel."""

    def __init__(self) -> None:
        super().__init__()
        self.setProperty("surface", "sunken")
        row = QHBoxLayout(self)
        row.setContentsMargins(12, 6, 10, 6)
        row.setSpacing(8)
        self._name = label("", "")
        self._tier = chip("", "gold")
        self._figures = ElidedLabel("", "small")
        for part in (self._name, self._tier):
            row.addWidget(part)
        row.addWidget(self._figures, 1)
        row.addWidget(key_cap("F2"))

    def show_member(self, panel: MemberPanel | None) -> None:
        """Who, which tier, how much; or nobody."""
        self._tier.setVisible(panel is not None and bool(panel.tier_name))
        if panel is None:
            self._name.setText(_("No member"))
            self._figures.setText("")
            return
        self._name.setText(panel.name or panel.phone_masked)
        self._tier.setText(panel.tier_name)
        self._figures.setText(
            _("stored {money} · points {points}").format(
                money=plain(panel.stored_value_fen), points=count(panel.points)
            )
        )
        set_kind(self._figures, "small" if not panel.why_not_more else "warning")
