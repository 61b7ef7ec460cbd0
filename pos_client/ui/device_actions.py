"""The keys of the devices screen: what each device can be asked to do, and how it is set up."""

from collections.abc import Callable, Sequence
from typing import Protocol, get_args

from msgspec.structs import replace

from pos_client.devices.counter_devices import CounterDevices
from pos_client.devices.device_settings import (
    SERIAL_BAUDS,
    DeviceSettings,
    DisplayPlace,
    PrinterSettings,
    PrintPolicy,
    ScaleProtocolName,
)
from pos_client.devices.serial_line import serial_ports
from pos_client.devices.wedge_learning import Learned
from pos_client.ui.panels import Panels
from pos_client.ui.parts.cards import AskCard, ListCard, Row
from pos_client.ui.presenters.counter import Counter
from pos_client.ui.presenters.devices import DeviceFacts, DeviceName, trial_slip
from pos_client.ui.presenters.shift import ShiftPresenter
from pos_client.ui.screens.member_cards import TextCard
from pos_client.ui.screens.scanner_card import Keyboard, LearnScannerCard
from pos_client.ui.words import _

Actions = Sequence[tuple[str, Callable[[], object]]]


class Presenters(Protocol):
    """The shift's presenter opens the drawer: that is counted."""

    shift_presenter: ShiftPresenter


class DevicePanels(Panels, Protocol):
    """Who opens panels over the window."""

    @property
    def screens(self) -> Presenters: ...


class Devices(Protocol):
    """Who holds the devices."""

    devices: CounterDevices

    @property
    def settings(self) -> DeviceSettings: ...
    @property
    def shop_name(self) -> str: ...
    def change(self, changed: DeviceSettings) -> None: ...


class DeviceActions:
    """Built with the screens."""

    def __init__(self, devices: Devices, counter: Counter, panels: DevicePanels, keyboard: Keyboard) -> None:
        self._devices = devices
        self._counter = counter
        self._panels = panels
        self._keyboard = keyboard

    def of(self, name: DeviceName, facts: DeviceFacts) -> Actions:
        """The keys of a device, in order; nine at most."""
        match name:
            case "receipts":
                return self._receipts(facts)
            case "kitchen":
                return self._kitchen(facts)
            case "scanner":
                return (
                    (_("Learn it"), self._learn),
                    (_("As from the factory"), lambda: self._set(wedge=None)),
                )
            case "serial_scanner":
                return (
                    (_("Serial line"), lambda: self._ask_line("scanner_port")),
                    (_("Speed"), lambda: self._next("scanner_baud", SERIAL_BAUDS)),
                )
            case "scale":
                return (
                    (_("Serial line"), lambda: self._ask_line("scale_port")),
                    (_("Speed"), lambda: self._next("scale_baud", SERIAL_BAUDS)),
                    (_("How it speaks"), lambda: self._next("scale_protocol", get_args(ScaleProtocolName))),
                )
            case "display":
                return ((_("Where"), lambda: self._next("display", get_args(DisplayPlace))),)
            case _:
                return (
                    (_("On or off"), lambda: self._set(sounds=not self._devices.settings.sounds)),
                    (_("Hear both"), self._hear_both),
                )

    # --- printers ----------------------------------------------------------------------------------------------------

    def _receipts(self, facts: DeviceFacts) -> Actions:
        printer = self._devices.settings.receipt
        actions: list[tuple[str, Callable[[], object]]] = [
            (_("Test print"), lambda: self._test(kitchen=False)),
            (_("Open the drawer"), lambda: self._panels.screens.shift_presenter.open_drawer()),
            (_("Print what waits"), self._devices.devices.retry),
            (_("Drop what waits"), lambda: self._ask_drop(kitchen=False)),
            (_("Receipts of sales"), lambda: self._next("print_receipts", get_args(PrintPolicy))),
            (_("Logo"), lambda: self._ask_text(_("Logo"), _("The path of a PNG file"), "logo_path")),
        ]
        if not facts.is_given:
            actions += [
                (_("Address"), lambda: self._ask_address("receipt", printer)),
                (_("Paper"), lambda: self._set(receipt=_other_paper(printer))),
                (_("Characters"), lambda: self._set(receipt=_other_mode(printer))),
            ]
        return actions

    def _kitchen(self, facts: DeviceFacts) -> Actions:
        printer = facts.settings.kitchen
        return (
            (_("Test print"), lambda: self._test(kitchen=True)),
            (_("Print what waits"), self._devices.devices.retry),
            (_("Drop what waits"), lambda: self._ask_drop(kitchen=True)),
            (_("Address"), lambda: self._ask_address("kitchen", printer)),
            (_("Paper"), lambda: self._set(kitchen=_other_paper(printer))),
            (_("Characters"), lambda: self._set(kitchen=_other_mode(printer))),
            (_("Categories of goods"), self._ask_categories),
        )

    def _test(self, *, kitchen: bool) -> None:
        printer = self._devices.devices.kitchen if kitchen else self._devices.devices.receipts
        if printer is None:
            self._counter.stage.say(_("No printer is set up here."))
            return
        printer.submit([trial_slip(self._devices.shop_name)])
        self._counter.stage.say(_("The test slip is on its way."), "good")

    def _ask_drop(self, *, kitchen: bool) -> None:
        words = _("What waits is not printed any more. Receipts can still be reprinted from the book.")
        drop = self._devices.devices.drop
        self._panels.open(AskCard(_("Drop what waits"), words, _("Drop it · Enter"), lambda: drop(kitchen=kitchen)))

    def _ask_address(self, field: str, printer: PrinterSettings) -> None:
        def entered(text: str) -> None:
            self._panels.close()
            address = "" if text == "-" else text
            self._set(**{field: replace(printer, address=address)})

        hint = _("tcp://192.168.1.50, serial:COM3?baud=19200, usb:04b8:0e15, spooler:Name, /dev/usb/lp0, or - for none")
        self._panels.open(TextCard(_("Address of the printer"), hint, entered))

    def _ask_categories(self) -> None:
        def entered(text: str) -> None:
            self._panels.close()
            names = tuple(name.strip() for name in text.replace("，", ",").split(",") if name.strip() not in ("", "-"))
            self._set(kitchen_categories=names)

        self._panels.open(TextCard(_("Categories of goods"), _("bread, cakes; * for all, - for none"), entered))

    # --- the others --------------------------------------------------------------------------------------------------

    def _ask_line(self, field: str) -> None:
        """The lines that this machine has, and a way to type another."""

        def offered(ports: tuple[str, ...]) -> None:
            rows = [Row(_("none")), *(Row(port) for port in ports), Row(_("Type another …"))]

            def chosen(place: int) -> None:
                self._panels.close()
                if place == len(rows) - 1:
                    self._ask_text(_("Serial line"), "COM3, /dev/ttyUSB0", field)
                else:
                    self._set(**{field: "" if place == 0 else ports[place - 1]})

            self._panels.open(ListCard(_("Serial line"), rows, chosen))

        self._counter.ask(serial_ports, offered)

    def _ask_text(self, title: str, hint: str, field: str) -> None:
        def entered(text: str) -> None:
            self._panels.close()
            self._set(**{field: "" if text == "-" else text})

        self._panels.open(TextCard(title, hint, entered))

    def _learn(self) -> None:
        def learned(found: Learned) -> None:
            self._set(wedge=found.settings)
            self._counter.stage.say(_("The scanner is learned."), "good")

        self._panels.open(LearnScannerCard(self._keyboard, learned))

    def _hear_both(self) -> None:
        self._devices.devices.play("accepted")
        self._devices.devices.play("refused")

    def _set(self, **changes: object) -> None:
        self._devices.change(replace(self._devices.settings, **changes))

    def _next(self, field: str, choices: Sequence[object]) -> None:
        """The choice after the present one, and the first after the last."""
        now = choices.index(getattr(self._devices.settings, field))
        self._set(**{field: choices[(now + 1) % len(choices)]})


def _other_paper(printer: PrinterSettings) -> PrinterSettings:
    return replace(printer, columns=32 if printer.columns == 48 else 48)


def _other_mode(printer: PrinterSettings) -> PrinterSettings:
    return replace(printer, mode="raster" if printer.mode == "text" else "text")
