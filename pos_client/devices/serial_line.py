"""A serial device that is listened to on a thread of its own, and met again whenever it is plugged in.

Scanners and scales stand on it. Being unplugged is a state here: nothing is raised to anybody.
"""

import contextlib
import threading
from collections.abc import Callable

import serial
import structlog
from serial.tools import list_ports

_READ_SECONDS = 0.05
_READ_MAX = 4096
RECONNECT_SECONDS = 1.0
log = structlog.get_logger(__name__)


def serial_ports() -> tuple[str, ...]:
    """The serial lines of this machine, by the names that open them. Takes a moment: not for the GUI thread."""
    return tuple(sorted(port.device for port in list_ports.comports()))


class SerialListener:
    """Opens `device`, hands on what it says, asks it what `ask` gives each turn, and starts anew when it is gone.

    All calls come from its own thread: `heard(data)` with b"" after each quiet moment, whose answer is sent back;
    `present(is_there)` at every change.
    """

    def __init__(
        self,
        device: str,
        baud: int,
        *,
        heard: Callable[[bytes], bytes],
        present: Callable[[bool], object],
        reconnect_seconds: float = RECONNECT_SECONDS,
    ) -> None:
        self._device = device
        self._baud = baud
        self._heard = heard
        self._present = present
        self._reconnect_seconds = reconnect_seconds
        self._is_over = threading.Event()
        self._thread = threading.Thread(target=self._run, name=f"serial {device}", daemon=True)
        self._thread.start()

    def stop(self, *, wait: bool = True) -> None:
        """End soon; with `wait`, be gone when this returns."""
        self._is_over.set()
        if wait:
            self._thread.join()

    def _run(self) -> None:
        while not self._is_over.is_set():
            try:
                with contextlib.suppress(OSError, ValueError):  # pyserial's errors, and ValueError for a baud
                    self._listen()
            except Exception as fault:  # termios has errors of its own; this thread ends when it is told to
                log.error("fault", exc_info=fault)
            self._is_over.wait(self._reconnect_seconds)

    def _listen(self) -> None:
        with serial.Serial(self._device, self._baud, timeout=_READ_SECONDS, write_timeout=1.0) as line:
            self._present(True)
            try:
                while not self._is_over.is_set():
                    first: bytes = line.read(1)
                    said = first + line.read(min(_READ_MAX, line.in_waiting)) if first else b""
                    answer = self._heard(said)
                    if answer:
                        line.write(answer)
            finally:
                self._present(False)
