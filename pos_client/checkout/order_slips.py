"""Slips of an order: the customer's with the deposit, the one for whoever makes it, and that of a cancellation."""

from typing import Protocol

from pos_client.checkout.receipt_words import (
    Letterhead,
    bottom,
    particulars,
    quantity,
    tenders,
    top,
    yuan,
)
from pos_client.devices.receipt_document import Columns, DrawerPulse, QrCode, ReceiptDocument, ReceiptItem, Rule, Text
from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.codes import order_code


class Said(Protocol):
    """What is told apart from the entry: who ordered, and what is to be written on it."""

    @property
    def name(self) -> str: ...
    @property
    def phone_masked(self) -> str: ...
    @property
    def text(self) -> str: ...
    @property
    def collect_store_name(self) -> str:
        """'' for this store."""
        ...


def for_order(
    letterhead: Letterhead, taken: OrderTaken, said: Said, *, reprint: bool = False
) -> tuple[ReceiptDocument, ...]:
    """The customer's slip, and the maker's without prices."""
    _ = letterhead.translate
    is_cash = any(tender.kind == "cash" for tender in taken.tenders)
    items: list[ReceiptItem] = [DrawerPulse()] if is_cash and not reprint else []
    items += top(letterhead, _("Order"), reprint=reprint)
    items += particulars(letterhead, taken.receipt_number, taken.head.till_time_ms, taken.head.cashier_id)
    items += _when(letterhead, taken, said)
    for line in taken.lines:
        items.append(Columns((line.name, quantity(line.quantity_milli, line.unit), yuan(line.amount_fen))))
    items += [Rule(), Columns((_("Total"), yuan(taken.total_fen))), *tenders(letterhead, taken.tenders)]
    if taken.carried:
        carried_fen = sum(tender.amount_fen for tender in taken.carried)
        items.append(Columns((_("Deposit paid before"), yuan(carried_fen))))
    items.append(Columns((_("Deposit"), yuan(taken.deposit_fen)), "bold"))
    items.append(Columns((_("To pay at collection"), yuan(taken.total_fen - taken.deposit_fen)), "large"))
    where = _("Collect it with this slip: {store}.")
    items.append(Text(where.format(store=said.collect_store_name or letterhead.store_name), "centre"))
    items.append(QrCode(order_code(taken.order_id)))
    items += bottom(letterhead, taken.receipt_number)
    maker: list[ReceiptItem] = [*top(letterhead, _("Order, for the maker"), reprint=reprint)]
    maker += particulars(letterhead, taken.receipt_number, taken.head.till_time_ms, taken.head.cashier_id)
    maker += _when(letterhead, taken, said)
    maker += [Columns((line.name, quantity(line.quantity_milli, line.unit)), "large") for line in taken.lines]
    maker += bottom(letterhead, taken.receipt_number)
    return ReceiptDocument("order", tuple(items)), ReceiptDocument("order_maker", tuple(maker))


def for_order_cancelled(
    letterhead: Letterhead, cancelled: OrderCancelled, order_number: str, *, reprint: bool = False
) -> ReceiptDocument:
    """What of the deposit goes back, and what is kept."""
    _ = letterhead.translate
    is_cash = any(tender.kind == "cash" for tender in cancelled.tenders)
    items: list[ReceiptItem] = [DrawerPulse()] if is_cash and not reprint else []
    title = _("Order cancelled") if cancelled.replaced_by is None else _("Order changed")
    items += top(letterhead, title, reprint=reprint)
    items += particulars(letterhead, cancelled.receipt_number, cancelled.head.till_time_ms, cancelled.head.cashier_id)
    items.append(Columns((_("For receipt"), order_number)))
    if cancelled.kept_fen:
        items.append(Columns((_("Kept of the deposit"), yuan(cancelled.kept_fen))))
    items.append(Columns((_("Deposit given back"), yuan(cancelled.returned_fen)), "large"))
    items += [*tenders(letterhead, cancelled.tenders), *bottom(letterhead, cancelled.receipt_number)]
    return ReceiptDocument("order_cancelled", tuple(items))


def _when(letterhead: Letterhead, taken: OrderTaken, said: Said) -> list[ReceiptItem]:
    _ = letterhead.translate
    moment = letterhead.moment(taken.collect_at_ms)
    items: list[ReceiptItem] = [Columns((_("Collect at"), moment), "bold")]
    if said.collect_store_name:
        items.append(Columns((_("Store"), said.collect_store_name), "bold"))
    if said.name or said.phone_masked:
        items.append(Columns((_("For"), " ".join(part for part in (said.name, said.phone_masked) if part))))
    if said.text:
        items.append(Text(_("Text: {text}").format(text=said.text), "left", "large"))
    return [*items, Rule()]
