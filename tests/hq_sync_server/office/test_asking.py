"""A till that is lent the rights of more members than a counter serves is named, once an hour."""

from uuid import UUID

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.intake import asking
from shared_models.moments import ManualClock
from shared_models.sales import LotAmount
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.restored import LOT, exceptions, known_member

LIMIT = 6
HOUR_MS = 3_600_000


@pytest.fixture
def members(hq: Hq, monkeypatch: pytest.MonkeyPatch) -> list[UUID]:
    monkeypatch.setattr(asking, "MEMBERS_AN_HOUR", LIMIT)
    return [known_member(hq, 1_000) for _ in range(2 * LIMIT)]


def lent(till: WireTill, *members: UUID) -> None:
    answer = till.ask(*members)
    assert len(answer.grants) == len(members)
    till.adopt(answer)
    till.push()


def test_a_till_that_goes_through_the_members_is_named_once(hq: Hq, till_a: WireTill, members: list[UUID]) -> None:
    lent(till_a, *members[: LIMIT - 1])
    before = exceptions(hq)
    for member in members[LIMIT - 1 :]:
        lent(till_a, member)

    assert before == []
    assert exceptions(hq) == ["many_members_asked"]


def test_as_many_in_two_hours_are_a_counter_s_work_and_in_the_next_hour_it_is_named_again(
    hq: Hq, till_a: WireTill, members: list[UUID], clock: ManualClock
) -> None:
    lent(till_a, *members[: LIMIT - 1])
    clock.advance(HOUR_MS)
    lent(till_a, *members[LIMIT - 1 : 2 * LIMIT - 2])
    assert exceptions(hq) == []

    for member in members[: LIMIT - 1]:
        till_a.release(LotAmount(member, LOT, 1_000))
    till_a.push()
    lent(till_a, *members[: LIMIT - 1])

    assert exceptions(hq) == ["many_members_asked"]


def test_who_is_asked_for_and_lent_nothing_is_not_counted_and_a_repeated_answer_is_one(
    hq: Hq, till_a: WireTill, members: list[UUID]
) -> None:
    for _ in range(LIMIT):
        till_a.ask(members[0])  # never adopted: the same grant is said again
    till_a.adopt(till_a.ask(members[0]))
    till_a.push()
    for _ in range(LIMIT):
        assert till_a.ask(members[0]).grants == ()

    assert exceptions(hq) == []
