"""The form that takes an order, or changes what is said of one."""

import re
from collections.abc import Callable
from dataclasses import dataclass

from pos_client.checkout.orders import OrderTerms, OrderView
from pos_client.ui.formats import day_and_time, plain, yuan
from pos_client.ui.parts.form_card import FormCard, FormField
from pos_client.ui.parts.labels import label
from pos_client.ui.parts.number_pad import figure_of
from pos_client.ui.words import _
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
    store: str


class OrderForm(FormCard):
    """When, who, what is to be written on it, where, and the deposit. Enter goes on to paying it. Of an order that
    changes (`before`) time, phone and store stay where nothing is typed; without `terms` its goods stay, and so does
    its price: Enter writes it."""

    def __init__(
        self, wanted: Callable[[OrderWanted], object], *, terms: OrderTerms | None = None,
        before: OrderView | None = None,
    ) -> None:  # fmt: skip
        when = _("18:30, or 25 18:30, or 11-25 18:30") if before is None else day_and_time(before.collect_at_ms)
        place = "" if before is None else before.collect_store_name
        fields = [
            FormField(key="collect_at", words=_("Collect at"), hint=when, is_code=True),
            FormField(key="name", words=_("Name"), text=_said(before, "name"), hint=_("name or phone")),
            FormField(key="phone", words=_("Phone"), hint=_said(before, "phone_masked"), is_code=True),
            FormField(key="text", words=_("Text on it"), text=_said(before, "text"), hint=_("optional, on the cake")),
            FormField(key="store", words=_("Store"), hint=place or _("this store, or another's name or code")),
        ]
        if terms is not None:
            fields.append(FormField(key="deposit", words=_("Deposit"), hint=plain(terms.deposit_fen), is_code=True))
        title = _("Take an order")
        if before is not None:
            title = _("Change order {receipt}").format(receipt=before.receipt_number)
        done = _("Pay the deposit · Enter") if terms is not None else _("Save the change · Enter")
        super().__init__(title, 620, fields, done)
        self._wanted = wanted
        self.add_above_fields(label(_price_words(terms, before), "muted", wrap=True))

    def go_on(self) -> None:
        """On to paying the deposit, or to the changed slip."""
        texts = self.texts()
        deposit = texts.get("deposit", "")
        if deposit and not _AMOUNT.fullmatch(deposit):
            self.say_wrong(Refusal("amount_invalid"))
            return
        self._wanted(
            OrderWanted(
                collect_at=texts["collect_at"],
                deposit_fen=figure_of(deposit) if deposit else None,
                name=texts["name"],
                phone=texts["phone"],
                text=texts["text"],
                store=texts["store"],
            )
        )


def _said(before: OrderView | None, name: str) -> str:
    return "" if before is None else str(getattr(before, name))


def _price_words(terms: OrderTerms | None, before: OrderView | None) -> str:
    """What the customer is to hear before anything is written."""
    if terms is None:
        return _("Goods and price stay as they were agreed. What is left empty stays too.")
    if before is None:
        return _("Price {total}. It stays as it is today. Deposit at least {deposit}.").format(
            total=yuan(terms.total_fen), deposit=yuan(terms.deposit_fen)
        )
    return _("It was {before}, now it is {total}. {paid} was paid, the deposit is at least {deposit}.").format(
        before=yuan(before.total_fen),
        total=yuan(terms.total_fen),
        paid=yuan(terms.paid_fen),
        deposit=yuan(terms.deposit_fen),
    )
