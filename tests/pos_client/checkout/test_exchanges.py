"""Points for a cup of coffee."""

from pathlib import Path

import pytest
from msgspec.structs import replace

from shared_models.bodies import PointsExchange
from shared_models.refusals import Refusal
from shared_models.rules import PointsAsMoney
from tests.pos_client.checkout.bakery import POINTS_NEW, POINTS_OLD, RULES, ZHOU, ZHOU_CARD, Bakery, zhou


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


def test_a_frozen_member_s_points_stay_where_they_are_also_where_they_are_worth_no_money(tmp_path: Path) -> None:
    bakery = Bakery(tmp_path / "till", rules=replace(RULES, points_as_money=PointsAsMoney()))
    bakery.grant({POINTS_OLD: 120, POINTS_NEW: 1_164})
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    bakery.tell_member(replace(zhou(), status="frozen"))

    with pytest.raises(Refusal, match="member_frozen"):
        checkout.exchanges.exchange("x1")

    assert bakery.written(PointsExchange) == []
    bakery.close()
