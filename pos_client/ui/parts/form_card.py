"""A panel with a few fields under each other: arrows walk through them, Enter goes on, what is wrong stands below."""

from collections.abc import Sequence
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QLineEdit, QWidget

from pos_client.ui.parts.keys import TOUCH_HEIGHT, button
from pos_client.ui.parts.labels import label
from pos_client.ui.parts.overlay import Card
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from shared_models.refusals import Refusal


@dataclass(frozen=True, slots=True, kw_only=True)
class FormField:
    """One field. `is_code`: digits and codes, which an input method would only hold up; `is_secret`: shown as dots."""

    key: str
    words: str
    text: str = ""
    hint: str = ""
    is_code: bool = False
    is_secret: bool = False


class FormCard(Card):
    """Asks for some texts. Whoever builds upon it says what Enter does, in `go_on`."""

    stays_for_scans = True

    def __init__(self, title: str, width: int, fields: Sequence[FormField], done_words: str) -> None:
        super().__init__(title, width)
        self.fields: dict[str, QLineEdit] = {}
        grid = QGridLayout()
        grid.setSpacing(10)
        grid.setColumnStretch(1, 1)
        for place, asked in enumerate(fields):
            made = QLineEdit(asked.text)
            made.setPlaceholderText(asked.hint)
            made.setAccessibleName(asked.words)
            made.setMinimumHeight(TOUCH_HEIGHT)
            made.setAttribute(Qt.WidgetAttribute.WA_InputMethodEnabled, not (asked.is_code or asked.is_secret))
            if asked.is_secret:
                made.setEchoMode(QLineEdit.EchoMode.Password)
            grid.addWidget(label(asked.words, "muted"), place, 0)
            grid.addWidget(made, place, 1)
            self.fields[asked.key] = made
        self.body.addLayout(grid)
        self._said = label("", "danger", wrap=True)
        self.body.addWidget(self._said)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(done_words, self.go_on, "primary"))

    def add_above_fields(self, widget: QWidget) -> None:
        """What is to be read first."""
        self.body.insertWidget(0, widget)

    def add_below_fields(self, widget: QWidget) -> None:
        """What is asked besides texts."""
        self.body.insertWidget(self.body.count() - 1, widget)

    def texts(self) -> dict[str, str]:
        """What stands in the fields, by their keys."""
        return {key: field.text().strip() for key, field in self.fields.items()}

    def say_wrong(self, refusal: Refusal) -> None:
        """What is not right yet. Nothing typed is lost."""
        self._said.setText(refusal_words(refusal))

    def go_on(self) -> None:
        """Enter, or the button."""
        raise NotImplementedError

    def first_focus(self) -> None:
        next(iter(self.fields.values())).setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            self.go_on()
        elif press.key == Qt.Key.Key_Down:
            self.focusNextChild()
        elif press.key == Qt.Key.Key_Up:
            self.focusPreviousChild()
        else:
            return False
        return True
