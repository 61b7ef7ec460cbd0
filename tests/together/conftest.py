"""HQ and tills in one process, on SQLite and, where a test asks for it, on a real PostgreSQL."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests import databases
from tests.passwords import quick_passwords as quick_passwords
from tests.together.disks import Disks
from tests.together.two_tills import TwoTills, open_two_tills


@pytest.fixture(scope="session")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    """This worker's database on the run's server."""
    base = tmp_path_factory.getbasetemp()
    with (
        databases.shared_server(base if worker_id == "master" else base.parent) as server_url,
        databases.database(server_url, f"tillbook_together_{worker_id}") as url,
    ):
        yield url


@pytest.fixture(params=["sqlite", "postgresql"])
def database_url(request: pytest.FixtureRequest, tmp_path: Path) -> str:
    """An empty database of each kind."""
    if request.param == "sqlite":
        return f"sqlite:///{tmp_path / 'hq.db'}"
    url: str = request.getfixturevalue("postgresql_url")
    databases.empty(url)
    return url


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[TwoTills]:
    """Two tills and an HQ on SQLite."""
    with open_two_tills(tmp_path, f"sqlite:///{tmp_path / 'hq.db'}") as tills:
        yield tills


@pytest.fixture
def shop_on_each(tmp_path: Path, database_url: str) -> Iterator[TwoTills]:
    """Two tills and an HQ, once on each database."""
    with open_two_tills(tmp_path, database_url) as tills:
        yield tills


@pytest.fixture
def disks(shop: TwoTills) -> Iterator[Disks]:
    """The disks of a shop on SQLite."""
    disks = Disks(shop)
    yield disks
    disks.close()


@pytest.fixture
def disks_on_each(shop_on_each: TwoTills) -> Iterator[Disks]:
    """The disks of a shop, once on each database."""
    disks = Disks(shop_on_each)
    yield disks
    disks.close()
