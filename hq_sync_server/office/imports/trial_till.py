"""A till of a trial: it writes real entries into a throw-away HQ and hears real answers. For `trial_import` alone.

It keeps no books of its own: what it may spend is what the answer to its last question gave.
"""

from collections.abc import Collection, Sequence
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

from hq_sync_server.office.desk import Desk
from hq_sync_server.office.healing import enrolment
from hq_sync_server.office.intake import control
from hq_sync_server.office.organisation import stores, tills
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.entries import GENESIS_HASH, Entry, Head, batch_signature_input, link
from shared_models.moments import business_date_of
from shared_models.postings import with_digest
from shared_models.sync import (
    BATCH_ENTRIES_MAX,
    ControlAnswer,
    EnrolRequest,
    EntriesRequest,
    LanePosition,
    LotWanted,
    RightsRequest,
    WireEntry,
)

_EPOCH = 1


class TrialTill:
    """One till of one store, enrolled and open."""

    def __init__(self, desk: Desk, store_id: UUID) -> None:
        self._desk = desk
        self._key = Ed25519PrivateKey.generate()
        code = desk.run(lambda work: stores.new_enrolment_code(work, store_id)).code
        request = EnrolRequest(code=code, public_key=self._key.public_key().public_bytes_raw())
        self.till_id = desk.run(lambda work: enrolment.enrol(work, request)).till_id
        self._entries: list[Entry] = []
        self._acked = 0
        self._number = 0
        self._adopted = (0, 0)
        self.append(bodies.EpochOpened(head=self.head(), epoch=_EPOCH))

    def head(self, *subjects: UUID) -> Head:
        """The head of the next body."""
        now_ms = self._desk.clock.now_ms()
        return Head(
            business_id=self._desk.ids.new_id(),
            business_date=business_date_of(now_ms),
            subjects=subjects,
            till_time_ms=now_ms,
        )

    def append(self, body: Body) -> int:
        """Write a fact; its place in the chain."""
        body = with_digest(body)
        entry_type, type_version = bodies.type_of(body)
        self._entries.append(
            link(
                till_id=self.till_id,
                epoch=_EPOCH,
                seq=len(self._entries) + 1,
                prev_hash=self._entries[-1].entry_hash if self._entries else GENESIS_HASH,
                entry_type=entry_type,
                type_version=type_version,
                body=bodies.encode_body(body),
            )
        )
        return len(self._entries)

    def push(self) -> list[str]:
        """Say all that waits; the names of what HQ found wrong."""
        named: list[str] = []
        while self._acked < len(self._entries):
            waiting = self._entries[self._acked :][:BATCH_ENTRIES_MAX]
            last = waiting[-1]
            request = EntriesRequest(
                lane=self._position(),
                first_seq=waiting[0].seq,
                prev_hash=waiting[0].prev_hash,
                entries=tuple(_on_the_wire(entry) for entry in waiting),
                signature=self._key.sign(batch_signature_input(self.till_id, _EPOCH, last.seq, last.entry_hash)),
            )
            answer = self._say(control.entries, request)
            named += [f"{verdict.outcome}: {verdict.code}" for verdict in answer.verdicts]
            self._acked = last.seq
        return named

    def ask(self, members: Sequence[UUID]) -> dict[UUID, list[tuple[str, int]]]:
        """Everything these members may spend, taken over in entries of its own: lots by member, in spending order."""
        wanted = tuple(LotWanted(subject=one) for one in members)
        answer = self._say(
            control.give_rights, RightsRequest(lane=self._position(), lots=wanted, coupons_of=tuple(members))
        )
        if answer.grants:
            self.append(bodies.RightsAdopted(head=self.head(), request_number=self._number, grants=answer.grants))
        if answer.tokens:
            self.append(bodies.TokenAcquired(head=self.head(), request_number=self._number, tokens=answer.tokens))
        if answer.grant_request:
            self._adopted = (answer.grant_request, len(self._entries))
        held: dict[UUID, list[tuple[str, int]]] = {}
        for grant in sorted(answer.grants, key=lambda one: one.lot):
            held.setdefault(grant.subject, []).append((grant.lot, grant.granted_total))
        return held

    def _position(self) -> LanePosition:
        self._number += 1
        return LanePosition(
            till_id=self.till_id,
            epoch=_EPOCH,
            hq_epoch=self._desk.hq_epoch(),
            request_number=self._number,
            acked_seq=self._acked,
            acked_hash=self._entries[self._acked - 1].entry_hash if self._acked else GENESIS_HASH,
            seq=len(self._entries),
            head_hash=self._entries[-1].entry_hash,
            adopted_request=self._adopted[0],
            adopted_seq=self._adopted[1],
        )

    def _say(self, ask: Any, request: Any) -> ControlAnswer:
        body = msgspec.msgpack.encode(request)

        def do(work: Any) -> bytes:
            till = tills.find(work.connection, self.till_id)
            return bytes(ask(work, till, request, body))

        answer = msgspec.msgpack.decode(self._desk.run(do), type=ControlAnswer)
        assert answer.outcome == "ok", answer
        return answer


def _on_the_wire(entry: Entry) -> WireEntry:
    return WireEntry(
        seq=entry.seq,
        entry_type=entry.entry_type,
        type_version=entry.type_version,
        body=entry.body,
        entry_hash=entry.entry_hash,
    )


def in_groups(members: Collection[UUID], size: int) -> list[list[UUID]]:
    """So many at a time: a question may name only so many."""
    ordered = list(members)
    return [ordered[place : place + size] for place in range(0, len(ordered), size)]
