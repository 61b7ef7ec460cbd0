"""Slips beside the sale: top-ups (two of them), withdrawals, exchanges, shifts, cash and drawer."""

from collections.abc import Sequence

from pos_client.checkout.receipt import MemberOnReceipt
from pos_client.checkout.receipt_words import (
    Letterhead,
    bottom,
    cash_reason,
    particulars,
    signature,
    tender_name,
    tenders,
    top,
    yuan,
)
from pos_client.checkout.views import ShiftReportView
from pos_client.devices.receipt_document import (
    Columns,
    Cut,
    DrawerPulse,
    Feed,
    ReceiptDocument,
    ReceiptItem,
    Rule,
    Text,
)
from shared_models.bodies import CashMoved, DrawerOpened, PointsExchange, TopUp, TopUpCancelled, Withdrawal
from shared_models.sales import Tender


def for_top_up(
    letterhead: Letterhead, top_up: TopUp, member: MemberOnReceipt, *, reprint: bool = False
) -> tuple[ReceiptDocument, ReceiptDocument]:
    """Two slips: the customer's, and the store's to be signed."""
    _ = letterhead.translate
    documents = []
    for name, title in (("top_up_customer", _("Top-up (customer)")), ("top_up_store", _("Top-up (store)"))):
        items: list[ReceiptItem] = _drawer(top_up.tenders, reprint=reprint) if name == "top_up_customer" else []
        items += top(letterhead, title, reprint=reprint)
        items += particulars(letterhead, top_up.receipt_number, top_up.head.till_time_ms, top_up.head.cashier_id)
        items.append(Columns((_("Member"), member.phone_masked)))
        items.append(Columns((_("Paid in (principal)"), yuan(top_up.principal_fen)), "bold"))
        items.append(Columns((_("Bonus"), yuan(top_up.bonus_fen))))
        items += tenders(letterhead, top_up.tenders)
        if member.stored_value_fen is not None:
            items.append(Columns((_("Stored value now"), yuan(member.stored_value_fen)), "bold"))
        if name == "top_up_store":
            items += signature(_)
        items += bottom(letterhead, top_up.receipt_number, invoice_fen=top_up.principal_fen)
        documents.append(ReceiptDocument(name, tuple(items)))
    return documents[0], documents[1]


def for_top_up_cancelled(
    letterhead: Letterhead, cancelled: TopUpCancelled, member: MemberOnReceipt, *, reprint: bool = False
) -> ReceiptDocument:
    """The whole top-up came back."""
    _ = letterhead.translate
    items = [*_drawer(cancelled.tenders, reprint=reprint), *top(letterhead, _("Top-up cancelled"), reprint=reprint)]
    items += particulars(letterhead, cancelled.receipt_number, cancelled.head.till_time_ms, cancelled.head.cashier_id)
    items.append(Columns((_("Member"), member.phone_masked)))
    items.append(Columns((_("Principal"), yuan(-cancelled.principal_fen))))
    items.append(Columns((_("Bonus"), yuan(-cancelled.bonus_fen))))
    items += [*tenders(letterhead, cancelled.tenders), *signature(_), *bottom(letterhead, cancelled.receipt_number)]
    return ReceiptDocument("top_up_cancelled", tuple(items))


def for_withdrawal(
    letterhead: Letterhead, withdrawal: Withdrawal, member: MemberOnReceipt, *, reprint: bool = False
) -> ReceiptDocument:
    """Principal paid out, and what of its bonus that costs."""
    _ = letterhead.translate
    items = [*_drawer(withdrawal.tenders, reprint=reprint), *top(letterhead, _("Withdrawal"), reprint=reprint)]
    head = withdrawal.head
    items += particulars(letterhead, withdrawal.receipt_number, head.till_time_ms, head.cashier_id)
    items.append(Columns((_("Member"), member.phone_masked)))
    items.append(Columns((_("Principal"), yuan(withdrawal.principal_fen))))
    if withdrawal.forfeited_fen:
        items.append(Columns((_("Bonus forfeited"), yuan(withdrawal.forfeited_fen))))
    if withdrawal.deducted_fen:
        items.append(Columns((_("Bonus already spent, deducted"), yuan(-withdrawal.deducted_fen))))
    items += [*tenders(letterhead, withdrawal.tenders), *signature(_), *bottom(letterhead, withdrawal.receipt_number)]
    return ReceiptDocument("withdrawal", tuple(items))


def for_exchange(
    letterhead: Letterhead, exchange: PointsExchange, member: MemberOnReceipt, *, reprint: bool = False
) -> ReceiptDocument:
    """What the points were given for."""
    _ = letterhead.translate
    items = top(letterhead, _("Points exchange"), reprint=reprint)
    items += particulars(letterhead, exchange.receipt_number, exchange.head.till_time_ms, exchange.head.cashier_id)
    items.append(Columns((_("Member"), member.phone_masked)))
    items.append(Columns((exchange.item_name, str(exchange.quantity)), "bold"))
    items.append(Columns((_("Points used"), str(sum(part.amount for part in exchange.points_spent)))))
    if member.points is not None:
        items.append(Columns((_("Points now"), str(member.points))))
    items += bottom(letterhead, exchange.receipt_number)
    return ReceiptDocument("points_exchange", tuple(items))


def for_shift(letterhead: Letterhead, report: ShiftReportView) -> ReceiptDocument:
    """X or Z. What is not said (the expected cash while the count is blind) is not printed."""
    _ = letterhead.translate
    title = _("X report") if report.kind == "X" else _("Z report")
    items = top(letterhead, title, reprint=False)
    items += [
        Columns((_("Business date"), report.shift.business_date)),
        Columns((_("Opened"), letterhead.moment(report.shift.opened_at_ms))),
        Columns((_("Time"), letterhead.moment(report.at_ms))),
        Columns((_("Till {number}").format(number=letterhead.till_number), letterhead.staff(report.shift.opened_by))),
        Rule(),
        Columns((_("Sales"), str(report.sales), yuan(report.sales_fen))),
        Columns((_("Refunds"), str(report.refunds), yuan(-report.refunds_fen))),
        Columns(
            (
                _("Refunds without receipt"),
                str(report.refunds_without_receipt),
                yuan(-report.refunds_without_receipt_fen),
            )
        ),
        Columns((_("Top-ups"), str(report.top_ups), yuan(report.top_ups_fen))),
        Columns((_("Withdrawals"), yuan(-report.withdrawals_fen))),
        Columns((_("Reductions"), yuan(-report.reductions_fen))),
        Columns((_("Cash rounding"), yuan(-report.rounding_fen))),
        Columns((_("Points earned"), str(report.points_earned))),
        Columns((_("Points used"), str(report.points_spent))),
    ]
    items += [
        Columns((words, yuan(amount)))
        for words, amount in (
            (_("Deposits taken"), report.deposits_taken_fen),
            (_("Deposits counted at collection"), report.deposits_used_fen),
            (_("Deposits given back"), -report.deposits_returned_fen),
            (_("Deposits kept"), report.deposits_kept_fen),
        )
        if amount
    ]
    if report.tenders:
        items.append(Rule())
    items += [Columns((tender_name(kind, _), yuan(amount))) for kind, amount in sorted(report.tenders.items())]
    items += [Rule(), *_drawer_figures(letterhead, report)]
    if report.handed_to:
        for words, staff_id in (
            (_("Handed over by"), report.shift.opened_by), (_("Taken over by"), report.handed_to),
        ):  # fmt: skip
            items += [Feed(), Columns((words, letterhead.staff(staff_id))), Columns((_("Signature"), "_" * 18))]
    items += [Feed(3), Cut()]
    return ReceiptDocument("shift_x" if report.kind == "X" else "shift_z", tuple(items))


def _drawer_figures(letterhead: Letterhead, report: ShiftReportView) -> list[ReceiptItem]:
    _ = letterhead.translate
    items: list[ReceiptItem] = [
        Columns((_("Opening float"), yuan(report.shift.float_fen))),
        Columns((_("Cash in"), yuan(report.cash_in_fen))),
        Columns((_("Cash out"), yuan(-report.cash_out_fen))),
        Columns((_("Drawer opened without a sale"), str(report.drawer_openings))),
    ]
    for words, times in (
        (_("Taken out of baskets"), report.removed_lines),
        (_("Baskets cancelled"), report.cancelled_baskets),
        (_("Put back again"), report.put_back),
    ):
        if times:
            items.append(Columns((words, str(times))))
    if report.given_back:  # a drawer of another machine that answered for this till would be short by it
        cash = () if report.given_back_cash_fen is None else (yuan(report.given_back_cash_fen),)
        items.append(Columns((_("From the lost disk, by HQ"), str(report.given_back), *cash)))
    figures = (
        (_("Expected cash"), report.expected_cash_fen),
        (_("Counted cash"), report.counted_fen),
        (_("Difference"), report.difference_fen),
    )
    items += [Columns((name, yuan(amount)), "bold") for name, amount in figures if amount is not None]
    if report.to_safe_fen:
        items.append(Columns((_("To the safe"), yuan(report.to_safe_fen))))
    for cashier in report.cashiers:
        items.append(Columns((letterhead.staff(cashier.cashier_id), str(cashier.sales), yuan(cashier.sales_fen))))
    return items


def for_cash_moved(letterhead: Letterhead, moved: CashMoved) -> ReceiptDocument:
    """Cash in or out of the drawer, to be signed."""
    _ = letterhead.translate
    title = _("Cash in") if moved.amount_fen > 0 else _("Cash out")
    items: list[ReceiptItem] = [DrawerPulse(), *top(letterhead, title, reprint=False)]
    items += [
        Columns((_("Time"), letterhead.moment(moved.head.till_time_ms))),
        Columns((_("Till {number}").format(number=letterhead.till_number), letterhead.staff(moved.head.cashier_id))),
        Columns((_("Amount"), yuan(moved.amount_fen)), "large"),
        Columns((_("What for"), cash_reason(moved.reason, _))),
        *signature(_),
        Feed(3),
        Cut(),
    ]
    return ReceiptDocument("cash_moved", tuple(items))


def for_drawer_opened(letterhead: Letterhead, opened: DrawerOpened) -> ReceiptDocument:
    """The pulse, and one line that says who."""
    _ = letterhead.translate
    moment = letterhead.moment(opened.head.till_time_ms)
    items = (
        DrawerPulse(),
        Text(_("Drawer opened: {who} {moment}").format(who=letterhead.staff(opened.head.cashier_id), moment=moment)),
        Feed(3),
        Cut(),
    )
    return ReceiptDocument("drawer_opened", items)


def _drawer(paid: Sequence[Tender], *, reprint: bool) -> list[ReceiptItem]:
    return [DrawerPulse()] if not reprint and any(tender.kind == "cash" for tender in paid) else []
