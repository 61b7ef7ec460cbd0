"""Training at the window: the same screens over the practice counter, under a band that nobody can overlook.

The real counter waits as it is, with its shift and its basket. Entering and leaving takes a manager; the program ending
ends the training too.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QFrame, QHBoxLayout, QVBoxLayout, QWidget

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.training import stamped
from pos_client.checkout.views import DoneView
from pos_client.ui.background import Asking
from pos_client.ui.parts.header import PillTone
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.presenters.counter import Counter, Place, Stage
from pos_client.ui.words import _

FRAME_PIXELS = 6


class Around(Protocol):
    """What the composition root lends: both run on the ledger worker."""

    checkout: Checkout

    @property
    def worker(self) -> Asking: ...
    @property
    def begin_training(self) -> Callable[[], Checkout]: ...
    @property
    def end_training(self) -> Callable[[], object]: ...


class Window(Stage, Protocol):
    """The window whose counter is exchanged."""

    counter: Counter
    place: Place

    @property
    def around(self) -> Around: ...
    def rebuild(self) -> None: ...


class TrainingMode:
    """One per window."""

    def __init__(self, window: Window) -> None:
        self._window = window
        self._real: Checkout | None = None
        self._beginning = window.counter.one_at_a_time()

    @property
    def is_on(self) -> bool:
        """Whether the practice counter is at the window."""
        return self._real is not None

    def dress(self, page: QWidget, column: QVBoxLayout) -> None:
        """Each time the window is built: a coloured frame and the band, while somebody practises."""
        if self.is_on:
            set_kind(page, "yes", "training")
            column.setContentsMargins(FRAME_PIXELS, FRAME_PIXELS, FRAME_PIXELS, FRAME_PIXELS)
            column.addWidget(self._band())

    def _band(self) -> QFrame:
        made = QFrame()
        made.setObjectName("training-band")
        set_kind(made, "training", "surface")
        row = QHBoxLayout(made)
        row.setContentsMargins(16, 4, 16, 4)
        row.setSpacing(16)
        words = _("TRAINING · nothing here is real: no sale, no drawer, no member")
        shown = label(words, "training", wrap=True)
        shown.setAlignment(Qt.AlignmentFlag.AlignVCenter)
        row.addWidget(shown, 1)
        row.addWidget(button(_("End the training"), self.toggle))
        return made

    def stamped(self, done: DoneView) -> DoneView:
        """What is printed and shown of it, marked while somebody practises. For the printer it is a reprint: whether a
        real sale was printed is not asked of it, and nothing goes to the kitchen."""
        if not self.is_on:
            return done
        return replace(done, documents=stamped(done.documents, _), is_reprint=True)

    def pill(self, words: str, tone: PillTone) -> tuple[str, PillTone]:
        """What the pill says instead of how the line to HQ is: nothing of this goes there."""
        return (_("Training"), "wait") if self.is_on else (words, tone)

    def toggle(self) -> None:
        """Begin or end it, with a manager's yes."""
        counter = self._window.counter
        after = self._end if self.is_on else self._begin
        counter.ask_approved(counter.checkout.allow_training, lambda _nothing: after())

    def _begin(self) -> None:
        if not self.is_on:  # pressed again while the practice counter was set up: it is there
            self._beginning.ask(self._window.around.begin_training, self._begun)

    def _begun(self, practice: Checkout) -> None:
        self._real = self._window.counter.checkout
        self._use(practice)

    def _end(self) -> None:
        real, self._real = self._real, None
        if real is not None:  # else it was ended a moment ago
            self._use(real)
            self._window.counter.ask(self._window.around.end_training)

    def _use(self, checkout: Checkout) -> None:
        """The window over another counter, where somebody has to log in first."""
        window = self._window
        window.around.checkout = checkout
        window.counter = Counter(checkout, window.around.worker, window)
        window.place = "login"
        window.counter.ask(checkout.staff.log_out)
        window.rebuild()
