"""A refund before it is written: what is left of the sale, what would come back, and by which lots."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import date
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.desk import Desk
from pos_client.checkout.money_views import RefundableLine, RefundView
from pos_client.checkout.receipt_numbers import ReceiptNamed, own_number, receipt_named
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.views import TenderView
from pos_client.ledger.refund_rights import Refundable
from pos_client.ledger.rights import refund_doubted
from shared_models.bodies import Refund, Sale
from shared_models.entries import Entry
from shared_models.postings import lot_account
from shared_models.refunds import RefundPlan, RefundState, plan_refund, state_after
from shared_models.refusals import Refusal
from shared_models.rights import is_expired
from shared_models.rule_engine import points_lot_for_return
from shared_models.sales import Approval, LotAmount, Tender
from shared_models.sync import SaleWanted, TokenHeld


@dataclass(frozen=True, slots=True, kw_only=True)
class SoldSale:
    """A sale with what later entries left of it: of this till, or of one whose right to refund it came here. `is_here`:
    whether the right is here now, in that version; `doubted`: why it cannot be used here although it is."""

    till_id: UUID
    epoch: int
    seq: int
    sale: Sale
    state: RefundState
    refunds: tuple[Refund, ...]
    is_here: bool
    right_version: int
    doubted: str


@dataclass(frozen=True, slots=True, kw_only=True)
class PointsBack:
    """The points of a refund: taken from lots here, owed where they are not here, returned to lots that still live."""

    taken_back: tuple[LotAmount, ...]
    debt: int
    returned: tuple[LotAmount, ...]


def sold_sale(desk: Desk, entry: Entry) -> SoldSale:
    """The sale of an entry. Refuses `receipt_is_no_sale`."""
    sale = desk.ledger.body_of(entry)
    if not isinstance(sale, Sale):
        raise Refusal("receipt_is_no_sale", who="cashier")
    known = desk.ledger.refundable(sale.head.business_id)
    if known is None:  # lost with the disk and read again from HQ: the right to refund it is there too
        known = Refundable(entry.till_id, entry.epoch, entry.seq, sale, (), (), here=False, version=0)
    return sold_from(known)


def sold_by_id(desk: Desk, sale_id: UUID) -> SoldSale:
    """A sale of this till, or one whose right came here. Refuses `sale_unknown`."""
    entry = desk.ledger.entry_by_business_id(sale_id)
    if entry is not None:
        return sold_sale(desk, entry)
    known = desk.ledger.refundable(sale_id)
    if known is None:
        raise Refusal("sale_unknown", who="till")
    return sold_from(known)


def sold_from(known: Refundable) -> SoldSale:
    """The same of what the ledger knows."""
    return SoldSale(
        till_id=known.till_id,
        epoch=known.epoch,
        seq=known.seq,
        sale=known.sale,
        state=state_after(known.sale, known.refunds, known.corrections),
        refunds=known.refunds,
        is_here=known.here,
        right_version=known.version,
        doubted=known.doubted,
    )


def sale_of_receipt(desk: Desk, receipt_number: str) -> SoldSale:
    """The sale that printed a number: this till's, or one whose right came here. That of another till or store, or one
    whose right is not here any more, is asked for. Refuses `receipt_unknown`, `receipt_is_no_sale`, `refund_frozen`,
    `refund_asked_for` and, cut off or frozen, `receipt_of_other_till`, both with the number of the till, or
    `receipt_of_other_store` with the name of the store; `receipt_of_other_chain`."""
    named = receipt_named(desk, receipt_number)
    taken_over = desk.ledger.refundable_by_receipt(named.number, named.store_id)
    if taken_over is not None:
        return sold_from(taken_over)
    try:
        entry = entry_of_receipt(desk, receipt_number)
    except Refusal as refusal:
        if refusal.code in ("receipt_of_other_till", "receipt_of_other_store", "receipt_of_lost_disk"):
            raise _asked_for(desk, named, refusal) from None
        raise
    sold = sold_sale(desk, entry)
    if sold.doubted:
        raise right_not_here(desk, sold)
    if not sold.is_here:
        ask_for(desk, sold)
    return sold


_SAID_AT_ONCE = ("unknown", "order", "used")
"""What HQ says of a receipt behind which there is nothing to wait for."""


def receipt_has_come(desk: Desk, receipt_number: str) -> bool:
    """Whether a sale of another till that was asked for is here, or HQ said that there is none. Asks for nothing."""
    named = receipt_named(desk, receipt_number)
    said = desk.line.held_sale(named.wanted())
    come = desk.ledger.refundable_by_receipt(named.number, named.store_id)
    return come is not None or (said is not None and said.code in _SAID_AT_ONCE)


def ask_for(desk: Desk, sold: SoldSale) -> TokenHeld | None:
    """Ask HQ for the right to refund a sale that is known here; what it said when it was asked before."""
    wanted = SaleWanted(sale_id=sold.sale.head.business_id)
    said = desk.line.held_sale(wanted)
    desk.line.want_sale(wanted)
    desk.push_soon()
    return said


def right_not_here(desk: Desk, sold: SoldSale) -> Refusal:
    """Why a sale cannot be refunded here now, and who could; the right is asked for."""
    number = sold.sale.receipt_number
    if sold.doubted:
        return refund_doubted(sold.doubted, number)
    said = ask_for(desk, sold)
    if said is not None and said.till_number:
        return Refusal("refund_right_at_till", receipt_number=number, till_number=said.till_number, who="till")
    return Refusal("refund_right_not_here", receipt_number=number, who="hq")


def _asked_for(desk: Desk, named: ReceiptNamed, refusal: Refusal) -> Refusal:
    number, wanted = named.number, named.wanted()
    said = desk.line.held_sale(wanted)
    desk.line.want_sale(wanted)
    desk.push_soon()
    if said is not None and said.code == "unknown":
        return Refusal("receipt_unknown", receipt_number=number[:40], who="till")
    if said is not None and said.code == "order":
        return Refusal("order_found", receipt_number=number, till_number=said.till_number, who="till")
    if said is not None and said.code == "used":
        return Refusal("order_done", receipt_number=number, who="cashier")
    if desk.is_cut_off() or desk.ledger.frozen():  # frozen, it is given nothing: the other till does it at once
        return refusal
    if refusal.code == "receipt_of_lost_disk":
        return Refusal("refund_asked_for_at_hq", receipt_number=number, who="hq")
    if named.store_id is not None:
        return Refusal("refund_asked_for_at_store", store_name=named.store_name, who="hq")
    return Refusal("refund_asked_for", till_number=refusal.fields["till_number"], who="hq")


def entry_of_receipt(desk: Desk, receipt_number: str) -> Entry:
    """The entry that printed a number. Refuses `receipt_unknown`, `receipt_of_other_till` with its number,
    `receipt_of_lost_disk` where it may be of an earlier epoch of this till, whose book is not here,
    `receipt_of_other_store` with the store's name, and `receipt_of_other_chain`."""
    number = own_number(desk, receipt_number)
    entry = desk.ledger.entry_by_receipt(number)
    if entry is not None:
        return entry
    own = f"{desk.identity.till_number:02d}"
    if number[:2].isdecimal() and number[:2] != own:
        raise Refusal("receipt_of_other_till", till_number=int(number[:2]), who="till")
    epoch = number[2:].partition("-")[0]
    if epoch.isdecimal() and 0 < int(epoch) < desk.ledger.head().epoch:
        raise Refusal("receipt_of_lost_disk", receipt_number=number[:40], who="hq")
    raise Refusal("receipt_unknown", receipt_number=number[:40], who="till")


def points_back(desk: Desk, sale: Sale, plan: RefundPlan, spent: Iterable[LotAmount] = ()) -> PointsBack:
    """Points taken back as far as this till may (min(v, A) of each lot), the rest as debt; points returned to the lot
    they came from or, if that has expired, to one with the rules' minimum life. What is returned here can be taken back
    here; what is `spent` in the same breath cannot."""
    business_date, rules = desk.business_date(), desk.rules()
    available: dict[tuple[UUID, str], int] = {}
    if sale.member is not None and plan.points_taken_back:
        figure = desk.ledger.member_figure(sale.member.member_id)
        if figure is not None:
            available = {(lot.subject, lot.lot): lot.available for lot in figure.lots}
    returned = tuple(
        LotAmount(part.subject, points_lot_for_return(rules, part.lot, business_date), part.amount)
        for part in plan.points_returned
    )
    for part in returned:  # credited ahead of what is taken, in the same entry
        key = (part.subject, part.lot)
        available[key] = available.get(key, 0) + part.amount
    for part in spent:
        key = (part.subject, part.lot)
        available[key] = available.get(key, 0) - part.amount
    taken: list[LotAmount] = []
    debt = 0
    for part in plan.points_taken_back:
        spendable = 0 if is_expired(part.lot, business_date) else max(0, available.get((part.subject, part.lot), 0))
        amount = min(part.amount, spendable)
        if amount:
            taken.append(LotAmount(part.subject, part.lot, amount))
        debt += part.amount - amount
    return PointsBack(taken_back=tuple(taken), debt=debt, returned=returned)


def refund_tenders(desk: Desk, plan: RefundPlan) -> tuple[Tender, ...]:
    """What is handed back: cash from the drawer, stored value to its lots, others to be done at their own machine. What
    was a deposit goes back as it came; in cash where that is not known here any more."""
    return tuple(
        replace(tender, state="recorded" if tender.kind not in {"cash", "stored_value"} else "confirmed")
        for tender in (as_it_came(desk, tender) for tender in plan.tenders)
    )


def as_it_came(desk: Desk, tender: Tender) -> Tender:
    """What was a deposit as the tender it was paid by; in cash where that is not known here any more."""
    if tender.kind != "deposit":
        return tender
    if tender.lots:
        return replace(tender, kind="stored_value")
    payment = None if tender.payment_id is None else desk.ledger.wallet_payment(tender.payment_id)
    if payment is None:
        return Tender(kind="cash", amount_fen=tender.amount_fen)
    return replace(tender, kind=payment.kind)


def refund_body(
    desk: Desk, sold: SoldSale, planned: RefundPlan, tenders: tuple[Tender, ...], approvals: tuple[Approval, ...],
    *, business_id: UUID | None = None, spent: Iterable[LotAmount] = (),
) -> Refund:  # fmt: skip
    """The entry of a refund, to be written; `spent`: points that the sale beside it spends."""
    sale = sold.sale
    back = points_back(desk, sale, planned, spent)
    member_id = None if sale.member is None else sale.member.member_id
    subjects = [] if member_id is None else [member_id]
    subjects += [part.subject for tender in tenders for part in tender.lots]
    return Refund(
        head=desk.head(business_id=business_id, subjects=subjects),
        receipt_number=desk.receipt_number(),
        sale_id=sale.head.business_id,
        sale_till_id=sold.till_id,
        sale_epoch=sold.epoch,
        sale_seq=sold.seq,
        right_version=sold.right_version,
        member_id=member_id,
        lines=planned.lines,
        total_fen=planned.total_fen,
        rounding_fen=planned.rounding_fen,
        tenders=tenders,
        points_taken_back=back.taken_back,
        points_debt=back.debt,
        points_returned=back.returned,
        coupons_restored=planned.coupons_restored,
        approvals=approvals,
    )


def approval_needed(desk: Desk, sold: SoldSale, total_fen: int) -> bool:
    """Whether a cashier needs a manager for this refund: too much, with what came back of the sale before on nobody's
    word, or too long ago."""
    limits = desk.rules().limits
    total_fen += sum(refund.total_fen for refund in sold.refunds if not refund.approvals)
    age = date.fromisoformat(desk.business_date()) - date.fromisoformat(sold.sale.head.business_date)
    return total_fen > limits.refund_fen or age.days > limits.refund_days


def refund_view(desk: Desk, sold: SoldSale, wanted: Mapping[int, int]) -> RefundView:
    """What giving back these quantities would do; nothing wanted yet shows what is left."""
    chosen = {number: quantity for number, quantity in wanted.items() if quantity}
    plan = plan_refund(sold.sale, sold.state, chosen) if chosen else None
    sale = sold.sale
    back = PointsBack(taken_back=(), debt=0, returned=()) if plan is None else points_back(desk, sale, plan)
    amounts = {} if plan is None else {line.line_number: line.amount_fen for line in plan.lines}
    total_fen = 0 if plan is None else plan.total_fen
    sold_milli = {line.line_number: line.quantity_milli for line in sale.lines}
    masked = "" if sale.member is None else receipt_member(desk, sale.member.member_id).phone_masked
    return RefundView(
        sale_id=sale.head.business_id,
        receipt_number=sale.receipt_number,
        business_date=sale.head.business_date,
        at_ms=sale.head.till_time_ms,
        cashier_id=sale.head.cashier_id,
        member_masked=masked,
        lines=tuple(
            RefundableLine(
                line_number=line.line_number,
                name=line.name,
                unit=line.unit,
                weighed=not line.by_piece,
                sold_milli=sold_milli[line.line_number],
                left_milli=line.quantity_milli,
                left_fen=line.amount_fen,
                wanted_milli=chosen.get(line.line_number, 0),
                refund_fen=amounts.get(line.line_number, 0),
                goods_id=line.goods_id,
            )
            for line in sold.state.lines
        ),
        total_fen=total_fen,
        rounding_fen=0 if plan is None else plan.rounding_fen,
        tenders=() if plan is None else tender_views(refund_tenders(desk, plan)),
        sale_tenders=tender_views(sold.state.tenders),
        points_taken_back=sum(part.amount for part in back.taken_back),
        points_debt=back.debt,
        points_returned=sum(part.amount for part in back.returned),
        coupons_restored=0 if plan is None else len(plan.coupons_restored),
        approval_needed="refund" if plan is not None and approval_needed(desk, sold, total_fen) else "",
    )


def tender_views(tenders: tuple[Tender, ...]) -> tuple[TenderView, ...]:
    """Tenders as the screen shows them."""
    return tuple(
        TenderView(
            index=index,
            kind=tender.kind,
            amount_fen=tender.amount_fen,
            principal_fen=sum(part.amount for part in tender.lots if lot_account(part.lot) == "principal"),
            bonus_fen=sum(part.amount for part in tender.lots if lot_account(part.lot) == "bonus"),
        )
        for index, tender in enumerate(tenders)
    )
