"""The engine on a wire that does everything wires do: nothing is lost, said twice, or spent twice."""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec
import pytest

from pos_client.ledger import Ledger
from shared_models.bodies import ClockSet, GrantAdopted, MemberRegistered, RightsReleased, decode_body
from shared_models.entries import Attachment, Entry, batch_signature_input
from shared_models.moments import ManualClock
from shared_models.rights import principal_lot
from shared_models.sync import BATCH_ENTRIES_MAX, EntriesRequest, HelloRequest, RightsRequest
from tests.pos_client.sync.conftest import NOON_MS, Counter
from tests.pos_client.sync.scripted_hq import TILL

LOT = principal_lot(UUID(int=77))


def types_of(ledger: Ledger) -> list[str]:
    return [entry.entry_type for entry in ledger.entries_after(0, 1000, 10**9)]


def last_of(ledger: Ledger) -> Entry:
    entry = ledger.entry_at(ledger.head().seq)
    assert entry is not None
    return entry


def test_the_first_run_says_hello_and_then_everything_that_waits(counter: Counter, member: UUID) -> None:
    counter.top_up(member)

    report = counter.engine.run_once()

    assert report.error == ""
    assert counter.hq.kinds()[:2] == ["hello", "entries"]
    assert counter.agrees_with_hq()
    hello = counter.hq.requests[0]
    assert isinstance(hello, HelloRequest)
    assert (hello.program_version, hello.waiting_entries, hello.waiting_fen) == ("9.9", 2, 1000)
    assert counter.engine.state.online


def test_a_batch_is_signed_up_to_its_last_entry(counter: Counter) -> None:
    counter.engine.run_once()

    batch = next(request for request in counter.hq.requests if isinstance(request, EntriesRequest))
    last = batch.entries[-1]
    signed = batch_signature_input(TILL, 1, last.seq, last.entry_hash)
    counter.keys.device_key.public_key().verify(batch.signature, signed)


def test_nothing_is_said_when_nothing_is_new(counter: Counter) -> None:
    counter.engine.run_once()
    said = len(counter.hq.bodies)

    report = counter.engine.run_once()

    assert (report.requests, len(counter.hq.bodies)) == (0, said)


@pytest.mark.parametrize(
    "fault", ["lose_request", "lose_answer", "truncate", "misplace", "wrong_time", 429, 502, 503, 504]
)
def test_an_unanswered_request_is_said_again_in_the_same_bytes_by_a_new_process(
    counter: Counter, member: UUID, fault: str | int
) -> None:
    counter.engine.run_once()
    counter.top_up(member)
    counter.hq.faults.append(fault)
    report = counter.engine.run_once()
    assert report.error
    assert report.retry_seconds >= 0.0
    counter.top_up(member)  # the till sells on meanwhile
    counter.clock.advance(3_600_000)

    request = counter.ledger.open_request()
    assert request is not None

    counter.restart()
    counter.settle()

    said = [body for _, body in counter.hq.bodies if hashlib.sha256(body).digest() == request.digest]
    assert len(said) == (1 if fault == "lose_request" else 2)
    assert counter.agrees_with_hq()


def test_retry_after_is_waited_out(counter: Counter) -> None:
    counter.hq.faults.append(503)

    assert counter.engine.run_once().retry_seconds >= 9.0


def test_a_doubled_request_changes_nothing(counter: Counter, member: UUID) -> None:
    counter.top_up(member)
    counter.hq.faults.extend(["double", "double", "double"])

    counter.settle()

    assert counter.agrees_with_hq()
    assert counter.ledger.frozen() is None


def test_rights_are_asked_for_before_anything_else_and_the_screen_is_told(counter: Counter, member: UUID) -> None:
    counter.hq.grants[member] = (GrantAdopted(subject=member, lot=LOT, granted_total=700),)
    told: list[Sequence[UUID]] = []
    counter.engine.on_rights(told.append)
    counter.engine.run_once()
    counter.top_up(UUID(int=5))
    counter.ledger.save_basket(counter.ids.new_id(), "open", b"", member)

    counter.engine.want(member)
    report = counter.engine.run_once()

    assert counter.hq.kinds()[2:4] == ["rights", "entries"]
    request = counter.hq.requests[2]
    assert isinstance(request, RightsRequest)
    assert [(lot.subject, lot.lot) for lot in request.lots] == [(member, "*")]
    assert request.coupons_of == (member,)
    assert counter.ledger.rights_of([member])[member, LOT].available == 700
    assert told == [(member,)]
    assert report.members_served == (member,)
    assert counter.agrees_with_hq()


def test_hq_is_not_asked_for_rights_of_somebody_it_has_not_heard_of(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    told: list[Sequence[UUID]] = []
    counter.engine.on_rights(told.append)
    counter.ledger.append(MemberRegistered(head=counter.ledger.new_head(subjects=(member,)), member_id=member))

    counter.engine.want(member)
    counter.engine.run_once()

    assert counter.hq.kinds()[2:] == ["entries"]
    assert told == [[member]], "the screen waits for nothing"
    counter.engine.want(member)
    counter.engine.run_once()
    assert counter.hq.kinds()[3:] == ["rights"]


def test_a_lost_answer_with_a_grant_is_adopted_once(counter: Counter, member: UUID) -> None:
    counter.hq.grants[member] = (GrantAdopted(subject=member, lot=LOT, granted_total=700),)
    counter.engine.run_once()
    counter.ledger.save_basket(counter.ids.new_id(), "open", b"", member)
    counter.engine.want(member)
    counter.hq.faults.append("lose_answer")
    counter.engine.run_once()

    counter.restart()
    counter.settle()

    assert types_of(counter.ledger).count("rights_adopted") == 1
    assert counter.ledger.last_adopted()[0] == counter.hq.requests[-1].lane.adopted_request


def test_what_is_held_goes_back_at_once_when_the_basket_is_gone(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    basket = counter.ids.new_id()
    counter.ledger.save_basket(basket, "open", b"", member)
    counter.top_up(member, 5000)
    counter.engine.run_once()
    assert types_of(counter.ledger)[-1] == "top_up"

    counter.ledger.drop_basket(basket)
    counter.engine.run_once()

    released = decode_body("rights_released", 1, last_of(counter.ledger).body)
    assert isinstance(released, RightsReleased)
    assert [(part.subject, part.amount) for part in released.released] == [(member, 5000)]
    assert counter.agrees_with_hq()


def test_on_a_dead_line_nothing_is_given_back(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.clock.advance(60_000)
    counter.hq.down = True
    counter.top_up(member, 5000)

    counter.engine.run_once()
    assert types_of(counter.ledger)[-1] == "top_up"

    counter.hq.down = False
    counter.settle()
    assert types_of(counter.ledger)[-1] == "rights_released"


def test_nobody_waits_for_rights_wanted_before_a_long_outage(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.hq.down = True
    counter.engine.want(member)
    counter.clock.advance(3_600_000)
    counter.hq.down = False

    counter.engine.run_once()

    assert "rights" not in counter.hq.kinds()


def test_a_batch_that_is_too_large_is_cut_smaller(counter: Counter, member: UUID) -> None:
    for _ in range(20):
        counter.top_up(member)
    counter.hq.entries_max = 6

    counter.settle()

    assert counter.agrees_with_hq()
    assert max(len(request.entries) for request in counter.hq.requests if isinstance(request, EntriesRequest)) <= 6


def test_a_backlog_goes_in_batches_and_a_customer_at_the_counter_comes_first(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    for _ in range(BATCH_ENTRIES_MAX + 20):
        counter.top_up(member)
    counter.engine.want(member)

    counter.engine.run_once()

    assert counter.hq.kinds()[2:5] == ["rights", "entries", "entries"]
    assert counter.agrees_with_hq()


@pytest.mark.parametrize("outcome", ["stale", "clone"])
def test_a_till_that_went_back_freezes_its_rights_and_goes_on_from_hqs_number(
    counter: Counter, member: UUID, outcome: str
) -> None:
    counter.engine.run_once()
    counter.hq.outcomes.append({"outcome": outcome, "hq_last_request": 50})
    counter.top_up(member)

    counter.engine.run_once()
    counter.engine.want(member)
    counter.settle()

    assert counter.ledger.frozen() == counter.engine.state.frozen == outcome
    assert counter.hq.requests[-1].lane.request_number > 50
    assert "rights" not in counter.hq.kinds()
    assert counter.agrees_with_hq()


def test_resend_from_goes_on_where_hq_stands(counter: Counter, member: UUID) -> None:
    """HQ has a batch whose answer the till never saw, because its number was closed at the till."""
    counter.top_up(member)
    counter.hq.faults.extend(["", "lose_answer"])
    counter.engine.run_once()
    request = counter.ledger.open_request()
    assert request is not None
    counter.ledger.drop_request(request.number)
    counter.top_up(member)

    counter.settle()

    assert counter.agrees_with_hq()


def test_an_hq_that_stands_still_is_not_asked_in_circles(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.top_up(member)
    for _ in range(5):
        counter.hq.outcomes.append({"outcome": "resend_from"})

    report = counter.engine.run_once()

    assert (report.error, report.requests) == ("hq_stands_still", 1)


def test_a_refusal_of_hqs_has_its_name_and_loses_nothing(counter: Counter, member: UUID) -> None:
    counter.engine.run_once()
    counter.top_up(member)
    counter.hq.outcomes.append({"outcome": "refused", "refusal": "epoch_not_open"})

    report = counter.engine.run_once()
    assert (report.error, counter.engine.state.online) == ("epoch_not_open", False)

    counter.settle()
    assert counter.agrees_with_hq()


def test_a_request_that_can_no_longer_be_said_is_replaced(counter: Counter, member: UUID) -> None:
    """A person was forgotten between two tries: the attachment that was part of the bytes is gone."""
    counter.engine.run_once()
    name = Attachment(kind="name", salt=counter.ids.new_salt(), content="王小明".encode())
    head = counter.ledger.new_head(subjects=(member,))
    body = MemberRegistered(head=head, member_id=member, name=name.attachment_hash)
    counter.ledger.append(body, [name])
    counter.hq.faults.append("lose_answer")
    counter.engine.run_once()

    counter.ledger.forget(member)
    counter.settle()

    assert counter.agrees_with_hq()
    assert counter.ledger.frozen() is None


def test_hqs_time_gives_the_offset_but_an_old_answer_said_again_does_not(counter: Counter) -> None:
    counter.hq.ahead_ms = 7_000
    counter.hq.faults.append("lose_answer")
    counter.engine.run_once()
    counter.clock.advance(86_400_000)

    counter.engine.run_once()

    assert abs(counter.ledger.clock_state().offset_ms - 7_000) < 1_000


def test_a_clock_that_was_a_year_ahead_is_set_back_by_hqs_time(
    counter: Counter, member: UUID, clock: ManualClock
) -> None:
    counter.engine.run_once()
    clock.set_wall(NOON_MS + 365 * 86_400_000)
    counter.top_up(member)
    clock.set_wall(NOON_MS + 60_000)
    clock.advance(120_000)

    counter.settle()

    sets = [e for e in counter.ledger.entries_after(0, 1000, 10**9) if e.entry_type == "clock_set"]
    body = decode_body("clock_set", 1, sets[-1].body)
    assert isinstance(body, ClockSet)
    assert body.by_hq
    assert abs(body.to_ms - clock.now_ms()) < 1_000
    assert counter.agrees_with_hq()


def test_a_clock_that_stays_ahead_is_told_by_its_offset_and_set_no_further(
    counter: Counter, member: UUID, clock: ManualClock
) -> None:
    counter.hq.ahead_ms = -365 * 86_400_000
    for _ in range(3):
        counter.top_up(member)
        clock.advance(120_000)
        counter.settle()

    assert not [e for e in counter.ledger.entries_after(0, 1000, 10**9) if e.entry_type == "clock_set"]
    assert abs(counter.ledger.clock_state().offset_ms - counter.hq.ahead_ms) < 1_000


def test_the_state_tells_since_when_and_what_waits(counter: Counter, member: UUID, clock: ManualClock) -> None:
    counter.engine.run_once()
    counter.hq.down = True
    clock.advance(10_000)
    counter.top_up(member, 2500)
    counter.engine.run_once()
    clock.advance(10_000)
    counter.engine.run_once()

    state = counter.engine.state
    assert (state.online, state.error, state.since_ms) == (False, "hq_unreachable", NOON_MS + 10_000)
    assert (state.waiting_entries, state.waiting_fen, state.oldest_waiting_ms) == (1, 2500, NOON_MS + 10_000)
    assert counter.ledger.sync_state().last_error == "hq_unreachable"


@pytest.mark.parametrize("step", range(12))
@pytest.mark.parametrize("fault", ["lose_request", "lose_answer"])
def test_the_engine_may_die_at_any_step_and_begin_again(counter: Counter, member: UUID, fault: str, step: int) -> None:
    """A morning with a grant, a sale's worth of rights and their return, cut at each of its requests."""
    counter.hq.grants[member] = (GrantAdopted(subject=member, lot=LOT, granted_total=300),)
    counter.hq.faults.extend([""] * step + [fault])
    basket = counter.ids.new_id()
    counter.engine.run_once()
    counter.restart()
    counter.ledger.save_basket(basket, "open", b"", member)
    for _ in range(3):
        counter.engine.want(member)
        counter.engine.run_once()
        counter.restart()
        counter.top_up(member, 40)
        counter.engine.run_once()
        counter.restart()
    counter.ledger.drop_basket(basket)

    counter.settle()

    assert counter.agrees_with_hq()
    assert counter.ledger.frozen() is None
    counters = counter.ledger.rights_of([member])
    assert sum(each.available for each in counters.values()) == 0
    assert sum(each.released for each in counters.values()) == 300 + 3 * 40


def test_every_body_sent_decodes_as_what_it_says(counter: Counter, member: UUID) -> None:
    counter.engine.want(member)
    counter.settle()

    for kind, body in counter.hq.bodies:
        lane = msgspec.msgpack.decode(body)["lane"]
        assert lane["till_id"] == str(TILL), kind
