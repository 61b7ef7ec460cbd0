"""The cashier's page is true: followed to the letter, each section comes to what it promises."""

from collections.abc import Callable
from pathlib import Path

from pos_client.ui.screens.day_card import DayCard
from pos_client.ui.screens.flow_cards import ReceiptCard
from shared_models import bodies
from tests.screens.cashier_page import PAGE, do, steps
from tests.screens.conftest import OpenShop, Shop
from tests.screens.test_member_care import ARTICLE

WORDS_ON_A_PAGE_MAX = 2_400


def test_the_page_followed_to_the_letter_comes_to_what_it_promises(open_shop: OpenShop) -> None:
    shop = open_shop()
    shop.grant_everything()
    shop.bakery.tell(shop.bakery.row("article", ARTICLE.article_id, ARTICLE))
    done: dict[str, int] = {}
    for step in steps():
        before = shop.till.window.notice.text
        for key in step.keys:
            do(shop, key)
        said = shop.till.window.notice.text
        assert "不能" not in said or said == before, f"{step.line}: {said}"
        done[step.section] = done.get(step.section, 0) + 1
        place = f"{step.section} {done[step.section]}"
        assert AFTER.get(place, _true)(shop), f"{place}: {step.line}"

    assert " ".join(done) == (
        "开班 卖货 会员 充值 退货 预订 断网 打印机坏了 有不懂的 练习 交接班 收班和日结"
    )  # fmt: skip
    written = [type(shop.bakery.ledger.body_of(entry)) for entry in shop.bakery.ledger.entries()]
    for kind in (
        bodies.Sale, bodies.TopUp, bodies.Refund, bodies.MemberTagged, bodies.MemberEdited, bodies.MemberRegistered,
        bodies.TicketOpened,
    ):  # fmt: skip
        assert kind in written, kind
    assert [written.count(kind) for kind in (bodies.ShiftOpened, bodies.ShiftClosed)] == [2, 2]


def test_the_page_is_one_page() -> None:
    assert len(Path(PAGE).read_text(encoding="utf-8")) <= WORDS_ON_A_PAGE_MAX


def _true(_shop: Shop) -> bool:
    """No promise after this line."""
    return True


def _at(place: str) -> Callable[[Shop], bool]:
    def check(shop: Shop) -> bool:
        return shop.place == place

    return check


def _wrote(kind: type[bodies.Body], count: int) -> Callable[[Shop], bool]:
    def check(shop: Shop) -> bool:
        return len(shop.bakery.written(kind)) == count

    return check


def _training(shop: Shop) -> bool:
    return not shop.till.window.training.is_on


def _receipt(shop: Shop) -> bool:
    return isinstance(shop.top_card(), ReceiptCard)


def _day(shop: Shop) -> bool:
    return isinstance(shop.top_card(), DayCard)


AFTER: dict[str, Callable[[Shop], bool]] = {
    "开班 2": _at("sell"),
    "卖货 3": _wrote(bodies.Sale, 1),
    "卖货 4": _wrote(bodies.Sale, 2),
    "卖货 5": _wrote(bodies.Sale, 3),
    "会员 2": _wrote(bodies.Sale, 4),
    "会员 3": _wrote(bodies.MemberTagged, 1),
    "会员 4": _wrote(bodies.MemberEdited, 1),
    "会员 5": _wrote(bodies.MemberRegistered, 1),
    "充值 1": _wrote(bodies.TopUp, 1),
    "退货 1": _wrote(bodies.Refund, 1),
    "退货 2": _at("sell"),
    "预订 1": _wrote(bodies.OrderTaken, 1),
    "预订 2": _at("sell"),
    "预订 3": _wrote(bodies.OrderCollected, 1),
    "断网 1": _wrote(bodies.Sale, 6),
    "打印机坏了 2": _receipt,
    "有不懂的 2": _wrote(bodies.TicketOpened, 1),
    "有不懂的 4": _at("sell"),
    "练习 2": _training,
    "交接班 1": _wrote(bodies.ShiftClosed, 1),
    "收班和日结 1": _wrote(bodies.ShiftClosed, 2),
    "收班和日结 3": _day,
    "收班和日结 4": _receipt,
}
