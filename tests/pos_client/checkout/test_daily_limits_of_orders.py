"""What a member may have once a day is had once, also where it is ordered."""

from collections.abc import Iterator
from pathlib import Path

import msgspec
import pytest

from shared_models.bodies import OrderTaken
from shared_models.promotions import MemberSpecial, SpecialPrice
from shared_models.sales import Price
from tests.pos_client.checkout.bakery import BREAD, RULES, WATER, ZHOU_CARD, Bakery

ONCE = MemberSpecial(
    promotion_id="p1", name="会员价每日一件", prices=(SpecialPrice(goods_id="bread", price=Price(990)),),
    audience="members", member_day_limit=1,
)  # fmt: skip
LATER = "25 18:30"


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[Bakery]:
    opened = Bakery(tmp_path / "till", rules=msgspec.structs.replace(RULES, promotions=(ONCE,)))
    opened.selling()
    yield opened
    opened.close()


def price_now(bakery: Bakery) -> int:
    """What a loaf costs her now; nothing stays on the basket."""
    bakery.checkout.basket.scan(ZHOU_CARD)
    due_fen = bakery.checkout.basket.scan(BREAD).basket.due_fen
    bakery.checkout.basket.cancel()
    return due_fen


def ordered(bakery: Bakery) -> OrderTaken:
    bakery.checkout.basket.scan(ZHOU_CARD)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.orders.begin(LATER, name="周女士")
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    return bakery.written(OrderTaken)[-1]


def test_an_order_uses_it_up_and_its_collection_no_second_time(bakery: Bakery) -> None:
    assert price_now(bakery) == 990
    assert (ordered(bakery).total_fen, ordered(bakery).total_fen) == (990, 1596)
    assert price_now(bakery) == 1596
    bakery.checkout.orders.collect(bakery.written(OrderTaken)[0].order_id)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    bakery.again()
    bakery.cashier()
    assert price_now(bakery) == 1596


def test_cancelled_it_can_be_had_again_and_changed_it_keeps_its_price(bakery: Bakery) -> None:
    taken = ordered(bakery)
    bakery.checkout.orders.change_goods(taken.order_id)
    assert bakery.checkout.basket.scan(WATER).basket.due_fen == 990 + 200
    bakery.checkout.orders.begin("", name="周女士")
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    assert price_now(bakery) == 1596
    bakery.checkout.orders.cancel(bakery.written(OrderTaken)[-1].order_id)
    assert price_now(bakery) == 990
