"""Where the bytes for a printer go: network, serial line, USB, device file, the system's own spooler.

A printer that answers is asked how it is before a receipt, and tells when all of it is on paper; of one that does not,
it is only known that its bytes were taken. `printer` runs on these; `port_named` makes one of what people write.
"""

import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Protocol
from urllib.parse import parse_qs, urlsplit

from pos_client.devices.printer_links import DeviceLink, PrinterLink, SerialLink, SocketLink
from shared_models.refusals import Refusal

NETWORK_PORT = 9100
SERIAL_BAUD = 19_200
NOTHING_SENT = frozenset(
    {"printer_unreachable", "printer_out_of_paper", "printer_cover_open", "printer_offline", "printer_address_wrong",
     "printer_library_missing"}
)  # fmt: skip
"""Refusals that came before the first byte of the receipt: it can be printed again without a mark."""
_HOW_ARE_YOU = b"\x10\x04\x01\x10\x04\x02\x10\x04\x04"
_ALL_PRINTED = b"\x1dr\x01"
"""Is answered in its turn, so only after everything before it was printed."""
_STATUS_SECONDS = 0.4
_SILENT_SECONDS_MAX = 20.0
_LOOK_AGAIN_SECONDS = 1.0
_UNANSWERED_MAX = 2

Trouble = Callable[[str], bool]
"""Told a refusal's code while a receipt is on its way, e.g. that the paper ran out within it. False: give it up."""


def _patient(_code: str) -> bool:
    return True


class PrinterPort(Protocol):
    """Where bytes for a printer go."""

    def send(self, painted: bytes, trouble: Trouble = _patient) -> None:
        """Delivers all of it or refuses: a code of NOTHING_SENT, or `printer_stopped_taking`. May take seconds, and as
        long as it takes somebody to bring paper where the printer says that it has none."""
        ...

    def look(self) -> None:
        """Prints nothing. Refuses what can be known to be wrong: a code of NOTHING_SENT."""
        ...


def status_code(answer: bytes) -> str:
    """What is wrong by the answers to the three questions (ESC/POS, DLE EOT 1, 2 and 4, in this order); '' when
    nothing is."""
    printer, offline, paper = answer
    if paper & 0x60 or offline & 0x20:
        return "printer_out_of_paper"
    if offline & 0x04:
        return "printer_cover_open"
    return "printer_offline" if printer & 0x08 or offline & 0x40 else ""


def _is_status(byte: int) -> bool:
    return byte & 0x93 == 0x12


def _is_all_printed(byte: int) -> bool:
    return byte & 0x90 == 0


class LinkPort:
    """A port over a link that is opened for each receipt. Printers that never answered are not asked any more until
    something fails."""

    def __init__(self, where: str, opened: Callable[[], PrinterLink]) -> None:
        self._where = where
        self._opened = opened
        self._unanswered = 0

    def look(self) -> None:
        link = self._open()
        try:
            if link.can_answer:
                self._ask_how_it_is(link)
        finally:
            link.close()

    def _open(self) -> PrinterLink:
        try:
            return self._opened()
        except (OSError, ValueError) as error:
            raise Refusal("printer_unreachable", where=self._where) from error

    def send(self, painted: bytes, trouble: Trouble = _patient) -> None:
        link = self._open()
        try:
            is_asked = link.can_answer and self._unanswered < _UNANSWERED_MAX
            answers = is_asked and self._ask_how_it_is(link)
            self._print(link, painted, trouble, answers=answers)
        finally:
            link.close()

    def _ask_how_it_is(self, link: PrinterLink) -> bool:
        """Whether the printer answers at all. Refuses what it says is wrong."""
        try:
            status = self._status(link)
        except OSError as error:
            raise Refusal("printer_unreachable", where=self._where) from error
        if len(status) < 3:
            self._unanswered += 1
            return False
        self._unanswered = 0
        code = status_code(status[-3:])
        if code:
            raise Refusal(code, where=self._where)
        return True

    @staticmethod
    def _status(link: PrinterLink) -> bytes:
        link.write(_HOW_ARE_YOU)
        said = b""
        until = time.monotonic() + _STATUS_SECONDS
        while len(said) < 3 and (left := until - time.monotonic()) > 0:
            said += bytes(byte for byte in link.read(left) if _is_status(byte))
        return said

    def _print(self, link: PrinterLink, painted: bytes, trouble: Trouble, *, answers: bool) -> None:
        try:
            link.write(painted + _ALL_PRINTED if answers else painted)
            if answers:
                self._wait_until_printed(link, trouble)
                with suppress(OSError):  # it is on paper: some printers hang up on our last question unread
                    link.finish()
            else:
                link.finish()
        except OSError as error:
            self._unanswered = 0
            raise Refusal("printer_stopped_taking", where=self._where) from error

    def _wait_until_printed(self, link: PrinterLink, trouble: Trouble) -> None:
        """A printer without paper holds the rest of the receipt and goes on with it: so it is waited for."""
        silent_since = time.monotonic()
        while True:
            said = link.read(_LOOK_AGAIN_SECONDS)
            if any(_is_all_printed(byte) for byte in said):
                return
            status = self._status(link)
            code = status_code(status[-3:]) if len(status) >= 3 else ""
            if code:
                silent_since = time.monotonic()
            is_over = time.monotonic() - silent_since > _SILENT_SECONDS_MAX
            if is_over or not trouble(code or "printer_slow"):
                raise TimeoutError("the printer does not say that it is done")


class NetworkPort(LinkPort):
    """A printer that listens on a TCP port (9100 by custom)."""

    def __init__(self, host: str, port: int = NETWORK_PORT, timeout_seconds: float = 3.0) -> None:
        super().__init__(f"{host}:{port}", lambda: SocketLink(host, port, timeout_seconds))


class SerialPort(LinkPort):
    """A printer at a serial line."""

    def __init__(self, device: str, baud: int = SERIAL_BAUD, timeout_seconds: float = 5.0) -> None:
        super().__init__(device, lambda: SerialLink(device, baud, timeout_seconds))


class FilePort(LinkPort):
    """A device file (`/dev/usb/lp0`), or a plain file, added to."""

    def __init__(self, path: Path) -> None:
        super().__init__(path.name, lambda: DeviceLink(path))
        self._path = path

    def look(self) -> None:
        if self._path.is_char_device():
            super().look()
        elif not self._path.parent.is_dir():
            raise Refusal("printer_unreachable", where=self._path.name)


class UsbPort:
    """A USB printer without a driver of the system, by its vendor and product number, through python-escpos and pyusb,
    which a shop installs where it needs it."""

    def __init__(self, vendor: int, product: int) -> None:
        self._ids = (vendor, product)

    def look(self) -> None:
        from escpos.printer import Usb

        if not Usb.is_usable():
            raise Refusal("printer_library_missing", name="pyusb")

    def send(self, painted: bytes, trouble: Trouble = _patient) -> None:
        del trouble  # libusb tells nothing while it writes
        # Not at the top: the library takes a second to load, and few tills need it.
        from escpos.printer import Usb

        where = f"{self._ids[0]:04x}:{self._ids[1]:04x}"
        if not Usb.is_usable():
            raise Refusal("printer_library_missing", name="pyusb")
        printer = Usb(*self._ids, timeout=5000)
        try:
            printer.open()
        except Exception as error:
            raise Refusal("printer_unreachable", where=where) from error
        try:
            printer._raw(painted)  # noqa: SLF001 - the library's own way to hand ready bytes over
        except Exception as error:
            raise Refusal("printer_stopped_taking", where=where) from error
        finally:
            printer.close()


class SpoolerPort:
    """A printer that the system knows by a name: CUPS through `lp`, the Windows spooler through python-escpos. The
    spooler has a queue of its own, so what it took is as good as printed."""

    def __init__(self, name: str, timeout_seconds: float = 15.0) -> None:
        self._name = name
        self._timeout_seconds = timeout_seconds

    def look(self) -> None:
        """The spooler knows; what it takes, it prints."""

    def send(self, painted: bytes, trouble: Trouble = _patient) -> None:
        del trouble
        if sys.platform == "win32":
            self._send_to_windows(painted)
            return
        command = ["lp", "-d", self._name, "-o", "raw"]
        try:
            outcome = subprocess.run(  # noqa: S603 - the printer's name is one argument, no shell reads it
                command, input=painted, capture_output=True, timeout=self._timeout_seconds, check=False
            )
        except subprocess.TimeoutExpired as error:
            raise Refusal("printer_stopped_taking", where=self._name) from error  # it may have taken all of it
        except OSError as error:
            raise Refusal("printer_unreachable", where=self._name) from error
        if outcome.returncode != 0:
            raise Refusal("printer_unreachable", where=self._name)

    def _send_to_windows(self, painted: bytes) -> None:
        from escpos.printer import Win32Raw

        if not Win32Raw.is_usable():
            raise Refusal("printer_library_missing", name="pywin32")
        try:
            printer = Win32Raw(self._name)
            printer.open(job_name="Tillbook")
        except Exception as error:
            raise Refusal("printer_unreachable", where=self._name) from error
        try:
            printer._raw(painted)  # noqa: SLF001 - the library's own way to hand ready bytes over
            printer.close()
        except Exception as error:
            raise Refusal("printer_stopped_taking", where=self._name) from error


def port_named(address: str) -> PrinterPort:
    """The port of an address as people write it: `tcp://192.168.1.50` (or with `:9100`), `serial:COM3` or
    `serial:/dev/ttyUSB0?baud=19200`, `usb:04b8:0e15`, `spooler:Receipts`, or the path of a device or file. Refuses
    `printer_address_wrong`."""
    kind, _colon, rest = address.partition(":")
    try:
        match kind:
            case "tcp":
                return _network_port(address)
            case "serial":
                device, _mark, asked = rest.partition("?")
                baud = int(parse_qs(asked).get("baud", [str(SERIAL_BAUD)])[0])
                if not device:
                    raise ValueError
                return SerialPort(device, baud)
            case "usb":
                vendor, product = rest.split(":")
                return UsbPort(int(vendor, 16), int(product, 16))
            case "spooler" if rest:
                return SpoolerPort(rest)
            case "spooler" | "":
                raise ValueError
    except ValueError:
        raise Refusal("printer_address_wrong", address=address) from None
    return FilePort(Path(address))


def _network_port(address: str) -> NetworkPort:
    parts = urlsplit(address)
    if not address.startswith("tcp://") or not parts.hostname or parts.path:
        raise ValueError
    return NetworkPort(parts.hostname, parts.port or NETWORK_PORT)
