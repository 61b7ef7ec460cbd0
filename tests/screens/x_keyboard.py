"""A keyboard for a real X server: Xvfb on a display of its own, and keys pressed through its XTEST extension.

What arrives at the program is what a scanner on a cable sends: key presses and releases with the server's stamps. By
ctypes, because nothing else is needed of these libraries. Only for programs that test the till from outside.
"""

import ctypes
import ctypes.util
import os
import subprocess
import time
from contextlib import suppress
from types import TracebackType
from typing import Self

SCREEN = "1400x900x24"
_START_SECONDS = 20
_REVERT_TO_PARENT = 2
_CURRENT_TIME = 0
_PRIORITY = -15
_NAMES = {"\r": b"Return", "\t": b"Tab", " ": b"space", "-": b"minus", "\x1b": b"Escape"}


class XServer:
    """Xvfb, started on a free display and stopped for certain."""

    def __init__(self) -> None:
        self.display = ""
        self._process: subprocess.Popen[bytes] | None = None

    def __enter__(self) -> Self:
        reading, writing = os.pipe()
        self._process = subprocess.Popen(
            ["Xvfb", "-displayfd", str(writing), "-screen", "0", SCREEN, "-nolisten", "tcp", "-noreset"],
            pass_fds=(writing,),
            stdout=subprocess.DEVNULL,
            stderr=subprocess.DEVNULL,
        )
        os.close(writing)
        # The server's stamps are a kernel's where there is a real keyboard: a busy machine must not stretch them.
        with suppress(PermissionError):
            os.setpriority(os.PRIO_PROCESS, self._process.pid, _PRIORITY)
        with os.fdopen(reading) as said:
            number = said.readline().strip()
        if not number:
            raise RuntimeError("Xvfb did not start")
        self.display = f":{number}"
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._process is not None:
            self._process.terminate()
            self._process.wait(_START_SECONDS)


class XKeyboard:
    """Types into a window of a display."""

    def __init__(self, display: str) -> None:
        self._x11 = _library("X11")
        self._test = _library("Xtst")
        self._x11.XOpenDisplay.restype = ctypes.c_void_p
        self._x11.XStringToKeysym.restype = ctypes.c_ulong
        self._x11.XKeysymToKeycode.argtypes = [ctypes.c_void_p, ctypes.c_ulong]
        self._x11.XKeysymToKeycode.restype = ctypes.c_ubyte
        self._x11.XSetInputFocus.argtypes = [ctypes.c_void_p, ctypes.c_ulong, ctypes.c_int, ctypes.c_ulong]
        for name in ("XSync", "XCloseDisplay"):
            getattr(self._x11, name).argtypes = [ctypes.c_void_p, ctypes.c_int][: 2 if name == "XSync" else 1]
        self._test.XTestFakeKeyEvent.argtypes = [ctypes.c_void_p, ctypes.c_uint, ctypes.c_int, ctypes.c_ulong]
        handle = self._x11.XOpenDisplay(display.encode())
        if not handle:
            raise RuntimeError(f"no X server at {display}")
        self._display = ctypes.c_void_p(handle)
        self._codes = {name: self._code(name) for name in (b"Shift_L", b"Caps_Lock")}

    def close(self) -> None:
        """Hang up."""
        self._x11.XCloseDisplay(self._display)

    def focus(self, window: int) -> None:
        """The keyboard belongs to this window from now on: there is no window manager to give it."""
        self._x11.XSetInputFocus(self._display, window, _REVERT_TO_PARENT, _CURRENT_TIME)
        self._sync()

    def press(self, name: str, *, with_shift: bool = False, gap_ms: int = 1) -> None:
        """One key by its X name, down and up."""
        self._stroke(self._code(name.encode()), with_shift, gap_ms)
        self._sync()

    def type(self, text: str, gap_ms: int = 1) -> None:
        """One character after the other, so many milliseconds apart, the server keeping the time."""
        for character in text:
            named = _NAMES.get(character, character.lower().encode())
            self._stroke(self._code(named), character.isupper(), gap_ms)
        self._sync()

    def caps_lock(self) -> None:
        """Turn it on or off."""
        self._stroke(self._codes[b"Caps_Lock"], False, 1)
        self._sync()
        time.sleep(0.05)

    def _stroke(self, code: int, with_shift: bool, gap_ms: int) -> None:
        shift = self._codes[b"Shift_L"]
        if with_shift:
            self._fake(shift, True, 0)
        self._fake(code, True, gap_ms)
        self._fake(code, False, 0)
        if with_shift:
            self._fake(shift, False, 0)

    def _fake(self, code: int, is_down: bool, delay_ms: int) -> None:
        if not self._test.XTestFakeKeyEvent(self._display, code, int(is_down), delay_ms):
            raise RuntimeError("XTEST refused a key")

    def _sync(self) -> None:
        self._x11.XSync(self._display, 0)

    def _code(self, name: bytes) -> int:
        code: int = self._x11.XKeysymToKeycode(self._display, self._x11.XStringToKeysym(name))
        if not code:
            raise KeyError(name)
        return code


def _library(name: str) -> ctypes.CDLL:
    found = ctypes.util.find_library(name)
    if found is None:
        raise RuntimeError(f"lib{name} is missing")
    return ctypes.CDLL(found)
