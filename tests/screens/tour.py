"""A walk through every screen and state of the till, by keys and scans, with a stop wherever there is something to see.

At each stop a picture is kept and everything is noted that a person could not read, hit, hear named, or add up. The
tests walk in a few variants; `tests.screens.gallery` in all of them, and makes the index.
"""

from pathlib import Path

from msgspec.structs import replace as struct_replace
from PySide6.QtCore import Qt

from shared_models.bodies import Sale
from shared_models.catalog import GoodsRow
from shared_models.codes import receipt_code
from shared_models.sales import Price
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, MORNING_MS, WATER, ZHOU_CARD, zhou
from tests.screens.conftest import Shop
from tests.screens.looking import (
    cut_off,
    first_key_takes_away,
    for_eyes_only,
    nameless,
    small_targets,
    small_words,
    uneven_keys,
    words_of,
)
from tests.screens.totals import totals_that_differ
from tests.screens.tour_devices import devices_and_display

ALT, CTRL = Qt.KeyboardModifier.AltModifier, Qt.KeyboardModifier.ControlModifier
LONG_NAMES = (
    "冷藏日式北海道戚风蛋糕六寸双层芒果慕斯限定款",
    "Stone-ground wholemeal sourdough with walnuts and raisins, 800 g",
    "无糖低脂高蛋白黑麦全麦欧包早餐组合装十二只",
)
FULL_LINES = 26


class Tour:
    """Stops at a screen. `problems` names for each stop what is not right there."""

    def __init__(self, shop: Shop, folder: Path) -> None:
        self.shop = shop
        self.folder = folder
        self.stops: list[str] = []
        self.problems: dict[str, list[str]] = {}
        self.texts: dict[str, str] = {}

    def stop(self, place: str) -> None:
        """A picture, and a good look."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.shop.hands.picture(str(self.folder / f"{place}.png"))
        self.stops.append(place)
        window = self.shop.till.window
        self.texts[place] = words_of(window)
        found = cut_off(window) + small_words(window) + small_targets(window) + nameless(window)
        found += for_eyes_only(window) + first_key_takes_away(window) + uneven_keys(window)
        found += totals_that_differ(window)
        if found:
            self.problems[place] = found

    def press(self, *keys: Qt.Key) -> None:
        """One key after the other."""
        for key in keys:
            self.shop.hands.press(key)

    def escape(self, times: int = 1) -> None:
        """Back."""
        self.press(*([Qt.Key.Key_Escape] * times))


def walk(tour: Tour) -> None:
    """All of it. The shop was just opened; nobody works there yet."""
    tour.shop.grant_everything()
    tour.stop("login")
    tour.shop.hands.type("12")
    tour.shop.hands.enter()
    tour.stop("login-wrong")
    tour.shop.hands.log_in("1111")
    tour.stop("shift-open")
    tour.shop.hands.type("200")
    tour.shop.hands.enter()
    sell(tour)
    pay(tour)
    money(tour)
    hold(tour)
    back_office(tour)
    full_and_long(tour)
    devices_and_display(tour)


def sell(tour: Tour) -> None:
    """The sell screen and the panels over it."""
    hands = tour.shop.hands
    tour.stop("sell-empty")
    hands.scan("6999999999994")
    tour.stop("sell-unknown-code")
    for code in (BREAD, CROISSANT, CROISSANT, WATER, WATER, WATER):
        hands.scan(code)
    tour.stop("sell")
    tour.press(Qt.Key.Key_Delete)
    tour.stop("sell-taken-out")
    hands.press(Qt.Key.Key_Z, CTRL)
    hands.scan(ZHOU_CARD)
    tour.stop("sell-member")
    tour.press(Qt.Key.Key_F11)
    tour.stop("sell-grid")
    tour.press(Qt.Key.Key_F11)
    for key, name in ((Qt.Key.Key_F3, "quantity"), (Qt.Key.Key_F4, "discount"), (Qt.Key.Key_F10, "more")):
        tour.press(key)
        tour.stop(name)
        tour.escape()
    hands.type("00123")
    hands.enter()
    tour.stop("weight")
    tour.escape()
    tour.press(Qt.Key.Key_F2)
    hands.type("5678")
    hands.enter()
    tour.stop("find")
    hands.press(Qt.Key.Key_R, ALT)
    tour.stop("register")
    hands.enter()
    tour.stop("register-refused")
    tour.escape(2)
    hands.enter()
    tour.stop("sell-best-combination")
    hands.press(Qt.Key.Key_F4)
    hands.type("50")
    hands.enter()
    tour.stop("approval")
    tour.escape()


def pay(tour: Tour) -> None:
    """Paying in every way, and what comes after."""
    hands = tour.shop.hands
    tour.press(Qt.Key.Key_F9)
    tour.stop("pay")
    tour.press(Qt.Key.Key_F6)
    tour.stop("pay-coupons")
    tour.escape()
    tour.press(Qt.Key.Key_F7)
    tour.stop("pay-more")
    hands.type("2")
    tour.stop("pay-voucher")
    tour.escape()
    tour.press(Qt.Key.Key_F1)
    tour.stop("pay-stored-value")
    tour.press(Qt.Key.Key_F1, Qt.Key.Key_F2)
    tour.stop("pay-cash")
    hands.type("5")
    tour.stop("pay-cash-typed")
    hands.enter()
    tour.stop("pay-split")
    tour.press(Qt.Key.Key_F3)
    hands.enter()
    tour.stop("done")
    tour.escape()
    hands.scan(BREAD)
    tour.press(Qt.Key.Key_F9)
    hands.type("20")
    hands.enter()
    tour.stop("done-change")
    tour.escape()
    for _ in range(15):
        hands.scan(BREAD)
    tour.press(Qt.Key.Key_F2)
    hands.type("13800005678")
    hands.enter()
    tour.press(Qt.Key.Key_F9, Qt.Key.Key_F1)
    tour.stop("presence")
    tour.escape()
    hands.press(Qt.Key.Key_F2)
    hands.enter()
    tour.escape()


def money(tour: Tour) -> None:
    """Top-ups and refunds."""
    hands = tour.shop.hands
    hands.scan(ZHOU_CARD)
    tour.press(Qt.Key.Key_F8)
    tour.stop("top-up")
    hands.press(Qt.Key.Key_2, ALT)
    tour.press(Qt.Key.Key_F2)
    tour.stop("top-up-paid")
    hands.enter()
    tour.stop("top-up-done")
    tour.escape()
    tour.press(Qt.Key.Key_F7)
    tour.stop("refund-list")
    sale = tour.shop.bakery.written(Sale)[0]
    hands.scan(receipt_code(sale.receipt_number))
    tour.stop("refund-found")
    hands.enter()
    tour.stop("refund-all")
    hands.press(Qt.Key.Key_N, ALT)
    tour.stop("refund-without-receipt")
    hands.scan(BREAD)
    tour.stop("refund-without-receipt-goods")
    tour.escape(2)


def hold(tour: Tour) -> None:
    """Two baskets aside."""
    hands = tour.shop.hands
    hands.scan(ZHOU_CARD)
    for code in (BREAD, WATER):
        hands.scan(code)
        tour.press(Qt.Key.Key_F5)
    tour.press(Qt.Key.Key_F6)
    tour.stop("held")
    tour.escape()


def back_office(tour: Tour) -> None:
    """Shift, sync, settings, reports, menus behind them."""
    hands, window = tour.shop.hands, tour.shop.till.window
    for place in ("shift", "sync", "settings", "reports"):
        window.go(window.screens.place_named(place))
        hands.settle()
        tour.stop(place)
    window.go("shift")
    for key, name in (("1", "cash-in"), ("9", "count")):
        hands.type(key)
        tour.stop(name)
        tour.escape()
    window.go("sell")
    for key, name in (
        ("5", "reprint"),
        ("6", "exchange"),
        ("9", "undo-nothing"),
        ("A", "void"),
        ("B", "correct-payment"),
    ):
        tour.press(Qt.Key.Key_F10)
        hands.type(key)
        tour.stop(name)
        tour.escape()


def full_and_long(tour: Tour) -> None:
    """A basket that scrolls, long names, a member about whom there is much to say."""
    shop, hands = tour.shop, tour.shop.hands
    codes = [f"6900000{number:05d}" for number in range(FULL_LINES)]
    rows = [
        GoodsRow(goods_id=f"long{place}", name=f"{LONG_NAMES[place % 3]} {place}", plu=code, price=Price(1_234_56))
        for place, code in enumerate(codes)
    ]
    shop.bakery.tell(*(shop.bakery.row("goods", row.goods_id, row) for row in rows))
    talkative = struct_replace(
        zhou(),
        name="欧阳诸葛慕容司马女士",
        tags=("宝妈", "低糖", "周末客", "企业团购"),
        alerts=("VIP 客户，请店长接待", "上次投诉未回访"),
        tier_progress_fen=468_800,
        tier_next_name="钻石",
        tier_next_fen=500_000,
        confirmed_at_ms=MORNING_MS,
    )
    shop.bakery.tell_member(talkative)
    for row in rows:
        hands.type(row.goods_id)
        hands.enter()
    hands.scan(ZHOU_CARD)
    shop.till.window.figures_changed()
    hands.settle()
    tour.stop("full")
    tour.press(Qt.Key.Key_F11)
    tour.stop("full-grid")
    tour.press(Qt.Key.Key_F11, Qt.Key.Key_F9)
    tour.stop("full-pay")
    tour.escape()
