"""Who acts in HQ's tests: a chain with a store, and tills that speak the wire with real keys and real chains."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from typing import Any
from uuid import UUID

import msgspec
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from http_message_signatures import HTTPMessageSigner, MappingKeyResolver, algorithms

from hq_sync_server.api.wire import RawRequest, RawResponse
from hq_sync_server.app import Hq
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.security import Freshness
from shared_models import bodies
from shared_models.acknowledgement import Acknowledgement
from shared_models.bodies import Body
from shared_models.catalog import StoreRow
from shared_models.entries import GENESIS_HASH, Attachment, Entry, Head, batch_signature_input, link
from shared_models.members import MemberRow
from shared_models.postings import with_digest
from shared_models.sales import Cursor, LotAmount
from shared_models.sync import (
    MSGPACK,
    SIGNED_GET,
    SIGNED_POST,
    ChangesPage,
    ControlAnswer,
    EnrolAnswer,
    EnrolRequest,
    EntriesRequest,
    FeedRow,
    HelloRequest,
    LanePosition,
    LotWanted,
    RightsRequest,
    WireAttachment,
    WireEntry,
    WireRefusal,
)

START_MS = 1_767_229_200_000  # 2026-01-01 09:00 in Shanghai
TODAY = "2026-01-01"
BEGINNING = Cursor()


@dataclass(slots=True)
class _Message:
    method: str
    url: str
    headers: dict[str, str]


def found_chain(hq: Hq, stores_count: int = 1) -> list[StoreRow]:
    """A new chain with stores."""

    def found(work: Any) -> list[StoreRow]:
        chain.set_up(work, "柜账面包")
        rows = [
            StoreRow(store_id=work.ids.new_id(), code=f"S{number}", name=f"{number} 号店")
            for number in range(1, stores_count + 1)
        ]
        for row in rows:
            stores.save_store(work, row)
        return rows

    return hq.desk.run(found)


def code_for(hq: Hq, store_id: UUID) -> str:
    """A fresh enrolment code."""
    return hq.desk.run(lambda work: stores.new_enrolment_code(work, store_id).code)


@dataclass
class WireTill:
    """A till as HQ hears it: its key, its chain, its lane. It keeps no books: tests say what it writes."""

    hq: Hq
    key: Ed25519PrivateKey
    enrolment: EnrolAnswer
    entries: list[Entry] = field(default_factory=list)
    attachments: list[WireAttachment] = field(default_factory=list)
    acked_seq: int = 0
    acked_hash: bytes = GENESIS_HASH
    number: int = 0
    adopted_request: int = 0
    adopted_seq: int = 0
    proof: Acknowledgement | None = None

    @classmethod
    def enrolled(cls, hq: Hq, store_id: UUID) -> "WireTill":
        """A new till of the store; its first entry opens epoch 1."""
        key = Ed25519PrivateKey.generate()
        request = EnrolRequest(code=code_for(hq, store_id), public_key=key.public_key().public_bytes_raw())
        response = hq.api.handle(
            RawRequest("POST", "/v1/enrol", {"content-type": MSGPACK}, msgspec.msgpack.encode(request))
        )
        assert response.status == 200, response
        till = cls(hq, key, msgspec.msgpack.decode(response.body, type=EnrolAnswer))
        till.write(lambda head: bodies.EpochOpened(head=head, epoch=1))
        return till

    @property
    def till_id(self) -> UUID:
        return self.enrolment.till_id

    @property
    def head_hash(self) -> bytes:
        return self.entries[-1].entry_hash if self.entries else GENESIS_HASH

    # --- its chain ------------------------------------------------------------------------------------------------

    def head(self, *subjects: UUID, business_id: UUID | None = None) -> Head:
        """The head of its next body."""
        return Head(
            business_id=business_id or self.hq.desk.ids.new_id(),
            business_date=TODAY,
            cashier_id="7",
            subjects=subjects,
            till_time_ms=self.hq.desk.clock.now_ms(),
        )

    def write(self, make: Callable[[Head], Body], *subjects: UUID, attachments: Sequence[Attachment] = ()) -> Body:
        """Append what `make` makes of the next head; the body as written."""
        return self.append(make(self.head(*subjects)), attachments)

    def append(self, body: Body, attachments: Sequence[Attachment] = ()) -> Body:
        """Append a body with the digest of its postings."""
        body = with_digest(body)
        entry_type, type_version = bodies.type_of(body)
        self.append_raw(entry_type, type_version, bodies.encode_body(body))
        self.attachments += [
            WireAttachment(seq=len(self.entries), kind=one.kind, salt=one.salt, content=one.content)
            for one in attachments
        ]
        return body

    def append_raw(self, entry_type: str, type_version: int, body: bytes) -> None:
        """Append any bytes under any name."""
        self.entries.append(
            link(
                till_id=self.till_id,
                epoch=1,
                seq=len(self.entries) + 1,
                prev_hash=self.head_hash,
                entry_type=entry_type,
                type_version=type_version,
                body=body,
            )
        )

    # --- its lane -------------------------------------------------------------------------------------------------

    def position(self) -> LanePosition:
        """Where it stands, under the next request number."""
        self.number += 1
        return LanePosition(
            till_id=self.till_id,
            epoch=1,
            hq_epoch=self.enrolment.hq_epoch,
            request_number=self.number,
            acked_seq=self.acked_seq,
            acked_hash=self.acked_hash,
            seq=len(self.entries),
            head_hash=self.head_hash,
            adopted_request=self.adopted_request,
            adopted_seq=self.adopted_seq,
            proof=self.proof,
        )

    def hello(self) -> ControlAnswer:
        """Say hello."""
        return self.control("hello", HelloRequest(lane=self.position(), till_time_ms=self.hq.desk.clock.now_ms()))

    def batch(self) -> EntriesRequest:
        """All that waits, as one signed batch."""
        waiting = self.entries[self.acked_seq :]
        signed = batch_signature_input(self.till_id, 1, waiting[-1].seq, waiting[-1].entry_hash)
        return EntriesRequest(
            lane=self.position(),
            first_seq=waiting[0].seq,
            prev_hash=waiting[0].prev_hash,
            entries=tuple(_on_the_wire(entry) for entry in waiting),
            attachments=tuple(one for one in self.attachments if one.seq > self.acked_seq),
            signature=self.key.sign(signed),
        )

    def push(self) -> ControlAnswer:
        """Push all that waits."""
        return self.control("entries", self.batch())

    def ask(self, *members: UUID) -> ControlAnswer:
        """Ask for all rights and coupons of members."""
        request = RightsRequest(
            lane=self.position(), lots=tuple(LotWanted(subject=one) for one in members), coupons_of=members
        )
        return self.control("rights", request)

    def adopt(self, answer: ControlAnswer) -> None:
        """Take over what an answer gave, as the ledger does: in entries of its own."""
        if answer.grants:
            self.append(
                bodies.RightsAdopted(head=self.head(), request_number=answer.grant_request, grants=answer.grants)
            )
        if answer.tokens:
            self.append(
                bodies.TokenAcquired(head=self.head(), request_number=answer.grant_request, tokens=answer.tokens)
            )
        if answer.grant_request:
            self.adopted_request, self.adopted_seq = answer.grant_request, len(self.entries)

    def release(self, *parts: LotAmount) -> None:
        """Give rights back."""
        self.append(bodies.RightsReleased(head=self.head(*{part.subject for part in parts}), released=parts))

    def control(self, kind: str, request: Any) -> ControlAnswer:
        """Send one lane request and close it."""
        response = self.send("POST", f"/v1/{kind}", msgspec.msgpack.encode(request))
        assert response.status == 200, refusal_of(response)
        answer = msgspec.msgpack.decode(response.body, type=ControlAnswer)
        self.acked_seq, self.acked_hash = answer.acked_seq, answer.acked_hash
        self.proof = answer.acknowledgement()
        return answer

    def changes(self, cursor: Cursor = BEGINNING) -> ChangesPage:
        """The feed after a cursor."""
        self.hq.desk.sequence()
        response = self.send("GET", f"/v1/changes?cursor={cursor.hq_epoch}.{cursor.position}&wait=0", b"")
        assert response.status == 200, refusal_of(response)
        return msgspec.msgpack.decode(response.body, type=ChangesPage)

    def send(self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None) -> RawResponse:
        """Sign and send anything."""
        signed = self.signed(method, path, body, headers)
        return self.hq.api.handle(RawRequest(method, path, signed, body))

    def fresh_word(self) -> str:
        """What HQ said a moment ago."""
        return Freshness(self.hq.desk.keys.read_key).word(self.hq.desk.clock.now_ms())

    def signed(
        self, method: str, path: str, body: bytes, headers: dict[str, str] | None = None, covers: Sequence[str] = ()
    ) -> dict[str, str]:
        """The headers of a signed request, names in lower case."""
        named = {"Content-Type": MSGPACK, **(headers or {})}
        signer: Any = HTTPMessageSigner(
            signature_algorithm=algorithms.ED25519,
            key_resolver=MappingKeyResolver(public_keys={}, private_keys={self.till_id.hex: self.key}),
        )
        signer.sign(
            _Message(method, f"http://hq{path}", named),
            key_id=self.till_id.hex,
            created=datetime.fromtimestamp(self.hq.desk.clock.now_ms() // 1000, UTC),
            nonce=self.fresh_word() if method == "GET" else None,
            label="tillbook",
            tag="tillbook",
            covered_component_ids=covers or (SIGNED_POST if method == "POST" else SIGNED_GET),
            body=body if method == "POST" else None,
        )
        return {name.lower(): value for name, value in named.items()}


def _on_the_wire(entry: Entry) -> WireEntry:
    return WireEntry(
        seq=entry.seq,
        entry_type=entry.entry_type,
        type_version=entry.type_version,
        body=entry.body,
        entry_hash=entry.entry_hash,
    )


def refusal_of(response: RawResponse) -> WireRefusal:
    """What a request was refused for."""
    return msgspec.msgpack.decode(response.body, type=WireRefusal)


def member_rows(rows: Sequence[FeedRow]) -> dict[UUID, MemberRow]:
    """The members in a page of the feed, without those it deletes."""
    shown = [row for row in rows if row.kind == "member" and not row.deleted]
    found = [msgspec.msgpack.decode(row.payload, type=MemberRow) for row in shown]
    return {row.member_id: row for row in found}


def balances(row: MemberRow) -> dict[str, int]:
    """A row's balances by lot."""
    return {lot.lot: lot.balance for lot in row.lots}
