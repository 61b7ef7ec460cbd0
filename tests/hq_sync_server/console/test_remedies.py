"""An exception's page: what it costs and what each remedy does stands before the button; done and taken back once."""

import re

import pytest
from msgspec.structs import replace

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.inbox import inbox
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from shared_models import bodies
from shared_models.rule_engine import ENGINE_VERSION, BasketLine, quote
from shared_models.rules import rule_hash
from shared_models.sales import MemberOnSale, Price, QuoteInputs, Tender
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.facts import register
from tests.hq_sync_server.people import TODAY, WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


@pytest.fixture
def page(browser: Browser, password: str, hq: Hq) -> str:
    """Bread of 10.00 was sold to a member for 12.80: the address of that exception. The administrator is in."""
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    rules = hq.desk.run(
        lambda work: rule_configs.publish_rules(work, store.store_id, {}, effective_from="2025-12-01", author="总部")
    )
    till = WireTill.enrolled(hq, store.store_id)
    member = register(till, "+8613800005678", name="<script>alert(1)</script>")
    inputs = QuoteInputs(
        rule_hash=rule_hash(rules), engine_version=ENGINE_VERSION, business_date=TODAY, member_id=member
    )
    bread = BasketLine(line_number=1, goods_id="bread", name="红豆吐司", quantity_milli=1000, price=Price(1_000))
    (line,) = quote(rules, [bread], inputs).lines
    till.append(
        bodies.Sale(
            head=till.head(member),
            receipt_number="R-1",
            member=MemberOnSale(member_id=member, identified_by="card"),
            inputs=inputs,
            lines=(replace(line, list_amount_fen=1_280, amount_fen=1_280),),
            total_fen=1_280,
            tenders=(Tender(kind="cash", amount_fen=1_280),),
        )
    )
    till.push()
    browser.log_in("admin", password)
    with hq.desk.read() as connection:
        (noted,) = inbox.lines(connection, Scope(), code="quote_mismatch")
    return f"/console/exceptions/{noted.exception_id.hex}"


def _send(browser: Browser, page: str, **fields: str) -> str:
    return browser.post(page, {"csrf_token": hidden(browser.get(page).text, "csrf_token"), **fields}).text


def test_what_a_member_paid_too_much_is_given_back_and_taken_back(browser: Browser, page: str, hq: Hq) -> None:
    shown = browser.get(page).text

    assert "<strong>¥2.80</strong>" in shown, "the difference, not the whole sale"
    assert re.findall(r'name="name" value="(\w+)"', shown) == ["member_gets"]
    assert "Asks for ¥2.80 of bonus for the member. Somebody else must agree; nothing is booked before." in shown
    assert "list_amount:1" in shown
    assert "红豆吐司" in shown, "the evidence is the entry itself"

    chosen = _send(browser, page, deed="remedy", name="member_gets")

    assert "Give it to the member" in chosen
    assert "waits" in chosen
    assert "Take it back and open it again" in chosen
    undone = _send(browser, page, deed="undo")
    assert "taken back · admin" in undone
    assert re.findall(r'name="name" value="(\w+)"', undone) == ["member_gets"]
    log = browser.get("/console/audit").text
    assert "Took a remedy back" in log
    assert "Closed an exception" in log


def test_assigned_commented_closed_and_opened_again(browser: Browser, page: str) -> None:
    for wrong in ({"deed": "assign", "login": "nobody"}, {"deed": "comment", "text": ""}, {"deed": "close"}, {}):
        assert 'role="alert"' in _send(browser, page, **wrong)

    _send(browser, page, deed="assign", login="admin")
    commented = _send(browser, page, deed="comment", text="打电话问过门店 <b>x</b>")
    assert "&lt;b&gt;x&lt;/b&gt;" in commented
    assert "admin" in browser.get("/console/exceptions?mine=1").text

    closed = _send(browser, page, deed="close", remedy="no_fault")
    assert "Looked at, no fault" in closed
    assert "admin has closed this already." in _send(browser, page, deed="close", remedy="accepted")
    assert "Open it again" not in _send(browser, page, deed="reopen")


def test_a_remedy_that_does_not_fit_is_refused_beside_it(browser: Browser, page: str) -> None:
    for name in ("store_pays", "unite", "nonsense", ""):
        assert "Please choose one of the list." in _send(browser, page, deed="remedy", name=name)
    assert "This cannot be taken back here." in _send(browser, page, deed="undo")


def test_who_may_only_look_sees_no_button(page: str, hq: Hq) -> None:
    password = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "auditor", "auditor"))
    auditor = Browser(create_web_app(hq))
    auditor.log_in("auditor", password)

    shown = auditor.get(page).text

    assert "¥2.80" in shown
    assert 'name="deed"' not in shown
    sent = {"csrf_token": hidden(shown, "csrf_token"), "deed": "remedy", "name": "member_gets"}
    assert auditor.post(page, sent).status_code == 403


def test_what_two_have_agreed_to_is_taken_back_by_two(browser: Browser, page: str, hq: Hq) -> None:
    told = hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "second", "hq_admin"))
    second = Browser(create_web_app(hq))
    second.log_in("second", told)

    def agreed() -> None:
        members = second.get("/console/members").text
        (request_id,) = re.findall(r"/console/member-requests/([0-9a-f]{32})", members)[:1]
        second.post(
            f"/console/member-requests/{request_id}", {"csrf_token": hidden(members, "csrf_token"), "deed": "agree"}
        )

    _send(browser, page, deed="remedy", name="member_gets")
    agreed()
    assert "Two have agreed to it, so two take it back" in browser.get(page).text
    without = _send(browser, page, deed="undo", reason="")
    assert "Please say why." in without

    asked = _send(browser, page, deed="undo", reason="顾客已退货 <b>x</b>")
    assert "It waits for another to agree" in asked
    assert "Do not take it back after all" in asked
    agreed()

    shown = browser.get(page).text
    assert "taken back · second" in shown
    assert re.findall(r'name="name" value="(\w+)"', shown) == ["member_gets"], "open again"
    assert "Asked for a remedy to be taken back" in browser.get("/console/audit").text
