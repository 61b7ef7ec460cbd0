"""A calm band under the header for a state that lasts: what it is, and a key that says what to do about it."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout

from pos_client.checkout.views import StatusView
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.parts.sync_words import for_how_long
from pos_client.ui.words import _


class FrozenBanner(QFrame):
    """Rights of this till are frozen, or else its clock cannot be believed. It stops nothing; there is none while
    neither is so."""

    def __init__(self, frozen_pressed: Callable[[], object], clock_pressed: Callable[[], object]) -> None:
        super().__init__()
        self.is_frozen = False
        self._pressed = {True: frozen_pressed, False: clock_pressed}
        self.setObjectName("frozen-banner")
        set_kind(self, "warning", "surface")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(16)
        self._words = label("", "warning-strong", wrap=True)
        row.addWidget(self._words, 1)
        self.act = button(_("What to do"), lambda: self._pressed[self.is_frozen](), "primary")
        row.addWidget(self.act)
        self.hide()

    def show_status(self, status: StatusView) -> None:
        """What lasts, if anything does."""
        self.is_frozen = bool(status.sync.frozen_code)
        if self.is_frozen:
            words = _("Rights of this till are frozen: stored value, points and coupons wait. Cash goes on.")
        else:
            words = clock_words(status)
        self._words.setText(words)
        self.setVisible(bool(words))


def clock_words(status: StatusView) -> str:
    """What is wrong with the machine's clock, and that nothing depends on it; '' while it is right."""
    if not status.clock_code:
        return ""
    off = for_how_long(abs(status.clock_behind_ms))
    if status.clock_behind_ms > 0:
        said = _("This machine's clock is {time} behind. Receipts keep the later time; selling goes on.")
    else:
        said = _("This machine's clock is {time} ahead. Selling goes on; check the date.")
    return said.format(time=off)
