"""Payments that are being put together outside a basket: for a top-up, with no rounding."""

from dataclasses import dataclass

from pos_client.checkout.drafts import DraftTender
from pos_client.checkout.goods_lines import valid_amount, valid_cash
from pos_client.checkout.open_top_up import OpenTopUp
from pos_client.checkout.payment import checked_reference
from pos_client.checkout.settling import Settlement, settle
from pos_client.checkout.views import TenderView
from shared_models.refusals import Refusal
from shared_models.rules import StoreRules
from shared_models.sales import TenderKind


@dataclass(slots=True)
class Tendering(OpenTopUp):
    """The payments of one amount due."""

    def settlement(self) -> Settlement:
        """How far they go."""
        return settle(None, self.due_fen, self.tenders)

    def pay_cash(self, handed_over_fen: int | None) -> None:
        """Cash handed over; None is what is left. Refuses `overpaid`, `amount_invalid`, `cash_too_much`."""
        settlement = self.settlement()
        if settlement.left_fen <= 0:
            raise Refusal("overpaid", left_fen=settlement.left_fen, who="cashier")
        handed_fen = valid_cash(handed_over_fen, settlement.left_fen)
        others = [tender for tender in self.tenders if tender.kind != "cash"]
        self.tenders = [*others, DraftTender(kind="cash", amount_fen=settlement.cash_handed_fen + handed_fen)]

    def pay_external(self, rules: StoreRules, kind: TenderKind, amount_fen: int | None, reference: str) -> None:
        """A recorded tender. Refuses `tender_not_taken`, `overpaid`, `reference_is_a_payment_code`."""
        paid_fen = self.part_by(rules, kind, amount_fen)
        self.tenders.append(DraftTender(kind=kind, amount_fen=paid_fen, reference=checked_reference(reference)))

    def part_by(self, rules: StoreRules, kind: TenderKind, amount_fen: int | None) -> int:
        """How much of what is left this kind is to pay; None: all. Refuses `tender_not_taken`, `overpaid`."""
        if kind in {"cash", "stored_value"} or kind not in rules.tender_kinds:
            raise Refusal("tender_not_taken", kind=kind, who="hq")
        left_fen = self.settlement().left_fen
        paid_fen = left_fen if amount_fen is None else valid_amount(amount_fen)
        if not 0 < paid_fen <= left_fen:
            raise Refusal("overpaid", left_fen=left_fen, who="cashier")
        return paid_fen

    def remove(self, index: int) -> None:
        """Take one off. Refuses `tender_unknown`, and `paid_by_wallet` where money came through a provider: that is
        given back first."""
        if not 0 <= index < len(self.tenders):
            raise Refusal("tender_unknown", index=index, who="cashier")
        if self.tenders[index].payment_id is not None:
            raise Refusal("paid_by_wallet", amount_fen=self.tenders[index].amount_fen, who="cashier")
        del self.tenders[index]

    def views(self) -> tuple[TenderView, ...]:
        """As the screen shows them."""
        settlement = self.settlement()
        return tuple(
            TenderView(
                index=index,
                kind=tender.kind,
                amount_fen=settlement.cash_settles_fen if tender.kind == "cash" else tender.amount_fen,
                handed_over_fen=tender.amount_fen if tender.kind == "cash" else 0,
                change_fen=settlement.change_fen if tender.kind == "cash" else 0,
                state=tender.state,
                payment_id=tender.payment_id,
            )
            for index, tender in enumerate(self.tenders)
        )
