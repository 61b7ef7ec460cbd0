"""Orders on the screen: the form that takes one, and what can be done with one that waits."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from PySide6.QtCore import Qt
from PySide6.QtWidgets import QHBoxLayout

from pos_client.checkout.orders import CancellationView, OrderTerms, OrderView
from pos_client.ui.formats import day_and_time, plain, yuan
from pos_client.ui.parts.cards import Row
from pos_client.ui.parts.form_card import FormCard, FormField
from pos_client.ui.parts.keys import KeyButton
from pos_client.ui.parts.labels import label, right, rule
from pos_client.ui.parts.number_pad import figure_of
from pos_client.ui.parts.overlay import Card
from pos_client.ui.parts.tender_words import tender_words
from pos_client.ui.scan_filter import Press
from pos_client.ui.words import _, ngettext
from shared_models.refusals import Refusal

_AMOUNT = re.compile(r"\d{1,9}(\.\d{0,2})?", re.ASCII)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderWanted:
    """What the form says. `deposit_fen` None: what the rules want at least."""

    collect_at: str
    deposit_fen: int | None
    name: str
    phone: str
    text: str


def order_row(order: OrderView) -> Row:
    """An order in the list."""
    who = " ".join(part for part in (order.name, order.phone_masked) if part)
    late = (_("late"),) if order.is_late else ()
    goods = order.goods
    if order.pieces > 1:
        more = ngettext("{count} piece", "{count} pieces", order.pieces).format(count=order.pieces)
        goods = f"{goods} · {more}"
    name = " · ".join((day_and_time(order.collect_at_ms), *late, who))
    return Row(name, " · ".join(part for part in (goods, order.text) if part), yuan(order.rest_fen))


class OrderForm(FormCard):
    """When, who, what is to be written on it, and the deposit. Enter goes on to paying it."""

    def __init__(self, terms: OrderTerms, wanted: Callable[[OrderWanted], object]) -> None:
        when = _("18:30, or 25 18:30, or 11-25 18:30")
        super().__init__(
            _("Take an order"),
            620,
            [
                FormField(key="collect_at", words=_("Collect at"), hint=when, is_code=True),
                FormField(key="name", words=_("Name"), hint=_("name or phone")),
                FormField(key="phone", words=_("Phone"), is_code=True),
                FormField(key="text", words=_("Text on it"), hint=_("optional, on the cake")),
                FormField(key="deposit", words=_("Deposit"), hint=plain(terms.deposit_fen), is_code=True),
            ],
            _("Pay the deposit · Enter"),
        )
        self._wanted = wanted
        price = _("Price {total}. It stays as it is today. Deposit at least {deposit}.").format(
            total=yuan(terms.total_fen), deposit=yuan(terms.deposit_fen)
        )
        self.add_above_fields(label(price, "muted", wrap=True))

    def go_on(self) -> None:
        """On to paying the deposit."""
        texts = self.texts()
        if texts["deposit"] and not _AMOUNT.fullmatch(texts["deposit"]):
            self.say_wrong(Refusal("amount_invalid"))
            return
        deposit_fen = figure_of(texts["deposit"]) if texts["deposit"] else None
        self._wanted(
            OrderWanted(
                collect_at=texts["collect_at"],
                deposit_fen=deposit_fen,
                name=texts["name"],
                phone=texts["phone"],
                text=texts["text"],
            )
        )


class OrderCard(Card):
    """One order: hand it over, cancel it, or print its slips again."""

    def __init__(
        self,
        order: OrderView,
        collect: Callable[[], object],
        cancel: Callable[[], object],
        reprint: Callable[[], object],
    ) -> None:
        super().__init__(_("Order {receipt}").format(receipt=order.receipt_number), 560)
        rows = [
            (_("Collect at"), day_and_time(order.collect_at_ms) + (" · " + _("late") if order.is_late else "")),
            (_("For"), " ".join(part for part in (order.name, order.phone_masked) if part)),
            (_("Goods"), order_row(order).detail),
            (_("Total"), yuan(order.total_fen)),
            (_("Deposit"), yuan(order.deposit_fen)),
        ]
        add_rows(self, rows)
        self.body.addWidget(rule())
        add_rows(self, [(_("To pay at collection"), yuan(order.rest_fen))], "balance")
        self._keys = {Qt.Key.Key_Return: collect, Qt.Key.Key_Delete: cancel, Qt.Key.Key_F5: reprint}
        for words, cap, pressed, kind in (
            (_("Hand it over"), _("Enter"), collect, "primary"),
            (_("Cancel the order"), _("Del"), cancel, ""),
            (_("Print again"), "F5", reprint, ""),
        ):
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
