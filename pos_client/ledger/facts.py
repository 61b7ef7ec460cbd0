"""Reading facts back: entries, attachments, sums of postings, and the shift that is open."""

from collections.abc import Collection, Iterable, Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import BindParameter, ColumnElement, Select, bindparam, case, func, select

from pos_client.ledger.answers import PostingSum, ShiftState, VerdictRow
from pos_client.ledger.chain import ENTRY_COLUMNS, entry_from_row, position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.parts import LedgerParts
from pos_client.ledger.tables import attachments, entries, postings, shifts, subjects, verdicts
from shared_models.bodies import Body, decode_body
from shared_models.entries import Entry
from shared_models.sync import WireAttachment

_KEY: BindParameter[Any] = bindparam("key")
_BY_POSITION = prepared(select(*ENTRY_COLUMNS).where(entries.c.position == _KEY))
_BY_BUSINESS_ID = prepared(select(*ENTRY_COLUMNS).where(entries.c.business_id == _KEY))
_BY_RECEIPT = prepared(select(*ENTRY_COLUMNS).where(entries.c.receipt_number == _KEY))
_ABOUT = prepared(select(*ENTRY_COLUMNS).where(entries.c.refers_to == _KEY).order_by(entries.c.position))
_ATTACHMENT = prepared(select(attachments.c.content).where(attachments.c.attachment_hash == _KEY))
_ATTACHMENTS = prepared(
    select(attachments.c.position, attachments.c.kind, attachments.c.salt, attachments.c.content)
    .where(attachments.c.position.between(bindparam("first"), bindparam("last")))
    .order_by(attachments.c.position, attachments.c.number)
)
_SHIFT = prepared(
    select(shifts.c.shift_id, shifts.c.business_date, shifts.c.opened, entries.c.till_time_ms)
    .join(entries, entries.c.position == shifts.c.opened)
    .where(shifts.c.closed.is_(None))
)


class Facts(LedgerParts):
    """The room in which facts are read. Every answer is what was committed before."""

    # --- one entry ---

    def entry_at(self, seq: int, epoch: int | None = None) -> Entry | None:
        """The entry with this seq of the present (or a given) epoch."""
        position = position_of(self._head.epoch if epoch is None else epoch, seq)
        return self._one(_BY_POSITION, position)

    def entry_by_business_id(self, business_id: UUID) -> Entry | None:
        """The entry with this business id, of any epoch."""
        return self._one(_BY_BUSINESS_ID, business_id.bytes)

    def entry_by_receipt(self, receipt_number: str) -> Entry | None:
        """The sale, refund, top-up or other entry that printed this number; one that this till lost with its disk too,
        as HQ gave it back."""
        return self._one(_BY_RECEIPT, receipt_number) or self.lost_by_receipt(receipt_number)

    def sale_by_receipt(self, receipt_number: str) -> Entry | None:
        """The sale with this receipt number; None for any other entry's."""
        found = self.entry_by_receipt(receipt_number)
        return found if found is not None and found.entry_type == "sale" else None

    # --- several ---

    def refunds_of(self, sale_id: UUID) -> list[Entry]:
        """All refunds of a sale made here, oldest first."""
        return self._referring(sale_id, ("refund",))

    def references_to(self, business_id: UUID, types: Collection[str] = ()) -> list[Entry]:
        """Entries about another one: refunds and tender corrections of a sale, withdrawals and voids of a top-up."""
        return self._referring(business_id, types)

    def entries(
        self, types: Collection[str] = (), *, business_date: str | None = None, shift_id: UUID | None = None,
        newest_first: bool = False, limit: int | None = None,
    ) -> list[Entry]:  # fmt: skip
        """Entries of these types (all when none is given), of a business date or a shift, in the order written."""
        order = entries.c.position.desc() if newest_first else entries.c.position
        asked = select(*ENTRY_COLUMNS).where(*self._filter(types, business_date, shift_id)).order_by(order)
        return self._several(asked.limit(limit) if limit else asked)

    def entries_about(
        self, subject_ids: Iterable[UUID], types: Collection[str] = (), *, limit: int | None = None
    ) -> list[Entry]:
        """Entries about these members or campaigns, newest first: last purchases, what was topped up here."""
        about = select(subjects.c.position).where(subjects.c.subject.in_([each.bytes for each in subject_ids]))
        asked = select(*ENTRY_COLUMNS).where(entries.c.position.in_(about)).order_by(entries.c.position.desc())
        if types:
            asked = asked.where(entries.c.entry_type.in_(list(types)))
        return self._several(asked.limit(limit) if limit else asked)

    def body_of(self, entry: Entry) -> Body | None:
        """The body of an entry; None for a type or version unknown here."""
        return decode_body(entry.entry_type, entry.type_version, entry.body)

    def attachment(self, attachment_hash: str) -> bytes | None:
        """The content a body names by this hash; None when it was deleted (or '' was asked)."""
        if not attachment_hash:
            return None
        row = self._database.row(_ATTACHMENT, {"key": bytes.fromhex(attachment_hash)})
        return row[0] if row else None

    def attachments_of(self, seqs: Sequence[int], epoch: int | None = None) -> list[WireAttachment]:
        """What is left beside these entries of the present (or an earlier) epoch, as it goes over the wire."""
        if not seqs:
            return []
        first, wanted = position_of(self._head.epoch if epoch is None else epoch, 0), set(seqs)
        asked = {"first": first + min(seqs), "last": first + max(seqs)}
        return [
            WireAttachment(seq=position - first, kind=kind, salt=salt, content=content)
            for position, kind, salt, content in self._database.rows(_ATTACHMENTS, asked)
            if position - first in wanted
        ]

    # --- shifts and sums ---

    def current_shift(self) -> ShiftState | None:
        """The shift that is open."""
        row = self._database.row(_SHIFT)
        if row is None:
            return None
        shift_id, business_date, opened, opened_at_ms = row
        return ShiftState(UUID(bytes=shift_id), business_date, opened % position_of(1, 0), opened_at_ms)

    def posting_sums(
        self, *, business_date: str | None = None, shift_id: UUID | None = None, types: Collection[str] = ()
    ) -> list[PostingSum]:
        """Postings of a business date or a shift, summed by entry type, account and unit."""
        debit = func.sum(case((postings.c.amount > 0, postings.c.amount), else_=0))
        credit = func.sum(case((postings.c.amount < 0, -postings.c.amount), else_=0))
        kinds = (entries.c.entry_type, postings.c.account, postings.c.unit)
        asked = (
            select(*kinds, debit, credit, func.count(postings.c.position.distinct()))
            .join(postings, postings.c.position == entries.c.position)
            .where(*self._filter(types, business_date, shift_id))
            .group_by(*kinds)
            .order_by(*kinds)
        )
        return [PostingSum(*row) for row in self._database.reading().execute(asked)]

    def verdicts(self, limit: int = 200) -> list[VerdictRow]:
        """Entries HQ accepted with a named exception or parked, newest first."""
        asked = (
            select(entries.c.epoch, entries.c.seq, entries.c.entry_type, verdicts.c.outcome, verdicts.c.code)
            .join(entries, entries.c.position == verdicts.c.position)
            .order_by(verdicts.c.position.desc())
            .limit(limit)
        )
        return [VerdictRow(*row) for row in self._database.reading().execute(asked)]

    def _open_shift(self) -> tuple[UUID, str] | None:
        # Asked on the writing connection: the answer belongs to the transaction that is about to write.
        with self._database.lock:
            row = self._database.driver.execute(_SHIFT).fetchone()
        return (UUID(bytes=row[0]), row[1]) if row else None

    def _referring(self, business_id: UUID, types: Collection[str]) -> list[Entry]:
        till_id = self._enrolled().till_id
        found = (entry_from_row(till_id, row) for row in self._database.rows(_ABOUT, {"key": business_id.bytes}))
        return [entry for entry in found if not types or entry.entry_type in types]

    @staticmethod
    def _filter(types: Collection[str], business_date: str | None, shift_id: UUID | None) -> list[ColumnElement[bool]]:
        wanted: list[ColumnElement[bool]] = []
        if business_date is not None:
            wanted.append(entries.c.business_date == business_date)
        if shift_id is not None:
            # A shift has one business date, and entries are found by that.
            its_date = select(shifts.c.business_date).where(shifts.c.shift_id == shift_id.bytes).scalar_subquery()
            wanted += [entries.c.business_date == its_date, entries.c.shift_id == shift_id.bytes]
        if types:
            wanted.append(entries.c.entry_type.in_(sorted(types)))
        return wanted

    def _one(self, statement: str, key: object) -> Entry | None:
        row = self._database.row(statement, {"key": key})
        return entry_from_row(self._enrolled().till_id, row) if row else None

    def _several(self, asked: Select[tuple[object, ...]]) -> list[Entry]:
        till_id = self._enrolled().till_id
        return [entry_from_row(till_id, row) for row in self._database.reading().execute(asked)]
