"""A till as a process of its own, told what to do by its arguments and what happened by its standard output.

    python -m tests.crash.cashier FOLDER TASK [COUNT]

Every line it prints is something a customer could hold in the hand: it is printed after the ledger said that it is
safe. It waits for a line on standard input before it begins, so that somebody can begin to watch it.
"""

import os
import resource
import sys
import threading
from pathlib import Path

from pos_client.ledger import Ledger
from shared_models.bodies import GrantAdopted, Lookup, TokenMove
from shared_models.entries import read_head
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from shared_models.refusals import Refusal
from shared_models.sync import ControlAnswer
from tests.pos_client.ledger.shop import MEMBER, POINTS_LOT, Shop

HOUSEKEEPING_SECONDS = 1.0
ROOM_BYTES = 160 * 1024


def say(*words: object) -> None:
    """Print for the customer, unbuffered."""
    os.write(1, (" ".join(str(word) for word in words) + "\n").encode())


def sell(shop: Shop, count: int) -> None:
    """Sales to a member who earns points, each receipt printed once it is safe."""
    for _ in range(count):
        sale = shop.sale(5_000, lines=5, member=MEMBER, earned=50)
        entry = shop.ledger.append(sale)
        say("receipt", sale.receipt_number, entry.seq)


def sell_after_a_checkpoint(shop: Shop, count: int) -> None:
    """Enough sales for the log to be worth copying, the copying, and then the sales that are looked at."""
    while not shop.ledger.checkpoint():
        shop.ledger.append(shop.sale(5_000, lines=5, member=MEMBER, earned=50))
    say("copied")
    sell(shop, count)


def sell_through_a_bad_disk(shop: Shop, count: int) -> None:
    """A sale that cannot be told safe is tried again under its own id, as the checkout does."""
    for _ in range(count):
        sale = shop.sale(5_000, lines=5, member=MEMBER, earned=50)
        while True:
            try:
                entry = shop.ledger.append(sale)
            except Refusal as refusal:
                say("refused", refusal.code, shop.ledger.head().seq)
                continue
            say("receipt", sale.receipt_number, entry.seq)
            break


def fill_the_disk(shop: Shop, _count: int) -> None:
    """Sell until there is no room left, get room, and sell on."""
    log = shop.folder / "ledger.db-wal"
    _, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (log.stat().st_size + ROOM_BYTES, hard))
    while True:
        sale = shop.sale(5_000, lines=5, member=MEMBER, earned=50)
        try:
            entry = shop.ledger.append(sale)
        except Refusal as refusal:
            say("refused", refusal.code, shop.ledger.head().seq)
            break
        say("receipt", sale.receipt_number, entry.seq)
    resource.setrlimit(resource.RLIMIT_FSIZE, (hard, hard))
    say("receipt", sale.receipt_number, shop.ledger.append(sale).seq)


def look_up(shop: Shop, _count: int) -> None:
    """One look-up, and nothing else for the rest of its life but the second hand of the till."""

    def keep_house() -> None:
        while True:
            threading.Event().wait(HOUSEKEEPING_SECONDS)
            shop.ledger.flush_lookups()

    threading.Thread(target=keep_house, daemon=True).start()
    now_ms = SystemClock().now_ms()
    shop.ledger.append_lookup(Lookup(at_ms=now_ms, cashier_id="c1", means="card", member_id=MEMBER, outcome="shown"))
    say("shown")
    threading.Event().wait()


def scan(shop: Shop, count: int) -> None:
    """A basket of `count` lines, one scan after the other, and then nobody pays."""
    basket_id = shop.ids.new_id()
    lines: list[str] = []
    for number in range(count):
        lines.append(f"line {number + 1}")
        shop.ledger.save_basket(basket_id, "open", "\n".join(lines).encode(), MEMBER)
        say("line", number + 1)
    threading.Event().wait()


def take_an_answer(shop: Shop, _count: int) -> None:
    """A request of the control lane, and HQ's answer to it with a grant and a coupon."""
    shop.ledger.append(shop.sale())
    head = shop.ledger.head()
    number = shop.ledger.start_request("rights", 0, 0, b"", lambda number: number.to_bytes(32, "big")).number
    coupon = TokenMove(token=shop.ids.new_id(), kind="coupon", version=1, subject=MEMBER)
    answer = ControlAnswer(
        request_number=number, outcome="ok", acked_seq=head.seq, acked_hash=head.entry_hash, grant_request=number,
        grants=(GrantAdopted(subject=MEMBER, lot=POINTS_LOT, granted_total=70),), tokens=(coupon,),
    )  # fmt: skip
    shop.ledger.close_request(number, answer)
    say("adopted")


def tell_the_time(shop: Shop, _count: int) -> None:
    """What the till thinks of its clock, and a sale all the same."""
    state = shop.ledger.clock_state()
    say("clock", state.reason or "fine", state.now_ms)
    entry = shop.ledger.append(shop.sale())
    say("receipt", read_head(entry.body).till_time_ms)


TASKS = {
    "sell": sell,
    "sell_after_a_checkpoint": sell_after_a_checkpoint,
    "bad_disk": sell_through_a_bad_disk,
    "fill_the_disk": fill_the_disk,
    "look_up": look_up,
    "scan": scan,
    "take_an_answer": take_an_answer,
    "tell_the_time": tell_the_time,
}


class RealShop(Shop):
    """The same shop by the machine's own clock and luck."""

    def opened(self) -> Ledger:
        clock = SystemClock()
        self.ids = IdSource(clock)
        return Ledger.open(self.folder, clock, self.ids)


def main() -> None:
    """Do one task."""
    folder, task, *rest = sys.argv[1:]
    shop = RealShop(Path(folder))
    say("ready", shop.ledger.head().seq)
    sys.stdin.readline()
    TASKS[task](shop, int(rest[0]) if rest else 0)
    shop.ledger.close()
    say("closed")


if __name__ == "__main__":
    main()
