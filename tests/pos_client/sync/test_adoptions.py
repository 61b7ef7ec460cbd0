"""What a till only adopted is said in time, however often HQ nudges it: until then HQ lends it nothing more."""

from uuid import UUID

from shared_models.bodies import GrantAdopted
from tests.pos_client.sync.conftest import Counter
from tests.pos_client.sync.test_engine import LOT, types_of


def test_a_till_that_is_nudged_all_the_time_says_what_it_adopted_within_seconds(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.hq.placed.append((GrantAdopted(subject=member, lot=LOT, granted_total=700),))
    counter.top_up(UUID(int=5))
    is_unsaid = counter.engine.run_once().adopted_unsaid
    assert is_unsaid

    for _ in range(7):
        counter.clock.advance(1_000)
        counter.engine.push_soon()  # each run begins with a hello
        is_unsaid = counter.engine.run_once().adopted_unsaid

    assert not is_unsaid
    assert counter.agrees_with_hq()


def test_what_hq_placed_by_itself_costs_no_request_before_the_next_sale(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.hq.placed.append((GrantAdopted(subject=member, lot=LOT, granted_total=700),))
    counter.hq.grants[member] = (GrantAdopted(subject=member, lot=LOT, granted_total=900),)
    counter.top_up(UUID(int=5))

    report = counter.engine.run_once()

    assert types_of(counter.ledger)[-1] == "rights_adopted"
    assert counter.hq.kinds()[2:] == ["entries"]
    assert report.adopted_unsaid
    counter.ledger.save_basket(counter.ids.new_id(), "open", b"", member)
    counter.engine.want(member)
    counter.engine.run_once()
    assert counter.hq.kinds()[3:] == ["rights"], "nor does what a customer waits for add one"
    assert counter.hq.requests[-1].lane.adopted_request == counter.hq.requests[-2].lane.request_number
    counter.top_up(UUID(int=5))
    assert not counter.engine.run_once().adopted_unsaid
    assert counter.hq.kinds()[4:] == ["entries"]
    assert counter.agrees_with_hq()


def test_what_was_only_adopted_is_said_by_the_next_run_that_has_nothing_else_to_say(
    counter: Counter, member: UUID
) -> None:
    counter.engine.run_once()
    counter.hq.placed.append((GrantAdopted(subject=member, lot=LOT, granted_total=700),))
    counter.top_up(UUID(int=5))
    assert counter.engine.run_once().adopted_unsaid

    report = counter.engine.run_once()

    assert not report.adopted_unsaid
    assert counter.agrees_with_hq()


def test_a_run_that_begins_with_a_hello_says_what_earlier_runs_adopted(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.hq.placed.append((GrantAdopted(subject=member, lot=LOT, granted_total=700),))
    counter.top_up(UUID(int=5))
    assert counter.engine.run_once().adopted_unsaid

    counter.clock.advance(5_000)  # as long as it may wait
    counter.engine.push_soon()
    report = counter.engine.run_once()

    assert counter.hq.kinds()[-2:] == ["hello", "entries"]
    assert not report.adopted_unsaid
    assert counter.agrees_with_hq()
