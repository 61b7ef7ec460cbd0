"""A remedy that two have agreed to goes back by the same way: a reason, a second person, a fact of its own."""

from uuid import UUID

import pytest
from sqlalchemy import func, select

from hq_sync_server.app import Hq
from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.inbox import inbox, remedies, remedy_reversals
from hq_sync_server.office.members import member_requests
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import tables
from shared_models.refusals import Refusal
from tests.hq_sync_server.facts import register, release_top_up, top_up
from tests.hq_sync_server.people import WireTill

ADMIN = Viewer(login="admin", role="hq_admin")
SECOND = Viewer(login="second", role="hq_admin")
EVERYWHERE = Scope()


@pytest.fixture
def exception_id(hq: Hq, till_a: WireTill) -> UUID:
    """12.00 were claimed from a member with 50.00, and a second person has agreed."""
    member = register(till_a, "+8613800005678")
    top_up_id = top_up(till_a, member, 5_000)
    release_top_up(till_a, member, top_up_id, 5_000)
    till_a.push()
    note = Note("refund_exceeds_sale", till_id=till_a.till_id, epoch=1, seq=1, amount=1_200, unit="fen", subject=member)
    hq.desk.run(lambda work: write_notes(work.connection, [note], work.ids, work.now_ms))
    with hq.desk.read() as connection:
        (line,) = inbox.lines(connection, EVERYWHERE, code="refund_exceeds_sale")
    hq.desk.run(lambda work: remedies.choose(work, ADMIN, EVERYWHERE, line.exception_id, "member_pays"))
    _agree(hq, _waiting(hq).request_id)
    assert _principal(hq) == 3_800
    return line.exception_id


def _take_back(hq: Hq, exception_id: UUID, reason: str = "", viewer: Viewer = ADMIN) -> None:
    hq.desk.run(lambda work: remedy_reversals.take_back(work, viewer, EVERYWHERE, exception_id, reason))


def _agree(hq: Hq, request_id: UUID, viewer: Viewer = SECOND) -> None:
    hq.desk.run(lambda work: remedy_reversals.agree(work, viewer, EVERYWHERE, request_id))


def _waiting(hq: Hq) -> member_requests.Request:
    with hq.desk.read() as connection:
        (asked,) = member_requests.waiting(connection, EVERYWHERE)
    return asked


def _how(hq: Hq, exception_id: UUID) -> str:
    with hq.desk.read() as connection:
        return remedy_reversals.how(remedies.done(connection, exception_id))


def _status(hq: Hq, exception_id: UUID) -> str:
    with hq.desk.read() as connection:
        return inbox.one(connection, EVERYWHERE, exception_id).line.status


def _principal(hq: Hq) -> int:
    postings = tables.postings.c
    with hq.desk.read() as connection:
        return -int(connection.scalar(select(func.sum(postings.amount)).where(postings.account == "principal")) or 0)


def test_what_two_have_agreed_to_goes_back_when_two_agree_again(hq: Hq, exception_id: UUID) -> None:
    with pytest.raises(Refusal, match="reason_missing"):
        _take_back(hq, exception_id)
    _take_back(hq, exception_id, "the wrong member")

    asked = _waiting(hq)
    assert (asked.adjustment.purse, asked.adjustment.amount, asked.reason) == ("principal", 1_200, "the wrong member")
    assert (_status(hq, exception_id), _principal(hq)) == ("closed", 3_800), "nothing is booked by asking"
    with pytest.raises(Refusal, match="own_request"):
        _agree(hq, asked.request_id, ADMIN)
    _agree(hq, asked.request_id)

    assert (_status(hq, exception_id), _principal(hq)) == ("open", 5_000)
    assert _how(hq, exception_id) == ""
    with hq.desk.read() as connection:
        assert verify.verify(connection).sound
        actions = [line.action for line in audit.lines(connection, ADMIN, EVERYWHERE)]
        chosen = remedies.done(connection, exception_id)
    assert {"reversal_asked", "adjustment_agreed", "remedy_undone", "exception_reopened"} <= set(actions)
    assert [(one.name, one.undone_by) for one in chosen] == [("reversal", ""), ("member_pays", "second")]


def test_it_can_be_chosen_closed_and_opened_again_afterwards(hq: Hq, exception_id: UUID) -> None:
    _take_back(hq, exception_id, "the wrong member")
    _agree(hq, _waiting(hq).request_id)

    hq.desk.run(lambda work: remedies.choose(work, ADMIN, EVERYWHERE, exception_id, "chain_bears"))
    assert _how(hq, exception_id) == "now"
    _take_back(hq, exception_id)
    hq.desk.run(lambda work: inbox.close(work, ADMIN, EVERYWHERE, exception_id, "no_fault"))
    hq.desk.run(lambda work: inbox.reopen(work, ADMIN, EVERYWHERE, exception_id))

    assert _status(hq, exception_id) == "open"


def test_who_does_not_agree_leaves_it_in_force(hq: Hq, exception_id: UUID) -> None:
    _take_back(hq, exception_id, "the wrong member")
    request_id = _waiting(hq).request_id
    assert _how(hq, exception_id) == "waits"
    hq.desk.run(lambda work: member_requests.refuse(work, SECOND, EVERYWHERE, request_id))

    assert (_how(hq, exception_id), _status(hq, exception_id), _principal(hq)) == ("asks", "closed", 3_800)


def test_who_asked_may_want_it_no_more(hq: Hq, exception_id: UUID) -> None:
    _take_back(hq, exception_id, "the wrong member")
    with pytest.raises(Refusal, match="remedy_in_force"):
        hq.desk.run(lambda work: inbox.reopen(work, ADMIN, EVERYWHERE, exception_id))
    _take_back(hq, exception_id)

    with hq.desk.read() as connection:
        assert member_requests.waiting(connection, EVERYWHERE) == []
    assert (_how(hq, exception_id), _principal(hq)) == ("asks", 3_800)


def test_a_correction_that_was_refused_does_not_keep_its_exception_shut(hq: Hq, till_a: WireTill) -> None:
    member = register(till_a, "+8613800005678")
    till_a.push()
    note = Note("balance_cap_exceeded", till_id=till_a.till_id, epoch=1, seq=1, amount=700, unit="fen", subject=member)
    hq.desk.run(lambda work: write_notes(work.connection, [note], work.ids, work.now_ms))
    with hq.desk.read() as connection:
        (line,) = inbox.lines(connection, EVERYWHERE, code="balance_cap_exceeded")
    hq.desk.run(lambda work: remedies.choose(work, ADMIN, EVERYWHERE, line.exception_id, "pay_out"))
    request_id = _waiting(hq).request_id
    hq.desk.run(lambda work: member_requests.refuse(work, SECOND, EVERYWHERE, request_id))

    _take_back(hq, line.exception_id)

    assert _status(hq, line.exception_id) == "open"


@pytest.mark.parametrize("role", ["auditor", "marketing", "store_manager"])
def test_who_may_correct_nothing_takes_nothing_back(hq: Hq, exception_id: UUID, role: str) -> None:
    with pytest.raises(Refusal, match="not_allowed"):
        _take_back(hq, exception_id, "why not", Viewer(login="x", role=role))
    assert _how(hq, exception_id) == "asks"
