"""What HQ signs in each answer of the control lane: its time, its own epoch, the last entry it has of the till, and
what rights and tokens it gives.

A till keeps the newest of these and shows it with every request. HQ that was restored from a backup, and told so by
nobody, learns it from a till that was acknowledged more than HQ has; a word that costs the whole chain its lending must
be HQ's own (docs/decisions/0020-proved-acknowledgements.md). Both ends use this.
"""

import hashlib
from collections.abc import Sequence
from typing import Final
from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.bodies import GrantAdopted, TokenMove

_DOMAIN: Final = b"tillbook-answer-1"
_GIVEN: Final = b"given"
_INT_MAX: Final = 2**63 - 1
_HASH_BYTES: Final = hashlib.sha256().digest_size


class Acknowledgement(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """HQ's signed word to one till. (epoch, seq, entry_hash): the last entry that HQ has of it; seq 0: what the first
    entry of that epoch follows; no hash: the answer named no entry. Request 0: the answer to an enrolment. `given`:
    the digest of what the answer gave, if it gave anything."""

    hq_epoch: int = 0
    request_number: int = 0
    hq_time_ms: int = 0
    epoch: int = 0
    seq: int = 0
    entry_hash: bytes = b""
    given: bytes = b""
    signature: bytes = b""

    def names(self, epoch: int, seq: int, entry_hash: bytes) -> bool:
        """Whether this is about that very entry."""
        return bool(entry_hash) and (self.epoch, self.seq, self.entry_hash) == (epoch, seq, entry_hash)

    def signed(self, till_id: UUID) -> bytes:
        """The bytes that HQ signs. Raises ValueError for figures that no answer has."""
        figures = (self.hq_epoch, self.request_number, self.hq_time_ms, self.epoch, self.seq)
        if not all(0 <= figure <= _INT_MAX for figure in figures):
            raise ValueError("no figures of an answer")
        if not all(len(digest) in (0, _HASH_BYTES) for digest in (self.entry_hash, self.given)):
            raise ValueError("no hashes of an answer")  # else one could be read as both
        parts = (figure.to_bytes(8, "big") for figure in figures)
        given = _GIVEN + self.given if self.given else b""
        return b"".join((_DOMAIN, till_id.bytes, *parts, self.entry_hash, given))


def digest_of_given(grants: Sequence[GrantAdopted], tokens: Sequence[TokenMove]) -> bytes:
    """Rights and tokens of an answer in one digest; b'' for none. Of the fields there are today: a field that another
    program adds is not signed, and does not spoil the signature."""
    if not grants and not tokens:
        return b""
    rights = [(one.subject.bytes, one.lot, one.granted_total) for one in grants]
    moves = [
        (one.token.bytes, one.kind, one.version, one.subject.bytes if one.subject else b"", one.terms) for one in tokens
    ]
    return hashlib.sha256(msgspec.msgpack.encode((rights, moves))).digest()
