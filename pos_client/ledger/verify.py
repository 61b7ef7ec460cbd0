"""One command that believes nothing: walks the chain from the stored bytes and computes everything else again.

Called by the command line and by tests and exercises; read-only, also while the till sells. Attachments may be absent
(a person was forgotten, or they are old): the chain holds without them.
"""

import hashlib
import sqlite3
from collections.abc import Iterator
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self
from uuid import UUID

from pos_client.ledger.anchor import Anchored, read_slots, slots_are_damaged
from pos_client.ledger.database import read_only_uri
from pos_client.ledger.migrations import LEDGER_MIGRATIONS
from pos_client.ledger.recount import Recount
from pos_client.ledger.side_effects import refers_to, value_fen
from shared_models.bodies import Body, decode_body
from shared_models.entries import GENESIS_HASH, Entry, Head, hash_is_right, read_head
from shared_models.postings import derive_postings, postings_digest
from shared_models.refusals import Refusal

FINDINGS_MAX = 200

_ENTRIES = """
    SELECT epoch, seq, entry_type, type_version, prev_hash, entry_hash, body, position, business_id, business_date,
        shift_id, till_time_ms, receipt_number, refers_to, value_total_fen
    FROM entries ORDER BY position
"""
_POSTINGS = "SELECT position, account, unit, amount, subject, lot FROM postings ORDER BY position, leg"
_LOST = "SELECT epoch, seq, entry_type, type_version, prev_hash, entry_hash, body FROM lost_entries"
_ATTACHMENTS = "SELECT position, attachment_hash, salt, content FROM attachments ORDER BY position, number"
_SUBJECTS = "SELECT position, subject FROM subjects ORDER BY position"


@dataclass(frozen=True, slots=True)
class Finding:
    """Something that is not as it should be, and where. `code` is snake_case and stable."""

    code: str
    epoch: int = 0
    seq: int = 0
    told: str = ""


@dataclass(slots=True)
class VerifyReport:
    """What was walked and what was found. `balances` are sums by account, debit positive; `findings` are at most
    FINDINGS_MAX, `findings_total` counts them all."""

    ok: bool = True
    entries: int = 0
    epochs: int = 0
    head_seq: int = 0
    head_hash: str = ""
    postings: int = 0
    attachments: int = 0
    not_understood: int = 0
    members_with_balance: int = 0
    balances: dict[str, int] = field(default_factory=dict)
    findings: list[Finding] = field(default_factory=list)
    findings_total: int = 0

    @property
    def sound(self) -> bool:
        """The same as `ok`."""
        return self.ok

    def found(self, code: str, entry: Entry | None = None, told: str = "") -> None:
        """Put a finding down."""
        self.ok = False
        self.findings_total += 1
        if len(self.findings) < FINDINGS_MAX:
            epoch, seq = (entry.epoch, entry.seq) if entry else (0, 0)
            self.findings.append(Finding(code, epoch, seq, told))


def verify(folder: Path, *, anchor_path: Path | None = None) -> VerifyReport:
    """Verify the ledger in a folder. Refuses `ledger_missing`, `database_newer(found, known)`, `ledger_damaged`."""
    path = folder / "ledger.db"
    if not path.exists():
        raise Refusal("ledger_missing", file=str(path))
    report = VerifyReport()
    # Before the book is: a till that sells meanwhile moves its anchor past what is read here.
    anchor = _AnchorSeen.at(anchor_path or folder.with_name(folder.name + ".anchor"))
    try:
        with closing(sqlite3.connect(read_only_uri(path.resolve()), uri=True, isolation_level=None)) as reader:
            found = reader.execute("PRAGMA user_version").fetchone()[0]
            if found > len(LEDGER_MIGRATIONS):
                raise Refusal("database_newer", file=path.name, found=found, known=len(LEDGER_MIGRATIONS))
            reader.execute("BEGIN")
            _Walk(reader, report).run(anchor)
    except sqlite3.DatabaseError as error:
        raise Refusal("ledger_damaged", file=path.name, reason=str(error)) from error
    return report


@dataclass(frozen=True, slots=True)
class _AnchorSeen:
    """What the anchor said before the book was read."""

    slots: list[Anchored | None]
    is_damaged: bool

    @classmethod
    def at(cls, path: Path) -> Self:
        return cls(read_slots(path), slots_are_damaged(path))


class _Alongside:
    """Rows of another table in the order of the entries, read once while the entries are walked."""

    def __init__(self, reader: sqlite3.Connection, asked: str) -> None:
        self._rows = reader.execute(asked)
        self._next: tuple[Any, ...] | None = self._rows.fetchone()

    def of(self, position: int) -> list[tuple[Any, ...]]:
        """The rows of this entry, without their position; rows of no entry are passed over."""
        found = []
        while self._next is not None and self._next[0] <= position:
            if self._next[0] == position:
                found.append(self._next[1:])
            self._next = self._rows.fetchone()
        return found


class _Walk:
    """One reading of the whole ledger, in one snapshot."""

    def __init__(self, reader: sqlite3.Connection, report: VerifyReport) -> None:
        self._reader = reader
        self._report = report
        self._recount = Recount()
        self._postings = _Alongside(reader, _POSTINGS)
        self._attachments = _Alongside(reader, _ATTACHMENTS)
        self._subjects = _Alongside(reader, _SUBJECTS)
        self._before: Entry | None = None
        self._time_ms = 0
        self._value_total_fen = 0

    def run(self, anchor: _AnchorSeen) -> None:
        for (told,) in self._reader.execute("PRAGMA quick_check").fetchall():
            if told != "ok":
                self._report.found("file_damaged", told=told)
        if self._reader.execute("PRAGMA foreign_key_check").fetchone():
            self._report.found("rows_without_entry")
        row = self._reader.execute("SELECT till_id, epoch FROM identity").fetchone()
        if row is None:
            if self._reader.execute("SELECT 1 FROM entries").fetchone():
                self._report.found("identity_missing")
            return
        till_id = UUID(bytes=row[0])
        for entry, columns in self._entries(till_id):
            self._look_at(entry, columns)
            self._before = entry
        if self._before is None or self._before.epoch != row[1]:
            self._report.found("identity_differs")
        self._after_all(till_id, anchor)

    def _entries(self, till_id: UUID) -> Iterator[tuple[Entry, tuple[Any, ...]]]:
        for row in self._reader.execute(_ENTRIES):
            epoch, seq, entry_type, type_version, prev_hash, entry_hash, body, *columns = row
            entry = Entry(
                till_id=till_id,
                epoch=epoch,
                seq=seq,
                prev_hash=prev_hash,
                entry_type=entry_type,
                type_version=type_version,
                body=body,
                entry_hash=entry_hash,
            )
            yield entry, tuple(columns)

    def _look_at(self, entry: Entry, columns: tuple[Any, ...]) -> None:
        report = self._report
        report.entries += 1
        if not hash_is_right(entry):
            report.found("hash_wrong", entry)
        self._look_at_link(entry)
        try:
            head = read_head(entry.body)
            body = decode_body(entry.entry_type, entry.type_version, entry.body)
        except ValueError as error:  # msgspec's own, and that of bytes that are no UTF-8
            report.found("body_unreadable", entry, str(error))
            return
        self._look_at_head(entry, head, columns)
        self._look_at_attachments(entry, columns[0])
        if body is None:
            report.not_understood += 1
            self._value_total_fen = columns[-1]
            return
        self._look_at_keys(entry, body, columns)
        self._value_total_fen = columns[-1]
        try:
            legs = derive_postings(body)
        except ValueError as error:
            report.found("postings_unbalanced", entry, str(error))
            return
        stored = [
            (account, unit, amount, UUID(bytes=subject) if subject else None, lot)
            for account, unit, amount, subject, lot in self._postings.of(columns[0])
        ]
        if stored != [(leg.account, leg.unit, leg.amount, leg.subject, leg.lot) for leg in legs]:
            report.found("postings_differ", entry)
        if postings_digest(legs) != head.postings_digest:
            report.found("postings_digest_differs", entry)
        named = {subject for (subject,) in self._subjects.of(columns[0])}
        if named != {each.bytes for each in head.subjects} | {leg.subject.bytes for leg in legs if leg.subject}:
            report.found("subjects_differ", entry)
        report.postings += len(legs)
        for code in self._recount.take(entry, body, legs, columns[0]):
            report.found(code, entry)

    def _look_at_link(self, entry: Entry) -> None:
        before = self._before
        if before is None or before.epoch != entry.epoch:
            self._report.epochs += 1
            expected_seq, expected_hash = 1, before.entry_hash if before else GENESIS_HASH
            if before is None and entry.epoch > 1:  # enrolled again without its book: what it follows is at HQ
                expected_hash = entry.prev_hash
            if entry.entry_type != "epoch_opened":
                self._report.found("epoch_not_opened", entry)
        else:
            expected_seq, expected_hash = before.seq + 1, before.entry_hash
        if entry.seq != expected_seq:
            self._report.found("gap", entry, f"seq {expected_seq} expected")
        if entry.prev_hash != expected_hash:
            self._report.found("link_broken", entry)

    def _look_at_head(self, entry: Entry, head: Head, columns: tuple[Any, ...]) -> None:
        """The columns by which entries are found must say what the bytes say; time goes back by `clock_set` only."""
        _, business_id, business_date, shift_id, till_time_ms, *_ = columns
        said = (head.business_id.bytes, head.business_date, head.shift_id.bytes if head.shift_id else None)
        if said != (business_id, business_date, shift_id) or head.till_time_ms != till_time_ms:
            self._report.found("columns_differ", entry)
        if head.till_time_ms < self._time_ms and entry.entry_type != "clock_set":
            self._report.found("time_went_back", entry)
        self._time_ms = head.till_time_ms

    def _look_at_keys(self, entry: Entry, body: Body, columns: tuple[Any, ...]) -> None:
        """By receipt a sale is found, and by reference what was refunded of it already."""
        value_before_fen = 0 if entry.seq == 1 else self._value_total_fen
        said = (getattr(body, "receipt_number", None) or None, refers_to(body), value_before_fen + value_fen(body))
        if said != columns[-3:]:
            self._report.found("columns_differ", entry)

    def _look_at_attachments(self, entry: Entry, position: int) -> None:
        for attachment_hash, salt, content in self._attachments.of(position):
            self._report.attachments += 1
            right = hashlib.sha256(salt + content).digest() == attachment_hash
            if not right or attachment_hash.hex().encode() not in entry.body:
                self._report.found("attachment_differs", entry)

    def _look_at_lost(self, till_id: UUID) -> None:
        """What HQ gave back is what was written once: its hash says so."""
        for row in self._reader.execute(_LOST):
            epoch, seq, entry_type, type_version, prev_hash, entry_hash, body = row
            lost = Entry(
                till_id=till_id, epoch=epoch, seq=seq, prev_hash=prev_hash, entry_type=entry_type,
                type_version=type_version, body=body, entry_hash=entry_hash,
            )  # fmt: skip
            if not hash_is_right(lost):
                self._report.found("lost_entry_differs", lost)

    def _after_all(self, till_id: UUID, anchor: _AnchorSeen) -> None:
        report, head = self._report, self._before
        if head is not None:
            report.head_seq, report.head_hash = head.seq, head.entry_hash.hex()
        if self._reader.execute("SELECT 1 FROM lane").fetchone() is None:
            report.found("lane_missing")
            return
        for code, told in self._recount.compare(self._reader):
            report.found(code, told=told)
        report.balances = dict(sorted(self._recount.by_account.items()))
        report.members_with_balance = self._recount.members_with_balance()
        acked_seq, acked_hash = self._reader.execute("SELECT acked_seq, acked_hash FROM lane").fetchone()
        acked = self._reader.execute(
            "SELECT entry_hash FROM entries WHERE seq = ? AND epoch = (SELECT epoch FROM identity)", (acked_seq,)
        ).fetchone()
        if acked_seq and (acked is None or acked[0] != acked_hash):
            report.found("acknowledged_entry_differs")
        self._look_at_lost(till_id)
        if anchor.is_damaged:
            report.found("anchor_damaged")
        for slot in anchor.slots:
            if slot is None or slot.till_id != till_id:
                continue
            kept = self._reader.execute(
                "SELECT entry_hash FROM entries WHERE epoch = ? AND seq = ?", (slot.head.epoch, slot.head.seq)
            ).fetchone()
            if kept is None or kept[0] != slot.head.entry_hash:
                report.found("anchor_ahead", told=f"epoch {slot.head.epoch} seq {slot.head.seq}")
