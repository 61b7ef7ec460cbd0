"""A real process whose machine tells another time: the answer of the system's own clock is shifted on its way.

The kernel shares its clock with programs through a page that needs no call (the vDSO); it is taken out of the new
program's sight when it starts, so that it asks the system each time.
"""

import os
import struct
import subprocess
import sys
from collections.abc import Iterator
from io import FileIO
from pathlib import Path

from tests.crash.tracer import Stop, stack_pointer, stops
from tests.house.sources import ROOT

_CLOCK_GETTIME = 228
_WALL_CLOCKS = {0, 5}  # CLOCK_REALTIME and its coarse twin
_SHARED_PAGE, _IGNORE = 33, 1  # AT_SYSINFO_EHDR, AT_IGNORE


def lines_of_shifted_cashier(folder: Path, task: str, shift_seconds: int) -> list[list[str]]:
    """Run a task of `cashier` to its end under a shifted wall clock; the words of each line it printed."""
    shell = ["/bin/sh", "-c", 'read -r go; exec "$@"', "sh"]
    program = [sys.executable, "-m", "tests.crash.cashier", str(folder), task]
    with subprocess.Popen(
        [*shell, *program], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0
    ) as process:  # fmt: skip
        assert process.stdin is not None
        assert process.stdout is not None
        written = process.stdin.write
        asked: Stop | None = None
        for stop in stops(process.pid, lambda: written(b"go\ngo\n")):
            if stop.new_program:
                _hide_shared_page(process.pid)
            elif stop.entering:
                wall = stop.number == _CLOCK_GETTIME and stop.arguments[0] in _WALL_CLOCKS
                asked = stop if wall else None
            elif asked is not None:
                _shift(process.pid, asked.arguments[1], shift_seconds)
                asked = None
        return [line.split() for line in process.stdout.read().decode().splitlines()]


def _shift(process_id: int, address: int, shift_seconds: int) -> None:
    """Move the seconds of the answer that lies at this address."""
    with _memory(process_id) as memory:
        (seconds,) = struct.unpack("=q", os.pread(memory.fileno(), 8, address))
        os.pwrite(memory.fileno(), struct.pack("=q", seconds + shift_seconds), address)


def _hide_shared_page(process_id: int) -> None:
    """The new program finds its arguments, its environment and then the system's notes on its stack."""
    with _memory(process_id) as memory:
        for address in _notes(memory.fileno(), stack_pointer(process_id)):
            (kind,) = struct.unpack("=Q", os.pread(memory.fileno(), 8, address))
            if kind == _SHARED_PAGE:
                os.pwrite(memory.fileno(), struct.pack("=Q", _IGNORE), address)


def _notes(memory: int, pointer: int) -> Iterator[int]:
    """Addresses of the notes (auxv): behind argc, the arguments and a zero, the environment and a zero."""

    def word(at: int) -> int:
        value: int = struct.unpack("=Q", os.pread(memory, 8, at))[0]
        return value

    at = pointer + 8 * (1 + word(pointer) + 1)
    while word(at):
        at += 8
    at += 8
    while word(at):
        yield at
        at += 16


def _memory(process_id: int) -> FileIO:
    return Path(f"/proc/{process_id}/mem").open("r+b", buffering=0)
