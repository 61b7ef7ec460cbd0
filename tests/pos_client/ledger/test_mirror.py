"""The mirror says what HQ said last, finds it quickly, and may be thrown away."""

import sqlite3
import time
from collections.abc import Callable
from contextlib import closing
from typing import Any

import msgspec
import pytest

from pos_client.ledger import Ledger
from shared_models import bodies
from shared_models.catalog import GoodsRow, GridPage, StaffRow, StoreRow
from shared_models.entries import Attachment
from shared_models.refusals import Refusal
from shared_models.rules import EscrowRules, StoreRules, rule_hash
from shared_models.sales import Cursor, Price
from tests.pos_client.ledger.feed_rows import goods_row, member, member_row, packed, page, rules_row
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, OTHER_MEMBER, STORE_ID, Shop

TOAST = GoodsRow(
    goods_id="g1", name="全麦吐司", name_en="Wholemeal toast", barcodes=("6901234567892",), plu="12", pinyin="qmts",
    price=Price(1_200),
)  # fmt: skip
CAKE = GoodsRow(goods_id="g2", name="奶油蛋糕", barcodes=("6901234567000",), price=Price(6_800))


def test_a_page_and_its_cursor_are_one(shop: Shop) -> None:
    assert shop.ledger.mirror_cursor() == Cursor()
    broken = packed("goods", "g9", None, 4)
    broken = msgspec.structs.replace(broken, deleted=False, payload=b"not msgpack of goods")
    with pytest.raises(msgspec.MsgspecError):
        shop.ledger.apply_changes(page(goods_row(TOAST), broken, position=4))
    assert shop.ledger.mirror_cursor() == Cursor()
    assert shop.ledger.goods("g1") is None

    applied = shop.ledger.apply_changes(page(goods_row(TOAST), position=5))

    assert applied.changed == {"goods": ("g1",)}
    assert shop.again().mirror_cursor() == Cursor(1, 5)


def test_an_older_version_is_ignored_and_a_deleted_row_stays_deleted(shop: Shop) -> None:
    dearer = msgspec.structs.replace(TOAST, price=Price(1_500), barcodes=("6900000000007",))
    shop.ledger.apply_changes(page(goods_row(dearer, 3)))
    assert shop.ledger.apply_changes(page(goods_row(TOAST, 2))).changed == {}
    assert shop.ledger.price_of("g1") == Price(1_500)
    assert shop.ledger.goods_by_code("6901234567892") is None

    shop.ledger.apply_changes(page(packed("goods", "g1", None, 4)))
    shop.ledger.apply_changes(page(goods_row(dearer, 3)))

    assert shop.ledger.goods("g1") is None
    assert shop.ledger.goods_by_code("6900000000007") is None
    assert shop.ledger.search_goods("全麦") == []


@pytest.mark.parametrize(
    "text", ["全麦", "吐", "麦吐司", "qmts", "mts", "QM", "toast", "6901234567892", "690123", "12", "g1"]
)
def test_goods_are_found_by_name_initials_and_codes(shop: Shop, text: str) -> None:
    shop.ledger.apply_changes(page(goods_row(TOAST), goods_row(CAKE)))
    found = shop.ledger.search_goods(text)
    assert TOAST in found
    assert (CAKE in found) == (text == "690123")


def test_a_long_name_is_found_among_many_that_begin_alike(shop: Shop) -> None:
    alike = [goods_row(GoodsRow(goods_id=f"a{n:04d}", name=f"全麦面包{n}号", barcodes=(f"{n}",))) for n in range(600)]
    shop.ledger.apply_changes(page(*alike, goods_row(TOAST)))
    assert shop.ledger.search_goods("全麦吐司") == [TOAST]
    assert shop.ledger.search_goods("wholemeal toa") == [TOAST]
    assert shop.ledger.search_goods("wholemeal roll") == []
    assert shop.ledger.search_goods("  ") == []
    assert len(shop.ledger.search_goods("全麦", limit=50)) == 50


def test_goods_are_found_by_exact_codes(shop: Shop) -> None:
    shop.ledger.apply_changes(page(goods_row(TOAST), goods_row(CAKE)))
    assert shop.ledger.goods_by_code("6901234567892") == TOAST
    assert shop.ledger.goods_by_code("g2") == CAKE
    assert shop.ledger.goods_by_plu("0012") == TOAST
    assert shop.ledger.goods_by_code("690123456789") is None


def test_a_store_may_have_its_own_price(shop: Shop) -> None:
    own = packed("goods_price", f"{STORE_ID.hex}/g1", Price(990))
    shop.ledger.apply_changes(page(goods_row(TOAST), own))
    assert shop.ledger.price_of("g1") == Price(990)
    assert shop.ledger.price_of("g1", OTHER_MEMBER) == Price(1_200)
    assert shop.ledger.price_of("nothing") is None


def test_members_are_found_by_phone_card_tail_and_name(shop: Shop) -> None:
    wang = member(name="王小明")
    john = member(OTHER_MEMBER, name="John Smith", phone_hash="cd" * 32, cards=("M2",), masked="139****0000")
    shop.ledger.apply_changes(page(member_row(wang), member_row(john)))
    ledger = shop.again()
    assert ledger.member_by_phone_hash("ab" * 32) == wang
    assert ledger.member_by_phone_hash("ef" * 32) is None
    assert ledger.member_by_card("M2") == john
    assert ledger.members_by_phone_tail("5678") == [wang]
    for text in ("王", "小明", "王小明", "wxm", "wx", "WXM"):
        assert ledger.members_by_name(text) == [wang], text
    assert ledger.members_by_name("smi") == [john]
    assert ledger.members_by_name("明王") == []


def test_a_surname_with_a_reading_of_its_own_is_found_by_either(shop: Shop) -> None:
    zeng = member(name="曾诗慧")
    shop.ledger.apply_changes(page(member_row(zeng)))
    assert [shop.ledger.members_by_name(text) for text in ("zsh", "csh", "dsh")] == [[zeng], [zeng], []]


def test_a_changed_member_is_no_longer_found_as_before(shop: Shop) -> None:
    shop.ledger.apply_changes(page(member_row(member())))
    moved = member(name="李雷", phone_hash="cd" * 32, cards=("M9",), masked="137****1111")
    shop.ledger.apply_changes(page(member_row(moved, 2)))
    assert shop.ledger.member_by_phone_hash("ab" * 32) is None
    assert shop.ledger.member_by_card("M1") is None
    assert shop.ledger.members_by_name("王") == []
    assert shop.ledger.members_by_phone_tail("5678") == []
    assert shop.ledger.members_by_name("ll") == [moved]


def test_the_newest_rules_that_have_begun_count(shop: Shop) -> None:
    old = StoreRules(version=1, store_id=STORE_ID, effective_from="2026-01-01")
    new = StoreRules(version=2, store_id=STORE_ID, effective_from="2026-12-01", escrow=EscrowRules(lease_days=3))
    assert shop.ledger.rules_for("2026-11-23") is None
    shop.ledger.apply_changes(page(rules_row(old), rules_row(new)))
    assert shop.ledger.rules_for("2026-11-23") == old
    assert shop.ledger.rules_for("2026-12-01") == new
    assert shop.ledger.rules_for("2025-12-31") is None
    assert shop.ledger.rules_by_hash(rule_hash(new)) == new


def test_the_lease_is_as_long_as_the_rules_say(shop: Shop) -> None:
    rules = StoreRules(version=1, store_id=STORE_ID, escrow=EscrowRules(lease_days=2))
    shop.ledger.apply_changes(page(rules_row(rules)))
    assert shop.ledger.lease_left_ms() == 2 * 86_400_000
    assert shop.again().lease_left_ms() == 2 * 86_400_000


def test_store_staff_and_grid(shop: Shop) -> None:
    store = StoreRow(store_id=STORE_ID, code="S1", name="总店")
    staff = StaffRow(staff_id="c1", name="小红")
    pages = [GridPage(page_id=f"p{order}", store_id=STORE_ID, title="面包", order=order) for order in (2, 1)]
    shop.ledger.apply_changes(
        page(
            packed("store", STORE_ID.hex, store),
            packed("staff", "c1", staff),
            *(packed("grid_page", each.page_id, each) for each in pages),
            packed("kind_of_a_newer_hq", "x", store),
        )
    )
    assert shop.ledger.store() == store
    assert shop.ledger.staff_list() == [shop.ledger.staff("c1")] == [staff]
    assert [each.order for each in shop.ledger.grid_pages()] == [1, 2]
    assert shop.ledger.tills() == []


def registration(shop: Shop) -> tuple[bodies.MemberRegistered, list[Attachment]]:
    """Somebody new, with personal data beside the entry."""
    said = {"phone_masked": b"136****4321", "phone_hash": b"12" * 32, "name": "赵敏".encode()}
    beside = [Attachment(kind=kind, salt=shop.ids.new_salt(), content=text) for kind, text in said.items()]  # type: ignore[arg-type]  # kinds of the dict above
    masked, hashed, name = (each.attachment_hash for each in beside)
    body = bodies.MemberRegistered(
        head=shop.head(OTHER_MEMBER), member_id=OTHER_MEMBER, card_code="M7", phone_masked=masked, phone_hash=hashed,
        name=name,
    )  # fmt: skip
    return body, beside


def test_a_member_registered_here_is_found_at_once_even_without_a_mirror(shop: Shop) -> None:
    shop.ledger.append(*registration(shop))
    shop.ledger.close()
    for leftover in shop.folder.glob("mirror.db*"):
        leftover.unlink()
    shop.ledger = shop.opened()

    found = shop.ledger.member_by_card("M7")

    assert found is not None
    assert (found.member_id, found.name, found.status) == (OTHER_MEMBER, "赵敏", "provisional")
    assert shop.ledger.member_by_phone_hash("12" * 32) == found
    assert shop.ledger.members_by_phone_tail("4321") == [found]
    assert shop.ledger.members_by_name("zm") == shop.ledger.members_by_name("赵敏") == [found]
    assert shop.ledger.own_registrations() == [found]

    known = member(OTHER_MEMBER, name="赵敏", phone_hash="12" * 32, cards=("M7",), masked="136****4321")
    shop.ledger.apply_changes(page(member_row(known)))

    assert shop.ledger.member_by_card("M7") == known
    assert shop.ledger.members_by_name("赵敏") == [known]
    assert shop.ledger.own_registrations() == []


def test_a_forgotten_person_is_gone_from_both_files(shop: Shop) -> None:
    shop.ledger.append(*registration(shop))
    shop.ledger.apply_changes(page(member_row(member(OTHER_MEMBER, name="赵敏"))))
    shop.ledger.apply_changes(page(packed("member_forgotten", OTHER_MEMBER.hex, None, 2), position=2))
    assert shop.ledger.member_row(OTHER_MEMBER) is None
    assert shop.ledger.member_by_card("M7") is None
    assert shop.ledger.attachments_of([2]) == []
    shop.ledger.close()
    for file in shop.folder.iterdir():
        assert "赵敏".encode() not in file.read_bytes(), file
    shop.ledger = shop.opened()


def test_somebody_who_reads_for_long_holds_up_no_forget_and_the_log_is_emptied_after_them(shop: Shop) -> None:
    """The waiting was under the lock that every sale takes."""
    shop.ledger.append(*registration(shop))
    with closing(sqlite3.connect(shop.folder / "ledger.db", isolation_level=None)) as reader:
        reader.execute("BEGIN")
        reader.execute("SELECT count(*) FROM entries").fetchone()
        began = time.monotonic()
        shop.ledger.forget(OTHER_MEMBER)
        assert time.monotonic() - began < 5, "not the ten seconds of the driver's patience"
        reader.execute("COMMIT")
    log = shop.folder / "ledger.db-wal"
    assert "赵敏".encode() in log.read_bytes()

    shop.ledger.checkpoint()

    assert "赵敏".encode() not in log.read_bytes() + (shop.folder / "ledger.db").read_bytes()


def test_an_answer_that_was_long_on_its_way_brings_nobody_back(shop: Shop) -> None:
    """HQ says a repeated request the same as the first time, also when the person was forgotten in between."""
    shop.ledger.apply_changes(page(member_row(member())))
    shop.ledger.apply_changes(page(packed("member", MEMBER.hex, None, 2), position=2))

    shop.ledger.take_member_rows((member(confirmed_at_ms=MORNING_MS + 1),))

    assert shop.ledger.member_row(MEMBER) is None
    assert shop.ledger.member_by_card("M1") is None


def test_a_forgotten_person_is_gone_where_a_page_ends_between_the_two_rows_that_say_so(shop: Shop) -> None:
    others = [member(shop.ids.new_id(), name=f"李{number}", cards=()) for number in range(3)]
    shop.ledger.apply_changes(page(member_row(member(), version=7), *(member_row(other) for other in others)))
    shop.ledger.apply_changes(page(packed("member_forgotten", OTHER_MEMBER.hex, None), position=2))
    shop.ledger.apply_changes(page(packed("member", MEMBER.hex, None, 8), position=3))
    shop.ledger.apply_changes(page(packed("member_forgotten", MEMBER.hex, None, 1), position=4))
    shop.ledger.close()
    for file in shop.folder.iterdir():
        assert "王小明".encode() not in file.read_bytes(), file
    shop.ledger = shop.opened()


def test_rules_that_come_while_the_old_ones_are_read_are_the_ones_that_stay(
    shop: Shop, monkeypatch: pytest.MonkeyPatch
) -> None:
    old, new = (StoreRules(version=number, store_id=STORE_ID) for number in (1, 2))
    shop.ledger.apply_changes(page(rules_row(old)))
    shop.again()
    mirror = shop.ledger._mirror
    read = mirror.rows

    def read_slowly(statement: str, values: dict[str, Any] | None = None) -> list[Any]:
        found = read(statement, values)
        monkeypatch.setattr(mirror, "rows", read)
        shop.ledger.apply_changes(page(rules_row(new), position=2))  # by the feed's own thread
        return found

    monkeypatch.setattr(mirror, "rows", read_slowly)
    shop.ledger._rules = {}
    shop.ledger.rules_for("2026-11-23")

    assert shop.ledger.rules_for("2026-11-23") == new


def test_a_damaged_mirror_is_thrown_away_and_read_again(shop: Shop) -> None:
    shop.ledger.apply_changes(page(goods_row(TOAST), position=9))
    shop.ledger.close()
    (shop.folder / "mirror.db").write_bytes(b"no database at all" * 500)
    shop.ledger = shop.opened()
    assert shop.ledger.mirror_cursor() == Cursor()
    assert shop.ledger.goods("g1") is None


@pytest.mark.parametrize(
    "meet",
    [lambda ledger: ledger.goods("g1"), lambda ledger: ledger.apply_changes(page(goods_row(CAKE), position=6))],
    ids=["read", "written"],
)
def test_a_mirror_with_a_page_that_cannot_be_read_is_said_to_be_damaged_and_thrown_away_at_the_next_start(
    shop: Shop, meet: Callable[[Ledger], object]
) -> None:
    shop.ledger.apply_changes(page(goods_row(TOAST), position=5))
    shop.ledger.close()
    mirror = shop.folder / "mirror.db"
    with closing(sqlite3.connect(mirror)) as file:
        file.execute("PRAGMA wal_checkpoint(TRUNCATE)").fetchall()
        size = file.execute("PRAGMA page_size").fetchone()[0]
        of_goods = "SELECT rootpage FROM sqlite_master WHERE tbl_name LIKE 'goods%' AND rootpage > 1"
        roots = [root for (root,) in file.execute(of_goods)]
    content = bytearray(mirror.read_bytes())
    for root in roots:
        content[(root - 1) * size] ^= 0xFF  # which kind of page it is
    mirror.write_bytes(content)

    with pytest.raises(Refusal, match="mirror_damaged"):
        meet(shop.again())
    assert (shop.folder / "mirror.db-damaged").exists()

    assert shop.again().mirror_cursor() == Cursor()
    assert not (shop.folder / "mirror.db-damaged").exists()
    shop.ledger.apply_changes(page(goods_row(TOAST), position=5))
    assert shop.ledger.goods("g1") == TOAST


def test_no_counter_and_no_own_registration_is_in_the_mirror(shop: Shop) -> None:
    shop.ledger.append(*registration(shop))
    file = sqlite3.connect(shop.folder / "mirror.db")
    tables = {row[0] for row in file.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")}
    assert file.execute("SELECT count(*) FROM members").fetchone() == (0,)
    file.close()
    assert tables == {
        "feed", "members", "member_phones", "member_cards", "member_terms", "goods", "goods_terms", "objects"
    }  # fmt: skip


def test_the_mirror_is_emptied_for_a_new_epoch_of_hq(shop: Shop) -> None:
    shop.ledger.apply_changes(page(goods_row(TOAST), member_row(member()), position=9))
    shop.ledger.reset_mirror()
    assert shop.ledger.mirror_cursor() == Cursor()
    assert shop.ledger.goods_by_code("6901234567892") is None
    assert shop.ledger.member_row(MEMBER) is None
