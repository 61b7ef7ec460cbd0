"""The control lane: one number, one answer, for ever."""

import msgspec
import pytest
from msgspec import structs

from hq_sync_server.app import Hq
from hq_sync_server.office.organisation.tills import signature_is_right
from hq_sync_server.records import office_tables, tables
from shared_models.entries import GENESIS_HASH
from shared_models.moments import ManualClock
from shared_models.sync import ControlAnswer, EntriesRequest, HelloRequest
from tests.hq_sync_server.facts import release_top_up, top_up
from tests.hq_sync_server.people import WireTill


def _answers(till: WireTill, kind: str, request: HelloRequest | EntriesRequest) -> bytes:
    response = till.send("POST", f"/v1/{kind}", msgspec.msgpack.encode(request))
    assert response.status == 200
    return response.body


def _open_exceptions(hq: Hq) -> list[str]:
    table = office_tables.exceptions
    with hq.desk.read() as connection:
        return list(connection.scalars(table.select().with_only_columns(table.c.code)))


def _entries_of(hq: Hq, till: WireTill) -> int:
    with hq.desk.read() as connection:
        return len(connection.execute(tables.entries.select().where(tables.entries.c.till_id == till.till_id)).all())


def test_the_same_request_gets_the_same_answer_and_has_one_effect(hq: Hq, till_a: WireTill, clock: ManualClock) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    batch = till_a.batch()

    first = _answers(till_a, "entries", batch)
    clock.advance(60_000)
    second = _answers(till_a, "entries", batch)

    assert first == second
    assert _entries_of(hq, till_a) == 2


def test_another_body_under_the_same_number_is_a_clone_and_gets_no_rights(hq: Hq, till_a: WireTill) -> None:
    member = hq.desk.ids.new_id()
    release_top_up(till_a, member, top_up(till_a, member, 5_000), 5_000)
    till_a.push()
    request = HelloRequest(lane=till_a.position())
    _answers(till_a, "hello", request)

    twin = msgspec.msgpack.decode(
        _answers(till_a, "hello", structs.replace(request, program_version="other")), type=ControlAnswer
    )
    frozen = till_a.ask(member)

    assert (twin.outcome, twin.hq_last_request) == ("clone", request.lane.request_number)
    assert (frozen.outcome, frozen.refusal) == ("refused", "rights_frozen")
    assert _open_exceptions(hq) == ["clone"]


@pytest.mark.parametrize("behind", [0, 1])
def test_a_till_that_says_it_is_a_restored_copy_is_not_taken_for_two_machines(
    hq: Hq, till_a: WireTill, behind: int
) -> None:
    """Its next number may have been used since the copy was made: it has said why."""
    till_a.push()
    till_a.hello()
    till_a.number -= 1 + behind

    request = HelloRequest(lane=structs.replace(till_a.position(), frozen="restored_copy"))
    answer = msgspec.msgpack.decode(_answers(till_a, "hello", request), type=ControlAnswer)

    assert (answer.outcome, answer.trouble) == ("stale" if behind else "clone", "restored_copy")
    assert _open_exceptions(hq) == ["restored_copy"]


def test_a_lower_number_is_stale_and_has_no_effect(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    till_a.number = 0
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    late = structs.replace(till_a.batch(), lane=structs.replace(till_a.position(), request_number=1))
    till_a.number = 4
    till_a.hello()

    answer = msgspec.msgpack.decode(_answers(till_a, "entries", late), type=ControlAnswer)

    assert (answer.outcome, answer.hq_last_request, answer.hq_head_seq) == ("stale", 5, 1)
    assert _entries_of(hq, till_a) == 1


def test_numbers_may_have_gaps(till_a: WireTill) -> None:
    till_a.number = 40
    assert till_a.push().outcome == "ok"
    assert till_a.number == 41


def test_a_till_below_hqs_head_has_gone_back(hq: Hq, till_a: WireTill) -> None:
    top_up(till_a, hq.desk.ids.new_id(), 5_000)
    till_a.push()
    till_a.entries, till_a.acked_seq = till_a.entries[:1], 1
    till_a.acked_hash = till_a.entries[0].entry_hash

    answer = till_a.hello()

    assert (answer.outcome, answer.hq_head_seq, answer.common_seq) == ("rollback", 2, 1)
    assert _open_exceptions(hq) == ["rollback"]


def test_another_hash_at_an_acknowledged_place_is_a_fork(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    till_a.acked_hash = bytes(32)

    assert till_a.hello().outcome == "fork"
    till_a.acked_hash = bytes(32)
    assert till_a.hello().outcome == "fork"
    assert _open_exceptions(hq) == ["fork"]


def test_another_head_at_the_same_place_is_a_fork(hq: Hq, till_a: WireTill) -> None:
    till_a.push()
    forked = structs.replace(till_a.position(), head_hash=bytes(32))

    assert till_a.control("hello", HelloRequest(lane=forked)).outcome == "fork"


def test_a_till_that_lost_an_answer_is_told_where_to_go_on(till_a: WireTill) -> None:
    till_a.push()
    head = till_a.head_hash
    till_a.acked_seq, till_a.acked_hash = 0, GENESIS_HASH

    answer = till_a.hello()

    assert (answer.outcome, answer.acked_seq, answer.acked_hash) == ("resend_from", 1, head)


def test_every_answer_brings_hqs_signed_time(hq: Hq, till_a: WireTill) -> None:
    answer = till_a.hello()

    told = answer.acknowledgement().signed(till_a.till_id)
    assert answer.hq_time_ms == hq.desk.clock.now_ms()
    assert signature_is_right(till_a.enrolment.hq_verify_key, answer.hq_signature, told)


def test_what_a_hello_says_is_kept(hq: Hq, till_a: WireTill) -> None:
    till_a.control(
        "hello",
        HelloRequest(
            lane=till_a.position(), program_version="1.0\x00", waiting_entries=7, waiting_fen=350, till_time_ms=1
        ),
    )

    with hq.desk.read() as connection:
        lane = connection.execute(tables.lanes.select()).one()
    assert (lane.waiting_entries, lane.waiting_fen, lane.program_version) == (7, 350, "1.0")
    assert lane.clock_offset_ms == hq.desk.clock.now_ms() - 1


def test_when_all_is_here_no_money_waits_any_more(hq: Hq, till_a: WireTill) -> None:
    till_a.control("hello", HelloRequest(lane=till_a.position(), waiting_entries=1, waiting_fen=350, till_time_ms=1))
    till_a.push()

    with hq.desk.read() as connection:
        lane = connection.execute(tables.lanes.select()).one()
    assert (lane.waiting_entries, lane.waiting_fen) == (0, 0)
