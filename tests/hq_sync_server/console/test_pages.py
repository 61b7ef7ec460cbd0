"""The console: nothing without a login, everything that needs a look on one page, in the reader's language."""

import re
from pathlib import Path

import msgspec
import pytest

from hq_sync_server.app import Hq, create_web_app, open_hq
from hq_sync_server.office.access import accounts
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.organisation import stores
from shared_models import bodies
from shared_models.moments import ManualClock
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import WireTill


def _till(hq: Hq) -> WireTill:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    return WireTill.enrolled(hq, store.store_id)


def test_nobody_sees_anything_without_a_login(browser: Browser, password: str) -> None:
    for path in ("/", "/console/", "/console/?lang=zh"):
        page = browser.get(path)
        assert page.url.path == "/console/login"
        assert "1 号店" not in page.text
    assert browser.get("/console/static/console.css").status_code == 200
    assert browser.get("/console/static/../pages.py").status_code == 404
    assert browser.get("/openapi.json").status_code == 404


def test_who_logs_in_sees_stores_and_tills_and_may_leave_again(browser: Browser, password: str, hq: Hq) -> None:
    till = _till(hq)
    till.push()

    page = browser.log_in("admin", password)

    assert page.url.path == "/console/"
    assert "柜账面包" in page.text
    assert re.search(r"1 号店.*2 号店", page.text, re.DOTALL)
    assert "just now" in page.text
    assert browser.get("/console/login").url.path == "/console/"
    left = browser.post("/console/logout", {"csrf_token": hidden(page.text, "csrf_token")})
    assert left.url.path == "/console/login"
    assert browser.get("/console/").url.path == "/console/login"


def test_what_waits_what_did_not_fit_and_what_is_parked_is_shown(browser: Browser, password: str, hq: Hq) -> None:
    till = _till(hq)
    head = till.head()
    till.append_raw("something_new", 1, b'{"head":' + bodies.encode_body(bodies.EpochOpened(head=head, epoch=1))[8:])
    answer = till.push()
    note = Note("quote_mismatch", till_id=till.till_id, epoch=1, seq=7, amount=-1280, unit="fen")
    hq.desk.run(lambda work: write_notes(work.connection, [note], work.ids, work.now_ms))

    home = browser.log_in("admin", password).text

    assert [verdict.outcome for verdict in answer.verdicts] == ["parked"]
    assert "1 exceptions are open, ¥12.80 in all." in home
    assert "Parked entries: 1." in home
    inbox = browser.get("/console/exceptions").text
    assert "Priced differently than the rules say" in inbox
    assert "-¥12.80" in inbox
    assert "S1/1" in inbox
    parked = browser.get("/console/exceptions/parked").text
    assert "something_new" in parked
    assert "Of a kind this HQ does not know" in parked


def test_a_till_not_heard_of_since_yesterday_is_shown_so(
    browser: Browser, password: str, hq: Hq, clock: ManualClock
) -> None:
    _till(hq).hello()
    clock.advance(3 * 86_400_000)

    page = browser.log_in("admin", password).text

    assert "3 days ago" in page


@pytest.mark.parametrize(
    ("asked", "accepted", "heading"),
    [
        ("", "zh-CN,zh;q=0.9,en;q=0.8", "登录"),
        ("", "en-GB", "Log in"),
        ("", "fr, en;q=0.5, zh;q=0.1", "Log in"),
        ("", "fr", "登录"),
        ("", "en;q=0, zh;q=nonsense", "登录"),
        ("?lang=en", "zh", "Log in"),
        ("?lang=zh", "en", "登录"),
    ],
)
def test_the_page_speaks_the_readers_language(browser: Browser, asked: str, accepted: str, heading: str) -> None:
    page = browser.get(f"/console/login{asked}", accept_language=accepted)

    assert f"<h1>{heading}</h1>" in page.text
    if asked:
        assert f"<h1>{heading}</h1>" in browser.get("/console/login", accept_language=accepted).text


def test_wrong_passwords_are_refused_in_words_and_then_locked(browser: Browser, password: str) -> None:
    refused = [browser.log_in("admin", "wrong") for _ in range(accounts.WRONG_PASSWORDS_FREE)]
    locked = browser.log_in("admin", password)

    assert {page.status_code for page in refused} == {403}
    assert all("Login or password is wrong." in page.text for page in refused)
    assert (locked.status_code, "Try again in 1 min." in locked.text) == (429, True)
    assert browser.log_in("nobody", password).status_code == 403


def test_a_form_from_another_page_logs_nobody_in(browser: Browser, password: str) -> None:
    browser.get("/console/login")
    for form in (
        {"login": "admin", "password": password},
        {"login": "admin", "password": password, "form_token": "guessed"},
        {"login": "admin", "password": password, "form_token": ""},
        {"login": "admin", "password": "x" * 20_000},
    ):
        refused = browser.post("/console/login", form)
        assert refused.status_code == 403
        assert browser.get("/console/").url.path == "/console/login"


def test_a_foreign_page_cannot_log_anybody_out(browser: Browser, password: str) -> None:
    browser.log_in("admin", password)

    browser.post("/console/logout", {"csrf_token": "guessed"})

    assert browser.get("/console/").url.path == "/console/"


def test_a_session_ends_by_itself(browser: Browser, password: str, clock: ManualClock) -> None:
    browser.log_in("admin", password)
    clock.advance(accounts.SESSION_MS)
    assert browser.get("/console/").url.path == "/console/login"


def test_pages_load_nothing_from_elsewhere_and_cookies_stay_out_of_scripts(browser: Browser, password: str) -> None:
    login = browser.get("/console/login")
    token = hidden(login.text, "form_token")
    page = browser.post("/console/login", {"form_token": token, "login": "admin", "password": password})

    for shown in (login, page):
        assert "default-src 'self'" in shown.headers["content-security-policy"]
        assert "unsafe" not in shown.headers["content-security-policy"]
        assert shown.headers["cache-control"] == "no-store"
        assert not re.search(
            r"""<script(?! src="/console/static/)|style=|\son\w+=|(?:src|href)="(?:https?:)?//""", shown.text
        )
    set_cookies = [line for one in (login, *page.history) for line in one.headers.get_list("set-cookie")]
    assert any(line.startswith("tillbook_session=") for line in set_cookies)
    assert all("HttpOnly" in line and "SameSite=strict" in line for line in set_cookies if "Max-Age=0" not in line)


def test_a_name_that_looks_like_html_is_only_a_name(browser: Browser, password: str, hq: Hq) -> None:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    hq.desk.run(lambda work: stores.save_store(work, msgspec.structs.replace(store, name="<script>alert(1)</script>")))

    page = browser.log_in("admin", password).text

    assert "<script>" not in page
    assert "&lt;script&gt;alert(1)" in page


def test_a_database_that_went_away_is_said_and_not_hidden(tmp_path: Path) -> None:
    records = tmp_path / "hq.db"
    hq = open_hq(f"sqlite:///{records}", tmp_path / "keys")
    browser = Browser(create_web_app(hq))
    browser.cookies.set("tillbook_session", "of-somebody", path="/console")
    assert browser.get("/console/").url.path == "/console/login"
    hq.close()
    for path in tmp_path.glob("hq.db*"):
        path.unlink()
    records.mkdir()

    page = browser.get("/console/")

    assert (page.status_code, page.headers["retry-after"]) == (503, "20")
    assert "The records cannot be read right now" in page.text
    hq.close()
