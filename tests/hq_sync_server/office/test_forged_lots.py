"""A till with a good key and a program of its own: what it says of lots makes nothing free that nobody posted."""

from collections.abc import Callable
from uuid import UUID

import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep import verify
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.catalog import StoreRow
from shared_models.rights import risk_lot
from shared_models.sales import LotAmount, Tender
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.restored import LOT, balance, known_member

MUCH = 1_000_000


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return known_member(hq, 10_000)


def _lent_on_a_lot_of_money(till: WireTill, member: UUID) -> Body:
    return structs.replace(sale_body(till, 1_000, member_id=member), risk_taken=(LotAmount(member, LOT, MUCH),))


def _lent_in_another_sale(till: WireTill, member: UUID) -> Body:
    other = risk_lot(till.hq.desk.ids.new_id())
    return structs.replace(sale_body(till, 1_000, member_id=member), risk_taken=(LotAmount(member, other, MUCH),))


def _points_that_are_money(till: WireTill, member: UUID) -> Body:
    return sale_body(till, 1_000, member_id=member, points_earned=[LotAmount(member, LOT, MUCH)])


def _paid_by_points(till: WireTill, member: UUID) -> Body:
    return sale_body(till, 1_000, member_id=member, stored=[LotAmount(member, "points:2027-12", 1_000)])


def _paid_from_a_drawer(till: WireTill, member: UUID) -> Body:
    return sale_body(till, 1_000, member_id=member, stored=[LotAmount(member, "cash:1", 1_000)])


def _corrected_into_a_purse(till: WireTill, member: UUID) -> Body:
    stored = Tender(kind="stored_value", amount_fen=MUCH, lots=(LotAmount(member, LOT, MUCH),))
    return bodies.TenderCorrected(
        head=till.head(member),
        sale_id=member,
        taken_back=(stored,),
        put_instead=(Tender(kind="cash", amount_fen=MUCH),),
    )


@pytest.mark.parametrize(
    "forge",
    [
        _lent_on_a_lot_of_money, _lent_in_another_sale, _points_that_are_money, _paid_by_points, _paid_from_a_drawer,
        _corrected_into_a_purse,
    ],
)  # fmt: skip
def test_what_a_lot_gets_in_name_only_is_set_aside_and_lent_to_nobody(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, forge: Callable[[WireTill, UUID], Body]
) -> None:
    till_a.push(), till_b.push()
    till_a.append(forge(till_a, member))
    till_a.release(LotAmount(member, LOT, MUCH))

    answer = till_a.push()
    lent = till_b.ask(member).grants

    assert [(one.outcome, one.code) for one in answer.verdicts] == [
        ("parked", "lots_differ"), ("exception", "release_clipped")
    ]  # fmt: skip
    assert [(grant.lot, grant.granted_total) for grant in lent] == [(LOT, 10_000)], "what there is, and no fen more"
    assert balance(hq, member) == 10_000
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()


def test_a_sale_above_the_rights_under_its_own_name_is_taken(hq: Hq, till_a: WireTill, member: UUID) -> None:
    body = sale_body(till_a, 3_000, member_id=member)
    lent = LotAmount(member, risk_lot(body.head.business_id), 3_000)
    paid = sale_body(till_a, 3_000, member_id=member, stored=[lent], business_id=body.head.business_id)
    till_a.append(structs.replace(paid, risk_taken=(lent,)))

    till_a.push()

    assert balance(hq, member) == 7_000, "paid from what the member has"
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()
