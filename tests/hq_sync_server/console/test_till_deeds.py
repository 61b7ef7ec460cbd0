"""Every deed of a till's page, done through the page: what it costs stands there before the button is pressed."""

import re
from uuid import UUID

import msgspec
import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing.enrolment import enrol
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.upkeep import verify
from shared_models.moments import DAY_MS, ManualClock
from shared_models.sync import EnrolRequest
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
MEMBER = UUID(int=7)
PAGE = "/console/stores/S1/1"


@pytest.fixture
def till(hq: Hq, browser: Browser, password: str) -> WireTill:
    """Till 1 of the first store, which holds 50.00 of a member; the administrator is in."""
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    till = WireTill.enrolled(hq, store.store_id)
    top_up(till, MEMBER, 5_000)
    till.push()
    browser.log_in("admin", password)
    return till


def _do(browser: Browser, deed: str, typed: str = "S1/1") -> str:
    token = hidden(browser.get(PAGE).text, "csrf_token")
    return browser.post(f"{PAGE}/{deed}", {"csrf_token": token, "confirmed": typed}).text


def _deeds(page: str) -> list[str]:
    return re.findall(r'action="/console/stores/S1/1/(\w+)"', page)


def _go_back(till: WireTill) -> None:
    """Its disk is the one of before the top-up."""
    till.entries, till.acked_seq, till.acked_hash = till.entries[:1], 1, till.entries[0].entry_hash


def test_the_page_says_how_a_till_stands(browser: Browser, till: WireTill, hq: Hq, clock: ManualClock) -> None:
    clock.advance(5 * 60_000)

    page = browser.get(PAGE).text

    facts = dict(re.findall(r"<dt>([^<]+)</dt><dd>(.*?)</dd>", page))
    assert facts["Last seen"] == "5 minutes ago"
    assert facts["Waiting there"] == "0 entries · ¥0.00"
    assert facts["Entries here"] == "2 · epoch 1"
    assert facts["Rights outside"] == "¥50.00 · 0 points · 1 member"
    assert facts["Ledger verified"] == "not yet"
    assert facts["Rules"] == "–"
    assert _deeds(page) == ["new_code", "new_code_disk_gone", "revoke"]


def test_a_till_that_went_back_is_let_go_on_after_its_cost_was_shown(browser: Browser, till: WireTill) -> None:
    _go_back(till)
    assert till.hello().outcome == "rollback"

    before = browser.get(PAGE).text
    wrong = _do(browser, "open_epoch", "S1")
    done = _do(browser, "open_epoch")

    assert "Gone back, rights frozen" in before
    effect = before.partition("/open_epoch")[2].partition("</form>")[0]
    assert "¥50.00 · 0 points · 1 member" in effect
    assert "To confirm, type S1/1 exactly." in wrong
    assert "Let a till open a new epoch" in browser.get("/console/audit").text
    assert "admin let it open a new epoch" in done
    assert "open_epoch" not in _deeds(done)
    assert till.hello().epoch_allowed


def test_a_lost_till_is_written_off_when_it_can_spend_no_more(
    browser: Browser, till: WireTill, hq: Hq, clock: ManualClock
) -> None:
    assert "write_off" not in _deeds(browser.get(PAGE).text), "not while its key is believed"
    _do(browser, "revoke")
    shown = browser.get(PAGE).text
    early = _do(browser, "write_off")
    clock.advance(23 * DAY_MS)
    later = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "later", "hq_admin"))
    browser.log_in("later", later)
    _do(browser, "write_off")

    effect = shown.partition("/write_off")[2].partition("</form>")[0]
    assert "¥50.00" in effect
    assert "Possible from" in effect
    assert "disabled" in effect, "nobody is asked to confirm what cannot be done yet"
    assert 'role="alert"' in early
    after = browser.get(PAGE).text
    assert "Written off" in after
    assert "Rights outside</dt><dd>¥0.00" in after
    assert "Taken home from a holder that was declared gone" in after
    with hq.desk.read() as connection:
        assert verify.verify(connection).sound


def test_a_code_enrols_the_same_till_on_another_machine_and_is_shown_once(
    browser: Browser, till: WireTill, hq: Hq
) -> None:
    page = _do(browser, "new_code")
    code = re.search(r'<p class="code told">([A-Z2-9]{4}-[A-Z2-9]{4}-[A-Z2-9]{4})</p>', page)
    assert code
    assert "<svg" in page
    assert code[1] not in browser.get(PAGE).text

    request = EnrolRequest(code=code[1], public_key=bytes(range(32)))
    answer = hq.desk.run(lambda work: enrol(work, request))

    assert answer.till_id == till.till_id


def test_what_was_kept_aside_is_taken_by_a_deed(browser: Browser, till: WireTill) -> None:
    _do(browser, "revoke")
    top_up(till, MEMBER, 700)
    assert till.control("entries", till.batch()).outcome == "kept"

    before = browser.get(PAGE).text
    _do(browser, "accept_kept")

    assert "1 entry" in before.partition("/accept_kept")[2].partition("</form>")[0]
    after = browser.get(PAGE).text
    assert "accept_kept" not in _deeds(after)
    assert "3 · epoch 1" in after


def test_a_code_for_a_new_till_is_wrong_beside_its_field_or_works(browser: Browser, till: WireTill, hq: Hq) -> None:
    token = {"csrf_token": hidden(browser.get("/console/stores/S1").text, "csrf_token")}
    address = "/console/stores/S1/enrolment-code"

    for minutes in ("", "soon", "0", "99999999"):
        refused = browser.post(address, {**token, "till_name": "窗口机", "minutes": minutes})
        assert (refused.status_code, 'value="窗口机"' in refused.text) == (422, True)
    made = browser.post(address, {**token, "till_name": "窗口机", "minutes": "30"})
    code = re.search(r'<p class="code told">([A-Z2-9-]{14})</p>', made.text)
    assert code
    answer = hq.desk.run(lambda work: enrol(work, EnrolRequest(code=code[1], public_key=bytes(range(32)))))

    assert answer.till_number == 2
    assert "窗口机" in browser.get("/console/stores/S1/2").text


def test_a_region_manager_makes_codes_and_ends_no_till(till: WireTill, hq: Hq) -> None:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")

    def add(work: Work) -> str:
        region_id = stores.add_region(work, "east", "华东")
        stores.save_store(work, msgspec.structs.replace(store, region_id=region_id, region_name="华东"))
        return accounts.add_account(work.connection, work.ids, "east", "region_manager", region_id=region_id)

    password = hq.desk.run(add)
    browser = Browser(create_web_app(hq))
    browser.log_in("east", password)
    page = browser.get(PAGE)
    token = {"csrf_token": hidden(page.text, "csrf_token")}

    assert (page.status_code, _deeds(page.text)) == (200, [])
    assert browser.post(f"{PAGE}/revoke", {**token, "confirmed": "S1/1"}).status_code == 403
    made = browser.post("/console/stores/S1/enrolment-code", {**token, "till_name": "", "minutes": "5"})
    assert "<svg" in made.text
