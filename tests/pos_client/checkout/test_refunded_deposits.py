"""Goods of a collected order come back, in parts or for others: what paid the deposit gets its own back, once."""

from pathlib import Path
from uuid import UUID

import pytest

from pos_client.ledger import verify
from shared_models.bodies import OrderTaken, Refund, Sale
from shared_models.postings import derive_postings
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    CROISSANT,
    MANAGER_PIN,
    PRINCIPAL,
    WATER,
    ZHOU,
    ZHOU_CARD,
    Bakery,
)
from tests.pos_client.checkout.wallet_bakery import CODE, WalletBakery

LATER = "25 18:30"


def collected(bakery: Bakery, deposit_fen: int) -> UUID:
    """Two loaves ordered, so much of them paid from stored value, the rest in cash when they are collected."""
    bakery.checkout.basket.scan(ZHOU_CARD)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.orders.begin(LATER, deposit_fen=deposit_fen, name="周女士")
    bakery.checkout.payment.pay_stored_value()
    bakery.checkout.payment.complete()
    return collect(bakery)


def collect(bakery: Bakery) -> UUID:
    bakery.checkout.orders.collect(bakery.written(OrderTaken)[-1].order_id)
    bakery.checkout.payment.pay_cash()
    return bakery.checkout.payment.complete().business_id


def one_comes_back(bakery: Bakery, sale_id: UUID) -> None:
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.refund(sale_id, {1: 1000}, approval=word)


def sums(bakery: Bakery) -> dict[str, int]:
    found: dict[str, int] = {}
    for body in (*bakery.written(OrderTaken), *bakery.written(Sale), *bakery.written(Refund)):
        for leg in derive_postings(body):
            found[leg.account] = found.get(leg.account, 0) + leg.amount
    return {account: amount for account, amount in found.items() if amount}


def test_piece_by_piece_stored_value_gets_its_own_back_and_no_more(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    sale_id = collected(bakery, 1600)
    for _piece in range(2):
        one_comes_back(bakery, sale_id)
    back = [tender for refund in bakery.written(Refund) for tender in refund.tenders if tender.kind == "stored_value"]
    assert [(part.lot, part.amount) for tender in back for part in tender.lots] == [(PRINCIPAL, 800)] * 2
    assert sums(bakery) == {}
    assert verify(bakery.folder).ok


def test_an_exchange_makes_no_cash_of_a_deposit_from_stored_value(bakery: Bakery) -> None:
    bakery.selling()
    bakery.grant(ALL_OF_ZHOU)
    sale_id = collected(bakery, 3000)
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.exchange(sale_id, {1: 2000}, approval=word)
    bakery.checkout.basket.scan(WATER)
    view = bakery.checkout.payment.view()
    assert [(one.kind, one.amount_fen) for one in view.carried] == [("stored_value", 200)]
    assert [(one.kind, one.amount_fen) for one in view.goes_back] == [("stored_value", 2800)]
    bakery.checkout.payment.complete()
    assert sums(bakery) == {"principal": 200, "sales": -200}
    figure = bakery.ledger.member_figure(ZHOU)
    assert figure is not None
    assert figure.principal_fen == 30_000 - 200
    assert verify(bakery.folder).ok


def test_the_wallets_part_of_a_deposit_is_asked_for_and_never_more_than_it_paid(tmp_path: Path) -> None:
    bakery = WalletBakery(tmp_path / "till")
    bakery.selling()
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.basket.scan(BREAD)
    bakery.checkout.orders.begin(LATER, deposit_fen=2000, name="周女士")
    first = bakery.checkout.wallets.pay("wechat", CODE, 1000).payment_id
    bakery.answer(first, "paid", amount_fen=1000)
    bakery.checkout.payment.pay_cash()
    bakery.checkout.payment.complete()
    bakery.checkout.orders.collect(bakery.written(OrderTaken)[-1].order_id)
    second = bakery.checkout.wallets.pay("wechat", CODE).payment_id
    bakery.answer(second, "paid", amount_fen=1360)
    sale_id = bakery.checkout.payment.complete().business_id
    for _piece in range(2):
        one_comes_back(bakery, sale_id)
    back = {first: 0, second: 0}
    for refund in bakery.written(Refund):
        for tender in refund.tenders:
            if tender.payment_id is not None:
                back[tender.payment_id] += tender.amount_fen
    assert back == {first: 1000, second: 1360}
    assert sums(bakery) == {}
    bakery.close()


@pytest.mark.parametrize("paid_fen", [None, 0])
def test_an_exchange_whose_rest_is_rounded_away_is_paid(bakery: Bakery, paid_fen: int | None) -> None:
    bakery.selling()
    bakery.checkout.basket.scan(CROISSANT)
    bakery.checkout.payment.pay_external("card")
    sale_id = bakery.checkout.payment.complete().business_id
    word = bakery.checkout.staff.approve("refund", "m1", MANAGER_PIN)
    bakery.checkout.refunds.exchange(sale_id, {1: 1000}, approval=word)
    bakery.checkout.basket.add_goods("cake", open_price_fen=953)
    assert bakery.checkout.payment.view().cash_left_fen == 0
    assert bakery.checkout.payment.pay_cash(paid_fen).can_complete
    bakery.checkout.payment.complete()
