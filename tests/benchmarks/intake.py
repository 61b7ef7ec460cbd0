"""Checked intake at HQ: sales a second, counted with their side entries, on SQLite and on PostgreSQL.

Every sale is to a member, of five lines, priced by the rule engine, paid half from stored value and earning points;
around it stand the request for rights, the adoption and the release, as an online till sends them. HQ verifies request
and batch signatures, chain, postings and quotes. Each database commits durably. `measure` is called by the benchmarks'
runner; the chains are made beforehand, so what is timed is HQ alone.
"""

import random
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from hq_sync_server.api.wire import RawRequest
from hq_sync_server.app import Hq, open_hq
from hq_sync_server.office.books import hq_facts
from hq_sync_server.office.members import members
from hq_sync_server.office.members.members import NewMember
from hq_sync_server.office.rules import rule_configs
from shared_models import bodies, rule_engine
from shared_models.bodies import GrantAdopted, OpeningLot
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.rights import principal_lot
from shared_models.rule_engine import BasketLine
from shared_models.rules import StoreRules, rule_hash
from shared_models.sales import LotAmount, MemberOnSale, Price, QuoteInputs, Tender
from shared_models.sync import ControlAnswer
from tests import databases
from tests.benchmarks import bare_batches
from tests.hq_sync_server.people import START_MS, TODAY, WireTill, found_chain

MEMBERS_COUNT = 400
BATCH_SALES = 100
LINES_COUNT = 5
PRINCIPAL_LOT, POINTS_LOT = principal_lot(UUID(int=1)), "points:2027-01"
_RULES = {
    "earn": {"milli_points_per_yuan": 1000},
    "tiers": [{"code": "silver", "name": "银卡", "threshold_fen": 100_000_000}],
}


@dataclass(frozen=True, slots=True)
class Intake:
    """Sales a second: HQ's, those of the bare database writing the same entries and postings, and HQ's if it had one
    core to itself (by the processor time of this process; PostgreSQL's own is not in it)."""

    sales_a_second: float
    bare_a_second: float
    a_core: float


def measure(sales_count: int = 1000) -> dict[str, Intake]:
    """What each database comes to."""
    with tempfile.TemporaryDirectory() as folder:
        rates = {"sqlite": _measured(f"sqlite:///{folder}/hq.db", Path(folder) / "keys-sqlite", sales_count)}
        with databases.own_server(durable=True) as server, databases.database(server, "tillbook_bench") as url:
            rates["postgresql"] = _measured(url, Path(folder) / "keys-postgresql", sales_count)
    return rates


def _measured(url: str, key_folder: Path, sales_count: int) -> Intake:
    clock = ManualClock(START_MS)
    hq = open_hq(url, key_folder, clock, IdSource(clock, random.Random(1)))
    try:
        store = found_chain(hq)[0]
        rules = hq.desk.run(
            lambda work: rule_configs.publish_rules(
                work, store.store_id, _RULES, effective_from="2025-01-01", author="bench"
            )
        )
        people = _people(hq)
        shop = _Shop(hq, WireTill.enrolled(hq, store.store_id), rules, clock)
        shop.till.push()
        before = bare_batches.newest_entry(url)
        seconds = 0.0
        for first in range(0, sales_count, BATCH_SALES):
            seconds += shop.trade([people[(first + n) % len(people)] for n in range(BATCH_SALES)])
        bare_seconds = bare_batches.seconds_to_write(url, before, sales_count // BATCH_SALES)
        return Intake(sales_count / seconds, sales_count / bare_seconds, sales_count / shop.core_seconds)
    finally:
        hq.close()


def _people(hq: Hq) -> list[UUID]:
    """Members with principal and points, as an import makes them."""
    ids = [hq.desk.ids.new_id() for _ in range(MEMBERS_COUNT)]
    hq.desk.run(lambda work: members.create(work, [NewMember(member_id=one) for one in ids]))
    lots = (OpeningLot(lot=PRINCIPAL_LOT, amount=10_000_000), OpeningLot(lot=POINTS_LOT, amount=500))
    hq.desk.run(
        lambda work: hq_facts.record(
            work, [bodies.OpeningBalance(head=hq_facts.head(work, one), member_id=one, lots=lots) for one in ids]
        )
    )
    return ids


@dataclass
class _Shop:
    """An online till that asks, sells and gives back all but what HQ wants it to keep; it counts what was granted and
    what left its hands, so that A is known."""

    hq: Hq
    till: WireTill
    rules: StoreRules
    clock: ManualClock
    granted: dict[tuple[UUID, str], int] = field(default_factory=dict)
    gone: dict[tuple[UUID, str], int] = field(default_factory=dict)
    targets: dict[tuple[UUID, str], int] = field(default_factory=dict)
    core_seconds: float = 0.0

    def trade(self, people: Sequence[UUID]) -> float:
        """One request for the rights of all these members, then their sales in one batch; HQ's seconds."""
        self.clock.advance(60_000)
        start, core_start = time.perf_counter(), time.process_time()
        answer = self.till.ask(*people)
        seconds = time.perf_counter() - start
        self.core_seconds += time.process_time() - core_start
        self._heed(answer)
        for member_id in people:
            self._serve(member_id)
        batch = msgspec.msgpack.encode(self.till.batch())
        request = RawRequest("POST", "/v1/entries", self.till.signed("POST", "/v1/entries", batch), batch)
        start, core_start = time.perf_counter(), time.process_time()
        response = self.hq.api.handle(request)
        seconds += time.perf_counter() - start
        self.core_seconds += time.process_time() - core_start
        taken = msgspec.msgpack.decode(response.body, type=ControlAnswer)
        assert (taken.outcome, taken.verdicts) == ("ok", ()), taken
        self.till.acked_seq, self.till.acked_hash = taken.acked_seq, taken.acked_hash
        self._heed(taken)
        return seconds

    def _heed(self, answer: ControlAnswer) -> None:
        """Adopt what an answer granted, each member's in an entry of its own; and keep the targets."""
        till = self.till
        self.targets |= {(target.subject, target.lot): target.amount for target in answer.targets}
        of_member: dict[UUID, list[GrantAdopted]] = {}
        for grant in answer.grants:
            of_member.setdefault(grant.subject, []).append(grant)
            self.granted[grant.subject, grant.lot] = grant.granted_total
        for member_id, grants in of_member.items():
            till.append(
                bodies.RightsAdopted(
                    head=till.head(member_id), request_number=answer.grant_request, hq_epoch=1, grants=tuple(grants)
                )
            )
        if answer.grants:
            till.adopted_request, till.adopted_seq = answer.grant_request, len(till.entries)

    def _serve(self, member_id: UUID) -> None:
        """Sell, and give back what is above the target."""
        till = self.till
        sale = self._sale(member_id)
        till.append(sale)
        for part in sale.points_earned:
            self.gone[member_id, part.lot] = self.gone.get((member_id, part.lot), 0) - part.amount
        for tender in sale.tenders:
            for part in tender.lots:
                self.gone[member_id, part.lot] = self.gone.get((member_id, part.lot), 0) + part.amount
        lots = (PRINCIPAL_LOT, POINTS_LOT)
        back = [LotAmount(member_id, lot, above) for lot in lots if (above := self._above(member_id, lot)) > 0]
        for part in back:
            self.gone[member_id, part.lot] = self.gone.get((member_id, part.lot), 0) + part.amount
        if back:
            till.release(*back)

    def _above(self, member_id: UUID, lot: str) -> int:
        key = (member_id, lot)
        return self.granted.get(key, 0) - self.gone.get(key, 0) - self.targets.get(key, 0)

    def _sale(self, member_id: UUID) -> bodies.Sale:
        head = self.till.head(member_id)
        inputs = QuoteInputs(
            rule_hash=rule_hash(self.rules),
            engine_version=rule_engine.ENGINE_VERSION,
            business_date=TODAY,
            member_id=member_id,
        )
        lines = [
            BasketLine(
                line_number=number,
                goods_id=f"g{number}",
                name=f"红豆吐司 {number}",
                scanned_code=f"690000000{number:04d}",
                quantity_milli=1000 * number,
                price=Price(300 + 17 * number),
            )
            for number in range(1, LINES_COUNT + 1)
        ]
        quote = rule_engine.quote(self.rules, lines, inputs)
        half = quote.total_fen // 2
        tenders = (
            Tender(kind="stored_value", amount_fen=half, lots=(LotAmount(member_id, PRINCIPAL_LOT, half),)),
            Tender(kind="wechat", amount_fen=quote.total_fen - half, state="recorded"),
        )
        eligible = rule_engine.eligible_paid_fen(self.rules, tenders)
        points = rule_engine.points_earned(self.rules, quote.lines, inputs, eligible)
        return bodies.Sale(
            head=head,
            receipt_number=f"01-{len(self.till.entries)}",
            member=MemberOnSale(member_id=member_id, identified_by="card", presence="card"),
            inputs=inputs,
            lines=quote.lines,
            total_fen=quote.total_fen,
            tenders=tenders,
            points_earned=(LotAmount(member_id, rule_engine.points_lot_for(self.rules, TODAY), points),),
        )


if __name__ == "__main__":
    for name, rate in measure().items():
        print(f"{name}: {rate}")
