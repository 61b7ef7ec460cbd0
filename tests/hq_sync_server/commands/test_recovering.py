"""Backups by command: made while HQ is open, known for what they are when they come back, recovered or refused."""

import json
import shutil
from pathlib import Path

import pytest
from sqlalchemy import text

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import copies
from hq_sync_server.office.organisation import stores
from tests import databases
from tests.hq_sync_server.commands.conftest import Typist
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import heal


@pytest.fixture
def on_sqlite(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typist:
    """A chain of one store, its records in a file."""
    typed = Typist(f"sqlite:///{tmp_path / 'hq.db'}", tmp_path, capsys)
    assert typed("init", "--name", "麦禾烘焙").exit_code == 0
    assert typed("add-store", "001", "人民广场店").exit_code == 0
    return typed


def _put_back(typed: Typist, backup: Path) -> None:
    """What an operator does while HQ is stopped."""
    for leftover in typed.folder.glob("hq.db*"):
        leftover.unlink()
    shutil.copy(backup, typed.folder / "hq.db")


def _enrol(hq: Hq) -> WireTill:
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "001")
    till = WireTill.enrolled(hq, store.store_id)
    till.push()
    return till


def _recover(typed: Typist) -> bool:
    """What `serve` does first."""
    return typed.look(lambda hq: copies.recover_if_copied(hq.desk))


def test_a_backup_knows_what_it_is_and_nothing_is_given_out_of_it_before_it_recovered(on_sqlite: Typist) -> None:
    typed = on_sqlite
    till = typed.look(_enrol)
    made = typed("backup", typed.folder / "monday.db")
    _put_back(typed, typed.folder / "monday.db")

    refused = typed("add-store", "002", "二店")
    looked = typed("verify"), typed("status")
    too_early = typed("recovery")
    looked_around = typed("status").out
    recovered = _recover(typed), _recover(typed)
    waiting = typed("recovery")
    status = typed("status")
    told = json.loads(typed("status", "--json").out)
    unsure = typed("excuse-till", "001/1", "--by", "王总")
    excused = typed("excuse-till", "001/1", "--by", "王总", "--yes", language="zh_CN")
    afterwards = typed("recovery")
    twice = typed("excuse-till", "001/1", "--by", "王总", "--yes")

    assert made.exit_code == 0
    assert f"Copy {typed.key_folder} to another place too." in made.out
    assert (typed.folder / "monday.db").stat().st_mode & 0o777 == 0o600
    assert (refused.exit_code, too_early.exit_code) == (2, 2)
    assert "restored from a backup" in refused.err
    assert "restored from a backup" in too_early.err, "that none is under way would not be true"
    assert [spoken.exit_code for spoken in looked] == [0, 0]
    assert "Start HQ (hq-sync-server serve)" in looked_around
    assert "Start HQ" not in status.out
    assert "  HQ was restored from a backup (hq_restored)" in status.out.splitlines(), "of no till"
    assert recovered == (True, False)
    assert (waiting.exit_code, "1 of 1 are awaited" in waiting.out, "001/1: awaited" in waiting.out) == (1, True, True)
    assert (status.exit_code, "lends nothing until every till has reported" in status.out) == (1, True)
    assert told["recovery"]["tills"][0]["till_id"] == str(till.till_id)
    assert (unsure.exit_code, "held ¥0.00 of stored value" in unsure.out) == (2, True)
    assert (excused.exit_code, "已免除" in excused.out) == (0, True)
    assert (afterwards.exit_code, "excused by 王总" in afterwards.out) == (0, True)
    assert (twice.exit_code, "does not wait" in twice.err) == (2, True)


def test_a_till_ends_the_recovery_by_its_report(on_sqlite: Typist) -> None:
    typed = on_sqlite
    till = typed.look(_enrol)
    typed("backup", typed.folder / "monday.db")
    _put_back(typed, typed.folder / "monday.db")
    assert _recover(typed)

    def speak(hq: Hq) -> None:
        till.hq = hq
        heal(till)

    typed.look(speak)
    over = typed("recovery")

    assert (over.exit_code, "No recovery is under way" in over.out) == (0, True)
    assert typed("add-store", "002", "二店").exit_code == 0
    assert typed("verify").exit_code == 0


def test_a_file_copied_by_hand_is_known_by_the_mark_that_lies_with_the_keys(on_sqlite: Typist) -> None:
    typed = on_sqlite
    typed.look(lambda hq: copies.renew_mark(hq.desk))  # HQ is started
    shutil.copy(typed.folder / "hq.db", typed.folder / "by-hand.db")
    typed.look(lambda hq: copies.renew_mark(hq.desk))  # and another day

    assert not _recover(typed)
    _put_back(typed, typed.folder / "by-hand.db")

    assert typed("add-store", "002", "二店").exit_code == 2
    assert _recover(typed)


def test_keys_from_an_older_copy_alarm_nobody(on_sqlite: Typist) -> None:
    typed = on_sqlite
    typed.look(lambda hq: copies.renew_mark(hq.desk))
    before = (typed.key_folder / "mark").read_text()
    typed.look(lambda hq: copies.renew_mark(hq.desk))
    (typed.key_folder / "mark").write_text(before)

    assert not _recover(typed)


def test_a_backup_is_never_written_over_another_file(on_sqlite: Typist) -> None:
    there = on_sqlite.file("monday.db", "last week's")

    spoken = on_sqlite("backup", there)

    assert (spoken.exit_code, there.read_text()) == (2, "last week's")
    assert "Give the backup another name" in spoken.err


def test_postgresql_is_copied_by_its_own_tool_and_the_copy_is_marked(
    postgresql_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    databases.empty(postgresql_url)
    typed = Typist(postgresql_url, tmp_path, capsys)
    typed("init", "--name", "麦禾烘焙")
    typed.look(lambda hq: copies.renew_mark(hq.desk))

    refused = typed("backup", tmp_path / "hq.db")
    marked = typed("backup-mark")
    typed.look(lambda hq: hq.desk.run(lambda work: work.connection.execute(text(marked.out))))

    assert (refused.exit_code, "pg_dump" in refused.err) == (2, True)
    assert typed("add-store", "002", "二店").exit_code == 2
    assert _recover(typed)
    assert typed("recovery").exit_code == 0, "no till, nobody to wait for"
    assert typed("add-store", "002", "二店").exit_code == 0


def test_records_that_do_not_know_it_are_said_to_be_restored(on_sqlite: Typist) -> None:
    on_sqlite.look(_enrol)

    unsure = on_sqlite("restored")
    sure = on_sqlite("restored", "--yes")

    assert unsure.exit_code == 2
    assert (sure.exit_code, "1 of 1 are awaited" in sure.out) == (0, True)
