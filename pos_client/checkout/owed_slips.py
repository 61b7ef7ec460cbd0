"""Slips that no cashier asks for: what the kitchen gets of a sale, and what a power cut kept from paper."""

from collections.abc import Collection
from uuid import UUID

from pos_client.checkout.desk import Desk
from pos_client.checkout.receipt_words import Letterhead, quantity
from pos_client.checkout.reprints import reprinted
from pos_client.devices.receipt_document import Columns, Cut, Feed, ReceiptDocument, ReceiptItem, Rule, Text
from shared_models.bodies import Sale
from shared_models.entries import Entry, read_head
from shared_models.moments import DAY_MS
from shared_models.refusals import Refusal
from shared_models.sales import SaleLine

EVERY_CATEGORY = "*"
_MISSED_MAX = 50
_BYTES_MAX = 4 * 1024 * 1024


class OwedSlips:
    """Asked by the window for its printers."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def use_logo(self, png: bytes) -> None:
        """The picture at the head of receipts from now on; empty: none."""
        self._desk.logo = png

    def kitchen_slip(self, sale_id: UUID, categories: Collection[str]) -> ReceiptDocument | None:
        """What is to be made or fetched for this sale: its lines of these categories, without prices. None where it has
        no such line."""
        entry = self._desk.ledger.entry_by_business_id(sale_id)
        sale = None if entry is None else self._desk.ledger.body_of(entry)
        if not isinstance(sale, Sale):
            return None
        lines = [line for line in sale.lines if EVERY_CATEGORY in categories or line.goods.category in categories]
        if not lines:
            return None
        return _kitchen(self._desk.letterhead(), sale, [(line, self._note(line)) for line in lines])

    def missed(self, last_printed: UUID) -> tuple[tuple[UUID, ReceiptDocument], ...]:
        """Receipts of entries after this one, oldest first, marked as reprints: the till stopped before they were
        handed to the printer. Nothing where the entry is not of this till's present epoch; and nothing older than a day
        before the newest entry: this till had no printer then, and nobody waits for those."""
        ledger = self._desk.ledger
        entry, newest = ledger.entry_by_business_id(last_printed), ledger.entry_at(ledger.head().seq)
        if entry is None or newest is None or entry.epoch != newest.epoch:
            return ()
        since_ms = read_head(newest.body).till_time_ms - DAY_MS
        owed: list[tuple[UUID, ReceiptDocument]] = []
        for later in ledger.entries_after(entry.seq, 10 * _MISSED_MAX, _BYTES_MAX):
            owed += self._documents(later, since_ms)
        return tuple(owed[-_MISSED_MAX:])

    def _documents(self, entry: Entry, since_ms: int) -> list[tuple[UUID, ReceiptDocument]]:
        body = self._desk.ledger.body_of(entry)
        if body is None or body.head.till_time_ms < since_ms:
            return []
        try:
            return [(body.head.business_id, document) for document in reprinted(self._desk, body)]
        except Refusal:
            return []  # an entry without a receipt

    def _note(self, line: SaleLine) -> str:
        if not line.note_attachment:
            return ""
        content = self._desk.ledger.attachment(line.note_attachment)
        return "" if content is None else content.decode(errors="replace")


def _kitchen(letterhead: Letterhead, sale: Sale, lines: list[tuple[SaleLine, str]]) -> ReceiptDocument:
    _ = letterhead.translate
    items: list[ReceiptItem] = [
        Text(_("Kitchen slip"), "centre", "large"),
        Columns((_("Receipt"), sale.receipt_number)),
        Columns((_("Time"), letterhead.moment(sale.head.till_time_ms))),
        Columns((_("Till {number}").format(number=letterhead.till_number), letterhead.staff(sale.head.cashier_id))),
        Rule(),
    ]
    for line, note in lines:
        items.append(Columns((line.name, quantity(line.quantity_milli, line.unit)), "large"))
        if note:
            items.append(Text(_("Note: {note}").format(note=note), "left", "bold"))
    return ReceiptDocument("kitchen", (*items, Feed(3), Cut()))
