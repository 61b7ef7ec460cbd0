"""The signature on a till's request, in the one form our own tills write it (RFC 9421, with RFC 9530's digest).

Written and read by hand, because every request of every till is signed and HQ's library for it takes ten times as long
as the curve itself. Whatever another program writes differently, and rightly, `read` leaves to that library: nothing is
refused here. For the till's `sync` and HQ's `security`.
"""

import base64
import binascii
import hashlib
import re
from collections.abc import Mapping
from functools import lru_cache
from typing import NamedTuple
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from shared_models.sync import SIGNATURE_LABEL, SIGNED_GET, SIGNED_POST

FRESH = "tillbook-fresh"
"""Header of HQ's answers: its word of now. A till repeats the newest one, signed, as the `nonce` of a GET."""

_DIGEST = "content-digest"
_COVERED = {"POST": SIGNED_POST, "GET": SIGNED_GET}
_LISTS = {method: "(" + " ".join(f'"{name}"' for name in names) + ")" for method, names in _COVERED.items()}
_PLAIN_TARGET = re.compile(r"(/[a-z0-9/]*)(\?[A-Za-z0-9=&.]*)?", re.ASCII)  # nothing that has two spellings
_INPUT = re.compile(
    rf'{SIGNATURE_LABEL}=(\([^()]*\));created=([0-9]{{1,10}});keyid="([0-9a-f]{{32}})";alg="ed25519";'
    rf'(?:nonce="([0-9a-f.]{{1,64}})";)?tag="{SIGNATURE_LABEL}"',
    re.ASCII,
)
_SIGNATURE = re.compile(rf"{SIGNATURE_LABEL}=:([A-Za-z0-9+/]{{86}}==):", re.ASCII)


@lru_cache(maxsize=4096)
def public_key(raw: bytes) -> Ed25519PublicKey:
    """The key of these bytes; the same ones sign again and again. Raises ValueError for bytes that are no key."""
    return Ed25519PublicKey.from_public_bytes(raw)


class ReadSignature(NamedTuple):
    """What a request says of itself: whose key it names, the signature, the bytes it must be over, and HQ's word that
    it repeats in them."""

    key_id: str
    signature: bytes
    signed: bytes
    nonce: str = ""


class Unsigned(NamedTuple):
    """What a till signs, and the header that goes beside the signature."""

    signed: bytes
    signature_input: str

    def header(self, signature: bytes) -> str:
        """The other header, once it is signed."""
        return f"{SIGNATURE_LABEL}=:{base64.b64encode(signature).decode()}:"


def content_digest(body: bytes) -> str:
    """RFC 9530's header for these bytes as they are sent."""
    return f"sha-256=:{base64.b64encode(hashlib.sha256(body).digest()).decode()}:"


def to_sign(method: str, target: str, digest: str, till_id: UUID, created_seconds: int, nonce: str = "") -> Unsigned:
    """What a till signs for a request. `target` is path and query; `digest` that of the body of a POST; `nonce` what HQ
    said last in the header `FRESH`, for a GET."""
    once = f'nonce="{nonce}";' if nonce else ""
    parameters = (
        f'{_LISTS[method]};created={created_seconds};keyid="{till_id.hex}";alg="ed25519";{once}tag="{SIGNATURE_LABEL}"'
    )
    path, mark, query = target.partition("?")
    return Unsigned(_signed(method, path, mark + query, digest, parameters), f"{SIGNATURE_LABEL}={parameters}")


def read(method: str, target: str, headers: Mapping[str, str], body: bytes) -> ReadSignature | None:
    """The signature of a request in our own form; None where it is in another, or its digest is of another body.
    Header names are lower case."""
    place = _PLAIN_TARGET.fullmatch(target)
    named = _INPUT.fullmatch(headers.get("signature-input", ""))
    signature = _SIGNATURE.fullmatch(headers.get("signature", ""))
    if place is None or named is None or signature is None or named[1] != _LISTS.get(method):
        return None
    digest = headers.get(_DIGEST, "")
    if method == "POST" and digest != content_digest(body):
        return None
    parameters = named[0].removeprefix(f"{SIGNATURE_LABEL}=")
    try:
        raw = base64.b64decode(signature[1], validate=True)
    except binascii.Error:
        return None
    return ReadSignature(named[3], raw, _signed(method, place[1], place[2] or "", digest, parameters), named[4] or "")


def _signed(method: str, path: str, query: str, digest: str, parameters: str) -> bytes:
    last = f'"content-digest": {digest}' if method == "POST" else f'"@query": {query or "?"}'
    return f'"@method": {method}\n"@path": {path}\n{last}\n"@signature-params": {parameters}'.encode()
