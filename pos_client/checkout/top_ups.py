"""Stored value: topping up by the ladder, withdrawing principal, cancelling an unspent top-up."""

from uuid import UUID

from msgspec.structs import replace

from pos_client.checkout import wallet_payments
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import DraftMember
from pos_client.checkout.goods_lines import valid_amount
from pos_client.checkout.member_panel import member_panel
from pos_client.checkout.money_views import LadderStepView, StoredLotView, TopUpView, WithdrawalView
from pos_client.checkout.quoting import member_figure
from pos_client.checkout.receipt_people import receipt_member
from pos_client.checkout.selling import cash_tender, recorded_tender
from pos_client.checkout.settling import quick_notes
from pos_client.checkout.slips import for_top_up, for_top_up_cancelled, for_withdrawal
from pos_client.checkout.stored_lots import back_as_paid, lot_named, lot_view, plan, stored_lots, why_not_cancel
from pos_client.checkout.tendering import Tendering
from pos_client.checkout.views import DoneView
from pos_client.ledger.answers import MemberFigure
from shared_models.bodies import TopUp, TopUpCancelled, Withdrawal
from shared_models.entries import Attachment, Entry
from shared_models.refusals import Refusal
from shared_models.rule_engine import ladder_bonus
from shared_models.rules import rule_hash
from shared_models.sales import Approval, Tender, TenderKind


class TopUps:
    """For the member on the basket; the basket itself may be empty or not, it is left alone."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk
        self._tendering = self._nothing_paid()

    def start(self) -> TopUpView:
        """The ladder and the balance; where a wallet was asked already, the top-up it was asked for.
        Refuses `no_member`, `no_shift`, `nobody_logged_in`."""
        self._desk.need_cashier()
        self._desk.need_shift()
        self._member()
        if not self._holds_wallet_money():
            self._take_up(self._nothing_paid())
        return self.view()

    def choose(self, principal_fen: int) -> TopUpView:
        """A step of the ladder, or a free amount; the bonus follows. Refuses `top_up_too_small`,
        `top_up_not_on_ladder`, `amount_invalid`, and `payments_begun` once something was paid or asked for."""
        self._member()
        if self._tendering.tenders or self._holds_wallet_money():
            raise Refusal("payments_begun", who="cashier")
        ladder_bonus(self._desk.rules(), valid_amount(principal_fen))
        self._take_up(self._nothing_paid(principal_fen))
        return self.view()

    def pay_cash(self, handed_over_fen: int | None = None) -> TopUpView:
        """Cash, no rounding: None is exactly what is left. Refuses `overpaid`."""
        self._tendering.pay_cash(handed_over_fen)
        return self.view()

    def asked_by_wallet(self, kind: TenderKind, amount_fen: int | None) -> tuple[UUID, int]:
        """(the top-up's id, how much a wallet is to be asked for): nothing may be asked for a top-up that would then be
        refused. Refuses like `pay_external`, and `balance_cap`, `top_up_too_small` where no amount was chosen."""
        self._desk.need_cashier()
        self._desk.need_shift()
        _, figure = self._member()
        principal_fen = valid_amount(self._tendering.due_fen)
        bonus = ladder_bonus(self._desk.rules(), principal_fen)
        self._within_cap(figure, principal_fen + bonus.bonus_fen)
        return self._tendering.business_id, self._tendering.part_by(self._desk.rules(), kind, amount_fen)

    def pay_external(self, kind: TenderKind, amount_fen: int | None = None, *, reference: str = "") -> TopUpView:
        """Wallet or card: recorded. Refuses `overpaid`, `tender_not_taken`, `reference_is_a_payment_code`."""
        self._tendering.pay_external(self._desk.rules(), kind, amount_fen, reference)
        return self.view()

    def remove(self, index: int) -> TopUpView:
        """Take a payment off again. Refuses `tender_unknown`, `paid_by_wallet`."""
        self._tendering.remove(index)
        return self.view()

    def complete(self) -> DoneView:
        """Writes the top-up; two slips. Refuses `not_paid`, `balance_cap(cap_fen, over_fen)`, `amount_invalid`,
        `payment_being_reversed`."""
        self._desk.need_shift()
        member, figure = self._member()
        known = self._desk.ledger.entry_by_business_id(self._tendering.business_id)
        if known is not None:  # the disk did not say whether it had taken the top-up, and it had
            return self._topped_up(known)
        rules = self._desk.rules()
        principal_fen = self._tendering.due_fen
        bonus = ladder_bonus(rules, principal_fen)
        settlement = self._tendering.settlement()
        if settlement.left_fen != 0:
            raise Refusal("not_paid", left_fen=settlement.left_fen, who="cashier")
        self._within_cap(figure, principal_fen + bonus.bonus_fen)
        wallet_payments.refuse_reversing(self._desk, self._tendering.tenders)
        beside: list[Attachment] = []
        body = TopUp(
            head=self._desk.head(business_id=self._tendering.business_id, subjects=(member.member_id,)),
            receipt_number=self._desk.receipt_number(),
            member_id=member.member_id,
            identified_by=member.identified_by,
            principal_fen=principal_fen,
            bonus_fen=bonus.bonus_fen,
            ladder_step=bonus.step,
            rule_hash=rule_hash(rules),
            tenders=tuple(
                cash_tender(settlement) if tender.kind == "cash" else recorded_tender(self._desk, tender, beside)
                for tender in self._tendering.tenders
            ),
            approvals=tuple(self._tendering.approvals),
        )
        return self._topped_up(self._desk.write_for_member(body, beside))

    def lots(self) -> tuple[StoredLotView, ...]:
        """The member's top-ups with what is left of each, newest first."""
        _, figure = self._member()
        return tuple(lot_view(self._desk, figure, lot) for lot in stored_lots(self._desk, figure))

    def plan_withdrawal(self, top_up_id: UUID, principal_fen: int) -> WithdrawalView:
        """What it would pay out and forfeit. Refuses `top_up_unknown`, `lot_not_here(who)`, `lot_spent`,
        `top_up_made_elsewhere`, `rights_short`, `amount_invalid`."""
        _, figure = self._member()
        lot = lot_named(stored_lots(self._desk, figure), top_up_id)
        return plan(self._desk, figure, lot, principal_fen)

    def withdraw(
        self, top_up_id: UUID, principal_fen: int, *, tender: TenderKind = "cash", approval: Approval | None = None
    ) -> DoneView:
        """Approval `withdrawal`. A wallet that paid for this top-up gets it back through its provider. Otherwise as
        `plan_withdrawal`, and `no_shift`, `payout_too_large(kind, room_fen)`."""
        self._desk.need_shift()
        _, figure = self._member()
        lot = lot_named(stored_lots(self._desk, figure), top_up_id)
        planned = plan(self._desk, figure, lot, principal_fen)
        cashier = self._desk.need_cashier()
        allowed = self._desk.approvals.check("withdrawal", approval, cashier, amount_fen=planned.payout_fen)
        body = Withdrawal(
            head=self._desk.head(subjects=(lot.subject,)),
            receipt_number=self._desk.receipt_number(),
            member_id=lot.subject,
            top_up_id=top_up_id,
            principal_fen=planned.principal_fen,
            forfeited_fen=planned.forfeited_fen,
            deducted_fen=planned.deducted_fen,
            tenders=self._paid_out(tender, planned),
            approvals=(allowed,),
        )
        entry = self._desk.write_for_member(body)
        self._desk.approvals.use(allowed)
        wallet_payments.ask_owed(self._desk, body.head.business_id)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, Withdrawal), "what was written is what was meant"
        slip = for_withdrawal(self._desk.letterhead(), written, receipt_member(self._desk, lot.subject))
        return DoneView(
            entry_type="withdrawal",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=planned.payout_fen,
            documents=(slip,),
        )

    def cancel(self, top_up_id: UUID, *, approval: Approval | None = None) -> DoneView:
        """The whole top-up back as it was paid, unspent and within the rules' days. Approval `top_up_cancel`.
        Refuses `lot_spent`, `lot_not_here(who)`, `top_up_too_old`, `top_up_made_elsewhere`, `top_up_unknown`."""
        self._desk.need_shift()
        _, figure = self._member()
        lot = lot_named(stored_lots(self._desk, figure), top_up_id)
        refusal = why_not_cancel(self._desk, figure, lot)
        if refusal is not None or lot.top_up is None:
            raise refusal or Refusal("top_up_made_elsewhere", who="hq")
        cashier, back_fen = self._desk.need_cashier(), lot.top_up.principal_fen
        allowed = self._desk.approvals.check("top_up_cancel", approval, cashier, amount_fen=back_fen)
        body = TopUpCancelled(
            head=self._desk.head(subjects=(lot.subject,)),
            receipt_number=self._desk.receipt_number(),
            member_id=lot.subject,
            top_up_id=top_up_id,
            principal_fen=lot.top_up.principal_fen,
            bonus_fen=lot.top_up.bonus_fen,
            tenders=back_as_paid(lot.top_up),
            approvals=(allowed,),
        )
        entry = self._desk.write_for_member(body)
        self._desk.approvals.use(allowed)
        wallet_payments.ask_owed(self._desk, body.head.business_id)
        written = self._desk.ledger.body_of(entry)
        assert isinstance(written, TopUpCancelled), "what was written is what was meant"
        slip = for_top_up_cancelled(self._desk.letterhead(), written, receipt_member(self._desk, lot.subject))
        return DoneView(
            entry_type="top_up_cancelled",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=body.principal_fen,
            documents=(slip,),
        )

    def _topped_up(self, entry: Entry) -> DoneView:
        self._take_up(self._nothing_paid())  # what was asked of a wallet and is not in it goes back
        body = self._desk.ledger.body_of(entry)
        assert isinstance(body, TopUp), "what was written is what was meant"
        return DoneView(
            entry_type="top_up",
            business_id=body.head.business_id,
            receipt_number=body.receipt_number,
            total_fen=body.principal_fen,
            change_fen=sum(tender.change_fen for tender in body.tenders),
            documents=for_top_up(self._desk.letterhead(), body, receipt_member(self._desk, body.member_id)),
        )

    def _nothing_paid(self, due_fen: int = 0) -> Tendering:
        member = self._desk.draft.member
        return Tendering(
            business_id=self._desk.ids.new_id(), due_fen=due_fen, member_id=None if member is None else member.member_id
        )

    def _take_up(self, tendering: Tendering) -> None:
        """This one is put together from now on; what wallets were asked for the one before goes back to them."""
        left, self._tendering, self._desk.top_up = self._tendering, tendering, tendering
        wallet_payments.leave_behind(self._desk, left.business_id)

    def _holds_wallet_money(self) -> bool:
        """Whether a wallet was asked for this top-up, and it is not known that nothing came of it."""
        payments = self._desk.ledger.wallet_payments_of(self._tendering.business_id)
        return any(payment.state in wallet_payments.NOT_KNOWN or payment.state == "paid" for payment in payments)

    def _member(self) -> tuple[DraftMember, MemberFigure]:
        member = self._desk.draft.member
        figure = member_figure(self._desk, self._desk.draft, fresh=True)
        if member is None or figure is None:
            raise Refusal("no_member", who="member")
        if self._tendering.member_id != member.member_id:
            self._take_up(self._nothing_paid())  # another member: nothing of the one before is carried over
        return member, figure

    def _paid_out(self, tender: TenderKind, planned: WithdrawalView) -> tuple[Tender, ...]:
        amount_fen = planned.payout_fen
        way = next((one for one in planned.ways if one.kind == tender), None)
        if way is not None and way.payment is not None:
            if amount_fen > way.room_fen:
                raise Refusal("payout_too_large", kind=tender, room_fen=way.room_fen, who="cashier")
            return (replace(way.payment, amount_fen=amount_fen, state="recorded"),) if amount_fen else ()
        if tender == "stored_value" or tender not in self._desk.rules().tender_kinds:
            raise Refusal("tender_not_taken", kind=tender, who="hq")
        if not amount_fen:
            return ()
        return (Tender(kind=tender, amount_fen=amount_fen, state="confirmed" if tender == "cash" else "recorded"),)

    def _within_cap(self, figure: MemberFigure, more_fen: int) -> None:
        over_fen = self._over_cap_fen(figure, more_fen)
        if over_fen:
            cap_fen = self._desk.rules().top_up.balance_cap_fen
            raise Refusal("balance_cap", cap_fen=cap_fen, over_fen=over_fen, who="hq")

    def _over_cap_fen(self, figure: MemberFigure, more_fen: int) -> int:
        cap_fen = self._desk.rules().top_up.balance_cap_fen
        return max(0, figure.principal_fen + figure.bonus_fen + more_fen - cap_fen) if cap_fen else 0

    def view(self) -> TopUpView:
        """The top-up as it stands. Refuses `no_member`."""
        member, figure = self._member()
        rules, principal_fen = self._desk.rules(), self._tendering.due_fen
        bonus_fen = ladder_bonus(rules, principal_fen).bonus_fen if principal_fen else 0
        settlement = self._tendering.settlement()
        balance_fen = figure.principal_fen + figure.bonus_fen
        over_fen = self._over_cap_fen(figure, principal_fen + bonus_fen)
        return TopUpView(
            member=member_panel(self._desk, rules, member, figure),
            ladder=tuple(
                LadderStepView(
                    principal_fen=step.threshold_fen, bonus_fen=ladder_bonus(rules, step.threshold_fen).bonus_fen
                )
                for step in sorted(rules.top_up.ladder, key=lambda step: step.threshold_fen)
            ),
            principal_fen=principal_fen,
            bonus_fen=bonus_fen,
            balance_fen=balance_fen,
            balance_after_fen=balance_fen + principal_fen + bonus_fen,
            cap_fen=rules.top_up.balance_cap_fen,
            over_cap_fen=over_fen,
            left_fen=settlement.left_fen,
            change_fen=settlement.change_fen,
            tenders=self._tendering.views(),
            quick_notes_fen=quick_notes(settlement.left_fen),
            can_complete=bool(principal_fen) and settlement.left_fen == 0 and not over_fen,
            under_way=wallet_payments.under_way(self._desk, self._tendering.business_id, self._tendering.tenders),
        )
