"""What a till only adopted is said in time, however often HQ nudges it: until then HQ lends it nothing more."""

from uuid import UUID

from shared_models.bodies import GrantAdopted
from tests.pos_client.sync.conftest import Counter
from tests.pos_client.sync.test_engine import LOT


def test_a_till_that_is_nudged_all_the_time_says_what_it_adopted_within_seconds(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.hq.placed.append((GrantAdopted(subject=member, lot=LOT, granted_total=700),))
    counter.top_up(UUID(int=5))
    assert counter.engine.run_once().adopted_unsaid

    for _ in range(7):
        counter.clock.advance(1_000)
        counter.engine.push_soon()  # each run begins with a hello
        report = counter.engine.run_once()

    assert not report.adopted_unsaid
    assert counter.agrees_with_hq()
