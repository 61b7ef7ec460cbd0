"""A refund is never refused for points already spent: the rest is a debt, paid before anything is lent again."""

from uuid import UUID

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep import verify
from shared_models import bodies
from shared_models.sales import LotAmount
from tests.hq_sync_server.facts import register, sale_body
from tests.hq_sync_server.people import WireTill, balances, member_rows

LOT = "points:2026-12"


def _earn(till: WireTill, member: UUID, points: int) -> None:
    till.append(sale_body(till, 5_000, member_id=member, points_earned=[LotAmount(member, LOT, points)]))


def _refund_owing(till: WireTill, member: UUID, points: int) -> None:
    till.append(
        bodies.Refund(
            head=till.head(member),
            receipt_number="2",
            sale_id=till.hq.desk.ids.new_id(),
            sale_till_id=till.till_id,
            sale_epoch=1,
            sale_seq=1,
            member_id=member,
            lines=(),
            total_fen=0,
            points_debt=points,
        )
    )


def test_a_debt_is_paid_from_what_becomes_free_before_anything_is_lent(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    _refund_owing(till_a, member, 30)
    _earn(till_a, member, 50)
    till_a.release(LotAmount(member, LOT, 50))
    till_a.push()
    owing = member_rows(till_a.changes().rows)[member]

    answer = till_a.ask(member)

    assert (owing.points_debt, balances(owing)) == (30, {LOT: 50})
    assert [grant.granted_total for grant in answer.grants] == [20]
    paid = member_rows(till_a.changes().rows)[member]
    assert (paid.points_debt, balances(paid)) == (0, {LOT: 20})


def test_a_debt_larger_than_what_is_free_stays_open(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    _refund_owing(till_a, member, 30)
    _earn(till_a, member, 10)
    till_a.release(LotAmount(member, LOT, 10))
    till_a.push()

    assert till_a.ask(member).grants == ()
    assert member_rows(till_a.changes().rows)[member].points_debt == 20


def test_a_debt_under_another_id_is_the_person_s_and_paid_before_anything_is_lent_to_her(
    hq: Hq, till_a: WireTill, till_b: WireTill
) -> None:
    """Registered twice in an outage: spent and refunded under the one id, earned under the other."""
    member = register(till_a, "13800005678")
    _earn(till_a, member, 50)
    till_a.release(LotAmount(member, LOT, 50))
    till_a.push()
    again = register(till_b, "13800005678")
    _refund_owing(till_b, again, 30)
    till_b.push()

    answer = till_b.ask(member)

    rows = member_rows(till_a.changes().rows)
    assert [grant.granted_total for grant in answer.grants] == [20]
    assert rows[member].points_debt + rows[again].points_debt == 0
    assert sum(balances(rows[member]).values()) + sum(balances(rows[again]).values()) == 20
    hq.desk.sequence()
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()


def test_visits_spend_and_refunds_of_a_member(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    _earn(till_a, member, 10)
    _earn(till_a, member, 10)
    till_a.push()

    row = member_rows(till_a.changes().rows)[member]
    assert (row.visits, row.last_store_id, balances(row)) == (2, till_a.enrolment.store_id, {LOT: 20})
