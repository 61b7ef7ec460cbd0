"""The bakery with a real HQ behind it, and two tills in one store, all in this process: the checkout over the real
sync engine, on lines that can be cut."""

import random
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec
from sqlalchemy import select

from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, staff, stores
from hq_sync_server.office.rights import coupons
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import tables
from pos_client.checkout.checkout import Checkout
from pos_client.ledger.ledger import Ledger
from pos_client.ledger.verify import verify
from pos_client.sync.engine import SyncEngine
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import load_keys
from shared_models.bodies import Sale
from shared_models.catalog import StoreRow
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from tests.pos_client.checkout.bakery import GOODS, MANAGER_PIN, MORNING_MS, RULES, WANG_CARD, ZHOU_CARD
from tests.together.storm import StormyWire

ROUNDS_MAX = 20
COUPONS_EACH = 3


@dataclass(slots=True)
class Till:
    """One of the two, with its own line."""

    number: int
    checkout: Checkout
    ledger: Ledger
    engine: SyncEngine
    wire: StormyWire

    def open_shift(self, float_fen: int) -> None:
        """The manager works here, so that no approval needs another PIN."""
        self.checkout.staff.login("m1", MANAGER_PIN)
        self.checkout.shifts.open(float_fen)

    def sync(self) -> None:
        """What the schedule would do, as often as it takes; nothing while the line is cut."""
        if self.wire.down:
            return
        for _ in range(ROUNDS_MAX):
            if not self.engine.run_once(pull=True).error:
                return
        raise AssertionError(f"till {self.number} cannot get through")

    def cut(self) -> None:
        """Its line is down, and it has noticed."""
        self.wire.down = True
        self.engine.run_once()


def sync(*tills: Till) -> None:
    """Often enough for asking, nudging, giving back, nudging and giving."""
    for _ in range(4):
        for till in tills:
            till.sync()


@dataclass(slots=True)
class Chain:
    """HQ, two tills, and two members by card code."""

    hq: Hq
    clock: ManualClock
    tills: list[Till]
    people: dict[str, UUID]

    def heal(self) -> None:
        """All lines in, until nothing waits."""
        self.clock.advance(3_600_000)
        for _ in range(3):
            for till in self.tills:
                till.wire.down = False
                till.sync()

    def faults(self) -> list[str]:
        """What does not verify at either end."""
        with self.hq.desk.read() as connection:
            found = [f"HQ: {fault}" for fault in hq_verify.verify(connection).faults]
        for till in self.tills:
            found += [f"till {till.number}: {finding}" for finding in verify(till.ledger.folder).findings]
        return found

    def exceptions(self) -> list[str]:
        """What HQ named or parked."""
        columns = tables.entries.c
        asked = select(columns.entry_type, columns.verdict, columns.verdict_codes).where(columns.verdict != "ok")
        with self.hq.desk.read() as connection:
            return [str(tuple(row)) for row in connection.execute(asked)]

    def sales(self) -> list[Sale]:
        """All sales of both tills."""
        found = [till.ledger.body_of(entry) for till in self.tills for entry in till.ledger.entries(("sale",))]
        return [body for body in found if isinstance(body, Sale)]

    def balances_at_hq(self) -> dict[tuple[UUID, str], int]:
        """Lots as HQ has posted them."""
        columns = tables.member_lots.c
        with self.hq.desk.read() as connection:
            rows = connection.execute(select(columns.member_id, columns.lot, columns.balance)).all()
        return {(row[0], row[1]): row[2] for row in rows if row[2]}

    def balances_shown(self) -> dict[tuple[UUID, str], int]:
        """Lots as the first till shows them."""
        shown: dict[tuple[UUID, str], int] = {}
        for member_id in self.people.values():
            figure = self.tills[0].ledger.member_figure(member_id)
            assert figure is not None
            shown |= {(lot.subject, lot.lot): lot.balance for lot in figure.lots if lot.balance}
        return shown


@contextmanager
def open_chain(folder: Path, seed: int) -> Iterator[Chain]:
    """The chain, enrolled and up to date."""
    with ExitStack() as open_things:
        clock = ManualClock(MORNING_MS)
        hq = open_hq(f"sqlite:///{folder / 'hq.db'}", folder / "hq-keys", clock, IdSource(clock, random.Random(seed)))
        open_things.callback(hq.close)
        codes, people = hq.desk.run(organise)
        tills = []
        for number, code in enumerate(codes, start=1):
            tills.append(till_at(open_things, hq, clock, folder / f"till-{number}", number, seed, code))
            tills[-1].sync()
        yield Chain(hq, clock, tills, people)


def till_at(
    open_things: ExitStack, hq: Hq, clock: ManualClock, place: Path, number: int, seed: int, code: str = ""
) -> Till:
    """The till of a folder, enrolled by a one-time code; without one it is opened as it was left."""
    chance = random.Random(f"{seed}/{number}")
    ids = IdSource(clock, random.Random(f"{seed}/{number}/{code}"))
    wire = StormyWire(hq.api, chance)
    ledger = open_things.enter_context(Ledger.open(place / "ledger", clock, ids))
    if code:
        enrol(wire, code, ledger, place / "keys")
    identity, keys = ledger.identity, load_keys(place / "keys")
    assert identity is not None
    engine = SyncEngine(ledger, HqApi(wire, identity.till_id, keys.device_key, clock), clock, chance)
    checkout = Checkout(
        ledger,
        clock,
        ids,
        keys,
        translate=str,
        want_rights=engine.want,
        push_soon=engine.push_soon,
        line=engine.wants,
    )
    return Till(number, checkout, ledger, engine, wire)


def organise(work: Work) -> tuple[list[str], dict[str, UUID]]:
    """A chain of one store with its goods, rules, manager and two members; one-time codes for two tills."""
    chain.set_up(work, "麦香烘焙")
    store = _open_store(work, "BJ", "滨江店", {})
    goods.save_goods(work, list(GOODS))
    people = {ZHOU_CARD: work.ids.new_id(), WANG_CARD: work.ids.new_id()}
    members.create(
        work,
        [
            members.NewMember(
                member_id=member_id,
                profile=Profile(name=f"会员 {number}", card_codes=(card,)),
                phone=f"+861380000000{number}",
            )
            for number, (card, member_id) in enumerate(people.items())
        ],
    )
    template = coupons.CouponTemplate(
        template_id="eight-off", name="满30减8", kind="amount_off", amount_fen=800, minimum_fen=3_000, valid_days=100
    )
    coupons.save_template(work, template)
    for _ in range(COUPONS_EACH):
        coupons.issue(work, template, list(people.values()))
    return [stores.new_enrolment_code(work, store.store_id).code for _ in range(2)], people


def second_store(work: Work, code: str = "XC", name: str = "新城店", **rules: object) -> str:
    """One more store, whose rules differ in these parts, with the same manager; a one-time code for its till."""
    store = _open_store(work, code, name, rules)
    return stores.new_enrolment_code(work, store.store_id).code


def _open_store(work: Work, code: str, name: str, changed: dict[str, object]) -> StoreRow:
    store = StoreRow(store_id=work.ids.new_id(), code=code, name=name)
    stores.save_store(work, store)
    document = msgspec.json.decode(msgspec.json.encode(RULES), type=dict[str, object]) | changed
    document["store_id"] = store.store_id.hex
    rule_configs.publish_rules(work, store.store_id, document, effective_from="2020-01-01", author="test")
    manager = staff.StaffDraft(staff_id="m1", name="陈", role="manager", pin=MANAGER_PIN)
    staff.save_staff(work, [manager], {store.code: store.store_id})
    return store
