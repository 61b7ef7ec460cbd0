"""Refunds by receipt and without, tender correction, void of the last sale, reprint."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout import goods_exchange, wallet_payments
from pos_client.checkout.basket_changes import change
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftTender
from pos_client.checkout.goods_lines import is_weighed, valid_quantity
from pos_client.checkout.money_views import RefundView, SaleSummary, UnreceiptedWanted
from pos_client.checkout.payment import checked_reference
from pos_client.checkout.receipt import for_refund, for_refund_without_receipt
from pos_client.checkout.receipt_numbers import number_alone
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.refund_plans import (
    SoldSale,
    approval_needed,
    entry_of_receipt,
    receipt_has_come,
    refund_body,
    refund_tenders,
    refund_view,
    right_not_here,
    sale_of_receipt,
    sold_by_id,
    sold_sale,
)
from pos_client.checkout.reprints import printed_total_fen, reprinted
from pos_client.checkout.selling import recorded_tender
from pos_client.checkout.views import BasketView, DoneView
from shared_models.bodies import Refund, RefundWithoutReceipt, TenderCorrected, UnreceiptedLine
from shared_models.entries import Attachment, Entry
from shared_models.money import line_amount_fen
from shared_models.refunds import plan_refund
from shared_models.refusals import Refusal
from shared_models.rule_engine import tax_included_fen
from shared_models.sales import Approval, Price, Tender, TenderKind


class Refunds:
    """What is put right after a sale: always by a new entry."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- finding ---

    def recent(self, limit: int = 30) -> tuple[SaleSummary, ...]:
        """The last sales of this till, newest first."""
        return tuple(
            self._summary(entry) for entry in self._desk.ledger.entries(("sale",), newest_first=True, limit=limit)
        )

    def of_member(self, limit: int = 30) -> tuple[SaleSummary, ...]:
        """This till's sales to the member on the basket, newest first. Refuses `no_member`."""
        member = self._desk.draft.member
        if member is None:
            raise Refusal("no_member", who="member")
        purses = self._desk.ledger.ids_of_person(member.member_id)
        return tuple(self._summary(entry) for entry in self._desk.ledger.entries_about(purses, ("sale",), limit=limit))

    def find(self, receipt_number: str) -> RefundView:
        """By the number printed or scanned; nothing wanted yet. A sale of another till is asked for: refuses
        `refund_asked_for(till_number)` until it came, and cut off `receipt_of_other_till(till_number)`; one of another
        store by `refund_asked_for_at_store` and `receipt_of_other_store(store_name)`. Refuses `receipt_unknown`,
        `receipt_is_no_sale`, `receipt_of_other_chain`."""
        return refund_view(self._desk, sale_of_receipt(self._desk, receipt_number), {})

    def has_come(self, receipt_number: str) -> bool:
        """Whether `find` says more than that it was asked for: the right is here, or nobody knows it."""
        return receipt_has_come(self._desk, receipt_number)

    def plan(self, sale_id: UUID, wanted: Mapping[int, int]) -> RefundView:
        """What giving back these quantities (line number -> quantity_milli) would do. Refuses `refund_more_than_left`,
        `refund_whole_pieces`, `refund_line_unknown`, `sale_unknown`."""
        return refund_view(self._desk, sold_by_id(self._desk, sale_id), wanted)

    # --- refunding ---

    def refund(self, sale_id: UUID, wanted: Mapping[int, int], *, approval: Approval | None = None) -> DoneView:
        """Does it. Approval `refund` where the rules want one. Refuses `refund_nothing_wanted`, and once the right to
        refund has left this till `refund_right_at_till(till_number)` or `refund_right_not_here`; it is asked for."""
        self._desk.need_shift()
        sold = sold_by_id(self._desk, sale_id)
        if not sold.is_here:
            raise right_not_here(self._desk, sold)
        planned = plan_refund(sold.sale, sold.state, wanted)
        approvals: tuple[Approval, ...] = ()
        if approval_needed(self._desk, sold, planned.total_fen):
            cashier = self._desk.need_cashier()
            approvals = (self._desk.approvals.check("refund", approval, cashier, amount_fen=planned.total_fen),)
        return self._write_refund(sold, wanted, approvals)

    def last_sale(self) -> RefundView:
        """The last sale of this shift and where its money would go back to, before it is voided. Refuses
        `nothing_to_void`."""
        sold = self._last_sale()
        return refund_view(self._desk, sold, {line.line_number: line.quantity_milli for line in sold.state.lines})

    def void_last(self, *, approval: Approval | None = None) -> DoneView:
        """The last sale of this shift, back as a whole. Approval `void_sale`. Refuses `nothing_to_void`."""
        sold = self._last_sale()
        if not sold.is_here:
            raise right_not_here(self._desk, sold)
        everything = {line.line_number: line.quantity_milli for line in sold.state.lines}
        back_fen = plan_refund(sold.sale, sold.state, everything).total_fen
        allowed = self._desk.approvals.check("void_sale", approval, self._desk.need_cashier(), amount_fen=back_fen)
        return self._write_refund(sold, everything, (allowed,))

    def _last_sale(self) -> SoldSale:
        shift = self._desk.need_shift()
        last = self._desk.ledger.entries(("sale",), shift_id=shift.shift_id, newest_first=True, limit=1)
        sold = sold_sale(self._desk, last[0]) if last else None
        if sold is None or sold.refunds:
            raise Refusal("nothing_to_void", who="cashier")
        return sold

    def without_receipt(
        self, wanted: Sequence[UnreceiptedWanted], *, tender: TenderKind = "cash", reason: str = "",
        approval: Approval | None = None,
    ) -> DoneView:  # fmt: skip
        """Approval `refund_without_receipt`. Refuses `daily_limit(limit_fen, left_fen)`, `refund_nothing_wanted`,
        `goods_unknown`, `price_above_list`, `tender_not_taken`."""
        self._desk.need_shift()
        rules = self._desk.rules()
        lines = tuple(self._unreceipted(one) for one in wanted)
        total_fen = sum(line.amount_fen for line in lines)
        if not total_fen:
            raise Refusal("refund_nothing_wanted", who="cashier")
        if tender == "stored_value" or tender not in rules.tender_kinds:
            raise Refusal("tender_not_taken", kind=tender, who="hq")
        limit_fen = rules.limits.refund_without_receipt_daily_fen
        left_fen = max(0, limit_fen - self._desk.tally().refunded_without_receipt_fen)
        if total_fen > left_fen:
            raise Refusal("daily_limit", limit_fen=limit_fen, left_fen=left_fen, who="hq")
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("refund_without_receipt", approval, cashier, amount_fen=total_fen)
        member = self._desk.draft.member
        member_id = None if member is None else member.member_id
        body = RefundWithoutReceipt(
            head=self._desk.head(subjects=() if member_id is None else (member_id,)),
            receipt_number=self._desk.receipt_number(),
            member_id=member_id,
            lines=lines,
            total_fen=total_fen,
            tenders=(_given_back(tender, total_fen),),
            approvals=(allowed,),
            reason=reason,
        )
        entry = self._desk.write(body)
        self._desk.approvals.use(allowed)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, RefundWithoutReceipt), "what was written is what was meant"
        document = for_refund_without_receipt(self._desk.letterhead(), written)
        return DoneView(
            entry_type="refund_without_receipt",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=total_fen,
            documents=(document,),
        )

    def exchange(self, sale_id: UUID, wanted: Mapping[int, int], *, approval: Approval | None = None) -> BasketView:
        """These goods come back and others go out: what is scanned from now on. One difference is paid or given back
        when the basket is paid; until then nothing is written. Approval and refusals as of `refund`."""
        made = goods_exchange.begin(self._desk, sale_id, wanted, approval=approval)
        return change(self._desk, replace(self._desk.draft, exchange=made))

    def drop_exchange(self) -> BasketView:
        """Nothing comes back after all."""
        return change(self._desk, replace(self._desk.draft, exchange=None))

    # --- putting right, printing again ---

    def correct_tender(
        self, sale_id: UUID, tender_index: int, kind: TenderKind, *, reference: str = "",
        approval: Approval | None = None,
    ) -> DoneView:  # fmt: skip
        """It was paid by another cash or external tender than recorded; `tender_index` is that of
        RefundView.sale_tenders. Approval `tender_correction`. Refuses `tender_unknown`, `tender_not_correctable`."""
        self._desk.need_shift()
        sold = sold_by_id(self._desk, sale_id)
        if not sold.is_here:  # whoever refunds it must know by which tenders
            raise right_not_here(self._desk, sold)
        tenders = sold.state.tenders
        if not 0 <= tender_index < len(tenders):
            raise Refusal("tender_unknown", index=tender_index, who="cashier")
        wrong = tenders[tender_index]
        kinds = {wrong.kind, kind}
        is_sure = wrong.payment_id is not None  # its provider knows that it was paid, and by what
        is_taken = kind in self._desk.rules().tender_kinds and bool(wrong.amount_fen)
        if is_sure or kinds & {"stored_value", "deposit"} or not is_taken:
            raise Refusal("tender_not_correctable", kind=wrong.kind, who="hq")
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("tender_correction", approval, cashier, amount_fen=wrong.amount_fen)
        beside: list[Attachment] = []
        if kind == "cash":
            right = Tender(kind="cash", amount_fen=wrong.amount_fen)
        else:
            draft = DraftTender(kind=kind, amount_fen=wrong.amount_fen, reference=checked_reference(reference))
            right = recorded_tender(self._desk, draft, beside)
        member = sold.sale.member
        body = TenderCorrected(
            head=self._desk.head(subjects=() if member is None else (member.member_id,)),
            sale_id=sale_id,
            taken_back=(wrong,),
            put_instead=(right,),
            approvals=(allowed,),
        )
        self._desk.write(body, beside)
        self._desk.approvals.use(allowed)
        return DoneView(
            entry_type="tender_corrected",
            business_id=body.head.business_id,
            receipt_number=sold.sale.receipt_number,
            total_fen=wrong.amount_fen,
        )

    def reprint(self, receipt_number: str, *, approval: Approval | None = None) -> DoneView:
        """The same documents again, marked as a reprint, without drawer pulse. Approval `reprint` where the rules do
        not let a cashier do it alone. Refuses `receipt_unknown`, `receipt_of_other_till`, `receipt_of_other_store`."""
        entry = entry_of_receipt(self._desk, receipt_number)
        if not self._desk.rules().limits.reprint_alone:
            self._desk.approvals.use(self._desk.approvals.check("reprint", approval, self._desk.need_cashier()))
        body = self._desk.ledger.body_of(entry)
        documents = reprinted(self._desk, body)
        assert body is not None, "an entry that can be printed can be read"
        return DoneView(
            entry_type=entry.entry_type,
            business_id=body.head.business_id,
            receipt_number=number_alone(receipt_number),
            total_fen=printed_total_fen(body),
            documents=documents,
            is_reprint=True,
        )

    # --- inner ---

    def _write_refund(
        self, sold: SoldSale, wanted: Mapping[int, int], approvals: tuple[Approval, ...]
    ) -> DoneView:  # fmt: skip
        sale, planned = sold.sale, plan_refund(sold.sale, sold.state, wanted)
        body = refund_body(self._desk, sold, planned, refund_tenders(self._desk, planned), approvals)
        member_id = body.member_id
        try:
            entry = self._desk.write(body)
        except Refusal as refusal:
            if refusal.code != "token_not_here":
                raise
            raise right_not_here(self._desk, sold) from refusal
        self._desk.approvals.use(*approvals)
        wallet_payments.ask_owed(self._desk, body.head.business_id)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, Refund), "what was written is what was meant"
        member = None if member_id is None else receipt_member(self._desk, member_id)
        document = for_refund(self._desk.letterhead(), written, sale.receipt_number, member)
        return DoneView(
            entry_type="refund",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=planned.total_fen,
            documents=(document,),
        )

    def _unreceipted(self, wanted: UnreceiptedWanted) -> UnreceiptedLine:
        goods = self._desk.ledger.goods(wanted.goods_id)
        if goods is None:
            raise Refusal("goods_unknown", goods_id=wanted.goods_id, who="hq")
        valid_quantity(wanted.quantity_milli, weighed=is_weighed(goods))
        listed = self._desk.ledger.price_of(goods.goods_id, self._desk.identity.store_id) or goods.price
        price_fen = listed.amount_fen if wanted.price_fen is None else wanted.price_fen
        if price_fen < 0 or (price_fen > listed.amount_fen and not goods.open_price):
            raise Refusal("price_above_list", goods_id=goods.goods_id, price_fen=listed.amount_fen, who="cashier")
        amount_fen = line_amount_fen(price_fen, listed.per_milli, wanted.quantity_milli)
        return UnreceiptedLine(
            goods_id=goods.goods_id,
            name=goods.name,
            quantity_milli=wanted.quantity_milli,
            unit=goods.unit,
            price=Price(price_fen, listed.per_milli),
            amount_fen=amount_fen,
            tax_category=goods.tax_category,
            tax_rate_basis_points=goods.tax_rate_basis_points,
            tax_included_fen=tax_included_fen(amount_fen, goods.tax_rate_basis_points),
        )

    def _summary(self, entry: Entry) -> SaleSummary:
        sold = sold_sale(self._desk, entry)
        sale = sold.sale
        return SaleSummary(
            sale_id=sale.head.business_id,
            receipt_number=sale.receipt_number,
            business_date=sale.head.business_date,
            at_ms=sale.head.till_time_ms,
            cashier_id=sale.head.cashier_id,
            lines=len(sale.lines),
            total_fen=sale.total_fen,
            member_masked="" if sale.member is None else receipt_member(self._desk, sale.member.member_id).phone_masked,
            refunded_fen=sum(refund.total_fen for refund in sold.refunds),
        )


def _given_back(kind: TenderKind, amount_fen: int) -> Tender:
    return Tender(kind=kind, amount_fen=amount_fen, state="confirmed" if kind == "cash" else "recorded")
