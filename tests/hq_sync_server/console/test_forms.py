"""Forms: what is wrong stands beside its field, nothing typed is lost, also when the session ends meanwhile."""

import base64
from urllib.parse import urlencode

import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.organisation import stores
from shared_models.moments import ManualClock
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import WireTill

STORE = {
    "code": "S9",
    "name": "新店",
    "region": "",
    "store_type": "campus",
    "time_zone": "Asia/Shanghai",
    "day_cut": "04:00",
    "opening_hours": "07:30-21:30",
}


def _token(browser: Browser) -> dict[str, str]:
    return {"csrf_token": hidden(browser.get("/console/").text, "csrf_token")}


@pytest.mark.parametrize(
    ("field", "typed", "said"),
    [
        ("code", "", "Please fill this in."),
        ("code", "S 9!", "S 9! cannot be a code"),
        ("code", "S1", "There is a store S1 already."),
        ("name", "x" * 61, "At most 60 characters."),
        ("store_type", "palace", "Please choose one of the list."),
        ("time_zone", "Mars/Olympus", "There is no time zone Mars/Olympus."),
        ("day_cut", "four", "The day cut is written like 04:00."),
        ("opening_hours", "early", "Opening hours are written like 08:00-21:30."),
    ],
)
def test_a_wrong_field_is_said_beside_it_and_the_others_stay(
    browser: Browser, password: str, field: str, typed: str, said: str
) -> None:
    browser.log_in("admin", password)

    page = browser.post("/console/new-store", {**STORE, **_token(browser), field: typed})

    assert (page.status_code, said in page.text) == (422, True)
    kept = "新店" if field == "opening_hours" else "07:30-21:30"
    assert f'value="{kept}"' in page.text
    if field != "store_type":
        assert f'value="{typed}"' in page.text


def test_a_store_is_added_and_its_change_is_logged(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    browser.post("/console/new-store", {**STORE, **_token(browser)})
    browser.post("/console/stores/S9/edit", {**STORE, **_token(browser), "name": "校园店"})

    with hq.desk.read() as connection:
        assert stores.store_by_code(connection, "S9").name == "校园店"
    log = browser.get("/console/audit").text
    assert "Added a store" in log
    assert "</span> 新店<br>" in log
    assert "</span> 校园店<br>" in log


def test_a_form_whose_session_has_ended_is_kept_and_sent_after_the_login(
    browser: Browser, password: str, hq: Hq, clock: ManualClock
) -> None:
    browser.log_in("admin", password)
    form = {**STORE, **_token(browser)}
    clock.advance(accounts.SESSION_MS)

    door = browser.post("/console/new-store", form)
    assert "What you typed is kept" in door.text
    sent = {"form_token": hidden(door.text, "form_token"), "unsent": hidden(door.text, "unsent")}
    kept = browser.post("/console/login", {**sent, "login": "admin", "password": password})

    assert "Nothing was done" in kept.text
    assert 'name="name" value="新店"' in kept.text
    again = {**STORE, "csrf_token": hidden(kept.text, "csrf_token")}
    assert browser.post("/console/new-store", again).url.path == "/console/stores/S9"


def test_what_was_kept_cannot_lead_to_another_site(browser: Browser, password: str) -> None:
    for target in ("https://evil.example/", "//evil.example", "/v1/enrol"):
        unsent = base64.urlsafe_b64encode(urlencode([("", target), ("a", "b")]).encode()).decode()
        token = hidden(browser.get("/console/login").text, "form_token")
        page = browser.post(
            "/console/login",
            {"form_token": token, "unsent": unsent, "next": target, "login": "admin", "password": password},
        )
        assert (page.url.path, "evil" in page.text) == ("/console/", False)
        browser.cookies.clear()


def test_a_one_time_password_opens_nothing_but_the_page_where_it_is_changed(browser: Browser, hq: Hq) -> None:
    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "new", "hq_admin", one_time=True))
    page = browser.log_in("new", told)
    assert page.url.path == "/console/password"
    assert browser.get("/console/stores").url.path == "/console/password"
    token = hidden(page.text, "csrf_token")

    short = browser.post("/console/password", {"csrf_token": token, "password": "short", "password_again": "short"})
    differ = browser.post("/console/password", {"csrf_token": token, "password": "long enough", "password_again": "x"})
    browser.post("/console/password", {"csrf_token": token, "password": "long enough", "password_again": "long enough"})

    assert "at least 10 characters" in short.text
    assert "The two are not the same." in differ.text
    assert browser.get("/console/stores").url.path == "/console/stores"


def test_a_name_of_markup_is_only_a_name_on_every_page(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    name = '<script>alert(1)</script>"onload="x'
    browser.post("/console/new-store", {**STORE, **_token(browser), "name": name[:60]})
    browser.post("/console/regions", {**_token(browser), "region_code": "r", "region_name": name})

    for page in ("", "stores", "stores/S9", "stores/S9/edit", "rules/hq", "accounts", "audit", "members?q=" + name):
        shown = browser.get(f"/console/{page}").text
        assert "<script>alert" not in shown
        assert '"onload="' not in shown


@pytest.mark.parametrize("path", ["members/x", "members/" + "f" * 31, "stores/none", "stores/S1/x", "stores/S1/999999"])
def test_an_address_that_leads_nowhere_is_said_so(browser: Browser, password: str, path: str) -> None:
    browser.log_in("admin", password)
    assert browser.get(f"/console/{path}").status_code == 404


@pytest.mark.parametrize(
    ("address", "page"),
    [("regions", ""), ("stores/S1/enrolment-code", "stores/S1"), ("rules/hq/publish", "rules/hq")],
)
def test_the_address_of_a_form_leads_to_its_page(browser: Browser, password: str, address: str, page: str) -> None:
    """Somebody reloads what a form answered, or changes the language there."""
    browser.log_in("admin", password)
    assert browser.get(f"/console/{address}").url.path == f"/console/{page}"


def test_what_is_no_page_is_said_in_the_readers_language_with_a_way_out(browser: Browser, password: str) -> None:
    outside = browser.get("/console/nonsense")
    browser.log_in("admin", password)
    inside = browser.get("/console/nonsense", accept_language="zh-CN")

    assert (outside.status_code, inside.status_code) == (404, 404)
    assert "There is no page at this address." in outside.text
    assert "没有这个网页。" in inside.text
    assert 'href="/console/stores"' in inside.text


def test_what_was_done_is_said_on_the_page_that_follows(browser: Browser, password: str) -> None:
    browser.log_in("admin", password)
    added = browser.post("/console/regions", {**_token(browser), "region_code": "north", "region_name": "North"})
    again = browser.post("/console/regions", {**_token(browser), "region_code": "north", "region_name": "Else"})

    assert "The region was added." in added.text
    assert "There is a region north already." in again.text
    assert 'value="Else"' in again.text, "nothing typed is lost"
    assert "<i>" not in browser.get("/console/stores?done=<i>").text, "an address says nothing of its own"


def test_a_till_is_ended_only_by_who_typed_its_name(browser: Browser, password: str, hq: Hq) -> None:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    WireTill.enrolled(hq, store.store_id).push()
    browser.log_in("admin", password)
    before = browser.get("/console/stores/S1/1").text
    assert "Its key is believed no longer." in before

    wrong = browser.post("/console/stores/S1/1/revoke", {**_token(browser), "confirmed": "yes"})
    done = browser.post("/console/stores/S1/1/revoke", {**_token(browser), "confirmed": "S1/1"})

    assert (wrong.status_code, "To confirm, type S1/1 exactly." in wrong.text) == (422, True)
    assert "Revoked" in done.text
    assert "Revoked a till" in browser.get("/console/audit").text
