"""A real ledger in a folder, a clock that stands, and an HQ that does as told."""

import random
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

import pytest

from pos_client.ledger import Ledger
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import new_keys
from shared_models.bodies import TopUp
from shared_models.ids import IdSource
from shared_models.members import MemberRow
from shared_models.moments import ManualClock
from shared_models.sales import Tender
from tests.pos_client.sync.scripted_hq import TILL, ScriptedHq, enrol_answer

NOON_MS = 1_700_000_000_000


@dataclass
class Counter:
    """A till at work: `ledger` may be closed and opened again, as after a power cut."""

    folder: Path
    clock: ManualClock
    hq: ScriptedHq
    opened: list[Ledger] = field(default_factory=list)

    def __post_init__(self) -> None:
        self.keys = new_keys()
        self.ids = IdSource(self.clock, random.Random(5))
        self.ledger = self.open()
        self.ledger.adopt_enrolment(enrol_answer(self.clock))
        self.engine = self.new_engine()

    def open(self) -> Ledger:
        ledger = Ledger.open(self.folder / "ledger", self.clock, self.ids)
        self.opened.append(ledger)
        return ledger

    def new_engine(self) -> SyncEngine:
        """An engine that knows nothing but the ledger."""
        api = HqApi(self.hq, TILL, self.keys.device_key, self.clock)
        return SyncEngine(self.ledger, api, self.clock, random.Random(1), program_version="9.9")

    def restart(self) -> None:
        """The process ends and another begins."""
        self.opened.pop().close()
        self.ledger = self.open()
        self.engine = self.new_engine()

    def top_up(self, member_id: UUID, amount_fen: int = 1000) -> TopUp:
        """An entry that credits rights here."""
        body = TopUp(
            head=self.ledger.new_head(cashier_id="1", subjects=(member_id,)),
            receipt_number=f"R{self.ids.new_id().hex}",
            member_id=member_id,
            principal_fen=amount_fen,
            tenders=(Tender(kind="cash", amount_fen=amount_fen),),
        )
        self.ledger.append(body)
        return body

    def settle(self) -> None:
        """Sync until nothing waits, whatever the wire does."""
        for _ in range(60):
            if not self.engine.run_once().error and self.ledger.sync_state().waiting_entries == 0:
                return
        raise AssertionError("never came to rest")

    def agrees_with_hq(self) -> bool:
        """Whether HQ has every entry of the till, and no other."""
        entries = self.ledger.entries_after(0, 10_000, 10**9)
        return {entry.seq: entry.entry_hash for entry in entries} == {
            seq: entry.entry_hash for seq, entry in self.hq.entries.items()
        }


@pytest.fixture
def clock() -> ManualClock:
    return ManualClock(NOON_MS)


@pytest.fixture
def counter(tmp_path: Path, clock: ManualClock) -> Iterator[Counter]:
    till = Counter(tmp_path, clock, ScriptedHq(clock))
    yield till
    for ledger in till.opened:
        ledger.close()


@pytest.fixture
def member(counter: Counter) -> UUID:
    return counter.ids.new_id()


@pytest.fixture
def row_of() -> Callable[[UUID], MemberRow]:
    return lambda member_id: MemberRow(member_id=member_id, canonical_id=member_id)
