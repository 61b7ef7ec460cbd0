"""Whoever writes on the line can make an answer worthless, and no more: what it gives is under HQ's signature."""

from typing import Any
from uuid import UUID

import pytest

from pos_client.sync.hq_api import RawAnswer
from shared_models.bodies import GrantAdopted
from shared_models.moments import ManualClock
from shared_models.rights import principal_lot
from tests.pos_client.sync.conftest import NOON_MS, Counter

LOT = principal_lot(UUID(int=9))


def test_a_grant_made_larger_on_the_way_is_nobodys_word(counter: Counter, member: UUID) -> None:
    counter.settle()
    counter.hq.grants[member] = (GrantAdopted(subject=member, lot=LOT, granted_total=700),)
    counter.ledger.save_basket(counter.ids.new_id(), "open", b"", member)
    counter.engine.want(member)

    counter.hq.faults.append("more_rights")
    report = counter.engine.run_once()
    before = counter.ledger.rights_of([member]).get((member, LOT))
    counter.settle()

    assert report.error == "not_hq"
    assert before is None
    assert counter.ledger.rights_of([member])[member, LOT].granted == 700


def test_a_clock_that_is_set_while_a_request_is_on_its_way_gives_no_offset_of_its_own(
    counter: Counter, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """At the start of the day: the network comes up, and with it the right time."""
    counter.settle()
    clock.set_wall(NOON_MS - 8 * 3_600_000)
    ask = counter.hq.request

    def set_meanwhile(*asked: Any) -> RawAnswer:
        clock.set_wall(NOON_MS)
        clock.advance(300)
        return ask(*asked)

    monkeypatch.setattr(counter.hq, "request", set_meanwhile)
    counter.engine.push_soon()
    counter.engine.run_once()

    assert counter.hq.kinds()[-1] == "hello", "and nothing after it"
    assert abs(counter.ledger.clock_state().offset_ms) < 1_000
