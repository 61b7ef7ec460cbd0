"""The three panels most tasks are made of: type a figure, choose from a list, press a function."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import ElidedLabel, clear, frame, key_cap, label, right, set_kind
from pos_client.ui.parts.number_pad import BACKSPACE, NumberPad, figure_of, typed_into
from pos_client.ui.parts.overlay import Card
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _


class FigureBox(QWidget):
    """A word, a figure being typed, and a unit: the box above a number pad."""

    def __init__(self, words: str, unit: str = "", decimals: int = 2) -> None:
        super().__init__()
        self.decimals = decimals
        self.text = ""
        self._shown_when_empty = ""
        surface = frame("good")
        whole = QHBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.addWidget(surface)
        row = QHBoxLayout(surface)
        row.setContentsMargins(18, 8, 18, 8)
        self.words = label(words, "figure")
        self._figure = right("", "amount")
        row.addWidget(self.words)
        row.addWidget(self._figure, 1)
        self._unit = label(unit, "muted")
        self._unit.setVisible(bool(unit))
        row.addWidget(self._unit)
        self._show()

    def ask_for(self, words: str, when_empty: str = "", decimals: int = 2, unit: str = "") -> None:
        """Ask for another figure. `when_empty` is what counts if nothing is typed."""
        self.words.setText(words)
        self.decimals = decimals
        self.text = ""
        self._shown_when_empty = when_empty
        self._unit.setText(unit)
        self._unit.setVisible(bool(unit))
        self._show()

    def type(self, typed: str) -> None:
        """One key of the pad or the keyboard."""
        # More digits than any amount has: what is too long is refused. Cut to what fits it would be
        # another amount, and be paid: a barcode typed as cash was 695,000 yuan.
        self.text = typed_into(self.text, typed, self.decimals)
        self._show()

    def press(self, press: Press) -> bool:
        """A key of the keyboard: digits, point, backspace."""
        if press.has_modifier:
            return False
        if press.key == Qt.Key.Key_Backspace:
            self.type(BACKSPACE)
            return True
        if press.text in "0123456789." and press.text and not (press.text == "." and self.decimals == 0):
            self.type(press.text)
            return True
        return False

    @property
    def figure(self) -> int | None:
        """What was typed, in the smallest unit; None while nothing is."""
        return figure_of(self.text, self.decimals) if self.text else None

    def _show(self) -> None:
        self._figure.setText(self.text or self._shown_when_empty or "0")
        # What counts if nothing is typed is a figure; a 0 that only waits for one is not.
        set_kind(self._figure, "amount" if self.text else "figure" if self._shown_when_empty else "figure-empty")


class FigureCard(Card):
    """Type one figure. Enter hands it on; the card stays until its owner closes it."""

    def __init__(
        self,
        title: str,
        words: str,
        entered: Callable[[int], object],
        *,
        unit: str = "",
        decimals: int = 2,
        when_empty: str = "",
        hint: str = "",
        confirm: str = "",
    ) -> None:
        super().__init__(title, 460)
        self._entered = entered
        if hint:
            self.body.addWidget(label(hint, "muted", wrap=True))
        self.box = FigureBox(words)
        self.box.ask_for(words, when_empty, decimals, unit)
        self._when_empty = when_empty
        self.body.addWidget(self.box)
        pad = NumberPad(self.box.type, _("Clear"), confirm or _("OK"), self.confirm, last_cap=_("Enter"))
        pad.setMinimumHeight(264)
        set_kind(pad.last_key, "primary")
        self.body.addWidget(pad)

    def confirm(self) -> None:
        """Hand the figure on. With nothing typed, what was shown for empty counts."""
        figure = self.box.figure
        if figure is None and self._when_empty:
            figure = figure_of(self._when_empty.replace(",", ""), self.box.decimals)
        if figure is not None:
            self._entered(figure)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            if press.is_quiet or self.box.text:
                self.confirm()
            return True
        return self.box.press(press)


_DIGIT_ROWS = 9


@dataclass(frozen=True, slots=True)
class Row:
    """One thing to choose: its name, what is said about it, and a figure at the right."""

    name: str
    detail: str = ""
    figure: str = ""
    is_enabled: bool = True


class RowList(QScrollArea):
    """Rows as large keys. The marked one is taken with Enter, or any by touching it; `numbered` ones, where nothing is
    typed beside them, also by their digit."""

    def __init__(self, chosen: Callable[[int], object], empty_words: str = "", *, numbered: bool = False) -> None:
        super().__init__()
        self._numbered = numbered
        self._chosen = chosen
        self._empty_words = empty_words
        self._buttons: list[QPushButton] = []
        self._marked = 0
        self.setWidgetResizable(True)
        self.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._rows = QVBoxLayout(inside)
        self._rows.setContentsMargins(0, 0, 0, 0)
        self._rows.setSpacing(6)
        self.setWidget(inside)

    def show_rows(self, rows: Sequence[Row]) -> None:
        """Show these; the first is marked."""
        clear(self._rows)
        self._buttons = []
        for number, row in enumerate(rows):
            made = self._row_button(row, number)
            self._buttons.append(made)
            self._rows.addWidget(made)
        if not rows:
            self._rows.addWidget(label(self._empty_words, "muted", wrap=True))
        self._rows.addStretch(1)
        self.mark(0)

    def _row_button(self, row: Row, number: int) -> QPushButton:
        made = QPushButton()
        made.setCheckable(True)
        made.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        made.setMinimumHeight(54)
        made.setEnabled(row.is_enabled)
        made.setAccessibleName(" ".join(part for part in (row.name, row.detail, row.figure) if part))
        inside = QHBoxLayout(made)
        inside.setContentsMargins(14, 4, 14, 4)
        words = QVBoxLayout()
        words.setSpacing(0)
        parts: list[QWidget] = [ElidedLabel(row.name, "")]
        if row.detail:
            parts.append(ElidedLabel(row.detail, "small"))
        for part in parts:
            words.addWidget(part)
        inside.addLayout(words, 1)
        if row.figure:
            parts.append(right(row.figure, "strong"))
            inside.addWidget(parts[-1])
        if self._numbered and number < _DIGIT_ROWS:
            parts.append(key_cap(str(number + 1)))
            inside.addWidget(parts[-1])
        for part in parts:
            part.setAttribute(Qt.WidgetAttribute.WA_TransparentForMouseEvents)
        made.clicked.connect(lambda _checked=False: self._chosen(number))
        return made

    @property
    def marked(self) -> int:
        """The row that Enter takes."""
        return self._marked

    def press(self, press: Press) -> bool:
        """Up, Down and Enter, and the digit of a row."""
        if self._numbered and press.text.isdecimal() and not press.has_modifier:
            row = int(press.text) - 1
            can_choose = 0 <= row < min(len(self._buttons), _DIGIT_ROWS) and self._buttons[row].isEnabled()
            if press.is_quiet and can_choose:
                self._chosen(row)
            return True
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down):
            self.mark(self._marked + (1 if press.key == Qt.Key.Key_Down else -1))
            return True
        if press.is_enter and press.is_quiet and 0 <= self._marked < len(self._buttons):
            if self._buttons[self._marked].isEnabled():
                self._chosen(self._marked)
            return True
        return False

    def mark(self, row: int) -> None:
        """Mark this row, or the nearest there is."""
        self._marked = max(0, min(row, len(self._buttons) - 1))
        for number, made in enumerate(self._buttons):
            made.setChecked(number == self._marked)
        if self._buttons:
            self.ensureWidgetVisible(self._buttons[self._marked])


class ListCard(Card):
    """Choose one of several."""

    def __init__(
        self, title: str, rows: Sequence[Row], chosen: Callable[[int], object], *, empty: str = "", hint: str = ""
    ) -> None:
        super().__init__(title, 560)
        if hint:
            self.body.addWidget(label(hint, "muted", wrap=True))
        self.rows = RowList(chosen, empty, numbered=True)
        self.rows.setFixedHeight(min(420, 60 * len(rows)) if rows else 32)
        self.rows.show_rows(rows)
        self.body.addWidget(self.rows)
        if rows:
            foot = QHBoxLayout()
            for cap, words in (("↑ ↓", _("choose")), (_("Enter"), _("take"))):
                foot.addWidget(key_cap(cap))
                foot.addWidget(label(words, "muted"))
            foot.addStretch(1)
            self.body.addLayout(foot)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        return self.rows.press(press)


MENU_KEYS = "123456789ABCDEFGHIJKLMNOP"


class MenuCard(Card):
    """Functions as large keys, each with a digit that presses it."""

    def __init__(self, title: str, functions: Sequence[tuple[str, Callable[[], object]]]) -> None:
        super().__init__(title, 620)
        self._functions = [pressed for _words, pressed in functions]
        grid = QGridLayout()
        grid.setSpacing(10)
        for number, (words, _pressed) in enumerate(functions):
            key = MENU_KEYS[number]
            made = KeyButton(words, key, partial(self._press_function, number))
            made.setMinimumHeight(60)
            grid.addWidget(made, number // 3, number % 3)
        for column in range(3):
            grid.setColumnStretch(column, 1)
        self.body.addLayout(grid)

    def _press_function(self, place: int) -> None:
        self.leave()
        self._functions[place]()

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        place = MENU_KEYS.find(press.text.upper()) if press.text else -1
        if press.has_modifier or not 0 <= place < len(self._functions):
            return False
        if press.is_quiet:
            self._press_function(place)
        return True


class AskCard(Card):
    """A sentence and one or two answers: for the few things that deserve a second thought. `others` are further
    answers, each with its words and the key that gives it."""

    def __init__(
        self, title: str, words: str, answer: str, answered: Callable[[], object],
        others: Sequence[tuple[str, int, Callable[[], object]]] = (),
    ) -> None:  # fmt: skip
        super().__init__(title, 620 if others else 460)
        self._answered = answered
        self._others = {key: given for _words, key, given in others}
        self.body.addWidget(label(words, "", wrap=True))
        self.buttons.addStretch(1)
        for other_words, _key, given in others:
            other = button(other_words, partial(self._answer, given))
            other.setMinimumHeight(48)
            self.buttons.addWidget(other)
        made = button(answer, self._answer, "primary")
        made.setMinimumHeight(48)
        self.buttons.addWidget(made)

    def _answer(self, answered: Callable[[], object] | None = None) -> None:
        self.leave()
        (answered or self._answered)()

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter and press.is_quiet:
            self._answer()
        elif press.key in self._others:
            self._answer(self._others[press.key])
            return True
        return press.is_enter
