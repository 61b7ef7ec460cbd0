"""The scan box: the centre of gravity. Input methods are off, so that a scanner's letters are never composed."""

from PySide6.QtCore import Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QLineEdit, QSizePolicy

from pos_client.ui.parts.labels import ElidedLabel
from pos_client.ui.words import _


class ScanBox(QLineEdit):
    """A line to type into, and at its right end the last thing that was scanned."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("scan")
        self.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, False)
        self.setInputMethodHints(Qt.InputMethodHint.ImhNoPredictiveText | Qt.InputMethodHint.ImhPreferLatin)
        self.setMaxLength(250)
        self.setAccessibleName(_("Scan box"))
        self.setContextMenuPolicy(Qt.ContextMenuPolicy.NoContextMenu)
        self._last = ElidedLabel("", "muted")
        self._last.setParent(self)
        self._last.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        self._last.setSizePolicy(QSizePolicy.Policy.Fixed, QSizePolicy.Policy.Preferred)
        self._last.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        self._is_short = False
        self.textChanged.connect(lambda text: self._last.setVisible(not text and not self._is_short))
        self.retranslate()

    def retranslate(self) -> None:
        """The language changed."""
        self.setPlaceholderText(
            _("Scan or type") if self._is_short else _("Scan or type: goods · member · coupon · receipt")
        )

    def make_short(self, short: bool) -> None:
        """With the touch grid beside it, there is room for two words."""
        self._is_short = short
        self._last.setVisible(not short and not self.text())
        self.retranslate()

    def say_last(self, text: str) -> None:
        """What the last scan came to."""
        self._last.setText(f"✓ {text}" if text else "")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        needed = self.fontMetrics().horizontalAdvance(self.placeholderText()) + 40
        room = max(0, self.width() - needed - 16)
        self._last.setGeometry(self.width() - room - 16, 0, room, self.height())
