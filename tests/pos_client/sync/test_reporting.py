"""What a till tells an HQ that came back from a backup: everything it holds, page by page, and again if need be."""

from uuid import UUID

import pytest

from pos_client.sync import reporting
from pos_client.sync.reporting import ReportCursor
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.sync import CountersReport, HelloRequest
from tests.pos_client.sync.conftest import Counter

MEMBERS = [UUID(int=number) for number in range(1, 8)]
TOKENS = [UUID(int=number) for number in range(101, 106)]
WANTED = {"outcome": "ok", "report_wanted": True, "recovering": True, "hq_epoch": 2}


@pytest.fixture
def small_pages(monkeypatch: pytest.MonkeyPatch) -> None:
    """Three lots or tokens a page."""
    monkeypatch.setattr(reporting, "REPORT_LOTS_MAX", 3)


def _holds(counter: Counter) -> None:
    """Seven lots that were granted and topped up, and five coupons, all of one visit."""
    for member in MEMBERS:
        lot = GrantAdopted(subject=member, lot="principal:x", granted_total=member.int * 100)
        counter.hq.grants[member] = (lot,)
        counter.engine.want(member)
    moves = tuple(TokenMove(token=token, kind="coupon", version=1, subject=MEMBERS[0]) for token in TOKENS)
    counter.hq.tokens[MEMBERS[0]] = moves
    for member in MEMBERS:  # in a basket each, so that nothing is given back
        counter.ledger.save_basket(counter.ids.new_id(), "held", b"", member_id=member)
    assert counter.engine.run_once(pull=False).error == ""


def _reports(counter: Counter) -> list[CountersReport]:
    hellos = [request for request in counter.hq.requests if isinstance(request, HelloRequest)]
    return [hello.report for hello in hellos if hello.report is not None]


def _say_wanted(counter: Counter, times: int) -> None:
    """HQ asks in so many answers."""
    for _ in range(times):
        seq, entry_hash = counter.hq.head
        counter.hq.outcomes.append({**WANTED, "acked_seq": seq, "acked_hash": entry_hash})


@pytest.mark.usefixtures("small_pages")
def test_everything_is_told_once_in_pages_and_the_last_says_so(counter: Counter) -> None:
    _holds(counter)
    counter.engine.run_once(pull=False)
    counter.settle()
    _say_wanted(counter, 3)  # to a hello and to two pages; the third is the last

    counter.engine.push_soon()
    assert counter.engine.run_once(pull=False).error == ""

    pages = _reports(counter)
    told = [(one.subject, one.granted) for page in pages for one in page.counters]
    assert told == [(member, member.int * 100) for member in MEMBERS]
    assert [move.token for page in pages for move in page.tokens] == TOKENS
    assert [page.last for page in pages] == [False, False, True]


@pytest.mark.usefixtures("small_pages")
def test_a_new_process_says_the_open_page_in_the_same_bytes_and_then_all_from_the_beginning(counter: Counter) -> None:
    _holds(counter)
    counter.settle()
    _say_wanted(counter, 2)
    counter.hq.faults.extend(["", "", "lose_answer"])  # of the second page

    counter.engine.push_soon()
    assert counter.engine.run_once(pull=False).error == "hq_unreachable"
    before = counter.hq.bodies[-1]
    counter.restart()
    _say_wanted(counter, 3)
    assert counter.engine.run_once(pull=False).error == ""

    assert counter.hq.bodies.count(before) == 2
    pages = _reports(counter)
    assert [page.last for page in pages[-3:]] == [False, False, True]
    assert sum(len(page.counters) for page in pages[-3:]) == len(MEMBERS)


def test_a_report_that_is_still_wanted_waits_for_the_next_run(counter: Counter) -> None:
    _holds(counter)
    counter.settle()
    _say_wanted(counter, 5)
    counter.engine.push_soon()

    counter.engine.run_once(pull=False)

    assert [page.last for page in _reports(counter)] == [True]
    counter.engine.run_once(pull=False)
    assert [page.last for page in _reports(counter)] == [True, True]


def test_a_frozen_till_that_is_not_believed_tells_it_once_a_run_and_not_in_circles(counter: Counter) -> None:
    _holds(counter)
    counter.settle()
    counter.ledger.freeze("stale")
    seq, entry_hash = counter.hq.head
    answer = {**WANTED, "outcome": "resend_from", "trouble": "stale", "acked_seq": seq, "acked_hash": entry_hash}
    counter.hq.outcomes.extend([answer] * 40)
    said = len(counter.hq.requests)
    counter.engine.push_soon()

    counter.engine.run_once(pull=False)

    assert len(_reports(counter)) == 1
    assert len(counter.hq.requests) - said <= 3
    counter.engine.run_once(pull=False)
    assert len(_reports(counter)) <= 2


def test_nothing_is_given_back_while_hq_could_lend_it_to_nobody(counter: Counter) -> None:
    counter.top_up(MEMBERS[0])
    _say_wanted(counter, 20)

    counter.engine.run_once(pull=False)
    counter.engine.run_once(pull=False)

    assert counter.ledger.entries(("rights_released",)) == []
    assert counter.engine.state.hq_recovering


def test_an_empty_till_has_one_empty_page(counter: Counter) -> None:
    page = reporting.page_after(counter.ledger, ReportCursor())

    assert page == CountersReport(last=True)
