"""The flows of HQ's service desk at the counter: look something up, open a ticket, see how tickets stand."""

from pos_client.checkout.care_views import ArticleView, TicketView
from pos_client.checkout.views import DoneView
from pos_client.ui.formats import clock_time
from pos_client.ui.panels import SellPanels
from pos_client.ui.parts.cards import ListCard, Row
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.screens.service_cards import ArticleCard, KnowledgeCard, TicketCard, kind_words, status_words
from pos_client.ui.words import _
from shared_models.moments import DEFAULT_TIME_ZONE, local_datetime
from shared_models.service import TicketKind


class ServiceFlows:
    """Built with the menu that offers them."""

    def __init__(self, panels: SellPanels, counter: Counter) -> None:
        self._panels = panels
        self._counter = counter
        self._service = counter.checkout.service

    def look_up(self) -> None:
        """The knowledge base, everything in it at first."""

        def search(text: str) -> None:
            def found(articles: tuple[ArticleView, ...]) -> None:
                if card.field.text() == text:  # typed on meanwhile: a later answer comes
                    card.show_articles(articles)

            self._counter.ask(lambda: self._service.articles(text), card.if_open(found))

        card = KnowledgeCard(search, lambda article: self._panels.open(ArticleCard(article)))
        self._panels.open(card)
        search("")

    def write_ticket(self) -> None:
        """About the member on the basket, if there is one."""
        view = self._panels.screens.sell_presenter.view
        member = None if view is None else view.member
        name = "" if member is None else member.name or member.phone_masked

        def save(kind: TicketKind, text: str, receipt: str) -> None:
            writing.ask(
                lambda: self._service.open_ticket(kind, text, receipt_number=receipt),
                kept,
                card.if_open(card.say_wrong),
            )

        def kept(_done: DoneView) -> None:
            self._panels.close()
            self._counter.stage.say(_("The ticket is kept here and goes to HQ by itself."), "good")

        writing = self._counter.one_at_a_time()
        card = TicketCard(name, save)
        self._panels.open(card)

    def show_tickets(self) -> None:
        """Those opened here, and what HQ said."""

        def shown(tickets: tuple[TicketView, ...]) -> None:
            rows = [
                Row(
                    f"{_moment(one.opened_at_ms)} {kind_words(one.category)}",
                    one.answer or one.text.replace("\n", " "),
                    status_words(one.status),
                )
                for one in tickets
            ]
            empty = _("No ticket was opened at this till.")
            self._panels.open(ListCard(_("Tickets"), rows, lambda place: self._read(tickets[place]), empty=empty))

        self._counter.ask(self._service.tickets, shown)

    def _read(self, ticket: TicketView) -> None:
        parts = [ticket.text or _("The words were deleted."), "", status_words(ticket.status)]
        if ticket.answer:
            parts.append(_("HQ: {answer}").format(answer=ticket.answer))
        for words, value in ((_("Member"), ticket.member_masked), (_("Receipt"), ticket.receipt_number)):
            if value:
                parts.append(f"{words} {value}")
        title = f"{kind_words(ticket.category)} · {_moment(ticket.opened_at_ms)}"
        self._panels.open(ArticleCard(ArticleView(article_id="", title=title, body="\n".join(parts))))


def _moment(at_ms: int) -> str:
    return f"{local_datetime(at_ms, DEFAULT_TIME_ZONE).strftime('%m-%d')} {clock_time(at_ms)}"
