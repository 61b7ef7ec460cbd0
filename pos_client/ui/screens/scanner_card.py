"""The wizard that learns a scanner: shows a code, takes three scans of it, says what it learned."""

from collections.abc import Callable
from typing import Protocol

from PySide6.QtCore import Qt, QTimer

from pos_client.devices.receipt_document import Barcode, ReceiptDocument
from pos_client.devices.wedge_learning import SCANS_NEEDED, SHOWN_CODE, Keystroke, Learned, learn, split_scans
from pos_client.ui.parts.keys import button
from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.devices import ending_words
from pos_client.ui.receipt_painter import slip_picture
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import _
from shared_models.refusals import Refusal

QUIET_MS = 500


class Keyboard(Protocol):
    """Who can let somebody listen to the bare keyboard."""

    def listen(self, heard: Callable[[str, int], object] | None) -> None: ...


class LearnScannerCard(Card):
    """`learned` is told once, with Enter or a touch. Esc leaves everything as it was."""

    def __init__(self, keyboard: Keyboard, learned: Callable[[Learned], object]) -> None:
        super().__init__(_("Learn this scanner"), 560, closed=lambda: keyboard.listen(None))
        self._learned = learned
        self._heard: list[Keystroke] = []
        self._found: Learned | None = None
        words = _("Scan this code {count} times, or any one code of goods. Do not type.").format(count=SCANS_NEEDED)
        self.body.addWidget(label(words, "", wrap=True))
        self.picture = label("", "paper")
        self.picture.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.picture.setPixmap(slip_picture(ReceiptDocument("code", (Barcode(SHOWN_CODE),))))
        self.body.addWidget(self.picture, 0, Qt.AlignmentFlag.AlignCenter)
        self.told = label(_("{done} of {count} scans").format(done=0, count=SCANS_NEEDED), "strong", wrap=True)
        self.told.setMinimumHeight(56)
        self.body.addWidget(self.told)
        self.take = button(_("Use it · Enter"), self._take, "primary")
        self.take.setEnabled(False)
        again = button(_("Once more"), self.begin_again)
        self.buttons.addWidget(again)
        self.buttons.addStretch(1)
        self.buttons.addWidget(self.take)
        self._quiet = QTimer(self)
        self._quiet.setSingleShot(True)
        self._quiet.setInterval(QUIET_MS)
        self._quiet.timeout.connect(self._judge)
        self._keyboard = keyboard
        keyboard.listen(self.hear)

    def begin_again(self) -> None:
        """Forget what was heard."""
        self._heard, self._found = [], None
        self.take.setEnabled(False)
        self._say(_("{done} of {count} scans").format(done=0, count=SCANS_NEEDED), "strong")
        self._keyboard.listen(self.hear)

    def hear(self, character: str, at_ms: int) -> None:
        """A key as the keyboard said it."""
        self._heard.append(Keystroke(character, at_ms))
        self._quiet.start()

    def _judge(self) -> None:
        scans = split_scans(self._heard)
        if len(scans) < SCANS_NEEDED:
            self._say(_("{done} of {count} scans").format(done=len(scans), count=SCANS_NEEDED), "strong")
            return
        try:
            self._found = learn(scans)
        except Refusal as refusal:
            self._heard = []
            self._say(refusal_words(refusal), "warning-strong")
            return
        found = self._found
        self.take.setEnabled(True)
        self._keyboard.listen(None)
        self._say(
            _("{pause} ms between two characters. Before the code: {prefix}. After it: {suffix}.").format(
                pause=found.pause_ms, prefix=found.prefix or _("nothing"), suffix=ending_words(found.suffix[:1])
            ),
            "good-strong",
        )

    def _say(self, words: str, kind: str) -> None:
        self.told.setText(words)
        set_kind(self.told, kind)

    def _take(self) -> None:
        if self._found is not None:
            found = self._found
            self.leave()
            self._learned(found)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            self._take()
        return press.is_enter

    def handle_scan(self, _text: str) -> bool:
        """A scan after the third is not meant for the basket."""
        return True
