"""Epochs: how a till whose disk went back ends one and begins the next, what it still owes HQ of earlier ones, and what
it lost and HQ gave back.

A new epoch is opened in one transaction with HQ's answer: identity, first entry, counters from nothing, tokens given
up, rights thawed. Only the lane and sync call this room, and the counter for the manager's yes.
"""

import sqlite3
from collections.abc import Collection, Sequence
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

import msgspec
from msgspec.structs import replace
from sqlalchemy import bindparam, delete, insert, literal_column, select, update

from pos_client.ledger.chain import Draft, HeadState, entry_from_row, position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.parts import LaneState, LedgerParts
from pos_client.ledger.rights import ENROL_AGAIN as ENROL_AGAIN
from pos_client.ledger.tables import entries, identity, lane, lost_entries, open_request, owed, targets, tokens
from pos_client.ledger.wallet_rows import owe_again
from shared_models.acknowledgement import Acknowledgement
from shared_models.bodies import Body, EpochOpened, decode_body
from shared_models.entries import GENESIS_HASH, Entry, hash_is_right, read_head
from shared_models.refusals import Refusal
from shared_models.sales import Approval
from shared_models.sync import EnrolAnswer, EpochBegin, HistoryEntry, Rung

PASSING = "till_revoked"
"""A refusal bears no signature: whoever is told this is frozen until HQ answers, and then for what it was before."""

_REPAYING_TYPES = ("refund", "order_cancelled", "top_up_cancelled", "withdrawal")
_approvals = msgspec.msgpack.Decoder(tuple[Approval, ...])
_SET_EPOCH = prepared(update(identity).values(epoch=bindparam("epoch")))
_GIVE_UP_TOKENS = prepared(
    update(tokens).where(tokens.c.state == literal_column("'owned'")).values(state=literal_column("'released'"))
)
_OWN_ALL_REFUND_RIGHTS = prepared(update(lane).values(refund_rights_released_through=literal_column("0")))
_DROP_TARGETS = prepared(delete(targets))
_DROP_REQUEST = prepared(delete(open_request))
_OWE = prepared(insert(owed))
_OWED = prepared(select(owed).order_by(owed.c.epoch))
_OWED_TAKEN = prepared(
    update(owed)
    .where(owed.c.epoch == bindparam("at_epoch"))
    .values(acked_seq=bindparam("acked_seq"), acked_hash=bindparam("acked_hash"))
)
_OWED_OF = prepared(select(owed.c.epoch).where(owed.c.epoch == bindparam("at_epoch")))
_NOTHING_OWED = prepared(delete(owed).where(owed.c.acked_seq == owed.c.last_seq))
_LINK = prepared(select(entries.c.entry_hash, entries.c.prev_hash).where(entries.c.position == bindparam("position")))
_BODY = prepared(select(entries.c.body).where(entries.c.position == bindparam("position")))
_LAST_OF_EPOCH = prepared(
    select(entries.c.seq, entries.c.entry_hash)
    .where(entries.c.position.between(bindparam("first"), bindparam("last")))
    .order_by(entries.c.position.desc())
    .limit(1)
)
_TAKE_LOST = prepared(insert(lost_entries).prefix_with("OR IGNORE"))
_LOST_COLUMNS = (
    lost_entries.c.epoch, lost_entries.c.seq, lost_entries.c.entry_type, lost_entries.c.type_version,
    lost_entries.c.prev_hash, lost_entries.c.entry_hash, lost_entries.c.body,
)  # fmt: skip
_LOST_BY_RECEIPT = prepared(select(*_LOST_COLUMNS).where(lost_entries.c.receipt_number == bindparam("key")))


@dataclass(frozen=True, slots=True)
class Owed:
    """An earlier epoch of which HQ has the entries up to `acked_seq` and not those up to `last_seq`."""

    epoch: int
    acked_seq: int
    acked_hash: bytes
    last_seq: int


@dataclass(frozen=True, slots=True)
class EpochEnd:
    """Where this till's own part of an epoch ends. Seq 0: it has none of it."""

    epoch: int
    seq: int
    entry_hash: bytes


class Epochs(LedgerParts):
    """The room in which epochs end and begin."""

    def adopt_enrolment(self, answer: EnrolAnswer) -> Entry:
        """Become the till that HQ says: `epoch_opened` is the first entry of the epoch. A till that is enrolled again
        keeps its id and opens a newer epoch, which follows the last hash of the one before and thaws its rights.
        Refuses `enrolled_already`."""
        known, before = self._identity, self._head
        if known is None:
            before = HeadState(0, 0, answer.prev_hash or GENESIS_HASH, 0, 0)
        elif known.till_id != answer.till_id or answer.epoch <= known.epoch:
            raise Refusal("enrolled_already", till_id=known.till_id.hex, epoch=known.epoch)
        with self._database.lock:
            try:
                with self._database.writing() as driver:
                    self._write_identity(driver, answer)
                    self._identity = self._read_identity(driver)
                    self._time.note_hq_time(answer.hq_time_ms)
                    self._time.keep(driver)
                    driver.execute(_DROP_REQUEST)
                    draft = Draft(driver, self._enrolled(), before, self._time, self._guard())
                    number = max(self._lane.next_request, answer.next_request)
                    state = self._begin_epoch(
                        draft, replace(self._lane, next_request=number), epoch=answer.epoch, before=before,
                        genesis_hash=answer.prev_hash or before.entry_hash,
                        reason="enrolled" if known is None else "enrolled_again", proof=kept_proof(answer.proof),
                    )  # fmt: skip
                    self._write_lane(driver, state)
            finally:
                self._reload()
                self._time.load(self._database.driver, self._head.floor_ms)
            self._anchor.write(answer.till_id, self._head.chain_head)
        return draft.written[-1]

    def is_enrolled_again(self) -> bool:
        """Whether the present epoch began with this till's being enrolled again."""
        row = self._database.row(_BODY, {"position": self._position(1)})
        return row is not None and msgspec.json.decode(row[0], type=EpochOpened).reason == "enrolled_again"

    # --- the manager's step ---

    def allow_new_epoch(self, approvals: tuple[Approval, ...]) -> None:
        """A manager says that no other disk of this till goes on: the engine opens a new epoch as soon as HQ has
        everything. Kept over a restart. Refuses `nothing_to_heal`, and `enrol_again(reason)` where only that helps."""
        with self._database.lock:
            if not self._lane.frozen:
                raise Refusal("nothing_to_heal")
            if self._lane.frozen in ENROL_AGAIN:
                raise Refusal("enrol_again", reason=self._lane.frozen)
            self._keep_lane(replace(self._lane, approvals=msgspec.msgpack.encode(approvals)))

    def new_epoch_approvals(self) -> tuple[Approval, ...]:
        """What the manager said; empty when nobody has."""
        return _approvals.decode(self._lane.approvals) if self._lane.approvals else ()

    def freeze(self, code: str) -> None:
        """Freeze the rights for a reason found on this side of the wire; a reason that is there already stays, unless
        this one is about the till itself."""
        with self._database.lock:
            state = frozen_for(self._lane, code, self._head.seq)
            if state != self._lane:
                self._keep_lane(state)

    # --- what HQ does not have yet ---

    def delivered_seq(self) -> int:
        """Up to where HQ has this epoch: acknowledged, or kept aside because the till's key was taken away."""
        kept_seq = self._lane.kept_seq if self._lane.frozen == "till_revoked" else 0
        return max(self._lane.acked_seq, kept_seq)

    def owed(self) -> Owed | None:
        """The earliest epoch that HQ does not have to its end."""
        rows = self._owed_rows()
        return Owed(*rows[0]) if rows else None

    def owed_entries_count(self) -> int:
        """How many entries of earlier epochs wait."""
        return sum(last - acked for _epoch, acked, _hash, last in self._owed_rows())

    def _owed_rows(self) -> list[Any]:
        """Nothing is owed of earlier epochs in the first one, in which most tills stay for ever."""
        return self._database.rows(_OWED) if self._head.epoch > 1 else []

    def forget_owed_ack(self, epoch: int) -> None:
        """HQ does not know the entry that it acknowledged once: deliver the epoch from its beginning."""
        with self._database.lock:
            first = self._database.driver.execute(_LINK, {"position": position_of(epoch, 1)}).fetchone()
            if first is not None:
                with self._database.writing() as driver:
                    driver.execute(_OWED_TAKEN, {"at_epoch": epoch, "acked_seq": 0, "acked_hash": first[1]})

    def ladder(self) -> tuple[Rung, ...]:
        """Links of the present epoch at growing distances from its head down to its beginning, by which HQ finds a
        common one."""
        head = self._head
        rungs = [Rung(seq=head.seq, entry_hash=head.entry_hash)] if head.seq else []
        distance = 1
        while distance < head.seq:
            row = self._database.row(_LINK, {"position": self._position(head.seq - distance)})
            if row is not None:
                rungs.append(Rung(seq=head.seq - distance, entry_hash=row[0]))
            distance *= 2
        first = self._database.row(_LINK, {"position": self._position(1)})
        if first is not None:
            rungs.append(Rung(seq=0, entry_hash=first[1]))
        return tuple(rungs)

    def epoch_begins(self) -> tuple[EpochBegin, ...]:
        """What each epoch of this till began with, as far as it has them; nothing in the first."""
        if self._head.epoch <= 1:
            return ()
        epochs = range(1, self._head.epoch + 1)
        firsts = ((epoch, self._database.row(_LINK, {"position": position_of(epoch, 1)})) for epoch in epochs)
        return tuple(EpochBegin(epoch=epoch, prev_hash=first[1]) for epoch, first in firsts if first is not None)

    # --- what this till lost ---

    def history_wanted(self) -> EpochEnd | None:
        """The epoch whose lost entries are to be asked for next, and where this till's own part of it ends."""
        epoch = self._lane.history_epoch
        if not epoch:
            return None
        row = self._database.row(_LAST_OF_EPOCH, _all_of(epoch))
        return EpochEnd(epoch, row[0], row[1]) if row else EpochEnd(epoch, 0, bytes(32))

    def take_lost(self, found: Sequence[HistoryEntry]) -> int:
        """Keep entries that HQ has and this till lost, to be read; how many. One whose hash is wrong is left out."""
        till_id = self._enrolled().till_id
        rows = []
        for each in found:
            wire = each.entry
            entry = Entry(
                till_id=till_id, epoch=each.epoch, seq=wire.seq, prev_hash=each.prev_hash, entry_type=wire.entry_type,
                type_version=wire.type_version, body=wire.body, entry_hash=wire.entry_hash,
            )  # fmt: skip
            own = self._database.row(_LINK, {"position": position_of(entry.epoch, entry.seq)})
            if hash_is_right(entry) and (own is None or own[0] != entry.entry_hash):
                with suppress(msgspec.MsgspecError):  # HQ has it parked: there is nothing to be read in it
                    rows.append(_lost_row(entry))
        with self._database.writing() as driver:
            driver.executemany(_TAKE_LOST, rows)
        return len(rows)

    def history_taken(self, epoch: int) -> None:
        """All of an epoch's lost entries are here; go on with the next, up to the present one. With the last of them
        it is known what refunds among them owe to wallets."""
        with self._database.lock:
            following = epoch + 1 if epoch + 1 < self._head.epoch else 0
            state = replace(self._lane, history_epoch=following)
            lost = [] if following else self.lost_entries((*_REPAYING_TYPES, "wallet_settled"))
            with self._database.writing() as driver:
                owe_again(driver, (body for body in map(_body_of, lost) if body is not None))
                self._write_lane(driver, state)
            self._lane = state

    def lost_entries(self, types: Collection[str] = (), *, business_date: str | None = None) -> list[Entry]:
        """What this till wrote once, lost with its disk and was given back by HQ: no part of its chain."""
        asked = select(*_LOST_COLUMNS).order_by(lost_entries.c.epoch, lost_entries.c.seq, lost_entries.c.entry_hash)
        if types:
            asked = asked.where(lost_entries.c.entry_type.in_(sorted(types)))
        if business_date is not None:
            asked = asked.where(lost_entries.c.business_date == business_date)
        till_id = self._enrolled().till_id
        return [entry_from_row(till_id, row) for row in self._database.reading().execute(asked)]

    def lost_by_receipt(self, receipt_number: str) -> Entry | None:
        """A lost entry by the number it printed."""
        row = self._database.row(_LOST_BY_RECEIPT, {"key": receipt_number})
        return entry_from_row(self._enrolled().till_id, row) if row else None

    # --- parts of other rooms' transactions ---

    def _keep_lane(self, state: LaneState) -> None:
        with self._database.writing() as driver:
            self._write_lane(driver, state)
        self._lane = state

    def _begin_epoch(
        self, draft: Draft, state: LaneState, *, epoch: int, before: HeadState, genesis_hash: bytes, reason: str,
        proof: bytes,
    ) -> LaneState:  # fmt: skip
        """Open `epoch` in a transaction: the lane as it is then. `before` is this till's own last link (seq 0: none),
        `genesis_hash` what HQ takes the epoch's first entry to follow."""
        driver = draft.driver
        driver.execute(_SET_EPOCH, {"epoch": epoch})
        driver.execute(_GIVE_UP_TOKENS)
        driver.execute(_OWN_ALL_REFUND_RIGHTS)
        driver.execute(_DROP_TARGETS)
        if before.seq > state.acked_seq:
            row = {"epoch": before.epoch, "acked_seq": state.acked_seq, "acked_hash": state.acked_hash}
            driver.execute(_OWE, {**row, "last_seq": before.seq})
        draft.open_epoch(epoch)
        draft.write(
            EpochOpened(
                head=self.new_head(), epoch=epoch, previous_epoch=before.epoch if before.seq else 0,
                previous_seq=before.seq, reason=reason, approvals=self.new_epoch_approvals(),
            )
        )  # fmt: skip
        # A crash between the commit and the anchor must not look like a disk that went back: an empty one never does.
        self._anchor.forget()
        return LaneState(
            acked_hash=genesis_hash,
            next_request=state.next_request,
            history_epoch=before.epoch if before.seq and epoch > before.epoch else 0,
            proof=proof,
        )

    @staticmethod
    def _owed_taken(driver: sqlite3.Connection, epoch: int, seq: int, entry_hash: bytes) -> None:
        """HQ has an earlier epoch up to here, if that is an entry of ours. One that was delivered to its end is owed
        again where HQ was restored from a backup and has less of it."""
        first = driver.execute(_LINK, {"position": position_of(epoch, 1)}).fetchone()
        last = driver.execute(_LAST_OF_EPOCH, _all_of(epoch)).fetchone()
        if first is None or last is None:
            return
        row = driver.execute(_LINK, {"position": position_of(epoch, seq)}).fetchone() if seq else (first[1],)
        is_own = row is not None and row[0] == entry_hash
        if driver.execute(_OWED_OF, {"at_epoch": epoch}).fetchone() is None:
            acked_seq, acked_hash = (seq, entry_hash) if is_own else (0, first[1])
            owes = {"epoch": epoch, "acked_seq": acked_seq, "acked_hash": acked_hash, "last_seq": last[0]}
            driver.execute(_OWE, owes)
        elif is_own:
            driver.execute(_OWED_TAKEN, {"at_epoch": epoch, "acked_seq": seq, "acked_hash": entry_hash})
        driver.execute(_NOTHING_OWED)


def frozen_for(state: LaneState, code: str, head_seq: int) -> LaneState:
    """The lane frozen for this reason. The first reason stays, unless the new one is about the till itself; the one
    before a passing reason is not forgotten."""
    if state.frozen == PASSING and code not in ENROL_AGAIN:
        return replace(state, frozen_before=state.frozen_before or code)
    if state.frozen == code or (state.frozen and code not in ENROL_AGAIN):
        return state
    before = state.frozen_before if state.frozen == PASSING else state.frozen
    return replace(
        state, frozen=code, frozen_before=before, frozen_seq=max(state.frozen_seq, 0 if state.frozen else head_seq)
    )


def thawed(state: LaneState) -> LaneState:
    """After the passing reason: frozen for what it was before, if for anything."""
    return replace(state, frozen=state.frozen_before, frozen_before="") if state.frozen == PASSING else state


def kept_proof(word: Acknowledgement | None) -> bytes:
    """HQ's signed word as the lane keeps it."""
    return msgspec.msgpack.encode(word) if word is not None and word.signature else b""


def _all_of(epoch: int) -> dict[str, int]:
    return {"first": position_of(epoch, 1), "last": position_of(epoch + 1, 0) - 1}


def _body_of(entry: Entry) -> Body | None:
    return decode_body(entry.entry_type, entry.type_version, entry.body)


def _lost_row(entry: Entry) -> dict[str, object]:
    head = read_head(entry.body)
    body = decode_body(entry.entry_type, entry.type_version, entry.body)
    return {
        "epoch": entry.epoch,
        "seq": entry.seq,
        "entry_hash": entry.entry_hash,
        "prev_hash": entry.prev_hash,
        "entry_type": entry.entry_type,
        "type_version": entry.type_version,
        "business_id": head.business_id.bytes,
        "business_date": head.business_date,
        "receipt_number": getattr(body, "receipt_number", None) or None,
        "body": entry.body,
    }
