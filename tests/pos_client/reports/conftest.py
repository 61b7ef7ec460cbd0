"""A bakery for every test, looked over and closed afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pos_client.checkout.bakery import Bakery


@pytest.fixture
def bakery(tmp_path: Path) -> Iterator[Bakery]:
    """A till of the bakery; nobody is logged in."""
    opened = Bakery(tmp_path / "till")
    yield opened
    opened.close()
