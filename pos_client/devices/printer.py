"""Receipt printers: where the bytes go, and a thread of its own so that a dead printer never holds up the counter.

The app makes one `ReceiptPrinter` over one of the ports here and hands it every document after its entry is on disk.
What could not be printed stays with it and can be tried again; it can also be reprinted from the ledger at any time.
"""

import os
import queue
import socket
import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Literal, Protocol
from urllib.parse import urlsplit

from pos_client.devices.receipt_document import ReceiptDocument
from pos_client.devices.receipt_layout import COLUMNS_80_MM
from shared_models.refusals import Refusal

NETWORK_PORT = 9100
PrinterCondition = Literal["idle", "printing", "failed", "stopped"]


@dataclass(frozen=True, slots=True)
class PrinterState:
    """How the printer is. `code` is a refusal's code when failed; `unprinted` documents wait for `retry`."""

    condition: PrinterCondition
    code: str = ""
    unprinted: int = 0


class PrinterPort(Protocol):
    """Where bytes for a printer go."""

    def send(self, painted: bytes) -> None:
        """Delivers all of it or refuses `printer_unreachable` or `printer_stopped_taking`. May take seconds."""
        ...


class NetworkPort:
    """A printer that listens on a TCP port (9100 by custom)."""

    def __init__(self, host: str, port: int = NETWORK_PORT, timeout_seconds: float = 3.0) -> None:
        self._address = (host, port)
        self._timeout_seconds = timeout_seconds

    def send(self, painted: bytes) -> None:
        try:
            connection = socket.create_connection(self._address, timeout=self._timeout_seconds)
        except OSError as error:
            raise Refusal("printer_unreachable", where=f"{self._address[0]}:{self._address[1]}") from error
        with connection:
            try:
                connection.sendall(painted)
                connection.shutdown(socket.SHUT_WR)
            except OSError as error:
                raise Refusal("printer_stopped_taking", where=f"{self._address[0]}:{self._address[1]}") from error


class FilePort:
    """A device file (`/dev/usb/lp0`, a serial line set up by the system), or a plain file, added to."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def send(self, painted: bytes) -> None:
        try:
            handle = os.open(self._path, os.O_WRONLY | os.O_APPEND | os.O_CREAT | getattr(os, "O_BINARY", 0), 0o600)
        except OSError as error:
            raise Refusal("printer_unreachable", where=self._path.name) from error
        try:
            rest = memoryview(painted)
            while rest:
                rest = rest[os.write(handle, rest) :]
        except OSError as error:
            raise Refusal("printer_stopped_taking", where=self._path.name) from error
        finally:
            os.close(handle)


def port_named(address: str) -> PrinterPort:
    """The port of an address as people write it: `tcp://192.168.1.50` (or with `:9100`), or the path of a device or
    file. Refuses `printer_address_wrong`."""
    if not address.startswith("tcp://"):
        return FilePort(Path(address))
    try:
        parts = urlsplit(address)
        port = parts.port or NETWORK_PORT
    except ValueError:
        raise Refusal("printer_address_wrong", address=address) from None
    if not parts.hostname or parts.path:
        raise Refusal("printer_address_wrong", address=address)
    return NetworkPort(parts.hostname, port)


class ReceiptPrinter:
    """Prints documents in order on a thread of its own. `on_state` is called from that thread at every change."""

    def __init__(
        self, port: PrinterPort, columns: int = COLUMNS_80_MM, on_state: Callable[[PrinterState], None] | None = None
    ) -> None:
        self._port = port
        self._columns = columns
        self._on_state = on_state
        self._state = PrinterState("idle")
        self._jobs: queue.SimpleQueue[ReceiptDocument | None] = queue.SimpleQueue()
        self._unprinted: list[ReceiptDocument] = []
        self._lock = threading.Lock()
        self._thread = threading.Thread(target=self._run, name="receipt-printer", daemon=True)
        self._thread.start()

    @property
    def state(self) -> PrinterState:
        """How the printer is now."""
        return self._state

    def submit(self, documents: Sequence[ReceiptDocument]) -> None:
        """Print these when their turn comes. Returns at once, whatever the printer does."""
        for document in documents:
            self._jobs.put(document)

    def retry(self) -> None:
        """Try what could not be printed once more, in the same order."""
        with self._lock:
            again, self._unprinted = self._unprinted, []
        self.submit(again)

    def stop(self) -> None:
        """Print what is in the queue and end the thread."""
        self._jobs.put(None)
        self._thread.join()

    def _run(self) -> None:
        while (document := self._jobs.get()) is not None:
            self._tell("printing")
            # Not at the top: the library takes a second to load, which a till that starts has better use for.
            from pos_client.devices.escpos_painter import paint

            try:
                self._port.send(paint(document, self._columns))
            except Refusal as refusal:
                with self._lock:
                    self._unprinted.append(document)
                self._tell("failed", refusal.code)
            else:
                self._tell("idle")
        self._tell("stopped")

    def _tell(self, condition: PrinterCondition, code: str = "") -> None:
        with self._lock:
            self._state = PrinterState(condition, code, len(self._unprinted))
        if self._on_state is not None:
            self._on_state(self._state)
