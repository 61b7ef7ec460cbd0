"""An exchange as one step: goods of an earlier sale come back while others go out, and one difference is paid.

It is a refund and a sale, written together or not at all. What the returned goods were paid by pays for the new ones as
far as it goes, under the name it has: stored value stays in its lots, a wallet's payment stays with its provider and is
from now on that of the new sale, cash stays in the drawer. Only what is above goes back, by the same way.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftExchange, DraftTender
from pos_client.checkout.refund_plans import (
    SoldSale,
    approval_needed,
    as_it_came,
    refund_body,
    right_not_here,
    sold_by_id,
    tender_views,
)
from pos_client.checkout.views import TenderView
from shared_models.bodies import Refund
from shared_models.postings import lot_account
from shared_models.refunds import RefundPlan, plan_refund
from shared_models.refusals import Refusal
from shared_models.sales import Approval, LotAmount, Tender, TenderState

_ORDER = {"stored_value": 0, "cash": 2}
"""What is carried first; cash last, so that what goes back is money in the hand as far as money in the hand came in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Carried:
    """What of the returned goods' payments pays for the new ones (`tenders`, cash apart), and what goes back
    (`returned`). All the cash is counted as handed over: what is above becomes change."""

    sold: SoldSale
    plan: RefundPlan
    tenders: tuple[Tender, ...] = ()
    returned: tuple[Tender, ...] = ()
    cash_fen: int = 0

    def own_tenders(self, given: tuple[DraftTender, ...]) -> tuple[DraftTender, ...]:
        """The payments of the basket as they are settled: carried ones first, cash together."""
        cash_fen = self.cash_fen + sum(tender.amount_fen for tender in given if tender.kind == "cash")
        others = tuple(tender for tender in given if tender.kind != "cash")
        carried = tuple(DraftTender(kind=tender.kind, amount_fen=tender.amount_fen) for tender in self.tenders)
        is_cash_given = any(tender.kind == "cash" for tender in given)  # perhaps nothing: the rest is rounded away
        cash = (DraftTender(kind="cash", amount_fen=cash_fen),) if cash_fen or is_cash_given else ()
        return (*carried, *others, *cash)

    def views(self, settled_cash_fen: int) -> tuple[TenderView, ...]:
        """The carried payments for the pay screen."""
        cash_fen = min(self.cash_fen, settled_cash_fen)
        cash = (Tender(kind="cash", amount_fen=cash_fen),) if cash_fen else ()
        return tender_views((*self.tenders, *cash))

    def goes_back(self) -> tuple[TenderView, ...]:
        """What goes back beside the change."""
        return tender_views(self.returned)


def carried(desk: Desk, draft: Draft, due_fen: int) -> Carried | None:
    """What the returned goods pay for a basket of this price; None where nothing comes back."""
    if draft.exchange is None:
        return None
    sold = sold_by_id(desk, draft.exchange.sale_id)
    plan = plan_refund(sold.sale, sold.state, draft.exchange.wanted)
    left_fen = due_fen
    kept: list[Tender] = []
    returned: list[Tender] = []
    cash_fen = 0
    came = (as_it_came(desk, tender) for tender in plan.tenders)
    for tender in sorted(came, key=lambda one: _ORDER.get(one.kind, 1)):
        if tender.kind == "cash":
            cash_fen += tender.amount_fen
            continue
        # What was lent above rights is named by its sale, and settled there.
        is_lent = any(lot_account(part.lot) == "risk" for part in tender.lots)
        part_fen = 0 if is_lent else min(tender.amount_fen, left_fen)
        left_fen -= part_fen
        kept_lots, rest_lots = _split(tender.lots, part_fen)
        if part_fen:
            kept.append(replace(tender, amount_fen=part_fen, lots=kept_lots, reference_attachment=""))
        if part_fen < tender.amount_fen:
            returned.append(replace(tender, amount_fen=tender.amount_fen - part_fen, lots=rest_lots))
    return Carried(sold=sold, plan=plan, tenders=tuple(kept), returned=tuple(returned), cash_fen=cash_fen)


def begin(desk: Desk, sale_id: UUID, wanted: Mapping[int, int], *, approval: Approval | None = None) -> DraftExchange:
    """Goods that are to come back with the open basket. Refuses like a refund, and `payments_begun`."""
    desk.need_shift()
    if desk.draft.tenders:
        raise Refusal("payments_begun", who="cashier")
    if desk.draft.collection is not None or desk.draft.order is not None:
        raise Refusal("order_of_exchange", who="cashier")
    sold = sold_by_id(desk, sale_id)
    if not sold.is_here:
        raise right_not_here(desk, sold)
    plan = plan_refund(sold.sale, sold.state, wanted)
    approvals: tuple[Approval, ...] = ()
    if approval_needed(desk, sold, plan.total_fen):
        approvals = (desk.approvals.check("refund", approval, desk.need_cashier(), amount_fen=plan.total_fen),)
    desk.approvals.use(*approvals)
    return DraftExchange(
        refund_id=desk.ids.new_id(),
        sale_id=sale_id,
        wanted={number: quantity for number, quantity in wanted.items() if quantity},
        back_fen=sum(tender.amount_fen for tender in plan.tenders),
        receipt_number=sold.sale.receipt_number,
        approvals=approvals,
    )


def refund_of(desk: Desk, draft: Draft, made: Carried, spent: tuple[LotAmount, ...]) -> Refund:
    """The refund to be written ahead of the sale, which spends these points. Carried tenders are confirmed: nobody has
    to give them back. Refuses `refund_right_not_here` and the like."""
    assert draft.exchange is not None
    if not made.sold.is_here:
        raise right_not_here(desk, made.sold)
    stays = tuple(
        replace(
            tender, state="recorded" if tender.payment_id is None and tender.kind != "stored_value" else "confirmed"
        )
        for tender in made.tenders
    )
    back = tuple(
        replace(tender, state="confirmed" if tender.kind == "stored_value" else "recorded") for tender in made.returned
    )
    cash = (Tender(kind="cash", amount_fen=made.cash_fen),) if made.cash_fen else ()
    exchange = draft.exchange
    return refund_body(
        desk, made.sold, made.plan, (*stays, *back, *cash), exchange.approvals, business_id=exchange.refund_id,
        spent=spent,
    )  # fmt: skip


def kept_state(tender: Tender) -> TenderState:
    """How sure a payment is that stays where it was."""
    is_sure = tender.payment_id is not None or tender.kind in ("stored_value", "deposit")
    return "confirmed" if is_sure else "recorded"


def _split(lots: tuple[LotAmount, ...], amount: int) -> tuple[tuple[LotAmount, ...], tuple[LotAmount, ...]]:
    """The first `amount` of some lots, and the rest."""
    first: list[LotAmount] = []
    rest: list[LotAmount] = []
    for part in lots:
        taken = min(part.amount, amount)
        amount -= taken
        if taken:
            first.append(LotAmount(part.subject, part.lot, taken))
        if taken < part.amount:
            rest.append(LotAmount(part.subject, part.lot, part.amount - taken))
    return tuple(first), tuple(rest)
