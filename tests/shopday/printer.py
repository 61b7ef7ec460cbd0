"""A receipt printer on the shop's network, in a process of its own, with a roll of paper that can run out."""

import subprocess
import sys
from pathlib import Path
from types import TracebackType
from typing import Self


class NetworkPrinter:
    """Use it as a context manager; `address` is what the till's settings take. See
    `tests.pos_client.devices.printer_process` for how it behaves."""

    def __init__(self, folder: Path) -> None:
        self._paper = folder / "paper.bin"
        self._empty = self._paper.with_suffix(".empty")
        self._process: subprocess.Popen[str] | None = None
        self.address = ""

    def __enter__(self) -> Self:
        command = [sys.executable, "-m", "tests.pos_client.devices.printer_process", str(self._paper)]
        self._process = subprocess.Popen(command, stdout=subprocess.PIPE, text=True)
        assert self._process.stdout is not None
        self.address = f"tcp://127.0.0.1:{self._process.stdout.readline().strip()}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._process is not None
        assert self._process.stdout is not None
        self._process.kill()
        self._process.wait()
        self._process.stdout.close()

    @property
    def printed(self) -> bytes:
        """Everything that is on paper."""
        return self._paper.read_bytes()

    def run_out_of_paper(self) -> None:
        """The roll is at its end."""
        self._empty.touch()

    def put_in_paper(self) -> None:
        """A new roll."""
        self._empty.unlink()
