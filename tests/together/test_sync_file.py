"""A shop without a line: what waits is written into a sealed file, carried to HQ, taken there, and said again later."""

from pathlib import Path
from uuid import UUID

import msgspec
import pytest

from hq_sync_server.office.access.roles import OFFICE, Viewer
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.shops import sync_files, till_watch
from hq_sync_server.office.shops.sync_files import Taken
from hq_sync_server.office.signing.keys import HqKeys
from pos_client.sync import sync_file
from pos_client.sync.keys import load_keys
from shared_models.refusals import Refusal
from shared_models.sync import BATCH_ENTRIES_MAX
from shared_models.sync_file import MAGIC, SyncFile
from tests.replay.till import ReplayTill
from tests.together.two_tills import TwoTills, row


def _written(shop: TwoTills, till: ReplayTill, name: str = "tuesday.tillbook") -> bytes:
    target = Path(shop.folder) / name
    sync_file.write(till.ledger, load_keys(shop.folder / f"till-{till.name.store}" / "keys"), shop.clock, target)
    return target.read_bytes()


def _take(shop: TwoTills, content: bytes, viewer: Viewer = OFFICE) -> Taken:
    upload_id = shop.hq.desk.run(lambda work: sync_files.keep(work, viewer, "tuesday", content))
    file = sync_files.read(shop.hq.desk.keys, content)
    return shop.hq.desk.run(lambda work: sync_files.take(work, viewer, upload_id, file))


def _sell(till: ReplayTill, *amounts_fen: int) -> None:
    for amount_fen in amounts_fen:
        till.sell((row(amount_fen),), None, None, coupon_wanted=False)


def test_what_a_file_brought_is_in_the_books_and_said_again_it_is_nothing_new(shop: TwoTills) -> None:
    shop.a.top_up(shop.known["12346"], 10_000)
    shop.a.sync(pull=False)
    _sell(shop.a, 700, 800)
    shop.a.top_up(shop.known["12346"], 2_000)
    waiting = shop.a.ledger.head().seq - shop.a.ledger.acked()[0]
    content = _written(shop, shop.a)
    with shop.hq.desk.read() as connection:
        looked = sync_files.look_over(connection, sync_files.read(shop.hq.desk.keys, content))

    first, again = _take(shop, content), _take(shop, content)

    assert (looked.entries, looked.fresh, looked.sales, looked.sales_fen) == (waiting, waiting, 2, 1_500)
    assert (first.entries, first.named, again.named) == (waiting, {}, {})
    _sell(shop.a, 900)
    shop.heal()
    assert shop.disagreements() == []


def test_what_is_too_much_for_one_file_is_written_into_several_that_follow_each_other(shop: TwoTills) -> None:
    """HQ takes no file of any size, and none acknowledges anything: the next would be larger still."""
    monday, tuesday = Path(shop.folder) / "week.tillbook", Path(shop.folder) / "week-2.tillbook"
    _sell(shop.a, *range(100, 102 + BATCH_ENTRIES_MAX))
    keys = load_keys(shop.folder / f"till-{shop.a.name.store}" / "keys")
    waiting = shop.a.ledger.head().seq - shop.a.ledger.acked()[0]

    written = sync_file.write(shop.a.ledger, keys, shop.clock, monday, bytes_max=1)

    assert [path for path, _count in written] == [monday, tuesday]
    assert sum(count for _path, count in written) == waiting
    with pytest.raises(Refusal, match="sync_file_gap"):
        _take(shop, tuesday.read_bytes())
    for path, count in written:
        assert _take(shop, path.read_bytes()).entries == count
    shop.heal()
    assert shop.disagreements() == []


def test_the_file_is_for_one_hq_and_cannot_be_changed(shop: TwoTills) -> None:
    _sell(shop.a, 700)
    content = _written(shop, shop.a)

    assert b"BREAD" not in content
    for broken in (
        content[:-1] + bytes([content[-1] ^ 1]),
        MAGIC + content[len(MAGIC) + 1 :],
        b"PK" + content,
        MAGIC,
        b"",
    ):
        with pytest.raises(Refusal, match="sync_file_unreadable"):
            _take(shop, broken)
    with pytest.raises(Refusal, match="file_exists"):
        _written(shop, shop.a)
    with pytest.raises(Refusal, match="not_allowed"):
        _take(shop, content, Viewer(login="m", role="marketing"))


def test_a_file_that_begins_too_late_says_so_and_nothing_waits_says_so(shop: TwoTills) -> None:
    shop.a.sync(pull=False)
    with pytest.raises(Refusal, match="nothing_waits"):
        _written(shop, shop.a)
    _sell(shop.a, 700)
    content = _written(shop, shop.a)
    file = sync_files.read(shop.hq.desk.keys, content)
    (batch,) = file.batches
    later = msgspec.structs.replace(batch, first_seq=batch.first_seq + 5)
    gap = msgspec.structs.replace(file, batches=(later,))

    with pytest.raises(Refusal, match="sync_file_refused"):
        shop.hq.desk.run(lambda work: sync_files.take(work, OFFICE, shop.hq.desk.ids.new_id(), gap))


def test_a_file_that_is_missing_in_between_is_named_and_nothing_of_the_later_one_is_taken(shop: TwoTills) -> None:
    shop.a.sync(pull=False)
    _sell(shop.a, 700, 800, 900)
    whole = sync_files.read(shop.hq.desk.keys, _written(shop, shop.a))
    (batch,) = whole.batches
    first, *rest = batch.entries
    later = msgspec.structs.replace(
        whole,
        batches=(
            msgspec.structs.replace(
                batch, first_seq=rest[0].seq, prev_hash=first.entry_hash, entries=type(batch.entries)(rest)
            ),
        ),
    )
    with shop.hq.desk.read() as connection:
        looked = sync_files.look_over(connection, later)
    assert (looked.missing_before, looked.fresh) == (first.seq - 1, len(rest))

    with pytest.raises(Refusal, match="sync_file_gap") as refused:
        _take_file(shop, later)
    assert refused.value.fields["seq"] == first.seq - 1
    assert _fresh(shop, whole) == len(batch.entries), "nothing of it was taken"

    assert _take_file(shop, whole).named == {}
    with shop.hq.desk.read() as connection:
        again = sync_files.look_over(connection, later)
    assert (again.missing_before, again.fresh) == (0, 0)
    assert _take_file(shop, later).named == {}, "its end once more: nothing new"
    shop.heal()
    assert shop.disagreements() == []


def test_a_file_of_another_till_or_another_chain_is_refused(shop: TwoTills, tmp_path: Path) -> None:
    _sell(shop.a, 700)
    content = _written(shop, shop.a)
    file = sync_files.read(shop.hq.desk.keys, content)
    other = shop.b.ledger.identity
    assert other is not None

    with pytest.raises(Refusal, match="sync_file_unreadable") as unreadable:
        sync_files.read(HqKeys.open(tmp_path / "another-chain"), content)
    assert unreadable.value.fields["reason"] == "key"
    with pytest.raises(Refusal, match="sync_file_refused"):
        _take_file(shop, _as_of(file, other.till_id))
    with pytest.raises(Refusal, match="till_unknown"):
        _take_file(shop, _as_of(file, UUID(int=77)))
    assert _fresh(shop, file) == len(file.batches[0].entries), "nothing of it was taken"


def test_a_file_that_was_cut_off_anywhere_is_none(shop: TwoTills) -> None:
    _sell(shop.a, 700)
    content = _written(shop, shop.a)

    for length in (*range(len(MAGIC) + 60), len(content) // 2, len(content) - 1):
        with pytest.raises(Refusal, match="sync_file_unreadable"):
            sync_files.read(shop.hq.desk.keys, content[:length])


def _as_of(file: SyncFile, till_id: UUID) -> SyncFile:
    """The same under another till's name."""
    lanes = (msgspec.structs.replace(batch.lane, till_id=till_id) for batch in file.batches)
    batches = tuple(msgspec.structs.replace(batch, lane=lane) for batch, lane in zip(file.batches, lanes, strict=True))
    return msgspec.structs.replace(file, till_id=till_id, batches=batches)


def _take_file(shop: TwoTills, file: SyncFile) -> Taken:
    return shop.hq.desk.run(lambda work: sync_files.take(work, OFFICE, shop.hq.desk.ids.new_id(), file))


def _fresh(shop: TwoTills, file: SyncFile) -> int:
    with shop.hq.desk.read() as connection:
        return sync_files.look_over(connection, file).fresh


def test_what_a_revoked_till_brings_is_kept_aside(shop: TwoTills) -> None:
    _sell(shop.a, 700)
    content = _written(shop, shop.a)
    identity = shop.a.ledger.identity
    assert identity is not None
    shop.hq.desk.run(lambda work: tills.revoke(work, identity.till_id))

    taken = _take(shop, content)

    assert taken.kept
    with shop.hq.desk.read() as connection:
        assert till_watch.label_of(connection, identity.till_id).endswith("/1")
