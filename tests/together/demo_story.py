"""A morning at two tills, told by keystrokes in their real windows: the demo without anybody watching.

Every step is checked on the screen and in the till's book on disk; a step that does not come out stops the story.
"""

import time
from collections.abc import Callable
from typing import Any

from shared_models.catalog import GoodsRow
from shared_models.codes import receipt_code
from tests.together.demo_chain import COMMUNITY, DOWNTOWN, Stage, give_coupon
from tests.together.seed_articles import ARTICLES
from tests.together.seed_rules import DOWNTOWN_EVENING, SECOND_HALF_PRICE, TWENTY_O_CLOCK
from tests.together.till_process import TillProcess

FLOAT_YUAN = "500"
NEW_PHONE = "13800005678"


class Story:
    """Tells a morning. `tell` prints one line with the time it took."""

    def __init__(self, stage: Stage, downtown: TillProcess, community: TillProcess, say: Callable[[str], None]) -> None:
        self.stage = stage
        self.downtown = downtown
        self.community = community
        self._say = say
        self._began = time.monotonic()
        self._pictures = 0
        self.steps = 0
        self.first_receipt = ""
        self.goods = [row for row in stage.seed.goods if row.barcodes and not row.weighed]
        self.pastry = next(row for row in stage.seed.goods if row.category == "pastry")

    def tell(self, words: str) -> None:
        """One sentence of the story, with the seconds since it began."""
        self.steps += 1
        self._say(f"{time.monotonic() - self._began:6.1f} s  {words}")

    def picture(self, till: TillProcess, name: str) -> None:
        """A screenshot, numbered in the order of the story."""
        self._pictures += 1
        till.shot(self.stage.folder / "screenshots" / f"{self._pictures:02d}-{name}.png")

    # --- what a cashier does -----------------------------------------------------------------------------------------

    def log_in(self, till: TillProcess, store_code: str) -> None:
        """By badge; the shift opens with its float."""
        till.wait(seconds=60, online=True, staff_known=True)
        person = self.stage.seed.staff_of(store_code, "cashier")
        seen = till.scan(person.badge)
        if seen["place"] == "shift_open":
            till.type(FLOAT_YUAN)
            till.press("Return")
        till.wait(place="sell")

    def barcodes(self, *places: int) -> list[str]:
        """Codes of goods by their place in the list."""
        return [self.goods[place].barcodes[0] for place in places]

    def type_goods(self, till: TillProcess, goods: GoodsRow) -> None:
        """Goods without a code, by their number."""
        till.type(goods.goods_id)
        till.press("Return")

    def pay(self, till: TillProcess, *keys: str) -> dict[str, Any]:
        """To the pay screen, these keys, and the sale is on disk; its body."""
        before = till.place.receipts()
        till.press("F9")
        till.wait(place="pay")
        till.press(*keys)
        till.wait(place="sell")
        entry_type, _, body = till.place.last_receipt()
        assert till.place.receipts() == before + 1, f"no sale came of {keys}: {till.look()}"
        assert entry_type == "sale", entry_type
        till.press("Return")
        return body

    def member_pays_stored_value(self, till: TillProcess, card: str, codes: list[str]) -> dict[str, Any]:
        """The member's card, some goods, paid from the balance alone."""
        till.scan(card, *codes)
        till.wait(at_least={"stored_value_usable_fen": till.look()["due_fen"]})
        return self.pay(till, "F1", "Return")


def stored_value_fen(sale: dict[str, Any]) -> int:
    """What a sale took from stored value."""
    return sum(tender["amount_fen"] for tender in sale["tenders"] if tender["kind"] == "stored_value")


def points_spent(sale: dict[str, Any]) -> int:
    """What a sale took of points."""
    return sum(part["amount"] for part in sale.get("points_spent", ()))


def yuan(fen: int) -> str:
    """For the story's sentences."""
    return f"¥{fen // 100}.{fen % 100:02d}"


def online_morning(story: Story) -> None:
    """Sales with the line up; a top-up at one till spent at the other a moment later, the first one unplugged."""
    downtown, community, stage = story.downtown, story.community, story.stage
    for till, store_code in ((downtown, DOWNTOWN), (community, COMMUNITY)):
        story.log_in(till, store_code)
    story.tell("two tills, two cashiers by badge, a float in each drawer")
    downtown.scan(*story.barcodes(0, 1, 2))
    story.picture(downtown, "selling-online")
    downtown.press("F9")
    downtown.type("100")
    story.picture(downtown, "cash-payment")
    downtown.press("Return")
    downtown.wait(place="sell")
    story.picture(downtown, "receipt")
    entry_type, story.first_receipt, sale = downtown.place.last_receipt()
    assert entry_type == "sale"
    downtown.press("Return")
    story.tell(f"cash sale {yuan(sale['total_fen'])} at the downtown till, change from 100")
    member = stage.member(0, principal_fen=30_000, points=1_000, home_store=COMMUNITY)
    sale = story.member_pays_stored_value(community, member.card, story.barcodes(3, 4))
    assert stored_value_fen(sale) == sale["total_fen"]
    story.tell(f"{member.name} pays {yuan(sale['total_fen'])} from stored value at the community till, online")
    other = stage.member(0, principal_fen=20_000, points=500, home_store=DOWNTOWN)
    downtown.scan(other.card)
    downtown.wait(member=other.name)
    downtown.press("F8")
    downtown.wait(place="top_up")
    downtown.type("500")
    downtown.press("Return", "F2")
    story.picture(downtown, "top-up")
    downtown.press("Return")
    downtown.wait(place="sell")
    downtown.press("Return")
    entry_type, _, top_up = downtown.place.last_receipt()
    assert entry_type == "top_up", entry_type
    downtown.wait(online=True, waiting_entries=0)
    stage.till(DOWNTOWN).plug.pull()
    bonus = yuan(top_up.get("bonus_fen", 0))
    story.tell(
        f"{other.name} tops up {yuan(top_up['principal_fen'])} and gets {bonus} downtown; that till is unplugged"
    )
    community.scan(other.card, *story.barcodes(5, 6, 7, 8))
    community.wait(at_least={"stored_value_usable_fen": community.look()["due_fen"]})
    sale = story.pay(community, "F1", "Return")
    assert stored_value_fen(sale) == sale["total_fen"]
    story.tell(f"a moment later the same member pays {yuan(sale['total_fen'])} of it at the community till")
    stage.till(DOWNTOWN).plug.plug_in()
    downtown.wait(online=True)


def outage(story: Story) -> None:
    """Both plugs out: points, stored value and a coupon are spent, a member is registered, a sale refunded."""
    downtown, community, stage = story.downtown, story.community, story.stage
    first = stage.member(1, principal_fen=20_000, points=600, home_store=DOWNTOWN)
    second = stage.member(2, principal_fen=20_000, points=600, home_store=DOWNTOWN)
    third = stage.member(1, principal_fen=20_000, points=600, home_store=COMMUNITY)
    give_coupon(stage, "50-10", first)
    story.tell(f"HQ gives {first.name} a coupon while the line is up")
    downtown.scan(second.card, *story.barcodes(10))
    downtown.wait(at_least={"stored_value_usable_fen": 20_000})
    downtown.press("F5")
    downtown.scan(first.card, *story.barcodes(11, 12, 13))
    downtown.wait(at_least={"stored_value_usable_fen": 20_000, "points_usable": 600, "coupons_usable": 1})
    community.scan(third.card, *story.barcodes(14, 15))
    community.wait(at_least={"stored_value_usable_fen": 20_000})
    for till in stage.tills:
        till.plug.pull()
    for process in (downtown, community):
        process.wait(seconds=60, online=False)
    story.picture(downtown, "offline-with-rights")
    story.tell("both plugs are out; rights of three members in open baskets stay where they are")
    downtown.press("Return")
    sale = story.pay(downtown, "F1", "Return")
    assert stored_value_fen(sale) > 0
    assert points_spent(sale) > 0 or sale.get("coupons_redeemed"), "the best combination used nothing"
    coupons = len(sale.get("coupons_redeemed", ()))
    story.tell(
        f"offline: {first.name} spends {points_spent(sale)} points, {coupons} coupon and "
        f"{yuan(stored_value_fen(sale))} stored value"
    )
    downtown.press("F6")
    downtown.wait(lines=1)
    sale = story.member_pays_stored_value(downtown, second.card, [])
    story.tell(f"offline: the basket on hold comes back, {second.name} pays {yuan(stored_value_fen(sale))}")
    community.wait(member=third.name)
    sale = story.pay(community, "F1", "Return")
    story.tell(f"offline: {third.name} pays {yuan(stored_value_fen(sale))} at the community till")
    for _ in range(2):
        story.type_goods(downtown, story.pastry)
    story.picture(downtown, "second-half-price")
    sale = story.pay(downtown, "F2", "Return")
    names = {reduction["name"] for line in sale["lines"] for reduction in line.get("reductions", ())}
    is_evening = sale["inputs"]["local_minute"] >= TWENTY_O_CLOCK
    better = DOWNTOWN_EVENING if is_evening else SECOND_HALF_PRICE
    assert names == {better.name}, names
    story.tell(f"offline: two pastries, {better.name_en.lower()}, in cash")
    look_up_offline(story)
    register_offline(story)
    refund_offline(story)


def look_up_offline(story: Story) -> None:
    """A customer asks about nuts: the article is found by its initials, and read, without the line."""
    till = story.downtown
    till.press("Alt+K")
    till.wait(card="KnowledgeCard")
    till.type("gmy")
    title = next(article.title for article in ARTICLES if article.article_id == "allergens")
    till.wait(articles=[title])
    story.picture(till, "knowledge-base")
    till.press("Return")
    till.wait(card="ArticleCard", article=title)
    story.picture(till, "article")
    till.press("Escape", "Escape")
    till.wait(place="sell", card="")
    story.tell(f"offline: the article '{title}' is found by its initials and read")


def register_offline(story: Story) -> None:
    """A new member by phone, who buys at once and earns."""
    till = story.community
    till.press("F2", "Alt+R")
    till.type(NEW_PHONE)
    till.press("Tab")
    till.type("Lin")
    till.press("Tab", "Tab", "Tab", "Space")
    story.picture(till, "new-member")
    till.press("Return")
    till.wait(member="Lin")
    till.scan(*story.barcodes(16))
    sale = story.pay(till, "F2", "Return")
    earned = sum(part["amount"] for part in sale.get("points_earned", ()))
    assert earned > 0
    story.tell(f"offline: a new member is registered, buys for {yuan(sale['total_fen'])} and earns {earned} points")


def refund_offline(story: Story) -> None:
    """The morning's first receipt is scanned: everything goes back."""
    till = story.downtown
    till.scan(receipt_code(story.first_receipt))
    till.wait(place="refund")
    till.press("Alt+A")
    story.picture(till, "refund")
    till.press("Return")
    till.wait(place="sell")
    till.press("Return")
    entry_type, _, refund = till.place.last_receipt()
    assert entry_type == "refund", entry_type
    story.tell(f"offline: the first sale comes back, {yuan(refund['total_fen'])} in cash as it was paid")


def power_cut(story: Story) -> None:
    """SIGKILL in the middle of a basket, during the outage; the basket is back when the till is."""
    till = story.downtown
    till.scan(*story.barcodes(17, 18, 19))
    lines = till.look()["lines"]
    till.kill()
    till.start()
    till.wait(staff_known=True)
    till.scan(story.stage.seed.staff_of(DOWNTOWN, "cashier").badge)
    till.wait(place="sell", lines=lines, online=False)
    story.picture(till, "after-the-power-cut")
    sale = story.pay(till, "F2", "Return")
    story.tell(
        f"the downtown till is killed with {lines} lines in the basket, starts again, and sells them "
        f"for {yuan(sale['total_fen'])}"
    )


def plug_in(story: Story) -> None:
    """The line is back: everything drains, and both ends are asked whether they agree."""
    waiting = {till.place.folder.name: till.look()["waiting_entries"] for till in (story.downtown, story.community)}
    for till in story.stage.tills:
        till.plug.plug_in()
    for process in (story.downtown, story.community):
        process.wait(seconds=60, online=True, waiting_entries=0)
    story.picture(story.downtown, "synced-again")
    story.tell(f"plugs in: {sum(waiting.values())} entries had waited and are at HQ")
