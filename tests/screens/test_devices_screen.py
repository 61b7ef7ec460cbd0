"""The customer's display, and the screen on which devices are set up and tried."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from PySide6.QtCore import Qt

from pos_client.devices.device_settings import (
    DeviceSettings,
    load_device_settings,
)
from pos_client.devices.wedge_learning import SHOWN_CODE
from pos_client.ui.customer_window import CustomerWindow
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.screens.bench import Bench, until_printed
from tests.screens.conftest import ROOT, OpenShop, Shop
from tests.screens.looking import cut_off, nameless, small_targets, small_words

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def bench(tmp_path: Path, open_shop: OpenShop) -> Iterator[Bench]:
    made = Bench(tmp_path, open_shop)
    yield made
    made.line.close()


def state_of(display: CustomerWindow) -> str:
    return display.view.state


def has_display(shop: Shop) -> bool:
    return shop.till.window.devices.display is not None


# --- the customer's display -------------------------------------------------------------------------------------------


@pytest.mark.parametrize("theme", ["light", "dark"])
def test_the_customer_sees_what_is_sold_paid_and_given_back(bench: Bench, theme: str) -> None:
    shop = bench.open(DeviceSettings(display="window"), theme=theme)
    display = shop.till.window.devices.display
    assert display is not None
    assert display.isVisible()
    assert state_of(display) == "idle"
    for code in (BREAD, CROISSANT, CROISSANT, WATER):
        shop.hands.scan(code)
    view = display.view
    assert view.state == "basket"
    assert sum(line.amount_fen for line in view.lines) + sum(fen for _name, fen in view.reductions) == view.due_fen
    assert view.due_fen == 1680 + 950 + 475 + 200
    assert display.due.text() == "¥33.05"

    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.type("5")
    shop.hands.enter()
    view = display.view
    assert view.state == "pay"
    assert view.due_fen - view.rounding_fen - sum(fen for _name, fen in view.given) == view.left_fen - view.change_fen
    assert display.due.text() == "¥28.05"
    shop.hands.type("50")
    shop.hands.enter()
    if shop.till.window.place == "pay":
        shop.hands.enter()
    assert state_of(display) == "thanks"
    assert display.view.change_fen == 5500 - 3300
    shop.hands.press(Qt.Key.Key_Escape)
    assert state_of(display) == "thanks"  # for a while
    shop.hands.scan(WATER)
    assert state_of(display) == "basket"
    assert (cut_off(display), small_words(display)) == ([], [])


def test_a_long_basket_shows_its_newest_lines_and_how_many_more_there_are(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(display="window"))
    display = shop.till.window.devices.display
    assert display is not None
    for count in range(14):
        shop.hands.type("00123")
        shop.hands.enter()
        shop.hands.type(f"0.{100 + count}")
        shop.hands.enter()
    shown = display.rows.count()
    hidden = len(display.view.lines) - shown
    assert hidden > 0
    assert str(hidden) in display.more.text()
    assert cut_off(display) == []


def test_the_display_does_not_name_the_member(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(display="window"))
    shop.grant_everything()
    display = shop.till.window.devices.display
    assert display is not None
    from tests.pos_client.checkout.bakery import ZHOU_CARD
    from tests.screens.looking import words_of

    shop.hands.scan(BREAD)
    shop.hands.scan(ZHOU_CARD)
    words = words_of(display)
    assert "周" not in words
    assert "138" not in words
    assert display.view.points > 0


def test_a_locked_till_shows_the_shop_s_name_and_its_basket_again_afterwards(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(display="window"))
    display = shop.till.window.devices.display
    assert display is not None
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F12)
    assert state_of(display) == "idle"
    shop.hands.log_in("1111")
    assert state_of(display) == "basket"


def test_with_a_second_screen_the_display_fills_it(tmp_path: Path) -> None:
    """In a process of its own, whose platform has two screens."""
    screens = [
        {"name": "till", "x": 0, "y": 0, "width": 1366, "height": 768},
        {"name": "customer", "x": 1366, "y": 0, "width": 1024, "height": 600},
    ]
    (tmp_path / "screens.json").write_text(json.dumps({"screens": screens}))
    outcome = subprocess.run(
        [sys.executable, "-m", "tests.screens.two_screens", str(tmp_path / "till")],
        env={**os.environ, "QT_QPA_PLATFORM": f"offscreen:configfile={tmp_path / 'screens.json'}"},
        cwd=ROOT,
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    assert json.loads(outcome.stdout.splitlines()[-1]) == {"display": [1366, 0, 1024, 600], "till_has_keys": True}


def test_a_locked_till_shows_nobody_s_basket_when_the_display_is_built_anew(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(display="window"))
    shop.hands.scan(BREAD)
    shop.hands.press(Qt.Key.Key_F12)
    devices = shop.till.window.devices
    devices.build_again()
    assert devices.display is not None
    assert state_of(devices.display) == "idle"


def test_without_a_second_screen_the_display_waits_for_one(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(display="auto"))
    assert not has_display(shop)
    shop.till.window.go("devices")
    shop.till.window.screens.devices.choose(5)
    shop.hands.type("1")
    shop.hands.settle(until=lambda: has_display(shop))
    shop.hands.scan(BREAD)
    display = shop.till.window.devices.display
    assert display is not None
    assert state_of(display) == "basket"


# --- the devices' screen ----------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("language", "theme", "size"), [
    ("zh_CN", "light", (1024, 768)), ("en", "dark", (1024, 768)), ("zh_CN", "dark", (1920, 1080)),
])  # fmt: skip
def test_every_device_can_be_seen_read_and_hit(bench: Bench, language: str, theme: str, size: tuple[int, int]) -> None:
    shop = bench.open(bench.printing(), language=language, theme=theme, size=size)
    window = shop.till.window
    shop.hands.press(Qt.Key.Key_F10)
    window.overlay.close_all()
    window.go("devices")
    shop.hands.settle()
    problems: list[str] = []
    for place in range(7):
        window.screens.devices.choose(place)
        shop.hands.settle()
        shop.picture(f"devices-{language}-{size[0]}-{theme}-{place}")
        problems += cut_off(window) + small_words(window) + small_targets(window) + nameless(window)
    assert problems == []


def test_a_printer_is_set_up_tried_and_changed_by_keys_alone(bench: Bench) -> None:
    shop = bench.open(DeviceSettings())
    shop.till.window.go("devices")
    shop.hands.type("7")
    shop.hands.type(str(bench.paper_file))
    shop.hands.enter()
    shop.hands.settle(until=lambda: shop.till.window.devices.devices.receipts is not None)
    shop.hands.type("8")  # 58 mm
    shop.hands.settle(until=lambda: shop.till.window.devices.settings.receipt.columns == 32)
    shop.hands.type("1")
    until_printed(shop, lambda: bench.paper.cuts == 1)

    assert max(len(line.encode("gb18030")) for line in bench.paper.lines) == 32
    assert bench.paper.barcodes == [SHOWN_CODE]
    assert load_device_settings(bench.folder / "0" / "devices.json").receipt.columns == 32


def test_an_address_that_is_none_is_refused_and_nothing_is_changed(bench: Bench) -> None:
    shop = bench.open(bench.printing())
    shop.till.window.go("devices")
    shop.hands.type("7")
    shop.hands.type("tcp://")
    shop.hands.enter()

    assert "tcp://" in shop.till.window.notice.text
    assert shop.till.window.devices.settings == bench.printing()
