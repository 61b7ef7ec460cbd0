"""A network printer as a process of its own, to be killed for real.

    python -m tests.pos_client.devices.printer_process
        PAPER [--port N] [--silent] [--dies-after BYTES] [--empty-after BYTES]

Listens on a loopback port, writes the number on standard output, and puts on PAPER (a file) what it prints, character
by character, as a printer does: what it has not printed when it dies is not on paper. It answers DLE EOT and GS r like
an ESC/POS printer, unless `--silent`. A file PAPER.empty beside it means that it has no paper;
`--empty-after` makes it once so many bytes are printed.
"""

import argparse
import os
import signal
import socket
from contextlib import suppress
from pathlib import Path

DLE_EOT, GS_R = b"\x10\x04", b"\x1dr"
ANSWER_FINE, OFFLINE, PAPER_END = 0x12, 0x08, 0x60


class Printer:
    """Works through the bytes of one connection."""

    def __init__(self, paper: Path, silent: bool, dies_after: int, empty_after: int) -> None:
        self._paper = paper
        self._empty = paper.with_suffix(".empty")
        self._silent = silent
        self._dies_after = dies_after
        self._empty_after = empty_after
        self._waiting = b""
        self._has_closed = False

    def serve(self, connection: socket.socket) -> None:
        """Until the other side has said everything and all of it is printed."""
        connection.settimeout(0.02)
        self._has_closed = False
        while not self._has_closed or (self._waiting and not self._empty.exists()):
            self._hear(connection)
            if not self._empty.exists():
                self._print_on(connection)

    def _hear(self, connection: socket.socket) -> None:
        """Real-time questions are answered at once, whatever waits; the rest waits its turn."""
        try:
            said = connection.recv(4096)
        except TimeoutError:
            return
        self._has_closed = not said
        while (place := said.find(DLE_EOT)) >= 0:
            self._answer(connection, self._status(said[place + 2]))
            said = said[:place] + said[place + 3 :]
        self._waiting += said

    def _status(self, question: int) -> int:
        if not self._empty.exists():
            return ANSWER_FINE
        return ANSWER_FINE | {1: OFFLINE, 2: 0x20, 4: PAPER_END}[question]

    def _answer(self, connection: socket.socket, byte: int) -> None:
        if not self._silent:
            connection.sendall(bytes((byte,)))

    def _print_on(self, connection: socket.socket) -> None:
        while self._waiting and not self._empty.exists():
            if self._waiting.startswith(GS_R):
                self._waiting = self._waiting[3:]
                self._answer(connection, 0)
                continue
            piece, self._waiting = self._waiting[:1], self._waiting[1:]
            with self._paper.open("ab") as paper:
                paper.write(piece)
            if self._dies_after and self._paper.stat().st_size >= self._dies_after:
                os.kill(os.getpid(), signal.SIGKILL)
            if self._empty_after and self._paper.stat().st_size >= self._empty_after:
                self._empty_after = 0
                self._empty.touch()


def main() -> None:
    """Print until killed."""
    parser = argparse.ArgumentParser()
    parser.add_argument("paper", type=Path)
    parser.add_argument("--port", type=int, default=0)
    parser.add_argument("--silent", action="store_true")
    parser.add_argument("--dies-after", type=int, default=0)
    parser.add_argument("--empty-after", type=int, default=0)
    given = parser.parse_args()
    with socket.create_server(("127.0.0.1", given.port)) as server:
        print(server.getsockname()[1], flush=True)
        printer = Printer(given.paper, given.silent, given.dies_after, given.empty_after)
        while True:
            connection, _ = server.accept()
            with connection, suppress(OSError):  # whoever printed went away
                printer.serve(connection)


if __name__ == "__main__":
    main()
