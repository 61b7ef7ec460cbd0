"""HQ's service desk at the counter: articles to look something up in, and tickets; both without the network too."""

from uuid import UUID

from pos_client.checkout.care_views import ArticleView, TicketView
from pos_client.checkout.desk import Desk
from pos_client.checkout.receipt_numbers import receipt_named
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.views import DoneView
from pos_client.ledger.names import Search, folded, name_terms, search_of
from shared_models.bodies import TicketOpened
from shared_models.refusals import Refusal
from shared_models.service import TICKET_KINDS, ArticleRow, TicketKind

TEXT_LETTERS_MAX = 1_000
ARTICLES_SHOWN = 50
TICKETS_SHOWN = 50


class Service:
    """Articles come with the feed; a ticket is an entry of this till, and its answer comes with the feed too."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def articles(self, text: str = "") -> tuple[ArticleView, ...]:
        """Those that a text finds: by part of title or words, by pinyin initials, then by the text of the article
        itself. All of them, in HQ's order, for ''."""
        rows = self._desk.ledger.articles()
        wanted = folded(text)
        if wanted:
            search = search_of(text)
            by_name = [row for row in rows if _is_called(row, search, wanted)]
            inside = [row for row in rows if row not in by_name and wanted in folded(row.body)]
            rows = by_name + inside
        return tuple(
            ArticleView(article_id=row.article_id, title=row.title, body=row.body) for row in rows[:ARTICLES_SHOWN]
        )

    def open_ticket(
        self, kind: TicketKind, text: str, *, with_member: bool = True, receipt_number: str = ""
    ) -> DoneView:  # fmt: skip
        """A matter for HQ. `with_member`: it concerns the member on the basket, if there is one. Refuses
        `ticket_kind_unknown`, `text_missing`, `text_too_long`, `receipt_unknown` for a receipt that this till did not
        print, `receipt_of_other_chain`."""
        if kind not in TICKET_KINDS:
            raise Refusal("ticket_kind_unknown", who="cashier")
        words = ticket_text(text, TEXT_LETTERS_MAX)
        about = self._about(receipt_number)
        member = self._desk.draft.member if with_member else None
        note = self._desk.attachment("note", words)
        ticket_id = self._desk.ids.new_id()
        body = TicketOpened(
            head=self._desk.head(business_id=ticket_id, subjects=() if member is None else (member.member_id,)),
            ticket_id=ticket_id,
            member_id=None if member is None else member.member_id,
            category=kind,
            note_attachment=note.attachment_hash,
            about_receipt=about[:40],
        )
        self._desk.write(body, (note,))
        return DoneView(entry_type="ticket_opened", business_id=ticket_id, receipt_number="")

    def _about(self, receipt_number: str) -> str:
        """The receipt a ticket is about, as HQ reads it: one of another store with that store's name."""
        named = receipt_named(self._desk, receipt_number)
        if named.store_id is not None:
            return f"{named.number} {named.store_name}"
        is_own = named.number[:2] == f"{self._desk.identity.till_number:02d}"
        if is_own and self._desk.ledger.entry_by_receipt(named.number) is None:
            raise Refusal("receipt_unknown", receipt_number=named.number[:40], who="till")
        return named.number

    def tickets(self) -> tuple[TicketView, ...]:
        """The tickets of this till, newest first, with what HQ said of them."""
        entries = self._desk.ledger.entries(("ticket_opened",), newest_first=True, limit=TICKETS_SHOWN)
        bodies = (self._desk.ledger.body_of(entry) for entry in entries)
        return tuple(self._view(one) for one in bodies if isinstance(one, TicketOpened) and one.to_store_id is None)

    def ticket(self, ticket_id: UUID) -> TicketView:
        """One of them. Refuses `ticket_unknown`."""
        found = next((view for view in self.tickets() if view.ticket_id == ticket_id), None)
        if found is None:
            raise Refusal("ticket_unknown", who="hq")
        return found

    def _view(self, body: TicketOpened) -> TicketView:
        said = self._desk.ledger.ticket(body.ticket_id)
        text = self._desk.ledger.attachment(body.note_attachment)
        return TicketView(
            ticket_id=body.ticket_id,
            category=body.category,
            opened_at_ms=body.head.till_time_ms,
            opened_by=body.head.cashier_id,
            member_masked="" if body.member_id is None else receipt_member(self._desk, body.member_id).phone_masked,
            receipt_number=body.about_receipt,
            text="" if text is None else text.decode(errors="replace"),
            status="" if said is None else said.status,
            answer="" if said is None else said.answer,
            changed_at_ms=0 if said is None else said.changed_at_ms,
        )


def _is_called(row: ArticleRow, search: Search, wanted: str) -> bool:
    """Whether title or words are meant: by their characters, or by initials and beginnings of words."""
    names = (row.title, *row.words)
    if any(wanted in folded(name) for name in names):
        return True
    terms = set[str]().union(*(name_terms(name, from_anywhere=True) for name in names))
    begun = any(term.startswith(search.beginnings) for term in terms) if search.beginnings else False
    return begun and search.fits(*names)


def ticket_text(text: str, letters_max: int) -> str:
    """What a ticket says. Refuses `text_missing`, `text_too_long(length_max)`."""
    words = text.strip()
    if not words:
        raise Refusal("text_missing", who="cashier")
    if len(words) > letters_max:
        raise Refusal("text_too_long", length_max=letters_max, who="cashier")
    return words
