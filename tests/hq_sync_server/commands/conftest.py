"""Commands typed in this process, as the shell would hand them over, on an HQ of the test's own."""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TypeVar

import pytest

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.commands import running
from hq_sync_server.office.organisation import feed, stores
from shared_models.sales import Cursor
from shared_models.sync import FeedRow

Read = TypeVar("Read")


@dataclass(frozen=True, slots=True)
class Spoken:
    """What a command ended with, and what it said."""

    exit_code: int
    out: str
    err: str

    @property
    def password(self) -> str:
        """The password told once."""
        found = re.search(r"password ([a-z2-9-]{19})\.", self.out)
        assert found, self.out
        return found[1]


@dataclass(frozen=True, slots=True)
class Typist:
    """Types commands for one HQ."""

    database_url: str
    folder: Path
    capture: pytest.CaptureFixture[str]

    @property
    def key_folder(self) -> Path:
        return self.folder / "keys"

    def __call__(self, *words: str | Path, language: str = "en") -> Spoken:
        self.capture.readouterr()
        place = ["--database-url", self.database_url, "--key-folder", str(self.key_folder), "--language", language]
        try:
            exit_code = running.run([*(str(word) for word in words), *place])
        except SystemExit as end:  # argparse's way to say 2
            exit_code = int(end.code or 0)
        said = self.capture.readouterr()
        return Spoken(exit_code, said.out, said.err)

    def file(self, name: str, content: str) -> Path:
        """A file somebody brings."""
        path = self.folder / name
        path.write_text(content, encoding="utf-8")
        return path

    def look(self, read: Callable[[Hq], Read]) -> Read:
        """Look into the HQ between two commands."""
        hq = open_hq(self.database_url, self.key_folder)
        try:
            return read(hq)
        finally:
            hq.close()


def heard(hq: Hq, store_code: str = "001") -> tuple[FeedRow, ...]:
    """What a fresh till of a store hears. A row waits for transactions that run beside it, and neighbours' tests share
    the PostgreSQL server, so it is asked for until it is placed."""
    while not hq.desk.sequence():
        pass
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, store_code)
        return feed.changes(connection, store.store_id, Cursor(), hq.desk.hq_epoch()).rows


@pytest.fixture
def empty_place(database_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typist:
    """Where no HQ is yet."""
    return Typist(database_url, tmp_path, capsys)


@pytest.fixture
def typed(empty_place: Typist) -> Iterator[Typist]:
    """An HQ with one store, 001."""
    assert empty_place("init", "--name", "麦禾烘焙").exit_code == 0
    assert empty_place("add-store", "001", "人民广场店", "--type", "downtown").exit_code == 0
    yield empty_place
    verified = empty_place("verify")
    assert verified.exit_code == 0, verified.out
