"""Parked entries in the browser: as they came, tried again with a press, booked as intake would have, or waiting on."""

import re
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.members import member_view
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.upkeep import verify
from shared_models import bodies
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.facts import register, top_up
from tests.hq_sync_server.people import WireTill


@pytest.fixture
def till(browser: Browser, password: str, hq: Hq) -> WireTill:
    browser.log_in("admin", password)
    with hq.desk.read() as connection:
        return WireTill.enrolled(hq, stores.store_by_code(connection, "S1").store_id)


@contextmanager
def _an_older_hq(entry_type: str) -> Iterator[None]:
    """An HQ whose release does not know a kind of entry yet."""
    decoders, kinds = vars(bodies)["_DECODERS"], bodies.BODY_TYPES
    with pytest.MonkeyPatch.context() as patched:
        patched.delitem(decoders, (entry_type, 1))
        patched.setattr(bodies, "BODY_TYPES", {key: kind for key, kind in kinds.items() if key[0] != entry_type})
        yield


def _waiting(browser: Browser) -> list[str]:
    return re.findall(r"/console/exceptions/parked/\d+", browser.get("/console/exceptions/parked").text)


def _try(browser: Browser, page: str) -> str:
    return browser.post(page, {"csrf_token": hidden(browser.get(page).text, "csrf_token")}).text


def _principal(hq: Hq, member: UUID) -> int:
    with hq.desk.read() as connection:
        assert verify.verify(connection).faults == ()
        return member_view.member(connection, Scope(), member).sum_of("principal")


def test_what_an_older_hq_did_not_know_is_booked_with_a_press_by_a_newer_one(
    browser: Browser, till: WireTill, hq: Hq
) -> None:
    member = register(till, "+8613800005678")
    top_up(till, member, 5_000)
    with _an_older_hq("top_up"):
        assert [verdict.code for verdict in till.push().verdicts] == ["unknown_type"]
        (page,) = _waiting(browser)
        assert "It still waits: Of a kind this HQ does not know" in _try(browser, page)
    assert "top_up" in browser.get(page).text, "as it came"
    assert _principal(hq, member) == 0

    _try(browser, page)

    assert _principal(hq, member) == 5_000
    assert _waiting(browser) == []
    assert browser.get(page).status_code == 404, "it waits no more"
    log = browser.get("/console/audit").text
    assert ("Took a parked entry" in log, "Tried a parked entry" in log) == (True, True)


def test_what_came_by_another_way_meanwhile_is_not_booked_twice(browser: Browser, till: WireTill, hq: Hq) -> None:
    """The same fact parked and, under another number, taken: a till that went back says it again."""
    member = register(till, "+8613800005678")
    top_up(till, member, 5_000)
    body = till.entries[-1].body
    with _an_older_hq("top_up"):
        till.push()
    till.append_raw("top_up", 1, body)
    assert till.push().verdicts == ()
    assert _principal(hq, member) == 5_000
    (page,) = _waiting(browser)

    _try(browser, page)

    assert (_principal(hq, member), _waiting(browser)) == (5_000, [])


def test_what_hq_fails_on_again_waits_on_and_says_so(browser: Browser, till: WireTill, hq: Hq) -> None:
    member = register(till, "+8613800005678")
    top_up(till, member, 2**64)
    assert [verdict.code for verdict in till.push().verdicts] == ["code_failed"]
    (page,) = _waiting(browser)

    assert "It still waits: HQ failed on it" in _try(browser, page)

    assert _waiting(browser) == [page]
    assert _principal(hq, member) == 0


def test_a_ticket_that_was_parked_is_on_the_desk_afterwards(browser: Browser, till: WireTill) -> None:
    head = till.head()
    till.append(bodies.TicketOpened(head=head, ticket_id=head.business_id, category="delivery", about_receipt="R-77"))
    with _an_older_hq("ticket_opened"):
        till.push()
    (page,) = _waiting(browser)
    assert "R-77" not in browser.get("/console/tickets").text

    _try(browser, page)

    assert "R-77" in browser.get("/console/tickets").text


def test_who_may_only_look_tries_nothing(browser: Browser, till: WireTill, hq: Hq) -> None:
    till.append_raw("something_new", 1, till.entries[0].body)
    till.push()
    (page,) = _waiting(browser)
    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "auditor", "auditor"))
    auditor = Browser(create_web_app(hq))
    auditor.log_in("auditor", told)

    shown = auditor.get(page).text

    assert "Try again" not in shown
    assert auditor.post(page, {"csrf_token": hidden(shown, "csrf_token")}).status_code == 403
