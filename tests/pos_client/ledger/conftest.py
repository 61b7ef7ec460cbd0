"""A shop for every test, closed afterwards."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pos_client.ledger.shop import Shop


@pytest.fixture
def shop(tmp_path: Path) -> Iterator[Shop]:
    """An enrolled till."""
    opened = Shop(tmp_path / "till")
    yield opened
    opened.ledger.close()
