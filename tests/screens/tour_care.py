"""The second walk: a member's file and what hangs on it, the service desk, hand-over, the day's end, training."""

from msgspec.structs import replace as struct_replace
from PySide6.QtCore import Qt

from shared_models.bodies import Sale, TicketOpened
from shared_models.members import Purchase
from shared_models.service import ArticleRow, TicketRow
from shared_models.shop_day import ShiftSummary, TillShifts
from tests.pos_client.checkout.bakery import (
    BREAD,
    CROISSANT,
    MORNING_MS,
    NEIGHBOUR_ID,
    STORE_ID,
    TODAY,
    WATER,
    ZHOU_CARD,
    zhou,
)  # fmt: skip
from tests.screens.conftest import Shop
from tests.screens.tour import ALT, Tour

ARTICLES = (
    ArticleRow(article_id="cream", title="奶油蛋糕怎样保存", body="冷藏 0-4 度。", words=("保质期",), order=1),
    ArticleRow(
        article_id="oven", title="烤箱与蒸汽发生器每日打烊后的清洗步骤（含安全须知）",
        body="\n".join(f"第 {step} 步：先断电，等炉温降到 40 度以下，再擦拭内壁和托盘。" for step in range(1, 15)),
        order=2,
    ),
    ArticleRow(article_id="invoice", title="顾客要电子发票", body="扫小票下方的二维码。", order=3),
)  # fmt: skip


def walk_care(tour: Tour) -> None:
    """All of it. The shop was just opened; nobody works there yet."""
    _prepare(tour.shop)
    tour.shop.open_shift()
    member(tour)
    service(tour)
    shift(tour)
    training(tour)


def _prepare(shop: Shop) -> None:
    shop.grant_everything()
    talkative = struct_replace(
        zhou(),
        tags=("宝妈", "低糖"),
        alerts=("high_care", "VIP 客户，请店长接待"),
        own_fields={"口味": "少糖、不要坚果", "宝宝生日": "2024-06-01"},
        tier_progress_fen=468_800,
        tier_next_name="钻石",
        tier_next_fen=500_000,
        cards_stopped=("M1",),
        purchases=(
            Purchase(business_date="2026-11-20", store_id=STORE_ID, total_fen=4_580,
                     goods=("全麦吐司 450g", "法式可颂", "冷藏日式北海道戚风蛋糕六寸双层芒果慕斯限定款"), lines=5),
            Purchase(business_date="2026-11-02", store_id=STORE_ID, total_fen=1_680, goods=("全麦吐司 450g",), lines=1),
        ),
    )  # fmt: skip
    shop.bakery.tell_member(talkative)
    shop.bakery.tell(*(shop.bakery.row("article", row.article_id, row) for row in ARTICLES))


def member(tour: Tour) -> None:
    """The file, and each function of it."""
    hands = tour.shop.hands
    hands.scan(ZHOU_CARD)
    tour.stop("care-sell")
    for key, name in (("", "file"), ("1", "tags"), ("2", "profile"), ("3", "lost-card"), ("8", "ticket")):
        hands.press(Qt.Key.Key_C, ALT)
        if key:
            hands.type(key)
        tour.stop(f"care-{name}")
        if name == "profile":
            hands.enter()
            tour.stop("care-profile-nothing-changed")
        if name == "lost-card":
            hands.press(Qt.Key.Key_S, ALT)
            tour.stop("care-card-stopped")
            hands.scan(ZHOU_CARD)
            tour.stop("care-card-refused")
        if name == "ticket":
            hands.type("hair in the bread")
            hands.enter()
        tour.escape()


def service(tour: Tour) -> None:
    """Articles and tickets."""
    hands, bakery = tour.shop.hands, tour.shop.bakery
    (opened,) = bakery.written(TicketOpened)
    row = TicketRow(
        ticket_id=opened.ticket_id, store_id=STORE_ID, status="solved", changed_at_ms=MORNING_MS,
        answer="已致电道歉，送一张 20 元券；请把同批面包下架并拍照发给质量部。",
    )  # fmt: skip
    bakery.tell(bakery.row("ticket", opened.ticket_id.hex, row))
    hands.press(Qt.Key.Key_K, ALT)
    tour.stop("knowledge")
    hands.type("zzz")
    tour.stop("knowledge-nothing")
    for _ in range(3):
        hands.press(Qt.Key.Key_Backspace)
    hands.type("kx")
    hands.enter()
    tour.stop("knowledge-article")
    tour.escape(2)
    tour.press(Qt.Key.Key_F10)
    tour.stop("care-more")
    hands.type("G")
    tour.stop("tickets")
    hands.enter()
    tour.stop("ticket-answered")
    tour.escape(2)


def shift(tour: Tour) -> None:
    """Hand-over, then the day's end as a manager."""
    hands, bakery = tour.shop.hands, tour.shop.bakery
    for code in (BREAD, CROISSANT):
        hands.scan(code)
    tour.press(Qt.Key.Key_F9, Qt.Key.Key_F2)
    hands.enter()
    tour.escape()
    assert bakery.written(Sale)
    hands.scan(WATER)
    window = tour.shop.till.window
    window.go("shift")
    hands.settle()
    hands.type("1")
    hands.type("50")
    hands.enter()
    tour.stop("cash-reason")
    tour.escape()
    bakery.clock.set_wall(MORNING_MS - 3 * 3_600_000)
    window.refresh_status()
    hands.settle()
    tour.stop("clock-behind")
    hands.touch(window.banner.act)
    tour.stop("clock-what-to-do")
    tour.escape()
    bakery.clock.set_wall(MORNING_MS)
    window.refresh_status()
    hands.settle()
    hands.type("7")
    hands.type("2")
    tour.stop("hand-over-count")
    hands.enter()
    tour.stop("hand-over-sign")
    hands.type("9999")
    hands.enter()
    tour.stop("hand-over-done")
    tour.escape()
    window.go("shift")
    hands.settle()
    hands.type("8")
    tour.stop("day-not-complete")
    tour.escape()
    closed = ShiftSummary(
        shift_id=NEIGHBOUR_ID, business_date=TODAY, opened_at_ms=MORNING_MS - 7_200_000, opened_by="c7",
        float_fen=10_000, closed_at_ms=MORNING_MS - 600_000, closed_by="c7", counted_fen=1_234_567,
        expected_fen=1_234_577,
        figures={"sales": 412, "sales_fen": 2_345_678, "tender:cash": 1_224_577, "tender:wechat": 1_121_101},
    )  # fmt: skip
    told = TillShifts(till_id=NEIGHBOUR_ID, store_id=STORE_ID, heard_at_ms=MORNING_MS, shifts=(closed,))
    bakery.tell(bakery.row("till_shifts", NEIGHBOUR_ID.hex, told))
    hands.type("8")
    tour.stop("day")
    hands.enter()
    tour.stop("day-printed")
    tour.escape()


def training(tour: Tour) -> None:
    """In and out."""
    hands = tour.shop.hands
    tour.shop.till.window.go("sell")
    hands.settle()
    tour.press(Qt.Key.Key_F10)
    hands.type("H")  # a manager works here: nobody is asked
    tour.stop("training-login")
    hands.log_in("1111")
    hands.type("100")
    hands.enter()
    for code in (BREAD, WATER):
        hands.scan(code)
    tour.press(Qt.Key.Key_F2)
    hands.type("13800138000")
    hands.enter()
    tour.stop("training-sell")
    tour.press(Qt.Key.Key_F9, Qt.Key.Key_F2)
    hands.enter()
    tour.stop("training-done")
    tour.escape()
    tour.press(Qt.Key.Key_F10)
    hands.type("H")
    tour.stop("training-leave")
    hands.type("9999")
    hands.enter()
    tour.stop("training-left")
