"""Catches the keyboard at the window, before any field sees it, and tells a scanner from a person.

Installed on the QWindow: a filter at widgets would see Return twice. A scan goes to the scan router whatever has the
focus; what a person typed is first offered to the screen (keys that do something) and then handed to the focus, in
order and none lost. The decision itself is `pos_client.devices.wedge`.

Two more ways lead around the keyboard: an input method commits its text straight to the field that has the focus, and
a clipboard is pasted. So the field with the focus is watched for the one, and Ctrl V is read before the field does.
"""

import unicodedata
from collections import deque
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import QCoreApplication, QEvent, QObject, Qt, QTimer
from PySide6.QtGui import QGuiApplication, QInputMethodEvent, QKeyEvent, QWindow
from PySide6.QtWidgets import QLineEdit
from shiboken6 import isValid

from pos_client.devices.wedge import RELEASED_MAX, Scan, WedgeDecoder, WedgeEvent
from pos_client.ui.key_moments import KeyMoments
from pos_client.ui.presenters.scans import is_certainly_a_code

_FLUSH_MS = 40
_GS1_SEPARATOR = "\x1d"
"""Scanners send it as a control key in the middle of a code."""
_MODIFIER_KEYS = frozenset(
    (Qt.Key.Key_Shift, Qt.Key.Key_Control, Qt.Key.Key_Alt, Qt.Key.Key_AltGr, Qt.Key.Key_Meta, Qt.Key.Key_CapsLock)
)
"""A scanner presses Shift between the letters of a code: these say nothing by themselves and end no burst."""
_ENTER_KEYS = (Qt.Key.Key_Return, Qt.Key.Key_Enter)
_ONCE_KEYS = frozenset(
    (*_ENTER_KEYS, Qt.Key.Key_Escape, Qt.Key.Key_Delete, *(Qt.Key(Qt.Key.Key_F1 + n) for n in range(12)))
)
"""A finger that rests on one of these, or on a letter or digit with Alt or Ctrl, means it once: what it did must not be
done again to what came up instead."""
_HELD_TEXTS = {Qt.Key.Key_Return: "\r", Qt.Key.Key_Enter: "\r", Qt.Key.Key_Tab: "\t"}
_COMMAND_MODIFIERS = (
    Qt.KeyboardModifier.ControlModifier | Qt.KeyboardModifier.AltModifier | Qt.KeyboardModifier.MetaModifier
)


@dataclass(frozen=True, slots=True)
class Press:
    """A key as a screen hears of it. `is_quiet`: no character came within 150 ms before, so that Enter, a digit or a
    letter may pay, adopt or confirm."""

    key: int
    text: str
    is_quiet: bool
    has_modifier: bool = False
    with_alt: bool = False

    @property
    def is_enter(self) -> bool:
        """Return or the keypad's Enter."""
        return self.key in _ENTER_KEYS


@dataclass(frozen=True, slots=True)
class _Held:
    """A key press on its way. `is_quiet` is of the moment it was pressed, not of the moment it is decided."""

    key: int
    text: str
    modifiers: Qt.KeyboardModifier
    is_quiet: bool = True
    field: QLineEdit | None = None
    """The field that an input method gave this character to."""


class ScanFilter(QObject):
    """One per window. `scanned(text)` gets scans; `pressed(Press)` answers whether a screen used the key."""

    def __init__(
        self,
        window: QWindow,
        decoder: WedgeDecoder,
        moments: KeyMoments,
        *,
        scanned: Callable[[str], object],
        pressed: Callable[[Press], bool],
    ) -> None:
        super().__init__(window)
        self._window = window
        self._decoder = decoder
        self._moments = moments
        self._scanned = scanned
        self._pressed = pressed
        self._held: deque[_Held] = deque()
        self._handed: deque[QLineEdit] = deque(maxlen=RELEASED_MAX)
        """The fields that got the last characters, one for each."""
        self._is_replaying = False
        self._listener: Callable[[str, int], object] | None = None
        self._timer = QTimer(self)
        self._timer.setSingleShot(True)
        self._timer.setInterval(_FLUSH_MS)
        self._timer.timeout.connect(self._time_is_over)
        # A window that was busy has keys waiting that are older than the timer: they are read before it is believed.
        self._last_call = QTimer(self)
        self._last_call.setSingleShot(True)
        self._last_call.setInterval(0)
        self._last_call.timeout.connect(self.flush)
        window.installEventFilter(self)
        application = QGuiApplication.instance()
        if isinstance(application, QGuiApplication):
            application.focusObjectChanged.connect(self._focus_moved)

    def _focus_moved(self, focus: QObject | None) -> None:
        if isinstance(focus, QLineEdit) and focus.window().windowHandle() is self._window:
            focus.installEventFilter(self)

    def _time_is_over(self) -> None:
        self._last_call.start()

    def use(self, decoder: WedgeDecoder) -> None:
        """Another scanner, or one that is known better now."""
        self._decide_now()
        self._decoder = decoder

    def listen(self, heard: Callable[[str, int], object] | None) -> None:
        """Let somebody hear every character with its moment, in place of the till; None: it is the till's again."""
        self._decide_now()
        self._listener = heard

    def flush(self) -> None:
        """Decide what is held, if its time has passed."""
        self._act(self._decoder.flush(self._moments.now_ms()))
        if self._decoder.is_holding:
            self._timer.start()

    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if self._is_replaying:
            return False
        if event.type() == QEvent.Type.InputMethod and isinstance(event, QInputMethodEvent):
            return isinstance(watched, QLineEdit) and self._committed(watched, event)
        if event.type() != QEvent.Type.KeyPress or not isinstance(event, QKeyEvent) or watched is not self._window:
            return False
        key, modifiers = event.key(), event.modifiers()
        if key in _MODIFIER_KEYS:
            return False
        is_chord = bool(modifiers & _COMMAND_MODIFIERS) and Qt.Key.Key_0 <= key <= Qt.Key.Key_Z
        if event.isAutoRepeat() and (is_chord or key in _ONCE_KEYS):
            return True
        text = _HELD_TEXTS.get(Qt.Key(key), event.text()) if key in _HELD_TEXTS else event.text()
        is_character = len(text) == 1 and (text.isprintable() or text in "\r\t") and not modifiers & _COMMAND_MODIFIERS
        if not is_character and text != _GS1_SEPARATOR:
            return self._command(_Held(key, text, modifiers))
        at_ms = self._moments.of(event)
        if self._listener is not None:
            self._listener(text, at_ms)
            return True
        is_quiet = self._decoder.is_quiet(at_ms) and not event.isAutoRepeat()
        self._character(_Held(key, text, modifiers, is_quiet), at_ms)
        return True

    def _character(self, held: _Held, at_ms: int) -> None:
        self._act(self._decoder.flush(at_ms))  # what a pause has decided goes first, with its own keys
        self._held.append(held)
        self._act(self._decoder.feed(held.text, at_ms))
        if self._decoder.is_holding:
            self._timer.start()
        else:
            self._held.clear()

    def _committed(self, field: QLineEdit, event: QInputMethodEvent) -> bool:
        """An input method has text for a field. What a scanner can have sent is judged like keys, by its pace; words
        of a person go on at once, behind what they typed before."""
        text = event.commitString()
        if not text:
            return False
        folded = unicodedata.normalize("NFKC", text)
        can_be_scan = folded.isascii() and (len(folded) == 1 or is_certainly_a_code(folded))
        if event.replacementLength() or not can_be_scan:
            self._decide_now()
            return False
        # What is being composed stays as the input method says; only the text waits for its decision.
        self._hand_over(field, QInputMethodEvent(event.preeditString(), event.attributes()))
        at_ms = self._moments.now_ms()
        is_quiet = self._decoder.is_quiet(at_ms)
        for character in folded:
            self._character(_Held(0, character, Qt.KeyboardModifier.NoModifier, is_quiet, field), at_ms)
        return True

    def _decide_now(self) -> None:
        self._act(self._decoder.flush(self._moments.now_ms() + 10 * _FLUSH_MS))

    def _command(self, held: _Held) -> bool:
        """A key that no scanner sends: what was typed before it comes first."""
        self._decide_now()
        return self._pasted(held) or self._offer(held)

    def _pasted(self, held: _Held) -> bool:
        """Ctrl V with a code on the clipboard, as scanners of telephones send it: a scan too."""
        is_paste = held.key == Qt.Key.Key_V and held.modifiers & Qt.KeyboardModifier.ControlModifier
        text = QGuiApplication.clipboard().text().strip() if is_paste else ""
        if not text or not is_certainly_a_code(text):
            return False
        at_ms = self._moments.now_ms()
        for character in text:
            self._character(_Held(0, character, Qt.KeyboardModifier.NoModifier), at_ms)
        return True

    def _act(self, decided: tuple[WedgeEvent, ...]) -> None:
        for event in decided:
            if isinstance(event, Scan):
                self._held.clear()
                self._scanned(self._whole(event))
                continue
            for character in event.characters:
                held = self._take(character)
                if not self._offer(held):
                    self._replay(held)

    def _whole(self, scan: Scan) -> str:
        """The scan's text, together with what a stall had cut off its beginning and sent to a field as typed."""
        text = unicodedata.normalize("NFKC", scan.text)
        if not scan.before or is_certainly_a_code(text):
            return text
        for count in range(1, len(scan.before) + 1):
            whole = unicodedata.normalize("NFKC", scan.before[-count:]) + text
            if is_certainly_a_code(whole):
                self._take_back(scan.before[-count:])
                return whole
        return text

    def _take_back(self, characters: str) -> None:
        for field, character in zip(reversed(self._handed), reversed(characters), strict=False):
            if isValid(field) and field.text()[: field.cursorPosition()].endswith(character):
                field.backspace()
        self._handed.clear()

    def _take(self, character: str) -> _Held:
        """The key press that made this character."""
        while self._held:
            held = self._held.popleft()
            if held.text == character:
                return held
        return _Held(0, character, Qt.KeyboardModifier.NoModifier)

    def _offer(self, held: _Held) -> bool:
        with_alt = bool(held.modifiers & Qt.KeyboardModifier.AltModifier)
        has_modifier = bool(held.modifiers & _COMMAND_MODIFIERS)
        return self._pressed(Press(held.key, held.text, held.is_quiet, has_modifier, with_alt))

    def _hand_over(self, field: QLineEdit, event: QInputMethodEvent) -> None:
        self._is_replaying = True
        try:
            QCoreApplication.sendEvent(field, event)
        finally:
            self._is_replaying = False

    def _replay(self, held: _Held) -> None:
        focus = QGuiApplication.focusObject()
        if isinstance(focus, QLineEdit) and held.text.isprintable():
            self._handed.append(focus)
        if held.field is not None and isValid(held.field):
            committed = QInputMethodEvent()
            committed.setCommitString(held.text)
            self._hand_over(held.field, committed)
            return
        self._is_replaying = True
        try:
            for kind in (QEvent.Type.KeyPress, QEvent.Type.KeyRelease):
                QCoreApplication.sendEvent(self._window, QKeyEvent(kind, held.key, held.modifiers, held.text))
        finally:
            self._is_replaying = False
