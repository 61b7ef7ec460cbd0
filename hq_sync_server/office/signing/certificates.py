"""Certificates: what HQ signs to say that a key is a till's, and everything it needs to take that till in again.

A till keeps its certificate; HQ keeps a list of all it ever gave with its keys, apart from the database. So a till that
was enrolled after the backup HQ was restored from is known again, with its store and number, and is waited for.
"""

from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from msgspec import Struct

from hq_sync_server.office.signing.keys import HqKeys
from shared_models.catalog import StoreRow

_DOMAIN = b"tillbook-till-2"
_SIGNATURE_BYTES = 64


class TillCertificate(Struct, frozen=True, kw_only=True):
    """What a certificate says; `store` as it was then. `prev_hash`: what the first entry of its epoch follows."""

    till_id: UUID
    store: StoreRow
    number: int
    name: str
    epoch: int
    prev_hash: bytes
    public_key: bytes
    issued_at_ms: int


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(TillCertificate)


def issue(keys: HqKeys, says: TillCertificate) -> bytes:
    """Sign, and remember on HQ's list."""
    said = _encoder.encode(says)
    certificate = keys.sign(_DOMAIN + said) + said
    keys.add_certificate(certificate)
    return certificate


def read(keys: HqKeys, certificate: bytes) -> TillCertificate | None:
    """What a certificate says, if this HQ signed it."""
    signature, said = certificate[:_SIGNATURE_BYTES], certificate[_SIGNATURE_BYTES:]
    try:
        Ed25519PublicKey.from_public_bytes(keys.verify_key).verify(signature, _DOMAIN + said)
        return _decoder.decode(said)
    except (InvalidSignature, msgspec.MsgspecError):
        return None
