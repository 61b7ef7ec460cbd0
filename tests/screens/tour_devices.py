"""The part of the walk past the devices: each one on its screen, the wizard, the scale, and the customer's display."""

from pathlib import Path
from typing import Protocol

from msgspec.structs import replace
from PySide6.QtCore import Qt

from pos_client.devices.device_settings import PrinterSettings
from pos_client.devices.scale_protocols import ScaleReading
from pos_client.ui.presenters.devices import DEVICES
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER, ZHOU_CARD
from tests.screens.conftest import Shop
from tests.screens.looking import cut_off, small_words
from tests.screens.totals import customer_totals_that_differ

DISPLAYS = ((800, 480), (1280, 800))


class Walk(Protocol):
    """The tour."""

    shop: Shop
    folder: Path
    stops: list[str]
    problems: dict[str, list[str]]

    def stop(self, place: str) -> None: ...
    def press(self, *keys: Qt.Key) -> None: ...
    def escape(self, times: int = 1) -> None: ...


def devices_and_display(tour: Walk) -> None:
    """From the sell screen and back to it."""
    window, hands = tour.shop.till.window, tour.shop.hands
    till = window.devices
    nowhere = str(tour.shop.bakery.folder / "no" / "printer")
    till.change(
        replace(
            till.settings,
            receipt=PrinterSettings(address=nowhere),
            kitchen=PrinterSettings(address="tcp://127.0.0.1:1", columns=32, mode="raster"),
            kitchen_categories=("bread", "cakes"),
            scale_port=f"{nowhere}-scale",
            scanner_port=f"{nowhere}-scanner",
            display="window",
        )
    )
    hands.settle(until=lambda: till.devices.weight is not None and till.display is not None)
    window.go("devices")
    hands.type("1")
    hands.settle(until=lambda: bool(window.header.printer.text()))
    for place, name in enumerate(DEVICES):
        window.screens.devices.choose(place)
        tour.stop(f"devices-{name.replace('_', '-')}")
    window.screens.devices.choose(DEVICES.index("scanner"))
    hands.type("1")
    tour.stop("devices-learn")
    tour.escape()
    window.go("sell")
    hands.settle()
    tour.stop("sell-printer-away")
    _weights(tour)
    _display(tour)
    till.devices.drop()
    till.change(replace(till.settings, receipt=PrinterSettings(), kitchen=PrinterSettings(), scale_port="",
                        scanner_port="", display="off"))  # fmt: skip
    hands.settle(until=lambda: till.display is None)


def _weights(tour: Walk) -> None:
    """The panel that asks for a weight, in each state of the scale."""
    window, hands = tour.shop.till.window, tour.shop.hands
    hands.press(Qt.Key.Key_F5)
    hands.type("00123")
    hands.enter()
    tour.stop("weight-unplugged")
    for name, reading in (
        ("unstable", ScaleReading("unstable", 764)),
        ("stable", ScaleReading("stable", 764)),
        ("overload", ScaleReading("overload")),
        ("negative", ScaleReading("negative")),
    ):
        window.show_weight(reading)
        tour.stop(f"weight-{name}")
    tour.escape()


def _display(tour: Walk) -> None:
    """What the customer sees, on a small display and on a larger one."""
    hands, display = tour.shop.hands, tour.shop.till.window.devices.display
    assert display is not None
    display.greet()

    def look(place: str) -> None:
        for size in DISPLAYS:
            display.resize(*size)
            name = f"display-{place}-{size[0]}"
            hands.picture(str(tour.folder / f"{name}.png"), display)
            tour.stops.append(name)
            found = cut_off(display) + small_words(display) + customer_totals_that_differ(display)
            if found:
                tour.problems[name] = found

    look("idle")
    for code in (BREAD, CROISSANT, CROISSANT, WATER, ZHOU_CARD):
        hands.scan(code)
    hands.enter()
    look("basket")
    tour.press(Qt.Key.Key_F9)
    hands.type("5")
    hands.enter()
    look("pay")
    hands.type("50")
    hands.enter()
    if display.view.state == "pay":
        hands.enter()
    look("thanks")
    tour.escape()
