"""An order changed before it is collected, by whoever holds it (docs/decisions/0028-orders-elsewhere.md).

The order ends and another begins in one transaction; its deposit is carried over by the tenders it came with. Where
only the words change (time, store, name, text) goods and price stay as they were agreed. Where goods change the basket
is priced anew, by the rules of the day, and the customer hears the new price before anything is written.
"""

from collections.abc import Mapping
from dataclasses import dataclass

from msgspec.structs import replace

from pos_client.checkout import order_deposits
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftChange, DraftLine, DraftMember, DraftOrder, ManualDiscount
from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.entries import Attachment
from shared_models.rule_engine import BasketLine
from shared_models.sales import SaleLine, Tender


@dataclass(frozen=True, slots=True)
class Carried:
    """What becomes of the deposit of the order that changes: what goes back, and what is carried over."""

    back: tuple[Tender, ...]
    stays: tuple[Tender, ...]

    @property
    def back_fen(self) -> int:
        """How much goes back."""
        return sum(tender.amount_fen for tender in self.back)

    @property
    def stays_fen(self) -> int:
        """How much is carried over."""
        return sum(tender.amount_fen for tender in self.stays)


def carried(changing: DraftChange | None, total_fen: int) -> Carried:
    """Of what was paid as much stays as the order costs now."""
    if changing is None:
        return Carried((), ())
    paid_fen = sum(tender.amount_fen for tender in changing.paid)
    return Carried(*order_deposits.split(changing.paid, max(0, paid_fen - total_fen)))


def ended(desk: Desk, changing: DraftChange, by: OrderTaken, made: Carried) -> OrderCancelled:
    """The entry that ends the order of before, to be written ahead of the one it becomes."""
    return OrderCancelled(
        head=desk.head(subjects=[part.subject for tender in made.back for part in tender.lots]),
        order_id=changing.order_id,
        receipt_number=desk.receipt_number(),
        member_id=by.member_id,
        returned_fen=made.back_fen,
        tenders=made.back,
        replaced_by=by.order_id,
        carried_fen=made.stays_fen,
    )


def reworded(desk: Desk, taken: OrderTaken, words: DraftOrder, beside: Mapping[str, Attachment]) -> OrderTaken:
    """The order with other words: the same goods at the same price."""
    order_id = desk.ids.new_id()
    subjects = [] if taken.member_id is None else [taken.member_id]
    subjects += [part.subject for tender in taken.tenders for part in tender.lots]
    named = {kind: attachment.attachment_hash for kind, attachment in beside.items()}
    return replace(
        taken,
        head=desk.head(business_id=order_id, subjects=subjects),
        order_id=order_id,
        receipt_number=desk.receipt_number(2),
        tenders=(),
        carried=order_deposits.paid_by(taken),
        replaces=taken.order_id,
        collect_store_id=words.collect_store_id,
        collect_at_ms=words.collect_at_ms,
        name=named.get("name", ""),
        note_attachment=named.get("note", ""),
        phone_masked=named.get("phone_masked", ""),
        phone_sealed=named.get("phone_sealed", words.phone_sealed_before),
        approvals=(),
    )


def change_of(taken: OrderTaken) -> DraftChange:
    """What a basket keeps of the order whose goods it changes."""
    return DraftChange(
        order_id=taken.order_id,
        receipt_number=taken.receipt_number,
        total_fen=taken.total_fen,
        paid=order_deposits.paid_by(taken),
    )


def member_again(taken: OrderTaken) -> DraftMember | None:
    """Who ordered, for the price of the day; she spends nothing by it before she has shown herself."""
    if taken.member is None:
        return None
    return DraftMember(member_id=taken.member.member_id, identified_by=taken.member.identified_by)


def draft_line(line: SaleLine) -> DraftLine:
    """An ordered line as the basket shows it; what a label said it costs stays."""
    return DraftLine(
        line=BasketLine(
            line_number=line.line_number,
            goods_id=line.goods_id,
            name=line.name,
            scanned_code=line.scanned_code,
            quantity_milli=line.quantity_milli,
            unit=line.unit,
            price=line.price,
            price_source=line.price_source,
            list_amount_fen=line.list_amount_fen if line.price_source == "label" else None,
            goods=line.goods,
            tax_category=line.tax_category,
            tax_rate_basis_points=line.tax_rate_basis_points,
            options=line.options,
            approval_id=line.approval_id,
            original_price=line.original_price,
            sales_assistant=line.sales_assistant,
        ),
        weighed=line.unit != "piece" or bool(line.quantity_milli % 1000),
        discount=_discount(line),
    )


def _discount(line: SaleLine) -> ManualDiscount | None:
    """What a cashier took off by hand and a manager may have approved is part of what was agreed."""
    off = [part for part in line.reductions if part.kind == "manual"]
    if not off:
        return None
    approval_id = off[0].source if off[0].source != "cashier" else ""
    amount_fen = sum(part.amount_fen for part in off)
    return ManualDiscount(amount_fen=amount_fen, reason=off[0].name, approval_id=approval_id)
