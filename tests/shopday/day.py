"""The day by the clock of its story: morning, an outage over lunch with a power cut, a hand-over, the evening, Z."""

import random
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager, suppress
from dataclasses import replace

from tests.shopday import care, sales, services, stored_value, wallets
from tests.shopday.counter import Counter
from tests.shopday.shop import STORE, Shop
from tests.shopday.watched import WatchedTill
from tests.together.reconciliation import reconcile
from tests.together.seed_people import SeedMember
from tests.together.till_process import TillPlace

FLOAT_FEN = 50_000
CLOCK_AHEAD_MS = 20 * 60_000
OUTAGE_FROM, OUTAGE_TO = 0.40, 0.65
"""Of the day's sales: over lunch."""
Say = Callable[[str], None]

COMMON: tuple[tuple[Callable[[Counter], None], int], ...] = (
    (sales.exact_cash, 30),
    (sales.with_change, 20),
    (sales.recorded_payment, 8),
    (sales.split_payment, 4),
    (sales.many_pieces, 6),
    (sales.scale_label, 6),
    (sales.touched_loaves, 4),
    (sales.hold_and_resume, 2),
    (sales.changed_mind, 3),
    (sales.cancelled_basket, 1),
    (sales.other_price, 2),
    (services.refund_of_all, 3),
    (services.void_last, 1),
    (services.corrected_payment, 1),
    (services.refund_without_receipt, 1),
    (services.open_drawer, 1),
    (wallets.paid_by_wallet, 6),
    (wallets.refused_by_wallet, 1),
    (wallets.back_to_the_wallet, 1),
    (wallets.goods_exchange, 2),
    (wallets.order_and_collection, 1),
    (wallets.cancelled_order, 1),
    (wallets.order_by_wallet, 1),
    (wallets.cancelled_order_by_wallet, 1),
)
OF_MEMBERS: tuple[tuple[Callable[[Counter, SeedMember], None], int], ...] = (
    (sales.member_pays_from_balance, 10),
    (sales.member_takes_the_best, 8),
    (services.top_up, 2),
    (stored_value.top_up_by_wallet, 1),
    (care.credited, 1),
)
ONLY_ONLINE: tuple[tuple[Callable[[Counter, SeedMember], None], int], ...] = (
    (services.withdrawal, 1),
    (services.cancelled_top_up, 1),
    (stored_value.top_up_given_back, 1),
    (stored_value.withdrawal_to_wallet, 1),
    (services.exchange, 2),
)
"""Deeds that need rights which the till may not have while it is cut off."""


class Day:
    """Works `sales_wanted` sales at two tills, in turn. `counters` hold the count afterwards."""

    def __init__(
        self,
        shop: Shop,
        seed: int,
        sales_wanted: int,
        say: Say,
        *,
        open_window: Callable[[TillPlace], WatchedTill] = WatchedTill,
    ) -> None:
        self._shop = shop
        self._randomness = random.Random(f"{seed} shop day")
        self._wanted = sales_wanted
        self._say = say
        self._open_window = open_window
        self.counters: list[Counter] = []
        self._members = [
            member
            for member in shop.seed.members
            if member.card and member.home_store == STORE and member.principal_fen >= 10_000 and member.points >= 900
        ]
        self._registered = 0

    @property
    def _sold(self) -> int:
        return sum(count.sales for counter in self.counters for count in counter.counts)

    @contextmanager
    def _windows(self) -> Iterator[None]:
        with ExitStack() as stack:
            windows = [stack.enter_context(self._open_window(till.place)) for till in self._shop.tills]
            for till, window in zip(self._shop.tills, windows, strict=True):
                self.counters.append(Counter(self._shop, till, window, self._randomness))
            try:
                yield
            except BaseException:
                self._photographed()
                raise

    def _photographed(self) -> list[WatchedTill]:
        """The windows, once a picture was taken of each."""
        for counter in self.counters:
            with suppress(AssertionError, OSError):  # a till that is gone shows nothing
                counter.process.photograph()
        return [counter.process for counter in self.counters]

    def _everything_told(self) -> None:
        """HQ has every entry, and the wallets' provider was asked for whatever goes back."""
        for counter in self.counters:
            counter.process.wait(online=True, waiting_entries=0, wallets_open=[])

    def _send_the_rest(self) -> None:
        """What a till wrote by itself when all was told, rights that it gave back, goes out at its next start."""
        ledgers = {till.place.folder.name: till.place.ledger_file for till in self._shop.tills}
        if reconcile(ledgers, self._shop.folder / "hq.db").missing_at_hq:
            for till in self._shop.tills:
                till.place.must("sync-once")

    def work(self) -> None:
        """From the first shift to the last Z."""
        with self._windows():
            first, second = self.counters
            for counter, cashier in zip(self.counters, self._shop.cashiers, strict=False):
                counter.open_shift(cashier, FLOAT_FEN)
            self._say("two shifts are open")
            self._each_deed_once()
            self._sell_until(OUTAGE_FROM)
            self._cut_the_line()
            self._without_paper(first)
            self._sell_until((OUTAGE_FROM + OUTAGE_TO) / 2)
            self._power_cut(second)
            self._sell_until(OUTAGE_TO)
            self._line_is_back()
            wallets.power_cut_while_confirming(first, self._shop.cashiers[0].badge)
            self._say("the first till was without power while a customer confirmed; the payment was found and counted")
            stored_value.top_up_in_the_dark(first, self._member(), self._shop.cashiers[0].badge)
            self._say("the same while a member topped up by phone: the money went back, and no value was made")
            self._hand_over(first)
            self._sell_until(1.0)
            wallets.silent_wallet(second)
            wallets.settled_before_closing(second)
            for counter in self.counters:
                counter.close_shift()
            self._everything_told()
            self._say(f"both shifts are closed after {self._sold} sales")
            for window in self._photographed():
                window.close()
            self._send_the_rest()

    def _each_deed_once(self) -> None:
        """While the line is up, so that the day has every kind of entry whatever the seed."""
        for deed, _weight in COMMON:
            deed(self._randomness.choice(self.counters))
        for member_deed, _weight in (*OF_MEMBERS, *ONLY_ONLINE):
            member_deed(self._randomness.choice(self.counters), self._member())
        services.refund_elsewhere(*self.counters)
        for counter in self.counters:
            services.cash_in(counter)
        self._register(self.counters[0])
        self._care_for_members()
        self._say(f"every kind of deed once: {self._sold} sales")

    def _care_for_members(self) -> None:
        """What is done for a member at one till is seen at the other."""
        first, second = self.counters
        for deed in (care.tagged, care.edited):
            deed(self._randomness.choice(self.counters), self._member())
        loser = self._members.pop()
        card = care.lost_card(first, loser)
        self._everything_told()
        self._members.append(replace(loser, card=card))
        care.ticket(second)
        care.handoff(first)

    def _sell_until(self, share: float) -> None:
        while self._sold < self._wanted * share:
            counter = self._randomness.choice(self.counters)
            online = counter.till.plug.plugged_in
            if self._randomness.random() < 0.25:
                deeds = OF_MEMBERS + (ONLY_ONLINE if online else ())
                (member_deed,) = self._randomness.choices([deed for deed, _ in deeds], [weight for _, weight in deeds])
                member_deed(counter, self._member())
            elif self._randomness.random() < 0.03:
                self._register(counter)
            else:
                (deed,) = self._randomness.choices([deed for deed, _ in COMMON], [weight for _, weight in COMMON])
                deed(counter)

    def _member(self) -> SeedMember:
        return self._randomness.choice(self._members)

    def _register(self, counter: Counter) -> None:
        self._registered += 1
        services.registration(counter, self._registered)

    def _cut_the_line(self) -> None:
        for till in self._shop.tills:
            till.plug.pull()
        for counter in self.counters:
            counter.process.wait(online=False)
        self._say(f"the line is cut after {self._sold} sales")

    def _line_is_back(self) -> None:
        for till in self._shop.tills:
            till.plug.plug_in()
        self._everything_told()
        self._say(f"the line is back after {self._sold} sales")

    def _without_paper(self, counter: Counter) -> None:
        """The roll ends; customers are served all the same, and their slips come when paper is in."""
        counter.till.printer.run_out_of_paper()
        for _ in range(3):
            sales.exact_cash(counter)
        counter.till.printer.put_in_paper()
        self._say("three sales without paper")

    def _power_cut(self, counter: Counter) -> None:
        """In the middle of a basket: it is there when the till is. The machine's clock has lost its battery."""
        before = counter.till.place.receipts()
        goods = counter.scan_goods(3)
        lines = counter.process.look()["lines"]
        counter.process.kill()
        counter.process.start()
        counter.process.wait(staff_known=True)
        counter.process.scan(self._shop.cashiers[1].badge)
        counter.process.wait(place="sell", lines=lines)
        assert counter.till.place.receipts() == before
        counter.process.set_clock(ahead_ms=CLOCK_AHEAD_MS)
        sales.finish_cash(counter, goods, before)
        counter.process.set_clock(ahead_ms=0)  # the till's own time goes on from there until HQ is heard
        counter.power_cuts += 1
        self._say("the second till was without power; its basket came back and was sold")

    def _hand_over(self, counter: Counter) -> None:
        """The first cashier goes home: her drawer is counted once, the third signs for it; the basket stays."""
        before = counter.till.place.receipts()
        goods = counter.scan_goods(2)
        counter.hand_over(self._shop.cashiers[2])
        sales.finish_cash(counter, goods, before)
        self._say("shift hand-over at the first till")
