"""Goods, prices and touch grids changed in the browser: wrong fields said beside them, the second of two people told,
and all of it in the feed of the tills that it concerns."""

import re

import msgspec
import pytest

from hq_sync_server.app import Hq, create_web_app
from hq_sync_server.office.access import accounts
from hq_sync_server.office.organisation import stores
from shared_models.catalog import GoodsRow, GridPage
from shared_models.sales import Price
from shared_models.sync import FeedRow
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.hq_sync_server.people import WireTill

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)
BREAD = {
    "goods_id": "B1",
    "name": "红豆吐司",
    "unit": "piece",
    "price": "12.80",
    "member_price": "11.50",
    "category": "吐司",
    "barcodes": "6901234567892\nB1X",
    "tax_rate": "13",
    "active": "1",
}


@pytest.fixture
def till(browser: Browser, password: str, hq: Hq) -> WireTill:
    """A till of the first store; the administrator is in."""
    browser.log_in("admin", password)
    with hq.desk.read() as connection:
        return WireTill.enrolled(hq, stores.store_by_code(connection, "S1").store_id)


def _send(browser: Browser, page: str, form: dict[str, str]) -> str:
    return browser.post(page, {"csrf_token": _token(browser), **form}).text


def _token(browser: Browser) -> str:
    return hidden(browser.get("/console/goods").text, "csrf_token")


def _rows(till: WireTill, kind: str) -> list[FeedRow]:
    return [row for row in till.changes().rows if row.kind == kind]


def test_an_article_is_added_changed_and_arrives_at_tills(browser: Browser, till: WireTill) -> None:
    added = _send(browser, "/console/new-article", BREAD)
    read = hidden(added, "read")
    _send(browser, "/console/goods/B1", {**BREAD, "read": read, "price": "13.00", "sold_out": "1"})

    (row,) = _rows(till, "goods")
    article = msgspec.msgpack.decode(row.payload, type=GoodsRow)
    assert (article.price, article.member_price, article.sold_out) == (Price(1_300), Price(1_150), True)
    assert (article.barcodes, article.pinyin) == (("6901234567892", "B1X"), "hdts")
    assert article.tax_rate_basis_points == 1_300
    log = browser.get("/console/audit").text
    assert "¥12.80" in log
    assert "¥13.00" in log


def test_everything_that_is_wrong_is_said_beside_its_field_and_nothing_is_lost(
    browser: Browser, till: WireTill
) -> None:
    wrong = {**BREAD, "price": "dear", "barcodes": "6901234567890", "tax_rate": "a lot", "unit": "barrel", "name": ""}

    page = _send(browser, "/console/new-article", wrong)

    fields = dict(re.findall(r'id="f-(\w+)-said" role="alert">([^<]+)<', page))
    assert fields.keys() == {"price", "barcodes", "tax_rate", "unit", "name"}
    assert "6901234567890 is wrong" in fields["barcodes"]
    assert 'value="dear"' in page
    assert 'value="吐司"' in page
    assert "6901234567890</textarea>" in page
    assert _rows(till, "goods") == []


def test_the_second_of_two_is_told_and_keeps_what_was_typed(browser: Browser, till: WireTill) -> None:
    read = hidden(_send(browser, "/console/new-article", BREAD), "read")
    _send(browser, "/console/goods/B1", {**BREAD, "read": read, "price": "13"})

    late = _send(browser, "/console/goods/B1", {**BREAD, "read": read, "price": "14"})
    again = _send(browser, "/console/new-article", BREAD)

    assert "Somebody else changed this meanwhile." in late
    assert "Price is now: 13.00" in late
    assert 'value="14"' in late
    assert "There is an article B1 already." in again
    saved = _send(browser, "/console/goods/B1", {**BREAD, "read": hidden(late, "read"), "price": "14"})
    assert 'value="14.00"' in saved


def test_a_barcode_of_another_article_is_refused(browser: Browser, till: WireTill) -> None:
    _send(browser, "/console/new-article", BREAD)
    page = _send(browser, "/console/new-article", {**BREAD, "goods_id": "B2"})
    assert "6901234567892" in re.findall(r'id="f-barcodes-said" role="alert">([^<]+)<', page)[0]


def test_a_stores_own_price_goes_to_its_tills_alone_and_is_taken_away(browser: Browser, till: WireTill, hq: Hq) -> None:
    with hq.desk.read() as connection:
        other = WireTill.enrolled(hq, stores.store_by_code(connection, "S2").store_id)
    _send(browser, "/console/new-article", BREAD)
    price = "/console/goods/B1/price"

    wrong = _send(browser, price, {"store": "S1", "price:S1": "cheap"})
    _send(browser, price, {"store": "S1", "price:S1": "9.9"})
    shown = browser.get("/console/goods/B1").text

    assert 'value="cheap"' in wrong
    assert 'role="alert"' in wrong
    assert 'value="9.90"' in shown
    (row,) = _rows(till, "goods_price")
    assert msgspec.msgpack.decode(row.payload, type=Price) == Price(990)
    assert _rows(other, "goods_price") == []
    _send(browser, price, {"store": "S1", "price:S1": ""})
    assert [row.deleted for row in _rows(till, "goods_price")] == [True]


def _page(*keys: tuple[str, str, str, str], **fields: str) -> list[tuple[str, str]]:
    rows = [("place", key[0]) for key in keys] + [("goods", key[1]) for key in keys]
    rows += [("label", key[2]) for key in keys] + [("colour", key[3]) for key in keys]
    return [*fields.items(), *rows]


def _send_page(browser: Browser, page: str, fields: list[tuple[str, str]]) -> str:
    sent: dict[str, list[str]] = {"csrf_token": [_token(browser)]}
    for name, value in fields:
        sent.setdefault(name, []).append(value)
    return browser.post(page, sent).text  # type: ignore[arg-type]  # a form whose fields come several times


def test_a_page_of_the_touch_grid_is_made_ordered_and_taken_away(browser: Browser, till: WireTill) -> None:
    _send(browser, "/console/new-article", BREAD)
    _send(browser, "/console/new-article", {**BREAD, "goods_id": "B2", "name": "法棍", "barcodes": ""})
    new = "/console/grids/S1/new"
    keys = [("2", "B1", "吐司", "#c0392b"), ("1", "法棍", "", ""), ("", "", "", "")]

    wrong = _send_page(
        browser, new, _page(("1", "B9", "", ""), ("x", "B1", "", ""), deed="save", title="早餐", order="1")
    )
    shown = _send_page(browser, new, _page(*keys, deed="save", title="早餐", order="1", read=""))

    assert "There is no article B9." in wrong
    assert wrong.count('role="alert"') == 2
    assert 'value="早餐"' in wrong
    assert "吐司" in shown
    (row,) = _rows(till, "grid_page")
    page = msgspec.msgpack.decode(row.payload, type=GridPage)
    assert [(key.goods_id, key.label, key.colour) for key in page.keys] == [("B2", "", ""), ("B1", "吐司", "#c0392b")]

    address = f"/console/grids/S1/{page.page_id}"
    stale = _send_page(browser, address, _page(*keys, deed="save", title="晚餐", order="1", read="other"))
    assert "Somebody else changed this meanwhile." in stale
    _send_page(browser, address, _page(deed="remove"))
    assert [row.deleted for row in _rows(till, "grid_page")] == [True]
    assert "This store has no touch grid" in browser.get("/console/grids/S1").text


def test_a_store_manager_sets_the_own_grid_and_nothing_else(till: WireTill, browser: Browser, hq: Hq) -> None:
    _send(browser, "/console/new-article", BREAD)
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    password = hq.desk.run(
        lambda work: accounts.add_account(work.connection, work.ids, "s1", "store_manager", store_id=store.store_id)
    )
    manager = Browser(create_web_app(hq))
    manager.log_in("s1", password)

    assert "As it is" not in manager.get("/console/grids/S1").text
    assert manager.get("/console/grids/S2").status_code == 404
    assert "disabled" in manager.get("/console/goods/B1").text
    form = {"csrf_token": _token(manager), "store": "S1", "price:S1": "1", "deed": "save", "title": "我的"}
    assert manager.post("/console/goods/B1/price", form).status_code == 403
    assert manager.post("/console/grids/S2/new", form).status_code == 404
    assert "我的" in manager.post("/console/grids/S1/new", {**form, "order": "1", "read": ""}).text
