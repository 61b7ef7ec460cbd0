"""What the rooms behind the ledger's door share: the two databases, the head of the chain, the time and the anchor."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import UUID

from msgspec import Struct
from sqlalchemy import bindparam, delete, insert, select, update

from pos_client.ledger.anchor import Anchor
from pos_client.ledger.answers import ChainHead, TillIdentity
from pos_client.ledger.chain import Draft, HeadState, position_of, read_head_state
from pos_client.ledger.database import Database, prepared
from pos_client.ledger.rights import Guard
from pos_client.ledger.tables import identity as identity_table
from pos_client.ledger.tables import lane as lane_table
from pos_client.ledger.timekeeping import Timekeeping
from shared_models.bodies import Sale
from shared_models.entries import GENESIS_HASH, Entry, Head
from shared_models.ids import IdSource
from shared_models.moments import Clock, business_date_of
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer

_READ_IDENTITY = prepared(select(*identity_table.c[1:]))
_DROP_IDENTITY = prepared(delete(identity_table))
_PUT_IDENTITY = prepared(insert(identity_table))
_LANE_COLUMNS = [column for column in lane_table.c if column.name not in {"only", "refund_rights_released_through"}]
_READ_LANE = prepared(select(*_LANE_COLUMNS))
_PUT_LANE = prepared(update(lane_table).values({column.name: bindparam(column.name) for column in _LANE_COLUMNS}))


class LaneState(Struct, frozen=True):
    """The row `lane`, as committed: all of it but what entries themselves write there. `proof`: HQ's signed word for
    what it acknowledged, msgpack of Acknowledgement. `frozen_before`: why the rights were frozen before the present
    reason, which may pass; `frozen_seq`: the last entry from before they froze."""

    acked_seq: int = 0
    acked_hash: bytes = GENESIS_HASH
    next_request: int = 1
    adopted_request: int = 0
    adopted_seq: int = 0
    frozen: str = ""
    last_error: str = ""
    approvals: bytes = b""
    kept_seq: int = 0
    history_epoch: int = 0
    copied_at_ms: int = 0
    proof: bytes = b""
    frozen_before: str = ""
    frozen_seq: int = 0


class LedgerParts:
    """State of an open ledger. Only the ledger's own rooms use it."""

    def __init__(self, database: Database, mirror: Database, clock: Clock, ids: IdSource, anchor: Anchor) -> None:
        self._database = database
        self._mirror = mirror
        self._clock = clock
        self._ids = ids
        self._anchor = anchor
        self._time = Timekeeping(clock)
        self._identity: TillIdentity | None = None
        self._head = HeadState(0, 0, GENESIS_HASH, 0, 0)
        self._lane = LaneState()
        self._reload()
        self._time.load(database.driver, self._head.floor_ms)

    @property
    def identity(self) -> TillIdentity | None:
        """Who this till is; None before enrolment."""
        return self._identity

    def head(self) -> ChainHead:
        """The last link of the present epoch."""
        return self._head.chain_head

    def new_head(self, *, cashier_id: str = "", subjects: tuple[UUID, ...] = ()) -> Head:
        """The opening of a body written now: a new business id, and the business date and shift of the open shift, or
        else of the corrected clock and the store's day cut."""
        shift = self._open_shift()
        return Head(
            business_id=self._ids.new_id(),
            business_date=shift[1] if shift else self._business_date_outside_shifts(),
            shift_id=shift[0] if shift else None,
            cashier_id=cashier_id,
            subjects=subjects,
        )

    def _enrolled(self) -> TillIdentity:
        if self._identity is None:
            raise Refusal("till_not_enrolled")
        return self._identity

    def _guard(self) -> Guard:
        return Guard(self._lane.frozen, self._time.lease_over, self._lane.frozen_seq)

    @contextmanager
    def _transaction(self) -> Iterator[Draft]:
        """Entries written through the draft and whatever else belongs to them: all on disk at the end, or nothing. The
        anchor follows the commit, and with it the head that others see."""
        with self._database.lock:
            identity = self._enrolled()
            try:
                with self._database.writing() as driver:
                    draft = Draft(driver, identity, self._head, self._time, self._guard())
                    yield draft
            except BaseException:
                self._reload()
                raise
            self._head = draft.head
            if draft.written:
                self._anchor.write(identity.till_id, self._head.chain_head)

    def _reload(self) -> None:
        """Everything kept in memory as it is on disk."""
        driver = self._database.driver
        self._identity = self._read_identity(driver)
        self._lane = LaneState(*driver.execute(_READ_LANE).fetchone())
        if self._identity is not None:
            epoch = self._identity.epoch
            before = read_head_state(driver, epoch - 1) or HeadState(epoch, 0, GENESIS_HASH, 0, 0)
            unopened = HeadState(epoch, 0, before.entry_hash, before.floor_ms, 0)
            self._head = read_head_state(driver, epoch) or unopened

    @staticmethod
    def _read_identity(driver: sqlite3.Connection) -> TillIdentity | None:
        row = driver.execute(_READ_IDENTITY).fetchone()
        if row is None:
            return None
        return TillIdentity(UUID(bytes=row[0]), UUID(bytes=row[1]), *row[2:])

    @staticmethod
    def _write_lane(driver: sqlite3.Connection, state: LaneState) -> None:
        """Put the lane's row on disk; who does so keeps it as `_lane` once it is committed."""
        driver.execute(_PUT_LANE, {column.name: getattr(state, column.name) for column in _LANE_COLUMNS})

    @staticmethod
    def _write_identity(driver: sqlite3.Connection, answer: EnrolAnswer) -> None:
        driver.execute(_DROP_IDENTITY)
        driver.execute(
            _PUT_IDENTITY,
            {
                "only": 1,
                "till_id": answer.till_id.bytes,
                "store_id": answer.store_id.bytes,
                "till_number": answer.till_number,
                "epoch": answer.epoch,
                "hq_epoch": answer.hq_epoch,
                "hq_verify_key": answer.hq_verify_key,
                "hq_seal_key": answer.hq_seal_key,
                "phone_key_id": answer.phone_key_id,
                "certificate": answer.certificate,
                "chain_name": answer.chain_name,
            },
        )

    def _open_shift(self) -> tuple[UUID, str] | None:
        """(shift, business date) of the open shift."""
        raise NotImplementedError

    def lost_by_receipt(self, receipt_number: str) -> Entry | None:
        """A lost entry; the room of epochs has them."""
        raise NotImplementedError

    def check_printed(self, sale: Sale) -> None:
        """Look at the printed coupons of a sale before it is written; the room of coupons does it."""
        raise NotImplementedError

    def members_in_use(self) -> set[UUID]:
        """Members whom a basket holds, with all their ids; the room of the lane knows."""
        raise NotImplementedError

    def orders_in_use(self) -> set[UUID]:
        """Orders that a basket hands over or changes; the room of the lane knows."""
        raise NotImplementedError

    def _business_date_outside_shifts(self) -> str:
        return business_date_of(self._time.corrected_ms())

    def _position(self, seq: int) -> int:
        return position_of(self._head.epoch, seq)
