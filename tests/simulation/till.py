"""A till of the simulation: a process with a real ledger and a real engine, on a disk that may go back.

`SimTill` is the machine: it is started, dies, is started again on what its disk kept. What it promised, the hash of
every entry that `append` returned, is kept here and compared with what is found on the disk afterwards.
"""

import random
from collections import Counter
from dataclasses import dataclass
from pathlib import Path
from uuid import UUID

import msgspec

from pos_client.ledger import Ledger
from pos_client.sync.engine import SyncEngine
from pos_client.sync.hq_api import HqApi
from shared_models.entries import Entry, read_head
from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from shared_models.sync import ControlAnswer
from tests.simulation import disk
from tests.simulation.account import Account
from tests.simulation.disk import Image
from tests.simulation.moments import TillClock
from tests.simulation.wire import HqDoor, SimWire, with_unknown_fields
from tests.simulation.world import TillPlace

ALL_AT_ONCE = 1_000_000


@dataclass(frozen=True, slots=True)
class Link:
    """An entry as it was found on a disk."""

    epoch: int
    seq: int
    entry_hash: bytes
    entry_type: str
    business_id: UUID


class OldApi(HqApi):
    """A program of another age: it says more than HQ understands, and leaves out what it does not know of."""

    def control(self, kind: str, body: bytes) -> ControlAnswer:
        told = msgspec.msgpack.decode(with_unknown_fields(body))
        told["lane"]["wire_version"] = 0
        told["lane"]["battery_percent"] = 80
        return super().control(kind, msgspec.msgpack.encode(told))


class SimTill:
    """One till. `faulted` names the disk faults it has met; `alarm_excused`: an alarm would be no surprise now."""

    def __init__(
        self, name: str, place: TillPlace, image: Image, folder: Path, true: ManualClock, door: HqDoor,
        account: Account, met: Counter[str], seed: str,
    ) -> None:  # fmt: skip
        self.name = name
        self.till_id = place.till_id
        self.store_id = place.store_id
        self.keys = place.keys
        self.clock = TillClock(true)
        self.account = account
        self.met = met
        self.chance = random.Random(f"{seed}/{name}")
        self.wire = SimWire(door, self.chance, met, self._heard, self._asked)
        self.ids = IdSource(self.clock, self.chance)
        self.chain: list[Link] = []
        self.receipts = 0
        self.is_old = False
        self.faulted: list[str] = []
        self.must_alarm = False
        self.answers = 0  # of HQ's, taken over durably
        self._number_heard: int | None = None
        self.heard_at_ms = true.now_ms()
        self.answers_at_fault = 0
        self.gone: list[Link] = []  # what its disk lost when it went back
        self.unexpected: list[str] = []
        self.alarm_excused = False
        self.saved: Image | None = None
        self.is_cut_at_release = False
        self._folder, self._true = folder, true
        self._generation = 0
        self._put(image)
        self._start()

    # --- the process ----------------------------------------------------------------------------------------------

    @property
    def folder(self) -> Path:
        """Where its databases are now."""
        return self._folder / str(self._generation) / "ledger"

    @property
    def anchor_path(self) -> Path:
        """Where its anchor is now."""
        return self._folder / str(self._generation) / "anchor"

    @property
    def key_folder(self) -> Path:
        """Where its keys are: apart from its books, also when these go back."""
        return self._folder / "keys"

    def _put(self, image: Image) -> None:
        self._generation += 1
        disk.put(image, self.folder, self.anchor_path)

    def _start(self) -> None:
        self.ledger = Ledger.open(self.folder, self.clock, self.ids, anchor_path=self.anchor_path)
        self.new_engine()
        self.scan()

    def new_engine(self) -> None:
        """The sync part of the process begins anew."""
        api = (OldApi if self.is_old else HqApi)(self.wire, self.till_id, self.keys.device_key, self.clock)
        self.engine = SyncEngine(self.ledger, api, self.clock, self.chance)

    def image(self) -> Image:
        """Its disk as it is now."""
        return disk.take(self.folder, self.anchor_path, len(self.chain))

    def restart(self, image: Image, *, machine: bool) -> None:
        """The process died; it, or the whole machine, is started again on these files."""
        self.clock.crash_in = 0
        disk.close_quietly(self.ledger)
        if machine:
            self.clock.restart()
        self._put(image)
        self._start()

    def copied(self, seed: str) -> "SimTill":
        """A second machine that starts on a copy of this one's disk, with its keys and a line of its own."""
        place = TillPlace(self.till_id, self.store_id, self.keys)
        name = f"{self.name}-copy"
        folder = self._folder.with_name(name)
        return SimTill(name, place, self.image(), folder, self._true, self.wire.door, self.account, self.met, seed)

    def stop(self) -> None:
        """The end of the run."""
        disk.close_quietly(self.ledger)

    # --- what it promised -----------------------------------------------------------------------------------------

    def scan(self) -> None:
        """Read what is new on the disk; what was promised and is not there, or is another, is a fault of ours unless
        the disk went back."""
        self._count_answer()
        head = self.ledger.head()
        if self.chain and (head.epoch, head.seq) == (self.chain[-1].epoch, self.chain[-1].seq):
            if head.entry_hash != self.chain[-1].entry_hash:
                self.unexpected.append(f"{self.name}: another entry stands at {head.epoch}/{head.seq}")
            return
        last = self.chain[-1] if self.chain else None
        if last is not None and (head.epoch, head.seq) < (last.epoch, last.seq):
            self.unexpected.append(f"{self.name}: promised up to {last.seq}, found {head.seq}")
            self.forget_after(head.epoch, head.seq)
            return
        for epoch in range(last.epoch if last else 1, head.epoch + 1):
            after = last.seq if last and last.epoch == epoch else 0
            for entry in self.ledger.entries_after(after, ALL_AT_ONCE, 1 << 40, epoch):
                self.chain.append(self._link(entry))
                self.account.found(self.chain[-1].business_id, self.name)

    @staticmethod
    def _link(entry: Entry) -> Link:
        return Link(entry.epoch, entry.seq, entry.entry_hash, entry.entry_type, read_head(entry.body).business_id)

    def forget_after(self, epoch: int, seq: int) -> list[Link]:
        """The disk went back: what lay behind this entry is on it no longer."""
        gone = [link for link in self.chain if (link.epoch, link.seq) > (epoch, seq)]
        for link in gone:
            self.account.lost(link.business_id, self.name)
        del self.chain[len(self.chain) - len(gone) :]
        return gone

    # --- the line -------------------------------------------------------------------------------------------------

    def gives_back_unheard(self) -> bool:
        """Whether it has given something back and does not know that HQ has heard it."""
        waiting = self.ledger.entries_after(self.ledger.delivered_seq(), ALL_AT_ONCE, 1 << 40, self.ledger.head().epoch)
        return any(entry.entry_type == "rights_released" for entry in waiting)

    def _asked(self) -> None:
        self._count_answer()
        if self.is_cut_at_release and self.gives_back_unheard():
            self.wire.line = "cut"
        if self.must_alarm and self.answers > self.answers_at_fault and not self.frozen:
            self.must_alarm = False
            self.unexpected.append(f"{self.name}: it speaks again, and has not noticed that its disk went back")

    def _heard(self, answer: ControlAnswer) -> None:
        self._number_heard = answer.request_number
        self.heard_at_ms = self._true.now_ms()

    def _count_answer(self) -> None:
        """An answer counts once its request is closed on the disk. One for which there was no room, or at which the
        process died, the till never had: it asks again and hears the same."""
        if self._number_heard is None:
            return
        request = self.ledger.open_request()
        if request is None or request.number != self._number_heard:
            self._number_heard = None
            self.answers += 1

    @property
    def is_cut_off(self) -> bool:
        """Whether nothing of HQ's reaches it."""
        return self.wire.line != "up"

    @property
    def frozen(self) -> str:
        """Why its rights are frozen; '' when they are not."""
        return self.ledger.frozen() or ""

    def next_receipt(self) -> str:
        """A number no other receipt of this till has, also after it went back."""
        self.receipts += 1
        return f"{self.name}-{self.receipts:06d}"
