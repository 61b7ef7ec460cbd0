"""The moment of sale: from a quoted and settled basket to the one entry, and to what is printed after it."""

from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout import bearer_coupons, goods_exchange
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftCollection, DraftExchange, DraftMember, DraftTender
from pos_client.checkout.goods_exchange import Carried
from pos_client.checkout.member_panel import PROVING, refuse_without_presence
from pos_client.checkout.quoting import Quoted, settled_inputs
from pos_client.checkout.receipt import for_refund, for_sale
from pos_client.checkout.receipt_people import member_on_receipt, receipt_member
from pos_client.checkout.settling import Settlement
from pos_client.checkout.stored_value import draw_points, draw_stored_value, risk_needed_fen
from pos_client.checkout.usable_rights import risk_of
from pos_client.checkout.views import DoneView
from pos_client.devices.receipt_document import ReceiptDocument
from shared_models.bodies import Body, OrderCollected, Refund, Sale
from shared_models.entries import Attachment, Entry
from shared_models.postings import lot_account
from shared_models.rule_engine import eligible_paid_fen, points_earned, points_lot_for
from shared_models.sales import LotAmount, MemberOnSale, SaleLine, Tender


def sell(desk: Desk, quoted: Quoted, settlement: Settlement, exchanged: Carried | None = None) -> DoneView:
    """Write the sale and start a new basket; with goods that come back, their refund in the same breath. Whatever is
    refused leaves the basket as it was. The sale bears the id of its basket, so that trying once more after a disk that
    did not answer never sells twice."""
    draft = quoted.draft
    known = desk.ledger.entry_by_business_id(draft.basket_id)
    if known is not None:  # the disk did not say whether it had taken the sale, and it had
        desk.ledger.drop_basket(draft.basket_id)
        return _sold(desk, known)
    beside: list[Attachment] = []
    own, order = tenders_of(desk, quoted, settlement, beside)
    kept = () if exchanged is None else exchanged.tenders
    kept += () if draft.collection is None else draft.collection.deposit
    paid = (*(replace(tender, state=goods_exchange.kept_state(tender)) for tender in kept), *own)
    inputs = settled_inputs(desk, quoted, settlement.cash_due_fen)
    member = _member_of_sale(desk, quoted, own)
    earned = points_earned(quoted.rules, quoted.quote.lines, inputs, eligible_paid_fen(quoted.rules, paid))
    spent = _points_spent(quoted)
    sale = Sale(
        head=desk.head(business_id=draft.basket_id, subjects=subjects_of(member, paid, spent)),
        receipt_number=desk.receipt_number(1 if exchanged is None else 2),
        member=member,
        inputs=inputs,
        lines=lines_of(desk, quoted, beside),
        total_fen=quoted.quote.total_fen,
        rounding_fen=settlement.rounding_fen,
        tenders=paid,
        points_earned=_points_earned(quoted, member, earned),
        points_spent=spent,
        coupons_redeemed=quoted.quote.coupons_applied,
        printed_coupons=bearer_coupons.contents(desk, draft, quoted.quote.coupons_applied),
        approvals=draft.approvals,
        risk_taken=tuple(part for tender in paid for part in tender.lots if lot_account(part.lot) == "risk"),
        stored_value_order=order,
        order_id=None if draft.collection is None else draft.collection.order_id,
    )
    facts: list[tuple[Body, list[Attachment]]] = [(sale, beside)]
    if exchanged is not None:
        facts.insert(0, (goods_exchange.refund_of(desk, draft, exchanged, spent), []))
    if draft.collection is not None:
        facts.append((_collected(desk, draft.collection, sale), []))
    written = desk.write_all(facts, basket_done=draft.basket_id)
    return _sold(desk, next(entry for entry in written if entry.entry_type == "sale"))


def _collected(desk: Desk, collection: DraftCollection, sale: Sale) -> OrderCollected:
    """The order is done with this sale, in the same breath."""
    return OrderCollected(
        head=desk.head(),
        order_id=collection.order_id,
        sale_id=sale.head.business_id,
        deposit_fen=sum(tender.amount_fen for tender in collection.deposit),
    )


def _member_of_sale(desk: Desk, quoted: Quoted, own: tuple[Tender, ...]) -> MemberOnSale | None:
    """Who is on the basket; for an order whoever ordered, whoever comes for it."""
    member = member_of(desk, quoted, own)
    ordered = None if quoted.draft.collection is None else quoted.draft.collection.member
    if ordered is None or (member is not None and member.member_id == ordered.member_id):
        return member
    return ordered


def _sold(desk: Desk, entry: Entry) -> DoneView:
    """What to print and show of the sale that is on disk; the next basket begins."""
    sale = desk.ledger.body_of(entry)
    assert isinstance(sale, Sale), "what was written is a sale"
    note, exchange = desk.draft.note, desk.draft.exchange
    desk.new_draft()
    before = () if exchange is None else _refund_slips(desk, exchange)
    document = for_sale(desk.letterhead(), sale, member_on_receipt(desk, sale.member), note=note)
    return DoneView(
        entry_type="sale",
        business_id=sale.head.business_id,
        receipt_number=sale.receipt_number,
        total_fen=sale.total_fen,
        change_fen=sum(tender.change_fen for tender in sale.tenders),
        points_earned=sum(part.amount for part in sale.points_earned),
        documents=(*before, document),
    )


def _refund_slips(desk: Desk, exchange: DraftExchange) -> tuple[ReceiptDocument, ...]:
    entry = desk.ledger.entry_by_business_id(exchange.refund_id)
    refund = None if entry is None else desk.ledger.body_of(entry)
    if not isinstance(refund, Refund):
        return ()
    member = None if refund.member_id is None else receipt_member(desk, refund.member_id)
    return (for_refund(desk.letterhead(), refund, exchange.receipt_number, member),)


def recorded_tender(desk: Desk, tender: DraftTender, beside: list[Attachment]) -> Tender:
    """An external tender: recorded, its reference beside the entry; one paid through a provider names its payment."""
    if tender.payment_id is not None:
        return Tender(
            kind=tender.kind,
            amount_fen=tender.amount_fen,
            state=tender.state,
            provider=tender.provider,
            payment_id=tender.payment_id,
        )
    reference = ""
    if tender.reference:
        beside.append(desk.attachment("tender_reference", tender.reference))
        reference = beside[-1].attachment_hash
    return Tender(kind=tender.kind, amount_fen=tender.amount_fen, state="recorded", reference_attachment=reference)


def cash_tender(settlement: Settlement) -> Tender:
    """Cash as settled: after rounding and change."""
    return Tender(
        kind="cash",
        amount_fen=settlement.cash_settles_fen,
        handed_over_fen=settlement.cash_handed_fen,
        change_fen=settlement.change_fen,
    )


def tenders_of(
    desk: Desk, quoted: Quoted, settlement: Settlement, beside: list[Attachment]
) -> tuple[tuple[Tender, ...], str]:
    """The tenders as they stand in the sale, and the order in which stored value was taken: `principal_first`, or
    `principal_first:bonus_short` where the other part had to help out."""
    paid: list[Tender] = []
    order = ""
    given = quoted.draft.tenders
    if settlement.cash_handed_fen and all(tender.kind != "cash" for tender in given):  # of goods that come back
        paid.append(cash_tender(settlement))
    for tender in given:
        if tender.kind == "cash":
            paid.append(cash_tender(settlement))
        elif tender.kind == "stored_value":
            rule = quoted.rules.stored_value.order
            lots: tuple[LotAmount, ...] = ()
            short = ""
            if quoted.figure is not None:
                risk_fen = risk_needed_fen(quoted.figure.lots, tender.amount_fen, tender.risk_fen)
                lots, short = draw_stored_value(quoted.figure.lots, tender.amount_fen - risk_fen, rule)
                lots += risk_of(quoted.figure.member.member_id, quoted.draft.basket_id, risk_fen)
            paid.append(Tender(kind="stored_value", amount_fen=tender.amount_fen, lots=lots))
            order = f"{rule}:{short}_short" if short else rule
        else:
            paid.append(recorded_tender(desk, tender, beside))
    return tuple(paid), order


def member_of(desk: Desk, quoted: Quoted, paid: tuple[Tender, ...]) -> MemberOnSale | None:
    """The member with the presence that counts for this sale; spending above the free limit without it is refused."""
    member: DraftMember | None = quoted.draft.member
    if member is None:
        return None
    worth_fen = quoted.quote.points_reduction_fen
    worth_fen += sum(tender.amount_fen for tender in paid if tender.kind == "stored_value")
    presence = member.presence
    if worth_fen and quoted.figure is not None:
        refuse_without_presence(desk, quoted.rules, member, quoted.figure, worth_fen)
        if presence not in PROVING:
            presence = "small_amount"
    return MemberOnSale(member_id=member.member_id, identified_by=member.identified_by, presence=presence)


def _points_spent(quoted: Quoted) -> tuple[LotAmount, ...]:
    if not quoted.quote.points_used or quoted.figure is None:
        return ()
    return draw_points(quoted.figure.lots, quoted.quote.points_used, quoted.inputs.business_date)


def _points_earned(quoted: Quoted, member: MemberOnSale | None, earned: int) -> tuple[LotAmount, ...]:
    if member is None or not earned:
        return ()
    return (LotAmount(member.member_id, points_lot_for(quoted.rules, quoted.inputs.business_date), earned),)


def lines_of(desk: Desk, quoted: Quoted, beside: list[Attachment]) -> tuple[SaleLine, ...]:
    """The quoted lines with their notes as attachments. The note on the whole basket goes with its first line."""
    lines: list[SaleLine] = []
    for index, (line, sold) in enumerate(zip(quoted.draft.lines, quoted.quote.lines, strict=True)):
        notes = [quoted.draft.note] if index == 0 else []
        text = "\n".join(note for note in (*notes, line.note) if note)
        if text:
            beside.append(desk.attachment("note", text))
            lines.append(replace(sold, note_attachment=beside[-1].attachment_hash))
        else:
            lines.append(sold)
    return tuple(lines)


def subjects_of(member: MemberOnSale | None, paid: tuple[Tender, ...], spent: tuple[LotAmount, ...]) -> list[UUID]:
    """Whom it is about."""
    subjects = [] if member is None else [member.member_id]
    subjects += [part.subject for tender in paid for part in tender.lots]
    return subjects + [part.subject for part in spent]
