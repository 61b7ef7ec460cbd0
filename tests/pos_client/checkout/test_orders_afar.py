"""An order handed over by another store, and by a till whose disk went back."""

import shutil
from contextlib import ExitStack
from pathlib import Path

from sqlalchemy import select

from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import office_tables
from pos_client.ledger.verify import verify
from shared_models.bodies import OrderTaken, Sale
from tests.pos_client.checkout.bakery import CROISSANT, MANAGER_PIN, ZHOU_CARD
from tests.pos_client.checkout.chain_of_two import open_chain, second_store, sync, till_at
from tests.pos_client.checkout.test_orders_elsewhere import LATER, deposits_at_hq, fetched, pay, refused, take


def test_another_store_hands_it_over_at_the_price_and_by_the_rules_it_was_taken_at(tmp_path: Path) -> None:
    """Its own rules are others, it never heard of the first store's, and receipt numbers are each store's own."""
    with ExitStack() as stack:
        chain = stack.enter_context(open_chain(tmp_path, 8))
        code = chain.hq.desk.run(lambda work: second_store(work, promotions=[], tiers=[]))
        other = till_at(stack, chain.hq, chain.clock, tmp_path / "other", 1, 99, code)
        first = chain.tills[0]
        for till in (first, other):
            till.sync()
            till.open_shift(100_000)
        first.checkout.basket.scan(ZHOU_CARD)
        for code in (CROISSANT, CROISSANT):
            first.checkout.basket.scan(code)
        first.checkout.orders.begin(LATER, name="周女士", store="新城")
        first.checkout.payment.pay_cash()
        order_id = first.checkout.payment.complete().business_id
        (here,) = first.checkout.orders.waiting()
        assert here.collect_store_name == "新城店"
        sync(first, other)
        (row,) = other.checkout.orders.waiting()
        assert (row.till_number, row.store_name, row.is_here) == (1, "滨江店", False)
        assert refused(other.checkout.orders.collect, order_id).fields["store_name"] == "滨江店"
        sync(other, first)
        other.checkout.orders.collect(order_id)
        pay(other)
        sync(other, first)
        (sale,) = [
            body for entry in other.ledger.entries(("sale",)) if isinstance(body := other.ledger.body_of(entry), Sale)
        ]
        (taken,) = [
            body
            for entry in first.ledger.entries(("order_taken",))
            if isinstance(body := first.ledger.body_of(entry), OrderTaken)
        ]
        assert (sale.total_fen, sale.inputs.rule_hash) == (taken.total_fen, taken.inputs and taken.inputs.rule_hash)
        assert sum(part.amount for part in sale.points_earned) == sale.total_fen // 100
        assert chain.faults() == []
        assert verify(other.ledger.folder).ok
        assert chain.exceptions() == []
        assert deposits_at_hq(chain) == 0


def test_a_till_whose_disk_went_back_to_before_it_gave_the_order_away(tmp_path: Path) -> None:
    """Its copy still thinks that the order is there. Cut off it hands it over a second time: the fact stands, HQ names
    it with the deposit that was counted twice. Once it has heard HQ it does so no more."""
    with ExitStack() as stack:
        chain = stack.enter_context(open_chain(tmp_path, 9))
        first, second = chain.tills
        for till in chain.tills:
            till.open_shift(100_000)
            till.sync()
        done_twice, refused_later = take(first), take(first)
        sync(first, second)
        place = tmp_path / "till-1"
        copy = tmp_path / "copy"
        first.ledger.checkpoint()
        shutil.copytree(place, copy, ignore=shutil.ignore_patterns("*.lock"))
        for taken in (done_twice, refused_later):
            fetched(first, second, taken.business_id)
            second.checkout.orders.collect(taken.business_id)
            pay(second)
        sync(second, first)
        first.ledger.close()
        back = till_at(stack, chain.hq, chain.clock, copy, 1, 10)
        back.checkout.staff.login("m1", MANAGER_PIN)
        back.wire.down = True

        back.checkout.orders.collect(done_twice.business_id)  # nobody can tell it otherwise
        pay(back)
        back.wire.down = False
        back.engine.run_once(pull=True)

        assert back.ledger.frozen() in ("rollback", "fork", "stale")
        assert refused(back.checkout.orders.collect, refused_later.business_id).code == "order_frozen"
        for _ in range(4):
            back.engine.run_once(pull=True)
        columns = office_tables.exceptions.c
        with chain.hq.desk.read() as connection:
            named = connection.execute(
                select(columns.code, columns.amount).where(columns.code.startswith("order_"))
            ).all()
            assert hq_verify.verify(connection).faults == ()
        assert [tuple(row) for row in named] == [("order_twice", 1100)]
