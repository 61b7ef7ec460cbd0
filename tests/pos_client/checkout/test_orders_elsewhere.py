"""An order taken at one till and collected, cancelled or changed at another: two tills with real ledgers over a real
HQ. Its token moves to whoever needs it, and nobody does it twice."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import func, select

from hq_sync_server.records import tables
from pos_client.checkout.views import DoneView
from shared_models.bodies import OrderCancelled, OrderCollected, Sale
from shared_models.codes import order_code
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import BREAD, ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import Chain, Till, open_chain, sync

LATER = "25 18:30"


@pytest.fixture
def chain(tmp_path: Path) -> Iterator[Chain]:
    """One store with two tills, both open; in the end everything adds up and nothing was named."""
    with open_chain(tmp_path, 7) as opened:
        for till in opened.tills:
            till.open_shift(100_000)
            till.sync()
        yield opened
        opened.heal()
        assert opened.faults() == []
        assert opened.exceptions() == []
        assert deposits_at_hq(opened) == -sum(view.deposit_fen for view in opened.tills[0].checkout.orders.waiting())


def take(till: Till, *codes: str, deposit_fen: int | None = None, text: str = "生日快乐") -> DoneView:
    for code in codes or (BREAD, BREAD):
        till.checkout.basket.scan(code)
    till.checkout.orders.begin(LATER, deposit_fen=deposit_fen, name="周女士", phone="13800005678", text=text)
    till.checkout.payment.pay_cash()
    done = till.checkout.payment.complete()
    till.sync()
    return done


def refused(operation: object, *arguments: object) -> Refusal:
    with pytest.raises(Refusal) as caught:
        operation(*arguments)  # type: ignore[operator]  # an operation of the checkout
    return caught.value


def fetched(first: Till, second: Till, order_id: UUID) -> None:
    """The second till has got it."""
    assert refused(second.checkout.orders.fetch, order_id).code in ("order_asked_for", "order_coming")
    sync(second, first)
    assert second.checkout.orders.has_come(order_id)


def pay(till: Till) -> DoneView:
    till.checkout.payment.pay_cash()
    return till.checkout.payment.complete()


def written(chain: Chain, kind: type) -> list[object]:
    found = [till.ledger.body_of(entry) for till in chain.tills for entry in till.ledger.entries()]
    return [body for body in found if isinstance(body, kind)]


def deposits_at_hq(chain: Chain) -> int:
    postings = tables.postings.c
    with chain.hq.desk.read() as connection:
        asked = select(func.sum(postings.amount)).where(postings.account == "deposits")
        return int(connection.scalar(asked) or 0)


def test_the_day_list_of_every_till_of_the_store_has_it_and_names_nobody(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    (row,) = second.checkout.orders.waiting()
    assert (row.receipt_number, row.is_here, row.till_number) == (taken.receipt_number, False, 1)
    assert (row.goods, row.pieces, row.total_fen, row.deposit_fen) == ("全麦吐司 450g", 2, 3360, 1100)
    assert (row.name, row.phone_masked, row.text) == ("", "", "")


def test_another_till_hands_it_over_and_all_of_it_is_a_sale_there(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    (row,) = second.checkout.orders.waiting()
    fetched(first, second, row.order_id)

    here = second.checkout.orders.fetch(row.order_id)
    assert (here.name, here.phone_masked, here.text) == ("周女士", "138****5678", "生日快乐")
    view = second.checkout.orders.collect(row.order_id)
    assert (view.due_fen, view.collects) == (3360, taken.receipt_number)
    done = pay(second)
    sync(second, first)

    (sale,) = written(chain, Sale)
    assert isinstance(sale, Sale)
    assert (sale.total_fen, sale.order_id) == (3360, row.order_id)
    assert [(one.kind, one.amount_fen) for one in sale.tenders] == [("deposit", 1100), ("cash", 2260)]
    assert done.total_fen == 3360
    refused(first.checkout.orders.collect, row.order_id)  # asked for
    sync(first)
    assert refused(first.checkout.orders.collect, row.order_id).code == "order_done"
    assert [till.checkout.orders.waiting() for till in chain.tills] == [(), ()]
    assert deposits_at_hq(chain) == 0
    reports = [till.checkout.shifts.x_report() for till in chain.tills]
    assert [(one.deposits_taken_fen, one.deposits_used_fen, one.sales_fen) for one in reports] == [
        (1100, 0, 0),
        (0, 1100, 3360),
    ]
    assert [one.expected_cash_fen for one in reports] == [100_000 + 1100, 100_000 + 2260]


def test_by_slip_and_by_number_it_is_found_at_the_other_till(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    orders = second.checkout.orders
    for slip in (taken.receipt_number, order_code(taken.business_id)):
        found = orders.of_receipt(slip)
        assert found is not None
        assert (found.order_id, found.is_here) == (taken.business_id, False)
    assert second.checkout.basket.scan(order_code(taken.business_id)).outcome == "receipt"


def test_a_till_that_never_heard_of_the_order_finds_it_by_its_code(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    assert second.checkout.orders.waiting() == ()
    assert refused(second.checkout.orders.of_receipt, order_code(taken.business_id)).code == "order_coming"
    sync(second, first)
    found = second.checkout.orders.of_receipt(order_code(taken.business_id))
    assert found is not None
    assert found.is_here


def test_a_number_is_asked_for_where_the_list_has_not_come_yet(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    assert second.checkout.orders.of_receipt(taken.receipt_number) is None  # for all it knows a sale's
    assert refused(second.checkout.refunds.find, taken.receipt_number).code == "refund_asked_for"
    sync(second)
    assert second.checkout.refunds.has_come(taken.receipt_number)
    assert refused(second.checkout.refunds.find, taken.receipt_number).code == "order_found"
    found = second.checkout.orders.of_receipt(taken.receipt_number)
    assert found is not None
    assert found.order_id == taken.business_id


def test_cancelled_elsewhere_the_deposit_goes_back_there_as_it_came(chain: Chain) -> None:
    first, second = chain.tills
    member = chain.people[ZHOU_CARD]
    first.checkout.basket.scan(ZHOU_CARD)
    first.checkout.top_ups.start()
    first.checkout.top_ups.choose(30_000)
    first.checkout.top_ups.pay_cash()
    first.checkout.top_ups.complete()
    first.checkout.basket.scan(ZHOU_CARD)
    first.checkout.basket.scan(BREAD)
    first.checkout.orders.begin(LATER, name="周女士")
    first.checkout.payment.pay_stored_value()
    order_id = first.checkout.payment.complete().business_id
    sync(first)
    before = chain.balances_at_hq()
    fetched(first, second, order_id)
    assert second.checkout.orders.cancellation(order_id).returned_fen == 600
    second.checkout.orders.cancel(order_id)
    sync(second, first)

    (cancelled,) = written(chain, OrderCancelled)
    assert isinstance(cancelled, OrderCancelled)
    assert [(one.kind, one.amount_fen) for one in cancelled.tenders] == [("stored_value", 600)]
    after = chain.balances_at_hq()
    assert sum(after.values()) - sum(before.values()) == 600
    assert {subject for subject, _lot in after} == {member}


def test_cut_off_it_is_said_which_till_has_it(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    second.cut()
    told = refused(second.checkout.orders.collect, taken.business_id)
    assert (told.code, told.fields["till_number"], told.fields["store_name"]) == ("order_at_till", 1, "滨江店")


def test_a_taking_till_that_cannot_be_reached_keeps_it_and_is_named(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    first.cut()
    assert refused(second.checkout.orders.collect, taken.business_id).code == "order_asked_for"
    sync(second)
    told = refused(second.checkout.orders.collect, taken.business_id)
    assert (told.code, told.fields["till_number"]) == ("order_held", 1)
    first.checkout.orders.collect(taken.business_id)
    pay(first)  # offline, where it was taken
    first.wire.down = False
    sync(first, second)
    assert refused(second.checkout.orders.collect, taken.business_id).code == "order_done"


def test_two_tills_at_once_and_one_of_them_does_it(chain: Chain) -> None:
    """The first has it open in its basket while the second asks: it stays until that basket is done or dropped."""
    first, second = chain.tills
    taken = take(first)
    sync(second)
    first.checkout.orders.collect(taken.business_id)
    refused(second.checkout.orders.collect, taken.business_id)
    sync(second, first)
    assert not second.checkout.orders.has_come(taken.business_id)
    first.checkout.orders.drop()
    refused(second.checkout.orders.collect, taken.business_id)
    sync(second, first)
    assert refused(first.checkout.orders.collect, taken.business_id).code == "order_asked_for"
    second.checkout.orders.collect(taken.business_id)
    pay(second)
    sync(second, first)
    assert len(written(chain, OrderCollected)) == 1


def test_it_goes_back_and_forth_and_is_still_one_order(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    fetched(first, second, taken.business_id)
    fetched(second, first, taken.business_id)
    fetched(first, second, taken.business_id)
    first.checkout.orders.waiting()
    second.checkout.orders.cancel(taken.business_id)
    assert deposits_at_hq(chain) <= 0
    sync(second, first)
    assert len(written(chain, OrderCancelled)) == 1


def test_an_answer_that_was_lost_brings_it_all_the_same(chain: Chain) -> None:
    first, second = chain.tills
    taken = take(first)
    sync(second)
    refused(second.checkout.orders.collect, taken.business_id)
    sync(second)
    sync(first)  # it is HQ's now
    second.wire.next_faults += ["lose_answer", "truncate"]
    sync(second)
    assert second.checkout.orders.has_come(taken.business_id)
    here = second.checkout.orders.fetch(taken.business_id)
    assert (here.name, here.text) == ("周女士", "生日快乐")
    second.checkout.orders.collect(taken.business_id)
    pay(second)
