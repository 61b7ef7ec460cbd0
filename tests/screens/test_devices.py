"""Printers, scales, scanners, sounds and the customer's display at a till with its window."""

from collections.abc import Iterator
from pathlib import Path
from uuid import uuid4

import pytest
from PySide6.QtCore import Qt

from pos_client.checkout.views import DoneView
from pos_client.devices.device_settings import (
    DeviceSettings,
    PrinterSettings,
    load_device_settings,
)
from pos_client.devices.receipt_document import Cut, ReceiptDocument, Text
from pos_client.devices.wedge_learning import SHOWN_CODE
from pos_client.ui.parts.weight_card import WeightCard
from pos_client.ui.screens.scanner_card import LearnScannerCard
from shared_models.bodies import Sale
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER
from tests.pos_client.devices.escpos_reader import read_back
from tests.screens.bench import Bench, until_printed
from tests.screens.conftest import OpenShop, Shop

CTRL = Qt.KeyboardModifier.ControlModifier


@pytest.fixture
def bench(tmp_path: Path, open_shop: OpenShop) -> Iterator[Bench]:
    made = Bench(tmp_path, open_shop)
    yield made
    made.line.close()


class Ears:
    """A player that only notes what it would play."""

    def __init__(self) -> None:
        self.heard: list[str] = []

    def play(self, sound: str) -> None:
        self.heard.append(sound)

    def stop(self) -> None:
        """Silence."""


def sell(shop: Shop, *codes: str) -> None:
    for code in codes:
        shop.hands.scan(code)
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.enter()


# --- printers ---------------------------------------------------------------------------------------------------------


def test_a_sale_comes_out_of_the_printer_and_its_bread_out_of_the_bakery_s(bench: Bench) -> None:
    shop = bench.open(
        bench.printing(
            kitchen=PrinterSettings(address=str(bench.kitchen_file), columns=32), kitchen_categories=("bread",)
        )
    )
    sell(shop, BREAD, WATER)
    until_printed(shop, lambda: bench.paper.cuts == 1 and bench.kitchen.cuts == 1)

    number = shop.bakery.written(Sale)[0].receipt_number
    assert number in bench.paper.text
    assert bench.paper.drawer_pulses == 1
    assert number in bench.kitchen.text
    assert "全麦吐司" in bench.kitchen.text.replace("\n", "")
    assert "农夫山泉" not in bench.kitchen.text


def test_the_maker_s_slip_of_an_order_comes_out_where_the_maker_stands(bench: Bench) -> None:
    shop = bench.open(bench.printing(kitchen=PrinterSettings(address=str(bench.kitchen_file))))
    slips = tuple(ReceiptDocument(name, (Text(name), Cut())) for name in ("order", "order_maker"))
    done = DoneView(entry_type="order_taken", business_id=uuid4(), receipt_number="021-9", documents=slips)
    shop.till.window.devices.print_done(done)
    until_printed(shop, lambda: bench.paper.cuts == 1 and bench.kitchen.cuts == 1)

    assert (bench.paper.lines, bench.kitchen.lines) == (["order"], ["order_maker"])


def test_a_printer_that_is_away_is_said_calmly_and_one_key_prints_what_waits(bench: Bench) -> None:
    away = bench.folder / "not" / "there"
    shop = bench.open(DeviceSettings(receipt=PrinterSettings(address=str(away / "lp0"))))
    window, header = shop.till.window, shop.till.window.header
    sell(shop, BREAD)
    until_printed(shop, lambda: header.printer.text() == "1 张小票等候打印")
    assert window.notice.text == "打印机没有响应。小票在此等候，恢复后自动打印。"
    shop.hands.press(Qt.Key.Key_Escape)
    sell(shop, WATER)
    until_printed(shop, lambda: header.printer.text() == "2 张小票等候打印")
    assert len(shop.bakery.written(Sale)) == 2

    away.mkdir(parents=True)
    shop.hands.press(Qt.Key.Key_P, CTRL)
    until_printed(shop, lambda: (away / "lp0").exists() and read_back((away / "lp0").read_bytes()).cuts == 2)
    until_printed(shop, lambda: not header.printer.isVisible())

    paper = read_back((away / "lp0").read_bytes())
    assert (paper.cuts, paper.drawer_pulses) == (2, 0)  # the drawer is not thrown open minutes later
    assert "补打" not in paper.text


def test_what_waits_survives_the_end_of_the_program(bench: Bench) -> None:
    away = bench.folder / "later"
    shop = bench.open(DeviceSettings(receipt=PrinterSettings(address=str(away / "lp0"))))
    sell(shop, BREAD)
    until_printed(shop, lambda: shop.till.window.header.printer.isVisible())

    away.mkdir()
    shop.start_again()
    until_printed(shop, lambda: (away / "lp0").exists() and read_back((away / "lp0").read_bytes()).cuts == 1)

    paper = read_back((away / "lp0").read_bytes())
    assert shop.bakery.written(Sale)[0].receipt_number in paper.text
    assert "补打" not in paper.text


def test_a_receipt_that_a_power_cut_kept_from_the_printer_is_printed_after_the_start(bench: Bench) -> None:
    kitchen = PrinterSettings(address=str(bench.kitchen_file))
    shop = bench.open(bench.printing(kitchen=kitchen, kitchen_categories=("bread",)))
    sell(shop, BREAD)
    until_printed(shop, lambda: bench.paper.cuts == 1 and bench.kitchen.cuts == 1)
    # The next sale reaches the disk and nothing else, as when the power goes right after the commit.
    checkout = shop.till.checkout
    checkout.basket.scan(CROISSANT)
    checkout.payment.pay_cash(None)
    checkout.payment.complete()

    shop.start_again()
    until_printed(shop, lambda: bench.paper.cuts == 2 and bench.kitchen.cuts == 2)
    shop.start_again()
    shop.till.window.devices.devices.stop()

    numbers = [sale.receipt_number for sale in shop.bakery.written(Sale)]
    for paper in (bench.paper, bench.kitchen):
        assert [paper.text.count(f" {number}\n") for number in numbers] == [1, 1]
        assert paper.lines.count("补打") == 1


@pytest.mark.parametrize("custom", ["ask", "never"])
def test_paper_only_for_those_who_want_it_and_the_drawer_for_everybody(bench: Bench, custom: str) -> None:
    shop = bench.open(bench.printing(print_receipts=custom))
    sell(shop, BREAD)
    until_printed(shop, lambda: bench.paper.drawer_pulses == 1)
    assert bench.paper.text.strip() == ""

    shop.hands.press(Qt.Key.Key_P, CTRL)
    if custom == "ask":
        until_printed(shop, lambda: bench.paper.cuts == 1)
        assert shop.bakery.written(Sale)[0].receipt_number in bench.paper.text
    shop.till.window.devices.devices.stop()
    assert bench.paper.cuts == (1 if custom == "ask" else 0)
    assert bench.paper.drawer_pulses == 1


# --- scales and scanners ----------------------------------------------------------------------------------------------


def test_apples_are_sold_by_what_lies_still_on_the_scale(bench: Bench) -> None:
    bench.line.plug_in()
    shop = bench.open(DeviceSettings(scale_port=str(bench.line.device)))
    sell_screen = shop.till.window.screens.sell
    assert sell_screen.weight.isVisible()
    shop.hands.type("00123")
    shop.hands.enter()
    card = shop.top_card()
    assert isinstance(card, WeightCard)

    bench.line.say(b"US,GS,+  0.700kg\r\n")
    shop.hands.settle(until=lambda: card.live.text() == "0.700 kg，未稳定 …")
    shop.hands.enter()
    assert shop.top_card() is card  # what still moves is not sold

    for said, words in ((b"OL,GS,+\r\n", "超出秤的量程"), (b"ST,GS,-  0.010kg\r\n", "低于零：请将秤归零"),
                        (b"ST,GS,+  0.000kg\r\n", "秤是空的")):  # fmt: skip
        bench.line.say(said)
        shop.hands.settle(until=lambda words=words: card.live.text() == words)  # type: ignore[misc]  # called at once
        shop.hands.enter()
        assert shop.top_card() is card

    bench.line.say(b"ST,GS,+  0.764kg\r\n")
    shop.hands.settle(until=lambda: card.live.text() == "0.764 kg，已稳定")
    assert sell_screen.weight.text() == "0.764 kg，已稳定"
    shop.hands.enter()

    assert shop.top_card() is None
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [(line.goods_id, line.quantity_milli) for line in view.lines] == [("apple", 764)]

    # Some more are put on: F3 weighs the line again.
    shop.hands.press(Qt.Key.Key_F3)
    again = shop.top_card()
    assert isinstance(again, WeightCard)
    bench.line.say(b"ST,GS,+  0.990kg\r\n")
    shop.hands.settle(until=lambda: again.live.text() == "0.990 kg，已稳定")
    shop.hands.enter()
    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.quantity_milli for line in view.lines] == [990]

    bench.line.unplug()
    shop.hands.settle(until=lambda: sell_screen.weight.text() == "秤未连接")


def test_a_weight_can_be_typed_although_a_scale_stands_there(bench: Bench) -> None:
    shop = bench.open(DeviceSettings(scale_port=str(bench.line.device)))
    shop.hands.type("00123")
    shop.hands.enter()
    shop.hands.type("1.25")
    shop.hands.enter()

    view = shop.till.window.screens.sell_presenter.view
    assert view is not None
    assert [line.quantity_milli for line in view.lines] == [1250]


def test_a_serial_scanner_takes_the_same_way_as_one_that_types(bench: Bench) -> None:
    bench.line.plug_in()
    shop = bench.open(DeviceSettings(scanner_port=str(bench.line.device)))
    devices = shop.till.window.devices.devices
    shop.hands.settle(until=lambda: bool(devices.scanner_present))
    model = shop.till.window.screens.sell.model

    bench.line.say(f"{BREAD}\r".encode())
    shop.hands.settle(until=lambda: model.rowCount() == 1)
    shop.till.window.go("shift")  # from any screen
    bench.line.say(f"{CROISSANT}\r\n".encode())
    shop.hands.settle(until=lambda: model.rowCount() == 2)

    assert shop.place == "sell"


def test_a_serial_scanner_that_is_pulled_out_is_missed_in_words(bench: Bench) -> None:
    bench.line.plug_in()
    shop = bench.open(DeviceSettings(scanner_port=str(bench.line.device)))
    devices = shop.till.window.devices.devices
    shop.hands.settle(until=lambda: bool(devices.scanner_present))

    bench.line.unplug()
    shop.hands.settle(until=lambda: "扫码枪" in shop.till.window.notice.text)

    bench.line.plug_in()
    shop.hands.settle(until=lambda: bool(devices.scanner_present))


def test_a_scanner_is_learned_by_three_scans_and_works_by_it_after_a_start(bench: Bench) -> None:
    shop = bench.open(DeviceSettings())
    shop.till.window.go("devices")
    for _ in range(2):
        shop.hands.press(Qt.Key.Key_Down)
    shop.hands.type("1")
    card = shop.top_card()
    assert isinstance(card, LearnScannerCard)

    slow_scans(shop, f"~{SHOWN_CODE}", times=3)
    shop.hands.settle(until=card.take.isEnabled)
    shop.hands.enter()
    shop.hands.settle(until=lambda: shop.till.window.devices.settings.wedge is not None)

    learned = load_device_settings(bench.folder / "0" / "devices.json").wedge
    assert learned is not None
    assert (learned.prefix, learned.gap_ms) == ("~", 90)
    shop.start_again()
    shop.hands.log_in("1111")
    slow_scans(shop, f"~{BREAD}", times=1)  # too slow for a scanner as it comes from the factory
    shop.hands.settle(until=lambda: shop.till.window.screens.sell.model.rowCount() == 1)
    assert shop.till.window.screens.sell.scan_box.text() == ""


def slow_scans(shop: Shop, code: str, times: int) -> None:
    """A Bluetooth scanner: 40 ms between two keys."""
    for _ in range(times):
        shop.key_clock.advance(1_000)
        shop.hands.scan(code, pause_ms=40)


def test_a_person_is_not_learned_as_a_scanner(bench: Bench) -> None:
    shop = bench.open(DeviceSettings())
    shop.till.window.go("devices")
    shop.till.window.screens.devices.choose(2)
    shop.hands.type("1")
    card = shop.top_card()
    assert isinstance(card, LearnScannerCard)
    for _ in range(3):
        shop.hands.type("6901234")
        shop.hands.enter()
        shop.key_clock.advance(1_000)

    shop.hands.settle(until=lambda: "敲" in card.told.text() or "手" in card.told.text())
    assert not card.take.isEnabled()
    shop.hands.press(Qt.Key.Key_Escape)
    assert shop.top_card() is None
    shop.hands.scan(BREAD)  # the keyboard is the till's again
    assert shop.till.window.screens.sell.model.rowCount() == 1


# --- sounds -----------------------------------------------------------------------------------------------------------


def test_a_scan_is_heard_as_taken_or_not_on_any_screen(bench: Bench) -> None:
    shop = bench.open(DeviceSettings())
    ears = Ears()
    shop.till.window.devices.devices._player = ears  # type: ignore[assignment]  # a player for tests
    shop.hands.scan(BREAD)
    shop.hands.scan("6999999999994")
    shop.hands.press(Qt.Key.Key_F9)
    shop.hands.scan(WATER)
    assert ears.heard == ["accepted", "refused", "accepted"]

    shop.till.window.go("devices")
    shop.till.window.screens.devices.choose(6)
    shop.hands.type("1")
    shop.hands.settle(until=lambda: not shop.till.window.devices.settings.sounds)
    shop.hands.scan(BREAD)
    assert len(ears.heard) == 3
