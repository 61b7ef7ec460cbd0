"""The picture of the till in the README: the real window at a busy moment of an outage. Also that what it shows is so.

It is kept at build/screens/till.png; when the screen has changed for good, copy it to docs/pictures.
"""

from uuid import UUID

import msgspec
from PySide6.QtCore import Qt

from shared_models.catalog import GoodsRow
from shared_models.members import MemberCoupon
from shared_models.sales import CouponTerms, Price
from tests.pos_client.checkout.bakery import (
    BREAD,
    CROISSANT,
    EIGHT_OFF,
    ELSEWHERE,
    NEIGHBOUR_ID,
    POINTS_NEW,
    POINTS_OLD,
    PRINCIPAL,
    WATER,
    ZHOU_CARD,
    zhou,
)
from tests.screens.conftest import Shop

MINUTE_MS = 60_000
NINETY = CouponTerms(
    token=UUID("019371c0-0000-7000-8000-0000000000c8"),
    template_id="t90",
    name="全场9折",
    kind="percent_off",
    percent_off=10,
    valid_to="2026-12-31",
)
COFFEE = msgspec.structs.replace(ELSEWHERE, name="咖啡兑换券", valid_to="2026-12-31")


def _hear_of_zhou(shop: Shop) -> None:
    """HQ's last word before the line went: on the way to the next tier, two coupons here and one next door."""
    member = msgspec.structs.replace(
        zhou(),
        tier_progress_fen=468_800,
        tier_next_name="钻石会员",
        tier_next_fen=500_000,
        last_visit_date="2026-11-18",
        tags=("宝妈", "周末客", "低糖"),
        coupons=(
            MemberCoupon(terms=EIGHT_OFF),
            MemberCoupon(terms=NINETY),
            MemberCoupon(terms=COFFEE, owner_till_id=NEIGHBOUR_ID),
        ),
        confirmed_at_ms=shop.bakery.clock.now_ms() - 12 * MINUTE_MS,
    )
    shop.bakery.tell_member(member)
    shop.bakery.grant({PRINCIPAL: 20_000, POINTS_OLD: 120, POINTS_NEW: 680}, coupons=[EIGHT_OFF, NINETY])


def test_a_busy_moment_of_an_outage(shop: Shop) -> None:
    bakery, hands = shop.bakery, shop.hands
    bakery.tell(
        bakery.row("goods", "candle", GoodsRow(goods_id="candle", name="生日蜡烛(数字)", plu="00777", price=Price(500)))
    )
    _hear_of_zhou(shop)
    for other_codes in ((BREAD, WATER), (CROISSANT,)):
        for code in other_codes:
            hands.scan(code)
        hands.press(Qt.Key.Key_F9)
        hands.press(Qt.Key.Key_F2)
        hands.enter()
        hands.press(Qt.Key.Key_Escape)
    for code in (BREAD, CROISSANT):
        hands.scan(code)
    hands.press(Qt.Key.Key_F5)
    bakery.clock.advance(12 * MINUTE_MS)

    for code in (BREAD, CROISSANT, CROISSANT, ZHOU_CARD):
        hands.scan(code)
    hands.type("00777")
    hands.enter()
    bakery.checkout.basket.add_goods("apple", quantity_milli=764)
    for _ in range(3):
        hands.scan(WATER)
    shop.picture("till")

    window = shop.till.window
    assert "离线 12 分钟" in window.header.pill.text()
    assert window.screens.sell.bar.keys["resume"].words.text() == "取单 1"
    view = window.screens.sell_presenter.view
    assert view is not None
    assert view.member is not None
    assert view.member.stored_value_usable_fen == 20_000
    assert sum(line.amount_fen for line in view.lines) == view.due_fen
    assert window.screens.sell_presenter.suggestion is not None
