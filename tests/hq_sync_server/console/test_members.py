"""Members in the browser: found, seen whole, changed, corrected by two, united and separated, revealed, forgotten."""

import re
from uuid import UUID

import msgspec
import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import stores
from shared_models.members import MemberRow
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.facts import register, release_top_up, sale_body, top_up
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
SCRIPT = "<script>alert(1)</script>"


@pytest.fixture
def till(browser: Browser, password: str, hq: Hq) -> WireTill:
    browser.log_in("admin", password)
    with hq.desk.read() as connection:
        return WireTill.enrolled(hq, stores.store_by_code(connection, "S1").store_id)


@pytest.fixture
def member(till: WireTill) -> UUID:
    """Registered at a till with a card; 50.00 and a bonus of 5.00 topped up and given back; something bought."""
    member_id = register(till, "+8613800005678", name="王小明", card="M-CARD-1")
    top_up_id = top_up(till, member_id, 5_000, 500)
    release_top_up(till, member_id, top_up_id, 5_000, 500)
    till.append(sale_body(till, 1_280, member_id=member_id))
    till.push()
    return member_id


def _page(member: UUID) -> str:
    return f"/console/members/{member.hex}"


def _do(browser: Browser, member: UUID, form: str, /, **fields: str) -> str:
    token = hidden(browser.get("/console/members").text, "csrf_token")
    return browser.post(f"{_page(member)}/{form}", {"csrf_token": token, **fields}).text


def _row(till: WireTill, member: UUID) -> MemberRow:
    rows = [row for row in till.changes().rows if row.kind == "member" and not row.deleted]
    return next(
        one for one in (msgspec.msgpack.decode(row.payload, type=MemberRow) for row in rows) if one.member_id == member
    )


@pytest.mark.parametrize("typed", ["13800005678", "5678", "王小明", "小明", "王", "wxm", "wx", "M-CARD-1"])
def test_somebody_is_found_by_whatever_is_known(browser: Browser, member: UUID, hq: Hq, typed: str) -> None:
    assert _page(member) in browser.get(f"/console/members?q={typed}").text

    own = _of_a_store(hq, "S1").get(f"/console/members?q={typed}").text
    elsewhere = _of_a_store(hq, "S2").get(f"/console/members?q={typed}").text
    assert (_page(member) in own, _page(member) in elsewhere) == (True, False)


@pytest.mark.parametrize("typed", ["李小明", "王小李", "明王", "李", "xw"])
def test_somebody_elses_name_finds_nobody(browser: Browser, member: UUID, typed: str) -> None:
    assert _page(member) not in browser.get(f"/console/members?q={typed}").text


def _of_a_store(hq: Hq, code: str) -> Browser:
    """The manager of a store, logged in."""
    with hq.desk.read() as connection:
        store_id = stores.store_by_code(connection, code).store_id

    def add(work: Work) -> str:
        return accounts.add_account(work.connection, work.ids, code, "store_manager", store_id=store_id)

    manager = Browser(create_web_app(hq))
    manager.log_in(code, hq.desk.run(add))
    return manager


def test_one_page_says_all_of_a_member(browser: Browser, member: UUID) -> None:
    page = browser.get(_page(member)).text
    for said in ("王小明", "138****5678", "M-CARD-1", "¥50.00", "¥5.00", "Top-up", "Registered", "Sale", "1 号店"):
        assert said in page, said
    assert "13800005678" not in page


def test_a_member_is_edited_and_the_tills_hear_it(browser: Browser, member: UUID, till: WireTill) -> None:
    fields = {"name": SCRIPT, "birthday": "1990-05-20", "tags": "爱吃甜 老客", "alerts": "VIP", "home_store": ""}

    wrong = _do(browser, member, "edit", **fields, own_fields="no colon here")
    late = _do(browser, member, "edit", **{**fields, "birthday": "soon"}, own_fields="")
    _do(browser, member, "edit", **fields, own_fields="宠物: 猫\n过敏：花生")

    assert 'role="alert"' in wrong
    assert "no colon here" in wrong
    assert 'value="soon"' in late
    row = _row(till, member)
    assert (row.name, row.tags, row.own_fields) == (SCRIPT, ("爱吃甜", "老客"), {"宠物": "猫", "过敏": "花生"})
    for page in (_page(member), "/console/members", f"/console/members?q={SCRIPT}", "/console/", "/console/audit"):
        assert "<script>alert" not in browser.get(page).text


def test_frozen_let_free_number_and_card_changed(browser: Browser, member: UUID, till: WireTill) -> None:
    assert "Frozen" in _do(browser, member, "status", deed="freeze")
    assert _row(till, member).status == "frozen"
    assert "Active" in _do(browser, member, "status", deed="thaw")
    assert 'role="alert"' in _do(browser, member, "status", deed="confirm"), "it is no provisional one"
    assert "12" in _do(browser, member, "number", phone="12")
    _do(browser, member, "number", phone="138 0000 9999")
    assert "138****9999" in browser.get(_page(member)).text
    assert 'role="alert"' in _do(browser, member, "card", old_card="M-OTHER", new_card="")
    _do(browser, member, "card", old_card="M-CARD-1", new_card="M-CARD-2")
    assert _row(till, member).card_codes == ("M-CARD-2",)


def test_a_correction_takes_two(browser: Browser, member: UUID, hq: Hq) -> None:
    asked = {"purse": "principal", "direction": "less", "amount": "12.50", "points_until": "", "reason": "收错"}
    assert 'value="lots"' in _do(browser, member, "adjust", **{**asked, "amount": "lots"})
    assert 'role="alert"' in _do(browser, member, "adjust", **{**asked, "reason": ""})
    _do(browser, member, "adjust", **asked)
    waiting = browser.get("/console/members").text
    assert "Somebody else decides" in waiting
    assert "¥50.00" in browser.get(_page(member)).text

    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "second", "hq_admin"))
    second = Browser(create_web_app(hq))
    second.log_in("second", told)
    page = second.get("/console/members").text
    request = re.search(r'action="(/console/member-requests/[0-9a-f]{32})"', page)
    assert request
    own = browser.post(request[1], {"csrf_token": hidden(waiting, "csrf_token"), "deed": "agree"})
    second.post(request[1], {"csrf_token": hidden(page, "csrf_token"), "deed": "agree"})

    assert own.status_code == 422

    assert "¥37.50" in browser.get(_page(member)).text
    log = browser.get("/console/audit").text
    assert "Asked for a correction" in log
    assert "Agreed to a correction" in log


def test_two_are_united_after_both_were_shown_and_separated_again(
    browser: Browser, member: UUID, till: WireTill
) -> None:
    other = register(till, "+8613900001111", name="小明")
    top_up_id = top_up(till, other, 2_000)
    release_top_up(till, other, top_up_id, 2_000)
    till.push()

    preview = browser.get(f"{_page(member)}/unite?other={other.hex}").text
    _do(browser, member, "unite", other=other.hex)
    united = browser.get(_page(member)).text
    _do(browser, member, "separate", alias=other.hex)

    assert "¥50.00" in preview
    assert "¥20.00" in preview
    assert "¥75.00" in preview, "what the kept one will have, with its bonus"
    assert "¥70.00" in united
    assert "¥20.00" in browser.get(_page(other)).text
    assert 'role="alert"' in _do(browser, member, "unite", other=member.hex)


def test_a_number_is_revealed_exported_forgotten_and_each_is_logged(browser: Browser, member: UUID) -> None:
    revealed = _do(browser, member, "reveal")
    exported = _do(browser, member, "export")
    kept = _do(browser, member, "forget", confirmed="yes")
    gone = _do(browser, member, "forget", confirmed="FORGET")

    assert re.search(r"138\s?0000\s?5678", revealed)
    assert "王小明" in exported
    assert '"timeline"' in exported
    assert 'role="alert"' in kept
    assert "王小明" not in gone
    assert "王小明" not in browser.get(_page(member)).text
    log = browser.get("/console/audit").text
    for said in ("Looked at a telephone number", "Exported a member", "Forgot a member"):
        assert said in log
