"""A till of the bakery with its window open, and a pair of hands."""

import gc
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import ClassVar
from unittest.mock import patch

import pytest
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from pos_client.app import TillApp, open_till
from pos_client.settings import TillSettings
from pos_client.sync.keys import TillKeys, new_keys, save_keys
from pos_client.sync.wallet_line import Patience
from pos_client.ui.collector import GuiCollector
from pos_client.ui.constants_guard import hold_constants
from pos_client.ui.parts.overlay import Card
from shared_models.catalog import GridKey, GridPage
from shared_models.moments import ManualClock
from tests.pos_client.checkout.bakery import ALL_OF_ZHOU, EIGHT_OFF, PHONE_KEY, STORE_ID, Bakery
from tests.screens.hands import Hands
from tests.together.wallet_provider import KEY, MERCHANT

ROOT = Path(__file__).resolve().parents[2]
PICTURES = ROOT / "build" / "screens"
PAGES = (
    GridPage(
        page_id="p1",
        store_id=STORE_ID,
        title="常卖",
        order=1,
        keys=tuple(GridKey(goods_id=goods_id) for goods_id in ("bread", "croissant", "water", "apple", "cake", "tart")),
    ),
    GridPage(page_id="p2", store_id=STORE_ID, title="吐司", order=2, keys=(GridKey(goods_id="bread"),)),
)


COLLECT_EVERY = 24
HURRIED = Patience(customer_seconds=5.0, poll_seconds=0.02, silences_max=2, reversals_max=2)
"""With customers and providers in tests, who answer at once or never."""


class LastingCollector(GuiCollector):
    """A window's collector in a process that opens many: what was loaded before it stays frozen, and the window itself
    never is, so that ending one does not look through everything there is, which takes longer than the window."""

    def spare(self) -> None:
        """The window will go."""

    def stop(self) -> None:
        """What goes with it is collected here, in this thread."""
        self._timer.stop()
        gc.collect()
        gc.enable()


class Shop:
    """The bakery, its till with a window, and the hands at it. `bakery` speaks to the same ledger."""

    closed: ClassVar[int] = 0

    def __init__(self, folder: Path, language: str, theme: str, size: tuple[int, int], wallet_url: str = "") -> None:
        self.bakery = Bakery(folder / "ledger")
        self.bakery.tell(*(self.bakery.row("grid_page", page.page_id, page) for page in PAGES))
        self.bakery.ledger.close()
        fresh = new_keys()
        keys = TillKeys(device_key=fresh.device_key, phone_key=PHONE_KEY, phone_key_id="p1")
        save_keys(folder / "keys", keys)
        self.settings = TillSettings(
            ledger_folder=folder / "ledger",
            key_folder=folder / "keys",
            language=language,
            wallet_url=wallet_url,
            wallet_merchant=MERCHANT,
        )
        self.settings.wallet_key_path.write_bytes(KEY)
        self.theme = theme
        self.size = size
        self.key_clock = ManualClock(0)
        self.till = self._opened()
        self.hands = Hands(self.till, self.key_clock)
        self._begin()

    def _opened(self) -> TillApp:
        till = open_till(
            self.settings,
            clock=self.bakery.clock,
            key_clock=self.key_clock,
            with_line=False,
            theme=self.theme,
            patience=HURRIED,
        )
        self.bakery.ledger = till.ledger
        self.bakery.checkout = till.checkout
        return till

    def _begin(self) -> None:
        window = self.till.window
        window.resize(*self.size)
        window.show()
        window.start()
        self.hands.settle()

    def start_again(self) -> None:
        """The program ends and starts on the same folders."""
        self.till.close()
        self.till = self._opened()
        self.hands = Hands(self.till, self.key_clock)
        self._begin()

    @property
    def place(self) -> str:
        """Which screen is shown."""
        return str(self.till.window.place)

    def top_card(self) -> Card | None:
        """The panel on top."""
        return self.till.window.overlay.top_card

    def open_shift(self) -> None:
        """林 logs in and counts 200.00 of float."""
        self.hands.log_in("1111")
        self.hands.type("200")
        self.hands.enter()

    def grant_everything(self) -> None:
        """HQ hands over all of 周女士's rights and her coupon."""
        self.bakery.grant(ALL_OF_ZHOU, coupons=[EIGHT_OFF])

    def picture(self, name: str) -> None:
        """Keep what is shown under build/screens."""
        PICTURES.mkdir(parents=True, exist_ok=True)
        self.hands.picture(str(PICTURES / f"{name}.png"))

    def close(self) -> None:
        """At the end: no fault of ours happened on the way."""
        faults = list(self.till.faults)
        self.till.close()
        QApplication.processEvents()
        window = self.till.window
        window.setParent(None)
        window.deleteLater()
        QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
        # What is left of the window must not be found by the collector of another thread in a later test; what was left
        # of some before it goes now and then, in this one: looking through everything takes its time.
        Shop.closed += 1
        if Shop.closed % COLLECT_EVERY == 0:
            gc.unfreeze()
        gc.collect()
        gc.freeze()
        assert faults == []


OpenShop = Callable[..., Shop]

# The fixture `qapp` makes the QApplication, before the till's own code could.
hold_constants()


@pytest.fixture(scope="session", autouse=True)
def lasting_collector() -> Iterator[None]:
    """All windows here have it; the program's own is tried where it is tested."""
    with patch("pos_client.app.GuiCollector", LastingCollector):
        yield


@pytest.fixture
def open_shop(tmp_path: Path, qapp: QApplication) -> Iterator[OpenShop]:
    """Opens shops; all of them are closed at the end."""
    opened: list[Shop] = []

    def shop(
        language: str = "zh_CN", theme: str = "light", size: tuple[int, int] = (1366, 768), wallet_url: str = ""
    ) -> Shop:
        opened.append(Shop(tmp_path / str(len(opened)), language, theme, size, wallet_url))
        return opened[-1]

    yield shop
    for one in opened:
        one.close()


@pytest.fixture
def shop(open_shop: OpenShop) -> Shop:
    """A shop in Chinese with an open shift."""
    opened = open_shop()
    opened.open_shift()
    return opened
