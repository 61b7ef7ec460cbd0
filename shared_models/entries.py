"""Entries: one fact, one link of a till's chain.

    hash = SHA-256("tillbook-entry-1" || till[16] || epoch u32 || seq u64 || prev_hash[32]
                   || len u16 || type || type_version u16 || len u32 || body)        (big-endian)

The body is the JSON that is stored and sent, byte for byte; nothing is ever serialised again to verify. Bodies carry
no personal data and no free text: those travel beside the entry as attachments, named in the body by their hash.
"""

import hashlib
import struct
from typing import Literal
from uuid import UUID

import msgspec
from msgspec import Struct

ENTRY_DOMAIN = b"tillbook-entry-1"
GENESIS_HASH = bytes(32)
ENTRY_BYTES_MAX = 4 * 1024 * 1024
BASKET_LINES_MAX = 2000

AttachmentKind = Literal[
    "phone_sealed",
    "phone_masked",
    "phone_hash",
    "name",
    "birthday",
    "note",
    "tender_reference",
    "lookup_term",
    "card",
    "payment_code",
]


class Head(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """The same opening of every body of every type and version, so that an unknown entry can still be attributed.

    `postings_digest` is the SHA-256 (hex) of the entry's postings, see `shared_models.postings.postings_digest`.
    """

    business_id: UUID
    business_date: str
    shift_id: UUID | None = None
    cashier_id: str = ""
    subjects: tuple[UUID, ...] = ()
    till_time_ms: int = 0
    clock_offset_ms: int = 0
    postings_digest: str = ""


class _HeadOnly(Struct, frozen=True):
    head: Head


class Entry(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A link of the chain of (till, epoch). `body` are the exact bytes."""

    till_id: UUID
    epoch: int
    seq: int
    prev_hash: bytes
    entry_type: str
    type_version: int
    body: bytes
    entry_hash: bytes


class Attachment(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Personal data or free text beside an entry. Deleting it leaves the chain whole: its absence is a state."""

    kind: AttachmentKind
    salt: bytes
    content: bytes

    @property
    def attachment_hash(self) -> str:
        """SHA-256(salt || content), hex: what the body holds."""
        return hashlib.sha256(self.salt + self.content).hexdigest()


def entry_hash(
    till_id: UUID, epoch: int, seq: int, prev_hash: bytes, entry_type: str, type_version: int, body: bytes
) -> bytes:
    """The hash of an entry (formula in the module's docstring)."""
    type_bytes = entry_type.encode()
    return hashlib.sha256(
        b"".join(
            (
                ENTRY_DOMAIN,
                till_id.bytes,
                struct.pack(">IQ", epoch, seq),
                prev_hash,
                struct.pack(">H", len(type_bytes)),
                type_bytes,
                struct.pack(">HI", type_version, len(body)),
                body,
            )
        )
    ).digest()


def link(
    *, till_id: UUID, epoch: int, seq: int, prev_hash: bytes, entry_type: str, type_version: int, body: bytes
) -> Entry:
    """Make the link that follows `prev_hash`."""
    digest = entry_hash(till_id, epoch, seq, prev_hash, entry_type, type_version, body)
    return Entry(
        till_id=till_id,
        epoch=epoch,
        seq=seq,
        prev_hash=prev_hash,
        entry_type=entry_type,
        type_version=type_version,
        body=body,
        entry_hash=digest,
    )


def hash_is_right(entry: Entry) -> bool:
    """Whether the entry's hash is the hash of what it says."""
    return entry.entry_hash == entry_hash(
        entry.till_id, entry.epoch, entry.seq, entry.prev_hash, entry.entry_type, entry.type_version, entry.body
    )


_head_decoder = msgspec.json.Decoder(_HeadOnly)


def read_head(body: bytes) -> Head:
    """The head of a body of any type and version. Raises msgspec.ValidationError or DecodeError if there is none."""
    return _head_decoder.decode(body).head


def batch_signature_input(till_id: UUID, epoch: int, last_seq: int, head_hash: bytes) -> bytes:
    """What the till signs (Ed25519) at the end of each batch, and HQ stores."""
    return b"tillbook-batch-1" + till_id.bytes + struct.pack(">IQ", epoch, last_seq) + head_hash
