"""What is pressed: buttons that print their key on themselves."""

from collections.abc import Callable

from PySide6.QtCore import QSize, Qt
from PySide6.QtWidgets import QBoxLayout, QHBoxLayout, QPushButton, QSizePolicy, QVBoxLayout

from pos_client.ui.parts.labels import label, set_kind
from pos_client.ui.words import _

TOUCH_HEIGHT = 48
"""What a finger hits for certain, high and wide. What looks smaller (the pill) is as large all the same."""


def button(text: str, pressed: Callable[[], object], kind: str = "", focus: bool = False) -> QPushButton:
    """A plain button. Buttons do not take the focus from the scan box unless they stand in a form (`focus`)."""
    made = QPushButton(text.replace("&", "&&"))
    if kind:
        made.setProperty("kind", kind)
    made.setFocusPolicy(Qt.FocusPolicy.TabFocus if focus else Qt.FocusPolicy.NoFocus)
    made.setAutoDefault(False)
    # Not in the style sheet: a minimum there would overrule what a screen asks for.
    made.setMinimumSize(TOUCH_HEIGHT, TOUCH_HEIGHT)
    made.clicked.connect(lambda _checked=False: pressed())
    return made


def back_button(pressed: Callable[[], object]) -> QPushButton:
    """What Esc does, for a finger: at the right of a title."""
    return button(_("Esc back"), pressed, "back")


class KeyButton(QPushButton):
    """A button with its words and, under or beside them, the key that does the same. With a `cap` the key stands at the
    foot, and what is between is small print: in a row of such buttons all names and all keys stand at one height."""

    def __init__(
        self,
        text: str,
        key: str,
        pressed: Callable[[], object],
        *,
        kind: str = "",
        text_kind: str = "button-text",
        beside: bool = False,
        at_left: bool = False,
        cap: str = "",
    ) -> None:
        super().__init__()
        if kind:
            self.setProperty("kind", kind)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Expanding)
        self.words = label(text, text_kind)
        self.detail = label(key, "button-key")
        self.cap = label(cap, "button-key")
        self._name()
        inside: QBoxLayout = QHBoxLayout(self) if beside else QVBoxLayout(self)
        inside.setContentsMargins(14 if at_left else 8, 6 if at_left else 4, 8, 6 if at_left else 4)
        inside.setSpacing(10 if beside else 1)
        side = Qt.AlignmentFlag.AlignLeft if at_left else Qt.AlignmentFlag.AlignHCenter
        if beside:
            inside.addStretch(1)
        for part in (self.words, self.detail):
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            part.setAlignment(side | Qt.AlignmentFlag.AlignVCenter)
            inside.addWidget(part)
        if beside or at_left:
            inside.addStretch(1)
        if at_left:
            self.detail.setWordWrap(True)
        if at_left and not cap:
            inside.insertStretch(0, 1)
        if cap:
            self.cap.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
            inside.addWidget(self.cap)
        self.detail.setVisible(bool(key))
        self.clicked.connect(lambda _checked=False: pressed())

    def say(self, text: str, key: str | None = None) -> None:
        """Change the words, and the key line where given."""
        self.words.setText(text)
        if key is not None:
            self.detail.setText(key)
            self.detail.setVisible(bool(key))
        self._name()

    def _name(self) -> None:
        """What a screen reader says: the words and the key."""
        texts = (part.text() for part in (self.words, self.detail, self.cap))
        self.setAccessibleName(" ".join(text for text in texts if text))

    def choose(self, chosen: bool) -> None:
        """Look chosen or not."""
        set_kind(self, "good" if chosen else "", "tone")
        self.setCheckable(True)
        self.setChecked(chosen)

    def nextCheckState(self) -> None:
        """A touch does not tick it: it looks chosen when the answer says so."""

    def sizeHint(self) -> QSize:
        inside = self.layout()
        hint = inside.sizeHint() if inside is not None else super().sizeHint()
        return hint.expandedTo(QSize(48, 48))

    def minimumSizeHint(self) -> QSize:
        inside = self.layout()
        hint = inside.minimumSize() if inside is not None else super().minimumSizeHint()
        return hint.expandedTo(QSize(48, 48))
