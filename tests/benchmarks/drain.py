"""A till comes back after a long outage: 10,000 sales wait at it, and HQ takes them all.

Ours: a real till sells by the real rules with its line down: four sales in five to members, who earn points, top up
and pay from it. Then the line is up: the real engine, run by its schedule with the long poll beside it, over real
HTTP on loopback to an HQ in a process of its own, until nothing waits at the till: the sales, the top-ups, and what
goes back to HQ afterwards. HQ checks every signature, chain, posting and quote, and commits durably.
"""

import random
import resource
import threading
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from hq_sync_server.app import open_hq
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.goods import goods
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rules import rule_configs
from pos_client.ledger import Ledger
from pos_client.sync.back_off import BackOff
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi, HttpTransport, RawAnswer, Unreachable
from pos_client.sync.keys import load_keys
from pos_client.sync.line_state import LineState
from pos_client.sync.schedule import SyncSchedule
from shared_models.catalog import GoodsRow, StoreRow
from shared_models.ids import IdSource
from shared_models.moments import DAY_MS, SystemClock, business_date_of
from tests import databases
from tests.benchmarks.figure import Figure, seconds_of
from tests.replay.chain import RULES
from tests.replay.plan import TillName
from tests.replay.reader import ExactPrice, Row
from tests.replay.till import ReplayTill
from tests.together.hq_server import HqPlace, HqServer

SALES = 10_000
SALES_SHORT = 300
SECONDS_MAX = 30.0
MEMBERS_COUNT = 2_000
LINES_COUNT = 5
PATIENCE_SECONDS = 600.0
_TOP_UP_FEN = 30_000
_GOODS = tuple(f"g{number}" for number in range(40))


@dataclass(frozen=True, slots=True)
class Drained:
    """What came of it. `till_cpu_seconds`: of this process, meanwhile."""

    seconds: float
    entries: int
    till_cpu_seconds: float
    exceptions: int


def measure(folder: Path, *, short: bool = False) -> Iterable[Figure]:
    """Seconds from plug-in until nothing waits, on each database; the short form on SQLite alone."""
    if short:
        yield _figure("sqlite", drained(folder / "sqlite", "", SALES_SHORT), SALES_SHORT)
        return
    yield _figure("sqlite", drained(folder / "sqlite", "", SALES), SALES)
    with databases.own_server(durable=True) as server, databases.database(server, "tillbook_drain") as url:
        yield _figure("postgresql", drained(folder / "postgresql", url, SALES), SALES)


def drained(folder: Path, database_url: str, sales_count: int) -> Drained:
    """Sell while cut off, plug in, wait until nothing waits. Raises AssertionError when that never comes about."""
    folder.mkdir()
    place = HqPlace(folder, database_url)
    code, people = _found(place)
    with HqServer(place) as server, _till(folder / "till", server.base_url, code) as (till, line):
        line.down = True
        _sell(till, people, sales_count)
        waiting = till.ledger.sync_state().waiting_entries
        assert waiting >= sales_count, "every sale waits"
        line.down = False
        cpu_before = _cpu_seconds()
        seconds = seconds_of(lambda: _plug_in(till, line))
        cpu_seconds = _cpu_seconds() - cpu_before
        state = till.ledger.sync_state()
        assert (state.waiting_entries, state.parked) == (0, 0), state
        return Drained(seconds, till.ledger.head().seq, cpu_seconds, state.exceptions)


def _figure(database: str, done: Drained, sales_count: int) -> Figure:
    return Figure(
        name=f"{sales_count:,} sales waiting at a till drain, HQ on {database}", value=done.seconds, unit="s",
        goal=SECONDS_MAX, better="less",
        beside=f"{sales_count / done.seconds:,.0f} sales/s, {done.entries:,} entries, {done.exceptions} exceptions, "
        f"{done.till_cpu_seconds:.1f} s of processor at the till",
    )  # fmt: skip


# --- before the outage ------------------------------------------------------------------------------------------------


def _found(place: HqPlace) -> tuple[str, list[UUID]]:
    """A chain with a store and members at an HQ that is not yet served; an enrolment code and the members."""
    clock = SystemClock()
    hq = open_hq(place.url, place.key_folder, clock, IdSource(clock))
    try:
        return hq.desk.run(_organise)
    finally:
        hq.close()


def _organise(work: Work) -> tuple[str, list[UUID]]:
    chain.set_up(work, "Bench")
    store = StoreRow(store_id=work.ids.new_id(), code="S1", name="Store 1")
    stores.save_store(work, store)
    document = msgspec.json.decode(msgspec.json.encode(RULES), type=dict[str, object])
    yesterday = business_date_of(work.now_ms - DAY_MS)
    rule_configs.publish_rules(work, store.store_id, document, effective_from=yesterday, author="bench")
    goods.save_goods(work, [GoodsRow(goods_id=goods_id, name=goods_id, open_price=True) for goods_id in _GOODS])
    people = [work.ids.new_id() for _ in range(MEMBERS_COUNT)]
    new = [
        members.NewMember(member_id=member_id, profile=Profile(name="王小明"), phone=f"+86138{number:08d}")
        for number, member_id in enumerate(people)
    ]
    members.create(work, new)
    return stores.new_enrolment_code(work, store.store_id).code, people


class _Line:
    """HTTP that may be cut."""

    faults = False

    def __init__(self, base_url: str) -> None:
        self.down = False
        self._http = HttpTransport(base_url)

    def request(
        self, method: str, path: str, headers: Mapping[str, str], body: bytes, timeout_seconds: float
    ) -> RawAnswer:
        if self.down:
            raise Unreachable("hq_unreachable")
        return self._http.request(method, path, headers, body, timeout_seconds)

    def close(self) -> None:
        self._http.close()


@contextmanager
def _till(folder: Path, base_url: str, code: str) -> Iterator[tuple[ReplayTill, _Line]]:
    """Enrolled, and up to date."""
    clock, chance = SystemClock(), random.Random(1)
    ids = IdSource(clock)
    line = _Line(base_url)
    try:
        with Ledger.open(folder / "ledger", clock, ids) as ledger:
            answer = enrol(line, code, ledger, folder / "keys")
            keys = load_keys(folder / "keys")
            api = HqApi(line, answer.till_id, keys.device_key, clock)
            name = TillName("S1", 1)
            till = ReplayTill(name, ledger, api, line, keys.phone_key, clock, ids, chance, Counter())
            till.sync(pull=True)
            yield till, line
    finally:
        line.close()


# --- the outage and its end -------------------------------------------------------------------------------------------


def _sell(till: ReplayTill, people: list[UUID], sales_count: int) -> None:
    """Four sales in five to a member; each tenth member's sale is preceded by a top-up."""
    chance = random.Random(2)
    for number in range(sales_count):
        member_id = chance.choice(people) if number % 5 else None
        if member_id is not None and number % 10 == 1:
            till.top_up(member_id, _TOP_UP_FEN)
        rows = tuple(_row(chance.choice(_GOODS), chance.randrange(200, 3_000)) for _ in range(LINES_COUNT))
        till.sell(rows, member_id, None, coupon_wanted=False)
        if number % 500 == 0:
            till.ledger.checkpoint()


def _row(goods_id: str, amount_fen: int) -> Row:
    return Row(
        number=1, invoice="1", goods=goods_id, name="红豆吐司", quantity=1, at_ms=0, price=ExactPrice(amount_fen),
        member=None, store="S1",
    )  # fmt: skip


def _plug_in(till: ReplayTill, line: _Line) -> None:
    """Start the schedule, as the app does, and wait until the engine has nothing more to say."""
    rested = threading.Event()

    def look(state: LineState) -> None:
        if state.online and state.waiting_entries == 0:
            rested.set()

    till.engine.on_state(look)
    schedule = SyncSchedule(till.engine, till.ledger, BackOff(random.Random(3)), close_wire=line.close)
    schedule.start()
    try:
        assert rested.wait(PATIENCE_SECONDS), f"not at rest after {PATIENCE_SECONDS} s: {till.ledger.sync_state()}"
    finally:
        schedule.stop()


def _cpu_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_SELF)
    return used.ru_utime + used.ru_stime
