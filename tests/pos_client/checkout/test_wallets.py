"""Wallets at the counter: what is on disk before a provider is asked, and what follows from each of its answers."""

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest

from pos_client.devices.wallets import Told, WalletKind
from pos_client.ledger import verify
from shared_models.bodies import Refund, Sale, WalletSettled
from shared_models.postings import derive_postings
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, MANAGER_PIN, WATER
from tests.pos_client.checkout.wallet_bakery import CODE, WalletBakery


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[WalletBakery]:
    made = WalletBakery(tmp_path / "ledger")
    made.selling()
    yield made
    made.close()


def test_the_attempt_is_on_disk_before_the_provider_is_asked_and_its_code_is_not(bakery: WalletBakery) -> None:
    bakery.checkout.basket.scan(BREAD)
    on_disk: list[str] = []
    ask = bakery.wire.pay

    def looked_at(payment_id: UUID, kind: WalletKind, amount_fen: int, payment_code: str) -> None:
        known = bakery.ledger.wallet_payment(payment_id)
        on_disk.append("" if known is None else known.state)
        ask(payment_id, kind, amount_fen, payment_code)

    bakery.wire.pay = looked_at  # type: ignore[method-assign]  # an eye on the wire
    bakery.checkout.wallets.pay("wechat", CODE)

    assert on_disk == ["asking"]
    assert not any(CODE.encode() in file.read_bytes() for file in bakery.folder.iterdir())


def test_paid_is_on_the_basket_and_the_sale_names_its_payment(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "waiting")
    bakery.answer(payment_id, "paid", trade_number="T1", amount_fen=1680)
    bakery.answer(payment_id, "paid", trade_number="T1", amount_fen=1680)  # told twice
    view = bakery.checkout.payment.view()
    assert [(tender.kind, tender.amount_fen, tender.state) for tender in view.tenders] == [
        ("wechat", 1680, "confirmed")
    ]
    bakery.checkout.payment.complete()

    (sale,) = bakery.written(Sale)
    (tender,) = sale.tenders
    assert (tender.state, tender.provider, tender.payment_id) == ("confirmed", "acquirer", payment_id)
    assert bakery.states() == []
    assert bakery.wire.words() == ["pay"]


@pytest.mark.parametrize("told", ["refused", "not_sent"])
def test_refused_leaves_the_basket_to_another_tender(bakery: WalletBakery, told: Told) -> None:
    bakery.answer(bakery.bread_by_wechat(), told, code="not_enough_money")
    assert bakery.checkout.payment.view().tenders == ()
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    assert bakery.states() == []


def test_one_payment_at_a_time_and_none_of_it_is_lost_with_the_basket(bakery: WalletBakery) -> None:
    bakery.bread_by_wechat()
    for refused in (
        lambda: bakery.checkout.wallets.pay("wechat", CODE),
        bakery.checkout.basket.hold,
        bakery.checkout.basket.cancel,
    ):
        with pytest.raises(Refusal, match=r"wallet_under_way|payments_begun"):
            refused()


def test_unknown_and_paid_in_cash_instead_the_wallet_gets_its_money_back(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "silent")
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    with pytest.raises(Refusal, match="payments_unsettled") as refusal:
        bakery.checkout.shifts.close({10_000: 1})
    assert refusal.value.fields["amount_fen"] == 1680

    bakery.answer(payment_id, "reversed")
    assert bakery.wire.words() == ["pay", "reverse"]
    bakery.checkout.shifts.close({10_000: 1})


def test_unknown_but_the_goods_go_out_with_a_managers_word(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "silent")
    with pytest.raises(Refusal, match="approval_needed"):
        bakery.checkout.wallets.take_as_unknown(payment_id)
    word = bakery.checkout.staff.approve("wallet_unknown", "m1", MANAGER_PIN)
    bakery.checkout.wallets.take_as_unknown(payment_id, approval=word)
    bakery.checkout.payment.complete()

    (sale,) = bakery.written(Sale)
    assert (sale.tenders[0].state, sale.approvals) == ("unknown", (word,))
    with pytest.raises(Refusal, match="payments_unsettled"):
        bakery.checkout.shifts.close({10_000: 1})
    bakery.checkout.wallets.ask_again(payment_id)
    bakery.answer(payment_id, "paid", amount_fen=1680)
    (settled,) = bakery.written(WalletSettled)
    assert (settled.settled_as, settled.by_hand, derive_postings(settled)) == ("paid", False, ())
    bakery.checkout.shifts.close({10_000: 1})


def test_no_goods_go_out_for_a_payment_that_may_still_be_taken_back(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "silent")
    word = bakery.checkout.staff.approve("wallet_unknown", "m1", MANAGER_PIN)
    bakery.wire.moving.add(payment_id)
    with pytest.raises(Refusal, match="wallet_under_way"):
        bakery.checkout.wallets.take_as_unknown(payment_id, approval=word)
    bakery.wire.moving.clear()
    bakery.checkout.wallets.take_as_unknown(payment_id, approval=word)
    bakery.checkout.payment.complete()


@pytest.mark.parametrize("late", ["paid", "waiting", "silent", "not_known"])
def test_what_was_asked_before_says_nothing_of_a_payment_that_is_being_taken_back(
    bakery: WalletBakery, late: Told
) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.checkout.wallets.give_back(payment_id)
    bakery.answer(payment_id, late)
    assert bakery.states() == ["reversing"]
    assert bakery.checkout.payment.view().tenders == ()
    bakery.answer(payment_id, "not_reversed")
    assert bakery.states() == ["unknown"]


def test_goods_went_out_and_it_was_never_paid_the_books_say_what_is_missing(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "silent")
    word = bakery.checkout.staff.approve("wallet_unknown", "m1", MANAGER_PIN)
    bakery.checkout.wallets.take_as_unknown(payment_id, approval=word)
    bakery.checkout.payment.complete()
    bakery.answer(payment_id, "refused", code="closed")

    (settled,) = bakery.written(WalletSettled)
    assert {leg.account: leg.amount for leg in derive_postings(settled)} == {
        "tender:wechat": -1680,
        "wallet_difference": 1680,
    }
    report = bakery.checkout.shifts.close({10_000: 1})
    assert report.tenders["wechat"] == 0


def test_another_amount_than_asked_for_is_no_payment_of_this(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1)
    (open_one,) = bakery.checkout.wallets.open_payments()
    assert (open_one.state, open_one.code) == ("unknown", "other_amount")
    assert bakery.checkout.payment.view().tenders == ()


def test_after_a_power_cut_what_was_paid_is_on_the_basket_again(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    checkout = bakery.again()
    bakery.cashier()
    checkout.basket.restore()
    checkout.wallets.resume()
    assert bakery.wire.asked == [("ask", payment_id, 0)]
    bakery.answer(payment_id, "paid", amount_fen=1680)
    assert checkout.payment.view().can_complete
    checkout.payment.complete()
    assert bakery.states() == []


def test_a_power_cut_between_hearing_and_the_basket_loses_nothing(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.ledger.move_wallet_payment(payment_id, "paid")
    checkout = bakery.again()
    bakery.cashier()
    checkout.basket.restore()
    assert checkout.wallets.resume()
    assert checkout.payment.view().can_complete


def test_after_a_power_cut_money_for_a_sale_that_was_paid_otherwise_goes_back(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    checkout = bakery.again()
    checkout.wallets.resume()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    assert bakery.wire.words()[-1] == "reverse"
    bakery.answer(payment_id, "reversed")
    assert bakery.states() == []


def test_paid_and_not_wanted_is_given_back_before_it_leaves_the_basket(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    with pytest.raises(Refusal, match="paid_by_wallet"):
        bakery.checkout.payment.remove(0)
    bakery.checkout.wallets.give_back(payment_id)
    with pytest.raises(Refusal, match="payment_being_reversed"):
        bakery.checkout.payment.complete()
    bakery.answer(payment_id, "reversed")
    assert bakery.checkout.payment.view().tenders == ()


def test_a_refund_goes_back_to_the_wallet_it_came_from_and_is_asked_for_until_heard(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    sale_id = bakery.checkout.payment.complete().business_id
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.refund(sale_id, {1: 1000}, approval=word)

    (refund,) = bakery.written(Refund)
    assert refund.tenders[0].payment_id == payment_id
    ((_, refund_id, amount_fen),) = [one for one in bakery.wire.asked if one[0] == "refund"]
    assert amount_fen == 1680
    bakery.answer(refund_id, "not_sent")
    bakery.again()
    bakery.cashier()
    bakery.checkout.wallets.resume()
    assert bakery.wire.asked == [("refund", refund_id, 1680)]
    bakery.answer(refund_id, "returned")
    assert bakery.states() == []
    assert verify(bakery.folder).ok


def test_a_refund_the_provider_will_not_do_is_paid_out_of_the_drawer_with_a_managers_word(
    bakery: WalletBakery,
) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.answer(payment_id, "paid", amount_fen=1680)
    sale_id = bakery.checkout.payment.complete().business_id
    bakery.checkout.refunds.refund(
        sale_id, {1: 1000}, approval=bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    )
    refund_id = bakery.wire.asked[-1][1]
    bakery.answer(refund_id, "not_returned", code="too_old")
    with pytest.raises(Refusal, match="payments_unsettled"):
        bakery.checkout.shifts.close({10_000: 1})

    word = bakery.checkout.staff.approve("wallet_settle", "m1", MANAGER_PIN)
    left = bakery.checkout.wallets.settle_by_hand(refund_id, "cash_instead", approval=word)

    (settled,) = bakery.written(WalletSettled)
    assert left == ()
    assert {leg.account: leg.amount for leg in derive_postings(settled)} == {"tender:wechat": 1680, "cash": -1680}
    assert bakery.checkout.shifts.x_report(
        approval=bakery.checkout.staff.approve("x_report", "m1", MANAGER_PIN)
    ).expected_cash_fen == (20_000 - 1680)


def test_a_copied_till_takes_nothing_back(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.checkout.payment.pay_cash()
    bakery.ledger.freeze("clone")
    bakery.checkout.payment.complete()
    assert bakery.wire.words() == ["pay"]
    assert bakery.states() == ["unknown"]
    bakery.answer(payment_id, "paid", amount_fen=1680)
    assert bakery.wire.words() == ["pay"]


def test_a_wallet_beside_cash_pays_its_part(bakery: WalletBakery) -> None:
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.basket.scan(WATER)
    payment_id = bakery.checkout.wallets.pay("alipay", CODE, 1000).payment_id
    bakery.answer(payment_id, "paid", amount_fen=1000)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    (sale,) = bakery.written(Sale)
    assert [(one.kind, one.amount_fen) for one in sale.tenders] == [("alipay", 1000), ("cash", 880)]


def test_a_disk_without_room_asks_nobody_for_money(tmp_path: Path) -> None:
    command = [sys.executable, "-m", "tests.pos_client.checkout.full_disk", str(tmp_path / "till"), "wallet"]
    told = subprocess.run(command, check=True, capture_output=True, text=True, timeout=60).stdout
    assert told.split() == ["disk_full", "0", "pay", "1680"]


@pytest.mark.parametrize("amount_fen", [0, -1, 1681, 10**15])
def test_an_amount_that_cannot_be_asks_nobody(bakery: WalletBakery, amount_fen: int) -> None:
    bakery.checkout.basket.scan(BREAD)
    with pytest.raises(Refusal, match=r"overpaid|amount_invalid"):
        bakery.checkout.wallets.pay("wechat", CODE, amount_fen)
    assert bakery.wire.asked == []


def test_the_clock_goes_back_while_the_customer_pays(bakery: WalletBakery) -> None:
    payment_id = bakery.bread_by_wechat()
    bakery.clock.advance(-3_600_000)
    bakery.answer(payment_id, "paid", amount_fen=1680)
    bakery.checkout.payment.complete()
    (sale,) = bakery.written(Sale)
    opened = bakery.checkout.shifts.current()
    assert opened is not None
    assert sale.head.till_time_ms >= opened.opened_at_ms
    assert sale.head.business_date == opened.business_date
    assert bakery.states() == []
