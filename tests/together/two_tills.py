"""A chain of one HQ, two stores and a till in each, all in this process, with wires that can be cut or made stormy.

The cashier is the replay's: real rules, real ledger, real engine. For tests of till and HQ together.
"""

import random
from collections import Counter
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import select

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import tables
from pos_client.ledger import Ledger, verify
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import load_keys
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.ids import HQ_TILL_ID, IdSource
from shared_models.moments import ManualClock
from tests.replay.chain import RULES, wait_for_the_feed
from tests.replay.people import People, first_card_of, phone_of
from tests.replay.plan import TillName
from tests.replay.reader import ExactPrice, Row
from tests.replay.till import ReplayTill
from tests.together.storm import StormyWire

MORNING_MS = 1_750_000_000_000
KNOWN = ("12346", "12348")
COUPON_FEN = 200


class OwnClock:
    """A till's clock on the wall: the true time, and what it is wrong by."""

    def __init__(self, true: ManualClock) -> None:
        self._true = true
        self.wrong_by_ms = 0

    def now_ms(self) -> int:
        return self._true.now_ms() + self.wrong_by_ms

    def monotonic_ms(self) -> int:
        return self._true.monotonic_ms()


def row(amount_fen: int, quantity: int = 1, goods_id: str = "BREAD") -> Row:
    """A line of so many pieces at a price."""
    return Row(
        number=1, invoice="1", goods=goods_id, name="Bread", quantity=quantity, at_ms=0, price=ExactPrice(amount_fen),
        member=None, store="",
    )  # fmt: skip


@dataclass(slots=True)
class TwoTills:
    """Till A and till B, and HQ."""

    hq: Hq
    clock: ManualClock
    folder: Path
    a: ReplayTill
    b: ReplayTill
    wires: dict[str, StormyWire]
    clocks: dict[str, OwnClock]
    known: dict[str, UUID]
    people: People = field(default_factory=People)

    @property
    def tills(self) -> tuple[ReplayTill, ReplayTill]:
        return self.a, self.b

    def new_code(self, store_code: str) -> str:
        """A code by which one more till of the store enrols."""

        def make(work: Work) -> str:
            store = stores.store_by_code(work.connection, store_code)
            return stores.new_enrolment_code(work, store.store_id).code

        return self.hq.desk.run(make)

    def plug(self, till: ReplayTill, *, pulled: bool) -> None:
        """Pull a till's plug, or put it back."""
        till.wire.down = pulled

    def serve(
        self, till: ReplayTill, member_id: UUID | None, amount_fen: int, *, coupon: bool = False
    ) -> tuple[UUID, int, int]:
        """A sale from card to receipt: (sale id, paid in stored value, points used)."""
        basket_id = till.attach(member_id) if member_id is not None else None
        if not till.wire.down:
            till.sync(pull=True)
        done = till.sell((row(amount_fen),), member_id, basket_id, coupon_wanted=coupon)
        if not till.wire.down:
            till.sync(pull=False)
        return UUID(hex=done.business_id), done.paid.stored_fen, done.paid.points_used

    def heal(self) -> None:
        """All plugs in, fair weather, until nothing waits."""
        for till in self.tills:
            till.wire.down = till.wire.faults = False
        self.clock.advance(3_600_000)
        for _ in range(2):
            for till in self.tills:
                till.sync(pull=True)
            wait_for_the_feed(self.hq)
        for till in self.tills:
            till.sync(pull=True)
        for till in self.tills:
            till.wire.faults = True

    def disagreements(self) -> list[str]:
        """What differs between tills and HQ, or does not verify at either end."""
        found: list[str] = []
        with self.hq.desk.read() as connection:
            entries = tables.entries.c
            asked = select(entries.till_id, entries.epoch, entries.seq, entries.entry_hash, entries.verdict)
            at_hq = Counter(
                (each[0], each[1], each[2], bytes(each[3]))
                for each in connection.execute(asked.where(entries.till_id != HQ_TILL_ID))
            )
            parked = connection.execute(asked.where(entries.verdict == "parked")).all()
            found += [f"parked: {each}" for each in parked]
            found += [f"HQ: {fault}" for fault in hq_verify.verify(connection).faults]
        at_tills = Counter(
            (entry.till_id, entry.epoch, entry.seq, entry.entry_hash)
            for till in self.tills
            for entry in till.ledger.entries_after(0, 100_000, 10**9)
        )
        found += [f"not the same entries: {each}" for each in (at_tills - at_hq) + (at_hq - at_tills)]
        for till in self.tills:
            told = verify(till.ledger.folder)
            found += [f"{till.name.store}: {finding}" for finding in told.findings]
        return found

    def balance(self, member_id: UUID) -> tuple[int, int]:
        """(stored value, points less debts) of a person at HQ, over all ids."""
        with self.hq.desk.read() as connection:
            columns = tables.members.c
            canonical = connection.scalar(select(columns.canonical_id).where(columns.member_id == member_id))
            ids = connection.scalars(select(columns.member_id).where(columns.canonical_id == canonical)).all()
            lots = tables.member_lots.c
            sums: Counter[bool] = Counter()
            for lot, balance in connection.execute(select(lots.lot, lots.balance).where(lots.member_id.in_(ids))):
                sums[lot.startswith("points:")] += balance
            debts = connection.scalars(select(columns.points_debt).where(columns.member_id.in_(ids))).all()
        return sums[False], sums[True] - sum(debts)

    def exceptions(self) -> list[str]:
        """Names of the exceptions HQ has taken entries with."""
        with self.hq.desk.read() as connection:
            entries = tables.entries.c
            return list(connection.scalars(select(entries.verdict_codes).where(entries.verdict == "exception")))


@contextmanager
def open_two_tills(folder: Path, database_url: str, seed: int = 1) -> Iterator[TwoTills]:
    """The chain, enrolled and up to date."""
    with ExitStack() as open_things:
        clock = ManualClock(MORNING_MS)
        ids = IdSource(clock, random.Random(seed))
        hq = open_hq(database_url, folder / "hq-keys", clock, ids)
        open_things.callback(hq.close)
        codes, known = hq.desk.run(_organise)
        people = People()
        for member, member_id in known.items():
            people.cards[member].append(first_card_of(member))
            people.ids[member].add(member_id)
        wires: dict[str, StormyWire] = {}
        clocks: dict[str, OwnClock] = {}
        tills = []
        for store, code in codes.items():
            chance = random.Random(f"{seed}/{store}")
            wires[store] = StormyWire(hq.api, chance)
            clocks[store] = own = OwnClock(clock)
            own_ids = IdSource(own, chance)
            place = folder / f"till-{store}"
            ledger = open_things.enter_context(Ledger.open(place / "ledger", own, own_ids))
            answer = enrol(wires[store], code, ledger, place / "keys")
            keys = load_keys(place / "keys")
            api = HqApi(wires[store], answer.till_id, keys.device_key, own)
            till = ReplayTill(
                TillName(store, 1), ledger, api, wires[store], keys.phone_key, own, own_ids, chance, Counter()
            )
            till.sync(pull=True)
            tills.append(till)
        yield TwoTills(hq, clock, folder, tills[0], tills[1], wires, clocks, known, people)


def _organise(work: Work) -> tuple[dict[str, str], dict[str, UUID]]:
    chain.set_up(work, "Together")
    document = msgspec.json.decode(msgspec.json.encode(RULES), type=dict[str, object])
    codes: dict[str, str] = {}
    for code in ("A", "B"):
        store = StoreRow(store_id=work.ids.new_id(), code=code, name=f"Store {code}")
        stores.save_store(work, store)
        rule_configs.publish_rules(work, store.store_id, document, effective_from="2020-01-01", author="test")
        codes[code] = stores.new_enrolment_code(work, store.store_id).code
    goods.save_goods(work, [GoodsRow(goods_id="BREAD", name="Bread", open_price=True)])
    known = {member: work.ids.new_id() for member in KNOWN}
    new = [
        members.NewMember(
            member_id=member_id,
            profile=Profile(name=f"Member {member}", card_codes=(first_card_of(member),)),
            phone=phone_of(member),
        )
        for member, member_id in known.items()
    ]
    members.create(work, new)
    template = coupons.CouponTemplate(
        template_id="two-off", name="2 off", kind="amount_off", amount_fen=COUPON_FEN, valid_days=100
    )
    coupons.save_template(work, template)
    coupons.issue(work, template, list(known.values()))
    return codes, known
