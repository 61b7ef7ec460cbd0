"""An exchange is a refund and a sale in one step: one difference, by the tenders the returned goods were paid by."""

from uuid import UUID

import pytest

from pos_client.ledger import verify
from shared_models.bodies import Refund, Sale
from shared_models.postings import derive_postings
from shared_models.refunds import state_after
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import ALL_OF_ZHOU, BREAD, CROISSANT, MANAGER_PIN, WATER, ZHOU_CARD, Bakery


def sold(bakery: Bakery, *codes: str, by: str = "cash") -> UUID:
    """A sale of these goods; its id."""
    for code in codes:
        bakery.checkout.basket.scan(code)
    if by == "cash":
        bakery.checkout.payment.pay_cash()
    elif by == "stored_value":
        bakery.checkout.payment.pay_stored_value()
    else:
        bakery.checkout.payment.pay_external(by)  # type: ignore[arg-type]  # a test's own word
    return bakery.checkout.payment.complete().business_id


def net(bakery: Bakery) -> dict[str, int]:
    """What the exchange did to each account of money: its refund and its sale together."""
    (refund,) = bakery.written(Refund)
    sums: dict[str, int] = {}
    for body in (refund, bakery.written(Sale)[-1]):
        for leg in derive_postings(body):
            sums[leg.account] = sums.get(leg.account, 0) + leg.amount
    return {account: amount for account, amount in sums.items() if amount and not account.startswith("reduction")}


def exchange(bakery: Bakery, sale_id: UUID) -> None:
    """Line 1 of it comes back, one piece."""
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.exchange(sale_id, {1: 1000}, approval=word)


def test_dearer_goods_cost_the_difference(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, CROISSANT))
    bakery.checkout.basket.scan(BREAD)

    view = bakery.checkout.payment.view()
    assert (view.due_fen, view.left_fen) == (1680, 730)
    assert [(one.kind, one.amount_fen) for one in view.carried] == [("cash", 950)]
    bakery.checkout.payment.pay_cash(1000)
    done = bakery.checkout.payment.complete()

    assert (done.change_fen, len(done.documents)) == (270, 2)
    assert net(bakery) == {"cash": 730, "sales": -730}
    assert verify(bakery.folder).ok


def test_cheaper_goods_give_the_difference_back_in_cash(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, BREAD))
    bakery.checkout.basket.scan(WATER)
    view = bakery.checkout.payment.view()
    assert (view.left_fen, view.change_fen, view.can_complete) == (0, 1480, True)
    assert bakery.checkout.payment.complete().change_fen == 1480
    assert net(bakery) == {"cash": -1480, "sales": 1480}


def test_an_even_exchange_moves_no_money(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, BREAD, by="card"))
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.complete()
    assert net(bakery) == {}


def test_a_card_pays_its_part_and_gets_back_what_is_above(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, BREAD, by="card"))
    bakery.checkout.basket.scan(WATER)
    view = bakery.checkout.payment.view()
    assert [(one.kind, one.amount_fen) for one in view.goes_back] == [("card", 1480)]
    bakery.checkout.payment.complete()
    (refund,) = bakery.written(Refund)
    assert [(one.kind, one.amount_fen) for one in refund.tenders] == [("card", 200), ("card", 1480)]
    assert net(bakery) == {"tender:card": -1480, "sales": 1480}


def test_stored_value_stays_in_its_lots(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    bakery.checkout.basket.scan(ZHOU_CARD)
    exchange(bakery, sold(bakery, BREAD, by="stored_value"))
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.view()
    bakery.checkout.payment.pay_cash()  # without a member the loaf costs its full price
    bakery.checkout.payment.complete()
    assert net(bakery)["cash"] == 80  # 84 fen more, rounded down in cash
    assert "principal" not in net(bakery)
    assert verify(bakery.folder).ok


def test_points_that_pay_for_the_new_goods_are_not_taken_back_a_second_time(bakery: Bakery) -> None:
    """She owes what the returned goods had earned, as she would had they come back a minute later."""
    bakery.selling()
    bakery.checkout.basket.scan(ZHOU_CARD)
    for _loaf in range(10):
        bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    sale_id = bakery.checkout.payment.complete().business_id  # 159 points, all the till may spend of hers
    bakery.checkout.basket.scan(ZHOU_CARD)
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.exchange(sale_id, {1: 10_000}, approval=word)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.basket.use_points(100)
    bakery.checkout.payment.complete()
    (refund,) = bakery.written(Refund)
    assert (sum(part.amount for part in refund.points_taken_back), refund.points_debt) == (59, 100)
    assert verify(bakery.folder).ok


def test_what_was_exchanged_cannot_come_back_twice(bakery: Bakery) -> None:
    bakery.selling()
    sale_id = sold(bakery, BREAD)
    exchange(bakery, sale_id)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.complete()
    with pytest.raises(Refusal, match="refund_more_than_left"):
        exchange(bakery, sale_id)


def test_refunding_what_was_taken_instead_gives_back_what_paid_for_it(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, CROISSANT, by="card"))
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.payment.pay_cash()
    second = bakery.checkout.payment.complete().business_id
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.refund(second, {1: 1000}, approval=word)
    refund = bakery.written(Refund)[-1]
    assert [(one.kind, one.amount_fen) for one in refund.tenders] == [("card", 950), ("cash", 730)]
    assert state_after(bakery.written(Sale)[-1], [refund]).amount_fen == 0


def test_an_exchange_survives_a_power_cut_and_can_be_dropped(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, BREAD))
    bakery.checkout.basket.scan(WATER)
    checkout = bakery.again()
    bakery.cashier()
    assert checkout.basket.restore().exchange_back_fen == 1680
    checkout.refunds.drop_exchange()
    assert checkout.payment.view().left_fen == 200
    assert bakery.written(Refund) == []


def test_after_a_first_payment_nothing_else_comes_back(bakery: Bakery) -> None:
    bakery.selling()
    sale_id = sold(bakery, BREAD)
    bakery.checkout.basket.scan(WATER)
    bakery.checkout.payment.pay_external("card", 100)
    with pytest.raises(Refusal, match="payments_begun"):
        exchange(bakery, sale_id)


def test_drawn_on_a_full_disk_nothing_comes_back_and_nothing_goes_out(bakery: Bakery) -> None:
    bakery.selling()
    exchange(bakery, sold(bakery, BREAD))
    bakery.checkout.basket.scan(WATER)
    write, entries = bakery.ledger.append_all, len(bakery.ledger.entries())

    def full(*_: object, **__: object) -> None:
        raise Refusal("disk_full")

    bakery.ledger.append_all = full  # type: ignore[assignment,method-assign]  # a disk without room
    with pytest.raises(Refusal, match="disk_full"):
        bakery.checkout.payment.complete()
    bakery.ledger.append_all = write  # type: ignore[method-assign]  # somebody made room
    assert len(bakery.ledger.entries()) == entries
    bakery.checkout.payment.complete()
    assert len(bakery.ledger.entries()) == entries + 2
