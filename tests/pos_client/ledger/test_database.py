"""A database newer than the program is refused untouched; an upgrade happens whole or not at all."""

import shutil
import sqlite3
from contextlib import closing
from pathlib import Path, PurePath, PurePosixPath, PureWindowsPath

import pytest
from sqlalchemy import MetaData

from pos_client.ledger import Ledger, tables
from pos_client.ledger.database import open_database, read_only_uri, refusal_of
from pos_client.ledger.migrations import LEDGER_MIGRATIONS, MIRROR_MIGRATIONS, Migrations
from shared_models.moments import ManualClock
from shared_models.refusals import Refusal
from tests.pos_client.ledger.shop import MORNING_MS, Shop

CLOCK = ManualClock(MORNING_MS)


def test_a_database_newer_than_the_program_is_refused_and_left_as_it_is(shop: Shop) -> None:
    shop.ledger.close()
    path = shop.folder / "ledger.db"
    newer = sqlite3.connect(path)
    newer.execute("PRAGMA user_version = 7")
    newer.close()
    before = path.read_bytes()
    with pytest.raises(Refusal, match="database_newer") as refused:
        shop.opened()
    assert refused.value.fields == {"file": "ledger.db", "found": 7, "known": len(LEDGER_MIGRATIONS)}
    assert path.read_bytes() == before
    again = sqlite3.connect(path)
    again.execute(f"PRAGMA user_version = {len(LEDGER_MIGRATIONS)}")
    again.close()
    shop.ledger = shop.opened()


def test_something_that_is_no_database_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "till").mkdir()
    (tmp_path / "till" / "ledger.db").write_bytes(b"holiday photographs" * 999)
    with pytest.raises(Refusal, match="ledger_damaged"):
        Shop(tmp_path / "till")


def test_a_place_where_no_folder_can_be_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "file").write_bytes(b"")
    with pytest.raises(Refusal, match="folder_not_writable"):
        Shop(tmp_path / "file" / "till")


def test_a_second_till_on_the_same_folder_is_refused(shop: Shop) -> None:
    with pytest.raises(Refusal, match="ledger_in_use"):
        shop.opened()


def test_a_failed_upgrade_never_reaches_the_disk(shop: Shop) -> None:
    entry = shop.ledger.append(shop.sale())
    shop.ledger.close()
    path = shop.folder / "ledger.db"
    broken = (*LEDGER_MIGRATIONS, ("ALTER TABLE entries ADD COLUMN colour TEXT", "DROP TABLE no_such_table"))
    with pytest.raises(sqlite3.OperationalError):
        open_database(path, broken, CLOCK)
    reader = sqlite3.connect(path)
    assert reader.execute("PRAGMA user_version").fetchone() == (len(LEDGER_MIGRATIONS),)
    assert "colour" not in {row[1] for row in reader.execute("PRAGMA table_info(entries)")}
    reader.close()
    shop.ledger = shop.opened()
    assert shop.ledger.head().entry_hash == entry.entry_hash


def test_an_upgrade_takes_every_step_and_writes_it_down(shop: Shop) -> None:
    shop.ledger.close()
    path = shop.folder / "ledger.db"
    longer = (*LEDGER_MIGRATIONS, ("CREATE TABLE tomorrow (day TEXT) STRICT",), ("INSERT INTO tomorrow VALUES ('x')",))
    open_database(path, longer, CLOCK).close()
    reader = sqlite3.connect(path)
    last = len(longer)
    assert reader.execute("SELECT version FROM schema_history ORDER BY version").fetchall() == [
        (version,) for version in range(1, last + 1)
    ]
    assert reader.execute("SELECT day FROM tomorrow").fetchall() == [("x",)]
    reader.close()
    with pytest.raises(Refusal, match="database_newer"):
        shop.opened()
    shop.ledger = Shop(shop.folder.with_name("fresh")).ledger


@pytest.mark.parametrize(
    ("migrations", "declared"),
    [(LEDGER_MIGRATIONS, tables.LEDGER), (MIRROR_MIGRATIONS, tables.MIRROR)],
    ids=["ledger", "mirror"],
)
def test_the_declared_tables_are_the_migrated_ones(tmp_path: Path, migrations: Migrations, declared: MetaData) -> None:
    open_database(tmp_path / "new.db", migrations, CLOCK).close()
    reader = sqlite3.connect(tmp_path / "new.db")
    names = [row[0] for row in reader.execute("SELECT name FROM sqlite_schema WHERE type = 'table'")]
    migrated = {name: [row[1] for row in reader.execute(f"PRAGMA table_info({name})")] for name in names}
    strict = {row[1] for row in reader.execute("PRAGMA table_list") if row[5]}
    reader.close()
    assert migrated == {table.name: [column.name for column in table.columns] for table in declared.sorted_tables}
    assert strict == set(names)


def test_a_log_that_a_killed_till_left_behind_is_in_the_file_once_it_is_open_again(shop: Shop, tmp_path: Path) -> None:
    sold = shop.ledger.append(shop.sale())
    killed = tmp_path / "killed"
    killed.mkdir()
    for name in ("ledger.db", "ledger.db-wal"):
        shutil.copy(shop.folder / name, killed / name)
    with Ledger.open(killed, shop.clock, shop.ids):
        without_log = tmp_path / "without-log"
        without_log.mkdir()
        shutil.copy(killed / "ledger.db", without_log / "ledger.db")
    with Ledger.open(without_log, shop.clock, shop.ids) as ledger:
        assert ledger.head().entry_hash == sold.entry_hash


def test_a_disk_that_fails_and_was_made_read_only_is_said_to_fail(tmp_path: Path) -> None:
    """The system does so after an error: then the probe can be neither made nor taken away."""
    (tmp_path / "ledger.db-probe").mkdir()  # in its way, both times
    failed = sqlite3.OperationalError("disk I/O error")
    failed.sqlite_errorcode = sqlite3.SQLITE_IOERR_WRITE
    said = refusal_of(failed, tmp_path / "ledger.db")
    assert said is not None
    assert said.code == "ledger_unknown"


def test_another_program_that_writes_in_the_file_is_named_and_no_fault_of_ours(shop: Shop) -> None:
    shop.ledger._database.driver.execute("PRAGMA busy_timeout = 20")
    with closing(sqlite3.connect(shop.folder / "ledger.db", isolation_level=None)) as other:
        other.execute("BEGIN IMMEDIATE")
        with pytest.raises(Refusal, match="ledger_in_use"):
            shop.ledger.append(shop.sale())
        other.execute("ROLLBACK")
    assert shop.ledger.append(shop.sale()).seq == 2


@pytest.mark.parametrize(
    ("path", "uri"),
    [
        (PureWindowsPath("//nas/tills/copy of 1.db"), "file:////nas/tills/copy%20of%201.db?mode=ro"),
        (PureWindowsPath("C:/till/ledger.db"), "file:///C:/till/ledger.db?mode=ro"),
        (PurePosixPath("/till/账本#1?.db"), "file:///till/%E8%B4%A6%E6%9C%AC%231%3F.db?mode=ro"),
    ],
)
def test_a_file_on_a_share_is_no_file_of_another_host(path: PurePath, uri: str, tmp_path: Path) -> None:
    """SQLite refuses an address with a host in it: every copy on a share was said to be damaged."""
    assert read_only_uri(path) == uri

    sqlite3.connect(tmp_path / "any.db").execute("CREATE TABLE one (a)").connection.close()
    slashes = read_only_uri(tmp_path / "any.db").replace("file:///", "file:////", 1)
    with closing(sqlite3.connect(slashes, uri=True)) as opened:
        assert opened.execute("SELECT count(*) FROM one").fetchone() == (0,)
