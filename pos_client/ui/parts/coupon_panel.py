"""Coupons and the best combination: what is usable has its key, what is not says why."""

from collections.abc import Callable, Sequence
from functools import partial
from uuid import UUID

from PySide6.QtCore import Qt
from PySide6.QtGui import QMouseEvent
from PySide6.QtWidgets import (
    QBoxLayout,
    QFrame,
    QHBoxLayout,
    QLabel,
    QPushButton,
    QScrollArea,
    QSizePolicy,
    QVBoxLayout,
    QWidget,
)

from pos_client.checkout.views import BasketView, CouponView, SuggestionView
from pos_client.ui.formats import count, day, plain
from pos_client.ui.parts.keys import TOUCH_HEIGHT
from pos_client.ui.parts.labels import ElidedLabel, clear, key_cap, label, right
from pos_client.ui.texts import why_not_coupon
from pos_client.ui.words import _, ngettext

KEYED_COUPONS_MAX = 9


def suggestion_words(suggestion: SuggestionView) -> str:
    """The combination in one line."""
    parts = list(suggestion.coupon_names)
    if suggestion.points:
        parts.append(
            _("{points} points for {amount}").format(
                points=count(suggestion.points), amount=plain(suggestion.points_reduction_fen)
            )
        )
    return _("Best: {parts}").format(parts=" + ".join(parts))


def coupon_words(coupon: CouponView) -> str:
    """The small print beside a coupon's name."""
    parts = [_("until {date}").format(date=day(coupon.valid_to))] if coupon.valid_to else []
    if coupon.applied:
        parts.append(_("used"))
    elif not coupon.usable:
        parts.append(why_not_coupon(coupon.why_not, coupon.fields))
    return " · ".join(parts)


class _Wide(QPushButton):
    """A button as wide as its place, with words at the left and something at the right."""

    def __init__(
        self,
        name: QLabel,
        detail: QLabel,
        at_right: Sequence[QWidget],
        pressed: Callable[[], object],
        *,
        in_one_line: bool = False,
    ) -> None:
        super().__init__()
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setMinimumHeight(TOUCH_HEIGHT)
        self.setAccessibleName(" ".join(part.text() for part in (name, detail)))
        row = QHBoxLayout(self)
        row.setContentsMargins(13, 5, 12, 5)
        words: QBoxLayout = QHBoxLayout() if in_one_line else QVBoxLayout()
        words.setSpacing(8 if in_one_line else 0)
        words.addWidget(name)
        words.addWidget(detail, 1)
        row.addLayout(words, 1)
        for part in at_right:
            row.addWidget(part)
        for part in (name, detail, *at_right):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self.clicked.connect(lambda _checked=False: pressed())

    def nextCheckState(self) -> None:
        """A touch does not tick it: it looks used when the answer says so."""


class _Suggestion(QFrame):
    """The best combination as one large key: its words may take two lines."""

    def __init__(self, suggestion: SuggestionView, detail: str, pressed: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "good")
        self.setCursor(Qt.CursorShape.PointingHandCursor)
        self._pressed = pressed
        inside = QVBoxLayout(self)
        inside.setContentsMargins(13, 8, 12, 8)
        inside.setSpacing(2)
        inside.addWidget(label(suggestion_words(suggestion), "strong", wrap=True))
        row = QHBoxLayout()
        row.addWidget(ElidedLabel(detail, "small"), 1)
        row.addWidget(label(_("saves {amount}").format(amount=plain(suggestion.saved_fen)), "good-strong"))
        inside.addLayout(row)

    def mouseReleaseEvent(self, _event: QMouseEvent) -> None:
        self._pressed()


class CouponPanel(QFrame):
    """`toggle(token)` uses or drops a coupon, `adopt()` takes the suggestion."""

    def __init__(self, toggle: Callable[[UUID], object], adopt: Callable[[], object]) -> None:
        super().__init__()
        self.setProperty("surface", "panel")
        self._toggle = toggle
        self._adopt = adopt
        self._coupons: tuple[CouponView, ...] = ()
        self._has_member = False
        whole = QVBoxLayout(self)
        whole.setContentsMargins(16, 10, 16, 8)
        whole.setSpacing(6)
        top = QHBoxLayout()
        top.addWidget(label(_("Coupons and suggestion"), "strong"))
        top.addStretch(1)
        self._count = label("", "muted")
        top.addWidget(self._count)
        whole.addLayout(top)
        self._suggestion = QVBoxLayout()
        whole.addLayout(self._suggestion)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._list = QVBoxLayout(inside)
        self._list.setContentsMargins(0, 0, 0, 0)
        self._list.setSpacing(6)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        # It scrolls: where room is short it gives way to the member's figures above, which do not.
        area.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Ignored)
        whole.addWidget(area, 1)

    def show_basket(self, view: BasketView) -> None:
        """The coupons of the member on this basket."""
        has_member = view.member is not None
        if view.coupons != self._coupons or has_member != self._has_member or self._list.count() == 0:
            self._coupons, self._has_member = view.coupons, has_member
            self._show_coupons(view)

    def show_suggestion(self, suggestion: SuggestionView | None, rule_version: str) -> None:
        """The best combination, or none."""
        clear(self._suggestion)
        if suggestion is None:
            return
        detail = _("Enter adopts it")
        if rule_version:
            detail += " · " + _("rules {version}").format(version=rule_version)
        self._suggestion.addWidget(_Suggestion(suggestion, detail, self._adopt))

    def token_at(self, number: int) -> UUID | None:
        """The coupon with this key (1 is the first)."""
        return self._coupons[number - 1].token if 0 < number <= min(len(self._coupons), KEYED_COUPONS_MAX) else None

    def _show_coupons(self, view: BasketView) -> None:
        clear(self._list)
        usable = sum(coupon.usable for coupon in view.coupons)
        self._count.setText(
            ngettext("{count} usable", "{count} usable", usable).format(count=usable) if view.coupons else ""
        )
        self._fill(view.coupons)
        if not view.coupons:
            words = _("No coupons.") if view.member is not None else _("Coupons appear with the member.")
            self._list.addWidget(label(words, "muted", wrap=True))
        self._list.addStretch(1)

    def _fill(self, coupons: Sequence[CouponView]) -> None:
        for number, coupon in enumerate(coupons, start=1):
            at_right = [right(plain(-coupon.takes_off_fen), "good-strong")] if coupon.applied else []
            if number <= KEYED_COUPONS_MAX and (coupon.usable or coupon.applied):
                at_right.append(key_cap(f"Alt {number}"))
            made = _Wide(
                label(coupon.name, "" if coupon.usable or coupon.applied else "muted"),
                ElidedLabel(coupon_words(coupon), "small"),
                at_right,
                partial(self._toggle, coupon.token),
                in_one_line=True,
            )
            made.setCheckable(True)
            made.setChecked(coupon.applied)
            made.setEnabled(coupon.usable or coupon.applied)
            self._list.addWidget(made)
