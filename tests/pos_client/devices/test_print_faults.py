"""A fault of ours, or of a library, at the printer: it holds up its own slip, and never those behind it."""

import threading
from pathlib import Path

import pytest

from pos_client.devices.print_spool import PrintJob, PrintSpool
from pos_client.devices.printer import ReceiptPrinter
from pos_client.devices.printer_ports import NetworkPort, Trouble
from pos_client.devices.receipt_document import ReceiptDocument, Text
from tests.pos_client.devices.printer_outside import AGAIN, OTHER_SALE, SALE, PrinterOutside, States, slip


class Unpaintable(ReceiptPrinter):
    """Stumbles over slips of a thousand yuan, so many times each."""

    times = 0

    def _painted(self, document: ReceiptDocument) -> bytes:
        if Text("应付 1000.00") in document.items and self.times:
            self.times -= 1
            raise ImportError("half a library")
        return super()._painted(document)


@pytest.mark.parametrize(("times", "printed", "aside"), [(1, 1, 0), (99, 0, 1)])
def test_a_fault_of_ours_holds_up_its_slip_and_never_the_printer(
    outside: PrinterOutside, tmp_path: Path, states: States, times: int, printed: int, aside: int
) -> None:
    # An import that failed once ended the thread: a till printed nothing all day, and said nothing.
    printer = Unpaintable(
        NetworkPort("127.0.0.1", outside.port), on_state=states.hear, spool=PrintSpool(tmp_path / "spool"),
        retry_seconds=0.01,
    )  # fmt: skip
    printer.times = times
    printer.submit([slip("1000.00")], SALE)
    states.until(lambda state: state.code == "slip_not_painted")
    printer.submit([slip("35.60")], OTHER_SALE)
    states.until(lambda state: state.condition == "idle" and not state.unprinted)
    printer.stop()

    assert outside.paper.lines.count("应付 1000.00") == printed
    assert outside.paper.lines.count("应付 35.60") == 1
    assert AGAIN not in outside.paper.text
    assert len(list((tmp_path / "spool").glob("*.unreadable"))) == aside


def test_a_system_that_never_comes_back_from_a_printer_does_not_keep_the_till_from_ending(
    tmp_path: Path, states: States
) -> None:
    class Port:
        def __init__(self) -> None:
            self.has_paper, self.is_asked = threading.Event(), threading.Event()
            self.sent: list[bytes] = []

        def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
            self.is_asked.set()
            self.has_paper.wait(20)
            self.sent.append(painted)

        def look(self) -> None:
            """Not asked here."""

    port, spool = Port(), tmp_path / "spool"
    PrintSpool(spool).recover()
    for number, business_id in ((1, SALE), (2, OTHER_SALE)):
        PrintSpool(spool).keep(PrintJob(number=number, document=slip("12.00"), business_id=business_id))
    printer = ReceiptPrinter(port, on_state=states.hear, spool=PrintSpool(spool))
    assert port.is_asked.wait(20)

    printer.stop(0.05)
    waiting = sorted(path.name for path in spool.iterdir())
    port.has_paper.set()
    states.until(lambda state: state.condition == "stopped")

    assert waiting == ["00000001-begun.slip", "00000002-waiting.slip"]
    assert len(port.sent) == 1, "the next one belongs to whoever has the folder now"


def test_a_library_that_fails_while_it_prints_leaves_the_slip_for_another_try(tmp_path: Path, states: States) -> None:
    class Port:
        sent = 0

        def send(self, painted: bytes, trouble: Trouble = lambda _code: True) -> None:
            self.sent += 1
            if self.sent == 1:
                raise ValueError("the library did not expect this")

        def look(self) -> None:
            """Not asked here."""

    port = Port()
    printer = ReceiptPrinter(port, on_state=states.hear, spool=PrintSpool(tmp_path / "spool"), retry_seconds=0.01)
    printer.submit([slip("35.60")], SALE)
    states.until(lambda state: state.code == "printer_stopped_taking")
    states.until(lambda state: state.condition == "idle")
    printer.stop()

    assert port.sent == 2
