"""Rules changed in the console: seen with origin and constraint, drafted by two, published, at the till, explained."""

import msgspec
import pytest

from hq_sync_server.app import Hq
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from shared_models import bodies
from shared_models.rule_engine import (
    ENGINE_VERSION,
    BasketLine,
    eligible_paid_fen,
    points_earned,
    points_lot_for,
    quote,
)
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import TODAY, WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
POINTS = "earn.milli_points_per_yuan"


def _publish(hq: Hq) -> str:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    document = {"earn": {"milli_points_per_yuan": 1000}}
    hq.desk.run(
        lambda work: rule_configs.publish_rules(
            work, store.store_id, document, effective_from="2025-12-01", author="总部"
        )
    )
    return store.store_id.hex


def _rules_of(till: WireTill) -> list[StoreRules]:
    rows = [row for row in till.changes().rows if row.kind == "rules"]
    return sorted((msgspec.msgpack.decode(row.payload, type=StoreRules) for row in rows), key=lambda one: one.version)


def _sell(till: WireTill, rules: StoreRules) -> bodies.Sale:
    """A sale of 10 yuan to a member, priced as a till prices it."""
    member_id = till.hq.desk.ids.new_id()
    inputs = QuoteInputs(
        rule_hash=rule_hash(rules), engine_version=ENGINE_VERSION, business_date=TODAY, member_id=member_id
    )
    line = BasketLine(line_number=1, goods_id="bread", name="红豆吐司", quantity_milli=1000, price=Price(1_000))
    priced = quote(rules, [line], inputs)
    tenders = (Tender(kind="cash", amount_fen=priced.total_fen),)
    earned = points_earned(rules, priced.lines, inputs, eligible_paid_fen(rules, tenders))
    sale = bodies.Sale(
        head=till.head(member_id),
        receipt_number="R-1",
        member=MemberOnSale(member_id=member_id, identified_by="card"),
        inputs=inputs,
        lines=priced.lines,
        total_fen=priced.total_fen,
        tenders=tenders,
        points_earned=(LotAmount(member_id, points_lot_for(rules, TODAY), earned),),
    )
    till.append(sale)
    return sale


def test_a_change_arrives_at_a_running_till_and_its_next_receipt_is_explained(
    browser: Browser, password: str, hq: Hq
) -> None:
    store = _publish(hq)
    with hq.desk.read() as connection:
        till = WireTill.enrolled(hq, stores.store_by_code(connection, "S1").store_id)
    browser.log_in("admin", password)
    place = f"/console/rules/store:{store}"
    page = browser.get(place).text
    token = {"csrf_token": hidden(page, "csrf_token")}

    saved = browser.post(place, {**token, "revision": "0", "field": POINTS, "own": POINTS, f"v:{POINTS}": "3"})
    late = browser.post(f"{place}/publish", {**token, "effective_from": "2025-12-31"})
    browser.post(f"{place}/publish", {**token, "effective_from": TODAY})
    first, second = _rules_of(till)
    sale = _sell(till, second)
    answer = till.push()

    assert "1 change not published" in saved.text
    assert (late.status_code, "2026-01-01 at the earliest" in late.text) == (422, True)
    assert (first.earn.milli_points_per_yuan, second.earn.milli_points_per_yuan) == (1000, 3000)
    assert (second.author, second.effective_from) == ("admin", TODAY)
    assert answer.verdicts == ()
    assert sale.points_earned[0].amount == 30
    with hq.desk.read() as connection:
        entry_id = connection.exec_driver_sql("SELECT entry_id FROM entries WHERE entry_type = 'sale'").scalar_one()
    why = browser.get(f"/console/entries/{entry_id}").text
    assert "Rules version 2 from 2026-01-01" in why
    assert "published by admin" in why
    assert "HQ comes to the same figures." in why
    assert "30 points earned" in why
    assert "3 points a yuan" in why


def test_what_is_wrong_with_a_rule_is_said_beside_it_and_the_draft_stays(
    browser: Browser, password: str, hq: Hq
) -> None:
    place = f"/console/rules/store:{_publish(hq)}"
    browser.log_in("admin", password)
    token = {"csrf_token": hidden(browser.get(place).text, "csrf_token")}
    form = {**token, "revision": "0", "field": POINTS, "own": POINTS}

    wrong = browser.post(place, {**form, f"v:{POINTS}": "three"})
    browser.post(place, {**form, f"v:{POINTS}": "2"})
    second = browser.post(place, {**form, f"v:{POINTS}": "2.5"})

    assert (wrong.status_code, "three is not a whole number" in wrong.text) == (422, True)
    assert 'value="three"' in wrong.text
    assert (second.status_code, "admin changed this draft meanwhile" in second.text) == (422, True)
    assert 'value="2.5"' in second.text


def test_a_promotion_is_added_changed_and_taken_away_by_forms(browser: Browser, password: str, hq: Hq) -> None:
    place = f"/console/rules/store:{_publish(hq)}"
    browser.log_in("admin", password)
    page = f"{place}/promotions"
    form = {"csrf_token": hidden(browser.get(page).text, "csrf_token"), "item_kind": "spend_and_save", "item": "0"}
    filled = {"promotion_id": "p1", "name": "满减", "audience": "all", "steps": "100 10\n200 30"}

    empty = browser.post(page, {**form, "revision": "0", "deed": "add", "name": "x"})
    added = browser.post(page, {**form, **filled, "revision": "0", "deed": "add"})
    browser.post(f"{place}/publish", {"csrf_token": form["csrf_token"], "effective_from": TODAY})
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
        rules = rule_configs.rules_in_force(connection, store.store_id, TODAY)
    removed = browser.post(page, {**form, "revision": "0", "deed": "remove"})

    assert (empty.status_code, "Please fill this in." in empty.text) == (422, True)
    assert "满减" in added.text
    assert rules is not None
    assert [step.off_fen for step in rules.promotions[0].steps] == [1_000, 3_000]  # type: ignore[union-attr]  # a spend-and-save
    assert "The list is empty." in removed.text
