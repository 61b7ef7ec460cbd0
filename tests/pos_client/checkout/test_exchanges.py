"""Points for a cup of coffee."""

import pytest

from shared_models.bodies import PointsExchange
from shared_models.refusals import Refusal
from tests.pos_client.checkout.bakery import POINTS_NEW, POINTS_OLD, ZHOU, ZHOU_CARD, Bakery


def test_points_that_expire_first_go_first(bakery: Bakery) -> None:
    bakery.grant({POINTS_OLD: 120, POINTS_NEW: 1_164})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    offer = checkout.exchanges.start()
    assert [(item.name, item.points, item.affordable) for item in offer.items] == [("咖啡一杯", 300, True)]

    done = checkout.exchanges.exchange("x1")

    (body,) = bakery.written(PointsExchange)
    assert [(part.lot, part.amount) for part in body.points_spent] == [(POINTS_OLD, 120), (POINTS_NEW, 180)]
    assert (body.presence, done.documents[0].name) == ("card", "points_exchange")
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert figure.points == 984


def test_points_that_are_not_here_are_not_given_away(bakery: Bakery) -> None:
    bakery.grant({POINTS_OLD: 120})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    assert not checkout.exchanges.start().items[0].affordable

    with pytest.raises(Refusal) as refused:
        checkout.exchanges.exchange("x1")
    assert (refused.value.code, refused.value.fields["available"]) == ("rights_short", 120)
    for item, quantity, code in (("x9", 1, "exchange_unknown"), ("x1", 0, "quantity_invalid")):
        with pytest.raises(Refusal, match=code):
            checkout.exchanges.exchange(item, quantity)


def test_without_a_member_there_is_nothing_to_exchange(bakery: Bakery) -> None:
    bakery.selling()

    with pytest.raises(Refusal, match="no_member"):
        bakery.checkout.exchanges.start()
