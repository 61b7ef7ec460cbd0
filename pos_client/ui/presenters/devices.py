"""How the devices stand, in words, and the slip that tries a printer. Plain figures in, sentences out."""

from dataclasses import dataclass
from typing import Literal

from pos_client.devices.device_settings import DeviceSettings, PrinterSettings
from pos_client.devices.printer import PrinterState
from pos_client.devices.receipt_document import (
    Barcode,
    Columns,
    Cut,
    Feed,
    QrCode,
    ReceiptDocument,
    Rule,
    Text,
)
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.devices.wedge import WedgeSettings
from pos_client.devices.wedge_learning import SHOWN_CODE
from pos_client.ui.texts import sentence_of
from pos_client.ui.weight_words import weight_words
from pos_client.ui.words import _, ngettext

DeviceName = Literal["receipts", "kitchen", "scanner", "serial_scanner", "scale", "display", "sounds"]
DEVICES: tuple[DeviceName, ...] = (
    "receipts", "kitchen", "scanner", "serial_scanner", "scale", "display", "sounds",
)  # fmt: skip


@dataclass(frozen=True, slots=True, kw_only=True)
class DeviceFacts:
    """How things stand at this moment; None where nothing of the kind is set up."""

    settings: DeviceSettings
    receipts: PrinterState | None
    kitchen: PrinterState | None
    is_given: bool
    scanner_present: bool | None
    weight: ScaleReading | None
    display_open: bool


def device_title(name: DeviceName) -> str:
    """What people call it."""
    return {
        "receipts": _("Receipt printer and drawer"),
        "kitchen": _("Second printer"),
        "scanner": _("Scanner that types"),
        "serial_scanner": _("Scanner at a serial line"),
        "scale": _("Scale"),
        "display": _("Customer display"),
        "sounds": _("Sounds"),
    }[name]


def device_state(name: DeviceName, facts: DeviceFacts) -> str:
    """How it stands, in one line."""
    match name:
        case "receipts":
            return printer_words(facts.receipts)
        case "kitchen":
            return printer_words(facts.kitchen)
        case "scanner":
            return _("Learned") if facts.settings.wedge is not None else _("Works as scanners come from the factory")
        case "serial_scanner":
            return _presence(facts.scanner_present)
        case "scale":
            return _("Not set up") if facts.weight is None else weight_words(facts.weight)
        case "display":
            return _("Shown now") if facts.display_open else _("Not shown")
        case _:
            return _("On") if facts.settings.sounds else _("Off")


def printer_words(state: PrinterState | None) -> str:
    """A printer's state."""
    if state is None:
        return _("Not set up")
    waiting = ngettext("{count} slip waits", "{count} slips wait", state.unprinted).format(count=state.unprinted)
    if state.code:
        return f"{waiting} · {sentence_of(state.code, {})}" if state.unprinted else sentence_of(state.code, {})
    return _("Printing …") if state.condition == "printing" else _("Ready, as far as it says")


def _presence(present: bool | None) -> str:
    if present is None:
        return _("Not set up")
    return _("Plugged in") if present else _("Unplugged: it is met again when it comes back")


def device_details(name: DeviceName, facts: DeviceFacts) -> tuple[tuple[str, str], ...]:
    """What is set, row by row."""
    settings = facts.settings
    match name:
        case "receipts":
            custom = {
                "always": _("always"),
                "ask": _("when somebody asks"),
                "never": _("never, the drawer opens all the same"),
            }
            address = _("as the till was started") if facts.is_given else settings.receipt.address or _("none")
            return (
                (_("Address"), address),
                *_paper(settings.receipt),
                (_("Receipts of sales"), custom[settings.print_receipts]),
                (_("Logo"), settings.logo_path or _("none")),
            )
        case "kitchen":
            categories = ", ".join(settings.kitchen_categories) or _("none")
            return (
                (_("Address"), settings.kitchen.address or _("none")),
                *_paper(settings.kitchen),
                (_("Categories of goods"), categories),
            )
        case "scanner":
            return _wedge(settings.wedge)
        case "serial_scanner":
            return (
                (_("Serial line"), settings.scanner_port or _("none")),
                (_("Speed"), f"{settings.scanner_baud} baud"),
            )
        case "scale":
            ways = {"continuous": _("speaks all the time (ST,GS,+ 0.235kg)"), "enquiry": _("answers when asked (CAS)")}
            return (
                (_("Serial line"), settings.scale_port or _("none")),
                (_("Speed"), f"{settings.scale_baud} baud"),
                (_("How it speaks"), ways[settings.scale_protocol]),
            )
        case "display":
            places = {"off": _("off"), "auto": _("where there is a second screen"), "window": _("at all times")}
            return ((_("Shown"), places[settings.display]),)
        case _:
            return ((_("A scan that was taken, and one that was not"), _("on") if settings.sounds else _("off")),)


def _paper(printer: PrinterSettings) -> tuple[tuple[str, str], ...]:
    width = _("58 mm, 32 characters") if printer.columns == 32 else _("80 mm, 48 characters")
    way = _("as pictures") if printer.mode == "raster" else _("the printer's own")
    return ((_("Paper"), width), (_("Characters"), way))


def _wedge(learned: WedgeSettings | None) -> tuple[tuple[str, str], ...]:
    settings = learned if learned is not None else WedgeSettings()
    return (
        (_("Longest pause within a code"), f"{settings.gap_ms} ms"),
        (_("Before each code"), settings.prefix or _("nothing")),
        (_("After each code"), ending_words(settings.suffixes)),
    )


def ending_words(suffixes: str) -> str:
    """The names of Enter and Tab."""
    names = {"\r": _("Enter"), "\t": _("Tab")}
    return _(" or ").join(names.get(each, each) for each in suffixes) or _("nothing")


def trial_slip(shop: str) -> ReceiptDocument:
    """What shows whether a printer can do all that receipts need: width, Chinese, a rare character, both codes."""
    return ReceiptDocument(
        "printer_test",
        (
            Text(shop or "Tillbook", "centre", "large"),
            Text(_("Test print"), "centre", "bold"),
            Rule(),
            Columns(("北海道戚风蛋糕六寸双层芒果慕斯限定款礼盒", "1", "128.00", "128.00")),
            Columns((_("A rare character as a picture: {character}").format(character="ö ✓"), "0.00")),
            Columns((_("Total"), "128.00"), "large"),
            Rule(),
            Barcode(SHOWN_CODE),
            QrCode("https://example.com/tillbook"),
            Feed(3),
            Cut(),
        ),
    )
