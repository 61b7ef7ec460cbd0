"""The disk that promises as little as it may, and the account of writes it lives on."""

import os
import random
import subprocess
import sys
from pathlib import Path

from tests.crash.disk import SECTOR_BYTES, Disk
from tests.crash.injection import why_not
from tests.crash.recording import Change, changes_in, recording
from tests.house.sources import ROOT

SEEDS = range(200)
OLD, NEW = b"o" * 4 * SECTOR_BYTES, b"n" * 4 * SECTOR_BYTES


class Story:
    """Changes one after the other, each begun after the one before had ended."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.disk = Disk(root)
        self._place = 0

    def __call__(self, kind: str, name: str, content: bytes = b"", *, at: int = 0, target: str = "") -> None:
        """The next change."""
        begun, self._place = self._place, self._place + 2
        path = str(self.root / name) if name else str(self.root)
        to = str(self.root / target) if target else ""
        self.disk.follow(Change(kind, path, begun, begun + 1, at, content, to))

    def found(self) -> list[dict[str, bytes]]:
        """What may be found after the power went, by many seeds."""
        return [self.disk.after_power_loss(random.Random(seed)) for seed in SEEDS]


def story(folder: Path, **files: bytes) -> Story:
    """A disk with these files surely on it."""
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return Story(folder)


def test_what_was_synced_is_always_there(tmp_path: Path) -> None:
    tell = story(tmp_path, book=OLD)
    tell("write", "book", NEW)
    tell("sync", "book")
    assert all(files == {"book": NEW} for files in tell.found())


def test_what_was_not_synced_is_there_whole_or_torn_or_not_at_all(tmp_path: Path) -> None:
    tell = story(tmp_path, book=OLD)
    tell("write", "book", NEW)
    contents = {files["book"] for files in tell.found()}
    assert {OLD, NEW} < contents
    sectors = {content[at : at + SECTOR_BYTES] for content in contents for at in range(0, len(OLD), SECTOR_BYTES)}
    assert sectors == {OLD[:SECTOR_BYTES], NEW[:SECTOR_BYTES]}  # a sector is never torn


def test_a_later_write_may_be_there_without_the_earlier(tmp_path: Path) -> None:
    tell = story(tmp_path, book=OLD)
    tell("write", "book", b"1" * SECTOR_BYTES)
    tell("write", "book", b"2" * SECTOR_BYTES, at=SECTOR_BYTES)
    firsts = {(files["book"][:1], files["book"][SECTOR_BYTES : SECTOR_BYTES + 1]) for files in tell.found()}
    assert firsts == {(b"o", b"o"), (b"1", b"o"), (b"o", b"2"), (b"1", b"2")}


def test_a_write_that_ends_during_the_sync_is_not_promised(tmp_path: Path) -> None:
    disk = story(tmp_path, book=OLD).disk
    book = str(tmp_path / "book")
    disk.follow(Change("write", book, 0, 3, 0, NEW))
    disk.follow(Change("sync", book, 1, 4))
    assert {disk.after_power_loss(random.Random(seed))["book"] for seed in SEEDS} > {OLD, NEW}


def test_a_new_name_is_promised_only_once_its_folder_is_synced(tmp_path: Path) -> None:
    tell = story(tmp_path)
    tell("make", "log")
    tell("write", "log", NEW)
    tell("sync", "log")
    assert {frozenset(files.items()) for files in tell.found()} == {frozenset(), frozenset({("log", NEW)})}
    tell("sync", "")
    assert all(files == {"log": NEW} for files in tell.found())


def test_what_a_failed_sync_gave_up_is_shown_and_never_on_disk_unless_it_is_written_again(tmp_path: Path) -> None:
    tell = story(tmp_path, book=OLD)
    tell("write", "book", NEW)
    tell("failed_sync", "book")
    tell("sync", "book")
    assert tell.disk.files() == {"book": NEW}
    assert all(files == {"book": OLD} for files in tell.found())
    tell("write", "book", NEW)
    tell("sync", "book")
    assert all(files == {"book": NEW} for files in tell.found())


def test_a_name_that_was_taken_may_come_back(tmp_path: Path) -> None:
    tell = story(tmp_path, log=OLD)
    tell("remove", "log")
    assert tell.disk.files() == {}
    assert {len(files) for files in tell.found()} == {0, 1}


def test_a_file_put_in_the_place_of_another_is_the_old_or_the_new(tmp_path: Path) -> None:
    tell = story(tmp_path, keys=OLD)
    tell("make", "keys.new")
    tell("write", "keys.new", NEW)
    tell("sync", "keys.new")
    tell("rename", "keys.new", target="keys")
    assert {files.get("keys") for files in tell.found()} == {OLD, NEW}


def _work(folder: Path) -> None:
    """Every kind of change there is."""
    made = os.open(folder / "book", os.O_RDWR | os.O_CREAT)
    os.pwrite(made, b"hello", 3)
    os.write(made, b"bye")
    os.lseek(made, 20, os.SEEK_SET)
    os.write(made, b"twenty")
    os.ftruncate(made, 24)
    os.fdatasync(made)
    os.close(made)
    for _ in range(2):
        paper = os.open(folder / "paper", os.O_WRONLY | os.O_APPEND | os.O_CREAT)
        os.write(paper, b"slip\n")
        os.close(paper)
    (folder / "new").write_bytes(b"first")
    (folder / "new").write_bytes(b"1st")
    (folder / "new").rename(folder / "renamed")
    (folder / "inner").mkdir()
    (folder / "inner" / "gone").write_bytes(b"gone")
    (folder / "inner" / "gone").unlink()


def test_an_account_of_a_real_process_ends_with_its_real_files(tmp_path: Path) -> None:
    assert why_not() == ""
    folder = tmp_path / "files"
    folder.mkdir()
    disk = Disk(folder)
    words = [sys.executable, "-m", "tests.crash.test_disk", str(folder)]
    with subprocess.Popen(words, cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE) as worker:
        assert worker.stdin is not None
        assert worker.stdout is not None
        worker.stdout.readline()
        with recording(tmp_path / "account", [worker.pid]):
            worker.stdin.close()
            assert worker.wait(30) == 0
    for change in changes_in(tmp_path / "account", [folder]):
        disk.follow(change)
    found = {"book": b"byehello" + bytes(12) + b"twen", "paper": b"slip\nslip\n", "renamed": b"1st"}
    assert disk.files() == found == Disk(folder).files()


if __name__ == "__main__":
    print("ready", flush=True)
    sys.stdin.read()
    _work(Path(sys.argv[1]))
