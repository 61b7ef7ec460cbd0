"""All devices of one till together: made from the settings, exchanged when they change, stopped at the end.

The composition root makes one `CounterDevices`; the window prints through it and asks it how things stand. What devices
have to say comes through the two calls of `listener`, on their own threads.
"""

import threading
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

from pos_client.devices.device_settings import DeviceSettings, PrinterSettings
from pos_client.devices.print_spool import PrintSpool
from pos_client.devices.printer import PrinterState, ReceiptPrinter
from pos_client.devices.printer_ports import PrinterPort, port_named
from pos_client.devices.receipt_document import DrawerPulse, ReceiptDocument
from pos_client.devices.scale_protocols import ScaleReading, protocol_named
from pos_client.devices.serial_scale import SerialScale
from pos_client.devices.serial_scanner import SerialScanner
from pos_client.devices.sounds import Sound, SoundPlayer
from shared_models.refusals import Refusal


@dataclass(frozen=True, slots=True)
class DevicesListener:
    """`scanned(code)`: a serial scanner spoke. `changed()`: something stands differently now."""

    scanned: Callable[[str], object]
    changed: Callable[[], object]


@dataclass(frozen=True, slots=True)
class GivenPrinter:
    """A printer named by the command that started the till, or by a test: it goes before the settings' own."""

    port: PrinterPort
    columns: int


class CounterDevices:
    """`receipts` and `kitchen` are None where no such printer is set up; `scanner_present` and `weight` likewise."""

    def __init__(
        self,
        settings: DeviceSettings,
        folder: Path,
        listener: DevicesListener,
        *,
        again_words: Callable[[], str],
        given: GivenPrinter | None = None,
        player: SoundPlayer | None = None,
    ) -> None:
        self.settings = DeviceSettings()
        self.given = given
        self.receipts: ReceiptPrinter | None = None
        self.kitchen: ReceiptPrinter | None = None
        self._folder = folder
        self._listener = listener
        self._again_words = again_words
        self._player = player
        self._scanner: SerialScanner | None = None
        self._scale: SerialScale | None = None
        self._leaving: list[threading.Thread] = []
        if given is not None:
            self.receipts = self._printer("receipts", given.port, given.columns)
        self._apply(settings, is_strict=False)

    # --- setting up --------------------------------------------------------------------------------------------------

    def apply(self, settings: DeviceSettings) -> None:
        """Work by these settings from now on. Refuses `printer_address_wrong` before anything is changed."""
        self._apply(settings, is_strict=True)

    def _apply(self, settings: DeviceSettings, *, is_strict: bool) -> None:
        before = self.settings
        ports = [self._port(one, is_strict) for one in (settings.receipt, settings.kitchen)]
        self.settings = settings
        if self.given is None:
            self.receipts = self._exchanged(self.receipts, "receipts", ports[0], settings.receipt)
        self.kitchen = self._exchanged(self.kitchen, "kitchen", ports[1], settings.kitchen)
        if (before.scanner_port, before.scanner_baud) != (settings.scanner_port, settings.scanner_baud):
            self._exchange_scanner()
        if _scale_of(before) != _scale_of(settings):
            self._exchange_scale()
        self._listener.changed()

    @staticmethod
    def _port(printer: PrinterSettings, is_strict: bool) -> PrinterPort | None:
        """At the start a wrong address is the same as none: the till opens."""
        if not printer.address:
            return None
        try:
            return port_named(printer.address)
        except Refusal:
            if is_strict:
                raise
            return None

    def _printer(self, name: str, port: PrinterPort, columns: int) -> ReceiptPrinter:
        return ReceiptPrinter(
            port,
            columns,
            on_state=lambda _state: self._listener.changed(),
            spool=PrintSpool(self._folder / name),
            again_words=self._again_words,
        )

    def _exchanged(
        self, now: ReceiptPrinter | None, name: str, port: PrinterPort | None, wanted: PrinterSettings
    ) -> ReceiptPrinter | None:
        if port is None:
            if now is not None:  # it may be in the middle of something that takes seconds
                self._leaving.append(threading.Thread(target=now.stop, name=f"{name} leaves"))
                self._leaving[-1].start()
            return None
        if now is None:
            self._wait_for_those_who_leave()  # the folder has one owner
            now = self._printer(name, port, wanted.columns)
        now.use(port, wanted.columns, wanted.mode)
        now.check()
        return now

    def _exchange_scanner(self) -> None:
        if self._scanner is not None:
            self._scanner.stop()
        settings = self.settings
        self._scanner = None
        if settings.scanner_port:
            self._scanner = SerialScanner(
                settings.scanner_port,
                settings.scanner_baud,
                scanned=self._listener.scanned,
                present=lambda _there: self._listener.changed(),
            )

    def _exchange_scale(self) -> None:
        if self._scale is not None:
            self._scale.stop()
        settings = self.settings
        self._scale = None
        if settings.scale_port:
            self._scale = SerialScale(
                settings.scale_port,
                settings.scale_baud,
                protocol_named(settings.scale_protocol),
                weighed=lambda _reading: self._listener.changed(),
            )

    # --- how things stand --------------------------------------------------------------------------------------------

    @property
    def scanner_present(self) -> bool | None:
        """Whether the serial scanner is plugged in; None where none is set up."""
        return None if self._scanner is None else self._scanner.is_present

    @property
    def weight(self) -> ScaleReading | None:
        """What lies on the scale; None where none is set up."""
        return None if self._scale is None else self._scale.reading

    @property
    def printer_states(self) -> tuple[PrinterState, ...]:
        """Of the printers that are set up."""
        return tuple(printer.state for printer in (self.receipts, self.kitchen) if printer is not None)

    def last_printed(self) -> UUID | None:
        """The newest entry of which a receipt was handed over when the till stopped. Reads the disk."""
        return None if self.receipts is None else PrintSpool(self._folder / "receipts").last_entry()

    # --- what they are asked to do -----------------------------------------------------------------------------------

    def print_receipts(self, documents: Sequence[ReceiptDocument], business_id: UUID | None = None) -> None:
        """On the receipt printer, in order. Without one, nothing happens: the preview shows every slip."""
        if self.receipts is not None:
            self.receipts.submit(documents, business_id)

    def open_drawer_only(self, documents: Sequence[ReceiptDocument], business_id: UUID | None) -> None:
        """Of these slips nothing but the pulse to the drawer, where they have one: nobody wants the paper yet."""
        has_pulse = any(isinstance(item, DrawerPulse) for document in documents for item in document.items)
        pulse = [ReceiptDocument("drawer", (DrawerPulse(),))] if has_pulse else []
        self.print_receipts(pulse, business_id)

    def print_in_kitchen(self, document: ReceiptDocument) -> None:
        """On the second printer."""
        if self.kitchen is not None:
            self.kitchen.submit([document])

    def retry(self) -> None:
        """Try what waits, now."""
        for printer in (self.receipts, self.kitchen):
            if printer is not None:
                printer.retry()

    def check(self) -> None:
        """Look how the printers are that have nothing to do."""
        for printer in (self.receipts, self.kitchen):
            if printer is not None:
                printer.check()

    def drop(self, *, kitchen: bool = False) -> None:
        """Nobody wants what waits for this printer."""
        printer = self.kitchen if kitchen else self.receipts
        if printer is not None:
            printer.drop()

    def play(self, sound: Sound) -> None:
        """Unless sounds are off."""
        if self._player is not None and self.settings.sounds:
            self._player.play(sound)

    def stop(self) -> None:
        """At the end of the program: what is not printed waits on disk for the next start."""
        for device in (self._scanner, self._scale, self.receipts, self.kitchen, self._player):
            if device is not None:
                device.stop()
        self._wait_for_those_who_leave()

    def _wait_for_those_who_leave(self) -> None:
        while self._leaving:
            self._leaving.pop().join()


def _scale_of(settings: DeviceSettings) -> tuple[str, int, str]:
    return settings.scale_port, settings.scale_baud, settings.scale_protocol
