"""A till that brings a branch and says nothing of its disk: its facts are taken, and it is lent nothing more."""

from uuid import UUID

import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from shared_models.catalog import StoreRow
from shared_models.sync import ControlAnswer
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.restored import exceptions, known_member, spend, take_all


@pytest.fixture
def member(hq: Hq, stores: list[StoreRow]) -> UUID:
    """Somebody with 100.00 at HQ."""
    return known_member(hq, 10_000)


def _went_back(till: WireTill, member: UUID) -> None:
    """It took 100.00 over, spent 30.00 of it and delivered all that; then its disk is as it was before it spent."""
    till.push()
    take_all(till, member)
    till.push()
    seq = till.acked_seq
    for _ in range(3):
        spend(till, member, 1_000)
    till.push()
    del till.entries[seq:]
    till.acked_seq, till.acked_hash = seq, till.head_hash


def _brings(till: WireTill) -> ControlAnswer:
    return till.control("entries", structs.replace(till.batch(), branch=True))


def test_a_branch_that_nobody_announced_is_a_fork_whoever_brings_it(hq: Hq, till_a: WireTill, member: UUID) -> None:
    _went_back(till_a, member)
    spend(till_a, member, 9_000)

    answer = _brings(till_a)

    assert (answer.outcome, answer.trouble) == ("fork", "fork")
    assert exceptions(hq) == ["overspent", "fork"], "the fact is taken, and both are named"
    assert till_a.ask(member).refusal == "rights_frozen"


def test_neither_do_entries_that_hq_has_bring_its_head_back_unnoticed(hq: Hq, till_a: WireTill, member: UUID) -> None:
    _went_back(till_a, member)
    till_a.acked_seq = 0

    answer = _brings(till_a)

    assert (answer.outcome, answer.trouble, exceptions(hq)) == ("fork", "fork", ["fork"])


def test_what_goes_on_from_hqs_head_is_no_branch_whatever_it_calls_itself(
    hq: Hq, till_a: WireTill, member: UUID
) -> None:
    till_a.push()
    take_all(till_a, member)

    answer = _brings(till_a)

    assert (answer.outcome, answer.trouble, exceptions(hq)) == ("ok", "", [])


def test_a_branch_that_calls_hqs_head_its_own_is_a_fork_and_breaks_no_chain(
    hq: Hq, till_a: WireTill, member: UUID
) -> None:
    """HQ goes by the second branch; a program of its own says that it has that head, and brings the first one."""
    till_a.push()
    take_all(till_a, member)
    till_a.push()
    seq = till_a.acked_seq
    for _ in range(2):
        spend(till_a, member, 1_000)
    till_a.push()
    first = list(till_a.entries)
    del till_a.entries[seq:]
    till_a.acked_seq, till_a.acked_hash = seq, till_a.head_hash
    spend(till_a, member, 1_500)
    _brings(till_a)
    at_hq = (len(till_a.entries), till_a.head_hash)

    till_a.entries, till_a.acked_seq = first, seq
    batch = till_a.batch()
    lane = structs.replace(batch.lane, acked_seq=at_hq[0], acked_hash=at_hq[1])
    answer = till_a.control("entries", structs.replace(batch, lane=lane))

    assert answer.outcome == "fork"
