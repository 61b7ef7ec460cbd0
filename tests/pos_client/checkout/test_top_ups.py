"""Stored value: paid in by the ladder with a bonus, spent at once, withdrawn with what it costs, cancelled whole."""

from uuid import UUID

import msgspec
import pytest

from shared_models.bodies import TopUp, TopUpCancelled, Withdrawal
from shared_models.members import LotBalance
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BONUS,
    BREAD,
    MANAGER_PIN,
    PRINCIPAL,
    TOP_UP,
    WANG,
    WANG_CARD,
    ZHOU,
    ZHOU_CARD,
    Bakery,
    zhou,
)


def _top_up(bakery: Bakery, principal_fen: int, card: str = WANG_CARD) -> UUID:
    checkout = bakery.checkout
    checkout.basket.scan(card)
    checkout.top_ups.start()
    checkout.top_ups.choose(principal_fen)
    checkout.top_ups.pay_external("wechat")
    top_up_id = checkout.top_ups.complete().business_id
    assert checkout.basket.view().member is None, "what is held of her may go back"
    checkout.basket.scan(card)
    return top_up_id


def test_the_ladder_gives_its_bonus_and_two_slips(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(WANG_CARD)
    offer = checkout.top_ups.start()
    assert [(step.principal_fen, step.bonus_fen) for step in offer.ladder] == [(10_000, 0), (30_000, 2_400)]

    chosen = checkout.top_ups.choose(30_000)
    assert (chosen.bonus_fen, chosen.balance_after_fen, chosen.left_fen) == (2_400, 32_400, 30_000)
    paid = checkout.top_ups.pay_cash(50_000)
    assert (paid.change_fen, paid.can_complete) == (20_000, True)
    done = checkout.top_ups.complete()

    assert [document.name for document in done.documents] == ["top_up_customer", "top_up_store"]
    (body,) = bakery.written(TopUp)
    assert (body.principal_fen, body.bonus_fen, body.tenders[0].amount_fen) == (30_000, 2_400, 30_000)
    figure = bakery.ledger.member_figure(WANG)
    assert figure is not None
    assert (figure.principal_here_fen, figure.bonus_here_fen) == (30_000, 2_400)


def test_what_was_paid_in_here_can_be_spent_here_at_once_without_hq(bakery: Bakery) -> None:
    checkout = bakery.selling()
    _top_up(bakery, 10_000)
    checkout.basket.scan(BREAD)

    checkout.payment.pay_stored_value()
    checkout.payment.complete()

    figure = bakery.ledger.member_figure(WANG)
    assert figure is not None
    assert figure.principal_here_fen == 10_000 - 1_680


def test_nothing_is_paid_in_above_the_cap_or_unpaid(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.top_ups.start()
    over = checkout.top_ups.choose(450_000)  # within the cap but for its bonus
    assert over.over_cap_fen == 36_800 + 450_000 + 36_000 - 500_000

    with pytest.raises(Refusal, match="not_paid"):
        checkout.top_ups.complete()
    checkout.top_ups.pay_external("card")
    with pytest.raises(Refusal) as refused:
        checkout.top_ups.complete()
    assert (refused.value.code, refused.value.fields["cap_fen"], refused.value.fields["who"]) == (
        "balance_cap",
        500_000,
        "hq",
    )
    assert bakery.written(TopUp) == []


def test_a_payment_begun_for_one_member_is_not_carried_over_to_another(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(WANG_CARD)
    checkout.top_ups.start()
    checkout.top_ups.choose(10_000)
    checkout.basket.scan(ZHOU_CARD)

    with pytest.raises(Refusal, match="top_up_too_small"):
        checkout.top_ups.complete()


def test_a_withdrawal_forfeits_bonus_in_proportion_and_deducts_what_was_spent_of_it(bakery: Bakery) -> None:
    checkout = bakery.selling()
    top_up_id = _top_up(bakery, 30_000)  # with 24.00 bonus
    planned = checkout.top_ups.plan_withdrawal(top_up_id, 10_000)
    assert (planned.forfeited_fen, planned.deducted_fen, planned.payout_fen) == (800, 0, 10_000)

    with pytest.raises(Refusal, match="approval_needed"):
        checkout.top_ups.withdraw(top_up_id, 10_000)
    approval = checkout.staff.approve("withdrawal", "m1", MANAGER_PIN)
    checkout.top_ups.withdraw(top_up_id, 10_000, approval=approval)

    (body,) = bakery.written(Withdrawal)
    assert (body.principal_fen, body.forfeited_fen, body.tenders[0].amount_fen) == (10_000, 800, 10_000)
    figure = bakery.ledger.member_figure(WANG)
    assert figure is not None
    assert (figure.principal_fen, figure.bonus_fen) == (20_000, 1_600)


def test_forfeited_bonus_that_is_spent_already_is_kept_back_from_the_payout(bakery: Bakery) -> None:
    checkout = bakery.selling()
    top_up_id = _top_up(bakery, 30_000)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, 19_000)  # 319.20: all the principal and 19.20 of the bonus
    checkout.payment.pay_stored_value(31_920)
    checkout.payment.complete()
    checkout.basket.scan(WANG_CARD)
    with pytest.raises(Refusal, match="lot_spent"):
        checkout.top_ups.plan_withdrawal(top_up_id, 100)

    second = _top_up(bakery, 30_000)
    planned = checkout.top_ups.plan_withdrawal(second, 30_000)
    assert (planned.forfeited_fen, planned.deducted_fen) == (2_400, 0)
    (view,) = [lot for lot in checkout.top_ups.lots() if lot.top_up_id == second]
    assert (view.can_cancel, view.can_withdraw, view.paid_fen, view.given_fen) == (True, True, 30_000, 2_400)


def test_a_lot_whose_rights_are_with_hq_cannot_be_withdrawn_here(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)

    with pytest.raises(Refusal) as refused:
        checkout.top_ups.plan_withdrawal(TOP_UP, 1_000)
    assert (refused.value.code, refused.value.fields["who"]) == ("lot_not_here", "hq")

    bakery.grant(ALL_OF_ZHOU)
    with pytest.raises(Refusal, match="top_up_made_elsewhere"):
        checkout.top_ups.plan_withdrawal(TOP_UP, 1_000)


def test_spending_the_bonus_first_does_not_open_a_withdrawal_at_a_till_that_does_not_know_the_top_up(
    bakery: Bakery,
) -> None:
    checkout = bakery.selling()
    lots = (LotBalance(BONUS, 0), LotBalance(PRINCIPAL, 30_000))  # as HQ tells of it
    bakery.tell_member(msgspec.structs.replace(zhou(), lots=lots))
    bakery.grant({PRINCIPAL: 30_000})
    checkout.basket.scan(ZHOU_CARD)
    with pytest.raises(Refusal, match="top_up_made_elsewhere"):
        checkout.top_ups.plan_withdrawal(TOP_UP, 30_000)

    bakery.tell_member(msgspec.structs.replace(zhou(), lots=lots[1:]))  # one without a bonus
    assert checkout.top_ups.plan_withdrawal(TOP_UP, 30_000).payout_fen == 30_000


def test_an_unspent_top_up_is_cancelled_whole_within_seven_days(bakery: Bakery) -> None:
    checkout = bakery.selling()
    top_up_id = _top_up(bakery, 30_000)
    approval = checkout.staff.approve("top_up_cancel", "m1", MANAGER_PIN)
    checkout.top_ups.cancel(top_up_id, approval=approval)

    (body,) = bakery.written(TopUpCancelled)
    assert (body.principal_fen, body.bonus_fen, body.tenders[0].kind) == (30_000, 2_400, "wechat")
    figure = bakery.ledger.member_figure(WANG)
    assert figure is not None
    assert (figure.principal_fen, figure.bonus_fen) == (0, 0)
    checkout.basket.scan(WANG_CARD)
    with pytest.raises(Refusal, match="top_up_unknown"):
        checkout.top_ups.cancel(top_up_id)


def test_a_spent_or_old_top_up_is_not_cancelled(bakery: Bakery) -> None:
    checkout = bakery.selling()
    top_up_id = _top_up(bakery, 10_000)
    old = _top_up(bakery, 30_000)
    checkout.basket.scan(BREAD)
    checkout.payment.pay_stored_value()
    checkout.payment.complete()
    checkout.shifts.close({})
    checkout.basket.scan(WANG_CARD)

    checkout.shifts.open(0)
    with pytest.raises(Refusal, match="lot_spent"):
        checkout.top_ups.cancel(top_up_id)
    checkout.shifts.close({})
    bakery.clock.advance(8 * 86_400_000)
    checkout.shifts.open(0)
    with pytest.raises(Refusal, match="top_up_too_old"):
        checkout.top_ups.cancel(old)


def test_the_store_s_slip_is_signed_and_both_say_the_balance(bakery: Bakery) -> None:
    bakery.selling()
    top_up_id = _top_up(bakery, 10_000, ZHOU_CARD)

    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert figure.principal_fen == 40_000
    (body,) = bakery.written(TopUp)
    assert body.head.business_id == top_up_id
    reprint = bakery.checkout.refunds.reprint(body.receipt_number)
    assert len(reprint.documents) == 2


def test_a_top_up_the_disk_had_taken_without_saying_so_is_not_booked_again(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(WANG_CARD)
    checkout.top_ups.start()
    checkout.top_ups.choose(10_000)
    checkout.top_ups.pay_external("wechat")
    tendering, draft = checkout.top_ups._tendering, checkout.top_ups._desk.draft
    first = checkout.top_ups.complete()
    checkout.top_ups._tendering, checkout.top_ups._desk.draft = (
        tendering,
        draft,
    )  # as the screen still shows it when the disk did not answer

    again = checkout.top_ups.complete()

    assert len(bakery.written(TopUp)) == 1
    assert again.receipt_number == first.receipt_number
