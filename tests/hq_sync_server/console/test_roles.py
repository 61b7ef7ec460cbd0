"""The table of role and route, both ways: what a role may see opens, what it may not does not, whatever is typed."""

import re
from uuid import UUID

import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.console.routes import ENTRANCE, ROUTES, Route
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.roles import ROLES, Viewer
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.members.members import NewMember, create
from hq_sync_server.office.organisation import stores
from shared_models.catalog import StoreRow
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import WireTill, found_chain

NOBODYS = {
    "code": "S1",
    "number": "1",
    "deed": "revoke",
    "login": "nobody",
    "path": "promotions",
    "member_id": UUID(int=5).hex,
    "request_id": UUID(int=5).hex,
    "exception_id": UUID(int=5).hex,
    "job_id": UUID(int=5).hex,
    "upload_id": UUID(int=5).hex,
    "entry_id": "5",
    "ticket_id": UUID(int=5).hex,
    "article_id": "nobody",
    "goods_id": "none",
    "page_id": "new",
    "kind": "goods",
}
FORBIDDEN = "Your role may not see this page."


@pytest.fixture
def rows(hq: Hq) -> list[StoreRow]:
    return found_chain(hq, 2)


def _browser(hq: Hq, role: str, row: StoreRow) -> Browser:
    region_id = row.region_id if role == "region_manager" else None
    store_id = row.store_id if role == "store_manager" else None
    password = hq.desk.run(
        lambda work: accounts.add_account(
            work.connection,
            work.ids,
            role,
            role,  # type: ignore[arg-type]  # one of ROLES
            region_id=region_id,
            store_id=store_id,
        )
    )
    browser = Browser(create_web_app(hq))
    browser.log_in(role, password)
    return browser


def _address(route: Route, row: StoreRow) -> str:
    names = NOBODYS | {"place": f"store:{row.store_id.hex}"}
    return "/console" + re.sub(r"\{(\w+)\}", lambda found: names[found[1]], route.path)


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
@pytest.mark.parametrize("role", ROLES)
def test_a_role_opens_its_pages_and_no_other(hq: Hq, rows: list[StoreRow], role: str) -> None:
    """Every address, asked for and posted to; a form of one's own session is needed besides."""
    WireTill.enrolled(hq, rows[0].store_id)
    browser = _browser(hq, role, rows[0])
    token = hidden(browser.get("/console/").text, "csrf_token")
    viewer = Viewer(login=role, role=role)

    wrong = []
    for route in ROUTES:
        if route.method == "GET":
            answer = browser.get(_address(route, rows[0]))
        elif route.permission is not None and viewer.may(route.permission) and route.permission == "tills.end":
            continue  # doing it is another test's matter
        else:
            answer = browser.post(_address(route, rows[0]), {"csrf_token": token})
        refused = answer.status_code == 403 and FORBIDDEN in answer.text
        allowed = route.permission is None or viewer.may(route.permission)
        if allowed == refused or answer.status_code >= 500:
            wrong.append((route.method, route.path, answer.status_code))
    assert wrong == []


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_without_a_login_nothing_opens_and_nothing_is_done(hq: Hq, rows: list[StoreRow]) -> None:
    browser = Browser(create_web_app(hq))
    for route in ROUTES:
        if route.method == "GET":
            assert browser.get(_address(route, rows[0])).url.path == "/console/login"
        else:
            answer = browser.post(_address(route, rows[0]), {"name": "x"})
            assert (answer.status_code, "Your session has ended" in answer.text) == (403, True)
    assert {route.path for route in ENTRANCE} == {"/login", "/logout"}


@pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
def test_a_form_without_the_sessions_token_does_nothing(hq: Hq, rows: list[StoreRow]) -> None:
    browser = _browser(hq, "hq_admin", rows[0])
    for route in ROUTES:
        if route.method == "POST":
            answer = browser.post(_address(route, rows[0]), {"csrf_token": "guessed", "confirmed": "S1/1"})
            assert (route.path, answer.status_code) == (route.path, 403)


def test_a_region_manager_who_guesses_another_regions_address_finds_nothing(hq: Hq, rows: list[StoreRow]) -> None:
    def regions(work: object) -> tuple[StoreRow, StoreRow]:
        made = []
        for code, row in zip(("east", "south"), rows, strict=True):
            region_id = stores.add_region(work, code, code)  # type: ignore[arg-type]  # a unit of work
            changed = StoreRow(store_id=row.store_id, code=row.code, name=row.name, region_id=region_id)
            stores.save_store(work, changed)  # type: ignore[arg-type]  # as above
            made.append(changed)
        return made[0], made[1]

    mine, other = hq.desk.run(regions)
    for row in (mine, other):
        WireTill.enrolled(hq, row.store_id)
    members = {}
    for row in (mine, other):
        members[row.code] = hq.desk.ids.new_id()
        profile = Profile(name="王小明", home_store_id=row.store_id)
        new = NewMember(member_id=members[row.code], profile=profile)
        hq.desk.run(lambda work, new=new: create(work, [new]))  # type: ignore[misc]  # a default binds the loop's value
    browser = _browser(hq, "region_manager", mine)
    token = hidden(browser.get("/console/").text, "csrf_token")

    for page in (f"stores/{mine.code}", f"stores/{mine.code}/1", f"members/{members['S1'].hex}"):
        assert browser.get(f"/console/{page}").status_code == 200
    for page in (
        f"stores/{other.code}",
        f"stores/{other.code}/1",
        f"members/{members['S2'].hex}",
        f"rules/store:{other.store_id.hex}",
        f"rules/region:{other.region_id.hex if other.region_id else ''}",
    ):
        assert browser.get(f"/console/{page}").status_code == 404
    frozen = browser.post(f"/console/members/{members['S2'].hex}/status", {"csrf_token": token, "deed": "freeze"})
    assert frozen.status_code == 404
    assert "2 号店" not in browser.get("/console/").text + browser.get("/console/stores").text
    assert browser.get("/console/members?q=王小明").text.count("/console/members/") == 1
