"""The words and figures of receipts: money, quantities, moments, tenders, and what stands at the top and the bottom.

Every sentence goes through the letterhead's `translate`, so that a receipt speaks the language of the shop.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from pos_client.devices.receipt_document import Barcode, Columns, Cut, Feed, Picture, QrCode, ReceiptItem, Rule, Text
from shared_models.codes import receipt_code
from shared_models.moments import local_datetime
from shared_models.postings import lot_account
from shared_models.sales import Reduction, Tender

Translate = Callable[[str], str]
"""A sentence of the code (English) -> the same in the language receipts are printed in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Letterhead:
    """What every receipt of a till begins and ends with, and the language it speaks."""

    chain_name: str
    store_id: UUID
    store_name: str
    till_number: int
    time_zone: str
    header: tuple[str, ...]
    footer: tuple[str, ...]
    invoice_link: str
    translate: Translate
    staff_names: Mapping[str, str] = field(default_factory=dict)
    logo: bytes = b""

    def moment(self, at_ms: int) -> str:
        """A moment on the store's wall clock, to the minute."""
        return local_datetime(at_ms, self.time_zone).strftime("%Y-%m-%d %H:%M")

    def staff(self, staff_id: str) -> str:
        """Number and name of somebody who works here."""
        return f"{staff_id} {self.staff_names.get(staff_id, '')}".strip()


def yuan(amount_fen: int) -> str:
    """`12.80`, `-0.05`."""
    sign = "-" if amount_fen < 0 else ""
    return f"{sign}{abs(amount_fen) // 100}.{abs(amount_fen) % 100:02d}"


def quantity(quantity_milli: int, unit: str) -> str:
    """Pieces as a number, weights in kilograms."""
    whole, rest = divmod(quantity_milli, 1000)
    if unit == "piece":
        return f"{whole}" if not rest else f"{whole}.{rest:03d}".rstrip("0")
    return f"{whole}.{rest:03d}kg"


def price_per(amount_fen: int, unit: str, _: Translate) -> str:
    """A price as the shelf says it."""
    spoken = {"kg": "kg", "jin": _("jin"), "100g": "100g"}.get(unit, "")
    return f"{yuan(amount_fen)}/{spoken}" if spoken else yuan(amount_fen)


def tender_name(kind: str, _: Translate) -> str:
    """What a tender is called."""
    names = {
        "cash": _("Cash"),
        "stored_value": _("Stored value"),
        "wechat": _("WeChat Pay"),
        "alipay": _("Alipay"),
        "card": _("Bank card"),
        "voucher": _("Voucher"),
        "other": _("Other payment"),
        "deposit": _("Deposit"),
    }
    return names.get(kind, kind)


def cash_reason(reason: str, _: Translate) -> str:
    """Why cash went into the drawer or out of it."""
    names = {
        "change": _("Small change"),
        "found": _("Found in the shop"),
        "purchase": _("Something was bought"),
        "bank": _("To the bank"),
        "to_safe": _("To the safe"),
        "other": _("Something else"),
    }
    return names.get(reason, reason)


def reduction_name(reduction: Reduction, _: Translate) -> str:
    """A reduction in the rule's own words, or what it is where nobody named it."""
    if reduction.kind == "manual":
        return _("Discount")
    if reduction.kind == "points":
        return _("{points} points used").format(points=reduction.points)
    return reduction.name or _("Discount")


def top(letterhead: Letterhead, title: str, *, reprint: bool) -> list[ReceiptItem]:
    """Who we are and what this slip is."""
    _ = letterhead.translate
    items: list[ReceiptItem] = [Picture(letterhead.logo)] if letterhead.logo else []
    items.append(Text(letterhead.chain_name or letterhead.store_name, "centre", "large"))
    if letterhead.chain_name and letterhead.store_name:
        items.append(Text(letterhead.store_name, "centre"))
    items += [Text(line, "centre") for line in letterhead.header]
    items.append(Text(title, "centre", "bold"))
    if reprint:
        items.append(Text(_("REPRINT"), "centre", "large"))
    return items


def particulars(letterhead: Letterhead, receipt_number: str, at_ms: int, cashier_id: str) -> list[ReceiptItem]:
    """Number, moment, till and cashier."""
    _ = letterhead.translate
    return [
        Columns((_("Receipt"), receipt_number)),
        Columns((_("Time"), letterhead.moment(at_ms))),
        Columns((_("Till {number}").format(number=letterhead.till_number), letterhead.staff(cashier_id))),
        Rule(),
    ]


def tenders(letterhead: Letterhead, paid: Iterable[Tender]) -> list[ReceiptItem]:
    """What was paid or given back, with change, and with principal and bonus apart."""
    _ = letterhead.translate
    items: list[ReceiptItem] = []
    for tender in paid:
        items.append(Columns((tender_name(tender.kind, _), yuan(tender.amount_fen))))
        if tender.kind == "stored_value":
            for account, name in (("principal", _("of it principal")), ("bonus", _("of it bonus"))):
                amount = sum(part.amount for part in tender.lots if lot_account(part.lot) == account)
                if amount:
                    items.append(Columns(("  " + name, yuan(amount))))
        if tender.handed_over_fen > tender.amount_fen:
            items.append(Columns(("  " + _("Handed over"), yuan(tender.handed_over_fen))))
            items.append(Columns(("  " + _("Change"), yuan(tender.change_fen)), "bold"))
    return items


def bottom(letterhead: Letterhead, receipt_number: str, *, invoice_fen: int = 0) -> list[ReceiptItem]:
    """Thanks, the invoice code, the number as a code to scan, and the cut."""
    _ = letterhead.translate
    items: list[ReceiptItem] = [Feed()]
    if letterhead.invoice_link and invoice_fen > 0:
        link = letterhead.invoice_link.replace("{receipt}", receipt_number).replace("{amount}", yuan(invoice_fen))
        items += [Text(_("Scan for your invoice: {amount}").format(amount=yuan(invoice_fen)), "centre"), QrCode(link)]
    items += [Text(line, "centre") for line in letterhead.footer]
    items += [Barcode(receipt_code(receipt_number, letterhead.store_id)), Feed(3), Cut()]
    return items


def signature(_: Translate) -> list[ReceiptItem]:
    """Where the customer signs."""
    return [Feed(), Columns((_("Signature"), "_" * 18)), Feed()]
