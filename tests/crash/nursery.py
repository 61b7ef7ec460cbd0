"""Processes forked from this one once everything is imported: a till is back a moment after it was killed.

`fork` gives a `Child`: it waits for `go` before it does anything, says lines that its parent can read, and dies with
its parent. Its own standard output and error go to a log. For `make crash` alone; who forks holds no open database and
no thread.
"""

import ctypes
import gc
import os
import select
import signal
import sys
import traceback
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Self

_DIE_WITH_PARENT, _MAY_BE_TRACED, _BY_ANYBODY = 1, 0x59616D61, -1
_FAILED = 70
Say = Callable[..., None]


class Child:
    """A forked process. `said` are the lines it has said so far; `status` is how it ended, as `waitpid` tells it."""

    def __init__(self, name: str, process_id: int, words: int, gate: int) -> None:
        self.name = name
        self.process_id = process_id
        self.said: list[str] = []
        self.status: int | None = None
        self._words = words
        self._gate = gate
        self._rest = b""
        self._end = os.pidfd_open(process_id)

    @property
    def is_alive(self) -> bool:
        """Whether nobody has seen its end yet."""
        return self.status is None

    @property
    def was_killed(self) -> bool:
        """Whether it ended by SIGKILL."""
        return self.status is not None and os.WIFSIGNALED(self.status) and os.WTERMSIG(self.status) == signal.SIGKILL

    def go(self) -> None:
        """The word it waits for."""
        if self._gate >= 0:
            os.write(self._gate, b"\n")
            os.close(self._gate)
            self._gate = -1

    def kill(self) -> None:
        """End it as a power cut would, and wait for its end."""
        self.send(signal.SIGKILL)
        self.ended(None)

    def send(self, number: signal.Signals) -> None:
        """A signal, if it is still there."""
        if self.is_alive:
            with suppress(ProcessLookupError):
                signal.pidfd_send_signal(self._end, number)

    def ended(self, seconds: float | None) -> bool:
        """Whether it ends within so many seconds (None: however long it takes)."""
        if not self.is_alive:
            return True
        if not select.select([self._end], [], [], seconds)[0]:
            return False
        self.status = os.waitpid(self.process_id, 0)[1]
        while self._hear():
            pass
        os.close(self._words)
        os.close(self._end)
        if self._gate >= 0:
            os.close(self._gate)
        return True

    def hears_often(self, word: str, times: int, seconds: float) -> bool:
        """Wait until it says a line that begins with this word so many times more; False after so many seconds of
        silence, or at its end."""
        wanted = self._count(word) + times
        while self._count(word) < wanted:
            if not self.is_alive or not self.hears(seconds):
                return False
        return True

    def _count(self, word: str) -> int:
        return sum(line.split(" ", 1)[0] == word for line in self.said)

    def hears(self, seconds: float) -> bool:
        """Wait for more to be said; False after so many seconds of silence, or at the end of its life."""
        return bool(select.select([self._words], [], [], seconds)[0]) and self._hear()

    def _hear(self) -> bool:
        """Read what there is; False at the end of its life."""
        chunk = os.read(self._words, 65_536)
        *lines, self._rest = (self._rest + chunk).split(b"\n")
        self.said += [line.decode() for line in lines]
        return bool(chunk)


class Nursery:
    """Forks, and ends for certain whatever it forked when the block ends."""

    def __init__(self) -> None:
        self._children: list[Child] = []
        gc.collect()
        gc.freeze()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        for child in self._children:
            if child.is_alive:
                child.kill()

    def fork(self, name: str, log: Path, work: Callable[[Say], object]) -> Child:
        """A process that does `work` once it is told to go, and then ends."""
        self._children = [child for child in self._children if child.is_alive]
        parent = os.getpid()
        hears, words = os.pipe()
        waits, gate = os.pipe()
        sys.stdout.flush()
        sys.stderr.flush()
        process_id = os.fork()
        if process_id == 0:
            os.close(hears)
            os.close(gate)
            _live(parent, log, waits, words, work)
        os.close(words)
        os.close(waits)
        child = Child(name, process_id, hears, gate)
        self._children.append(child)
        return child


def _live(parent: int, log: Path, gate: int, words: int, work: Callable[[Say], object]) -> None:
    """The child's whole life; never returns."""
    code = _FAILED
    try:
        libc = ctypes.CDLL(None)
        libc.prctl(_DIE_WITH_PARENT, signal.SIGKILL)
        libc.prctl(_MAY_BE_TRACED, ctypes.c_ulong(_BY_ANYBODY))
        if os.getppid() != parent:
            return
        output = os.open(log, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
        nothing = os.open(os.devnull, os.O_RDONLY)
        for number, target in ((nothing, 0), (output, 1), (output, 2)):
            os.dup2(number, target)
        if os.read(gate, 1):
            work(lambda *said: _say(words, said))
        code = 0
    except SystemExit as end:
        code = end.code if isinstance(end.code, int) else _FAILED
    except BaseException:  # noqa: BLE001 - this is the end of the process, and its log must say why
        traceback.print_exc()
    finally:
        sys.stdout.flush()
        sys.stderr.flush()
        os._exit(code)


def _say(words: int, said: tuple[object, ...]) -> None:
    """One line, in one write. A pipe that does not take it (its write was made to fail) is nobody's trouble."""
    with suppress(OSError):
        os.write(words, (" ".join(str(word) for word in said) + "\n").encode())
