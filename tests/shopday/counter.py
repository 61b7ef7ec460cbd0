"""One till of the day and whoever stands at it: keys and scans, and the count that is kept beside them."""

import random
from dataclasses import dataclass
from typing import Any

from shared_models.catalog import GoodsRow
from tests.shopday.count import Noted, ShiftCount, in_notes
from tests.shopday.shop import Shop, ShopTill
from tests.shopday.watched import WatchedTill
from tests.together.seed_chain import SeedStaff

SAVE_FROM_FEN = ((20_000, 3_000), (10_000, 1_000))
"""This store's 满200减30, 满100减10."""
CASH_STEP_FEN = 10


@dataclass(frozen=True, slots=True)
class Sold:
    """A sale of this till that can still come back."""

    receipt_number: str
    total_fen: int
    cash_fen: int


class Counter:
    """`process` is the till's real window; every figure in `count` was worked out here or read off the screen."""

    def __init__(self, shop: Shop, till: ShopTill, process: WatchedTill, randomness: random.Random) -> None:
        self.shop = shop
        self.till = till
        self.process = process
        self.randomness = randomness
        self.counts: list[ShiftCount] = []
        self.cash_sales: list[Sold] = []
        self.wallet_fen = 0
        self.wallet_payments = 0
        self.power_cuts = 0
        self.deeds: list[str] = []
        self.coded = [row for row in shop.seed.goods if row.barcodes and not row.weighed]

    @property
    def count(self) -> ShiftCount:
        """Of the shift that is open."""
        return self.counts[-1]

    # --- hands -------------------------------------------------------------------------------------------------------

    def open_shift(self, cashier: SeedStaff, float_fen: int) -> None:
        """By badge, with the cash that lies in the drawer."""
        self.process.wait(staff_known=True)
        self.process.scan(cashier.badge)
        self.process.wait(place="shift_open")
        self.process.type(f"{float_fen / 100:.2f}")
        self.process.press("Return")
        self.process.wait(place="sell")
        self.counts.append(ShiftCount(cashier_id=cashier.staff_id, float_fen=float_fen))

    def close_shift(self) -> None:
        """The blind count, and the shift is over."""
        self._count_drawer("9")
        self.process.wait(place="shift_open")
        self.process.press("Return")

    def hand_over(self, cashier: SeedStaff) -> None:
        """One count, and the next cashier signs for it with her badge."""
        self._count_drawer("7")
        self.process.wait(card="ApprovalCard")
        self.process.scan(cashier.badge)
        self.process.wait(place="sell", card="ReceiptCard")
        self.process.press("Return")
        self.counts.append(ShiftCount(cashier_id=cashier.staff_id, float_fen=self.count.cash_fen))

    def _count_drawer(self, key: str) -> None:
        """What the pencil says lies in the drawer, by note and coin."""
        self.choose("班次")
        self.process.wait(place="shift")
        self.process.type(key)
        for number in in_notes(self.count.cash_fen):
            if number:
                self.process.type(str(number))
            self.process.press("Down")
        self.process.press("Return")

    def choose(self, words: str) -> dict[str, Any]:
        """A function behind F10."""
        self.process.press("F10")
        return self.process.menu(words)

    def approved(self) -> dict[str, Any]:
        """If the flow asks for a manager, her badge is scanned."""
        seen = self.process.look()
        if seen["card"] == "ApprovalCard":
            seen = self.process.scan(self.shop.manager.badge)
        assert seen["card"] != "ApprovalCard", f"the manager's badge changed nothing: {seen}"
        return seen

    def put_away(self) -> None:
        """The member leaves without buying."""
        self.process.press("Alt+C")
        self.process.menu("移除会员")
        self.process.wait(member="", card="")

    def scan_goods(self, number: int) -> list[GoodsRow]:
        """So many pieces with a code, seeded."""
        goods = [self.randomness.choice(self.coded) for _ in range(number)]
        self.process.scan(*(row.barcodes[0] for row in goods))
        return goods

    # --- the pencil --------------------------------------------------------------------------------------------------

    def written(self, kind: str, before: int) -> tuple[str, dict[str, Any]]:
        """The number and body of what was just written to disk: one entry of that kind."""
        assert self.till.place.receipts() == before + 1, f"no {kind} came of it: {self.process.look()}"
        entry_type, number, body = self.till.place.last_receipt()
        assert entry_type == kind, entry_type
        return number, body

    def note(self, kind: str, number: str, total_fen: int, handed_over_fen: int = 0, **tenders: int) -> None:
        """Write it down."""
        self.count.note(
            Noted(
                receipt_number=number, kind=kind, total_fen=total_fen,
                tenders={name: amount for name, amount in tenders.items() if amount},
                handed_over_fen=handed_over_fen,
            )
        )  # fmt: skip
        self.deeds.append(kind)


def shelf_price_fen(goods: list[GoodsRow]) -> int:
    """What a customer without a card pays for goods with a code: the shelf's prices and this store's 满减."""
    total_fen = sum(row.price.amount_fen for row in goods)
    return total_fen - next((off for step, off in SAVE_FROM_FEN if total_fen >= step), 0)


def cash_of(due_fen: int) -> int:
    """抹零: what is paid in cash."""
    return due_fen - due_fen % CASH_STEP_FEN
