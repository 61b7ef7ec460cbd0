"""An order changed before it is collected: its deposit is carried over, its goods are priced anew only as the customer
was told, and the slip of before finds it as it is now."""

from shared_models.bodies import OrderCancelled, OrderTaken
from shared_models.codes import order_code
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.pos_client.checkout.chain_of_two import Chain, sync
from tests.pos_client.checkout.test_orders_elsewhere import chain, fetched, refused, take, written

__all__ = ["chain"]


def test_other_words_leave_goods_and_price(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    done = first.checkout.orders.change_words(taken.business_id, "26 9:00", name="周先生", text="永远快乐")
    sync(first, second)
    (row,) = second.checkout.orders.waiting()
    (here,) = first.checkout.orders.waiting()
    assert (done.total_fen, row.order_id, row.total_fen, row.deposit_fen) == (0, done.business_id, 3360, 1100)
    assert (here.name, here.phone_masked, here.text) == ("周先生", "138****5678", "永远快乐")
    assert here.collect_at_ms > first.checkout.orders.of_receipt(taken.receipt_number).collect_at_ms - 1  # type: ignore[union-attr]  # the slip of before finds it
    old, new = written(chain, OrderTaken)
    assert isinstance(old, OrderTaken)
    assert isinstance(new, OrderTaken)
    assert (new.lines, new.inputs, new.phone_sealed) == (old.lines, old.inputs, old.phone_sealed)
    assert (new.replaces, sum(one.amount_fen for one in new.carried), new.tenders) == (old.order_id, 1100, ())
    assert refused(first.checkout.orders.collect, old.order_id).code == "order_done"


def test_the_slip_of_before_a_change_finds_the_order_as_it_is_now_at_every_till(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    first.checkout.orders.change_words(taken.business_id, "26 9:00", name="周先生")
    sync(first, second)
    (changed,) = first.checkout.orders.waiting()
    slip = order_code(taken.business_id)
    assert refused(second.checkout.orders.of_receipt, slip).code == "order_coming"
    sync(second)
    assert second.checkout.orders.slip_has_come(slip)
    found = second.checkout.orders.of_receipt(slip)
    assert found is not None
    assert (found.order_id, found.is_here) == (changed.order_id, False)
    assert refused(second.checkout.refunds.find, taken.receipt_number).code == "refund_asked_for"
    sync(second)
    by_number = second.checkout.orders.of_receipt(taken.receipt_number)
    assert by_number is not None
    assert by_number.order_id == changed.order_id


def test_more_goods_are_priced_anew_and_the_difference_is_paid(chain: Chain) -> None:
    first, _second = chain.tills
    taken = take(first, BREAD, deposit_fen=600)
    view = first.checkout.orders.change_goods(taken.business_id)
    assert view.due_fen == 1680
    first.checkout.basket.scan(CROISSANT)
    assert refused(first.checkout.payment.view).code == "order_being_changed"
    terms = first.checkout.orders.terms()
    assert terms.changes is not None
    assert (terms.total_fen, terms.changes.total_fen, terms.paid_fen) == (1680 + 950, 1680, 600)
    first.checkout.orders.begin("", deposit_fen=1000, name="周女士", text="")
    assert first.checkout.payment.view().left_fen == 400
    first.checkout.payment.pay_external("card")
    first.checkout.payment.complete()
    (new,) = [one for one in written(chain, OrderTaken) if isinstance(one, OrderTaken) and one.replaces]
    assert (new.deposit_fen, [(one.kind, one.amount_fen) for one in (*new.carried, *new.tenders)]) == (
        1000,
        [("cash", 600), ("card", 400)],
    )
    first.checkout.orders.cancel(new.order_id)
    ends = written(chain, OrderCancelled)
    assert [[(one.kind, one.amount_fen) for one in end.tenders] for end in ends if isinstance(end, OrderCancelled)] == [
        [],
        [("cash", 600), ("card", 400)],
    ]


def test_fewer_goods_than_were_paid_for_give_the_rest_back(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first, BREAD, WATER, deposit_fen=1880)
    sync(second)
    fetched(first, second, taken.business_id)
    second.checkout.orders.change_goods(taken.business_id)
    second.checkout.basket.remove_line(2)
    second.checkout.orders.begin("", name="周女士")
    paying = second.checkout.payment.view()
    assert (paying.left_fen, [(one.kind, one.amount_fen) for one in paying.goes_back]) == (0, [("cash", 200)])
    done = second.checkout.payment.complete()
    assert [document.name for document in done.documents] == ["order_cancelled", "order", "order_maker"]
    (ended,) = written(chain, OrderCancelled)
    assert isinstance(ended, OrderCancelled)
    assert (ended.returned_fen, ended.carried_fen, ended.kept_fen) == (200, 1680, 0)
    report = second.checkout.shifts.x_report()
    assert (report.deposits_taken_fen, report.deposits_returned_fen) == (0, 200)
    assert report.expected_cash_fen == 100_000 - 200


def test_a_change_that_is_dropped_changes_nothing(chain: Chain) -> None:
    first, _second = chain.tills
    taken = take(first)
    first.checkout.orders.change_goods(taken.business_id)
    first.checkout.basket.scan(WATER)
    first.checkout.orders.drop()
    (here,) = first.checkout.orders.waiting()
    assert (here.order_id, here.pieces) == (taken.business_id, 2)
