"""An order's token: made by the till that took the order; whoever hands it over or cancels it needs it, once."""

from uuid import UUID

import pytest

from pos_client.ledger import verify
from shared_models import bodies
from shared_models.bodies import TokenMove
from shared_models.refusals import Refusal
from shared_models.tokens import order_token
from tests.pos_client.ledger.shop import Shop

ORDER = UUID("019371c0-0000-7000-8000-0000000000d1")
SALE = UUID("019371c0-0000-7000-8000-0000000000d2")


def collect(shop: Shop) -> None:
    shop.ledger.append(bodies.OrderCollected(head=shop.head(), order_id=ORDER, sale_id=SALE))


def test_the_till_that_took_an_order_hands_it_over_once(shop: Shop) -> None:
    shop.ledger.append(bodies.OrderTaken(head=shop.head(), order_id=ORDER))
    owned = shop.ledger.owned_token(order_token(ORDER))
    collect(shop)
    with pytest.raises(Refusal, match="token_not_here"):
        collect(shop)
    with pytest.raises(Refusal, match="token_not_here"):
        shop.ledger.append(bodies.OrderCancelled(head=shop.head(), order_id=ORDER))

    assert owned is not None
    assert (owned.kind, owned.version, owned.subject) == ("order", 0, ORDER)
    assert verify(shop.folder).findings == []


def test_another_till_needs_the_token_from_hq_first(shop: Shop) -> None:
    with pytest.raises(Refusal, match="token_not_here"):
        collect(shop)
    move = TokenMove(token=order_token(ORDER), kind="order", version=2, subject=ORDER)
    shop.ledger.append(bodies.TokenAcquired(head=shop.head(), request_number=1, tokens=(move,)))
    collect(shop)
    assert verify(shop.folder).findings == []


def test_an_order_given_back_to_hq_is_not_handed_over_here(shop: Shop) -> None:
    shop.ledger.append(bodies.OrderTaken(head=shop.head(), order_id=ORDER))
    move = TokenMove(token=order_token(ORDER), kind="order", version=1, subject=ORDER)
    shop.ledger.append(bodies.TokenReleased(head=shop.head(), tokens=(move,)))
    with pytest.raises(Refusal, match="token_not_here"):
        collect(shop)
    assert verify(shop.folder).findings == []
