"""Stored value paid by a wallet's code: asked for on disk, counted once, and given back when nothing comes of it."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from pos_client.ledger import verify
from shared_models.bodies import TopUp, TopUpCancelled, Withdrawal
from shared_models.postings import derive_postings
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import MANAGER_PIN, WANG, WANG_CARD, ZHOU_CARD
from tests.pos_client.checkout.wallet_bakery import CODE, WalletBakery


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[WalletBakery]:
    made = WalletBakery(tmp_path / "ledger")
    made.selling()
    made.checkout.basket.scan(WANG_CARD)
    yield made
    made.close()


def _asked(bakery: WalletBakery, principal_fen: int = 30_000, part_fen: int | None = None) -> UUID:
    bakery.checkout.top_ups.start()
    bakery.checkout.top_ups.choose(principal_fen)
    return bakery.checkout.wallets.pay_top_up("wechat", CODE, part_fen).payment_id


def _topped_up(bakery: WalletBakery, principal_fen: int = 30_000) -> tuple[UUID, UUID]:
    """(top-up, payment); the member is back on the basket."""
    payment_id = _asked(bakery, principal_fen)
    bakery.answer(payment_id, "paid", amount_fen=principal_fen)
    top_up_id = bakery.checkout.top_ups.complete().business_id
    bakery.checkout.basket.scan(WANG_CARD)
    return top_up_id, payment_id


def test_paid_is_one_of_the_top_ups_payments_and_the_entry_names_it(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    known = bakery.ledger.wallet_payment(payment_id)
    assert known is not None
    assert (known.state, known.purpose, known.amount_fen) == ("asking", "top_up", 30_000)
    bakery.answer(payment_id, "waiting")
    assert [one.amount_fen for one in bakery.checkout.top_ups.view().under_way] == [30_000]
    with pytest.raises(Refusal, match="not_paid"):
        bakery.checkout.top_ups.complete()
    bakery.answer(payment_id, "paid", amount_fen=30_000)
    bakery.answer(payment_id, "paid", amount_fen=30_000)  # told twice
    bakery.checkout.top_ups.complete()

    (body,) = bakery.written(TopUp)
    (tender,) = body.tenders
    assert (tender.state, tender.provider, tender.payment_id) == ("confirmed", "acquirer", payment_id)
    assert body.head.business_id == known.business_id
    assert bakery.states() == []
    figure = bakery.ledger.member_figure(WANG)
    assert figure is not None
    assert (figure.principal_here_fen, figure.bonus_here_fen) == (30_000, 2_400)
    assert not any(CODE.encode() in file.read_bytes() for file in bakery.folder.iterdir())


@pytest.mark.parametrize("told", ["refused", "not_sent"])
def test_refused_leaves_the_amount_chosen_and_another_payment_pays(bakery: WalletBakery, told: str) -> None:
    payment_id = _asked(bakery)
    bakery.answer(payment_id, told, code="code_expired")  # type: ignore[arg-type]  # one of the answers there are
    view = bakery.checkout.top_ups.view()
    assert (view.principal_fen, view.left_fen, view.tenders, view.under_way) == (30_000, 30_000, (), ())
    bakery.checkout.top_ups.pay_cash()
    bakery.checkout.top_ups.complete()
    assert bakery.states() == []


def test_a_wallet_and_cash_pay_a_top_up_together(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery, part_fen=10_000)
    bakery.answer(payment_id, "paid", amount_fen=10_000)
    assert bakery.checkout.top_ups.pay_cash(20_000).can_complete
    bakery.checkout.top_ups.complete()
    (body,) = bakery.written(TopUp)
    assert [(one.kind, one.amount_fen) for one in body.tenders] == [("wechat", 10_000), ("cash", 20_000)]


def test_nothing_is_asked_for_a_top_up_that_would_be_refused(bakery: WalletBakery) -> None:
    top_ups, wallets = bakery.checkout.top_ups, bakery.checkout.wallets
    top_ups.start()
    with pytest.raises(Refusal, match="top_up_too_small"):
        wallets.pay_top_up("wechat", CODE)
    top_ups.choose(bakery.checkout.top_ups.view().cap_fen + 100)
    with pytest.raises(Refusal, match="balance_cap"):
        wallets.pay_top_up("wechat", CODE)
    top_ups.choose(10_000)
    with pytest.raises(Refusal, match="overpaid"):
        wallets.pay_top_up("wechat", CODE, 10_001)
    assert bakery.wire.asked == []


def test_one_question_at_a_time_and_the_amount_stands_still(bakery: WalletBakery) -> None:
    _asked(bakery)
    with pytest.raises(Refusal, match="wallet_under_way"):
        bakery.checkout.wallets.pay_top_up("wechat", CODE)
    with pytest.raises(Refusal, match="payments_begun"):
        bakery.checkout.top_ups.choose(10_000)
    assert bakery.checkout.top_ups.start().principal_fen == 30_000, "the screen was left and is back"


def test_paid_in_cash_instead_the_wallet_gets_its_money_back(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    bakery.answer(payment_id, "silent")
    bakery.checkout.top_ups.pay_cash()
    bakery.checkout.top_ups.complete()
    assert bakery.states() == ["reversing"]
    with pytest.raises(Refusal, match="payments_unsettled"):
        bakery.checkout.shifts.close({})
    bakery.answer(payment_id, "reversed")
    assert bakery.states() == []


def test_after_a_power_cut_money_for_a_top_up_that_was_not_made_goes_back(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    checkout = bakery.again()
    bakery.cashier()
    checkout.basket.restore()
    checkout.wallets.resume()
    assert bakery.wire.asked == [("reverse", payment_id, 0)]
    bakery.answer(payment_id, "paid", amount_fen=30_000)  # said before it was taken back
    assert bakery.states() == ["reversing"]
    bakery.answer(payment_id, "reversed")
    assert bakery.states() == []
    assert bakery.written(TopUp) == []


def test_another_member_comes_to_the_counter_and_nothing_is_carried_over(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    bakery.answer(payment_id, "paid", amount_fen=30_000)
    bakery.checkout.wallets.resume()
    assert bakery.states() == ["paid"], "it waits for its top-up"
    bakery.checkout.basket.scan(ZHOU_CARD)
    view = bakery.checkout.top_ups.start()
    assert (view.principal_fen, view.tenders) == (0, ())
    assert bakery.wire.words() == ["pay", "reverse"]


def test_a_member_who_leaves_has_the_money_back_without_anybody_asking(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    bakery.checkout.members.detach()
    bakery.checkout.wallets.resume()
    assert bakery.wire.words() == ["pay", "reverse"]
    bakery.answer(payment_id, "reversed")
    assert bakery.states() == []


def test_paid_and_not_wanted_is_given_back_before_it_leaves_the_top_up(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    bakery.answer(payment_id, "paid", amount_fen=30_000)
    with pytest.raises(Refusal, match="paid_by_wallet"):
        bakery.checkout.top_ups.remove(0)
    with pytest.raises(Refusal, match="payments_unsettled"):
        bakery.checkout.shifts.close({})
    bakery.checkout.wallets.give_back(payment_id)
    with pytest.raises(Refusal, match="payment_being_reversed"):
        bakery.checkout.top_ups.complete()
    bakery.answer(payment_id, "reversed")
    assert bakery.checkout.top_ups.view().tenders == ()


def test_value_is_made_of_unknown_money_only_once_a_manager_has_seen_it(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery)
    bakery.answer(payment_id, "silent")
    with pytest.raises(Refusal, match="payment_not_for_this"):
        bakery.checkout.wallets.take_as_unknown(payment_id)
    with pytest.raises(Refusal, match="approval_needed"):
        bakery.checkout.wallets.settle_by_hand(payment_id, "paid")
    word = bakery.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
    assert bakery.checkout.wallets.settle_by_hand(payment_id, "paid", approval=word)[0].state == "paid"
    bakery.checkout.top_ups.complete()

    (body,) = bakery.written(TopUp)
    assert (body.tenders[0].state, body.tenders[0].payment_id, body.approvals) == ("recorded", payment_id, (word,))
    assert bakery.states() == []
    with pytest.raises(Refusal, match="payment_in_a_sale"):
        bakery.checkout.wallets.give_back(payment_id)


def test_a_cancelled_top_up_goes_back_as_it_was_paid_until_the_provider_has_heard(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery, part_fen=10_000)
    bakery.answer(payment_id, "paid", amount_fen=10_000)
    bakery.checkout.top_ups.pay_cash()
    top_up_id = bakery.checkout.top_ups.complete().business_id
    bakery.checkout.basket.scan(WANG_CARD)
    (lot,) = bakery.checkout.top_ups.lots()
    assert [(one.kind, one.amount_fen) for one in lot.paid_by] == [("wechat", 10_000), ("cash", 20_000)]
    word = bakery.checkout.staff.approve("top_up_cancel", "m1", MANAGER_PIN)
    bakery.checkout.top_ups.cancel(top_up_id, approval=word)

    (body,) = bakery.written(TopUpCancelled)
    legs = {leg.account: leg.amount for leg in derive_postings(body)}
    assert (legs["tender:wechat"], legs["cash"]) == (-10_000, -20_000)
    (asked,) = [one for one in bakery.wire.asked if one[0] == "refund"]
    assert asked[2] == 10_000
    bakery.answer(asked[1], "not_sent")
    checkout = bakery.again()
    bakery.cashier()
    checkout.wallets.resume()
    assert bakery.wire.asked == [asked], "under the same number"
    bakery.answer(asked[1], "returned")
    assert bakery.states() == []
    assert verify(bakery.folder).ok


def test_principal_goes_back_to_the_wallet_as_far_as_it_paid(bakery: WalletBakery) -> None:
    top_up_id, payment_id = _topped_up(bakery)
    top_ups = bakery.checkout.top_ups
    (way,) = top_ups.plan_withdrawal(top_up_id, 10_000).ways
    assert (way.kind, way.room_fen) == ("wechat", 30_000)
    word = bakery.checkout.staff.approve("withdrawal", "m1", MANAGER_PIN)
    top_ups.withdraw(top_up_id, 10_000, tender="wechat", approval=word)
    (body,) = bakery.written(Withdrawal)
    assert (body.tenders[0].payment_id, body.tenders[0].provider) == (payment_id, "acquirer")
    assert [one[2] for one in bakery.wire.asked if one[0] == "refund"] == [10_000]

    bakery.checkout.basket.scan(WANG_CARD)
    (way,) = top_ups.plan_withdrawal(top_up_id, 20_000).ways
    assert way.room_fen == 20_000


def test_no_more_goes_to_the_wallet_than_it_paid(bakery: WalletBakery) -> None:
    payment_id = _asked(bakery, part_fen=10_000)
    bakery.answer(payment_id, "paid", amount_fen=10_000)
    bakery.checkout.top_ups.pay_cash()
    top_up_id = bakery.checkout.top_ups.complete().business_id
    bakery.checkout.basket.scan(WANG_CARD)
    word = bakery.checkout.staff.approve("withdrawal", "m1", MANAGER_PIN)
    with pytest.raises(Refusal, match="payout_too_large"):
        bakery.checkout.top_ups.withdraw(top_up_id, 20_000, tender="wechat", approval=word)
    bakery.checkout.top_ups.withdraw(top_up_id, 20_000, approval=word)
    (body,) = bakery.written(Withdrawal)
    assert [(one.kind, one.payment_id) for one in body.tenders] == [("cash", None)]
