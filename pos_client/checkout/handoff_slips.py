"""Slips of a thing that goes to another store: the customer's, and the one that goes with it."""

from pos_client.checkout.receipt import MemberOnReceipt
from pos_client.checkout.receipt_words import Letterhead, bottom, particulars, top
from pos_client.devices.receipt_document import Columns, QrCode, ReceiptDocument, ReceiptItem, Rule, Text
from shared_models.bodies import TicketOpened
from shared_models.codes import handoff_code


def for_handoff(
    letterhead: Letterhead,
    opened: TicketOpened,
    to_store: str,
    text: str,
    member: MemberOnReceipt | None = None,
    *,
    reprint: bool = False,
) -> tuple[ReceiptDocument, ...]:
    """Both say the same; the code on them is scanned at any till of the two stores."""
    _ = letterhead.translate
    kind = _("Repair") if opened.category == "repair" else _("Pickup elsewhere")
    made = []
    for name, title in (("handoff_customer", _("{kind} (customer)")), ("handoff_goods", _("{kind} (with the goods)"))):
        items: list[ReceiptItem] = [*top(letterhead, title.format(kind=kind), reprint=reprint)]
        items += particulars(letterhead, opened.receipt_number, opened.head.till_time_ms, opened.head.cashier_id)
        items += [
            Columns((_("Taken in"), letterhead.store_name)),
            Columns((_("Handed over at"), to_store), "bold"),
        ]
        if member is not None and member.phone_masked:
            items.append(Columns((_("For"), member.phone_masked)))
        items += [Rule(), Text(text, "left", "large"), QrCode(handoff_code(opened.ticket_id))]
        items += bottom(letterhead, opened.receipt_number)
        made.append(ReceiptDocument(name, tuple(items)))
    return tuple(made)
