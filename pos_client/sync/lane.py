"""Requests of the control lane: made once, and made again byte for byte.

A request is kept in the ledger as (number, kind, first seq, last seq, digest) and these few arguments, never as a
copied body; after a restart the same bytes must come out again, or HQ would take the till for a clone. So whatever
changes while the till sells on (its head, what waits, whom it wants rights for) is fixed here when a request starts.
"""

import hashlib
from collections.abc import Sequence
from uuid import UUID

import msgspec
from msgspec import Struct

from pos_client.ledger import Ledger
from pos_client.ledger.answers import RequestKind
from pos_client.sync.hq_api import HqApi
from pos_client.sync.reporting import ReportCursor
from shared_models.entries import Entry, batch_signature_input
from shared_models.sales import Approval, Cursor
from shared_models.sync import (
    CountersReport,
    EntriesRequest,
    EpochBegin,
    HealRequest,
    HelloRequest,
    LanePosition,
    LotWanted,
    RightsRequest,
    Rung,
    SaleWanted,
    WireAttachment,
    WireEntry,
)

WANTED_MEMBERS_MAX = 100


class LaneArguments(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a request must say again in the same words. `lane` has number 0 until the ledger gives one."""

    lane: LanePosition
    rule_hash: str = ""
    mirror_cursor: Cursor = Cursor()
    program_version: str = ""
    till_time_ms: int = 0
    waiting_entries: int = 0
    waiting_fen: int = 0
    members: tuple[UUID, ...] = ()
    tokens: tuple[UUID, ...] = ()
    sales: tuple[SaleWanted, ...] = ()
    report_after: ReportCursor | None = None
    ladder: tuple[Rung, ...] = ()
    epochs: tuple[EpochBegin, ...] = ()
    branch: bool = False
    epoch: int = 0
    reason: str = ""
    approvals: tuple[Approval, ...] = ()


def lane_position(ledger: Ledger) -> LanePosition:
    """Where the till stands now."""
    identity = ledger.identity
    assert identity is not None, "a till without an identity has no lane"
    head = ledger.head()
    acked_seq, acked_hash = ledger.acked()
    adopted_request, adopted_seq = ledger.last_adopted()
    return LanePosition(
        till_id=identity.till_id,
        epoch=head.epoch,
        hq_epoch=identity.hq_epoch,
        request_number=0,
        acked_seq=acked_seq,
        acked_hash=acked_hash,
        seq=head.seq,
        head_hash=head.entry_hash,
        adopted_request=adopted_request,
        adopted_seq=adopted_seq,
        frozen=ledger.frozen() or "",
        proof=ledger.proof(),
    )


class Draft:
    """A request before it has its number: `body(number)` gives its bytes, always the same for the same number."""

    def __init__(self, kind: RequestKind, arguments: LaneArguments, first_seq: int = 0, last_seq: int = 0) -> None:
        self.kind = kind
        self.arguments = arguments
        self.first_seq = first_seq
        self.last_seq = last_seq
        self._entries: tuple[WireEntry, ...] = ()
        self._attachments: tuple[WireAttachment, ...] = ()
        self._prev_hash = b""
        self._signature = b""
        self.report: CountersReport | None = None

    def carry(self, entries: Sequence[Entry], attachments: Sequence[WireAttachment], api: HqApi) -> None:
        """Take the entries of a batch along, signed up to the last of them."""
        last = entries[-1]
        self._entries = tuple(
            WireEntry(
                seq=entry.seq,
                entry_type=entry.entry_type,
                type_version=entry.type_version,
                body=entry.body,
                entry_hash=entry.entry_hash,
            )
            for entry in entries
        )
        self._attachments = tuple(attachments)
        self._prev_hash = entries[0].prev_hash
        # Ed25519 signatures are deterministic: the same batch is signed the same.
        self._signature = api.sign(batch_signature_input(last.till_id, last.epoch, last.seq, last.entry_hash))

    def body(self, number: int) -> bytes:
        """The bytes to digest and send."""
        kept = self.arguments
        lane = msgspec.structs.replace(kept.lane, request_number=number)
        request: Struct
        if self.kind == "hello":
            request = HelloRequest(
                lane=lane,
                program_version=kept.program_version,
                rule_hash=kept.rule_hash,
                mirror_cursor=kept.mirror_cursor,
                till_time_ms=kept.till_time_ms,
                waiting_entries=kept.waiting_entries,
                waiting_fen=kept.waiting_fen,
                ladder=kept.ladder,
                epochs=kept.epochs,
                report=self.report,
            )
        elif self.kind == "heal":
            request = HealRequest(lane=lane, reason=kept.reason, approvals=kept.approvals)
        elif self.kind == "rights":
            request = RightsRequest(
                lane=lane,
                lots=tuple(LotWanted(subject=member) for member in kept.members),
                tokens=kept.tokens,
                coupons_of=kept.members,
                sales=kept.sales,
            )
        else:
            request = EntriesRequest(
                lane=lane,
                first_seq=self.first_seq,
                prev_hash=self._prev_hash,
                entries=self._entries,
                attachments=self._attachments,
                signature=self._signature,
                branch=kept.branch,
                epoch=kept.epoch,
            )
        return msgspec.msgpack.encode(request)

    def digest(self, number: int) -> bytes:
        """SHA-256 of the body: by this HQ knows a repetition from a clone."""
        return hashlib.sha256(self.body(number)).digest()
