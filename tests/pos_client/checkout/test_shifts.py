"""A shift from its float to its Z: the drawer counted blind against the book."""

import pytest
from msgspec.structs import replace

from pos_client.checkout.shift_figures import ShiftSums
from shared_models.bodies import CashMoved, Sale, ShiftClosed, ShiftOpened, Withdrawal, encode_body
from shared_models.entries import link
from shared_models.refusals import Refusal
from shared_models.sales import Tender
from shared_models.sync import HistoryEntry, WireEntry
from tests.pos_client.checkout.bakery import (
    BREAD,
    CASHIER_PIN,
    MANAGER_PIN,
    MORNING_MS,
    TODAY,
    TOP_UP,
    WATER,
    ZHOU,
    Bakery,
)


def _sell(bakery: Bakery, code: str, wallet: bool = False) -> None:
    bakery.checkout.basket.scan(code)
    if wallet:
        bakery.checkout.payment.pay_external("wechat")
    else:
        bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()


def test_a_shift_fixes_the_business_date_past_midnight(bakery: Bakery) -> None:
    checkout = bakery.selling()
    bakery.clock.advance(20 * 3_600_000)  # past the day cut of the next morning
    _sell(bakery, BREAD)

    assert checkout.status().business_date == TODAY
    assert {entry.head.business_date for entry in bakery.written(ShiftOpened)} == {TODAY}


def test_there_is_one_shift_at_a_time(bakery: Bakery) -> None:
    checkout = bakery.selling()

    with pytest.raises(Refusal, match="shift_open"):
        checkout.shifts.open(0)


def test_the_shift_is_still_open_after_a_restart(bakery: Bakery) -> None:
    bakery.selling()

    shift = bakery.again().shifts.current()

    assert shift is not None
    assert (shift.opened_by, shift.float_fen, shift.opened_at_ms) == ("c1", 20_000, MORNING_MS)


def test_z_compares_the_count_with_what_must_be_in_the_drawer(bakery: Bakery) -> None:
    checkout = bakery.selling()
    _sell(bakery, BREAD)
    _sell(bakery, WATER)
    _sell(bakery, WATER, wallet=True)
    approval = checkout.staff.approve("cash_out", "m1", MANAGER_PIN)
    checkout.shifts.move_cash(-10_000, "to_bank", to_safe=True, approval=approval)
    checkout.shifts.move_cash(500, "coins")

    report = checkout.shifts.close({10_000: 1, 500: 4, 100: 3, 10: 7}, to_safe_fen=2_000)

    assert report.expected_cash_fen == 20_000 + 1_680 + 200 - 10_000 + 500
    assert (report.counted_fen, report.difference_fen) == (12_370, -10)
    assert report.tenders == {"cash": 1_880, "wechat": 200}
    assert (report.sales, report.sales_fen, report.cash_in_fen, report.cash_out_fen) == (3, 2_080, 500, 10_000)
    (closed,) = bakery.written(ShiftClosed)
    assert (closed.counted_fen, closed.expected_fen, closed.to_safe_fen) == (12_370, 12_380, 2_000)
    assert closed.denominations == {"10": 7, "100": 3, "500": 4, "10000": 1}
    assert closed.figures["tender:wechat"] == 200
    assert checkout.shifts.current() is None
    with pytest.raises(Refusal, match="no_shift"):
        checkout.shifts.close({})


def test_a_withdrawal_is_what_was_paid_out_and_not_what_was_kept_back_of_it(bakery: Bakery) -> None:
    bakery.selling()
    sums = ShiftSums()
    sums.add(
        Withdrawal(
            head=bakery.ledger.new_head(), receipt_number="1", member_id=ZHOU, top_up_id=TOP_UP, principal_fen=30_000,
            forfeited_fen=2_400, deducted_fen=2_400, tenders=(Tender(kind="cash", amount_fen=27_600),),
        )
    )  # fmt: skip
    assert (sums.withdrawals_fen, sums.tenders, sums.expected_cash_fen) == (27_600, {"cash": -27_600}, -27_600)


def test_what_hq_gave_back_of_a_lost_disk_is_expected_in_the_drawer_too(bakery: Bakery) -> None:
    """HQ has booked these sales, and their cash lies in this drawer: left out, it would be booked once more as over."""
    checkout = bakery.selling()
    _sell(bakery, BREAD)
    sale = bakery.written(Sale)[0]
    before = bakery.ledger.entries()[0]
    lost_of_it, of_another_shift = bakery.ids.new_id(), bakery.ids.new_id()
    done_again = sale.head.business_id  # its basket was still there, and it was paid on this disk too: one fact
    for number, business_id in enumerate((lost_of_it, of_another_shift, done_again), start=1):
        shift_id = bakery.ids.new_id() if business_id == of_another_shift else sale.head.shift_id
        head = replace(sale.head, business_id=business_id, shift_id=shift_id)
        body = encode_body(replace(sale, head=head, receipt_number=f"011-9{number}"))
        lost = link(
            till_id=before.till_id, epoch=1, seq=90 + number, prev_hash=bytes(32), entry_type="sale", type_version=1,
            body=body,
        )  # fmt: skip
        wire = WireEntry(
            seq=lost.seq, entry_type="sale", type_version=1, body=lost.body, entry_hash=lost.entry_hash
        )  # fmt: skip
        bakery.ledger.take_lost([HistoryEntry(epoch=1, prev_hash=lost.prev_hash, entry=wire)])

    blind = checkout.shifts.x_report()
    closed = checkout.shifts.close({10: 2_000 + 2 * 168})

    assert (blind.given_back, blind.given_back_cash_fen, blind.expected_cash_fen) == (1, None, None)
    assert (closed.given_back, closed.given_back_cash_fen, closed.sales) == (1, 1_680, 2)
    assert (closed.expected_cash_fen, closed.difference_fen) == (20_000 + 2 * 1_680, 0)
    assert bakery.written(ShiftClosed)[0].figures["given_back_cash_fen"] == 1_680


def test_x_hides_from_a_cashier_what_the_drawer_should_hold(bakery: Bakery) -> None:
    checkout = bakery.selling()
    _sell(bakery, BREAD)

    blind = checkout.shifts.x_report()
    seen = checkout.shifts.x_report(approval=checkout.staff.approve("x_report", "m1", MANAGER_PIN))

    assert (blind.expected_cash_fen, blind.tenders, blind.sales) == (None, {}, 1)
    assert (seen.expected_cash_fen, seen.tenders) == (21_680, {"cash": 1_680})
    (cashier,) = seen.cashiers
    assert (cashier.name, cashier.sales, cashier.sales_fen) == ("林", 1, 1_680)


def test_cash_out_and_the_drawer_need_a_manager(bakery: Bakery) -> None:
    checkout = bakery.selling()

    with pytest.raises(Refusal) as cash_out:
        checkout.shifts.move_cash(-100, "stamps")
    with pytest.raises(Refusal) as drawer:
        checkout.shifts.open_drawer("change")

    assert (cash_out.value.fields["action"], drawer.value.fields["action"]) == ("cash_out", "drawer_open")
    assert bakery.written(CashMoved) == []
    approval = checkout.staff.approve("drawer_open", "m1", MANAGER_PIN)
    assert checkout.shifts.open_drawer("change", approval=approval).entry_type == "drawer_opened"


def test_a_shift_does_not_close_over_a_basket_or_a_nonsense_count(bakery: Bakery) -> None:
    checkout = bakery.selling()
    with pytest.raises(Refusal, match="amount_invalid"):
        checkout.shifts.close({100: -1})
    checkout.basket.scan(BREAD)

    with pytest.raises(Refusal, match="basket_not_empty"):
        checkout.shifts.close({})


def test_a_clock_nobody_can_believe_asks_the_manager(bakery: Bakery) -> None:
    bakery.cashier()
    bakery.clock.set_wall(MORNING_MS - 400 * 86_400_000)

    with pytest.raises(Refusal) as refused:
        bakery.checkout.shifts.open(0)
    assert (refused.value.code, refused.value.fields["action"]) == ("approval_needed", "clock")

    approval = bakery.checkout.staff.approve("clock", "m1", MANAGER_PIN)
    bakery.checkout.shifts.open(0, approval=approval)
    (opened,) = bakery.written(ShiftOpened)
    assert [one.action for one in opened.approvals] == ["clock"]


def test_a_hand_over_counts_once_opens_the_next_shift_and_keeps_the_basket(bakery: Bakery) -> None:
    checkout = bakery.selling()
    _sell(bakery, BREAD)
    checkout.basket.scan(WATER)
    with pytest.raises(Refusal) as himself:
        checkout.hand_over.by_pin({10_000: 2}, "c1", CASHIER_PIN)
    with pytest.raises(Refusal) as wrong:
        checkout.hand_over.by_pin({10_000: 2}, "m1", CASHIER_PIN)
    assert (himself.value.code, wrong.value.code) == ("same_cashier", "pin_wrong")
    assert bakery.written(ShiftClosed) == []

    report = checkout.hand_over.by_pin({10_000: 2, 1_000: 1, 500: 1, 100: 1, 10: 7}, "m1", MANAGER_PIN)

    assert (report.kind, report.counted_fen, report.difference_fen) == ("Z", 21_670, -10)
    printed = str(report.documents[0].items)
    assert ("c1 林" in printed, "m1 陈" in printed) == (True, True)
    shift, status = checkout.shifts.current(), checkout.status()
    assert shift is not None
    assert status.cashier is not None
    assert (shift.float_fen, shift.opened_by, status.cashier.staff_id) == (21_670, "m1", "m1")
    assert [(body.handed_to) for body in bakery.written(ShiftClosed)] == ["m1"]
    assert [(body.taken_from) for body in bakery.written(ShiftOpened)] == ["", "c1"]
    assert [line.name for line in checkout.basket.view().lines] == ["农夫山泉 550ml"]
    checkout.payment.pay_cash()
    assert checkout.payment.complete().entry_type == "sale"
    x = checkout.shifts.x_report()
    assert (x.expected_cash_fen, x.sales) == (21_870, 1)


def test_nothing_is_handed_over_while_a_payment_is_begun(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.payment.pay_external("wechat", 100)
    with pytest.raises(Refusal, match="payments_begun"):
        checkout.hand_over.by_pin({100: 1}, "m1", MANAGER_PIN)
