"""A printer that is a process of its own, with the paper in front of it, and what the till's thread says of it."""

import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from uuid import UUID

from pos_client.devices.printer import PrinterState
from pos_client.devices.receipt_document import Columns, Cut, DrawerPulse, ReceiptDocument, Text
from tests.pos_client.devices.escpos_reader import Paper, read_back

ROOT = Path(__file__).resolve().parents[3]
AGAIN = "补打"
SALE = UUID("019371c0-0000-7000-8000-000000000501")
OTHER_SALE = UUID("019371c0-0000-7000-8000-000000000502")


def slip(total: str, *, lines: int = 1) -> ReceiptDocument:
    rows = tuple(Columns((f"全麦吐司 {place}", "1", "16.80")) for place in range(lines))
    return ReceiptDocument("sale", (DrawerPulse(), *rows, Text(f"应付 {total}"), Cut()))


class PrinterOutside:
    """The process, and the paper in front of it."""

    def __init__(self, folder: Path) -> None:
        self.paper_file = folder / "paper.bin"
        self.port = 0
        self._process: subprocess.Popen[str] | None = None

    def switch_on(self, *manners: str) -> None:
        self.paper_file.write_bytes(b"")
        command = [sys.executable, "-m", "tests.pos_client.devices.printer_process", str(self.paper_file)]
        self._process = subprocess.Popen(
            [*command, "--port", str(self.port), *manners], cwd=ROOT, stdout=subprocess.PIPE, text=True
        )
        assert self._process.stdout is not None
        self.port = int(self._process.stdout.readline())

    def has_died(self) -> bool:
        assert self._process is not None
        return self._process.wait(20) == -9

    def switch_off(self) -> None:
        if self._process is not None:
            self._process.kill()
            self._process.wait(20)
            assert self._process.stdout is not None
            self._process.stdout.close()
            self._process = None

    def take_paper_away(self) -> None:
        self.paper_file.with_suffix(".empty").touch()

    def bring_paper(self) -> None:
        self.paper_file.with_suffix(".empty").unlink()

    @property
    def paper(self) -> Paper:
        return read_back(self.paper_file.read_bytes())


class States:
    """What the printer's thread says of itself, waited for."""

    def __init__(self) -> None:
        self.seen: list[PrinterState] = []
        self._changed = threading.Condition()

    def hear(self, state: PrinterState) -> None:
        with self._changed:
            self.seen.append(state)
            self._changed.notify_all()

    def until(self, wanted: Callable[[PrinterState], bool]) -> PrinterState:
        with self._changed:
            assert self._changed.wait_for(lambda: any(wanted(state) for state in self.seen), 30), self.seen
            found = next(state for state in self.seen if wanted(state))
            self.seen.clear()
            return found
