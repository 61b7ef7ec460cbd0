"""The outbox and the control lane: what HQ has, what it was asked, and its answers.

The chain is the outbox: what waits is what lies behind the acknowledged seq. Only sync calls this room.
"""

import sqlite3
from collections.abc import Callable, Collection
from uuid import UUID

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, func, insert, select, update

from pos_client.ledger import holdings, order_rights, rights, tokens
from pos_client.ledger.answers import LaneRequest, RequestKind, SyncState
from pos_client.ledger.baskets import Baskets
from pos_client.ledger.chain import ENTRY_COLUMNS, Draft, entry_from_row, position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.epochs import Epochs, frozen_for, kept_proof, thawed
from pos_client.ledger.parts import LaneState
from pos_client.ledger.tables import entries, identity, open_request, own_members, targets, verdicts
from shared_models.acknowledgement import Acknowledgement
from shared_models.bodies import RightsAdopted, TokenAcquired, TokenMove
from shared_models.entries import Entry
from shared_models.rights import Counters
from shared_models.sales import LotAmount
from shared_models.sync import NAME_COMMON, ControlAnswer, LotCounters

HELD_BASKET_KEEPS_RIGHTS_MS = 10 * 60_000
"""A held basket keeps its member's rights here for so long."""
_ENTRIES = prepared(
    select(*ENTRY_COLUMNS)
    .where(entries.c.position.between(bindparam("first"), bindparam("last")))
    .order_by(entries.c.position)
)
_AT = entries.c.position == bindparam("position")
_VALUE_AT = prepared(select(entries.c.value_total_fen).where(_AT))
_TIME_AT = prepared(select(entries.c.till_time_ms).where(_AT))
_HASH_AT = prepared(select(entries.c.entry_hash).where(_AT))
_PREV_HASH_AT = prepared(select(entries.c.prev_hash).where(_AT))
_REQUEST_NAMES = LaneRequest.__struct_fields__
_OPEN_REQUEST = prepared(select(*(open_request.c[name] for name in _REQUEST_NAMES)))
_OPEN_NUMBER = prepared(select(open_request.c.number))
_START_REQUEST = prepared(insert(open_request))
_END_REQUEST = prepared(delete(open_request).where(open_request.c.number == bindparam("at_number")))
_HQ_EPOCH = prepared(update(identity).values(hq_epoch=bindparam("hq_epoch")))
_DROP_TARGET = prepared(
    delete(targets).where(targets.c.subject == bindparam("at_subject"), targets.c.lot == bindparam("at_lot"))
)
_DROP_TARGETS = prepared(delete(targets))
_PUT_TARGET = prepared(insert(targets))
_REGISTERED_AFTER = prepared(
    select(own_members.c.position).where(
        own_members.c.member_id == bindparam("member_id"), own_members.c.position > bindparam("acked")
    )
)
_DROP_VERDICT = prepared(delete(verdicts).where(verdicts.c.position == bindparam("at_position")))
_PUT_VERDICT = prepared(insert(verdicts))
_VERDICT_COUNTS = prepared(select(verdicts.c.outcome, func.count()).group_by(verdicts.c.outcome))
_FREEZING = {
    "stale": "stale", "clone": "clone", "rollback": "rollback", "fork": "fork", "closed": "epoch_closed",
    "kept": "till_revoked",
}  # fmt: skip
_proof = msgspec.msgpack.Decoder(Acknowledgement)


class Lane(Baskets, Epochs):
    """The room in which the till speaks to HQ, one request at a time."""

    # --- the outbox ---

    def acked(self) -> tuple[int, bytes]:
        """The last entry of the present epoch that HQ has, and its hash."""
        return self._lane.acked_seq, self._lane.acked_hash

    def entries_after(self, seq: int, count_max: int, bytes_max: int, epoch: int | None = None) -> list[Entry]:
        """Entries of the present (or an earlier) epoch that follow `seq`: at most so many, with bodies of at most so
        many bytes together, but at least one if there is one."""
        till_id = self._enrolled().till_id
        found: list[Entry] = []
        room = bytes_max
        begin = position_of(self._head.epoch if epoch is None else epoch, seq)
        for row in self._database.each(_ENTRIES, {"first": begin + 1, "last": begin + count_max}):
            entry = entry_from_row(till_id, row)
            room -= len(entry.body)
            if found and room < 0:
                break
            found.append(entry)
        return found

    # --- requests ---

    def open_request(self) -> LaneRequest | None:
        """The request that has no answer yet, also one of the process before."""
        row = self._database.row(_OPEN_REQUEST)
        return LaneRequest(*row) if row else None

    def start_request(
        self, kind: RequestKind, first_seq: int, last_seq: int, arguments: bytes, digest: Callable[[int], bytes]
    ) -> LaneRequest:
        """Give a request its number and put it on disk before it is sent. `digest(number)` is the SHA-256 of the body
        it will have. One at a time: starting another is a fault of the caller (IntegrityError)."""
        with self._database.writing() as driver:
            number = self._lane.next_request
            request = LaneRequest(number, kind, first_seq, last_seq, arguments, digest(number))
            driver.execute(_START_REQUEST, {"only": 1, **{name: getattr(request, name) for name in _REQUEST_NAMES}})
        return request

    def drop_request(self, number: int) -> None:
        """Close a number without an answer (too large, or its bytes can no longer be made): numbers may have gaps."""
        with self._database.lock:
            state = replace(self._lane, next_request=max(self._lane.next_request, number + 1))
            with self._database.writing() as driver:
                driver.execute(_END_REQUEST, {"at_number": number})
                self._write_lane(driver, state)
            self._lane = state

    def close_request(self, number: int, answer: ControlAnswer) -> None:
        """Take HQ's answer over in one transaction: what it acknowledged, the grants and tokens it gave (as entries),
        targets and verdicts; after `stale`, `clone`, `rollback` or `fork` the rights freeze. A number that is not open
        any more changes nothing."""
        with self._database.lock:
            known = self._database.driver.execute(_OPEN_NUMBER).fetchone()
            if known is None or known[0] != number:
                return
            with self._transaction() as draft:
                state = replace(
                    self._lane,
                    next_request=max(self._lane.next_request, number + 1, answer.hq_last_request + 1),
                    last_error=answer.refusal if answer.outcome == "refused" else "",
                )
                state = self._acknowledged(draft.driver, state, answer)
                state = self._frozen_by(draft.driver, state, answer)
                if answer.hq_epoch > draft.identity.hq_epoch:  # restored: it will say anew what should stay here
                    draft.driver.execute(_DROP_TARGETS)
                self._store_targets(draft.driver, answer)
                self._store_verdicts(draft.driver, answer)
                if answer.outcome == "ok" and answer.opened_epoch > draft.head.epoch:
                    state = self._begin_epoch(
                        draft, state, epoch=answer.opened_epoch, before=draft.head, genesis_hash=answer.acked_hash,
                        reason=state.frozen, proof=kept_proof(answer.acknowledgement()),
                    )  # fmt: skip
                elif self._brings_a_grant(state, answer):
                    state = self._adopted(draft, state, answer)
                if answer.hq_epoch > draft.identity.hq_epoch:
                    draft.driver.execute(_HQ_EPOCH, {"hq_epoch": answer.hq_epoch})
                draft.driver.execute(_END_REQUEST, {"at_number": number})
                self._write_lane(draft.driver, state)
            self._lane = state
            hq_epoch = max(answer.hq_epoch, draft.identity.hq_epoch)
            self._identity = replace(draft.identity, hq_epoch=hq_epoch, epoch=draft.head.epoch)
            self.take_member_rows(answer.members)

    def proof(self) -> Acknowledgement | None:
        """HQ's own word for what it acknowledged of the present epoch: whoever claims more than HQ has must show it."""
        return _proof.decode(self._lane.proof) if self._lane.proof else None

    def last_adopted(self) -> tuple[int, int]:
        """(request number, seq): the last grant adopted and the entry that took it; (0, 0) for none."""
        return self._lane.adopted_request, self._lane.adopted_seq

    def frozen(self) -> str | None:
        """Why rights are frozen (`anchor_ahead`, `restored_copy`, `stale`, `clone`, `rollback`, `fork`,
        `epoch_closed`, `till_revoked`); None when they are not."""
        return self._lane.frozen or None

    def note_contact(self, hq_time_ms: int, offset_ms: int | None) -> None:
        """HQ was heard, and its time was signed. `offset_ms` (HQ minus till) where it is known now; None for an answer
        that is repeated, whose time is old."""
        with self._database.lock:
            if self._time.note_contact(hq_time_ms, offset_ms):
                with self._database.writing() as driver:
                    self._time.keep(driver)

    def note_error(self, code: str) -> None:
        """Why HQ could not be reached last; '' when it was."""
        with self._database.lock:
            if code != self._lane.last_error:
                state = replace(self._lane, last_error=code)
                with self._database.writing() as driver:
                    self._write_lane(driver, state)
                self._lane = state

    def sync_state(self) -> SyncState:
        """Where the till stands with HQ."""
        with self._database.lock:
            head, state = self._head, self._lane
            left_ms = self._time.lease_left_ms()
        acked = self._position(state.acked_seq)
        before = self._database.row(_VALUE_AT, {"position": acked})
        oldest = self._database.row(_TIME_AT, {"position": acked + 1})
        counts: dict[str, int] = dict(self._database.rows(_VERDICT_COUNTS))
        return SyncState(
            last_contact_ms=self._time.contact_ms,
            last_error=state.last_error,
            waiting_entries=max(0, head.seq - state.acked_seq) + self.owed_entries_count(),
            waiting_fen=head.value_total_fen - (before[0] if before else 0),
            oldest_waiting_ms=oldest[0] if oldest else 0,
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
        return rights.counters_of(self._database, self._head.epoch, member_ids)

    def holds_more_than_target(self) -> list[LotAmount]:
        """What should go back to HQ: A above target, but nothing of a member in a basket, and nothing while frozen."""
        if self._lane.frozen:
            return []
        spared = self.members_in_use()
        return rights.above_target(self._database, self._head.epoch, spared, self.new_head().business_date)

    def tokens_to_release(self) -> list[TokenMove]:
        """Coupons owned here of members that no basket holds, and the home token where another till should have it;
        nothing while frozen."""
        if self._lane.frozen:
            return []
        spared = set(self.members_in_use())
        held = tokens.coupons_owned(self._database)
        unwanted = self.home_token_unwanted()
        return [*(token for token in held if token.subject not in spared), *([unwanted] if unwanted else [])]

    def counters_after(self, subject: UUID, lot: str, count: int) -> list[LotCounters]:
        """Counters of the present epoch, a page in the order of their lots."""
        return holdings.counters_after(self._database, self._head.epoch, subject, lot, count)

    def tokens_after(self, token: UUID, count: int) -> list[TokenMove]:
        """All tokens owned here, a page in their order."""
        return holdings.tokens_after(self._database, token, count)

    def tokens_of(self, member_id: UUID) -> list[TokenMove]:
        """Tokens of this id owned here and not spent."""
        return tokens.owned_by(self._database, [member_id])

    def owned_token(self, token: UUID) -> TokenMove | None:
        """A token, when it is owned here and not spent."""
        return tokens.owned_here(self._database, token)

    # --- the parts of an answer ---

    def members_in_use(self) -> set[UUID]:
        """Members of baskets with all ids of the same person."""
        together: set[UUID] = set()
        for member_id in self._members_in_baskets(HELD_BASKET_KEEPS_RIGHTS_MS):
            together.update(self.ids_of_person(member_id))
        return together

    def orders_in_use(self) -> set[UUID]:
        """Orders that a basket hands over or changes now: they are not given away under the cashier's hands."""
        return self._orders_in_baskets(HELD_BASKET_KEEPS_RIGHTS_MS)

    def registered_unheard(self, member_ids: Collection[UUID]) -> set[UUID]:
        """Those of them who were registered here and of whom HQ has not heard."""
        if self._head.seq == self._lane.acked_seq:
            return set()
        asked = {"acked": self._position(self._lane.acked_seq)}
        return {one for one in member_ids if self._database.row(_REGISTERED_AFTER, {**asked, "member_id": one.bytes})}

    def _acknowledged(self, driver: sqlite3.Connection, state: LaneState, answer: ControlAnswer) -> LaneState:
        """Believe an acknowledgement only about an entry that is ours; HQ restored from a backup may set it back."""
        if answer.common_epoch and answer.common_epoch != self._head.epoch:
            self._owed_taken(driver, answer.common_epoch, answer.common_seq, answer.common_hash)
        seq, entry_hash = answer.acked_seq, answer.acked_hash
        if answer.outcome in NAME_COMMON or answer.outcome == "kept":
            seq, entry_hash = answer.common_seq, answer.common_hash
        if answer.outcome == "kept":
            return replace(state, kept_seq=seq) if self._is_own(driver, seq, entry_hash) else state
        if not self._is_own(driver, seq, entry_hash):
            return state
        word = answer.acknowledgement()
        proof = kept_proof(word) if word.names(self._head.epoch, seq, entry_hash) else b""
        return replace(state, acked_seq=seq, acked_hash=entry_hash, proof=proof)

    def _is_own(self, driver: sqlite3.Connection, seq: int, entry_hash: bytes) -> bool:
        """Whether this till's chain has that link. Seq 0: what its first entry follows."""
        if not entry_hash or not 0 <= seq <= self._head.seq:
            return False
        asked = _PREV_HASH_AT if seq == 0 else _HASH_AT
        own = driver.execute(asked, {"position": self._position(seq or 1)}).fetchone()
        return own is not None and own[0] == entry_hash

    def _frozen_by(self, driver: sqlite3.Connection, state: LaneState, answer: ControlAnswer) -> LaneState:
        """What an answer says about this till's disk. HQ that has an entry at a place where this till has another, or
        none, sees no fork by itself while this till's chain is the longer one: the till sees it."""
        code = _FREEZING.get(answer.outcome, answer.trouble)
        if answer.outcome != "kept":
            state = thawed(state)  # a refusal bears no signature; whoever answers knows this till's key
        if answer.outcome == "resend_from" and answer.acked_hash:
            if answer.acked_seq > self._head.seq:
                code = "rollback"
            elif self._head.seq and not self._is_own(driver, answer.acked_seq, answer.acked_hash):
                code = "fork"
        return frozen_for(state, code, self._head.seq) if code else state

    def _brings_a_grant(self, state: LaneState, answer: ControlAnswer) -> bool:
        """A newer grant, of the present epoch: what HQ says of another one is lent to a holder that is no more."""
        is_ours = answer.acked_epoch in (0, self._head.epoch)
        return answer.outcome == "ok" and is_ours and answer.grant_request > state.adopted_request

    def _adopted(self, draft: Draft, state: LaneState, answer: ControlAnswer) -> LaneState:
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
            members = {move.subject for move in answer.tokens if move.subject and move.kind == "coupon"}
            told, about = order_rights.told_with(answer)
            body = TokenAcquired(
                head=self.new_head(subjects=tuple(sorted(members | about))),
                request_number=number,
                tokens=answer.tokens,
                attachments=tuple(sorted(one.attachment_hash for one in told)),
            )
            draft.write(body, told)
        if not draft.written:
            return state
        return replace(state, adopted_request=number, adopted_seq=draft.head.seq)

    @staticmethod
    def _store_targets(driver: sqlite3.Connection, answer: ControlAnswer) -> None:
        for target in answer.targets:
            row = {"subject": target.subject.bytes, "lot": target.lot, "amount": target.amount}
            driver.execute(_DROP_TARGET, {"at_subject": row["subject"], "at_lot": row["lot"]})
            if target.amount > 0:
                driver.execute(_PUT_TARGET, row)

    def _store_verdicts(self, driver: sqlite3.Connection, answer: ControlAnswer) -> None:
        for verdict in answer.verdicts:
            position = position_of(answer.common_epoch or self._head.epoch, verdict.seq)
            driver.execute(_DROP_VERDICT, {"at_position": position})
            driver.execute(_PUT_VERDICT, {"position": position, "outcome": verdict.outcome, "code": verdict.code})

    def take_member_rows(self, rows: object) -> None:
        """Fresh rows of members asked for; the mirror's room does it."""
        raise NotImplementedError

    def home_token_unwanted(self) -> TokenMove | None:
        """The home token, when another till should have it; the room of coupons knows."""
        raise NotImplementedError

    def ids_of_person(self, member_id: UUID) -> tuple[UUID, ...]:
        """All ids of one person; the mirror's room knows."""
        raise NotImplementedError
