"""Which devices stand at this till and how they speak: one small file beside the ledger, written by the devices screen.

It belongs to the machine and not to the book: a restored or copied book brings no foreign printer along. Read by the
composition root.
"""

import os
from contextlib import suppress
from pathlib import Path
from typing import Literal

import msgspec
from msgspec import Struct

from pos_client.devices.receipt_layout import PaintMode
from pos_client.devices.wedge import WedgeSettings

ScaleProtocolName = Literal["continuous", "enquiry"]
PrintPolicy = Literal["always", "ask", "never"]
DisplayPlace = Literal["off", "auto", "window"]
SERIAL_BAUDS = (1200, 2400, 4800, 9600, 19_200, 38_400, 57_600, 115_200)


class PrinterSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One printer. `address` as `printer_ports.port_named` reads it; empty: there is none."""

    address: str = ""
    columns: Literal[32, 48] = 48
    mode: PaintMode = "text"


class DeviceSettings(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """All of it. `kitchen_categories` are the goods categories whose lines go to the second printer too; `display`:
    `auto` opens the customer's window where there is a second screen, `window` in any case."""

    receipt: PrinterSettings = PrinterSettings()
    kitchen: PrinterSettings = PrinterSettings()
    kitchen_categories: tuple[str, ...] = ()
    print_receipts: PrintPolicy = "always"
    logo_path: str = ""
    wedge: WedgeSettings | None = None
    scanner_port: str = ""
    scanner_baud: int = 9600
    scale_port: str = ""
    scale_baud: int = 9600
    scale_protocol: ScaleProtocolName = "continuous"
    display: DisplayPlace = "auto"
    sounds: bool = True


def load_device_settings(path: Path) -> DeviceSettings:
    """What is set; the defaults where nothing is. A file that cannot be read is set aside (`.unreadable`): a till
    without its printer sells, and one that does not start does not."""
    try:
        return msgspec.json.decode(path.read_bytes(), type=DeviceSettings)
    except FileNotFoundError:
        return DeviceSettings()
    except (OSError, ValueError):  # msgspec's own, and that of bytes that are no UTF-8: saved by another editor
        with suppress(OSError):  # nor does one in a folder that cannot be written stop it
            if path.is_file():
                path.replace(unreadable_path(path))
        return DeviceSettings()


def unreadable_path(path: Path) -> Path:
    """Where settings that could not be read are set aside."""
    return path.with_suffix(".unreadable")


def was_unreadable(path: Path) -> bool:
    """Whether settings were set aside and nothing was set up since."""
    return unreadable_path(path).exists() and not path.exists()


def save_device_settings(path: Path, settings: DeviceSettings) -> None:
    """On disk when this returns, whole or not at all. Raises OSError."""
    path.parent.mkdir(parents=True, exist_ok=True)
    fresh = path.with_suffix(".new")
    with fresh.open("wb") as file:
        file.write(msgspec.json.format(msgspec.json.encode(settings), indent=2))
        file.flush()
        os.fsync(file.fileno())
    fresh.replace(path)
