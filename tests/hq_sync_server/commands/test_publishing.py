"""What commands change for tills: goods, prices, touch grids, rules, coupons; each of it reaches the feed."""

import json

import msgspec
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.records import office_tables, tables
from shared_models.catalog import GoodsRow, GridPage
from shared_models.moments import SystemClock, business_date_of
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import Price
from shared_models.sync import FeedRow
from tests.hq_sync_server.commands.conftest import Typist, heard
from tests.hq_sync_server.people import member_rows
from tests.together.seed_chain import make_chain, write_chain

GOODS = """编码,品名,条码,单位,售价,会员价,分类
B1,原味吐司,,,12.80,11.8,bread
F1,沃柑,,斤,8.90,,fruit
D1,橙汁,6901234567892,,8.8,,drink
"""


def _rows(typed: Typist, kind: str) -> list[FeedRow]:
    """What a till of store 001 hears of that kind."""
    return [row for row in typed.look(heard) if row.kind == kind]


def test_goods_come_with_what_can_be_read_and_only_changes_are_published_again(typed: Typist) -> None:
    brought = typed(
        "import-goods", typed.file("g.csv", GOODS + "X1,错码,6901234567890,,1,,\nX2,重码,6901234567892,,1,,\n")
    )
    again = typed("import-goods", typed.file("g2.csv", GOODS.replace("12.80", "13.50")))

    assert brought.exit_code == 1
    assert "3 articles imported" in brought.out
    assert "Row 5: The check digit of the barcode 6901234567890 is wrong." in brought.err
    assert "Row 6: The barcode 6901234567892 belongs to article D1 already." in brought.err
    assert (again.exit_code, again.out.strip()) == (0, "3 articles imported, 1 of them new or changed.")
    rows = {row.key: row for row in _rows(typed, "goods")}
    assert {key: row.version.position for key, row in rows.items()} == {"B1": 2, "F1": 1, "D1": 1}
    bread = msgspec.msgpack.decode(rows["B1"].payload, type=GoodsRow)
    assert (bread.price, bread.member_price, bread.pinyin) == (Price(1350), Price(1180), "ywts")


def test_a_stores_own_prices_go_to_its_tills_alone(typed: Typist) -> None:
    typed("import-goods", typed.file("g.csv", GOODS))
    typed("add-store", "002", "幸福里店")

    own = typed("import-goods", typed.file("p.csv", "货号,单价,单位\nF1,7.9,斤\nNO,1,\n"), "--store", "001")
    other = typed("import-goods", typed.file("q.csv", "货号,单价\nB1,10\n"), "--store", "002")

    assert (own.exit_code, other.exit_code) == (1, 0)
    assert "Row 3: There is no article NO." in own.err
    (price,) = _rows(typed, "goods_price")
    assert msgspec.msgpack.decode(price.payload, type=Price) == Price(790, 500)


def test_rules_get_a_version_a_beginning_and_a_hash_and_stay(typed: Typist) -> None:
    first = typed.file("r.json", json.dumps({"earn": {"milli_points_per_yuan": 3000}}))
    second = typed.file("s.json", json.dumps({"earn": {"milli_points_per_yuan": 1500}}))

    assert typed("publish-rules", first, "--store", "001", "--effective-from", "2026-01-01").exit_code == 0
    assert typed("publish-rules", first, "--store", "001", "--effective-from", "2026-01-01").exit_code == 0
    later = typed("publish-rules", second, "--all-stores", "--effective-from", "2099-01-01", "--author", "总部")

    assert "rules version 2 from 2099-01-01 on" in later.out
    published = [msgspec.msgpack.decode(row.payload, type=StoreRules) for row in _rows(typed, "rules")]
    assert sorted((one.version, one.effective_from, one.earn.milli_points_per_yuan) for one in published) == [
        (1, "2026-01-01", 3000),
        (2, "2099-01-01", 1500),
    ]
    assert {row.key.partition("/")[2] for row in _rows(typed, "rules")} == {rule_hash(one) for one in published}
    assert "rules version 1" in typed("status").out


def test_rules_that_could_not_be_meant_stop_at_the_door(typed: Typist) -> None:
    for document, told in (
        ({"earn": {"milli_points_per_yuan": -1}}, "milli_points_per_yuan"),
        ({"top_up": {"ladder": [{"bonus_fen": 1}]}}, "threshold_fen"),
        ({"promotions": [{"kind": "half_price"}]}, "promotions"),
        ({"promotions": [{"kind": "percent", "promotion_id": "a", "name": "a", "percent_off": 5}] * 2}, "twice"),
    ):
        refused = typed("publish-rules", typed.file("r.json", json.dumps(document)), "--store", "001")
        assert refused.exit_code == 2, document
        assert told in refused.err, refused.err
    sound = typed.file("r.json", "{}")
    assert typed("publish-rules", typed.file("n.json", "not json"), "--store", "001").exit_code == 2
    assert typed("publish-rules", sound, "--store", "001", "--effective-from", "soon").exit_code == 2
    assert typed("publish-rules", sound).exit_code == 2
    assert typed("publish-rules", sound, "--store", "001", "--store", "999").exit_code == 2
    assert typed("publish-rules", typed.folder / "nowhere.json", "--store", "001").exit_code == 2
    assert _rows(typed, "rules") == []


def test_a_touch_grid_takes_the_place_of_the_one_before(typed: Typist) -> None:
    typed("import-goods", typed.file("g.csv", GOODS))
    page = {"page_id": "bread", "title": "面包", "keys": [{"goods_id": "B1"}]}
    typed("publish-grid", typed.file("a.json", json.dumps([page, page | {"page_id": "old"}])), "--store", "001")

    replaced = typed("publish-grid", typed.file("b.json", json.dumps([page | {"title": "今日面包"}])), "--store", "001")
    unknown = typed(
        "publish-grid", typed.file("c.json", json.dumps([page | {"keys": [{"goods_id": "B9"}]}])), "--store", "001"
    )

    assert (replaced.exit_code, unknown.exit_code) == (0, 2)
    rows = {row.key: row for row in _rows(typed, "grid_page")}
    assert msgspec.msgpack.decode(rows["bread"].payload, type=GridPage).title == "今日面包"
    assert rows["old"].deleted


def test_coupons_are_issued_to_whom_they_were_meant_for(typed: Typist) -> None:
    today = business_date_of(SystemClock().now_ms())
    chain = make_chain(3, today, goods_count=10, members_count=40)
    files = write_chain(chain, typed.folder / "chain")
    typed("add-store", "002", "b")
    typed("add-store", "003", "c")
    assert typed("import-members", files.members, "--control-total", chain.control_total).exit_code == 0
    template = files.coupon_templates["50-10"]
    carded = next(member for member in chain.members[1:] if member.card)
    gold = [member for member in chain.members if member.tier == "gold"]
    assert gold

    named = typed(
        "issue-coupons", template, "--members", f"{chain.members[0].phone},13999999999", "--members", carded.card
    )
    by_tier = typed("issue-coupons", "50-10", "--members", "tier:gold")
    listed = typed("issue-coupons", "50-10", "--members", typed.file("who.csv", f"卡号\n{carded.card}\nx,y\n"))
    changed = typed(
        "issue-coupons", typed.file("t.json", template.read_text().replace("1000", "9000")), "--members", "all"
    )

    assert named.exit_code == 1
    assert "There is no member 13999999999." in named.err
    assert "满50减10券: 2 coupons issued." in named.out
    assert f"{len(gold)} coupons issued" in by_tier.out
    assert (listed.exit_code, "Row 3" in listed.err, "1 coupons issued" in listed.out) == (1, True, True)
    assert changed.exit_code == 2
    held = {row.name: row.coupons for row in member_rows(_rows(typed, "member")).values()}
    assert sum(len(coupons) for coupons in held.values()) == 3 + len(gold)
    (coupon, *_others) = held[carded.name]
    assert (coupon.terms.amount_fen, coupon.terms.minimum_fen, coupon.owner_till_id) == (1000, 5000, None)
    assert coupon.terms.valid_from < coupon.terms.valid_to
    assert len(set(typed.look(_tokens))) == 3 + len(gold)


def _tokens(hq: Hq) -> list[str]:
    with hq.desk.read() as connection:
        return [token.hex for token in connection.scalars(select(tables.tokens.c.token))]


def test_a_template_that_takes_nothing_off_is_refused(typed: Typist) -> None:
    for document in (
        {"template_id": "x", "name": "x", "kind": "amount_off"},
        {"template_id": "x", "name": "x", "kind": "gift"},
        {"template_id": "x", "name": "x", "kind": "percent_off", "percent_off": 101},
        {"template_id": "x", "name": "x", "kind": "amount_off", "amount_fen": 100, "ammount": 1},
        {"template_id": "x", "name": "x", "kind": "amount_off", "amount_fen": 100, "valid_to": "someday"},
        {"template_id": "x", "name": "x", "kind": "amount_off", "amount_fen": 100, "stores": ["999"]},
    ):
        file = typed.file("t.json", json.dumps(document))
        assert typed("issue-coupons", file, "--members", "all").exit_code == 2, document
    assert typed("issue-coupons", "never-issued", "--members", "all").exit_code == 2
    assert typed.look(_templates) == 0


def _templates(hq: Hq) -> int:
    with hq.desk.read() as connection:
        return len(connection.execute(select(office_tables.coupon_templates)).all())
