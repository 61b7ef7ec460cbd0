"""Every test of HQ that touches its records runs on SQLite and on a real PostgreSQL."""

import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.records.database import Database
from hq_sync_server.records.migrating import migrate
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from tests import databases
from tests.hq_sync_server.people import START_MS
from tests.passwords import quick_passwords as quick_passwords


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """This worker's database on the run's server."""
    base = tmp_path_factory.getbasetemp()
    with (
        databases.shared_server(base if worker_id == "master" else base.parent) as server_url,
        databases.database(server_url, f"tillbook_{worker_id}") as url,
    ):
        yield url


@pytest.fixture(scope="session")
def sqlite_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A SQLite file with all tables and nothing in them."""
    path = tmp_path_factory.mktemp("template") / "hq.db"
    database = Database(f"sqlite:///{path}")
    migrate(database)
    database.close()
    return path


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind; its tables may be there already, as PostgreSQL's are after the first test."""
    if request.param == "sqlite":
        template: Path = request.getfixturevalue("sqlite_template")
        shutil.copy(template, tmp_path / "hq.db")
        return f"sqlite:///{tmp_path / 'hq.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    databases.empty(url)
    return url


@pytest.fixture
def clock() -> ManualClock:
    """A clock that stands still until told."""
    return ManualClock(START_MS)


@pytest.fixture
def hq(database_url: str, tmp_path: Path, clock: ManualClock) -> Iterator[Hq]:
    """An HQ of its own, without a network."""
    opened = open_hq(database_url, tmp_path / "hq-keys", clock, IdSource(clock))
    yield opened
    opened.close()
