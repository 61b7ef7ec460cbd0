"""Paying: cash, stored value, recorded external tenders, any split, and the one entry that makes it a sale."""

import re

from msgspec.structs import replace

from pos_client.checkout import goods_exchange, order_changes, order_taking, selling, wallet_payments
from pos_client.checkout.basket_changes import change
from pos_client.checkout.basket_view import basket_view
from pos_client.checkout.desk import Desk
from pos_client.checkout.drafts import Draft, DraftTender
from pos_client.checkout.goods_lines import valid_amount, valid_cash
from pos_client.checkout.member_panel import (
    PROVING,
    free_today_fen,
    refuse_without_presence,
    spending_blocked,
    why_not_more,
)
from pos_client.checkout.quoting import Quoted, moving_again, quote_draft, standing_still
from pos_client.checkout.refund_plans import tender_views
from pos_client.checkout.settling import Settlement, quick_notes, settle
from pos_client.checkout.stored_value import draw_stored_value, usable_fen
from pos_client.checkout.usable_rights import risk_room_fen, value_short
from pos_client.checkout.views import BasketView, DoneView, PaymentView, StoredValueOffer, TenderView
from pos_client.ledger.answers import MemberFigure
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.sales import Approval, LotAmount, TenderKind

REFERENCE_LENGTH_MAX = 64
_PAYMENT_CODE = re.compile(r"1[0-6]\d{16}|(2[5-9]|30)\d{14,22}")
"""What WeChat Pay and Alipay show to be scanned: good for a minute's payment, so never stored."""


class Payment:
    """The payments of the open basket. They are saved with it; nothing is booked before `complete`."""

    def __init__(self, desk: Desk) -> None:
        self._desk = desk

    def view(self) -> PaymentView:
        """The pay screen as it stands. Refuses `basket_empty`, `no_shift`, `nobody_logged_in`."""
        return self._view(self._quoted(self._desk.draft))

    def pay_cash(self, handed_over_fen: int | None = None) -> PaymentView:
        """Cash; None is exactly what is left. What is above becomes change, and the rest of the due is rounded. Cash
        handed over again is added. Refuses `overpaid` when nothing is left, `amount_invalid`, `cash_too_much`."""
        quoted = self._quoted(self._desk.draft)
        settlement = self._settlement(quoted)
        if settlement.left_fen <= 0:
            raise Refusal("overpaid", left_fen=settlement.left_fen, who="cashier")
        handed_fen = valid_cash(handed_over_fen, settlement.cash_left_fen)
        given = self._desk.draft.tenders
        cash_fen = sum(tender.amount_fen for tender in given if tender.kind == "cash") + handed_fen
        others = tuple(tender for tender in given if tender.kind != "cash")
        return self._change((*others, DraftTender(kind="cash", amount_fen=cash_fen)))

    def pay_stored_value(self, amount_fen: int | None = None, *, approval: Approval | None = None) -> PaymentView:
        """Stored value; None takes what is usable, at most what is left. Above what is usable a manager may approve
        what the store's rules lend. Refuses `no_member`, `rights_short`, `value_at_hq`, `value_at_till`,
        `value_at_store`, `value_online_only`, `presence_needed(free_fen)`, `lease_over`, `rights_frozen`,
        `member_frozen`, `overpaid`, `approval_needed`, `risk_limit(room_fen)`."""
        draft = self._desk.draft
        others = tuple(tender for tender in draft.tenders if tender.kind != "stored_value")
        quoted = self._quoted(replace(draft, tenders=others))
        if draft.member is None or quoted.figure is None:
            raise Refusal("no_member", who="member")
        left_fen = max(0, self._settlement(quoted).left_fen)
        wanted_fen = min(left_fen, usable_fen(quoted.figure.lots)) if amount_fen is None else valid_amount(amount_fen)
        worth_fen = wanted_fen + quoted.quote.points_reduction_fen
        refuse_without_presence(self._desk, quoted.rules, draft.member, quoted.figure, worth_fen)
        if wanted_fen == 0:
            raise self._nothing_usable(quoted, quoted.figure, left_fen)
        if wanted_fen > left_fen:
            raise Refusal("overpaid", left_fen=left_fen, who="cashier")
        risk_fen = wanted_fen - usable_fen(quoted.figure.lots)
        if risk_fen > 0 and draft.order is not None:  # nothing is lent for a deposit
            raise value_short(self._desk, quoted.rules, quoted.figure, left_fen)
        if risk_fen <= 0:
            return self._change((*others, DraftTender(kind="stored_value", amount_fen=wanted_fen)))
        allowed = self._allow_risk(quoted, quoted.figure, wanted_fen, risk_fen, approval)
        tender = DraftTender(kind="stored_value", amount_fen=wanted_fen, risk_fen=risk_fen)
        return self._change((*others, tender), allowed)

    def pay_external(self, kind: TenderKind, amount_fen: int | None = None, *, reference: str = "") -> PaymentView:
        """Wallet, bank card, voucher: recorded, unconfirmed. None takes what is left. Refuses `overpaid`,
        `tender_not_taken`, `reference_is_a_payment_code`, `reference_too_long`."""
        quoted = self._quoted(self._desk.draft)
        if kind in {"cash", "stored_value"} or kind not in quoted.rules.tender_kinds:
            raise Refusal("tender_not_taken", kind=kind, who="hq")
        settlement = self._settlement(quoted)
        paid_fen = settlement.left_fen if amount_fen is None else valid_amount(amount_fen)
        if paid_fen <= 0 or paid_fen > settlement.left_fen:
            raise Refusal("overpaid", left_fen=settlement.left_fen, who="cashier")
        tender = DraftTender(kind=kind, amount_fen=paid_fen, reference=checked_reference(reference))
        return self._change((*self._desk.draft.tenders, tender))

    def remove(self, index: int) -> PaymentView:
        """Take a payment off again. Refuses `tender_unknown`, and `paid_by_wallet` where money came through a provider:
        it is given back first."""
        tenders = self._desk.draft.tenders
        if not 0 <= index < len(tenders):
            raise Refusal("tender_unknown", index=index, who="cashier")
        if tenders[index].payment_id is not None:
            raise Refusal("paid_by_wallet", amount_fen=tenders[index].amount_fen, who="cashier")
        return self._change(tenders[:index] + tenders[index + 1 :])

    def cancel(self) -> BasketView:
        """Back to the basket without any payment. Refuses `payments_begun` where one came through a provider."""
        if any(tender.payment_id is not None for tender in self._desk.draft.tenders):
            raise Refusal("payments_begun", who="cashier")
        return change(self._desk, moving_again(replace(self._desk.draft, tenders=())))

    def complete(self) -> DoneView:
        """Writes the sale; once this returns it is on disk and may be printed. Refuses `not_paid(left_fen)`,
        `overpaid`, and what the ledger refuses; the basket is then unharmed."""
        quoted = self._quoted(self._desk.draft)
        settlement = self._settlement(quoted)
        if settlement.left_fen > 0:
            raise Refusal("not_paid", left_fen=settlement.left_fen, who="cashier")
        if settlement.left_fen < 0:
            raise Refusal("overpaid", left_fen=settlement.left_fen, who="cashier")
        wallet_payments.refuse_reversing(self._desk, self._desk.draft.tenders)
        basket_id = self._desk.draft.basket_id
        if quoted.draft.order is not None:
            done = order_taking.take(self._desk, quoted, settlement)
        else:
            made = goods_exchange.carried(self._desk, quoted.draft, quoted.quote.total_fen)
            done = selling.sell(self._desk, quoted, settlement, made)
        wallet_payments.leave_behind(self._desk, basket_id)
        if quoted.draft.exchange is not None:
            wallet_payments.ask_owed(self._desk, quoted.draft.exchange.refund_id)
        return done

    def asked_by_wallet(self, kind: TenderKind, amount_fen: int | None) -> int:
        """How much a wallet is to be asked for now; the price stands still from here on. Refuses like
        `pay_external`."""
        quoted = self._quoted(self._desk.draft)
        if kind not in quoted.rules.tender_kinds:
            raise Refusal("tender_not_taken", kind=kind, who="hq")
        left_fen = self._settlement(quoted).left_fen
        paid_fen = left_fen if amount_fen is None else valid_amount(amount_fen)
        if paid_fen <= 0 or paid_fen > left_fen:
            raise Refusal("overpaid", left_fen=left_fen, who="cashier")
        if self._desk.draft.quoted_minute is None:
            draft = standing_still(self._desk, self._desk.draft)
            self._desk.save(replace(draft, due_fen=quoted.quote.total_fen))
        return paid_fen

    def allow(self, allowed: Approval) -> None:
        """An approval that will stand in the sale."""
        self._desk.save(replace(self._desk.draft, approvals=(*self._desk.draft.approvals, allowed)))

    def _nothing_usable(self, quoted: Quoted, figure: MemberFigure, left_fen: int) -> Refusal:
        """All of it was asked for, and that is nothing: what stops it, or what a manager may lend all the same."""
        blocked = spending_blocked(self._desk, figure)
        if blocked:
            return Refusal(blocked, who="hq")
        room_fen = min(left_fen, risk_room_fen(self._desk, quoted.rules, figure))
        if room_fen > 0 and quoted.draft.order is None:
            return Refusal("risk_limit", room_fen=room_fen, available_fen=0, who="manager")
        return value_short(self._desk, quoted.rules, figure, left_fen)

    def _allow_risk(
        self, quoted: Quoted, figure: MemberFigure, wanted_fen: int, risk_fen: int, approval: Approval | None
    ) -> Approval:
        room_fen = risk_room_fen(self._desk, quoted.rules, figure)
        if room_fen <= 0:
            raise value_short(self._desk, quoted.rules, figure, wanted_fen)
        if risk_fen > room_fen:
            available_fen = usable_fen(figure.lots)
            raise Refusal("risk_limit", room_fen=room_fen, available_fen=available_fen, who="manager")
        return self._desk.approvals.check("risk", approval, self._desk.need_cashier(), amount_fen=risk_fen)

    def _quoted(self, draft: Draft) -> Quoted:
        self._desk.need_cashier()
        self._desk.need_shift()
        if not draft.lines:
            raise Refusal("basket_empty", who="cashier")
        if draft.changing is not None and draft.order is None:
            raise Refusal("order_being_changed", receipt_number=draft.changing.receipt_number, who="cashier")
        return quote_draft(self._desk, draft, fresh=True)

    def _change(self, tenders: tuple[DraftTender, ...], allowed: Approval | None = None) -> PaymentView:
        approvals = self._desk.draft.approvals + (() if allowed is None else (allowed,))
        draft = replace(self._desk.draft, tenders=tenders, approvals=approvals)
        draft = standing_still(self._desk, draft) if tenders or draft.order else moving_again(draft)
        quoted = self._quoted(draft)
        self._desk.save(replace(draft, due_fen=quoted.quote.total_fen))
        if allowed is not None:
            self._desk.approvals.use(allowed)
        return self._view(quoted)

    def _settlement(self, quoted: Quoted) -> Settlement:
        draft = quoted.draft
        if draft.order is not None:  # the deposit, to the fen
            stays_fen = order_changes.carried(draft.changing, quoted.quote.total_fen).stays_fen
            return settle(None, draft.order.deposit_fen - stays_fen, draft.tenders)
        made = goods_exchange.carried(self._desk, draft, quoted.quote.total_fen)
        given = draft.tenders if made is None else made.own_tenders(draft.tenders)
        if draft.collection is not None:
            deposit = (DraftTender(kind="deposit", amount_fen=one.amount_fen) for one in draft.collection.deposit)
            given = (*deposit, *given)
        return settle(quoted.rules, quoted.quote.total_fen, given)

    @staticmethod
    def _carried(quoted: Quoted, settlement: Settlement, made: goods_exchange.Carried | None) -> tuple[TenderView, ...]:
        """What was paid before: a deposit, or by what returned goods were paid."""
        collection, changing = quoted.draft.collection, quoted.draft.changing
        deposit = () if collection is None else tender_views(collection.deposit)
        if changing is not None:
            stays = order_changes.carried(changing, quoted.quote.total_fen).stays
            deposit = tender_views(tuple(replace(tender, kind="deposit") for tender in stays))
        return deposit if made is None else (*deposit, *made.views(settlement.cash_settles_fen))

    @staticmethod
    def _goes_back(quoted: Quoted, made: goods_exchange.Carried | None) -> tuple[TenderView, ...]:
        """What of returned goods is above the new ones, and of a deposit above the price of the changed order."""
        if quoted.draft.changing is not None:
            return tender_views(order_changes.carried(quoted.draft.changing, quoted.quote.total_fen).back)
        return () if made is None else made.goes_back()

    def _view(self, quoted: Quoted) -> PaymentView:
        settlement = self._settlement(quoted)
        made = goods_exchange.carried(self._desk, quoted.draft, quoted.quote.total_fen)
        return PaymentView(
            basket=basket_view(self._desk, quoted),
            due_fen=settlement.due_fen,
            rounding_fen=settlement.rounding_fen,
            left_fen=settlement.left_fen,
            cash_left_fen=settlement.cash_left_fen,
            change_fen=settlement.change_fen,
            tenders=_tender_views(quoted, settlement, 0 if made is None else made.cash_fen),
            stored_value=self._offer(quoted, settlement),
            quick_notes_fen=quick_notes(settlement.cash_left_fen),
            can_complete=settlement.left_fen == 0,
            under_way=wallet_payments.under_way(self._desk, self._desk.draft.basket_id, self._desk.draft.tenders),
            carried=self._carried(quoted, settlement, made),
            goes_back=self._goes_back(quoted, made),
        )

    def _offer(self, quoted: Quoted, settlement: Settlement) -> StoredValueOffer:
        """What stored value could pay now, and why not more."""
        member, figure = quoted.draft.member, quoted.figure
        if member is None or figure is None:
            empty = StoredValueOffer(balance_fen=0, usable_fen=0, after_usable_fen=0)
            return empty if member is not None else _without_member()
        usable = usable_fen(figure.lots)
        taken = sum(tender.amount_fen for tender in quoted.draft.tenders if tender.kind == "stored_value")
        suggested = min(usable, taken + max(0, settlement.left_fen))
        free_fen = None
        if member.presence not in PROVING:
            free_fen = max(0, free_today_fen(self._desk, quoted.rules, figure) - quoted.quote.points_reduction_fen)
        why, why_fields = why_not_more(self._desk, quoted.rules, member, figure)
        return StoredValueOffer(
            balance_fen=figure.principal_fen + figure.bonus_fen,
            usable_fen=usable,
            after_usable_fen=max(0, usable - (taken or suggested)),
            why_not_more=why,
            why_fields=why_fields,
            risk_room_fen=risk_room_fen(self._desk, quoted.rules, figure),
            short=_drawn(quoted, suggested)[1],
            presence_needed_above_fen=free_fen,
        )


def checked_reference(reference: str) -> str:
    """A tender's reference as it may be kept. Refuses a payment code and what is too long."""
    cleaned = reference.strip()
    if _PAYMENT_CODE.fullmatch(cleaned):
        raise Refusal("reference_is_a_payment_code", who="cashier")
    if len(cleaned) > REFERENCE_LENGTH_MAX:
        raise Refusal("reference_too_long", length_max=REFERENCE_LENGTH_MAX, who="cashier")
    return cleaned


def _without_member() -> StoredValueOffer:
    return StoredValueOffer(balance_fen=0, usable_fen=0, after_usable_fen=0, why_not_more="no_member")


def _drawn(quoted: Quoted, amount_fen: int) -> tuple[tuple[LotAmount, ...], str]:
    """The lots an amount would be drawn from; nothing where rights have become too few since it was entered."""
    if quoted.figure is None:
        return (), ""
    here_fen = min(amount_fen, usable_fen(quoted.figure.lots))
    return draw_stored_value(quoted.figure.lots, here_fen, quoted.rules.stored_value.order)


def _tender_views(quoted: Quoted, settlement: Settlement, carried_cash_fen: int) -> tuple[TenderView, ...]:
    views = []
    for index, tender in enumerate(quoted.draft.tenders):
        lots = _drawn(quoted, tender.amount_fen)[0] if tender.kind == "stored_value" else ()
        cash = tender.kind == "cash"
        views.append(
            TenderView(
                index=index,
                kind=tender.kind,
                amount_fen=max(0, settlement.cash_settles_fen - carried_cash_fen) if cash else tender.amount_fen,
                handed_over_fen=tender.amount_fen if cash else 0,
                change_fen=settlement.change_fen if cash else 0,
                principal_fen=sum(part.amount for part in lots if lot_account(part.lot) == "principal"),
                bonus_fen=sum(part.amount for part in lots if lot_account(part.lot) == "bonus"),
                state="confirmed" if cash or tender.kind == "stored_value" else tender.state,
                payment_id=tender.payment_id,
            )
        )
    return tuple(views)
