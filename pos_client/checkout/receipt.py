"""Receipts of sales and refunds as documents, from the bodies on disk: the same document again is the reprint."""

from collections.abc import Sequence
from dataclasses import dataclass

from pos_client.checkout.receipt_words import (
    Letterhead,
    Translate,
    bottom,
    particulars,
    price_per,
    quantity,
    reduction_name,
    tenders,
    top,
    yuan,
)
from pos_client.devices.receipt_document import Columns, DrawerPulse, QrCode, ReceiptDocument, ReceiptItem, Rule, Text
from shared_models.bodies import Refund, RefundWithoutReceipt, Sale
from shared_models.codes import coupon_code
from shared_models.sales import SaleLine, Tender
from shared_models.tokens import restored_token

__all__ = ["Letterhead", "MemberOnReceipt", "ReceiptDocument", "Translate", "for_refund", "for_refund_without_receipt",
           "for_sale"]  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class MemberOnReceipt:
    """What a receipt says of its member: masked, with the balances as known here after it (None: not said)."""

    phone_masked: str
    points: int | None = None
    stored_value_fen: int | None = None


def for_sale(
    letterhead: Letterhead, sale: Sale, member: MemberOnReceipt | None, *, note: str = "", reprint: bool = False
) -> ReceiptDocument:
    """The customer's receipt. The drawer opens for cash, but never for a reprint."""
    _ = letterhead.translate
    items = [*_drawer(sale.tenders, reprint=reprint), *top(letterhead, _("Sales receipt"), reprint=reprint)]
    items += particulars(letterhead, sale.receipt_number, sale.head.till_time_ms, sale.head.cashier_id)
    for line in sale.lines:
        items += _line(letterhead, line)
    items.append(Rule())
    list_total_fen = sum(line.list_amount_fen for line in sale.lines)
    pieces = sum(line.quantity_milli // 1000 if line.unit == "piece" else 1 for line in sale.lines)
    items.append(Columns((_("Pieces"), str(pieces))))
    if list_total_fen != sale.total_fen:
        items.append(Columns((_("Before reductions"), yuan(list_total_fen))))
        items.append(Columns((_("Reductions"), yuan(sale.total_fen - list_total_fen))))
    items.append(Columns((_("Total"), yuan(sale.total_fen)), "large"))
    if sale.rounding_fen:
        items.append(Columns((_("Cash rounding"), yuan(-sale.rounding_fen))))
    items += tenders(letterhead, sale.tenders)
    items += _tax(letterhead, [(line.tax_rate_basis_points, line.tax_included_fen) for line in sale.lines])
    if member is not None:
        earned = sum(part.amount for part in sale.points_earned)
        items += _member(letterhead, member, earned=earned, note_earned=_("Points earned"))
    if note:
        items += [Rule(), Text(_("Note: {note}").format(note=note))]
    stored_fen = sum(tender.amount_fen for tender in sale.tenders if tender.kind == "stored_value")
    invoice_fen = sale.total_fen - sale.rounding_fen - stored_fen
    items += bottom(letterhead, sale.receipt_number, invoice_fen=invoice_fen)
    return ReceiptDocument("sale", tuple(items))


def for_refund(
    letterhead: Letterhead, refund: Refund, sale_receipt_number: str, member: MemberOnReceipt | None, *,
    reprint: bool = False,
) -> ReceiptDocument:  # fmt: skip
    """What came back, and by which tenders."""
    _ = letterhead.translate
    items = [*_drawer(refund.tenders, reprint=reprint), *top(letterhead, _("Refund"), reprint=reprint)]
    items += particulars(letterhead, refund.receipt_number, refund.head.till_time_ms, refund.head.cashier_id)
    items.append(Columns((_("For receipt"), sale_receipt_number)))
    for line in refund.lines:
        items.append(Columns((line.name, quantity(line.quantity_milli, line.unit), yuan(-line.amount_fen))))
    items += [Rule(), Columns((_("Refunded"), yuan(refund.total_fen)), "large")]
    if refund.rounding_fen:
        items.append(Columns((_("Cash rounding"), yuan(-refund.rounding_fen))))
    items += tenders(letterhead, refund.tenders)
    taken_back = sum(part.amount for part in refund.points_taken_back)
    returned = sum(part.amount for part in refund.points_returned)
    for name, points in (
        (_("Points taken back"), taken_back),
        (_("Points owed"), refund.points_debt),
        (_("Points returned"), returned),
        (_("Coupons returned"), len(refund.coupons_restored)),
    ):
        if points:
            items.append(Columns((name, str(points))))
    if member is not None:
        items += _member(letterhead, member)
    elif refund.member_id is None:  # whoever holds this paper may use them again
        again = (restored_token(refund.head.business_id, old) for old in refund.coupons_restored)
        items += [QrCode(coupon_code(token)) for token in again]
    items += bottom(letterhead, refund.receipt_number)
    return ReceiptDocument("refund", tuple(items))


def for_refund_without_receipt(
    letterhead: Letterhead, refund: RefundWithoutReceipt, *, reprint: bool = False
) -> ReceiptDocument:
    """Goods taken back without a receipt, with the manager who allowed it."""
    _ = letterhead.translate
    title = _("Refund without receipt")
    items = [*_drawer(refund.tenders, reprint=reprint), *top(letterhead, title, reprint=reprint)]
    items += particulars(letterhead, refund.receipt_number, refund.head.till_time_ms, refund.head.cashier_id)
    for line in refund.lines:
        items.append(Columns((line.name, quantity(line.quantity_milli, line.unit), yuan(-line.amount_fen))))
    items += [Rule(), Columns((_("Refunded"), yuan(refund.total_fen)), "large")]
    items += tenders(letterhead, refund.tenders)
    for approval in refund.approvals:
        items.append(Columns((_("Approved by"), letterhead.staff(approval.approver_id))))
    items += bottom(letterhead, refund.receipt_number)
    return ReceiptDocument("refund_without_receipt", tuple(items))


def _drawer(paid: Sequence[Tender], *, reprint: bool) -> list[ReceiptItem]:
    """Money in the drawer opens it, also where rounding left nothing to pay."""
    return [DrawerPulse()] if not reprint and any(tender.kind == "cash" for tender in paid) else []


def _line(letterhead: Letterhead, line: SaleLine) -> list[ReceiptItem]:
    _ = letterhead.translate
    items: list[ReceiptItem] = [
        Columns(
            (
                line.name,
                quantity(line.quantity_milli, line.unit),
                price_per(line.price.amount_fen, line.unit, _),
                yuan(line.list_amount_fen),
            )
        )
    ]
    items += [Columns(("  " + reduction_name(part, _), yuan(-part.amount_fen))) for part in line.reductions]
    return items


def _tax(letterhead: Letterhead, rates: Sequence[tuple[int, int]]) -> list[ReceiptItem]:
    _ = letterhead.translate
    sums: dict[int, int] = {}
    for rate, amount in rates:
        if rate:
            sums[rate] = sums.get(rate, 0) + amount
    return [
        Columns((_("Tax {rate} % included").format(rate=f"{rate / 100:g}"), yuan(amount)))
        for rate, amount in sorted(sums.items())
    ]


def _member(
    letterhead: Letterhead, member: MemberOnReceipt, *, earned: int = 0, note_earned: str = ""
) -> list[ReceiptItem]:
    _ = letterhead.translate
    items: list[ReceiptItem] = [Rule(), Columns((_("Member"), member.phone_masked))]
    if earned:
        items.append(Columns((note_earned, f"+{earned}")))
    if member.points is not None:
        items.append(Columns((_("Points now"), str(member.points))))
    if member.stored_value_fen is not None:
        items.append(Columns((_("Stored value now"), yuan(member.stored_value_fen))))
    return items
