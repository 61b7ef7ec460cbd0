"""The first page's alerts: since when, closed by a press, shown again when they come again."""

import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office import accounts, alert_watch, stores
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
