"""Whoever writes on the line can make an answer worthless, and no more: what it gives is under HQ's signature."""

from uuid import UUID

from shared_models.bodies import GrantAdopted
from shared_models.rights import principal_lot
from tests.pos_client.sync.conftest import Counter

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
