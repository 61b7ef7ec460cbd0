"""The first page's alerts: since when, closed by a press, shown again when they come again."""

import re

import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.inbox import alert_watch
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.upkeep import nightly_verify
from shared_models.moments import ManualClock
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def test_an_alert_is_closed_with_a_press_and_stays_in_sight(
    browser: Browser, password: str, hq: Hq, clock: ManualClock
) -> None:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    WireTill.enrolled(hq, store.store_id).hello()
    clock.advance(2 * 3_600_000)
    alert_watch.look(hq.desk)
    page = browser.log_in("admin", password).text
    key = "till_silent/stores/S1/1"
    assert f'value="{key}"' in page
    assert "since 01-01 11:00" in page

    closed = browser.post("/console/alerts", {"csrf_token": hidden(page, "csrf_token"), "key": key}).text
    assert f'value="{key}"' not in closed
    assert "Seen, and still so" in closed
    assert "Till S1/1 was last heard of 2 hours ago" in closed
    assert "Closed an alert" in browser.get("/console/audit").text
    nothing = browser.post("/console/alerts", {"csrf_token": hidden(page, "csrf_token"), "key": "nonsense"})
    assert nothing.status_code == 200

    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "auditor", "auditor"))
    auditor = Browser(create_web_app(hq))
    assert 'name="key"' not in auditor.log_in("auditor", told).text


def test_the_limit_of_open_exceptions_is_set_on_their_page(browser: Browser, password: str, hq: Hq) -> None:
    with hq.desk.read() as connection:
        till_id = WireTill.enrolled(hq, stores.store_by_code(connection, "S1").store_id).till_id
    notes = [Note("coupon_twice", till_id=till_id, epoch=1, seq=seq, amount=100, unit="fen") for seq in (1, 2)]
    hq.desk.run(lambda work: write_notes(work.connection, notes, work.ids, work.now_ms))
    home = browser.log_in("admin", password).text
    assert _level(home) == "warning"

    def send(limit: str) -> str:
        token = hidden(browser.get("/console/exceptions").text, "csrf_token")
        return browser.post("/console/exceptions/limit", {"csrf_token": token, "limit": limit}).text

    for wrong in ("0", "-1", "x", "", "100001"):
        refused = send(wrong)
        assert ('role="alert"' in refused, f'name="limit" type="text" value="{wrong}"' in refused) == (True, True)
    assert 'name="limit" type="text" value="20"' in browser.get("/console/exceptions").text

    assert 'name="limit" type="text" value="1"' in send("1")

    assert _level(browser.get("/console/").text) == "danger"
    assert "Set the limit of open exceptions" in browser.get("/console/audit").text
    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "auditor", "auditor"))
    auditor = Browser(create_web_app(hq))
    auditor.log_in("auditor", told)
    page = auditor.get("/console/exceptions").text
    assert 'name="limit"' not in page
    sent = {"csrf_token": hidden(page, "csrf_token"), "limit": "5"}
    assert auditor.post("/console/exceptions/limit", sent).status_code == 403


def _level(home: str) -> str:
    found = re.search(r'class="card (\w+) alert"><a href="/console/exceptions">', home)
    assert found, home
    return found[1]


def test_the_first_page_says_when_the_books_were_verified(
    browser: Browser, password: str, hq: Hq, clock: ManualClock
) -> None:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    WireTill.enrolled(hq, store.store_id)
    page = browser.log_in("admin", password).text
    assert ("no book was verified yet" in page, page.count('<td class="muted">not yet</td>')) == (True, 1)

    nightly_verify.run(hq.desk)
    clock.advance(3 * 3_600_000)
    page = browser.get("/console/").text
    assert "book verified 3 hours ago" in page
    assert page.count('<td class="muted">3 hours ago</td>') == 1
    assert "were not verified for two nights" not in page

    clock.advance(2 * 86_400_000)
    assert "Ledgers of 1 tills were not verified for two nights." in browser.log_in("admin", password).text
