"""Every test of the office ends with books that verify, unless it says that it broke them."""

from collections.abc import Iterator

import pytest
from sqlalchemy import select

from hq_sync_server.app import Hq
from hq_sync_server.office.upkeep import verify
from hq_sync_server.records import office_tables
from shared_models.catalog import StoreRow
from shared_models.overlaps import OVERLAPS
from tests.hq_sync_server.people import WireTill, found_chain


@pytest.fixture
def breaks_books() -> None:
    """Asked for by tests that damage the books on purpose."""


@pytest.fixture
def hq(hq: Hq, request: pytest.FixtureRequest) -> Iterator[Hq]:
    """After the test, everything HQ computed still follows from the entries, and every exception has a name that the
    register of overlaps explains."""
    yield hq
    with hq.desk.read() as connection:
        noted = set(connection.scalars(select(office_tables.exceptions.c.code)))
    assert noted <= OVERLAPS.keys()
    if "breaks_books" not in request.fixturenames:
        with hq.desk.read() as connection:
            assert verify.verify(connection).faults == ()


@pytest.fixture
def stores(hq: Hq) -> list[StoreRow]:
    """A chain of two stores."""
    return found_chain(hq, 2)


@pytest.fixture
def till_a(hq: Hq, stores: list[StoreRow]) -> WireTill:
    """A till of the first store."""
    return WireTill.enrolled(hq, stores[0].store_id)


@pytest.fixture
def till_b(hq: Hq, stores: list[StoreRow]) -> WireTill:
    """A till of the second store."""
    return WireTill.enrolled(hq, stores[1].store_id)
