"""The outbox and the control lane: what HQ has, what it was asked, and its answers.

The chain is the outbox: what waits is what lies behind the acknowledged seq. Only sync calls this room.
"""

from collections.abc import Callable
from uuid import UUID

from sqlalchemy import func, select, update

from pos_client.ledger import rights, tokens
from pos_client.ledger.answers import LaneRequest, RequestKind, SyncState
from pos_client.ledger.baskets import Baskets
from pos_client.ledger.chain import ENTRY_COLUMNS, Draft, entry_from_row
from pos_client.ledger.tables import entries, identity, lane, open_request, targets, verdicts
from shared_models.bodies import RightsAdopted, TokenAcquired, TokenMove
from shared_models.entries import Entry
from shared_models.rights import Counters
from shared_models.sales import LotAmount
from shared_models.sync import ControlAnswer

HELD_BASKET_KEEPS_RIGHTS_MS = 10 * 60_000
"""A held basket keeps its member's rights here for so long."""
_FREEZING = frozenset({"stale", "clone", "rollback", "fork"})


class Lane(Baskets):
    """The room in which the till speaks to HQ, one request at a time."""

    # --- the outbox ---

    def acked(self) -> tuple[int, bytes]:
        """The last entry of the present epoch that HQ has, and its hash."""
        return self._lane.acked_seq, self._lane.acked_hash

    def entries_after(self, seq: int, count_max: int, bytes_max: int) -> list[Entry]:
        """Entries of the present epoch that follow `seq`: at most so many, with bodies of at most so many bytes
        together, but at least one if there is one."""
        till_id = self._enrolled().till_id
        found: list[Entry] = []
        room = bytes_max
        with self._database.reading().execute(
            select(*ENTRY_COLUMNS)
            .where(entries.c.position.between(self._position(seq + 1), self._position(seq + count_max)))
            .order_by(entries.c.position)
        ) as rows:
            for row in rows:
                room -= len(row.body)
                if found and room < 0:
                    break
                found.append(entry_from_row(till_id, row))
        return found

    # --- requests ---

    def open_request(self) -> LaneRequest | None:
        """The request that has no answer yet, also one of the process before."""
        row = self._database.reading().execute(select(*open_request.c[1:])).one_or_none()
        if row is None:
            return None
        return LaneRequest(row.number, row.kind, row.first_seq, row.last_seq, row.arguments, row.digest)

    def start_request(
        self, kind: RequestKind, first_seq: int, last_seq: int, arguments: bytes, digest: Callable[[int], bytes]
    ) -> LaneRequest:
        """Give a request its number and put it on disk before it is sent. `digest(number)` is the SHA-256 of the body
        it will have. One at a time: starting another is a fault of the caller (IntegrityError)."""
        with self._database.lock, self._database.writing():
            number = self._lane.next_request
            request = LaneRequest(number, kind, first_seq, last_seq, arguments, digest(number))
            self._database.execute(
                open_request.insert(),
                {
                    "only": 1,
                    "number": number,
                    "kind": kind,
                    "first_seq": first_seq,
                    "last_seq": last_seq,
                    "digest": request.digest,
                    "arguments": arguments,
                },
            )
        return request

    def drop_request(self, number: int) -> None:
        """Close a number without an answer (too large, or its bytes can no longer be made): numbers may have gaps."""
        with self._database.lock:
            with self._database.writing():
                self._close(number, number + 1)
            self._reload()

    def close_request(self, number: int, answer: ControlAnswer) -> None:
        """Take HQ's answer over in one transaction: what it acknowledged, the grants and tokens it gave (as entries),
        targets and verdicts; after `stale`, `clone`, `rollback` or `fork` the rights freeze. A number that is not open
        any more changes nothing."""
        with self._database.lock:
            known = self._database.execute(select(open_request.c.number)).scalar_one_or_none()
            if known != number:
                return
            try:
                with self._transaction() as draft:
                    self._acknowledge(answer)
                    if answer.grant_request > self._lane.adopted_request and answer.outcome not in _FREEZING:
                        self._adopt(draft, answer)
                    self._store_targets(answer)
                    self._store_verdicts(answer)
                    self._store_outcome(answer)
                    self._close(number, max(number, answer.hq_last_request) + 1)
            finally:
                self._reload()
            self.take_member_rows(answer.members)

    def last_adopted(self) -> tuple[int, int]:
        """(request number, seq): the last grant adopted and the entry that took it; (0, 0) for none."""
        return self._lane.adopted_request, self._lane.adopted_seq

    def frozen(self) -> str | None:
        """Why rights are frozen (`anchor_ahead`, `stale`, `clone`, `rollback`, `fork`); None when they are not."""
        return self._lane.frozen or None

    def note_contact(self, hq_time_ms: int, offset_ms: int | None) -> None:
        """HQ was heard, and its time was signed. `offset_ms` (HQ minus till) where it is known now; None for an answer
        that is repeated, whose time is old."""
        with self._database.lock, self._database.writing() as driver:
            self._time.note_contact(driver, hq_time_ms, offset_ms)

    def note_error(self, code: str) -> None:
        """Why HQ could not be reached last; '' when it was."""
        with self._database.lock:
            if code != self._lane.last_error:
                with self._database.writing():
                    self._database.execute(update(lane).values(last_error=code))
                self._reload()

    def sync_state(self) -> SyncState:
        """Where the till stands with HQ."""
        with self._database.lock:
            head, state = self._head, self._lane
            left_ms = self._time.lease_left_ms()
        reader = self._database.reading()
        acked = self._position(state.acked_seq)
        acked_fen = reader.execute(select(entries.c.value_total_fen).where(entries.c.position == acked)).scalar() or 0
        oldest = select(entries.c.till_time_ms).where(entries.c.position == acked + 1)
        told = reader.execute(select(verdicts.c.outcome, func.count()).group_by(verdicts.c.outcome))
        counts: dict[str, int] = {row[0]: row[1] for row in told}
        return SyncState(
            last_contact_ms=self._time.contact_ms,
            last_error=state.last_error,
            waiting_entries=head.seq - state.acked_seq,
            waiting_fen=head.value_total_fen - acked_fen,
            oldest_waiting_ms=reader.execute(oldest).scalar() or 0,
            acked_seq=state.acked_seq,
            frozen=state.frozen,
            lease_over=left_ms < 0,
            lease_left_ms=left_ms,
            exceptions=counts.get("exception", 0),
            parked=counts.get("parked", 0),
        )

    # --- rights and tokens ---

    def rights_of(self, member_ids: tuple[UUID, ...] | list[UUID]) -> dict[tuple[UUID, str], Counters]:
        """The counters of these ids in the present epoch, by (subject, lot)."""
        return rights.counters_of(self._database.reading(), self._head.epoch, member_ids)

    def holds_more_than_target(self) -> list[LotAmount]:
        """What should go back to HQ: A above target, but nothing of a member in a basket, and nothing while frozen."""
        if self._lane.frozen:
            return []
        spared = self._in_baskets()
        return rights.above_target(self._database.reading(), self._head.epoch, spared)

    def tokens_to_release(self) -> list[TokenMove]:
        """Coupons owned here of members that no basket holds; nothing while frozen."""
        if self._lane.frozen:
            return []
        spared = set(self._in_baskets())
        held = tokens.coupons_owned(self._database.reading())
        return [token for token in held if token.subject not in spared]

    def tokens_of(self, member_id: UUID) -> list[TokenMove]:
        """Tokens of this id owned here and not spent."""
        return tokens.owned_by(self._database.reading(), [member_id])

    def owned_token(self, token: UUID) -> TokenMove | None:
        """A token, when it is owned here and not spent."""
        return tokens.owned_here(self._database.reading(), token)

    # --- the parts of an answer ---

    def _in_baskets(self) -> set[UUID]:
        """Members of baskets with all ids of the same person."""
        together: set[UUID] = set()
        for member_id in self._members_in_baskets(HELD_BASKET_KEEPS_RIGHTS_MS):
            together.update(self.ids_of_person(member_id))
        return together

    def _acknowledge(self, answer: ControlAnswer) -> None:
        """Believe an acknowledgement only about an entry that is ours; HQ restored from a backup may set it back."""
        if not answer.acked_hash or answer.acked_seq > self._head.seq:
            return
        if answer.acked_seq == 0:
            first = select(entries.c.prev_hash).where(entries.c.position == self._position(1))
            own = self._database.execute(first).scalar()
        else:
            that = select(entries.c.entry_hash).where(entries.c.position == self._position(answer.acked_seq))
            own = self._database.execute(that).scalar()
        if own == answer.acked_hash:
            self._database.execute(update(lane).values(acked_seq=answer.acked_seq, acked_hash=answer.acked_hash))

    def _adopt(self, draft: Draft, answer: ControlAnswer) -> None:
        """Grants and tokens become entries, in the transaction that closes their request."""
        number = answer.grant_request
        if answer.grants:
            people = tuple(sorted({grant.subject for grant in answer.grants}))
            draft.write(
                RightsAdopted(
                    head=self.new_head(subjects=people), request_number=number, hq_epoch=answer.hq_epoch,
                    grants=answer.grants,
                )
            )  # fmt: skip
        if answer.tokens:
            people = tuple(sorted({move.subject for move in answer.tokens if move.subject}))
            draft.write(TokenAcquired(head=self.new_head(subjects=people), request_number=number, tokens=answer.tokens))
        if answer.grants or answer.tokens:
            self._database.execute(update(lane).values(adopted_request=number, adopted_seq=draft.head.seq))

    def _store_targets(self, answer: ControlAnswer) -> None:
        for target in answer.targets:
            here = (targets.c.subject == target.subject.bytes) & (targets.c.lot == target.lot)
            self._database.execute(targets.delete().where(here))
            if target.amount > 0:
                row = {"subject": target.subject.bytes, "lot": target.lot, "amount": target.amount}
                self._database.execute(targets.insert(), row)

    def _store_verdicts(self, answer: ControlAnswer) -> None:
        for verdict in answer.verdicts:
            position = self._position(verdict.seq)
            self._database.execute(verdicts.delete().where(verdicts.c.position == position))
            row = {"position": position, "outcome": verdict.outcome, "code": verdict.code}
            self._database.execute(verdicts.insert(), row)

    def _store_outcome(self, answer: ControlAnswer) -> None:
        self._database.execute(update(identity).values(hq_epoch=max(answer.hq_epoch, self._enrolled().hq_epoch)))
        said = answer.refusal if answer.outcome == "refused" else ""
        self._database.execute(update(lane).values(last_error=said))
        if answer.outcome in _FREEZING and not self._lane.frozen:
            self._database.execute(update(lane).values(frozen=answer.outcome))

    def _close(self, number: int, next_request: int) -> None:
        self._database.execute(open_request.delete().where(open_request.c.number == number))
        self._database.execute(update(lane).where(lane.c.next_request < next_request).values(next_request=next_request))

    def take_member_rows(self, rows: object) -> None:
        """Fresh rows of members asked for; the mirror's room does it."""
        raise NotImplementedError

    def ids_of_person(self, member_id: UUID) -> tuple[UUID, ...]:
        """All ids of one person; the mirror's room knows."""
        raise NotImplementedError
