"""A disk that went back is noticed at start; an anchor that lags or is torn alarms nobody."""

import shutil
import sqlite3
from pathlib import Path

import pytest

from pos_client.ledger import verify
from pos_client.ledger.anchor import read_slots
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MEMBER, Shop
from tests.pos_client.ledger.test_epochs import answered


def anchor_of(shop: Shop) -> Path:
    """Beside the folder, not in it."""
    return shop.folder.with_name("till.anchor")


def test_the_anchor_follows_each_commit_in_place(shop: Shop) -> None:
    sizes = set()
    for _ in range(5):
        shop.ledger.append(shop.sale())
        sizes.add(anchor_of(shop).stat().st_size)
        slots = read_slots(anchor_of(shop))
        assert max(slot.head.seq for slot in slots if slot) == shop.ledger.head().seq
    assert sizes == {1024}
    shop.ledger.sync_anchor()


def test_a_restored_backup_opens_frozen_and_sells_on_for_cash(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.append(shop.sale(member=MEMBER, earned=100))
    shop.ledger.close()
    shutil.copytree(shop.folder, tmp_path / "backup")
    shop.ledger = shop.opened()
    shop.ledger.append(shop.sale(member=MEMBER, points_spent=100))
    shop.ledger.close()
    shutil.rmtree(shop.folder)
    shutil.copytree(tmp_path / "backup", shop.folder)

    shop.ledger = shop.opened()

    assert shop.ledger.frozen() == "anchor_ahead"
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=100))
    shop.ledger.append(shop.sale(2_000))
    assert shop.again().frozen() == "anchor_ahead"


def test_another_history_of_the_same_length_is_noticed_too(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.close()
    shutil.copytree(shop.folder, tmp_path / "backup")
    shop.ledger = shop.opened()
    shop.ledger.append(shop.sale(1_000))
    anchor = anchor_of(shop).read_bytes()
    shop.ledger.close()
    shutil.rmtree(shop.folder)
    shutil.copytree(tmp_path / "backup", shop.folder)
    anchor_of(shop).unlink()
    shop.ledger = shop.opened()
    shop.ledger.append(shop.sale(2_000))
    shop.ledger.close()
    anchor_of(shop).write_bytes(anchor)
    assert [finding.code for finding in verify(shop.folder).findings] == ["anchor_ahead"]

    shop.ledger = shop.opened()

    assert shop.ledger.frozen() == "anchor_ahead"


def test_a_book_without_what_hq_acknowledged_is_frozen_though_the_anchor_is_gone(shop: Shop) -> None:
    shop.ledger.append(shop.sale(1_000))
    shop.ledger.append(shop.sale(2_000))
    head = shop.ledger.head()
    answered(shop, "ok", acked_seq=head.seq, acked_hash=head.entry_hash)
    shop.ledger.close()
    with sqlite3.connect(shop.folder / "ledger.db") as book:
        for table in ("entries", "postings"):
            book.execute(f"DROP TRIGGER {table}_are_never_deleted")
            book.execute(f"DELETE FROM {table} WHERE position = (SELECT max(position) FROM {table})")
    anchor_of(shop).unlink()

    shop.ledger = shop.opened()

    assert shop.ledger.frozen() == "anchor_ahead"
    assert shop.ledger.sync_state().waiting_entries == 0, "not one less than nothing"


@pytest.mark.parametrize("damage", ["gone", "empty", "torn newest", "lagging"])
def test_an_anchor_that_knows_less_alarms_nobody(shop: Shop, damage: str) -> None:
    shop.ledger.append(shop.sale())
    before = anchor_of(shop).read_bytes()
    shop.ledger.append(shop.sale())
    shop.ledger.close()
    match damage:
        case "gone":
            anchor_of(shop).unlink()
        case "empty":
            anchor_of(shop).write_bytes(b"")
        case "lagging":
            anchor_of(shop).write_bytes(before)
        case _:
            content = bytearray(anchor_of(shop).read_bytes())
            slots = read_slots(anchor_of(shop))
            newest = max((0, 1), key=lambda number: slots[number].head.seq if slots[number] else 0)  # type: ignore[union-attr]  # told apart by the condition
            content[newest * 512 + 30] ^= 0xFF
            anchor_of(shop).write_bytes(bytes(content))
    shop.ledger = shop.opened()
    assert shop.ledger.frozen() is None


def test_a_strangers_anchor_says_nothing_about_this_till(shop: Shop, tmp_path: Path) -> None:
    other = Shop(tmp_path / "other", enrolled=False)
    from tests.pos_client.ledger.shop import OTHER_MEMBER, enrolment

    other.ledger.adopt_enrolment(enrolment(till_id=OTHER_MEMBER))
    for _ in range(9):
        other.ledger.append(other.sale())
    other.ledger.close()
    shop.ledger.close()
    anchor_of(shop).write_bytes((tmp_path / "other.anchor").read_bytes())
    shop.ledger = shop.opened()
    assert shop.ledger.frozen() is None
