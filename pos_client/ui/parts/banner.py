"""A calm band under the header for a state that lasts: what it is, and a key that says what to do about it."""

from collections.abc import Callable

from PySide6.QtWidgets import QFrame, QHBoxLayout

from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.words import _


class FrozenBanner(QFrame):
    """Rights of this till are frozen. It stops nothing; there is none while they are not."""

    def __init__(self, pressed: Callable[[], object]) -> None:
        super().__init__()
        self.setObjectName("frozen-banner")
        set_kind(self, "warning", "surface")
        row = QHBoxLayout(self)
        row.setContentsMargins(16, 6, 16, 6)
        row.setSpacing(16)
        words = _("Rights of this till are frozen: stored value, points and coupons wait. Cash goes on.")
        row.addWidget(label(words, "warning-strong", wrap=True), 1)
        self.act = button(_("What to do"), pressed, "primary")
        row.addWidget(self.act)
        self.hide()

    def show_code(self, frozen_code: str) -> None:
        """Why they are frozen; '' takes the band away."""
        self.setVisible(bool(frozen_code))
