"""Orders with a deposit: taken at a price that stays, collected once, cancelled by rule.

The deposit is owed until then and never sales. An order is this till's own by its token: offline it is collected or
cancelled where it was taken, and nowhere twice.
"""

from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace
from nacl.public import PublicKey, SealedBox

from pos_client.checkout import wallet_payments
from pos_client.checkout.basket_changes import change, show
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftCollection, DraftLine, DraftOrder
from pos_client.checkout.goods_lines import valid_amount
from pos_client.checkout.order_slips import for_order, for_order_cancelled
from pos_client.checkout.order_times import collect_moment
from pos_client.checkout.quoting import quote_draft
from pos_client.checkout.refund_plans import tender_views
from pos_client.checkout.views import BasketView, DoneView, TenderView
from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.entries import Entry
from shared_models.members import mask_phone, normalise_phone
from shared_models.money import Rounding, divide, share
from shared_models.refusals import Refusal
from shared_models.rule_engine import BasketLine
from shared_models.sales import Approval, LotAmount, SaleLine, Tender
from shared_models.tokens import order_token

HOUR_MS = 3_600_000
TEXT_LENGTH_MAX = 120
NAME_LENGTH_MAX = 40


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderTerms:
    """What an order of the open basket would come to: the price and the deposit that the rules want at least."""

    total_fen: int
    deposit_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderView:
    """An order in the day's list. `name` and `phone_masked` are '' where they were deleted or are elsewhere."""

    order_id: UUID
    receipt_number: str
    collect_at_ms: int
    is_late: bool
    name: str
    phone_masked: str
    text: str
    goods: str
    pieces: int
    total_fen: int
    deposit_fen: int

    @property
    def rest_fen(self) -> int:
        """What is paid at collection."""
        return self.total_fen - self.deposit_fen


@dataclass(frozen=True, slots=True, kw_only=True)
class CancellationView:
    """What cancelling would give back, and by what; `kept_fen` by the rule."""

    order: OrderView
    returned_fen: int
    kept_fen: int
    tenders: tuple[TenderView, ...]


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
        least_fen = divide(total_fen * self._desk.rules().orders.deposit_percent, 100, Rounding.HALF_UP)
        return OrderTerms(total_fen=total_fen, deposit_fen=min(total_fen, -(-least_fen // 100) * 100))

    def begin(
        self, collect_at: str, *, deposit_fen: int | None = None, name: str = "", phone: str = "", text: str = ""
    ) -> BasketView:
        """The basket becomes an order: what is paid next is the deposit (None: what the rules want). `collect_at` is
        `18:30`, `25 18:30` or `11-25 18:30` of the store's clock. Refuses like `terms`, and `time_unreadable`,
        `time_past`, `deposit_too_small(least_fen)`, `deposit_too_large(total_fen)`, `phone_invalid`, `name_too_long`,
        `text_too_long`, `amount_invalid`, `order_nameless`."""
        terms = self.terms()
        rules = self._desk.rules()
        collect_at_ms = collect_moment(collect_at, self._desk.clock.now_ms(), self._desk.store().time_zone)
        paid_fen = terms.deposit_fen if deposit_fen is None else valid_amount(deposit_fen)
        least_fen = divide(terms.total_fen * rules.orders.deposit_percent, 100, Rounding.HALF_UP)
        if paid_fen < least_fen:
            raise Refusal("deposit_too_small", least_fen=least_fen, who="cashier")
        if paid_fen > terms.total_fen:
            raise Refusal("deposit_too_large", total_fen=terms.total_fen, who="cashier")
        if len(name) > NAME_LENGTH_MAX:
            raise Refusal("name_too_long", length_max=NAME_LENGTH_MAX, who="cashier")
        if len(text) > TEXT_LENGTH_MAX:
            raise Refusal("text_too_long", length_max=TEXT_LENGTH_MAX, who="cashier")
        if not (name.strip() or phone.strip()):
            raise Refusal("order_nameless", who="cashier")
        e164 = normalise_phone(phone) if phone.strip() else ""
        order = DraftOrder(
            deposit_fen=paid_fen,
            collect_at_ms=collect_at_ms,
            name=name.strip(),
            phone_masked=mask_phone(e164) if e164 else "",
            phone_sealed=SealedBox(PublicKey(self._desk.identity.hq_seal_key)).encrypt(e164.encode()) if e164 else b"",
            text=text.strip(),
        )
        # The price stands still from here on: it is what is agreed.
        minute = self._desk.draft.quoted_minute
        quoted_minute = self._desk.local_minute() if minute is None else minute
        return change(self._desk, replace(self._desk.draft, order=order, quoted_minute=quoted_minute))

    def drop(self) -> BasketView:
        """It is a sale after all, or nobody collects now. Refuses `payments_begun`."""
        if self._desk.draft.tenders:
            raise Refusal("payments_begun", who="cashier")
        wallet_payments.refuse_under_way(self._desk)
        if self._desk.draft.collection is not None:
            self._desk.ledger.drop_basket(self._desk.draft.basket_id)
            self._desk.new_draft()
            return show(self._desk)
        return change(self._desk, replace(self._desk.draft, order=None, quoted_minute=None))

    # --- the list ---

    def waiting(self) -> tuple[OrderView, ...]:
        """Orders that this till hands over, by the time they are collected."""
        views = [order_view(self._desk, self._taken(entry)) for entry in self._desk.ledger.orders_here()]
        return tuple(sorted(views, key=lambda view: (view.collect_at_ms, view.receipt_number)))

    def of_receipt(self, receipt_number: str) -> OrderView | None:
        """The order whose slip was scanned; None where the receipt is of something else. Refuses `order_done` for one
        that was collected or cancelled."""
        entry = self._desk.ledger.entry_by_receipt(receipt_number.strip().upper().removeprefix("R"))
        if entry is None or entry.entry_type != "order_taken":
            return None
        taken = self._taken(entry)
        self._need_token(taken)
        return order_view(self._desk, taken)

    # --- collecting ---

    def collect(self, order_id: UUID) -> BasketView:
        """The order becomes the open basket, its deposit counted; what is left is paid like any sale. Refuses
        `basket_not_empty`, `order_done`, `order_unknown`."""
        if self._desk.draft.lines:
            raise Refusal("basket_not_empty", who="cashier")
        if self._desk.draft.exchange is not None:
            raise Refusal("order_of_exchange", who="cashier")
        self._desk.need_shift()
        taken = self._known(order_id)
        assert taken.inputs is not None, "an order of ours has what it was quoted by"
        draft = Draft(
            basket_id=self._desk.ids.new_id(),
            lines=tuple(_draft_line(line) for line in taken.lines),
            lines_made=max(line.line_number for line in taken.lines),
            member=self._desk.draft.member,
            collection=DraftCollection(
                order_id=order_id,
                receipt_number=taken.receipt_number,
                inputs=taken.inputs,
                lines=taken.lines,
                deposit=tuple(replace(tender, kind="deposit", reference_attachment="") for tender in _plain(taken)),
                member=taken.member,
            ),
        )
        if self._desk.draft_is_saved:
            self._desk.ledger.drop_basket(self._desk.draft.basket_id)
        self._desk.new_draft()
        return change(self._desk, draft)

    # --- cancelling ---

    def cancellation(self, order_id: UUID, *, waive: bool = False) -> CancellationView:
        """What cancelling now would do."""
        taken = self._known(order_id)
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
        taken = self._known(order_id)
        approvals: tuple[Approval, ...] = ()
        if waive and self._split(taken, waive=False)[1]:
            approvals = (self._desk.approvals.check("order_waive", approval, self._desk.need_cashier()),)
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

    # --- inner ---

    def _split(self, taken: OrderTaken, *, waive: bool) -> tuple[tuple[Tender, ...], int]:
        """(what goes back by which tender, what is kept)."""
        rules = self._desk.rules().orders
        is_late = self._desk.clock.now_ms() > taken.collect_at_ms - rules.free_cancel_hours * HOUR_MS
        kept_fen = 0
        if is_late and not waive:
            kept_fen = divide(taken.deposit_fen * rules.kept_percent, 100, Rounding.DOWN)
        given = _plain(taken)
        amounts = share(taken.deposit_fen - kept_fen, [tender.amount_fen for tender in given]) if given else []
        back = (_back(tender, amount) for tender, amount in zip(given, amounts, strict=True) if amount)
        return tuple(back), kept_fen

    def _taken(self, entry: Entry) -> OrderTaken:
        body = self._desk.ledger.body_of(entry)
        assert isinstance(body, OrderTaken), "an order's entry is one"
        return body

    def _known(self, order_id: UUID) -> OrderTaken:
        entry = self._desk.ledger.entry_by_business_id(order_id)
        if entry is None or entry.entry_type != "order_taken":
            raise Refusal("order_unknown", who="till")
        taken = self._taken(entry)
        self._need_token(taken)
        return taken

    def _need_token(self, taken: OrderTaken) -> None:
        if self._desk.ledger.owned_token(order_token(taken.order_id)) is None:
            raise Refusal("order_done", receipt_number=taken.receipt_number, who="cashier")


def order_view(desk: Desk, taken: OrderTaken) -> OrderView:
    """An order as it is shown and printed."""
    said = {name: _said(desk, getattr(taken, name)) for name in ("name", "phone_masked", "note_attachment")}
    return OrderView(
        order_id=taken.order_id,
        receipt_number=taken.receipt_number,
        collect_at_ms=taken.collect_at_ms,
        is_late=taken.collect_at_ms < desk.clock.now_ms(),
        name=said["name"],
        phone_masked=said["phone_masked"],
        text=said["note_attachment"],
        goods=taken.lines[0].name,
        pieces=sum(line.quantity_milli // 1000 if line.unit == "piece" else 1 for line in taken.lines),
        total_fen=taken.total_fen,
        deposit_fen=taken.deposit_fen,
    )


def _said(desk: Desk, attachment_hash: str) -> str:
    content = desk.ledger.attachment(attachment_hash)
    return "" if content is None else content.decode()


def slips(desk: Desk, taken: OrderTaken) -> DoneView:
    """What to print of an order that is on disk: one for the customer, one for whoever makes it."""
    return DoneView(
        entry_type="order_taken",
        business_id=taken.head.business_id,
        receipt_number=taken.receipt_number,
        total_fen=taken.deposit_fen,
        change_fen=sum(tender.change_fen for tender in taken.tenders),
        documents=for_order(desk.letterhead(), taken, order_view(desk, taken)),
    )


def _plain(taken: OrderTaken) -> list[Tender]:
    """The tenders of a deposit without what was only said at the drawer."""
    return [replace(tender, handed_over_fen=0, change_fen=0) for tender in taken.tenders]


def _back(tender: Tender, amount_fen: int) -> Tender:
    lots: tuple[LotAmount, ...] = ()
    if tender.lots:
        parts = share(amount_fen, [part.amount for part in tender.lots])
        lots = tuple(
            LotAmount(lot.subject, lot.lot, part) for lot, part in zip(tender.lots, parts, strict=True) if part
        )
    is_sure = tender.kind in ("cash", "stored_value")
    return replace(tender, amount_fen=amount_fen, lots=lots, state="confirmed" if is_sure else "recorded")


def _draft_line(line: SaleLine) -> DraftLine:
    """An ordered line as the basket shows it; its price is the order's."""
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
            list_amount_fen=line.list_amount_fen,
            goods=line.goods,
            tax_category=line.tax_category,
            tax_rate_basis_points=line.tax_rate_basis_points,
        ),
        weighed=line.unit != "piece" or bool(line.quantity_milli % 1000),
    )
