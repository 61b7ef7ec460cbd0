"""Import in the browser: a spreadsheet's columns matched, looked over, taken in the background, rows told by number."""

import io
import re

import httpx
import pytest
from openpyxl import Workbook

from hq_sync_server.app import Hq
from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members.member_figures import count_members
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from shared_models.catalog import GoodsRow
from shared_models.sales import Price
from tests.hq_sync_server.console.conftest import Browser, finish, hidden
from tests.together.serving import wait_until

pytestmark = pytest.mark.parametrize("database_url", ["sqlite"], indirect=True)


def _xlsx(*rows: list[object]) -> bytes:
    book = Workbook()
    for row in rows:
        book.active.append(row)  # type: ignore[union-attr]  # a new book has a sheet
    content = io.BytesIO()
    book.save(content)
    return content.getvalue()


def _bring(browser: Browser, kind: str, name: str, content: bytes) -> httpx.Response:
    """Choose a file and send it as a browser does."""
    token = hidden(browser.get("/console/imports").text, "csrf_token")
    return _upload(browser, "/console/imports", {"csrf_token": token, "kind": kind}, "file", name, content)


def _upload(
    browser: Browser, page: str, fields: dict[str, str], field: str, name: str, content: bytes
) -> httpx.Response:
    async def ask() -> httpx.Response:
        transport = httpx.ASGITransport(app=browser.app)  # type: ignore[arg-type]  # any ASGI application
        async with httpx.AsyncClient(
            transport=transport, base_url="http://hq", cookies=browser.cookies, follow_redirects=True
        ) as client:
            files = {field: (name, content)}
            return await client.post(page, data=fields, files=files, headers={"accept-language": "en"})

    return finish(ask())


def _take(browser: Browser, page: httpx.Response, **fields: str) -> httpx.Response:
    mapping = dict(re.findall(r'name="(column:\w+)".*?<option value="(\d+)" selected', page.text, re.DOTALL))
    sent = {"csrf_token": hidden(page.text, "csrf_token"), **_selected(page.text), **fields}
    assert mapping is not None
    return browser.post(page.url.path, sent)


def _selected(page: str) -> dict[str, str]:
    found = {}
    for name, options in re.findall(r'<select id="c-\w+" name="(column:\w+)">(.*?)</select>', page, re.DOTALL):
        chosen = re.search(r'<option value="(\d+)" selected', options)
        found[name] = chosen[1] if chosen else ""
    return found


def _finished(browser: Browser, job: httpx.Response) -> str:
    assert job.url.path.startswith("/console/jobs/"), job.text
    wait_until(lambda: "hx-get" not in browser.get(job.url.path).text)
    return browser.get(job.url.path).text


def test_members_of_a_spreadsheet_come_whole_under_their_control_total(browser: Browser, password: str, hq: Hq) -> None:
    rows: list[list[object]] = [["手机号", "姓名", "储值本金", "积分", "备注"]]
    rows += [[13800000000 + number, f"王{number}", 10.5, number, "x"] for number in range(10_000)]
    rows[5_000][0] = "not a number"
    browser.log_in("admin", password)
    page = _bring(browser, "members", "老会员.xlsx", _xlsx(*rows))
    looked = _take(browser, page, deed="look")

    wrong = _take(browser, looked, deed="take", principal="1", bonus="0", points="0")
    taken = _take(browser, looked, deed="take", principal="104989.50", bonus="0", points="49990001")
    done = _finished(browser, taken)

    assert "10000 rows" in page.text
    assert "5001" in looked.text
    assert (wrong.status_code, "Nothing was imported." in wrong.text) == (422, True)
    assert 'value="1"' in wrong.text
    assert "9,999 rows taken" in done
    assert "1 row not taken" in done
    assert "¥104,989.50" in done
    with hq.desk.read() as connection:
        assert count_members(connection, Scope()) == 9_999


def test_goods_and_a_stores_prices_are_taken_and_shown(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    sheet = "编码,品名,售价,条码\nB1,红豆吐司,12.80,\nB2,,3.00,\nB3,法棍,8,6901234567893\n".encode("gb18030")
    page = _bring(browser, "goods", "goods.csv", sheet)
    done = _finished(browser, _take(browser, page, deed="take"))
    with hq.desk.read() as connection:
        assert goods.known_goods(connection) == {"B1"} or "B3" in goods.known_goods(connection)
    assert "row not taken" in done or "rows not taken" in done

    listed = browser.get("/console/stores").text
    assert "1 号店" in listed
    prices = _bring(browser, "prices", "prices.csv", b"goods_id,price\nB1,11.50\nZ9,1\n")
    looked = _take(browser, prices, deed="look")
    store_id = re.search(r'<option value="([0-9a-f]{32})"', looked.text)
    assert store_id
    done = _finished(browser, _take(browser, looked, deed="take", store=store_id[1]))

    assert "1 rows taken" in done
    assert "There is no article Z9." in done
    assert "1 号店 ¥11.50" in browser.get("/console/goods?q=吐司").text


@pytest.mark.parametrize(
    ("name", "content", "said"),
    [
        ("empty.csv", b"", "Please choose a file."),
        ("blank.csv", b"\n\n", "is empty"),
        ("broken.xlsx", b"PK\x03\x04 nothing of the kind", "cannot be read"),
        ("binary.csv", b"\xff\xfe\x00\x81\x00", "cannot be read"),
    ],
)
def test_a_file_that_is_none_is_refused_in_words(
    browser: Browser, password: str, name: str, content: bytes, said: str
) -> None:
    browser.log_in("admin", password)
    page = _bring(browser, "members", name, content)
    assert (page.status_code, said in page.text) == (422, True)


def test_a_spreadsheet_of_another_shape_asks_for_its_columns(browser: Browser, password: str) -> None:
    browser.log_in("admin", password)
    page = _bring(browser, "members", "x.xlsx", _xlsx(["客户", "联系方式"], ["王小明", 13800005678]))

    refused = _take(browser, page, deed="look")
    looked = _take(browser, page, deed="look", **{"column:name": "0", "column:phone": "1"})

    assert (refused.status_code, "The file has no column Number." in refused.text) == (422, True)
    assert "1 row would be taken" in looked.text


def test_nobody_elses_file_can_be_opened(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    assert browser.get(f"/console/imports/{hq.desk.ids.new_id().hex}").status_code == 404


def test_a_touch_grid_comes_from_a_spreadsheet(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    page = _bring(browser, "goods", "goods.csv", "编码,品名,售价\nB1,红豆吐司,12.80\nB2,法棍,8\n".encode())
    _finished(browser, _take(browser, page, deed="take"))
    rows: list[list[object]] = [["页面", "编码", "键名", "颜色"], ["早餐", "B1", "吐司", "#1e8449"]]
    rows += [["早餐", "Z9", "", ""], ["晚餐", "B2", "", "blue"], ["晚餐", "B2", "", ""]]

    looked = _take(browser, _bring(browser, "grid", "grid.xlsx", _xlsx(*rows)), deed="look")
    store_id = re.search(r'<option value="([0-9a-f]{32})"', looked.text)
    assert store_id
    done = _finished(browser, _take(browser, looked, deed="take", store=store_id[1]))

    assert "2 rows would be taken" in looked.text
    assert "There is no article Z9." in done
    assert "Please choose one of the colours." in done
    grid = browser.get("/console/grids/S1").text
    assert re.search(r"早餐.*吐司.*晚餐.*法棍", grid, re.DOTALL)


def test_a_hundred_members_are_tried_before_the_import(browser: Browser, password: str, hq: Hq) -> None:
    browser.log_in("admin", password)
    rows: list[list[object]] = [["手机号", "姓名", "储值本金", "积分"]]
    rows += [[13800000000 + number, f"王{number}", 50, number] for number in range(120)]
    looked = _take(browser, _bring(browser, "members", "老会员.xlsx", _xlsx(*rows)), deed="look")
    early = _finished(browser, _take(browser, looked, deed="try"))
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "S1")
    hq.desk.run(
        lambda work: rule_configs.publish_rules(work, store.store_id, {}, effective_from="2025-12-01", author="总部")
    )
    hq.desk.run(lambda work: goods.save_goods(work, [GoodsRow(goods_id="B1", name="红豆吐司", price=Price(600))]))

    tried = _finished(browser, _take(browser, looked, deed="try"))

    assert "The trial needs a store with rules in force" in early
    assert "100 of 100 members agree with the old system" in tried
    assert "Every balance came out to the fen" in tried
    assert "138****0000" in tried
    assert "Back to the file" in tried
    with hq.desk.read() as connection:
        assert count_members(connection, Scope()) == 0


def test_a_file_that_no_till_wrote_is_refused_beside_its_field(browser: Browser, password: str) -> None:
    browser.log_in("admin", password)
    token = hidden(browser.get("/console/imports").text, "csrf_token")

    page = _upload(browser, "/console/sync-files", {"csrf_token": token}, "sync_file", "x.tillbook", b"tillbook?")

    assert (page.status_code, "This is no file a till wrote for this HQ" in page.text) == (422, True)
    assert browser.get("/console/sync-files/nonsense").status_code == 404
