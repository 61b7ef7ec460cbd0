"""All devices of a till together: made from the settings, exchanged while it runs, gone at the end."""

import threading
from pathlib import Path

import pytest

from pos_client.devices.counter_devices import CounterDevices, DevicesListener, GivenPrinter
from pos_client.devices.device_settings import DeviceSettings, PrinterSettings
from pos_client.devices.printer import PrinterState
from pos_client.devices.printer_ports import FilePort
from pos_client.devices.receipt_document import Cut, DrawerPulse, ReceiptDocument, Text
from shared_models.refusals import Refusal
from tests.pos_client.devices.escpos_reader import read_back

SLIP = ReceiptDocument("sale", (DrawerPulse(), Text("应付 35.60"), Cut()))


def opened(folder: Path, settings: DeviceSettings, given: GivenPrinter | None = None) -> CounterDevices:
    listener = DevicesListener(scanned=lambda _code: None, changed=lambda: None)
    return CounterDevices(settings, folder / "printing", listener, again_words=lambda: "补打", given=given)


def to_file(path: Path) -> DeviceSettings:
    return DeviceSettings(receipt=PrinterSettings(address=str(path)))


def test_a_till_without_devices_prints_nothing_and_misses_nothing(tmp_path: Path) -> None:
    devices = opened(tmp_path, DeviceSettings())
    devices.print_receipts([SLIP])
    devices.retry()
    devices.play("accepted")
    assert (devices.receipts, devices.kitchen, devices.scanner_present, devices.weight) == (None, None, None, None)
    assert devices.printer_states == ()
    devices.stop()


def test_what_waits_for_one_printer_comes_out_of_the_one_that_takes_its_place(tmp_path: Path) -> None:
    devices = opened(tmp_path, to_file(tmp_path / "no" / "printer"))
    devices.print_receipts([SLIP])
    devices.apply(to_file(tmp_path / "paper.bin"))
    devices.stop()

    assert read_back((tmp_path / "paper.bin").read_bytes()).lines == ["应付 35.60"]


def test_a_printer_taken_away_keeps_its_slips_for_the_next_one(tmp_path: Path) -> None:
    devices = opened(tmp_path, to_file(tmp_path / "no" / "printer"))
    devices.print_receipts([SLIP])
    devices.apply(DeviceSettings())
    assert devices.receipts is None
    devices.apply(to_file(tmp_path / "paper.bin"))
    devices.stop()

    assert read_back((tmp_path / "paper.bin").read_bytes()).lines == ["应付 35.60"]


def test_a_wrong_address_is_refused_and_nothing_is_changed(tmp_path: Path) -> None:
    devices = opened(tmp_path, to_file(tmp_path / "paper.bin"))
    with pytest.raises(Refusal, match="printer_address_wrong"):
        devices.apply(DeviceSettings(receipt=PrinterSettings(address="tcp://"), sounds=False))
    assert devices.settings == to_file(tmp_path / "paper.bin")
    devices.stop()


def test_a_wrong_address_in_the_file_keeps_no_till_from_opening(tmp_path: Path) -> None:
    devices = opened(tmp_path, DeviceSettings(receipt=PrinterSettings(address="tcp://")))
    assert devices.receipts is None
    devices.stop()


def test_a_printer_that_the_command_named_goes_before_the_settings(tmp_path: Path) -> None:
    given = GivenPrinter(FilePort(tmp_path / "given.bin"), 32)
    devices = opened(tmp_path, to_file(tmp_path / "set.bin"), given)
    devices.print_receipts([SLIP])
    devices.stop()

    assert read_back((tmp_path / "given.bin").read_bytes()).lines == ["应付 35.60"]
    assert not (tmp_path / "set.bin").exists()


def test_where_no_paper_is_wanted_the_drawer_still_opens(tmp_path: Path) -> None:
    devices = opened(tmp_path, to_file(tmp_path / "paper.bin"))
    devices.open_drawer_only([SLIP], None)
    devices.open_drawer_only([ReceiptDocument("sale", (Text("by card"), Cut()))], None)
    devices.stop()

    paper = read_back((tmp_path / "paper.bin").read_bytes())
    assert (paper.drawer_pulses, paper.lines, paper.cuts) == (1, [], 0)


def test_a_printer_with_nothing_to_do_is_looked_at(tmp_path: Path) -> None:
    heard = threading.Event()
    found: list[CounterDevices] = []

    def changed() -> None:
        if found and found[0].receipts is not None and found[0].receipts.state.code == "printer_unreachable":
            heard.set()

    away = to_file(tmp_path / "no" / "printer")
    devices = CounterDevices(
        away, tmp_path / "printing", DevicesListener(lambda _code: None, changed), again_words=lambda: "补打"
    )
    found.append(devices)
    assert heard.wait(20)
    (tmp_path / "no").mkdir()
    devices.check()
    devices.stop()
    assert devices.receipts is not None
    assert devices.receipts.state == PrinterState("stopped", "", 0)


def test_nothing_of_the_devices_runs_on_when_the_till_has_stopped(tmp_path: Path) -> None:
    before = set(threading.enumerate())
    settings = DeviceSettings(
        receipt=PrinterSettings(address=str(tmp_path / "paper.bin")),
        kitchen=PrinterSettings(address=str(tmp_path / "kitchen.bin")),
        scanner_port=str(tmp_path / "scanner"),
        scale_port=str(tmp_path / "scale"),
    )
    devices = opened(tmp_path, settings)
    assert len(set(threading.enumerate()) - before) == 4
    devices.stop()
    assert set(threading.enumerate()) - before == set()
