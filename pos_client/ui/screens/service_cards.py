"""Panels of HQ's service desk: the knowledge base, an article, a ticket being written."""

from collections.abc import Callable, Sequence

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QButtonGroup, QGridLayout, QLineEdit, QPushButton, QScrollArea

from pos_client.checkout.care_views import ArticleView
from pos_client.checkout.receipt_numbers import number_alone
from pos_client.ui.parts.cards import Row, RowList
from pos_client.ui.parts.keys import TOUCH_HEIGHT, button
from pos_client.ui.parts.labels import label
from pos_client.ui.parts.overlay import Card
from pos_client.ui.presenters.scans import kind_of
from pos_client.ui.scan_filter import Press
from pos_client.ui.texts import refusal_words
from pos_client.ui.words import _
from shared_models.codes import parse_scan
from shared_models.refusals import Refusal
from shared_models.service import TICKET_KINDS, TicketKind


def kind_words(kind: str) -> str:
    """What a ticket is about."""
    return {
        "quality": _("Quality complaint"),
        "service": _("Service"),
        "member": _("Membership and value"),
        "device": _("Till and devices"),
        "other": _("Something else"),
    }.get(kind, kind)


def status_words(status: str) -> str:
    """How a ticket stands; '' is one HQ has not heard of yet."""
    return {
        "": _("on its way to HQ"),
        "open": _("HQ has it"),
        "working": _("being worked on"),
        "solved": _("solved"),
        "closed": _("closed"),
    }.get(status, status)


class KnowledgeCard(Card):
    """Search while typing: words, or pinyin initials. Enter opens the marked article."""

    def __init__(self, search: Callable[[str], object], chosen: Callable[[ArticleView], object]) -> None:
        super().__init__(_("Knowledge base"), 640)
        self._chosen = chosen
        self._articles: tuple[ArticleView, ...] = ()
        self.field = QLineEdit()
        self.field.setPlaceholderText(_("Words or initials"))
        self.field.setMinimumHeight(TOUCH_HEIGHT)
        self.field.textChanged.connect(lambda text: search(text))
        self.body.addWidget(self.field)
        self._rows = RowList(
            self._take, _("No article is found by this. Esc, then F10 F opens a ticket, and HQ will answer.")
        )
        self._rows.setMinimumHeight(380)
        self.body.addWidget(self._rows)

    @property
    def titles(self) -> tuple[str, ...]:
        """Of the articles that stand there, in their order."""
        return tuple(article.title for article in self._articles)

    def show_articles(self, articles: Sequence[ArticleView]) -> None:
        """What was found."""
        self._articles = tuple(articles)
        self._rows.show_rows([Row(one.title, one.body.replace("\n", " ")[:60]) for one in articles])

    def first_focus(self) -> None:
        self.field.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.key in (Qt.Key.Key_Up, Qt.Key.Key_Down) or press.is_enter:
            self._rows.press(press)
            return True
        return False

    def _take(self, place: int) -> None:
        self._chosen(self._articles[place])


_TEXT_WIDTH = 580
_TEXT_HEIGHT_MAX = 440


class ArticleCard(Card):
    """One article, to be read to its end. The panel is as high as its words, and scrolls where they are many."""

    def __init__(self, article: ArticleView) -> None:
        super().__init__(_("From the knowledge base") if article.article_id else _("Ticket"), 640)
        self.heading = label(article.title, "strong", wrap=True)
        self.body.addWidget(self.heading)
        self._area = QScrollArea()
        self._area.setWidgetResizable(True)
        self._area.setFocusPolicy(Qt.FocusPolicy.NoFocus)
        self._area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        words = label(article.body, "", wrap=True)
        words.setAlignment(Qt.AlignmentFlag.AlignTop | Qt.AlignmentFlag.AlignLeft)
        words.setObjectName("scrolled")
        self._area.setWidget(words)
        self._area.setFixedHeight(min(_TEXT_HEIGHT_MAX, words.heightForWidth(_TEXT_WIDTH) + 8))
        self.body.addWidget(self._area)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        bar = self._area.verticalScrollBar()
        steps = {
            Qt.Key.Key_Down: bar.singleStep() * 2,
            Qt.Key.Key_Up: -bar.singleStep() * 2,
            Qt.Key.Key_PageDown: bar.pageStep(),
            Qt.Key.Key_PageUp: -bar.pageStep(),
        }
        step = steps.get(Qt.Key(press.key))
        if step is not None:
            bar.setValue(bar.value() + step)
            return True
        if press.is_enter:
            self.leave()
            return True
        return False


class TicketCard(Card):
    """A matter for HQ: of what kind, and in words. A receipt that is scanned meanwhile is named in it."""

    def __init__(self, member: str, save: Callable[[TicketKind, str, str], object]) -> None:
        super().__init__(_("Ticket for HQ"), 640)
        self._save = save
        self._receipt = ""
        grid = QGridLayout()
        grid.setSpacing(8)
        group = QButtonGroup(self)
        self._kinds: list[QPushButton] = []
        for place, kind in enumerate(TICKET_KINDS):
            made = button(f"{kind_words(kind)} · Alt {place + 1}", lambda: None, focus=True)
            made.setCheckable(True)
            made.setChecked(place == 0)
            group.addButton(made)
            grid.addWidget(made, place // 2, place % 2)
            self._kinds.append(made)
        self.body.addLayout(grid)
        self.text = QLineEdit()
        self.text.setMaxLength(1_000)
        self.text.setPlaceholderText(_("What happened, and what the customer wishes"))
        self.text.setAccessibleName(_("What happened, and what the customer wishes"))
        self.text.setMinimumHeight(TOUCH_HEIGHT)
        self.body.addWidget(self.text)
        about = _("About {member}.").format(member=member) + " " if member else ""
        self._about = label(about + _("Scan the receipt if it is about one."), "muted", wrap=True)
        self._about_words = about
        self.body.addWidget(self._about)
        self._said = label("", "danger", wrap=True)
        self.body.addWidget(self._said)
        self.buttons.addStretch(1)
        self.buttons.addWidget(button(_("Open the ticket · Enter"), self._keep, "primary"))

    def say_wrong(self, refusal: Refusal) -> None:
        """What is not right yet."""
        self._said.setText(refusal_words(refusal))

    def first_focus(self) -> None:
        self.text.setFocus()

    def handle_scan(self, text: str) -> bool:
        is_receipt = kind_of(text) == "receipt"
        if is_receipt:
            self._receipt = parse_scan(text).value
            self._about.setText(self._about_words + _("Receipt {receipt}").format(receipt=number_alone(self._receipt)))
        return is_receipt

    def handle_key(self, press: Press) -> bool:
        place = press.key - int(Qt.Key.Key_1)
        if press.is_enter:
            if press.is_quiet:
                self._keep()
        elif press.with_alt and 0 <= place < len(self._kinds):
            self._kinds[place].setChecked(True)
        else:
            return False
        return True

    def _keep(self) -> None:
        chosen = next(place for place, made in enumerate(self._kinds) if made.isChecked())
        self._save(TICKET_KINDS[chosen], self.text.text(), self._receipt)
