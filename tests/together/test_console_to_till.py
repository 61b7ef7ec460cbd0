"""What is changed in HQ's console arrives at a running till, and its next receipt is explained by it."""

import pytest

from hq_sync_server.app import create_web_app
from hq_sync_server.office.access import accounts
from shared_models.sales import Price
from tests.hq_sync_server.console.conftest import Browser, hidden
from tests.together.two_tills import TwoTills

POINTS = "earn.milli_points_per_yuan"


@pytest.fixture
def browser(shop: TwoTills) -> Browser:
    """The administrator is in."""
    password = shop.hq.desk.run(lambda work: accounts.add_account(work.connection, work.ids, "王总", "hq_admin"))
    browser = Browser(create_web_app(shop.hq))
    browser.log_in("王总", password)
    return browser


def test_a_rule_published_in_the_console_prices_the_next_sale_and_explains_it(shop: TwoTills, browser: Browser) -> None:
    identity = shop.a.ledger.identity
    assert identity is not None
    place = f"/console/rules/store:{identity.store_id.hex}"
    page = browser.get(place).text
    token = {"csrf_token": hidden(page, "csrf_token")}
    today = shop.a.ledger.new_head().business_date
    before = shop.serve(shop.a, shop.known["12346"], 1_000)[0]

    drafted = {"revision": "0", "field": POINTS, "own": POINTS, f"v:{POINTS}": "7"}
    browser.post(place, {**token, **drafted})
    browser.post(f"{place}/publish", {**token, "effective_from": today})
    after = shop.serve(shop.a, shop.known["12346"], 1_000)[0]

    old, new = shop.a.sale_of(before)[0], shop.a.sale_of(after)[0]
    assert [sum(part.amount for part in sale.points_earned) for sale in (old, new)] == [10, 69], (
        "10 points were paid with"
    )
    timeline = browser.get(f"/console/members/{shop.known['12346'].hex}").text
    entry = timeline.partition(new.receipt_number)[0].rpartition('href="')[2].partition('"')[0]
    why = browser.get(entry).text
    assert new.receipt_number in why
    assert "Rules version 2" in why
    assert "published by 王总" in why
    assert "HQ comes to the same figures." in why
    assert "69 points earned" in why
    assert "7 points a yuan" in why
    shop.heal()
    assert shop.disagreements() == []
    assert "1 / 1" in browser.get(place).text, "which till quotes by it is known from its hello"


def test_an_article_changed_in_the_console_is_another_price_at_the_till(shop: TwoTills, browser: Browser) -> None:
    token = {"csrf_token": hidden(browser.get("/console/goods").text, "csrf_token")}
    article = {"name": "红豆吐司", "unit": "piece", "price": "12.80", "active": "1", "barcodes": "6901234567892"}
    added = browser.post("/console/new-article", {**token, **article, "goods_id": "NEW"})
    shop.a.sync(pull=True)
    assert shop.a.ledger.goods("NEW").price == Price(1_280)  # type: ignore[union-attr]  # it is there

    read = hidden(added.text, "read")
    browser.post("/console/goods/NEW", {**token, **article, "price": "9.90", "sold_out": "1", "read": read})
    shop.clock.advance(60_000)
    shop.a.sync(pull=True)

    changed = shop.a.ledger.goods("NEW")
    assert changed is not None
    assert (changed.price, changed.sold_out) == (Price(990), True)
