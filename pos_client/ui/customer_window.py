"""The customer's display: a second window without keys, on the second screen where there is one.

It shows what `presenters.customer` makes of the sale and never takes the keyboard. Made and fed by `till_devices`.
"""

from PySide6.QtCore import Qt, QTimer
from PySide6.QtGui import QGuiApplication, QResizeEvent, QScreen
from PySide6.QtWidgets import QHBoxLayout, QLabel, QStackedWidget, QVBoxLayout, QWidget

from pos_client.ui.formats import count, plain, yuan
from pos_client.ui.parts.labels import ElidedLabel, FigureLabel, clear, frame, label, right, rule, set_kind
from pos_client.ui.presenters.customer import IDLE, CustomerView, headline, large_figure_fen
from pos_client.ui.words import _

SMALLEST = (800, 480)
THANKS_SHOWN_MS = 15_000
_ROW_PIXELS = 34
_LARGE_ROW_PIXELS = 50
_LARGE_WIDTH = 1200


class CustomerWindow(QWidget):
    """`show_view` is all there is to it."""

    def __init__(self, shop_name: str) -> None:
        super().__init__(None, Qt.WindowType.Window | Qt.WindowType.WindowDoesNotAcceptFocus)
        self.setObjectName("window")
        self.setAttribute(Qt.WidgetAttribute.WA_ShowWithoutActivating)
        self.setWindowTitle(_("Tillbook: customer display"))
        self.setMinimumSize(*SMALLEST)
        self.view = IDLE
        self.shop_name = shop_name
        whole = QVBoxLayout(self)
        whole.setContentsMargins(0, 0, 0, 0)
        self._pages = QStackedWidget()
        whole.addWidget(self._pages)
        self._idle, self._sale = QWidget(), QWidget()
        self._pages.addWidget(self._idle)
        self._pages.addWidget(self._sale)
        self._build_idle()
        self._build_sale()
        self._thanks_over = QTimer(self)
        self._thanks_over.setSingleShot(True)
        self._thanks_over.setInterval(THANKS_SHOWN_MS)
        self._thanks_over.timeout.connect(lambda: self.show_view(IDLE))
        self.show_view(IDLE)

    # --- building ----------------------------------------------------------------------------------------------------

    def _build_idle(self) -> None:
        column = QVBoxLayout(self._idle)
        column.setContentsMargins(32, 32, 32, 32)
        column.setSpacing(18)
        column.addStretch(2)
        self._big_words = label("", "customer-name", wrap=True)
        self._figure = FigureLabel("customer-due")
        self._small_words = label("", "customer-words")
        for part in (self._big_words, self._figure, self._small_words):
            part.setAlignment(Qt.AlignmentFlag.AlignCenter)
            column.addWidget(part)
        column.addStretch(3)

    def _build_sale(self) -> None:
        row = QHBoxLayout(self._sale)
        row.setContentsMargins(16, 16, 16, 16)
        row.setSpacing(16)
        self._left = frame("panel")
        left = QVBoxLayout(self._left)
        left.setContentsMargins(18, 14, 18, 14)
        left.setSpacing(8)
        self.more = label("", "muted")
        left.addWidget(self.more)
        self.rows = QVBoxLayout()
        self.rows.setSpacing(6)
        left.addLayout(self.rows)
        left.addStretch(1)
        row.addWidget(self._left, 11)
        panel = frame("panel")
        side = QVBoxLayout(panel)
        side.setContentsMargins(20, 16, 20, 16)
        side.setSpacing(8)
        self.facts = QVBoxLayout()
        self.facts.setSpacing(6)
        side.addLayout(self.facts)
        side.addStretch(1)
        side.addWidget(rule())
        self.headline = right("", "customer-words")
        side.addWidget(self.headline)
        self.due = FigureLabel("customer-due")
        self.due.setAlignment(Qt.AlignmentFlag.AlignRight | Qt.AlignmentFlag.AlignVCenter)
        side.addWidget(self.due)
        row.addWidget(panel, 10)

    # --- showing -----------------------------------------------------------------------------------------------------

    def show_view(self, view: CustomerView) -> None:
        """This is how things stand. After thanks, an empty basket says nothing new for a while."""
        if view.state == "idle" and self.view.state == "thanks" and self._thanks_over.isActive():
            return
        self.view = view
        self._thanks_over.stop()
        if view.state in ("idle", "thanks"):
            self._show_idle(view)
            if view.state == "thanks":
                self._thanks_over.start()
        else:
            self._show_sale(view)

    def greet(self) -> None:
        """Nobody is served here now."""
        self._thanks_over.stop()
        self.show_view(IDLE)

    def _show_idle(self, view: CustomerView) -> None:
        is_thanks = view.state == "thanks"
        self._big_words.setText(_("Thank you!") if is_thanks else self.shop_name)
        self._figure.setVisible(is_thanks)
        self._figure.setText(f"{headline(view)} {yuan(large_figure_fen(view))}" if is_thanks else "")
        earned = _("{points} points earned").format(points=count(view.points)) if view.points else ""
        self._small_words.setText(earned if is_thanks else _("Welcome"))
        self._pages.setCurrentWidget(self._idle)

    def _show_sale(self, view: CustomerView) -> None:
        self._show_lines(view)
        clear(self.facts)
        for name, amount in view.reductions:
            self._fact(name, plain(amount), "customer-good")
        if view.saved_fen:
            self._fact(_("You save"), plain(view.saved_fen), "customer-good")
        if view.given or view.rounding_fen:
            self._fact(_("Total"), plain(view.due_fen), "customer-line")
        if view.rounding_fen:
            self._fact(_("Rounding"), plain(-view.rounding_fen), "customer-line")
        for name, amount in view.given:
            self._fact(name, plain(amount), "customer-line")
        if view.points:
            self._fact(_("Points from this purchase"), f"+{count(view.points)}", "customer-line")
        self.headline.setText(headline(view))
        self._fit(self.headline)
        self.due.setText(yuan(large_figure_fen(view)))
        self._pages.setCurrentWidget(self._sale)

    def _show_lines(self, view: CustomerView) -> None:
        """As many of the newest lines as fit; how many more there are is said."""
        clear(self.rows)
        pixels = _LARGE_ROW_PIXELS if self._is_large() else _ROW_PIXELS
        room = max(3, (self.height() - 110) // (pixels + 6))
        hidden = max(0, len(view.lines) - room)
        self.more.setText(_("{count} more above").format(count=hidden) if hidden else "")
        self.more.setVisible(bool(hidden))
        for line in view.lines[hidden:]:
            row = QHBoxLayout()
            row.setSpacing(10)
            name = ElidedLabel(line.name, "customer-line")
            name.setMinimumHeight(pixels)
            amount = right(plain(line.amount_fen), "customer-line")
            amount.setMinimumWidth(3 * pixels)
            many = right(f"× {line.quantity}", "customer-quantity")
            row.addWidget(name, 1)
            row.addWidget(many)
            row.addWidget(amount)
            self._fit(name, many, amount)
            self.rows.addLayout(row)

    def _fact(self, name: str, figure: str, kind: str) -> None:
        row = QHBoxLayout()
        words, value = ElidedLabel(name, "customer-quantity"), right(figure, kind)
        row.addWidget(words, 1)
        row.addWidget(value)
        self._fit(words, value)
        self.facts.addLayout(row)

    def _is_large(self) -> bool:
        return self.width() >= _LARGE_WIDTH

    def _fit(self, *labels: QLabel) -> None:
        """Words grow with the display: it is read from the other side of a counter."""
        for each in labels:
            set_kind(each, "large" if self._is_large() else "", "room")

    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        if self.view.state in ("basket", "pay"):
            self._show_sale(self.view)

    # --- where -------------------------------------------------------------------------------------------------------

    def stand_on(self, screen: QScreen | None) -> None:
        """Fill this screen; a plain window where there is none for it."""
        if screen is None:
            self.resize(*SMALLEST)
            self.show()
            return
        self.setGeometry(screen.geometry())
        self.showFullScreen()


def second_screen(of_till: QScreen | None) -> QScreen | None:
    """A screen that is not the till's own."""
    return next((screen for screen in QGuiApplication.screens() if screen is not of_till), None)
