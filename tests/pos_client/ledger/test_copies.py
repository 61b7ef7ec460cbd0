"""A copy of the book knows that it is one; the book itself never thinks so."""

import sqlite3
from contextlib import closing
from pathlib import Path

import pytest

from pos_client.ledger import Ledger, backup, restore, verify
from shared_models.moments import ManualClock
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer
from tests.pos_client.ledger.feed_rows import packed, page
from tests.pos_client.ledger.shop import MEMBER, MORNING_MS, OTHER_MEMBER, Shop
from tests.pos_client.ledger.test_mirror import registration


def test_a_restored_copy_starts_frozen_sells_for_cash_and_says_so_each_time(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.append(shop.sale(member=MEMBER, earned=100))
    shop.ledger.backup(tmp_path / "copy.db")
    assert shop.again().frozen() is None, "the live book is no copy"
    shop.ledger.close()

    aside = restore(tmp_path / "copy.db", shop.folder, shop.clock)

    assert aside is not None
    shop.ledger = shop.opened()
    assert shop.ledger.frozen() == "restored_copy"
    with pytest.raises(Refusal, match="rights_frozen"):
        shop.ledger.append(shop.sale(member=MEMBER, points_spent=100))
    shop.ledger.append(shop.sale(2_000))
    assert shop.again().frozen() == "restored_copy"
    assert verify(shop.folder).findings == []


def test_a_copy_of_a_copy_is_one_too_and_so_is_a_file_somebody_copied_by_hand(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.append(shop.sale())
    shop.ledger.backup(tmp_path / "copy.db")
    shop.ledger.close()
    by_hand = tmp_path / "by-hand.db"
    by_hand.write_bytes((shop.folder / "ledger.db").read_bytes())
    for copy in (by_hand, tmp_path / "copy.db"):
        restore(copy, shop.folder, shop.clock)
        backup(shop.folder, tmp_path / f"again-{copy.name}", shop.clock)
        restore(tmp_path / f"again-{copy.name}", shop.folder, shop.clock)
        with shop.opened() as ledger:
            assert ledger.frozen() == "restored_copy"
    shop.ledger = shop.opened()


def test_the_mark_goes_with_the_new_epoch_and_the_book_set_aside_is_whole(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.append(shop.sale())
    shop.ledger.backup(tmp_path / "copy.db")
    shop.ledger.append(shop.sale())
    shop.ledger.close()
    aside = restore(tmp_path / "copy.db", shop.folder, shop.clock)
    assert aside is not None
    kept = tmp_path / "kept"
    kept.mkdir()
    for suffix in ("", "-wal"):
        present = aside.with_name(aside.name + suffix)
        if present.exists():
            present.rename(kept / f"ledger.db{suffix}")
    with Ledger.open(kept, shop.clock, shop.ids) as old:
        assert (old.head().seq, old.frozen()) == (3, None)

    shop.ledger = shop.opened()
    head = shop.ledger.head()
    number = shop.ledger.start_request("heal", 0, 0, b"", lambda number: number.to_bytes(32, "big")).number
    opened = ControlAnswer(request_number=number, outcome="ok", opened_epoch=2, acked_hash=head.entry_hash)
    shop.ledger.close_request(number, opened)

    assert (shop.ledger.frozen(), shop.ledger.head().epoch) == (None, 2)
    assert shop.again().frozen() is None
    assert shop.ledger.owed_entries_count() == 2, "HQ had acknowledged nothing of the epoch before"


@pytest.mark.parametrize(
    ("content", "code"), [(b"no database at all", "ledger_damaged"), (None, "ledger_missing"), (b"", "ledger_damaged")]
)
def test_what_is_no_copy_is_refused_and_the_book_stays(
    shop: Shop, tmp_path: Path, content: bytes | None, code: str
) -> None:
    if content is not None:
        (tmp_path / "copy.db").write_bytes(content)
    shop.ledger.append(shop.sale())
    shop.ledger.close()
    with pytest.raises(Refusal, match=code):
        restore(tmp_path / "copy.db", shop.folder, shop.clock)
    shop.ledger = shop.opened()
    assert shop.ledger.head().seq == 2


def test_a_copy_of_a_newer_program_and_a_book_in_use_are_refused(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.backup(tmp_path / "copy.db")
    with pytest.raises(Refusal, match="ledger_in_use"):
        restore(tmp_path / "copy.db", shop.folder, shop.clock)
    with sqlite3.connect(tmp_path / "copy.db") as copy:
        copy.execute("PRAGMA user_version = 99")
    copy.close()
    shop.ledger.close()
    with pytest.raises(Refusal, match="database_newer"):
        restore(tmp_path / "copy.db", shop.folder, shop.clock)
    shop.ledger = shop.opened()


class _Looking(ManualClock):
    """Asked for the time when a copy is marked."""

    def __init__(self, target: Path) -> None:
        super().__init__(MORNING_MS)
        self.target = target
        self.there: list[bool] = []

    def now_ms(self) -> int:
        self.there.append(self.target.exists())
        return super().now_ms()


def test_a_copy_has_its_name_once_it_is_marked_and_is_one_file(shop: Shop, tmp_path: Path) -> None:
    """Killed before, it would be taken for the book itself; and a stick that cannot be written holds no log of it."""
    shop.ledger.append(shop.sale())
    target = tmp_path / "stick" / "拷贝 %20.db"
    target.parent.mkdir()
    looking = _Looking(target)
    backup(shop.folder, target, looking)

    assert looking.there == [False]
    assert list(target.parent.iterdir()) == [target]
    with closing(sqlite3.connect(f"{target.as_uri()}?mode=ro&immutable=1", uri=True)) as copy:
        assert copy.execute("PRAGMA journal_mode").fetchone() == ("delete",)
        assert copy.execute("SELECT copied_at_ms FROM lane").fetchone() == (MORNING_MS,)


def test_a_copy_that_cannot_be_made_is_refused_and_leaves_nothing(shop: Shop, tmp_path: Path) -> None:
    with pytest.raises(Refusal, match="folder_not_writable"):
        shop.ledger.backup(tmp_path / "no such stick" / "copy.db")
    (shop.folder / "ledger.db").with_name("elsewhere").mkdir()
    (shop.folder / "elsewhere" / "ledger.db").write_bytes(b"no database at all" * 500)
    with pytest.raises(Refusal, match="ledger_damaged"):
        backup(shop.folder / "elsewhere", tmp_path / "copy.db")
    assert not list(tmp_path.glob("copy.db*"))


def test_a_copy_of_before_somebody_was_forgotten_forgets_them_again(shop: Shop, tmp_path: Path) -> None:
    """The feed says it once, and the mirror that was not put back is past it."""
    shop.ledger.append(*registration(shop))
    shop.ledger.backup(tmp_path / "copy.db")
    shop.ledger.apply_changes(page(packed("member_forgotten", OTHER_MEMBER.hex, None)))
    shop.ledger.close()
    restore(tmp_path / "copy.db", shop.folder, shop.clock)

    shop.ledger = shop.opened()

    assert shop.ledger.member_row(OTHER_MEMBER) is None
    assert shop.ledger.attachments_of([2]) == []
    assert verify(shop.folder).findings == []
    shop.ledger.close()
    assert "赵敏".encode() not in (shop.folder / "ledger.db").read_bytes()
    shop.ledger = shop.opened()


def test_a_book_that_is_set_aside_is_one_file_with_its_newest_sales(shop: Shop, tmp_path: Path) -> None:
    shop.ledger.backup(tmp_path / "copy.db")
    shop.ledger.append(shop.sale())
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("ledger.db", "ledger.db-wal"):  # as a process leaves them that ends by itself nowhere
        (killed / name).write_bytes((shop.folder / name).read_bytes())
    assert (killed / "ledger.db-wal").stat().st_size

    aside = restore(tmp_path / "copy.db", killed, shop.clock)

    assert aside is not None
    assert not aside.with_name(aside.name + "-wal").exists()
    with closing(sqlite3.connect(aside)) as book:
        assert book.execute("SELECT count(*) FROM entries").fetchone() == (2,)
