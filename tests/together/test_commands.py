"""The till's commands without a window, against an HQ that is served: each says what it did, and exits as it should."""

import json
import sqlite3
from pathlib import Path

import pytest
from sqlalchemy import select

from hq_sync_server.office.healing import enrolment
from hq_sync_server.records import office_tables
from pos_client.__main__ import main
from pos_client.devices.device_settings import DeviceSettings, PrinterSettings, save_device_settings
from pos_client.ledger import Ledger
from pos_client.sync.keys import KEY_FILE_NAME
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from tests.together.serving import served
from tests.together.two_tills import TwoTills


class Till:
    """A till on this machine, spoken to by commands."""

    def __init__(self, folder: Path, hq_url: str) -> None:
        self.ledger_folder = folder / "ledger"
        self.key_folder = folder / "keys"
        self.hq_url = hq_url

    def run(self, *words: str) -> int:
        return main([
            "--ledger-folder", str(self.ledger_folder), "--key-folder", str(self.key_folder),
            "--hq-url", self.hq_url, "--language", "en", *words,
        ])  # fmt: skip


@pytest.fixture
def till(tmp_path: Path) -> Till:
    """A new till; nobody is at the other end."""
    return Till(tmp_path / "new till", "http://127.0.0.1:9")


def test_the_doctor_looks_at_printers_and_prints_nothing(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    till.run("doctor")
    assert "printer" not in capsys.readouterr().out

    paper = till.ledger_folder.parent / "paper.bin"
    settings = DeviceSettings(
        receipt=PrinterSettings(address=str(paper)), kitchen=PrinterSettings(address="tcp://127.0.0.1:9")
    )
    save_device_settings(till.ledger_folder.parent / "devices.json", settings)
    till.run("doctor")

    looked = capsys.readouterr().out
    assert f"ok    printer    {paper}, 0 slips wait\n" in looked
    assert "FAIL  printer 2  tcp://127.0.0.1:9, 0 slips wait: The printer does not answer." in looked
    assert not paper.exists()


def test_a_new_till_is_enrolled_synced_looked_at_and_saved(
    shop: TwoTills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(shop.hq) as url:
        till = Till(tmp_path / "new till", url)
        assert till.run("doctor") == 1
        assert "not enrolled" in capsys.readouterr().out

        assert till.run("enrol", "WRON-GCOD-EQQQ") == 2
        assert "code_unknown" in capsys.readouterr().err
        assert till.run("enrol", shop.new_code("A")) == 0
        assert "Together" in capsys.readouterr().out

        assert till.run("sync-once") == 0
        assert "waiting 0" in capsys.readouterr().out
        assert till.run("doctor") == 1  # the clock
        looked = capsys.readouterr().out
        assert f"ok    HQ         {url} answers" in looked

        assert till.run("verify") == 0
        verified = json.loads(capsys.readouterr().out)
        assert till.run("backup", str(tmp_path / "copy.db")) == 0
        assert till.run("export", str(tmp_path / "entries.jsonl")) == 0
        assert till.run("export", str(tmp_path / "entries.jsonl")) == 2

    with sqlite3.connect(tmp_path / "copy.db") as copy:
        assert copy.execute("SELECT count(*) FROM entries").fetchone() == (verified["entries"],)
    exported = [json.loads(line) for line in (tmp_path / "entries.jsonl").read_text().splitlines()]
    assert [each["entry_type"] for each in exported] == ["epoch_opened"]
    assert exported[-1]["entry_hash"] == verified["head_hash"]


def test_without_a_network_commands_say_so_and_nothing_is_lost(till: Till, capsys: pytest.CaptureFixture[str]) -> None:
    assert till.run("enrol", "ABCD-EFGH-JKLM") == 2
    assert "hq_unreachable" in capsys.readouterr().err
    assert (till.key_folder / KEY_FILE_NAME).exists()
    assert till.run("sync-once") == 2
    assert "till_not_enrolled" in capsys.readouterr().err


def test_while_the_window_is_open_the_book_can_be_saved_but_not_written(
    till: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    clock = SystemClock()
    with Ledger.open(till.ledger_folder, clock, IdSource(clock)):
        assert till.run("backup", str(tmp_path / "copy.db")) == 0
        assert till.run("sync-once") == 2

    assert "ledger_in_use" in capsys.readouterr().err


@pytest.mark.parametrize(
    "words",
    [
        ("backup", "{place}/copy.db"),
        ("export", "{place}/all.jsonl"),
        ("doctor",),
        ("verify",),
        ("enrol", "ABCD-EFGH-JKLM"),
    ],
)
def test_a_place_that_cannot_be_used_is_named_and_nothing_is_half_there(
    till: Till, tmp_path: Path, capsys: pytest.CaptureFixture[str], words: tuple[str, ...]
) -> None:
    if words[0] in ("backup", "export"):
        till.run("doctor")  # makes an empty book
    else:
        (tmp_path / "new till").write_text("a file in the folder's way")
    capsys.readouterr()
    before = sorted(tmp_path.iterdir())

    assert till.run(*(word.format(place=tmp_path / "no such stick") for word in words)) == 2

    assert ("ledger_missing" if words[0] == "verify" else "folder_not_writable") in capsys.readouterr().err
    assert sorted(tmp_path.iterdir()) == before


def test_no_command_is_help(capsys: pytest.CaptureFixture[str]) -> None:
    assert main([]) == 2
    assert "doctor" in capsys.readouterr().out


def test_a_restored_copy_says_that_it_is_one_and_a_code_for_this_till_enrols_it_again(
    shop: TwoTills, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    with served(shop.hq) as url:
        till = Till(tmp_path / "new till", url)
        assert till.run("enrol", shop.new_code("A")) == 0
        assert till.run("backup", str(tmp_path / "copy.db")) == 0
        capsys.readouterr()

        assert till.run("restore", str(tmp_path / "nothing.db")) == 2
        assert "ledger_missing" in capsys.readouterr().err
        assert till.run("restore", str(tmp_path / "copy.db")) == 0
        told = capsys.readouterr().out
        assert "set aside" in told
        assert "backup copy" in told
        assert till.run("doctor") == 1
        assert "backup copy of the till's book" in capsys.readouterr().out
        till.run("sync-once")
        assert "Rights are frozen" in capsys.readouterr().out
        with shop.hq.desk.read() as connection:
            found = connection.scalars(select(office_tables.exceptions.c.code)).all()
        assert list(found) == ["restored_copy"], "and is not taken for two machines"

        with Ledger.open(till.ledger_folder, SystemClock(), IdSource(SystemClock())) as ledger:
            assert ledger.identity is not None
            till_id = ledger.identity.till_id
        assert till.run("enrol", shop.new_code("A")) == 2, "a code for a new till is not used up by an old one"
        assert "enrolled_already" in capsys.readouterr().err
        code = shop.hq.desk.run(lambda work: enrolment.new_code(work, till_id, "boss")).code
        assert till.run("enrol", code) == 0
        assert till.run("sync-once") == 0
        assert "waiting 0" in capsys.readouterr().out
        assert till.run("verify") == 0
        walked = json.loads(capsys.readouterr().out)
        assert till.run("export", str(tmp_path / "entries.jsonl")) == 0

    exported = [json.loads(line) for line in (tmp_path / "entries.jsonl").read_text().splitlines()]
    assert {each["epoch"] for each in exported} == {1, 2}, "also what was written before the new epoch"
    assert len(exported) == walked["entries"]
