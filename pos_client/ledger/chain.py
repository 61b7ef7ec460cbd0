"""The chain of entries: how one body becomes the next link, with its postings, in the present transaction.

`Draft` is what a transaction writes through: it carries the head forward and hands it back only when the disk has it.
"""

import sqlite3
from collections.abc import Sequence
from typing import Any
from uuid import UUID

from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import bindparam, insert, select

from pos_client.ledger import rights, side_effects, tokens
from pos_client.ledger.answers import ChainHead, TillIdentity
from pos_client.ledger.database import prepared
from pos_client.ledger.tables import attachments, entries, postings, subjects
from pos_client.ledger.timekeeping import Timekeeping
from shared_models.bodies import Body, ClockSet, Sale, encode_body, type_of
from shared_models.entries import BASKET_LINES_MAX, ENTRY_BYTES_MAX, Attachment, Entry, link, read_head
from shared_models.postings import Posting, derive_postings, postings_digest
from shared_models.refusals import Refusal

EPOCH_STEP = 1 << 40
"""`position` = epoch * EPOCH_STEP + seq."""

ENTRY_COLUMNS = (
    entries.c.epoch, entries.c.seq, entries.c.entry_type, entries.c.type_version, entries.c.prev_hash,
    entries.c.entry_hash, entries.c.body,
)  # fmt: skip

_INSERT_ENTRY = prepared(insert(entries))
_INSERT_POSTING = prepared(insert(postings))
_INSERT_SUBJECT = prepared(insert(subjects))
_INSERT_ATTACHMENT = prepared(insert(attachments))
_BY_BUSINESS_ID = prepared(select(*ENTRY_COLUMNS).where(entries.c.business_id == bindparam("business_id")))
_LAST_ENTRY = prepared(
    select(entries.c.epoch, entries.c.seq, entries.c.entry_hash, entries.c.till_time_ms, entries.c.value_total_fen)
    .where(entries.c.position.between(bindparam("first"), bindparam("last")))
    .order_by(entries.c.position.desc())
    .limit(1)
)


def position_of(epoch: int, seq: int) -> int:
    """The one integer that orders all entries of this till."""
    return epoch * EPOCH_STEP + seq


class HeadState(Struct, frozen=True):
    """The last link of the present epoch, and what the next one needs to know of it. `floor_ms` is the time below
    which till time does not go; `value_total_fen` what all entries of the epoch have moved so far."""

    epoch: int
    seq: int
    entry_hash: bytes
    floor_ms: int
    value_total_fen: int

    @property
    def chain_head(self) -> ChainHead:
        """As others know it."""
        return ChainHead(self.epoch, self.seq, self.entry_hash)


def read_head_state(driver: sqlite3.Connection, epoch: int) -> HeadState | None:
    """The head of an epoch as it is on disk; None when the epoch has no entry."""
    row = driver.execute(
        _LAST_ENTRY, {"first": position_of(epoch, 0), "last": position_of(epoch + 1, 0) - 1}
    ).fetchone()
    return HeadState(*row) if row else None


def entry_from_row(till_id: UUID, row: Sequence[Any]) -> Entry:
    """An entry of a row of ENTRY_COLUMNS."""
    epoch, seq, entry_type, type_version, prev_hash, entry_hash, body = row
    return Entry(
        till_id=till_id,
        epoch=epoch,
        seq=seq,
        prev_hash=prev_hash,
        entry_type=entry_type,
        type_version=type_version,
        body=body,
        entry_hash=entry_hash,
    )


class Draft:
    """Entries of one transaction. `head` is what the head will be when it is committed."""

    def __init__(
        self,
        driver: sqlite3.Connection,
        identity: TillIdentity,
        head: HeadState,
        time: Timekeeping,
        guard: rights.Guard,
    ) -> None:
        self.driver = driver
        self.identity = identity
        self.head = head
        self.written: list[Entry] = []
        self._time = time
        self._guard = guard

    def write(self, body: Body, beside: Sequence[Attachment] = ()) -> Entry:
        """The next link. Refuses `basket_too_large`, `rights_short`, `rights_frozen`, `lease_over`, `lot_expired`,
        `token_not_here`, `sale_unknown`, `refund_exceeds_sale`, `business_id_reused`."""
        known = self._already_written(body)
        if known is not None:
            return known
        if isinstance(body, Sale) and len(body.lines) > BASKET_LINES_MAX:
            raise Refusal("basket_too_large", lines=len(body.lines), lines_max=BASKET_LINES_MAX)
        legs = derive_postings(body)
        self._time.raise_mark()
        till_time_ms = body.to_ms if isinstance(body, ClockSet) else max(self._time.now_ms(), self.head.floor_ms)
        body = _with_head(body, till_time_ms, self._time.offset_ms, postings_digest(legs))
        encoded = encode_body(body)
        if len(encoded) > ENTRY_BYTES_MAX:
            raise Refusal("basket_too_large", bytes=len(encoded), bytes_max=ENTRY_BYTES_MAX)
        entry_type, type_version = type_of(body)
        entry = link(
            till_id=self.identity.till_id, epoch=self.head.epoch, seq=self.head.seq + 1,
            prev_hash=self.head.entry_hash, entry_type=entry_type, type_version=type_version, body=encoded,
        )  # fmt: skip
        self._keep(entry, body, legs, beside)
        return entry

    def _keep(self, entry: Entry, body: Body, legs: Sequence[Posting], beside: Sequence[Attachment]) -> None:
        driver, position = self.driver, position_of(entry.epoch, entry.seq)
        rights.apply(driver, entry.epoch, body, self._guard)
        tokens.apply(driver, self.identity, position, body, self._guard)
        side_effects.apply(driver, self.identity, position, body, beside, self._guard)
        if legs:
            driver.executemany(_INSERT_POSTING, [_posting_row(position, leg, each) for leg, each in enumerate(legs)])
        named = {subject.bytes for subject in body.head.subjects}
        named.update(leg.subject.bytes for leg in legs if leg.subject)
        if named:
            driver.executemany(_INSERT_SUBJECT, [{"subject": each, "position": position} for each in named])
        if beside:
            rows = [_attachment_row(position, number, each, entry.body) for number, each in enumerate(beside)]
            driver.executemany(_INSERT_ATTACHMENT, rows)
        value_total_fen = self.head.value_total_fen + side_effects.value_fen(body)
        head = body.head
        driver.execute(
            _INSERT_ENTRY,
            {
                "position": position,
                "epoch": entry.epoch,
                "seq": entry.seq,
                "entry_type": entry.entry_type,
                "type_version": entry.type_version,
                "business_id": head.business_id.bytes,
                "business_date": head.business_date,
                "shift_id": head.shift_id.bytes if head.shift_id else None,
                "till_time_ms": head.till_time_ms,
                "value_total_fen": value_total_fen,
                "receipt_number": getattr(body, "receipt_number", None) or None,
                "refers_to": side_effects.refers_to(body),
                "prev_hash": entry.prev_hash,
                "entry_hash": entry.entry_hash,
                "body": entry.body,
            },
        )
        self.head = HeadState(entry.epoch, entry.seq, entry.entry_hash, head.till_time_ms, value_total_fen)
        self.written.append(entry)

    def _already_written(self, body: Body) -> Entry | None:
        """The entry that a first try has written; the same business id with another body is refused."""
        row = self.driver.execute(_BY_BUSINESS_ID, {"business_id": body.head.business_id.bytes}).fetchone()
        if row is None:
            return None
        known = entry_from_row(self.identity.till_id, row)
        stored = read_head(known.body)
        again = _with_head(body, stored.till_time_ms, stored.clock_offset_ms, stored.postings_digest)
        if encode_body(again) != known.body:
            raise Refusal("business_id_reused", business_id=body.head.business_id.hex)
        return known

    def open_epoch(self, epoch: int) -> None:
        """What follows belongs to a new epoch; its first link follows the last hash of the one before."""
        self.head = replace(self.head, epoch=epoch, seq=0, value_total_fen=0)


def _with_head(body: Body, till_time_ms: int, clock_offset_ms: int, digest: str) -> Body:
    head = replace(body.head, till_time_ms=till_time_ms, clock_offset_ms=clock_offset_ms, postings_digest=digest)
    return replace(body, head=head)


def _posting_row(position: int, leg: int, posting: Posting) -> dict[str, object]:
    return {
        "position": position,
        "leg": leg,
        "account": posting.account,
        "unit": posting.unit,
        "amount": posting.amount,
        "subject": posting.subject.bytes if posting.subject else None,
        "lot": posting.lot,
    }


def _attachment_row(position: int, number: int, attachment: Attachment, body: bytes) -> dict[str, object]:
    named = attachment.attachment_hash
    if named.encode() not in body:
        raise ValueError(f"the body does not name its attachment of kind {attachment.kind}")
    return {
        "position": position,
        "number": number,
        "kind": attachment.kind,
        "attachment_hash": bytes.fromhex(named),
        "salt": attachment.salt,
        "content": attachment.content,
    }
