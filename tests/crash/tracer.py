"""Watches a real process's writes from outside (Linux ptrace), before each reaches the kernel, and may fail one.

Nothing of the traced program is changed or replaced: what is seen is what it asks of the system. Between two calls its
files are exactly what a SIGKILL at that place would leave behind.
"""

import ctypes
import errno
import os
import platform
import signal
import struct
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

_SYSCALL, _SETREGSET, _GETREGSET, _SEIZE, _INTERRUPT, _CALL_INFO = 24, 0x4205, 0x4204, 0x4206, 0x4207, 0x420E
_OPTION_SYSGOOD, _OPTION_EXEC, _OPTION_EXITKILL = 0x1, 0x10, 0x100000
_EXEC_STOP = signal.SIGTRAP | 4 << 8
_REGISTERS = 1  # NT_PRSTATUS
_REGISTERS_BYTES = 27 * 8
_STACK_POINTER_PLACE = 19 * 8
_ENTRY = 1

_libc = ctypes.CDLL(None, use_errno=True)
_libc.ptrace.restype = ctypes.c_long
_libc.ptrace.argtypes = [ctypes.c_long, ctypes.c_long, ctypes.c_void_p, ctypes.c_void_p]


@dataclass(frozen=True, slots=True)
class _Machine:
    """What differs between processors: numbers of calls, and where a call's number and result are kept."""

    calls: dict[int, str]
    number_place: int
    result_place: int


_X86_64 = _Machine(
    {1: "write", 18: "pwrite64", 20: "writev", 74: "fsync", 75: "fdatasync", 76: "truncate", 77: "ftruncate",
     87: "unlink", 263: "unlinkat", 82: "rename"},
    number_place=15 * 8, result_place=10 * 8,
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Call:
    """A call that would change a file. `path` is the open file's ('' where there is none)."""

    name: str
    path: str

    @property
    def waits_for_disk(self) -> bool:
        """Whether it is an fsync of either kind."""
        return self.name in {"fsync", "fdatasync"}


OnCall = Callable[[Call], int | None]
"""Asked before each call: None lets it happen, an errno makes it fail with that."""


def watch(process_id: int, begin: Callable[[], object], before: OnCall, after: Callable[[Call], object]) -> None:
    """Watch a child until it ends. `begin` is called once it is being watched and may tell it to go on; `before` and
    `after` surround each call that writes, syncs, cuts or unlinks."""
    pending: Call | None = None
    failing: int | None = None
    for stop in stops(process_id, begin):
        if stop.entering and stop.number in _X86_64.calls:
            name = _X86_64.calls[stop.number]
            pending = Call(name, _path_of(process_id, name, stop.arguments[0]))
            failing = before(pending)
            if failing is not None:
                _set_register(process_id, _X86_64.number_place, -1)
        elif not stop.entering and pending is not None:
            if failing is not None:
                _set_register(process_id, _X86_64.result_place, -failing)
            after(pending)
            pending = failing = None


@dataclass(frozen=True, slots=True)
class Stop:
    """The child stands before a call of the system (with its number and arguments) or after one, or has just become
    another program."""

    entering: bool = False
    number: int = -1
    arguments: tuple[int, ...] = ()
    new_program: bool = False


def stops(process_id: int, begin: Callable[[], object]) -> Iterator[Stop]:
    """Every place at which a child stands while it is watched, until it ends."""
    if platform.machine() != "x86_64":
        raise OSError(errno.ENOSYS, "the tracer knows x86_64 only")
    _ptrace(_SEIZE, process_id, 0, _OPTION_SYSGOOD | _OPTION_EXEC | _OPTION_EXITKILL)
    _ptrace(_INTERRUPT, process_id)
    os.waitpid(process_id, 0)
    begin()
    deliver = 0
    while True:
        _ptrace(_SYSCALL, process_id, 0, deliver)
        deliver = 0
        _, status = os.waitpid(process_id, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return
        stopped_by = os.WSTOPSIG(status)
        if status >> 8 == _EXEC_STOP:
            yield Stop(new_program=True)
        elif stopped_by == signal.SIGTRAP | 0x80:
            yield _call_stop(process_id)
        elif stopped_by != signal.SIGTRAP:
            deliver = stopped_by


def stack_pointer(process_id: int) -> int:
    """Where the child's stack is now."""
    room, vector = _registers()
    _ptrace(_GETREGSET, process_id, _REGISTERS, ctypes.addressof(vector))
    pointer: int = struct.unpack_from("=Q", room, _STACK_POINTER_PLACE)[0]
    return pointer


def _ptrace(request: int, process_id: int, address: int = 0, content: int = 0) -> int:
    result: int = _libc.ptrace(request, process_id, address, content)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _call_stop(process_id: int) -> Stop:
    room = ctypes.create_string_buffer(88)
    _ptrace(_CALL_INFO, process_id, len(room), ctypes.addressof(room))
    if room.raw[0] != _ENTRY:
        return Stop()
    number, *arguments = struct.unpack_from("=7Q", room.raw, 24)
    return Stop(entering=True, number=number, arguments=tuple(arguments))


def _path_of(process_id: int, name: str, first_argument: int) -> str:
    """The file behind the descriptor that a call names first."""
    if name in {"unlink", "unlinkat", "rename", "truncate"}:
        return ""
    link = Path(f"/proc/{process_id}/fd/{first_argument}")
    return str(link.readlink()) if link.is_symlink() else ""


def _set_register(process_id: int, place: int, value: int) -> None:
    room, vector = _registers()
    _ptrace(_GETREGSET, process_id, _REGISTERS, ctypes.addressof(vector))
    struct.pack_into("=q", room, place, value)
    _ptrace(_SETREGSET, process_id, _REGISTERS, ctypes.addressof(vector))


def _registers() -> tuple[ctypes.Array[ctypes.c_char], ctypes.Array[ctypes.c_char]]:
    """Room for all registers, and the vector that names it."""
    room = ctypes.create_string_buffer(_REGISTERS_BYTES)
    return room, ctypes.create_string_buffer(struct.pack("=QQ", ctypes.addressof(room), len(room)))
