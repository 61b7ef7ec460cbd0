"""What stands at a till is written down whole or not at all, and a spoilt file stops no till."""

from pathlib import Path

from pos_client.devices.device_settings import (
    DeviceSettings,
    PrinterSettings,
    load_device_settings,
    save_device_settings,
)
from pos_client.devices.wedge import WedgeSettings

FULL = DeviceSettings(
    receipt=PrinterSettings(address="tcp://192.168.1.50", columns=32, mode="raster"),
    kitchen=PrinterSettings(address="serial:COM3?baud=9600"),
    kitchen_categories=("bread",),
    print_receipts="ask",
    wedge=WedgeSettings(gap_ms=50, prefix="~", suffixes="\t", suffix_needed=True),
    scanner_port="/dev/ttyUSB0",
    scale_port="COM4",
    scale_protocol="enquiry",
    display="window",
    sounds=False,
)


def test_what_is_set_is_there_after_a_start(tmp_path: Path) -> None:
    path = tmp_path / "till" / "devices.json"
    assert load_device_settings(path) == DeviceSettings()

    save_device_settings(path, FULL)

    assert load_device_settings(path) == FULL
    assert [file.name for file in path.parent.iterdir()] == ["devices.json"]


def test_a_spoilt_file_is_set_aside_and_the_till_starts(tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    path.write_text('{"sounds": "loud"}')

    assert load_device_settings(path) == DeviceSettings()
    assert path.with_suffix(".unreadable").read_text() == '{"sounds": "loud"}'
    assert not path.exists()


def test_a_file_that_was_saved_in_another_encoding_is_set_aside_too(tmp_path: Path) -> None:
    path = tmp_path / "devices.json"
    path.write_bytes('{"logo_path": "D:/图标/麦香.png"}'.encode("gb18030"))

    assert load_device_settings(path) == DeviceSettings()
    assert path.with_suffix(".unreadable").exists()
