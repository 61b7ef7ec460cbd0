"""What leaves a basket is recorded, and comes back for as long as the basket is not paid."""

import pytest

from shared_models.bodies import BasketReduced, Sale
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import ALL_OF_ZHOU, BREAD, CROISSANT, EIGHT_OFF, WATER, ZHOU_CARD, Bakery


def _quantities(shop: Bakery) -> dict[str, int]:
    return {line.goods_id: line.quantity_milli for line in shop.checkout.basket.view().lines}


def test_a_removed_line_comes_back_to_its_place(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    for code in (BREAD, CROISSANT, WATER):
        basket.scan(code)
    basket.remove_line(2)
    view = basket.undo()
    assert [line.goods_id for line in view.lines] == ["bread", "croissant", "water"]
    assert view.changed_line == 2

    removed, put_back = bakery.written(BasketReduced)
    assert (removed.what, removed.total_fen, removed.head.cashier_id) == ("line_removed", 950, "c1")
    assert [(line.goods_id, line.quantity_milli) for line in removed.lines] == [("croissant", 1000)]
    assert (put_back.what, put_back.takes_back) == ("put_back", removed.head.business_id)


def test_a_quantity_made_less_comes_back_on_top_of_what_was_scanned_meanwhile(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    basket.scan(BREAD)
    basket.set_quantity(1, 5000)
    basket.set_quantity(1, 2000)
    basket.scan(BREAD)
    assert _quantities(bakery) == {"bread": 3000}
    basket.undo()
    assert _quantities(bakery) == {"bread": 6000}
    assert [one.what for one in bakery.written(BasketReduced)] == ["quantity_lowered", "put_back"]


def test_a_cancelled_basket_comes_back_with_its_member_behind_what_was_scanned_since(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU, coupons=[EIGHT_OFF])
    basket = bakery.selling().basket
    for code in (BREAD, BREAD, ZHOU_CARD):
        basket.scan(code)
    basket.use_coupon(EIGHT_OFF.token)
    due_fen = basket.view().due_fen
    assert basket.cancel().lines == ()
    basket.scan(WATER)
    view = basket.undo()
    assert [line.goods_id for line in view.lines] == ["water", "bread"]
    assert [line.line_number for line in view.lines] == [1, 2]
    assert view.due_fen == due_fen + 200
    assert view.member is not None
    assert [coupon.applied for coupon in view.coupons][:1] == [True]


def test_the_member_comes_back_but_never_beside_another(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.scan(ZHOU_CARD)
    checkout.members.detach()
    view = checkout.basket.undo()
    assert view.member is not None
    assert view.member.presence == "card"


def test_steps_are_undone_one_by_one_until_there_is_none(bakery: Bakery) -> None:
    basket = bakery.selling().basket
    for code in (BREAD, WATER):
        basket.scan(code)
    basket.remove_line(1)
    basket.remove_line(2)
    assert _quantities(bakery) == {}
    basket.undo()
    basket.undo()
    assert _quantities(bakery) == {"bread": 1000, "water": 1000}
    with pytest.raises(Refusal, match="nothing_to_undo"):
        basket.undo()


def test_after_the_sale_nothing_of_it_is_undone(bakery: Bakery) -> None:
    checkout = bakery.selling()
    for code in (BREAD, WATER):
        checkout.basket.scan(code)
    checkout.basket.remove_line(1)
    checkout.payment.pay_cash()
    checkout.payment.complete()
    assert len(bakery.written(Sale)) == 1
    with pytest.raises(Refusal, match="nothing_to_undo"):
        checkout.basket.undo()


def test_the_shift_counts_what_was_taken_out_by_cashier(bakery: Bakery) -> None:
    checkout = bakery.selling()
    checkout.basket.scan(BREAD)
    checkout.basket.remove_line(1)
    checkout.basket.undo()
    checkout.basket.cancel()
    report = checkout.shifts.x_report()
    assert (report.removed_lines, report.cancelled_baskets, report.put_back) == (1, 1, 1)
    (cashier,) = report.cashiers
    assert (cashier.removed_lines, cashier.cancelled_baskets, cashier.put_back) == (1, 1, 1)
