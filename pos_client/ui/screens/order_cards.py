"""Orders on the screen: a line of the list, and what can be done with one that waits."""

from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from pos_client.checkout.orders import CancellationView, OrderView
from pos_client.ui.formats import day_and_time, yuan
from pos_client.ui.parts.cards import Row
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import label, right, rule
from pos_client.ui.parts.overlay import Card
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _, ngettext


def order_row(order: OrderView) -> Row:
    """An order in the list; one that is not here says which till has it."""
    who = " ".join(part for part in (order.name, order.phone_masked) if part)
    late = (_("late"),) if order.is_late else ()
    told = (day_and_time(order.collect_at_ms), *late, order.collect_store_name, who or order.receipt_number)
    name = " · ".join(part for part in told if part)
    place = "" if order.is_here else where_words(order)
    return Row(name, " · ".join(part for part in (_goods(order), order.text, place) if part), yuan(order.rest_fen))


def where_words(order: OrderView) -> str:
    """Which till has an order that is not here."""
    if not order.till_number:
        return _("with HQ")
    place = _("at till {number}").format(number=order.till_number)
    return f"{place}, {order.store_name}" if order.store_name else place


def _goods(order: OrderView) -> str:
    if order.pieces <= 1:
        return order.goods
    more = ngettext("{count} piece", "{count} pieces", order.pieces).format(count=order.pieces)
    return f"{order.goods} · {more}"


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderDeeds:
    """What the keys of an order's card do; `get` where another till has it."""

    get: Callable[[], object]
    collect: Callable[[], object]
    change_words: Callable[[], object]
    change_goods: Callable[[], object]
    cancel: Callable[[], object]
    reprint: Callable[[], object]


class OrderCard(Card):
    """One order: hand it over, change it, cancel it, or print its slips again; or get it here first."""

    def __init__(self, order: OrderView, deeds: OrderDeeds) -> None:
        super().__init__(_("Order {receipt}").format(receipt=order.receipt_number), 620)
        rows = [
            (_("Collect at"), day_and_time(order.collect_at_ms) + (" · " + _("late") if order.is_late else "")),
            (_("Store"), order.collect_store_name),
            (_("For"), " ".join(part for part in (order.name, order.phone_masked) if part)),
            (_("Goods"), " · ".join(part for part in (_goods(order), order.text) if part)),
            (_("Total"), yuan(order.total_fen)),
            (_("Deposit"), yuan(order.deposit_fen)),
        ]
        add_rows(self, [row for row in rows if row[1]])
        self.body.addWidget(rule())
        add_rows(self, [(_("To pay at collection"), yuan(order.rest_fen))], "balance")
        if not order.is_here:
            said = _("It is {place}: name and text come with it.").format(place=where_words(order))
            self.body.addWidget(label(said, "muted", wrap=True))
        keys = _keys_here(deeds) if order.is_here else ((_("Get it here"), _("Enter"), Qt.Key.Key_Return, deeds.get),)
        self._keys = {code: pressed for _words, _cap, code, pressed in keys}
        for words, cap, code, pressed in keys:
            kind = "primary" if code == Qt.Key.Key_Return else ""
            key = KeyButton(words, cap, pressed, kind=kind, text_kind="button-strong")
            key.setMinimumHeight(64)
            self.buttons.addWidget(key)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        pressed = self._keys.get(Qt.Key.Key_Return if press.is_enter else Qt.Key(press.key))
        if pressed is not None and press.is_quiet:
            pressed()
        return pressed is not None


def _keys_here(deeds: OrderDeeds) -> tuple[tuple[str, str, Qt.Key, Callable[[], object]], ...]:
    return (
        (_("Hand it over"), _("Enter"), Qt.Key.Key_Return, deeds.collect),
        (_("Time or text"), "F2", Qt.Key.Key_F2, deeds.change_words),
        (_("Goods"), "F3", Qt.Key.Key_F3, deeds.change_goods),
        (_("Cancel"), _("Del"), Qt.Key.Key_Delete, deeds.cancel),
        (_("Print again"), "F5", Qt.Key.Key_F5, deeds.reprint),
    )


class CancelOrderCard(Card):
    """What goes back and what is kept, before it is done."""

    def __init__(
        self, view: CancellationView, cancel: Callable[[], object], waive: Callable[[], object] | None
    ) -> None:
        super().__init__(_("Cancel the order"), 520)
        rows = [(_("Deposit"), yuan(view.order.deposit_fen))]
        if view.kept_fen:
            rows.append((_("Kept by the store's rule"), yuan(view.kept_fen)))
        rows += [
            (_("Goes back: {tender}").format(tender=tender_words(one.kind)), yuan(one.amount_fen))
            for one in view.tenders
        ]
        add_rows(self, rows)
        self._cancel, self._waive = cancel, waive
        done = KeyButton(_("Cancel the order"), _("Enter"), cancel, kind="primary", text_kind="button-strong")
        self.buttons.addWidget(done)
        if waive is not None:
            self.buttons.addWidget(KeyButton(_("Give back all of it"), "F2", waive, text_kind="button-strong"))
        for place in range(self.buttons.count()):
            item = self.buttons.itemAt(place)
            made = item.widget() if item is not None else None
            if made is not None:
                made.setMinimumHeight(64)

    def first_focus(self) -> None:
        self.setFocus()

    def handle_key(self, press: Press) -> bool:
        if press.is_enter:
            if press.is_quiet:
                self._cancel()
            return True
        if press.key == Qt.Key.Key_F2 and self._waive is not None:
            self._waive()
            return True
        return False


def add_rows(card: Card, rows: list[tuple[str, str]], kind: str = "strong") -> None:
    """Words at the left, what they come to at the right."""
    for words, figure in rows:
        line = QHBoxLayout()
        line.addWidget(label(words, "muted"))
        line.addStretch(1)
        line.addWidget(right(figure, kind))
        card.body.addLayout(line)
