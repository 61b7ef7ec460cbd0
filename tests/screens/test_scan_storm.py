"""The scan torture in short, with real X keys: nothing lost, doubled or leaked. The long one is `scan_storm`."""

import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from pos_client.sync.keys import TillKeys, new_keys, save_keys
from shared_models.catalog import GoodsRow
from shared_models.sales import Price
from tests.pos_client.checkout.bakery import MANAGER_BADGE, PHONE_KEY, Bakery
from tests.screens.scan_storm import StormTill, Weather, stormy_till
from tests.together.till_process import TillPlace

SCANS = 60
NOWHERE = "http://127.0.0.1:9"
"""Nobody listens there: the sync engine works in the background all the same, and in vain."""


def _check_digit(twelve: str) -> str:
    total = sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(twelve))
    return str(-total % 10)


def _goods() -> dict[str, str]:
    """Forty goods by their codes."""
    codes = [f"69{number:010d}" for number in range(731, 771)]
    return {code + _check_digit(code): f"g{number}" for number, code in enumerate(codes)}


@pytest.fixture
def place(tmp_path: Path) -> TillPlace:
    """The bakery with forty more goods, its shift open."""
    bakery = Bakery(tmp_path / "ledger")
    rows = [
        GoodsRow(goods_id=goods_id, name=f"面包 {goods_id}", barcodes=(code,), price=Price(500))
        for code, goods_id in _goods().items()
    ]
    bakery.tell(*(bakery.row("goods", row.goods_id, row) for row in rows))
    bakery.selling()
    bakery.close()
    keys = TillKeys(device_key=new_keys().device_key, phone_key=PHONE_KEY, phone_key_id="p1")
    save_keys(tmp_path / "keys", keys)
    return TillPlace(tmp_path, NOWHERE)


@pytest.fixture
def till(place: TillPlace) -> Iterator[StormTill]:
    """At the sell screen, a badge scanned."""
    with stormy_till(place) as till:
        till.wait(place="login")
        till.scan(MANAGER_BADGE)
        till.wait(place="sell")
        yield till


def test_no_scan_is_lost_doubled_or_leaked(till: StormTill) -> None:
    weather = Weather(till, _goods())
    storms = [
        weather.scanner("one key a millisecond", SCANS),
        weather.scanner("Caps Lock", SCANS, caps_lock=True),
        weather.input_method(SCANS),
    ]
    assert [storm.line() for storm in storms if not storm.calm] == []
    assert min(storm.panels for storm in storms[:2]) > 5


def test_a_fast_person_is_never_a_scanner_and_loses_no_letter(till: StormTill) -> None:
    began = time.monotonic()
    storm = Weather(till, _goods()).person(30)
    assert storm.calm, storm.line()
    assert time.monotonic() - began > 1.5  # the keys did come at a person's pace
