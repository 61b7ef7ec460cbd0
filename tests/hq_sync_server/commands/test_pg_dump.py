"""HQ's records on PostgreSQL, copied and put back by PostgreSQL's own tools, as docs/hq.md says it: in a database of
another name, known for a copy, recovered, and good to work on."""

import subprocess
from collections.abc import Iterator
from pathlib import Path
from uuid import UUID

import pytest
from sqlalchemy import make_url

from hq_sync_server.app import Hq
from hq_sync_server.office.healing import copies
from hq_sync_server.office.organisation import stores
from tests import databases
from tests.hq_sync_server.commands.conftest import Typist
from tests.hq_sync_server.facts import top_up
from tests.hq_sync_server.people import WireTill
from tests.hq_sync_server.reports import heal
from tests.hq_sync_server.restored import balance, known_member, spend, take_all


@pytest.fixture
def typed(postgresql_url: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Typist:
    """A chain of one store, its records in PostgreSQL."""
    databases.empty(postgresql_url)
    typist = Typist(postgresql_url, tmp_path, capsys)
    assert typist("init", "--name", "麦禾烘焙").exit_code == 0
    assert typist("add-store", "001", "人民广场店").exit_code == 0
    return typist


@pytest.fixture
def empty_url(postgresql_url: str) -> Iterator[str]:
    """Another database of the same server, with nothing in it."""
    here = make_url(postgresql_url)
    with databases.database(postgresql_url, f"{here.database}_back") as url:
        yield url


def run(name: str, *words: str, into: Path | None = None) -> None:
    """One of PostgreSQL's tools, as an operator types it."""
    command = [str(databases.tool(name)), *words]
    with (into or Path("/dev/null")).open("wb") as out:
        done = subprocess.run(command, stdout=out, stderr=subprocess.PIPE, check=False)
    assert done.returncode == 0, done.stderr.decode()


def plain(typed: Typist, url: str) -> None:
    """pg_dump as text with the mark at its end, read by psql."""
    sql = typed.folder / "hq-monday.sql"
    run("pg_dump", "--format=plain", typed.database_url, into=sql)
    marked = typed("backup-mark")
    assert marked.exit_code == 0
    with sql.open("a", encoding="utf-8") as file:
        file.write(marked.out)
    run("psql", "--quiet", "--no-psqlrc", "--set=ON_ERROR_STOP=1", f"--dbname={url}", f"--file={sql}")


def custom(typed: Typist, url: str) -> None:
    """pg_dump's own format, read by pg_restore: no line can be added, the mark beside the keys says it."""
    dump = typed.folder / "hq-monday.dump"
    run("pg_dump", "--format=custom", typed.database_url, into=dump)
    assert typed("backup-mark").exit_code == 0
    run("pg_restore", "--exit-on-error", f"--dbname={url}", str(dump))


def _morning(hq: Hq) -> tuple[WireTill, UUID]:
    copies.recover_if_copied(hq.desk)
    copies.renew_mark(hq.desk)  # HQ is started
    with hq.desk.read() as connection:
        store = stores.store_by_code(connection, "001")
    till = WireTill.enrolled(hq, store.store_id)
    till.push()
    member = known_member(hq, 10_000)
    top_up(till, member, 5_000)
    till.push()
    return till, member


@pytest.mark.parametrize("way", [plain, custom])
def test_a_dump_comes_back_as_a_copy_recovers_and_goes_on(typed: Typist, empty_url: str, way: object) -> None:
    till, member = typed.look(_morning)
    assert callable(way)
    way(typed, empty_url)

    def afternoon(hq: Hq) -> None:
        till.hq = hq
        assert take_all(till, member) == 10_000
        spend(till, member, 3_000)
        till.push()

    typed.look(afternoon)  # all of it is lost
    back = Typist(empty_url, typed.folder, typed.capture)

    refused = back("add-store", "002", "二店")
    recovered = back.look(lambda hq: copies.recover_if_copied(hq.desk))
    waiting = back("recovery")

    def evening(hq: Hq) -> int:
        till.hq = hq
        heal(till)
        top_up(till, member, 1_000)
        till.push()
        return balance(hq, member)

    assert back.look(evening) == 10_000 + 5_000 - 3_000 + 1_000
    assert (refused.exit_code, "restored from a backup" in refused.err) == (2, True)
    assert (recovered, waiting.exit_code) == (True, 1)
    assert [back(*words).exit_code for words in (("recovery",), ("verify",), ("add-store", "002", "二店"))] == [0, 0, 0]


def test_the_dumped_hq_itself_goes_on_and_is_taken_for_no_copy(typed: Typist, empty_url: str) -> None:
    typed.look(_morning)
    plain(typed, empty_url)

    assert typed("add-store", "002", "二店").exit_code == 0
    assert typed.look(lambda hq: copies.recover_if_copied(hq.desk)) is False
