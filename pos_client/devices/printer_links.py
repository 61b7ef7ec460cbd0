"""Ways to a printer that carry bytes there and, where the printer answers, back: sockets, serial lines, device files.

Used by `printer_ports` alone. A link is opened for one receipt and closed after it, so that a printer that was switched
off in between is simply met again.
"""

import os
import select
import socket
from pathlib import Path
from typing import Protocol

import serial

_FAREWELL_SECONDS = 1.0
_READ_MAX = 64


class PrinterLink(Protocol):
    """One open way. Everything here raises OSError where the printer is gone."""

    can_answer: bool
    """Whether there is a way back at all."""

    def write(self, painted: bytes) -> None:
        """All of it, or OSError."""
        ...

    def read(self, timeout_seconds: float) -> bytes:
        """What the printer says within this time; nothing where it is silent."""
        ...

    def finish(self) -> None:
        """Nothing more comes: wait until the other side has taken everything, as far as that can be known."""
        ...

    def close(self) -> None:
        """Give it back."""
        ...


class SocketLink:
    """A TCP connection, as network printers take it on port 9100."""

    can_answer = True

    def __init__(self, host: str, port: int, timeout_seconds: float) -> None:
        self._timeout_seconds = timeout_seconds
        self._socket = socket.create_connection((host, port), timeout=timeout_seconds)

    def write(self, painted: bytes) -> None:
        self._socket.settimeout(self._timeout_seconds)
        self._socket.sendall(painted)

    def read(self, timeout_seconds: float) -> bytes:
        self._socket.settimeout(timeout_seconds)
        try:
            said = self._socket.recv(_READ_MAX)
        except TimeoutError:
            return b""
        if not said:
            raise ConnectionResetError("the printer closed the connection")
        return said

    def finish(self) -> None:
        """A printer that died with bytes of ours unread answers our farewell with a reset."""
        self._socket.shutdown(socket.SHUT_WR)
        self._socket.settimeout(_FAREWELL_SECONDS)
        try:
            while self._socket.recv(_READ_MAX):
                pass
        except TimeoutError:
            return  # it keeps the connection open, as some do

    def close(self) -> None:
        self._socket.close()


class SerialLink:
    """A serial line (RS-232, or USB that looks like one). 8 data bits, no parity, one stop bit."""

    can_answer = True

    def __init__(self, device: str, baud: int, timeout_seconds: float) -> None:
        self._line = serial.Serial(device, baud, timeout=timeout_seconds, write_timeout=timeout_seconds)

    def write(self, painted: bytes) -> None:
        self._line.write(painted)

    def read(self, timeout_seconds: float) -> bytes:
        self._line.timeout = timeout_seconds
        first: bytes = self._line.read(1)
        return first + self._line.read(self._line.in_waiting) if first else b""

    def finish(self) -> None:
        self._line.flush()

    def close(self) -> None:
        self._line.close()


class DeviceLink:
    """A device file (`/dev/usb/lp0`), or a plain file, added to. Only a device answers."""

    def __init__(self, path: Path) -> None:
        binary = getattr(os, "O_BINARY", 0)
        self.can_answer = path.is_char_device()
        try:
            mode = os.O_RDWR if self.can_answer else os.O_WRONLY | os.O_CREAT
            self._handle = os.open(path, mode | os.O_APPEND | binary, 0o600)
        except PermissionError:
            if not self.can_answer:
                raise
            self.can_answer = False  # many systems let us write to a printer and not read from it
            self._handle = os.open(path, os.O_WRONLY | os.O_APPEND | binary)

    def write(self, painted: bytes) -> None:
        rest = memoryview(painted)
        while rest:
            rest = rest[os.write(self._handle, rest) :]

    def read(self, timeout_seconds: float) -> bytes:
        if not self.can_answer or not select.select([self._handle], [], [], timeout_seconds)[0]:
            return b""
        return os.read(self._handle, _READ_MAX)

    def finish(self) -> None:
        """The system has it."""

    def close(self) -> None:
        os.close(self._handle)
