"""What the engine says once the till's rights are frozen."""

from uuid import UUID

import pytest

from shared_models.sync import EntriesRequest
from tests.pos_client.sync.conftest import Counter


@pytest.mark.parametrize("outcome", ["rollback", "fork"])
def test_after_a_rollback_or_fork_the_entries_go_on_as_a_branch_and_nothing_else(
    counter: Counter, member: UUID, outcome: str
) -> None:
    counter.engine.run_once()
    counter.hq.outcomes.append({"outcome": outcome, "common_seq": 0})
    counter.top_up(member)
    counter.engine.run_once()
    before = len(counter.hq.bodies)

    counter.top_up(member)
    counter.engine.want(member)
    report = counter.engine.run_once()

    assert (report.error, counter.ledger.frozen()) == ("", outcome)
    said = counter.hq.requests[before:]
    assert [type(request) for request in said] == [EntriesRequest]
    assert (said[0].branch, said[0].lane.frozen) == (True, outcome)
    assert counter.agrees_with_hq()


def test_a_refusal_that_was_not_hqs_freezes_until_hq_answers(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.ledger.freeze("till_revoked")
    counter.top_up(member)

    counter.engine.run_once()

    assert counter.ledger.frozen() is None
    assert counter.agrees_with_hq()
