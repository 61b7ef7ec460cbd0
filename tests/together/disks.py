"""Disks that go back and tills that are copied: photographs of a till's folders, put back or opened elsewhere.

For tests of healing. A photograph is what an image of the disk would be: the book, and, where asked for, the anchor and
the keys that lie beside it.
"""

import random
import shutil
from collections import Counter
from pathlib import Path
from uuid import UUID

from sqlalchemy import select

from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import office_tables, tables
from pos_client.ledger import Ledger, verify
from pos_client.sync.enrol import enrol
from pos_client.sync.hq_api import HqApi
from pos_client.sync.keys import load_keys
from shared_models.entries import Entry
from shared_models.ids import HQ_TILL_ID, IdSource
from shared_models.sales import Approval
from tests.replay.till import ReplayTill
from tests.together.storm import StormyWire
from tests.together.two_tills import TwoTills

YES = (Approval(approval_id="a-1", action="new_epoch", approver_id="manager", at_ms=1),)
"""A manager's PIN at the till."""


class Disks:
    """The disks of a shop's tills. Ledgers it opens are closed by `close`."""

    def __init__(self, shop: TwoTills) -> None:
        self.shop = shop
        self.ever_written: dict[tuple[UUID, int, int, bytes], Entry] = {}
        self._opened: list[Ledger] = []
        self._count = 0

    def close(self) -> None:
        """Give the files back."""
        for ledger in self._opened:
            ledger.close()

    def photograph(self, till: ReplayTill) -> Path:
        """Everything of a till as it is on its disk now."""
        place = self._next("photo")
        till.ledger.close()
        shutil.copytree(self._place(till), place)
        self._reopen(till, self._place(till))
        return place

    def go_back(self, till: ReplayTill, photo: Path, *, anchor_too: bool) -> None:
        """The till's book is what it was; the anchor too when the whole disk went back."""
        self.remember(till, delivered_only=True)
        till.ledger.close()
        place = self._place(till)
        shutil.rmtree(place / "ledger")
        shutil.copytree(photo / "ledger", place / "ledger")
        if anchor_too:
            shutil.copy(photo / "ledger.anchor", place / "ledger.anchor")
        self._reopen(till, place)

    def copy_of(self, till: ReplayTill, photo: Path) -> ReplayTill:
        """A second machine from an image of the first, with its keys: both live."""
        place = self._next("twin")
        shutil.copytree(photo, place)
        return self._machine(till, place, StormyWire(self.shop.hq.api, random.Random(7)))

    def lose_disk(self, till: ReplayTill) -> Path:
        """The disk is gone; where it lies now, should somebody find it."""
        self.remember(till, delivered_only=True)
        till.ledger.close()
        found = self._next("lost")
        self._place(till).rename(found)
        return found

    def old_disk(self, till: ReplayTill, found: Path) -> ReplayTill:
        """Somebody puts the lost disk into a machine."""
        return self._machine(till, found, StormyWire(self.shop.hq.api, random.Random(8)))

    def enrolled_again(self, till: ReplayTill, code: str, place: Path | None = None) -> ReplayTill:
        """The till with a code for it, on an empty disk, or on the folders of another place."""
        place = place or self._next("new")
        clock = self.shop.clocks[till.name.store]
        wire = StormyWire(self.shop.hq.api, random.Random(9))
        with Ledger.open(place / "ledger", clock, IdSource(clock, random.Random(self._count))) as ledger:
            enrol(wire, code, ledger, place / "keys")
        return self._machine(till, place, wire)

    def remember(self, till: ReplayTill, *, delivered_only: bool = False) -> None:
        """Entries that nothing may lose: all on a disk that lives, and of one that is gone those HQ acknowledged."""
        present, acked = till.ledger.head().epoch, till.ledger.acked()[0]
        for entry in till.ledger.entries():
            if not (delivered_only and entry.epoch == present and entry.seq > acked):
                self.ever_written[entry.till_id, entry.epoch, entry.seq, entry.entry_hash] = entry

    def _place(self, till: ReplayTill) -> Path:
        return till.ledger.folder.parent

    def _next(self, name: str) -> Path:
        self._count += 1
        return self.shop.folder / f"{name}-{self._count}"

    def _reopen(self, till: ReplayTill, place: Path) -> None:
        clock = self.shop.clocks[till.name.store]
        self._count += 1
        till.ledger = Ledger.open(place / "ledger", clock, IdSource(clock, random.Random(f"ids {self._count}")))
        self._opened.append(till.ledger)
        till.engine = till._new_engine()

    def _machine(self, till: ReplayTill, place: Path, wire: StormyWire) -> ReplayTill:
        clock = self.shop.clocks[till.name.store]
        self._count += 1
        ids = IdSource(clock, random.Random(f"ids {self._count}"))
        ledger = Ledger.open(place / "ledger", clock, ids)
        self._opened.append(ledger)
        keys = load_keys(place / "keys")
        assert ledger.identity is not None
        api = HqApi(wire, ledger.identity.till_id, keys.device_key, clock)
        machine = ReplayTill(
            till.name, ledger, api, wire, keys.phone_key, clock, ids, random.Random(f"machine {self._count}"), Counter()
        )
        machine._receipts = 1000 * self._count
        return machine


def disagreements(disks: Disks, *alive: ReplayTill) -> list[str]:
    """What does not hold once everything was said: every entry that ever was on a disk is at HQ, once; both ends
    verify; nothing is parked and nothing waits."""
    shop, found = disks.shop, list[str]()
    for till in alive:
        till.engine.run_once(pull=False)  # what it only just adopted waits for the next contact
        disks.remember(till)
    with shop.hq.desk.read() as connection:
        entries = tables.entries.c
        asked = select(entries.till_id, entries.epoch, entries.seq, entries.entry_hash, entries.verdict)
        rows = connection.execute(asked.where(entries.till_id != HQ_TILL_ID)).all()
        at_hq = Counter((row[0], row[1], row[2], bytes(row[3])) for row in rows)
        found += [f"parked: {row}" for row in rows if row.verdict == "parked"]
        found += [f"HQ: {fault}" for fault in hq_verify.verify(connection).faults]
    for place, count in at_hq.items():
        if count != 1 or place not in disks.ever_written:
            found.append(f"HQ has {place[1:3]} {count} times, written: {place in disks.ever_written}")
    found += [f"HQ lacks {place[1:3]}" for place in disks.ever_written.keys() - at_hq.keys()]
    for till in alive:
        waiting = till.ledger.sync_state().waiting_entries
        found += [f"{till.name.store}: {waiting} wait"] if waiting else []
        found += [f"{till.name.store}: {finding}" for finding in verify(till.ledger.folder).findings]
    return found


def notes(shop: TwoTills) -> list[str]:
    """The alarms HQ raised, in the order in which it did."""
    table = office_tables.exceptions.c
    with shop.hq.desk.read() as connection:
        return list(connection.scalars(select(table.code).order_by(table.raised_at_ms, table.exception_id)))


def lost_money_fen(shop: TwoTills) -> int:
    """What holders spent beyond what they had: L."""
    with shop.hq.desk.read() as connection:
        return sum(connection.scalars(select(tables.holders.c.loss)))
