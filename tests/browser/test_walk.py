"""Every page of every role in a real browser: nothing complains, nothing comes from elsewhere, everybody can use it."""

import pytest
from axe_playwright_python.sync_playwright import Axe

from hq_sync_server.console.routes import ROUTES
from hq_sync_server.office.access.roles import Viewer
from tests.browser.console_chain import ROLES
from tests.browser.visitor import Visitor
from tests.browser.walk import kind_of, pages_of

pytestmark = pytest.mark.xdist_group("browser")

GRAVE = {"serious", "critical"}


@pytest.mark.timeout(240)
@pytest.mark.parametrize(("login", "role"), [one for one in ROLES if one[0] != "second"])
def test_every_page_a_role_can_reach_is_sound_and_usable(visitor: Visitor, login: str, role: str) -> None:
    visitor.log_in(login)
    pages = pages_of(visitor)

    may = Viewer(login=login, role=role)
    permitted = {
        route.path for route in ROUTES if route.method == "GET" and (not route.permission or may.may(route.permission))
    }
    assert {kind_of(path) for path in pages} - {_kind(path) for path in permitted} == set()
    assert len(pages) >= 3


@pytest.mark.timeout(240)
def test_no_page_has_a_grave_fault_of_accessibility(visitor: Visitor) -> None:
    """The administrator sees every page there is."""
    visitor.log_in("admin")
    faults = {}
    for path in pages_of(visitor):
        visitor.open(path)
        found = Axe().run(visitor.page, options={"resultTypes": ["violations"]}).response["violations"]
        grave = [f"{one['id']}: {one['nodes'][0]['html'][:120]}" for one in found if one["impact"] in GRAVE]
        if grave:
            faults[path] = grave
    assert faults == {}


def _kind(path: str) -> str:
    parts = ["*" if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_both_themes_can_be_read(visitor: Visitor, theme: str) -> None:
    visitor.log_in("admin")
    for path in ("/", "/stores", "/members", "/exceptions"):
        visitor.open(f"{path}?theme={theme}")
        found = Axe().run(visitor.page, options={"runOnly": ["color-contrast"]}).response["violations"]
        assert [node["html"] for one in found for node in one["nodes"]] == []


@pytest.mark.parametrize("width", [1366, 1920, 390])
def test_nothing_is_cut_off_at_any_width(visitor: Visitor, width: int) -> None:
    visitor.log_in("admin")
    visitor.page.set_viewport_size({"width": width, "height": 800})
    for path in ("/", "/stores", "/members", "/exceptions", "/accounts"):
        visitor.open(path)
        overhang = visitor.page.evaluate("document.documentElement.scrollWidth - document.documentElement.clientWidth")
        assert overhang <= 0, path
