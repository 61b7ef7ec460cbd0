"""The file by which a till without a line says what waits there: the same signed batches as on the wire, sealed for HQ.

Nobody between till and HQ can read it or change it. It may be taken twice, late, or after the line came back: entries
that HQ has already are nothing new. Written by the till's sync, read by HQ's office.
"""

from uuid import UUID

from msgspec import Struct

from shared_models.sync import EntriesRequest

MAGIC = b"tillbook-sync-1\n"
"""What such a file begins with; a sealed box (X25519, libsodium) of zstd of msgpack of `SyncFile` follows."""

FILE_BYTES_MAX = 64 * 1024 * 1024
UNPACKED_BYTES_MAX = 512 * 1024 * 1024


class SyncFile(Struct, frozen=True, kw_only=True):
    """What waits at a till, in order. The lanes of its batches carry no request number: a file is not the line."""

    till_id: UUID
    made_at_ms: int
    batches: tuple[EntriesRequest, ...]
