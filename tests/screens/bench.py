"""A shop with devices: files for printers, a pseudo-terminal for scanners and scales."""

from collections.abc import Callable
from pathlib import Path

from msgspec.structs import replace

from pos_client.devices.device_settings import DeviceSettings, PrinterSettings, save_device_settings
from tests.pos_client.devices.escpos_reader import Paper, read_back
from tests.pos_client.devices.pseudo_line import PseudoLine
from tests.screens.conftest import OpenShop, Shop


class Bench:
    """A shop whose devices are set up as asked; `paper` and `kitchen` are what came out of its printers."""

    def __init__(self, folder: Path, open_shop: OpenShop) -> None:
        self.folder = folder
        self._open_shop = open_shop
        self.paper_file, self.kitchen_file = folder / "paper.bin", folder / "kitchen.bin"
        self.line = PseudoLine(folder)

    def open(self, settings: DeviceSettings, **looks: object) -> Shop:
        """With an open shift."""
        save_device_settings(self.folder / "0" / "devices.json", settings)
        shop: Shop = self._open_shop(**looks)
        shop.open_shift()
        return shop

    @property
    def paper(self) -> Paper:
        return read_back(self.paper_file.read_bytes() if self.paper_file.exists() else b"")

    @property
    def kitchen(self) -> Paper:
        return read_back(self.kitchen_file.read_bytes() if self.kitchen_file.exists() else b"")

    def printing(self, **more: object) -> DeviceSettings:
        return replace(DeviceSettings(receipt=PrinterSettings(address=str(self.paper_file))), **more)


def until_printed(shop: Shop, printed: Callable[[], bool]) -> None:
    """Wait for a printer's thread. A slip that is half written cannot be read yet."""

    def is_printed() -> bool:
        try:
            return printed()
        except AssertionError:
            return False

    shop.hands.settle(until=is_printed)
