"""The door: one object for everything the till keeps on disk.

    ledger.db   what happened here: entries, postings, attachments, rights, tokens, baskets, the control lane. Precious.
    mirror.db   what HQ said last: members, goods, rules, staff. Disposable.

No transaction spans the two. Thread-safe: writers wait for one another, readers wait for nobody. Each room is a module
of its own (`writing`, `facts`, `baskets`, `lane`, `mirror`, `shelves`, `people`, `figures`, `coupons`); callers know
this one.
"""

import sqlite3
from contextlib import suppress
from pathlib import Path
from typing import Self

from pos_client.ledger.anchor import Anchor
from pos_client.ledger.answers import ChainHead, ClockState
from pos_client.ledger.copies import LEDGER_FILE, LOCK_FILE, backup, take_door
from pos_client.ledger.coupons import Coupons
from pos_client.ledger.database import Database, damage_mark, open_database
from pos_client.ledger.lane import Lane
from pos_client.ledger.migrations import LEDGER_MIGRATIONS, MIRROR_MIGRATIONS
from pos_client.ledger.orders import Orders
from pos_client.ledger.wallet_payments import WalletPayments
from pos_client.ledger.writing import LookupBuffer, Writing
from shared_models.folders import make_folder
from shared_models.ids import IdSource
from shared_models.moments import Clock
from shared_models.refusals import Refusal

MIRROR_FILE = "mirror.db"
_WENT_BACK = frozenset({"restored_copy", "anchor_ahead"})


class Ledger(Writing, Coupons, WalletPayments, Orders, Lane):
    """An open ledger. Get one by `Ledger.open`, give it back by `close`."""

    _door: sqlite3.Connection

    @classmethod
    def open(cls, folder: Path, clock: Clock, ids: IdSource, *, anchor_path: Path | None = None) -> Self:
        """Open the ledger in a folder, making or upgrading it. The anchor is kept beside the folder unless a better
        place is named.

        A ledger that went back (its anchor is ahead) opens with frozen rights: `frozen()` says so. Refuses
        `ledger_in_use`, `database_newer(file, found, known)`, `ledger_damaged(file)`, `folder_not_writable(folder)`,
        `disk_full`.
        """
        try:
            make_folder(folder, 0o700)
        except OSError as error:
            raise Refusal("folder_not_writable", folder=str(folder)) from error
        door = take_door(folder / LOCK_FILE)
        database = mirror = anchor = None
        try:
            database = open_database(folder / LEDGER_FILE, LEDGER_MIGRATIONS, clock)
            mirror = _open_mirror(folder / MIRROR_FILE, clock)
            anchor = Anchor(anchor_path or folder.with_name(folder.name + ".anchor"))
            ledger = cls(database, mirror, clock, ids, anchor)
            ledger._begin(door)  # the door's own beginning, not a stranger's
        except BaseException:
            for opened in (anchor, mirror, database, door):
                if opened is not None:
                    opened.close()
            raise
        return ledger

    def close(self) -> None:
        """Write what waits and give the files back."""
        with suppress(Refusal):  # whatever could not be written now was never promised
            self.flush_lookups()
        self._anchor.close()
        self._mirror.close()
        self._database.close()
        self._door.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    @property
    def folder(self) -> Path:
        """Where both databases are."""
        return self._database.path.parent

    def clock_state(self) -> ClockState:
        """Whether the machine's clock can be believed. The till sells on either way."""
        return self._time.state(self._head.floor_ms)

    def lease_left_ms(self) -> int:
        """How long rights may be spent without hearing HQ; negative when over."""
        return self._time.lease_left_ms()

    def backup(self, target: Path) -> None:
        """A consistent copy of ledger.db while the till sells on."""
        backup(self.folder, target, self._clock)

    def _begin(self, door: sqlite3.Connection) -> None:
        self._door = door
        self._rules = {}
        self._own_store = None
        self._buffer = LookupBuffer()
        if self._database.log_was_left:
            with suppress(Refusal), self._database.writing() as driver:
                self._time.keep(driver)  # the first commit of a new log waits for the disk twice: not on a sale's time
        self._refresh_lease_days()
        if self._lane.copied_at_ms:
            self.freeze("restored_copy")
        elif not self._has_what_was_acknowledged():
            self.freeze("anchor_ahead")
        else:
            self._compare_with_anchor()
        if self._lane.frozen in _WENT_BACK:
            with suppress(Refusal, sqlite3.OperationalError):  # a disk without room: again at the next start
                self.forget_again()

    def _has_what_was_acknowledged(self) -> bool:
        """HQ acknowledges what is in this book, and both are written together: a book without it was tampered with."""
        seq, entry_hash = self.acked()
        if not seq:
            return True
        entry = self.entry_at(seq, self._head.epoch)
        return entry is not None and entry.entry_hash == entry_hash

    def _compare_with_anchor(self) -> None:
        """The ledger must reach at least as far as the anchor, along the same chain; a lagging anchor never alarms."""
        newest = self._anchor.read()
        if newest is None or self._identity is None or newest[1].till_id != self._identity.till_id:
            return
        anchored, head = newest[1].head, self._head
        went_back = (anchored.epoch, anchored.seq) > (head.epoch, head.seq)
        entry = self.entry_at(anchored.seq, anchored.epoch)
        other_chain = entry is not None and entry.entry_hash != anchored.entry_hash
        if went_back or (other_chain and not self._was_lost(anchored)):
            self.freeze("anchor_ahead")

    def _was_lost(self, anchored: ChainHead) -> bool:
        """An anchor of an earlier epoch may be of the branch that was lost there, and given back by HQ."""
        return anchored.epoch < self._head.epoch and any(
            (entry.epoch, entry.seq, entry.entry_hash) == (anchored.epoch, anchored.seq, anchored.entry_hash)
            for entry in self.lost_entries()
        )


def _open_mirror(path: Path, clock: Clock) -> Database:
    """Open the mirror; one that cannot be read, now or at the last start, is thrown away, for HQ tells it again."""
    mark = damage_mark(path)
    try:
        if not mark.exists():
            return open_database(path, MIRROR_MIGRATIONS, clock, synchronous="NORMAL")
    except Refusal as refusal:
        if refusal.code not in {"database_newer", "ledger_damaged", "mirror_damaged"}:
            raise
    for leftover in (path, path.with_name(path.name + "-wal"), path.with_name(path.name + "-shm"), mark):
        leftover.unlink(missing_ok=True)
    return open_database(path, MIRROR_MIGRATIONS, clock, synchronous="NORMAL")
