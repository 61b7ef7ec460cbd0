"""The print queue against a printer that is a process of its own, and dies in the middle of a receipt."""

import os
import pty
import subprocess
import sys
import threading
import tty
from collections.abc import Callable
from pathlib import Path

import pytest

from pos_client.devices.print_spool import PrintJob, PrintSpool
from pos_client.devices.printer import PrinterState, ReceiptPrinter
from pos_client.devices.printer_ports import NetworkPort, SerialPort, Trouble
from shared_models.refusals import Refusal
from tests.pos_client.devices.escpos_reader import read_back
from tests.pos_client.devices.printer_outside import AGAIN, OTHER_SALE, ROOT, SALE, PrinterOutside, States, slip


def till(outside: PrinterOutside, folder: Path, states: States, *, retry_seconds: float = 600) -> ReceiptPrinter:
    """The till's side. It tries again by itself only where a test says so."""
    return ReceiptPrinter(
        NetworkPort("127.0.0.1", outside.port), on_state=states.hear, spool=PrintSpool(folder / "spool"),
        again_words=lambda: AGAIN, retry_seconds=retry_seconds,
    )  # fmt: skip


def test_a_receipt_is_printed_once_and_leaves_nothing_waiting(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60")], SALE)
    printer.stop()

    assert outside.paper.lines.count("应付 35.60") == 1
    assert AGAIN not in outside.paper.text
    assert outside.paper.drawer_pulses == 1
    assert PrintSpool(tmp_path / "spool").recover() == []
    assert PrintSpool(tmp_path / "spool").last_entry() == SALE


def test_a_printer_killed_in_the_middle_of_a_receipt_prints_it_again_with_a_mark(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    outside.switch_off()
    outside.switch_on("--dies-after", "200")
    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60", lines=40)], SALE)
    printer.submit([slip("9.50")], OTHER_SALE)

    failed = states.until(lambda state: state.condition == "failed" and state.unprinted == 2)
    assert outside.has_died()
    assert failed.code in ("printer_stopped_taking", "printer_unreachable")
    assert len(outside.paper_file.read_bytes()) == 200

    outside.switch_off()
    outside.switch_on()
    printer.retry()
    printer.stop()

    paper = outside.paper
    assert paper.lines[0] == AGAIN
    assert paper.styles[0] == ("centre", True, True)
    assert [paper.lines.count(f"应付 {total}") for total in ("35.60", "9.50")] == [1, 1]
    assert paper.lines.count(AGAIN) == 1  # the second had not begun
    assert paper.drawer_pulses == 0  # what comes late leaves it shut


def test_a_printer_that_never_answers_and_dies_is_noticed_too(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    outside.switch_off()
    outside.switch_on("--silent", "--dies-after", "200")
    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60", lines=1500)], SALE)

    assert states.until(lambda state: state.condition == "failed").code == "printer_stopped_taking"
    assert outside.has_died()
    printer.stop()


def test_what_waits_when_the_till_stops_is_printed_by_the_next_one(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    outside.switch_off()
    first = till(outside, tmp_path, states)
    first.submit([slip("35.60")], SALE)
    first.submit([slip("9.50")], OTHER_SALE)
    states.until(lambda state: state.condition == "failed" and state.unprinted == 2)
    first.stop()
    assert first.state == PrinterState("stopped", "printer_unreachable", 2)
    assert PrintSpool(tmp_path / "spool").last_entry() == OTHER_SALE

    outside.switch_on()
    till(outside, tmp_path, states).stop()

    paper = outside.paper
    assert [line for line in paper.lines if line.startswith("应付")] == ["应付 35.60", "应付 9.50"]
    assert AGAIN not in paper.text  # not a byte of them had gone out
    assert paper.drawer_pulses == 0


def test_a_till_that_died_while_a_receipt_went_out_marks_it(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    class Died(BaseException):
        """The power was cut."""

    class Cut:
        def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
            spool.died.set()
            raise Died

        def look(self) -> None:
            """Not asked here."""

    class Watched(PrintSpool):
        died = threading.Event()

    spool = Watched(tmp_path / "spool")
    threading.excepthook, kept = lambda _args: None, threading.excepthook
    try:
        printer = ReceiptPrinter(Cut(), spool=spool, again_words=lambda: AGAIN)
        printer.submit([slip("35.60")], SALE)
        assert spool.died.wait(20)
        printer.stop()
    finally:
        threading.excepthook = kept

    till(outside, tmp_path, states).stop()

    assert outside.paper.lines[0] == AGAIN
    assert outside.paper.lines.count("应付 35.60") == 1


def test_a_till_killed_while_a_receipt_is_half_on_paper_marks_it_after_the_start(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    """The till is a process of its own here, killed while the printer waits for paper in the middle of its slip."""
    outside.switch_off()
    outside.switch_on("--empty-after", "300")
    command = [
        sys.executable,
        "-m",
        "tests.pos_client.devices.printing_till",
        str(outside.port),
        str(tmp_path / "spool"),
    ]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as dying:
        assert dying.stdout is not None
        assert dying.stdout.readline() == "printer_out_of_paper\n"
        dying.kill()

    outside.bring_paper()
    till(outside, tmp_path, states).stop()

    paper = outside.paper
    assert paper.lines.count("应付 35.60") == 2  # the printer had the whole of the first in its memory
    assert paper.lines.count(AGAIN) == 1
    assert paper.lines.index(AGAIN) > paper.lines.index("应付 35.60")


def test_no_paper_before_a_receipt_is_a_state_and_costs_no_mark(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    outside.take_paper_away()
    printer = till(outside, tmp_path, states, retry_seconds=0.05)
    printer.submit([slip("35.60")], SALE)
    assert states.until(lambda state: state.condition == "failed").code == "printer_out_of_paper"

    outside.bring_paper()
    states.until(lambda state: state == PrinterState("idle", "", 0))  # by itself
    printer.stop()

    assert outside.paper.lines.count("应付 35.60") == 1
    assert AGAIN not in outside.paper.text


def test_paper_that_runs_out_within_a_receipt_is_waited_for_and_nothing_is_printed_twice(
    outside: PrinterOutside, tmp_path: Path, states: States
) -> None:
    outside.switch_off()
    outside.switch_on("--empty-after", "200")
    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60", lines=40)], SALE)
    assert states.until(lambda state: bool(state.code)) == PrinterState("printing", "printer_out_of_paper", 1)

    outside.bring_paper()
    states.until(lambda state: state.condition == "idle")
    printer.stop()

    assert outside.paper.lines.count("应付 35.60") == 1
    assert [line for line in outside.paper.lines if line.startswith("全麦吐司 0 ")] != []
    assert AGAIN not in outside.paper.text


def test_what_nobody_wants_any_more_is_dropped_and_stays_dropped(tmp_path: Path, states: States) -> None:
    class Off:
        def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
            raise Refusal("printer_unreachable", where="counter")

        def look(self) -> None:
            """Not asked here."""

    printer = ReceiptPrinter(Off(), on_state=states.hear, spool=PrintSpool(tmp_path / "spool"), retry_seconds=600)
    printer.submit([slip("35.60"), slip("35.60")], SALE)
    states.until(lambda state: state.unprinted == 2 and state.condition == "failed")
    printer.drop()
    states.until(lambda state: state == PrinterState("idle", "", 0))
    printer.stop()

    assert PrintSpool(tmp_path / "spool").recover() == []
    assert PrintSpool(tmp_path / "spool").last_entry() == SALE


def test_a_disk_without_room_loses_no_receipt(outside: PrinterOutside, tmp_path: Path, states: States) -> None:
    (tmp_path / "spool").write_text("in the way of the folder")
    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60")], SALE)
    printer.stop()

    assert outside.paper.lines.count("应付 35.60") == 1


@pytest.mark.parametrize("change", [lambda _: b"\xc1half", lambda kept: kept.replace("应".encode(), b"\xff\xff\xff")])
def test_a_slip_that_cannot_be_read_again_is_set_aside(
    tmp_path: Path, outside: PrinterOutside, states: States, change: Callable[[bytes], bytes]
) -> None:
    spool = PrintSpool(tmp_path / "spool")
    spool.recover()
    spool.keep(PrintJob(number=1, document=slip("12.00"), business_id=SALE))
    waiting = tmp_path / "spool" / "00000001-waiting.slip"
    waiting.write_bytes(change(waiting.read_bytes()))
    assert spool.count_waiting() == 0

    printer = till(outside, tmp_path, states)
    printer.submit([slip("35.60")], SALE)
    printer.stop()

    assert outside.paper.lines.count("应付 35.60") == 1
    assert (tmp_path / "spool" / "00000001-waiting.unreadable").exists()


def test_a_slip_that_was_not_to_be_printed_still_says_how_far_the_till_got(tmp_path: Path, states: States) -> None:
    class Never:
        def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
            raise AssertionError("nothing was to be printed")

        def look(self) -> None:
            """Not asked here."""

    printer = ReceiptPrinter(Never(), on_state=states.hear, spool=PrintSpool(tmp_path / "spool"))
    printer.submit([], SALE)
    printer.stop()

    assert PrintSpool(tmp_path / "spool").last_entry() == SALE


def test_a_printer_at_a_serial_line_answers_and_prints() -> None:
    """Over a pseudo-terminal: the far end answers like a printer once the receipt has arrived."""
    far, near = pty.openpty()
    tty.setraw(far)
    tty.setraw(near)
    heard = bytearray()

    def answer() -> None:
        while b"\x1dr\x01" not in heard:
            heard.extend(os.read(far, 4096))
            asked = heard.count(b"\x10\x04")
            if asked and not answered:
                answered.append(asked)
                os.write(far, b"\x12\x12\x12")
        os.write(far, b"\x00")

    answered: list[int] = []
    thread = threading.Thread(target=answer)
    thread.start()
    try:
        printer = ReceiptPrinter(SerialPort(os.ttyname(near)))
        printer.submit([slip("35.60")])
        printer.stop()
        thread.join(20)
    finally:
        os.close(near)
        os.close(far)

    assert printer.state == PrinterState("stopped", "", 0)
    assert "应付 35.60" in read_back(bytes(heard)).lines
