"""Printers that work, break and come back: the counter never waits for any of them."""

import socket
import struct
import threading
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_client.devices.printer import PrinterState, ReceiptPrinter
from pos_client.devices.printer_ports import (
    NOTHING_SENT,
    FilePort,
    NetworkPort,
    PrinterPort,
    SerialPort,
    SpoolerPort,
    Trouble,
    UsbPort,
    port_named,
    status_code,
)
from pos_client.devices.receipt_document import Cut, ReceiptDocument, Text
from shared_models.refusals import Refusal
from tests.pos_client.devices.escpos_reader import read_back


class Paperless:
    """A printer that is out of paper until somebody fills it."""

    def __init__(self) -> None:
        self.has_paper = threading.Event()
        self.jobs: list[bytes] = []

    def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
        if not self.has_paper.is_set():
            raise Refusal("printer_out_of_paper", where="desk")
        self.jobs.append(painted)

    def look(self) -> None:
        """Nothing to be known."""


def _slip(text: str) -> ReceiptDocument:
    return ReceiptDocument("sale", (Text(text), Cut()))


@pytest.fixture
def states() -> list[PrinterState]:
    return []


@pytest.fixture
def listening() -> Iterator[socket.socket]:
    with socket.create_server(("127.0.0.1", 0)) as server:
        server.settimeout(10)
        yield server


def test_a_network_printer_gets_the_whole_job(listening: socket.socket) -> None:
    received: list[bytes] = []

    def take() -> None:
        connection, _ = listening.accept()
        with connection:
            while chunk := connection.recv(4096):
                received.append(chunk)

    taker = threading.Thread(target=take)
    taker.start()
    printer = ReceiptPrinter(NetworkPort("127.0.0.1", listening.getsockname()[1]), columns=32)
    printer.submit([_slip("应付 35.60")])
    printer.stop()
    taker.join()

    assert read_back(b"".join(received)).lines[0] == "应付 35.60"


def test_a_printer_that_is_off_is_a_state_and_what_it_missed_can_be_tried_again(states: list[PrinterState]) -> None:
    port = Paperless()
    failed_twice = threading.Event()

    def listen(state: PrinterState) -> None:
        states.append(state)
        if state.unprinted == 2:
            failed_twice.set()

    printer = ReceiptPrinter(port, on_state=listen)
    printer.submit([_slip("first"), _slip("second")])
    assert failed_twice.wait(10)
    assert printer.state == PrinterState("failed", "printer_out_of_paper", 2)

    port.has_paper.set()
    printer.retry()
    printer.stop()

    assert [read_back(job).lines[0] for job in port.jobs] == ["first", "second"]
    assert states[-1] == PrinterState("stopped", "", 0)


def test_nobody_at_the_other_end_is_a_refusal_that_says_where() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        number = server.getsockname()[1]

    with pytest.raises(Refusal) as refused:
        NetworkPort("127.0.0.1", number).send(b"receipt")

    assert (refused.value.code, refused.value.fields) == ("printer_unreachable", {"where": f"127.0.0.1:{number}"})


def test_a_file_takes_one_receipt_after_the_other(tmp_path: Path) -> None:
    port: PrinterPort = FilePort(tmp_path / "receipts.bin")

    port.send(b"one")
    port.send(b"two")

    assert (tmp_path / "receipts.bin").read_bytes() == b"onetwo"


def test_a_device_without_room_is_a_refusal() -> None:
    with pytest.raises(Refusal, match="printer_unreachable"):  # not even the question how it is goes out
        FilePort(Path("/dev/full")).send(b"receipt")
    with pytest.raises(Refusal, match="printer_unreachable"):
        FilePort(Path("/dev/no/such/printer")).send(b"receipt")


def test_a_printer_is_named_as_people_write_it(listening: socket.socket, tmp_path: Path) -> None:
    host, port = listening.getsockname()
    assert isinstance(port_named(f"tcp://{host}:{port}"), NetworkPort)
    assert isinstance(port_named("tcp://printer.local"), NetworkPort)
    assert isinstance(port_named("serial:COM3"), SerialPort)
    assert isinstance(port_named("serial:/dev/ttyUSB0?baud=9600"), SerialPort)
    assert isinstance(port_named("usb:04b8:0e15"), UsbPort)
    assert isinstance(port_named("spooler:Receipts"), SpoolerPort)
    port_named(str(tmp_path / "lp0")).send(b"slip")
    assert (tmp_path / "lp0").read_bytes() == b"slip"

    for wrong in ("tcp://", "tcp://host:99999", "tcp://host:9100/queue", "serial:", "serial:COM3?baud=fast", "usb:x:y",
                  "usb:04b8", "spooler:", ""):  # fmt: skip
        with pytest.raises(Refusal, match="printer_address_wrong"):
            port_named(wrong)


def test_a_look_at_a_printer_prints_nothing(listening: socket.socket, tmp_path: Path) -> None:
    host, port = listening.getsockname()
    heard: list[bytes] = []

    def take() -> None:
        connection, _ = listening.accept()
        with connection:
            heard.append(connection.recv(4096))
            connection.sendall(bytes((0x12 | 0x08, 0x12 | 0x04, 0x12)))
            while connection.recv(4096):
                pass

    taker = threading.Thread(target=take)
    taker.start()
    with pytest.raises(Refusal, match="printer_cover_open"):
        port_named(f"tcp://{host}:{port}").look()
    taker.join()
    port_named(str(tmp_path / "lp0")).look()
    with pytest.raises(Refusal, match="printer_unreachable"):
        port_named(str(tmp_path / "not" / "there" / "lp0")).look()

    assert read_back(b"".join(heard)).questions == 3
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    ("answers", "code"),
    [
        ((0x12, 0x12, 0x12), ""),
        ((0x12, 0x12, 0x12 | 0x0C), ""),  # the paper comes to its end, and is not there yet
        ((0x12 | 0x08, 0x12 | 0x20, 0x12 | 0x60), "printer_out_of_paper"),
        ((0x12 | 0x08, 0x12 | 0x04, 0x12), "printer_cover_open"),
        ((0x12 | 0x08, 0x12 | 0x40, 0x12), "printer_offline"),
        ((0x12 | 0x08, 0x12, 0x12), "printer_offline"),
    ],
)
def test_what_a_printer_says_of_itself_has_a_name(answers: tuple[int, int, int], code: str) -> None:
    assert status_code(bytes(answers)) == code


def test_a_usb_printer_without_its_library_says_what_is_missing() -> None:
    with pytest.raises(Refusal) as refused:
        UsbPort(0x04B8, 0x0E15).send(b"receipt")

    assert (refused.value.code, refused.value.fields) == ("printer_library_missing", {"name": "pyusb"})


def test_the_system_s_spooler_gets_the_bytes_as_they_are(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """`lp` of a system with CUPS, here a script of the same manners."""
    program = tmp_path / "lp"
    program.write_text(
        f'#!/bin/sh\n[ "$2" = Receipts ] || exit 1\necho "$@" > {tmp_path}/asked\ncat > {tmp_path}/job\n'
    )
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    SpoolerPort("Receipts").send(b"\x1b@receipt")
    with pytest.raises(Refusal, match="printer_unreachable"):
        SpoolerPort("Nowhere").send(b"receipt")

    assert (tmp_path / "job").read_bytes() == b"\x1b@receipt"
    assert (tmp_path / "asked").read_text().split() == ["-d", "Receipts", "-o", "raw"]


def test_a_spooler_that_took_the_slip_and_says_nothing_more_may_have_printed_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "lp"
    program.write_text("#!/bin/sh\ncat > /dev/null\nexec sleep 60\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{tmp_path}:/usr/bin:/bin")

    with pytest.raises(Refusal) as refused:
        SpoolerPort("Receipts", timeout_seconds=0.3).send(b"receipt")

    assert refused.value.code not in NOTHING_SENT, "printed again, it needs its mark"


def test_a_printer_that_hangs_up_once_all_is_on_paper_has_printed_it(listening: socket.socket) -> None:
    """With a question of ours unread, its farewell is a reset: the slip came twice."""

    def take() -> None:
        connection, _ = listening.accept()
        with connection:
            said = b""
            while not said.endswith(b"\x1dr\x01"):
                said += connection.recv(4096)
                if said.endswith(b"\x10\x04\x04"):
                    connection.sendall(b"\x12\x12\x12")
            connection.sendall(b"\x00")
            connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))

    taker = threading.Thread(target=take)
    taker.start()
    NetworkPort("127.0.0.1", listening.getsockname()[1]).send(b"receipt")
    taker.join()
