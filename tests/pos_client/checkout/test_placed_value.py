"""What of a member's value is usable here while cut off, who could use the rest, and what a manager may lend."""

from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from msgspec.structs import replace

from pos_client.ledger import verify
from pos_client.ui.texts import refusal_words, why_not_more
from pos_client.ui.words import use_language
from shared_models import bodies
from shared_models.catalog import StoreRow, TillRow
from shared_models.members import PlacedRights
from shared_models.refusals import Refusal
from shared_models.rights import risk_lot
from shared_models.rules import EscrowRules
from tests.pos_client.checkout.bakery import (
    ALL_OF_ZHOU,
    BREAD,
    MANAGER_PIN,
    NEIGHBOUR_ID,
    PRINCIPAL,
    RULES,
    ZHOU,
    ZHOU_CARD,
    Bakery,
    zhou,
)

FAR_TILL, FAR_STORE = UUID(int=77), UUID(int=78)
LENDING = replace(
    RULES, version=15, escrow=EscrowRules(mode="escrow_with_risk", risk_member_fen=5_000, risk_outage_fen=6_000)
)


@pytest.fixture
def lending(tmp_path: Path) -> Iterator[Bakery]:
    """A store whose managers may lend above rights."""
    opened = Bakery(tmp_path / "till", rules=LENDING)
    yield opened
    opened.close()
    assert verify(tmp_path / "till").findings == []


def refused(bakery: Bakery, amount_fen: int | None) -> Refusal:
    """The refusal of a payment of so much from stored value; None: of all that is usable."""
    with pytest.raises(Refusal) as caught:
        bakery.checkout.payment.pay_stored_value(amount_fen)
    return caught.value


def in_basket(bakery: Bakery, pieces: int = 3) -> None:
    """A cashier with some bread and 周女士's card: 47.88 for three."""
    checkout = bakery.selling()
    checkout.basket.scan(ZHOU_CARD)
    checkout.basket.scan(BREAD)
    checkout.basket.set_quantity(1, pieces * 1_000)


def test_a_payment_above_what_is_here_names_the_till_that_could(bakery: Bakery) -> None:
    bakery.grant({PRINCIPAL: 1_000})
    bakery.tell_member(replace(zhou(), placed=(PlacedRights(NEIGHBOUR_ID, 12_000, 50),)))
    in_basket(bakery)

    refusal = refused(bakery, 1_100)
    panel = bakery.checkout.basket.view().member

    assert (refusal.code, refusal.fields) == (
        "value_at_till",
        {"wanted_fen": 1_100, "available_fen": 1_000, "till_number": 1, "usable_fen": 12_000, "who": "till"},
    )
    assert panel is not None
    assert (panel.stored_value_usable_fen, panel.why_not_more) == (1_000, "at_till")
    assert bakery.checkout.payment.pay_stored_value(1_000).stored_value.after_usable_fen == 0


@pytest.mark.parametrize(
    ("language", "told", "beside"),
    [
        ("zh_CN", "本机现在可用 ¥10.00。1 号机可用 ¥120.00。", "1 号机可用 ¥120.00。"),
        ("en", "¥10.00 can be used here now. Till 1 can use ¥120.00.", "Till 1 can use ¥120.00."),
    ],
)
def test_it_is_said_in_words(bakery: Bakery, language: str, told: str, beside: str) -> None:
    bakery.grant({PRINCIPAL: 1_000})
    bakery.tell_member(replace(zhou(), placed=(PlacedRights(NEIGHBOUR_ID, 12_000),)))
    in_basket(bakery)
    refusal = refused(bakery, 1_100)
    panel = bakery.checkout.basket.view().member
    assert panel is not None

    use_language(language)
    try:
        assert refusal_words(refusal) == told
        assert why_not_more(panel.why_not_more, 0, panel.why_fields) == beside
    finally:
        use_language("en")


def test_another_store_is_named_and_a_till_that_is_gone_is_not(bakery: Bakery) -> None:
    bakery.grant({PRINCIPAL: 1_000})
    bakery.tell(
        bakery.row("store", FAR_STORE.hex, StoreRow(store_id=FAR_STORE, code="FA", name="远店")),
        bakery.row("till", FAR_TILL.hex, TillRow(till_id=FAR_TILL, store_id=FAR_STORE, number=3)),
    )
    bakery.tell_member(replace(zhou(), placed=(PlacedRights(FAR_TILL, 9_000), PlacedRights(UUID(int=99), 9_900))))
    in_basket(bakery)

    refusal = refused(bakery, 4_000)

    assert (refusal.code, refusal.fields["store"], refusal.fields["usable_fen"]) == ("value_at_store", "远店", 9_000)


def test_all_that_there_is_is_said_to_be_all(bakery: Bakery) -> None:
    bakery.grant(ALL_OF_ZHOU)
    in_basket(bakery, 30)

    assert refused(bakery, 40_000).code == "rights_short"


def test_a_manager_lends_above_the_rights_within_the_limits(lending: Bakery) -> None:
    lending.grant({PRINCIPAL: 1_000})
    in_basket(lending)
    payment = lending.checkout.payment
    asked = refused(lending, 4_788)
    approval = lending.checkout.staff.approve("risk", "m1", MANAGER_PIN)

    view = payment.pay_stored_value(4_788, approval=approval)
    done = payment.complete()

    sale = lending.written(bodies.Sale)[-1]
    lot = risk_lot(sale.head.business_id)
    assert (asked.code, asked.fields["action"]) == ("approval_needed", "risk")
    assert view.can_complete
    assert [(part.lot, part.amount) for part in sale.risk_taken] == [(lot, 3_788)]
    assert [(part.lot, part.amount) for part in sale.tenders[0].lots] == [(PRINCIPAL, 1_000), (lot, 3_788)]
    assert sale.approvals == (approval,)
    assert done.points_earned == 47  # what is lent will be paid from principal
    figure = lending.ledger.member_figure(ZHOU)
    assert figure is not None
    assert (figure.risk_fen, figure.principal_fen) == (3_788, 29_000)
    assert lending.ledger.risk_waiting_fen() == 3_788


def test_where_nothing_is_usable_a_manager_may_still_lend(lending: Bakery) -> None:
    lending.tell_member(zhou())
    in_basket(lending)

    all_of_it = refused(lending, None)
    approval = lending.checkout.staff.approve("risk", "m1", MANAGER_PIN)
    view = lending.checkout.payment.pay_stored_value(4_788, approval=approval)

    assert (all_of_it.code, all_of_it.fields["available_fen"], all_of_it.fields["room_fen"]) == ("risk_limit", 0, 4_788)
    assert view.can_complete


def test_what_stops_a_payment_is_said_and_not_that_the_rest_is_with_hq(lending: Bakery) -> None:
    lending.tell_member(zhou())
    in_basket(lending)
    lending.ledger.freeze("rollback")
    frozen_till = refused(lending, None)
    lending.tell_member(replace(zhou(), status="frozen"))
    frozen_member = refused(lending, None)

    assert (frozen_till.code, frozen_member.code) == ("rights_frozen", "member_frozen")


def test_the_limits_are_of_the_member_and_of_the_till_until_hq_has_heard(lending: Bakery) -> None:
    lending.grant({PRINCIPAL: 1_000})
    in_basket(lending, 4)
    too_much = refused(lending, 6_384)
    approval = lending.checkout.staff.approve("risk", "m1", MANAGER_PIN)
    lending.checkout.payment.pay_stored_value(6_000, approval=approval)
    lending.checkout.payment.pay_cash()
    lending.checkout.payment.complete()
    lending.checkout.basket.scan(ZHOU_CARD)
    lending.checkout.basket.scan(BREAD)

    assert (too_much.code, too_much.fields["room_fen"]) == ("risk_limit", 5_000)
    assert refused(lending, 1_000).code == "value_at_hq"


def test_what_arrives_meanwhile_is_not_lent(lending: Bakery) -> None:
    lending.grant({PRINCIPAL: 1_000})
    in_basket(lending)
    approval = lending.checkout.staff.approve("risk", "m1", MANAGER_PIN)
    lending.checkout.payment.pay_stored_value(4_788, approval=approval)
    lending.grant({PRINCIPAL: 4_000})
    lending.checkout.payment.complete()

    assert [part.amount for part in lending.written(bodies.Sale)[-1].risk_taken] == [788]


def test_without_the_rule_no_manager_lends(bakery: Bakery) -> None:
    bakery.grant({PRINCIPAL: 1_000})
    in_basket(bakery)
    approval = bakery.checkout.staff.approve("risk", "m1", MANAGER_PIN)

    with pytest.raises(Refusal) as no:
        bakery.checkout.payment.pay_stored_value(4_000, approval=approval)
    assert no.value.code == "value_at_hq"
