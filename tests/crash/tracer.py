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
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

_SYSCALL, _SETREGSET, _GETREGSET, _SEIZE, _INTERRUPT, _CALL_INFO = 24, 0x4205, 0x4204, 0x4206, 0x4207, 0x420E
_OPTION_SYSGOOD, _OPTION_EXITKILL = 0x1, 0x100000
_REGISTERS = 1  # NT_PRSTATUS
_ENTRY, _EXIT = 1, 2

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
    if platform.machine() != "x86_64":
        raise OSError(errno.ENOSYS, "the tracer knows x86_64 only")
    _ptrace(_SEIZE, process_id, 0, _OPTION_SYSGOOD | _OPTION_EXITKILL)
    _ptrace(_INTERRUPT, process_id)
    os.waitpid(process_id, 0)
    begin()
    pending: Call | None = None
    failing: int | None = None
    deliver = 0
    while True:
        _ptrace(_SYSCALL, process_id, 0, deliver)
        deliver = 0
        _, status = os.waitpid(process_id, 0)
        if os.WIFEXITED(status) or os.WIFSIGNALED(status):
            return
        stopped_by = os.WSTOPSIG(status)
        if stopped_by != signal.SIGTRAP | 0x80:
            deliver = stopped_by if stopped_by != signal.SIGTRAP else 0
            continue
        place, number, first = _call_info(process_id)
        if place == _ENTRY and number in _X86_64.calls:
            pending = Call(_X86_64.calls[number], _path_of(process_id, _X86_64.calls[number], first))
            failing = before(pending)
            if failing is not None:
                _set_register(process_id, _X86_64.number_place, -1)
        elif place == _EXIT and pending is not None:
            if failing is not None:
                _set_register(process_id, _X86_64.result_place, -failing)
            after(pending)
            pending = failing = None


def _ptrace(request: int, process_id: int, address: int = 0, content: int = 0) -> int:
    result: int = _libc.ptrace(request, process_id, address, content)
    if result < 0:
        raise OSError(ctypes.get_errno(), os.strerror(ctypes.get_errno()))
    return result


def _call_info(process_id: int) -> tuple[int, int, int]:
    """(entry or exit, number of the call, first argument)."""
    room = ctypes.create_string_buffer(88)
    _ptrace(_CALL_INFO, process_id, len(room), ctypes.addressof(room))
    place = room.raw[0]
    number, first = struct.unpack_from("=QQ", room.raw, 24) if place == _ENTRY else (0, 0)
    return place, number, first


def _path_of(process_id: int, name: str, first_argument: int) -> str:
    """The file behind the descriptor that a call names first."""
    if name in {"unlink", "unlinkat", "rename", "truncate"}:
        return ""
    link = Path(f"/proc/{process_id}/fd/{first_argument}")
    return str(link.readlink()) if link.is_symlink() else ""


def _set_register(process_id: int, place: int, value: int) -> None:
    room = ctypes.create_string_buffer(512)
    vector = struct.pack("=QQ", ctypes.addressof(room), len(room))
    kept = ctypes.create_string_buffer(vector)
    _ptrace(_GETREGSET, process_id, _REGISTERS, ctypes.addressof(kept))
    struct.pack_into("=q", room, place, value)
    _ptrace(_SETREGSET, process_id, _REGISTERS, ctypes.addressof(kept))
