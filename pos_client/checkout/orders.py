"""Orders with a deposit: taken at a price that stays, changed, collected once, cancelled by rule.

The deposit is owed until then and never sales. Whoever has the order's token may do so: offline that is where it was
taken; online any till of the chain asks for it (`order_finding`), and nobody does it twice.
"""

from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout import order_changes, order_contacts, order_deposits, order_finding, wallet_payments
from pos_client.checkout.basket_changes import change, show
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftCollection
from pos_client.checkout.goods_lines import valid_amount
from pos_client.checkout.order_slips import for_order, for_order_cancelled
from pos_client.checkout.order_views import CancellationView, OrderTerms, OrderView, order_view
from pos_client.checkout.quoting import moving_again, quote_draft, standing_still
from pos_client.checkout.refund_plans import tender_views
from pos_client.checkout.views import BasketView, DoneView
from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.money import Rounding, divide
from shared_models.refusals import Refusal
from shared_models.sales import Approval, Tender

__all__ = ["CancellationView", "OrderTerms", "OrderView", "Orders", "slips"]

HOUR_MS = 3_600_000


class Orders:
    """See the module."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    # --- taking ---

    def terms(self) -> OrderTerms:
        """Refuses `basket_empty`, `no_shift`, `payments_begun`, `order_without_coupons`, `order_of_exchange`."""
        draft = self._desk.draft
        self._desk.need_shift()
        self._desk.need_cashier()
        if not draft.lines:
            raise Refusal("basket_empty", who="cashier")
        if draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        wallet_payments.refuse_under_way(self._desk)
        if draft.exchange is not None or draft.collection is not None:
            raise Refusal("order_of_exchange", who="cashier")
        if draft.coupons or draft.bearer_coupons or draft.points:
            raise Refusal("order_without_coupons", who="cashier")
        total_fen = quote_draft(self._desk, draft).quote.total_fen
        deposit_fen = min(total_fen, -(-self._least_fen(total_fen) // 100) * 100)
        if draft.changing is None:
            return OrderTerms(total_fen=total_fen, deposit_fen=deposit_fen)
        before = order_finding.need(self._desk, draft.changing.order_id)
        paid_fen = before.taken.deposit_fen
        return OrderTerms(
            total_fen=total_fen,
            deposit_fen=max(deposit_fen, min(paid_fen, total_fen)),
            paid_fen=paid_fen,
            changes=order_view(self._desk, before.taken),
        )

    def begin(
        self, collect_at: str, *, deposit_fen: int | None = None, name: str = "", phone: str = "", text: str = "",
        store: str = "",
    ) -> BasketView:  # fmt: skip
        """The basket becomes an order: what is paid next is the deposit (None: what the rules want). `collect_at` is
        `18:30`, `25 18:30` or `11-25 18:30` of the store's clock, `store` the code or name of the store it is collected
        in ('': this one; of an order that changes: what it said before). Refuses like `terms` and
        `order_contacts.contact`, and `deposit_too_small(least_fen)`, `deposit_too_large(total_fen)`,
        `amount_invalid`."""
        terms, draft = self.terms(), self._desk.draft
        least_fen = max(self._least_fen(terms.total_fen), min(terms.paid_fen, terms.total_fen))
        paid_fen = terms.deposit_fen if deposit_fen is None else valid_amount(deposit_fen)
        if paid_fen < least_fen:
            raise Refusal("deposit_too_small", least_fen=least_fen, who="cashier")
        if paid_fen > terms.total_fen:
            raise Refusal("deposit_too_large", total_fen=terms.total_fen, who="cashier")
        before = None
        if draft.changing is not None:
            before = order_finding.need(self._desk, draft.changing.order_id).taken
        order = order_contacts.contact(
            self._desk, collect_at, deposit_fen=paid_fen, name=name, phone=phone, text=text, store=store, before=before
        )
        # The price stands still from here on: it is what is agreed.
        return change(self._desk, standing_still(self._desk, replace(draft, order=order)))

    def drop(self) -> BasketView:
        """It is a sale after all, or nobody collects now. Refuses `payments_begun`."""
        if self._desk.draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        wallet_payments.refuse_under_way(self._desk)
        if self._desk.draft.order_in_hand is not None:
            self._desk.ledger.drop_basket(self._desk.draft.basket_id)
            self._desk.new_draft()
            return show(self._desk)
        return change(self._desk, moving_again(replace(self._desk.draft, order=None)))

    # --- the list ---

    def waiting(self) -> tuple[OrderView, ...]:
        """Orders that this till has, and those of this store that others have; by the time they are collected. While a
        member is on the basket theirs come first."""
        views = order_finding.waiting(self._desk)
        member = self._desk.draft.member
        if member is None:
            return views
        purses = set(self._desk.ledger.ids_of_person(member.member_id))
        return tuple(sorted(views, key=lambda view: view.member_id not in purses))

    def of_receipt(self, slip: str) -> OrderView | None:
        """The order whose slip was scanned, by its own code or its number; None where that is of something else.
        Refuses `order_done` for one that was collected or cancelled, and what `fetch` refuses."""
        order_id = order_finding.of_slip(self._desk, slip)
        return None if order_id is None else order_finding.find(self._desk, order_id)

    def fetch(self, order_id: UUID) -> OrderView:
        """The order, here: whoever has it is asked for it. Refuses `order_asked_for(till_number, store_name)` until it
        came (`has_come`), `order_held` with the same where that till did not answer so far, cut off `order_at_till` or
        `order_at_hq`, and `order_done`, `order_unknown`, `order_frozen`."""
        return order_view(self._desk, order_finding.need(self._desk, order_id).taken)

    def slip_has_come(self, slip: str) -> bool:
        """The same of the order of a slip."""
        order_id = order_finding.of_slip(self._desk, slip)
        return order_id is not None and self.has_come(order_id)

    def has_come(self, order_id: UUID) -> bool:
        """Whether an order that was asked for is here, or HQ said that nobody gets it. Asks for nothing."""
        return order_finding.has_come(self._desk, order_id)

    # --- changing ---

    def change_words(
        self, order_id: UUID, collect_at: str = "", *, name: str = "", phone: str = "", text: str = "", store: str = ""
    ) -> DoneView:
        """Another time, store, name or text; goods and price stay as they were agreed. Time, store and phone stay where
        nothing is typed. Refuses like `fetch` and `order_contacts.contact`, and `no_shift`."""
        self._desk.need_shift()
        taken = order_finding.need(self._desk, order_id).taken
        words = order_contacts.contact(
            self._desk, collect_at, deposit_fen=taken.deposit_fen, name=name, phone=phone, text=text, store=store,
            before=taken,
        )  # fmt: skip
        beside = order_contacts.told_beside(self._desk, words)
        body = order_changes.reworded(self._desk, taken, words, beside)
        changing = order_changes.change_of(taken)
        made = order_changes.carried(changing, taken.total_fen)
        entries = self._desk.write_all(
            ((order_changes.ended(self._desk, changing, body, made), ()), (body, tuple(beside.values())))
        )
        written = self._desk.ledger.body_of(entries[-1])
        assert isinstance(written, OrderTaken), "what was written is an order"
        return slips(self._desk, written)

    def change_goods(self, order_id: UUID) -> BasketView:
        """The order becomes the open basket, to be changed and then taken anew (`terms`, `begin`): priced by the rules
        of the day, its deposit carried over. Nothing is written before that is paid. Refuses `basket_not_empty`,
        `order_of_exchange`, `no_shift`, and like `fetch`."""
        self._desk.need_shift()
        self._refuse_busy()
        taken = order_finding.need(self._desk, order_id).taken
        draft = Draft(
            basket_id=self._desk.ids.new_id(),
            lines=tuple(order_changes.draft_line(line) for line in taken.lines),
            lines_made=max(line.line_number for line in taken.lines),
            member=order_changes.member_again(taken) or self._desk.draft.member,
            changing=order_changes.change_of(taken),
        )
        return self._open(draft)

    # --- collecting ---

    def collect(self, order_id: UUID) -> BasketView:
        """The order becomes the open basket, its deposit counted; what is left is paid like any sale. Refuses
        `basket_not_empty`, and like `fetch`."""
        self._refuse_busy()
        self._desk.need_shift()
        known = order_finding.need(self._desk, order_id)
        taken = known.taken
        assert taken.inputs is not None, "an order of ours has what it was quoted by"
        draft = Draft(
            basket_id=self._desk.ids.new_id(),
            lines=tuple(order_changes.draft_line(line) for line in taken.lines),
            lines_made=max(line.line_number for line in taken.lines),
            member=self._desk.draft.member,
            collection=DraftCollection(
                order_id=order_id,
                receipt_number=taken.receipt_number,
                inputs=taken.inputs,
                lines=taken.lines,
                deposit=tuple(
                    replace(tender, kind="deposit", reference_attachment="") for tender in order_deposits.paid_by(taken)
                ),
                member=taken.member,
                rules=known.rules,
            ),
        )
        return self._open(draft)

    # --- cancelling ---

    def cancellation(self, order_id: UUID, *, waive: bool = False) -> CancellationView:
        """What cancelling now would do."""
        taken = order_finding.need(self._desk, order_id).taken
        tenders, kept_fen = self._split(taken, waive=waive)
        returned_fen = sum(tender.amount_fen for tender in tenders)
        return CancellationView(
            order=order_view(self._desk, taken),
            returned_fen=returned_fen,
            kept_fen=kept_fen,
            tenders=tender_views(tenders),
        )

    def cancel(self, order_id: UUID, *, waive: bool = False, approval: Approval | None = None) -> DoneView:
        """The deposit goes back by the tenders it came with, less what the rule keeps; with `waive` all of it, approval
        `order_waive`. Refuses `order_done`, `order_unknown`, `no_shift`."""
        self._desk.need_shift()
        taken = order_finding.need(self._desk, order_id).taken
        approvals: tuple[Approval, ...] = ()
        otherwise_kept_fen = self._split(taken, waive=False)[1]
        if waive and otherwise_kept_fen:
            cashier = self._desk.need_cashier()
            approvals = (self._desk.approvals.check("order_waive", approval, cashier, amount_fen=otherwise_kept_fen),)
        tenders, kept_fen = self._split(taken, waive=waive)
        body = OrderCancelled(
            head=self._desk.head(subjects=[part.subject for tender in tenders for part in tender.lots]),
            order_id=order_id,
            receipt_number=self._desk.receipt_number(),
            member_id=taken.member_id,
            returned_fen=sum(tender.amount_fen for tender in tenders),
            kept_fen=kept_fen,
            tenders=tenders,
            approvals=approvals,
        )
        self._desk.write(body)
        self._desk.approvals.use(*approvals)
        wallet_payments.ask_owed(self._desk, body.head.business_id)
        return DoneView(
            entry_type="order_cancelled",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=body.returned_fen,
            documents=(for_order_cancelled(self._desk.letterhead(), body, taken.receipt_number),),
        )

    def reprint(self, order_id: UUID, *, approval: Approval | None = None) -> DoneView:
        """The order's slips again, marked as a reprint: also where another till had printed them, for whoever makes it
        here. Approval `reprint` where the rules do not let a cashier do it alone. Refuses like `fetch`."""
        taken = order_finding.need(self._desk, order_id).taken
        if not self._desk.rules().limits.reprint_alone:
            self._desk.approvals.use(self._desk.approvals.check("reprint", approval, self._desk.need_cashier()))
        return DoneView(
            entry_type="order_taken",
            business_id=taken.head.business_id,
            receipt_number=taken.receipt_number,
            total_fen=taken.deposit_fen,
            documents=for_order(self._desk.letterhead(), taken, order_view(self._desk, taken), reprint=True),
            is_reprint=True,
        )

    # --- inner ---

    def _split(self, taken: OrderTaken, *, waive: bool) -> tuple[tuple[Tender, ...], int]:
        """(what goes back by which tender, what is kept)."""
        rules = self._desk.rules().orders
        is_late = self._desk.clock.now_ms() > taken.collect_at_ms - rules.free_cancel_hours * HOUR_MS
        kept_fen = 0
        if is_late and not waive:
            kept_fen = divide(taken.deposit_fen * rules.kept_percent, 100, Rounding.DOWN)
        back, _stays = order_deposits.split(order_deposits.paid_by(taken), taken.deposit_fen - kept_fen)
        return back, kept_fen

    def _least_fen(self, total_fen: int) -> int:
        return divide(total_fen * self._desk.rules().orders.deposit_percent, 100, Rounding.HALF_UP)

    def _refuse_busy(self) -> None:
        if self._desk.draft.lines:
            raise Refusal("basket_not_empty", who="cashier")
        if self._desk.draft.exchange is not None:
            raise Refusal("order_of_exchange", who="cashier")

    def _open(self, draft: Draft) -> BasketView:
        """This is the open basket now."""
        if self._desk.draft_is_saved:
            self._desk.ledger.drop_basket(self._desk.draft.basket_id)
        self._desk.new_draft()
        return change(self._desk, draft)


def slips(desk: Desk, taken: OrderTaken) -> DoneView:
    """What to print of an order that is on disk: one for the customer, one for whoever makes it; where it changed an
    order and something of the deposit went back, what went back."""
    letterhead = desk.letterhead()
    documents = for_order(letterhead, taken, order_view(desk, taken))
    ends = () if taken.replaces is None else desk.ledger.references_to(taken.replaces, ("order_cancelled",))
    for entry in ends:
        ended, before = desk.ledger.body_of(entry), desk.ledger.order_known(taken.replaces or taken.order_id)
        if isinstance(ended, OrderCancelled) and ended.returned_fen:
            number = "" if before is None else before.taken.receipt_number
            documents = (for_order_cancelled(letterhead, ended, number), *documents)
    return DoneView(
        entry_type="order_taken",
        business_id=taken.head.business_id,
        receipt_number=taken.receipt_number,
        total_fen=sum(tender.amount_fen for tender in taken.tenders),
        change_fen=sum(tender.change_fen for tender in taken.tenders),
        documents=documents,
    )
