"""Customers of a till that may end at any moment: whatever people do at a counter, by a seed.

A refusal is said and the next thing is done, as a cashier would; a disk that did not answer is asked again. Nothing is
remembered from one life of the till to the next but what its own book holds.
"""

import random
from collections.abc import Callable
from functools import partial
from typing import TypeVar

from pos_client.checkout.checkout import Checkout
from pos_client.checkout.money_views import UnreceiptedWanted
from pos_client.checkout.views import DoneView
from shared_models.refusals import Refusal
from tests.crash.places import CARDS, FLOAT_FEN
from tests.pos_client.checkout.bakery import BREAD, CROISSANT, WATER

TRIES_MAX = 3
UNSURE = frozenset({"ledger_unknown", "disk_full"})
Result = TypeVar("Result")


class Customers:
    """They come one after the other. `done` hears of everything that is said to be safe, before it is printed."""

    def __init__(
        self,
        checkout: Checkout,
        chance: random.Random,
        done: Callable[[DoneView], None],
        refused: Callable[[str], None],
    ) -> None:
        self._checkout = checkout
        self._chance = chance
        self._done = done
        self._refused = refused
        self._receipts = [sale.receipt_number for sale in checkout.refunds.recent()]

    def serve(self) -> None:
        """One customer, from the first scan to the receipt."""
        chance, basket, payment = self._chance, self._checkout.basket, self._checkout.payment
        who = chance.random()
        if who < 0.75:
            self._try(lambda: basket.scan(chance.choice(CARDS)))
        elif who < 0.85:
            phone = f"139{chance.randrange(10**8):08d}"
            self._try(lambda: self._checkout.members.register(phone, name="新会员", consents=("membership",)))
        if chance.random() < 0.35:
            self._top_up()
        for _ in range(chance.randint(1, 4)):
            self._try(lambda: basket.scan(chance.choice((BREAD, CROISSANT, WATER))))
        if chance.random() < 0.4:
            self._try(lambda: basket.set_quantity(1, chance.randint(1, 6) * 1_000))
        if chance.random() < 0.1:
            self._try(basket.hold)
            self._try(lambda: basket.resume(basket.held()[0].basket_id) if basket.held() else None)
        if chance.random() < 0.6:
            self._try(basket.adopt_suggestion)
        if chance.random() < 0.7:
            self._try(payment.pay_stored_value)
        self._try(chance.choice((payment.pay_cash, payment.pay_cash, lambda: payment.pay_external("wechat"))))
        self._finish(payment.complete)
        if chance.random() < 0.4:
            self._afterwards()
        if chance.random() < 0.03:
            self._change_shifts()

    def _afterwards(self) -> None:
        """What comes after a sale now and then."""
        checkout = self._checkout
        act = self._chance.choice((self._refund, self._void, self._without_receipt, self._exchange, self._withdraw,
                                   self._cancel_top_up))  # fmt: skip
        act()
        if self._chance.random() < 0.3:
            self._try(checkout.payment.cancel)
            self._try(checkout.basket.cancel)

    def _change_shifts(self) -> None:
        """The shift is closed on whatever cash there is said to be, and the next one begins."""
        checkout = self._checkout
        self._try(checkout.payment.cancel)
        self._try(checkout.basket.cancel)
        self._try(lambda: checkout.shifts.close({1: FLOAT_FEN}))
        if checkout.shifts.current() is None:
            self._try(lambda: checkout.shifts.open(FLOAT_FEN))

    def _refund(self) -> None:
        if not self._receipts:
            return
        refunds, number = self._checkout.refunds, self._chance.choice(self._receipts)
        found = self._try(lambda: refunds.find(number))
        if found is not None and found.lines:
            line = self._chance.choice(found.lines)
            self._finish(lambda: refunds.refund(found.sale_id, {line.line_number: min(line.left_milli, 1_000)}))

    def _void(self) -> None:
        self._finish(self._checkout.refunds.void_last)

    def _without_receipt(self) -> None:
        wanted = [UnreceiptedWanted(goods_id="water", quantity_milli=1_000)]
        self._finish(lambda: self._checkout.refunds.without_receipt(wanted))

    def _exchange(self) -> None:
        self._try(lambda: self._checkout.basket.scan(self._chance.choice(CARDS)))
        self._finish(lambda: self._checkout.exchanges.exchange("x1"))

    def _top_up(self) -> None:
        top_ups = self._checkout.top_ups
        self._try(top_ups.start)
        self._try(lambda: top_ups.choose(self._chance.choice((10_000, 30_000))))
        self._try(lambda: top_ups.pay_cash(50_000))
        self._finish(top_ups.complete)

    def _withdraw(self) -> None:
        self._try(lambda: self._checkout.basket.scan(self._chance.choice(CARDS)))
        for lot in self._try(self._checkout.top_ups.lots) or ():
            if lot.can_withdraw:
                self._finish(partial(self._checkout.top_ups.withdraw, lot.top_up_id, min(lot.principal_here_fen, 777)))
                return

    def _cancel_top_up(self) -> None:
        for lot in self._try(self._checkout.top_ups.lots) or ():
            if lot.can_cancel:
                self._finish(partial(self._checkout.top_ups.cancel, lot.top_up_id))
                return

    def _finish(self, act: Callable[[], DoneView]) -> None:
        """Something that writes a fact and prints."""
        done = self._try(act)
        if done is not None:
            if done.entry_type == "sale":
                self._receipts.append(done.receipt_number)
            self._done(done)

    def _try(self, act: Callable[[], Result]) -> Result | None:
        """Do it; a disk that did not say whether it took it is asked again, everything else is told and let be."""
        for _ in range(TRIES_MAX):
            try:
                return act()
            except Refusal as refusal:
                self._refused(refusal.code)
                if refusal.code not in UNSURE:
                    return None
        return None
