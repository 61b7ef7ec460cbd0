"""The touch grid: goods without a code, page by page, as the store set it up."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from functools import partial

from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPainter, QPaintEvent, QResizeEvent
from PySide6.QtWidgets import QGridLayout, QHBoxLayout, QPushButton, QScrollArea, QSizePolicy, QVBoxLayout, QWidget

from pos_client.ui.parts.keys import KeyButton, button
from pos_client.ui.parts.labels import clear, label
from pos_client.ui.theme import Tokens
from pos_client.ui.words import _

_KEY_WIDTH_MIN = 140
_KEY_HEIGHT = 76
_SPACING = 8


@dataclass(frozen=True, slots=True)
class GridKeyView:
    """One key: what it sells and what it says."""

    goods_id: str
    words: str
    price_words: str
    sold_out: bool = False
    colour: str = ""


@dataclass(frozen=True, slots=True)
class GridPageView:
    """One page of keys."""

    title: str
    keys: tuple[GridKeyView, ...]


class _GoodsKey(KeyButton):
    """A key with a stripe in its colour at the left edge."""

    def __init__(self, key: GridKeyView, tokens: Tokens, pressed: Callable[[str], object]) -> None:
        words = _("Sold out") if key.sold_out else key.price_words
        super().__init__(key.words, words, lambda: pressed(key.goods_id), text_kind="goods-text", at_left=True)
        self.detail.setProperty("kind", "goods-price")
        self.setEnabled(not key.sold_out)
        self.setFixedHeight(_KEY_HEIGHT)
        self._stripe = QColor(key.colour or tokens.accent)
        if key.sold_out:
            self._stripe.setAlpha(110)
        self.setSizePolicy(QSizePolicy.Policy.Expanding, QSizePolicy.Policy.Fixed)
        self.words.setWordWrap(False)
        self.words.setSizePolicy(QSizePolicy.Policy.Ignored, QSizePolicy.Policy.Preferred)

    def paintEvent(self, event: QPaintEvent) -> None:
        super().paintEvent(event)
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(self._stripe)
        painter.setClipRect(0, 0, 6, self.height())
        painter.drawRoundedRect(0, 0, 20, self.height(), 8, 8)
        painter.end()


class TouchGrid(QWidget):
    """Pages as tabs above, keys beneath; F11 hides it."""

    def __init__(self, tokens: Tokens, pressed: Callable[[str], object], hide_pressed: Callable[[], object]) -> None:
        super().__init__()
        self._tokens = tokens
        self._pressed = pressed
        self._pages: tuple[GridPageView, ...] = ()
        self._chosen = 0
        self._columns = 4
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        whole.setSpacing(8)
        top = QHBoxLayout()
        top.setSpacing(6)
        self._tab_row = QHBoxLayout()
        self._tab_row.setSpacing(6)
        top.addLayout(self._tab_row)
        top.addStretch(1)
        top.addWidget(button(_("Hide F11"), hide_pressed, "tab"))
        whole.addLayout(top)
        inside = QWidget()
        inside.setObjectName("scrolled")
        self._grid = QGridLayout(inside)
        self._grid.setContentsMargins(0, 0, 0, 0)
        self._grid.setSpacing(_SPACING)
        self._grid.setAlignment(Qt.AlignmentFlag.AlignTop)
        area = QScrollArea()
        area.setWidgetResizable(True)
        area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        area.setWidget(inside)
        whole.addWidget(area, 1)
        self._tabs: list[QPushButton] = []
        self._keys: dict[str, KeyButton] = {}

    def show_pages(self, pages: Sequence[GridPageView]) -> None:
        """Show these pages; the chosen one stays chosen where it still exists."""
        if tuple(pages) == self._pages and self._tabs:
            return
        self._pages = tuple(pages)
        self._chosen = min(self._chosen, max(0, len(self._pages) - 1))
        clear(self._tab_row)
        self._tabs = []
        for number, page in enumerate(self._pages):
            tab = button(page.title, partial(self.choose, number), "tab")
            tab.setCheckable(True)
            self._tabs.append(tab)
            self._tab_row.addWidget(tab)
        self._fill()

    def choose(self, page: int) -> None:
        """Turn to a page."""
        self._chosen = page
        self._fill()

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        columns = max(2, (self.width() + _SPACING) // (_KEY_WIDTH_MIN + _SPACING))
        if columns != self._columns:
            self._columns = columns
            self._fill()

    def key_of(self, goods_id: str) -> KeyButton:
        """The key of these goods on the page shown. Raises KeyError where there is none."""
        return self._keys[goods_id]

    def _fill(self) -> None:
        clear(self._grid)
        self._keys = {}
        for number, tab in enumerate(self._tabs):
            tab.setChecked(number == self._chosen)
        if not self._pages:
            self._grid.addWidget(
                label(_("This store has no goods keys yet. HQ sets them up."), "muted", wrap=True), 0, 0
            )
            return
        for place, key in enumerate(self._pages[self._chosen].keys):
            made = _GoodsKey(key, self._tokens, self._pressed)
            self._keys[key.goods_id] = made
            self._grid.addWidget(made, place // self._columns, place % self._columns)
        for column in range(self._grid.columnCount()):
            self._grid.setColumnStretch(column, 1 if column < self._columns else 0)
