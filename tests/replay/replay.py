"""The replay itself: invoices in the order of time, lines that go down and come back, and the account beside it all."""

import random
import sys
import time
from collections import Counter, defaultdict
from dataclasses import dataclass, field
from uuid import UUID

from hq_sync_server.office.upkeep import upkeep
from shared_models.entries import BASKET_LINES_MAX
from shared_models.moments import ManualClock
from tests.replay.account import Account
from tests.replay.chain import ReplayChain, wait_for_the_feed
from tests.replay.matching import SoldLines
from tests.replay.plan import HOUR_MS, Lines, TillName, outages, till_of_visit
from tests.replay.reader import Row
from tests.replay.service import Service
from tests.replay.spool import Invoice, Spool
from tests.replay.till import ReplayTill

COUPON_WANTED_SHARE = 0.5
FLICKER_SHARE = 0.5
TOP_UP_BASKETS = 10
PROGRESS_SECONDS = 5.0
ROUNDS_TO_REST_MAX = 10


@dataclass(frozen=True, slots=True)
class SaleAt:
    """Where a sale was made."""

    till: TillName
    sale_id: UUID


@dataclass(slots=True)
class Replay:
    """Drives the tills of one chain through one file. `told` counts what happened on the way."""

    spool: Spool
    chain: ReplayChain
    clock: ManualClock
    seed: int
    outage_share: float
    told: Counter[str]
    account: Account = field(default_factory=Account)
    service: Service = field(default_factory=Service)
    _sold: SoldLines[SaleAt] = field(default_factory=SoldLines)
    _first_basket: dict[str, int] = field(default_factory=dict)
    _flickers: set[TillName] = field(default_factory=set)

    def run(self) -> None:
        """Every invoice, and then all lines up until nothing waits anywhere."""
        start_ms = self.clock.now_ms()
        lines = Lines({till: outages(self.seed, till, self.outage_share, start_ms) for till in self.chain.tills})
        progress = Progress(self.spool.count())
        for invoice in self.spool.invoices():
            for at_ms, till, down in lines.changes_until(invoice.at_ms):
                self._go_to(at_ms)
                self._line_changes(self.chain.tills[till], down)
            self._go_to(invoice.at_ms)
            self.account.invoice(invoice.number, invoice.is_refund, invoice.member, invoice.store, invoice.rows)
            till_name = till_of_visit(self.seed, invoice.store, invoice.member, invoice.number)
            if invoice.is_refund:
                self._take_back(invoice, self.chain.tills[till_name])
            else:
                self._sell(invoice, self.chain.tills[till_name])
            progress.one_more(self.told)
        self._come_to_rest()

    # --- the lines ----------------------------------------------------------------------------------------------

    def _go_to(self, at_ms: int) -> None:
        self.clock.advance(max(0, at_ms - self.clock.now_ms()))
        if self.service.sample_due(self.clock.now_ms()):
            upkeep.run_if_due(self.chain.hq.desk)  # HQ's own schedule does so: once each business date
            ids = {till.till_id: not till.wire.down for till in self.chain.tills.values()}
            with self.chain.hq.desk.read() as connection:
                self.service.sample(connection, {one for one, online in ids.items() if online}, set(ids))

    def _line_changes(self, till: ReplayTill, down: bool) -> None:
        chance = random.Random(f"{self.seed}/flicker/{till.name.store}/{till.name.number}/{self.clock.now_ms()}")
        self._flickers.discard(till.name)
        if down and not till.wire.down:
            till.sync(pull=False)  # a till says hello every five minutes; the last time shortly before
        till.wire.down = down
        self.told["outages" if down else "reconnections"] += 1
        if not down:
            till.sync(pull=False)
        elif chance.random() < FLICKER_SHARE:
            self._flickers.add(till.name)

    def _come_to_rest(self) -> None:
        """All lines up and sound; twice, because what one till gives back may settle what another one owes."""
        self._go_to(self.clock.now_ms() + HOUR_MS)
        for till in self.chain.tills.values():
            till.wire.down = till.wire.faults = False
        for _ in range(2):
            for till in self.chain.tills.values():
                till.sync(pull=False)
        wait_for_the_feed(self.chain.hq)
        self._go_to(self.clock.now_ms() + HOUR_MS)
        for till in self.chain.tills.values():
            till.sync(pull=True)
        # What was adopted last waits for the next word; it moves no money.
        for _ in range(ROUNDS_TO_REST_MAX):
            waiting = [till for till in self.chain.tills.values() if till.ledger.sync_state().waiting_entries]
            for till in waiting:
                till.sync(pull=False)

    # --- a visit ------------------------------------------------------------------------------------------------

    def _arrive(self, till: ReplayTill, member: str) -> tuple[UUID, UUID]:
        """A member shows the card: (member id, basket id), with rights where the line is up.

        Cables break while somebody is being served: in some outages the line is there for the moment in which the
        first member shows the card, and gone when they pay.
        """
        flickers = till.wire.down and till.name in self._flickers
        if flickers:
            till.wire.down = False
        online = not till.wire.down
        if online:
            till.read_news(at_once=False)
        member_id = till.member_of(member, self.chain.people)
        self.chain.people.ids[member].add(member_id)
        basket_id = till.attach(member_id)
        if online:
            till.sync(pull=False)
        if flickers:
            self._flickers.discard(till.name)
            till.wire.down = True
            self.told["flickers"] += 1
        return member_id, basket_id

    def _sell(self, invoice: Invoice, till: ReplayTill) -> None:
        member = invoice.member
        member_id = basket_id = None
        if member is not None:
            member_id, basket_id = self._arrive(till, member)
            self._top_up(till, member, member_id, invoice.rows)
        chance = random.Random(f"{self.seed}/sale/{invoice.number}")
        coupon_wanted = chance.random() < COUPON_WANTED_SHARE
        for start in range(0, len(invoice.rows), BASKET_LINES_MAX):
            rows = invoice.rows[start : start + BASKET_LINES_MAX]
            self._sell_basket(till, member, member_id, basket_id, rows, coupon_wanted)
        if not till.wire.down:
            till.sync(pull=False)
        if member is not None:
            self.service.visited(member, till.name, online=not till.wire.down)

    def _sell_basket(
        self, till: ReplayTill, member: str | None, member_id: UUID | None, basket_id: UUID | None,
        rows: tuple[Row, ...], coupon_wanted: bool,
    ) -> None:  # fmt: skip
        done = till.sell(rows, member_id, basket_id, coupon_wanted=coupon_wanted)
        had_fen = self.account.purses[member].stored_fen if member is not None else 0
        self.account.sale(done.business_id, member, rows, done.off_fen, done.paid)
        self.told["stored_value_paid_minor"] += done.paid.stored_fen
        self.told["coupons_redeemed"] += len(done.coupons)
        if till.wire.down:
            self.told["sales_offline"] += 1
            self.told["stored_value_tried_offline_minor"] += done.stored_value_tried_fen
            if member is not None:
                self.service.tried(member, till.name, done.stored_value_tried_fen, done.paid.stored_fen, had_fen)
            self.told["stored_value_paid_offline_minor"] += done.paid.stored_fen
            self.told["points_spent_offline"] += done.paid.points_used
            self.told["coupons_redeemed_offline"] += len(done.coupons)
        if member is not None:
            sale = SaleAt(till.name, UUID(hex=done.business_id))
            for line_number, row in enumerate(rows, start=1):
                self._sold.sold(member, row, sale, line_number)

    def _top_up(self, till: ReplayTill, member: str, member_id: UUID, rows: tuple[Row, ...]) -> None:
        """Ten times the first basket on the first visit, and again when the balance is below this one."""
        basket_fen = sum(row.amount_fen for row in rows)
        if basket_fen == 0:
            return
        first_fen = self._first_basket.setdefault(member, basket_fen)
        if self.account.purses[member].stored_fen >= basket_fen and member in self.account.topped_up:
            return
        business_id, bonus_fen = till.top_up(member_id, TOP_UP_BASKETS * first_fen)
        self.account.top_up(business_id, member, TOP_UP_BASKETS * first_fen, bonus_fen)

    def _take_back(self, invoice: Invoice, till: ReplayTill) -> None:
        """Rows that match a sale go back to the till that made it; the others are taken here without a receipt."""
        with_receipt: defaultdict[SaleAt, Counter[int]] = defaultdict(Counter)
        without: list[Row] = []
        for row in invoice.rows:
            line = self._sold.take(invoice.member, row)
            if line is None:
                without.append(row)
            else:
                with_receipt[line.sale][line.line_number] += -row.quantity
        self.account.sums["refund_lines_with_receipt"] += len(invoice.rows) - len(without)
        self.account.sums["refund_lines_without"] += len(without)
        for sale, pieces in with_receipt.items():
            assert invoice.member is not None
            self._refund(self.chain.tills[sale.till], invoice.member, sale, dict(pieces))
        if without:
            self._refund_without_receipt(till, invoice, tuple(without))

    def _refund(self, till: ReplayTill, member: str, sale: SaleAt, pieces: dict[int, int]) -> None:
        _, basket_id = self._arrive(till, member)
        done = till.refund(sale.sale_id, pieces, basket_id)
        self.account.refund(done.business_id, sale.sale_id.hex, pieces, done.returned)
        if not till.wire.down:
            till.sync(pull=False)

    def _refund_without_receipt(self, till: ReplayTill, invoice: Invoice, rows: tuple[Row, ...]) -> None:
        member_id = None
        if invoice.member is not None:
            member_id = till.member_of(invoice.member, self.chain.people)
            self.chain.people.ids[invoice.member].add(member_id)
        for start in range(0, len(rows), BASKET_LINES_MAX):
            some = rows[start : start + BASKET_LINES_MAX]
            business_id, returned_fen = till.refund_without_receipt(some, member_id)
            self.account.refund_without_receipt(business_id, some, returned_fen)
        if not till.wire.down:
            till.sync(pull=False)


class Progress:
    """Says on standard error how far it is, every few seconds."""

    def __init__(self, whole: int) -> None:
        self._whole = whole
        self._done = 0
        self._began = self._said = time.monotonic()

    def one_more(self, told: Counter[str]) -> None:
        """One invoice is done."""
        self._done += 1
        now = time.monotonic()
        if now - self._said >= PROGRESS_SECONDS:
            self._said = now
            share = 100 * self._done // max(1, self._whole)
            print(
                f"{share:3d} %  {self._done} of {self._whole} invoices, {told['requests']} requests,"
                f" {now - self._began:.0f} s",
                file=sys.stderr,
                flush=True,
            )
