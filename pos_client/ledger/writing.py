"""Writing facts: entries, look-ups, the till's own time, and what may be deleted again."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import bindparam, delete, select

from pos_client.ledger.chain import Draft, position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.epochs import Epochs
from pos_client.ledger.side_effects import DROP_BASKET
from pos_client.ledger.tables import attachments, entries, own_changes, own_members, subjects
from shared_models.bodies import Body, ClockSet, Lookup, MemberLookup, Sale
from shared_models.entries import Attachment, Entry
from shared_models.sales import Approval

LOOKUP_WAIT_MS_MAX = 2_000
"""A look-up is on disk at the latest so long after it was made."""
LOOKUPS_IN_ONE_ENTRY_MAX = 200

_ABOUT = select(subjects.c.position).where(subjects.c.subject == bindparam("member_id"))
_STAYS = ("order_taken", "token_acquired", "ticket_opened", "ticket_moved")
"""Orders and repairs are worked on for longer than that: their names and words stay until the person is forgotten."""
_OLD = (
    entries.c.business_date < bindparam("older_than"),
    entries.c.position <= bindparam("last"),
    *(entries.c.entry_type != kind for kind in _STAYS),
)
_OLD_ATTACHED = prepared(
    select(attachments.c.position)
    .join(entries, entries.c.position == attachments.c.position)
    .where(*_OLD)
    .distinct()
    .limit(bindparam("count_max"))
)
_OLD_CHANGES = prepared(
    select(own_changes.c.position).join(entries, entries.c.position == own_changes.c.position).where(*_OLD)
)
_DROP_ATTACHED_AT = prepared(delete(attachments).where(attachments.c.position == bindparam("at_position")))
_DROP_CHANGE_AT = prepared(delete(own_changes).where(own_changes.c.position == bindparam("at_position")))
_DROPPED_AT_ONCE = 200  # a sale waits for no more
_OWN_MEMBER = prepared(select(own_members.c.position).where(own_members.c.member_id == bindparam("member_id")))
_ATTACHED = prepared(select(attachments.c.number).where(attachments.c.position.in_(_ABOUT)))
_DROP_ATTACHED = prepared(delete(attachments).where(attachments.c.position.in_(_ABOUT)))
_DROP_OWN = [
    prepared(delete(kept).where(kept.c.member_id == bindparam("member_id"))) for kept in (own_members, own_changes)
]


@dataclass(slots=True)
class LookupBuffer:
    """Look-ups that wait for their entry."""

    lookups: list[Lookup] = field(default_factory=list)
    beside: list[Attachment] = field(default_factory=list)
    first_monotonic_ms: int = 0


class Writing(Epochs):
    """The room in which facts are written."""

    _buffer: LookupBuffer

    def append(self, body: Body, beside: Sequence[Attachment] = (), *, basket_done: UUID | None = None) -> Entry:
        """Write one fact: durable when this returns. Fills the head's till time, clock offset and postings digest;
        waiting look-ups are written ahead of it and the finished basket is dropped, in the same transaction.

        The same business id again answers with the entry already written. Refuses `till_not_enrolled`,
        `rights_short(subject, lot, wanted, available)`, `rights_frozen(reason)`, `lease_over`, `lot_expired`,
        `token_not_here(token)`, `refund_exceeds_sale`, `sale_unknown`, `shift_open`, `shift_not_open`,
        `business_id_reused`, `basket_too_large`, `disk_full`, `ledger_unknown`, `coupon_*` for a printed coupon.
        """
        return self.append_all(((body, beside),), basket_done=basket_done)[-1]

    def append_all(
        self, facts: Sequence[tuple[Body, Sequence[Attachment]]], *, basket_done: UUID | None = None
    ) -> list[Entry]:
        """The same for facts that are true together or not at all: goods that come back and what is taken instead, a
        sale and the order it fulfils."""
        with self._database.lock:
            for body, _beside in facts:
                if isinstance(body, Sale) and body.printed_coupons:
                    self.check_printed(body)
            with self._transaction() as draft:
                taken = self._write_lookups(draft)
                entries = [draft.write(body, beside) for body, beside in facts]
                for body, _beside in facts:
                    if isinstance(body, ClockSet):
                        self._keep_mark(draft, by_hq=body.by_hq)
                if basket_done is not None:
                    draft.driver.execute(DROP_BASKET, {"at_basket": basket_done.bytes})
            self._lookups_written(taken)
        return entries

    def append_lookup(self, lookup: Lookup, beside: Sequence[Attachment] = ()) -> None:
        """Remember a look-up: written within two seconds by `flush_lookups`, or ahead of the next entry."""
        with self._database.lock:
            if not self._buffer.lookups:
                self._buffer.first_monotonic_ms = self._clock.monotonic_ms()
            self._buffer.lookups.append(lookup)
            self._buffer.beside.extend(beside)
            full = len(self._buffer.lookups) >= LOOKUPS_IN_ONE_ENTRY_MAX
        if full or self._lookups_due():
            self.flush_lookups()

    def flush_lookups(self) -> Entry | None:
        """Write the waiting look-ups as one entry; called each second."""
        with self._database.lock:
            if not self._buffer.lookups:
                return None
            with self._transaction() as draft:
                taken = self._write_lookups(draft)
            self._lookups_written(taken)
            return draft.written[-1]

    def set_clock(self, *, cashier_id: str, approvals: tuple[Approval, ...]) -> Entry:
        """A manager confirms the machine's clock: till time begins anew at it. The lease's mark stays where it was."""
        body = ClockSet(
            head=self.new_head(cashier_id=cashier_id), from_ms=self._head.floor_ms, to_ms=self._clock.now_ms(),
            approvals=approvals,
        )  # fmt: skip
        return self.append(body)

    def forget(self, member_id: UUID) -> int:
        """Erase a person here: all attachments of entries about them and their own registration. The chain stays
        whole. Answers how many attachments went."""
        about = {"member_id": member_id.bytes}
        if not self._database.row(_OWN_MEMBER, about) and not self._database.row(_ATTACHED, about):
            return 0  # most people who are forgotten were never here
        with self._database.erasing() as driver:
            gone: int = driver.execute(_DROP_ATTACHED, about).rowcount
            for statement in _DROP_OWN:
                driver.execute(statement, about)
        return gone

    def delete_attachments(self, older_than: str) -> int:
        """Delete what lies beside entries that HQ has, of a business date before `older_than`, a few at a time. Whoever
        calls knows that the mirror is up to date: it has what is still needed of them. Answers of how many entries."""
        owed, acked = self.owed(), self._position(self._lane.acked_seq)
        last = acked if owed is None else position_of(owed.epoch, owed.acked_seq)
        old = {"older_than": older_than, "last": last}
        gone = 0
        while rows := self._database.rows(_OLD_ATTACHED, old | {"count_max": _DROPPED_AT_ONCE}):
            with self._database.erasing() as driver:
                driver.executemany(_DROP_ATTACHED_AT, [{"at_position": position} for (position,) in rows])
            gone += len(rows)
        if changes := self._database.rows(_OLD_CHANGES, old):
            with self._database.erasing() as driver:
                driver.executemany(_DROP_CHANGE_AT, [{"at_position": position} for (position,) in changes])
        return gone

    def sync_anchor(self) -> None:
        """Make the disk remember the anchor: each second. A sale does not wait for it."""
        self._anchor.sync()

    def checkpoint(self) -> bool:
        """Copy the logs into their files when it is worth it: off the cashier's path. Whether ledger.db's was."""
        self._mirror.checkpoint()
        with self._database.lock:
            done = self._database.checkpoint()
            if done:
                # The commit after a checkpoint begins the log anew and waits for the disk twice: not on a sale's time.
                with self._database.writing() as driver:
                    self._time.keep_mark(driver)
            return done

    def _write_lookups(self, draft: Draft) -> int:
        """Write what waits; how many look-ups that was. The buffer keeps them until the commit."""
        waiting = self._buffer.lookups
        if waiting:
            people = tuple(sorted({each.member_id for each in waiting if each.member_id}))
            head = self.new_head(cashier_id=waiting[0].cashier_id, subjects=people)
            draft.write(MemberLookup(head=head, lookups=tuple(waiting)), self._buffer.beside)
        return len(waiting)

    def _lookups_written(self, count: int) -> None:
        if count:
            self._buffer = LookupBuffer()

    def _lookups_due(self) -> bool:
        waited_ms = self._clock.monotonic_ms() - self._buffer.first_monotonic_ms
        return bool(self._buffer.lookups) and waited_ms >= LOOKUP_WAIT_MS_MAX

    def _keep_mark(self, draft: Draft, *, by_hq: bool) -> None:
        """A manager who sets the clock back does not lengthen the lease."""
        if not by_hq:
            self._time.keep_mark(draft.driver)
