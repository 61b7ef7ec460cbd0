"""A till with a good key and a program of its own: what it says of lots makes nothing free that nobody posted."""

from collections.abc import Callable
from pathlib import Path
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
from shared_models.sync import CountersReport, HelloRequest, LotCounters
from tests.hq_sync_server.backups import Backup
from tests.hq_sync_server.facts import sale_body
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import report
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


def _points_of_no_month(till: WireTill, member: UUID) -> Body:
    return sale_body(till, 1_000, member_id=member, points_earned=[LotAmount(member, "points", 5)])


def _more_points_than_there_are(till: WireTill, member: UUID) -> Body:
    return sale_body(till, 1_000, member_id=member, points_earned=[LotAmount(member, "points:2027-12", 2**63 - 1)])


def _more_money_than_there_is(till: WireTill, member: UUID) -> Body:
    return structs.replace(sale_body(till, 1_000, member_id=member), total_fen=2**63 - 1)


def _on_no_day(till: WireTill, member: UUID) -> Body:
    body = sale_body(till, 1_000, member_id=member)
    return structs.replace(body, head=structs.replace(body.head, business_date="2025-02-30"))


def _adopted_of_no_month(till: WireTill, member: UUID) -> Body:
    grant = bodies.GrantAdopted(subject=member, lot="points", granted_total=5)
    return bodies.RightsAdopted(head=till.head(), request_number=1, grants=(grant,))


@pytest.mark.parametrize(
    ("forge", "reason"),
    [
        (_points_of_no_month, "lots_differ"),
        (_more_points_than_there_are, "code_failed"),
        (_more_money_than_there_is, "code_failed"),
        (_on_no_day, "malformed_body"),
        (_adopted_of_no_month, "lots_differ"),
    ],
)
def test_what_nobody_could_read_or_add_up_afterwards_is_set_aside_and_the_member_is_served_elsewhere(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, forge: Callable[[WireTill, UUID], Body], reason: str
) -> None:
    """A month that is none, a figure beyond which nothing is counted, a day there never was: everybody else would fail
    on them who serves this member."""
    till_a.append(forge(till_a, member))
    till_a.release(LotAmount(member, "points", 5))

    answer = till_a.push()
    till_b.append(sale_body(till_b, 1_000, member_id=member, points_earned=[LotAmount(member, "points:2027-12", 5)]))
    sold = till_b.push()
    lent = till_b.ask(member).grants

    assert [one.code for one in answer.verdicts] == [reason, "lots_differ"]
    assert [one for one in sold.verdicts if one.outcome == "parked"] == []
    assert [(grant.lot, grant.granted_total) for grant in lent] == [(LOT, 10_000)]


def test_a_report_of_what_nobody_could_read_afterwards_is_not_taken(
    hq: Hq, till_a: WireTill, till_b: WireTill, member: UUID, tmp_path: Path
) -> None:
    """While HQ recovers from a backup it believes its tills: not that there is such a lot, nor such a coupon."""
    till_a.push(), till_b.push()
    Backup(hq, tmp_path).restore()
    till_a.hello(), till_b.hello()
    lane = structs.replace(till_a.position(), hq_epoch=hq.desk.hq_epoch())
    odd = LotCounters(subject=member, lot="points", granted=5)
    refused = till_a.control("hello", HelloRequest(lane=lane, report=CountersReport(counters=(odd,))))
    lane = structs.replace(till_a.position(), hq_epoch=hq.desk.hq_epoch())
    coupon = bodies.TokenMove(token=UUID(int=7), kind="coupon", version=1, subject=member, terms=b"none")
    till_a.control("hello", HelloRequest(lane=lane, report=CountersReport(tokens=(coupon,), last=True)))
    report(till_b)

    assert (refused.outcome, refused.refusal) == ("refused", "report_wrong")
    assert [(grant.lot, grant.granted_total) for grant in till_b.ask(member).grants] == [(LOT, 10_000)]
