"""A printer that is on, for whoever prints."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.pos_client.devices.printer_outside import PrinterOutside, States


@pytest.fixture
def outside(tmp_path: Path) -> Iterator[PrinterOutside]:
    """A printer that is on."""
    printer = PrinterOutside(tmp_path)
    printer.switch_on()
    yield printer
    printer.switch_off()


@pytest.fixture
def states() -> States:
    """What is said of it."""
    return States()
