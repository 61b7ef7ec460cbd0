"""Why the till does not open, said where people look: whoever starts it by an icon sees no terminal.

Called by the composition root before there is a window, so it stands alone and goes by itself.
"""

import errno
from collections.abc import Iterator
from contextlib import contextmanager

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QKeyEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label
from pos_client.ui.texts import refusal_words
from pos_client.ui.theme import dress, tokens_named
from pos_client.ui.words import _
from shared_models.refusals import Refusal

_SHOWN_MS = 60_000
_NOBODY_LOOKS = ("offscreen", "minimal")


class CannotOpen(QWidget):
    """One sentence and a key that closes it."""

    def __init__(self, refusal: Refusal) -> None:
        super().__init__()
        self.setObjectName("window")
        self.setWindowTitle("Tillbook")
        self.setMinimumSize(560, 220)
        whole = QVBoxLayout(self)
        whole.setContentsMargins(28, 24, 28, 24)
        whole.setSpacing(14)
        whole.addWidget(label(_("The till does not open"), "title"))
        whole.addWidget(label(refusal_words(refusal), "", wrap=True))
        if refusal.code == "ledger_in_use":
            help_words = _("It runs already: look for its window, behind this one or at the bottom of the screen.")
            whole.addWidget(label(help_words, "muted", wrap=True))
        whole.addStretch(1)
        whole.addWidget(button(_("OK · Enter"), self.close, "primary"))

    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter, Qt.Key.Key_Escape):
            self.close()


def _as_refusal(trouble: Refusal | OSError) -> Refusal:
    """A file or folder of the till's that cannot be used is no fault of the program: it is named."""
    if isinstance(trouble, Refusal):
        return trouble
    if trouble.errno == errno.ENOSPC:
        return Refusal("disk_full")
    return Refusal("folder_not_writable", folder=str(trouble.filename or ""))


@contextmanager
def why_it_does_not_open(application: QApplication) -> Iterator[None]:
    """A refusal within stays on the screen until somebody has read it, or a minute is over; then it goes on its way. A
    disk that refuses is one too."""
    try:
        yield
    except (Refusal, OSError) as trouble:
        refusal = _as_refusal(trouble)
        if QGuiApplication.platformName() not in _NOBODY_LOOKS:
            dress(application, tokens_named("light"))
            window = CannotOpen(refusal)
            window.show()
            window.activateWindow()
            QTimer.singleShot(_SHOWN_MS, window.close)
            application.exec()
        raise refusal from trouble
