"""Who is calling: checks a till's request signature (RFC 9421) and the digest of what it sent (RFC 9530).

The till's Ed25519 key covers method, path, and the digest of the body as sent (or the query). `created` is the till's
own clock and may be wild, so it is not judged: against replay of a POST stand the control lane's request numbers. A GET
changes nothing and has no number; it repeats, signed, a word that HQ gave with an earlier answer, and HQ judges that by
its own clock. Within these minutes a captured one may still be said again: signatures belong in no log.
"""

import contextlib
import datetime as dt
import hmac
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any
from uuid import UUID

from cryptography.exceptions import InvalidSignature as WrongSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from http_message_signatures import (
    HTTPMessageSignaturesException,
    HTTPMessageVerifier,
    HTTPSignatureKeyResolver,
    InvalidSignature,
    algorithms,
)

from hq_sync_server.office.organisation.tills import Till
from shared_models import signatures
from shared_models.refusals import Refusal
from shared_models.sync import SIGNATURE_LABEL, SIGNED_GET, SIGNED_POST

_KEY_ID = re.compile(r'keyid="([0-9a-f]{32})"')
_ANY_CLOCK = dt.timedelta(days=365_000)
_WORD = re.compile(r"([0-9a-f]{1,12})\.([0-9a-f]{32})", re.ASCII)
FRESH_FOR_MS = 10 * 60_000
"""So long HQ's word of a moment is good for a GET. A till that has an older one is given another, and asks again."""


class Freshness:
    """HQ's word of now, which nobody else can say: its time under a key of its own. Kept nowhere, so that every process
    of HQ believes what any of them said."""

    def __init__(self, key: bytes) -> None:
        self._key = key

    def word(self, now_ms: int) -> str:
        """What goes with an answer."""
        said = f"{now_ms:x}"
        return f"{said}.{self._seal(said)}"

    def is_fresh(self, word: str, now_ms: int) -> bool:
        """Whether HQ said this a moment ago."""
        read = _WORD.fullmatch(word)
        if read is None or not hmac.compare_digest(read[2], self._seal(read[1])):
            return False
        return abs(now_ms - int(read[1], 16)) <= FRESH_FOR_MS

    def _seal(self, said: str) -> str:
        return hmac.digest(self._key, said.encode(), "sha256").hex()[:32]


@dataclass(slots=True)
class _Message:
    """A request as the library wants to see it. The host is not covered: a balancer may change it."""

    method: str
    url: str
    headers: Mapping[str, str]


class _OneTill(HTTPSignatureKeyResolver):
    """Finds the key of whoever the signature names, and remembers who that was."""

    def __init__(self, find: Callable[[UUID], Till | None]) -> None:
        self._find = find
        self.till: Till | None = None
        self.refusal = ""
        self.fault: Exception | None = None

    def resolve_public_key(self, key_id: str) -> Ed25519PublicKey | None:
        try:
            till_id = UUID(hex=key_id)
        except ValueError:
            self.refusal = "till_unknown"
            return None
        try:
            self.till = self._find(till_id)
        except Exception as error:
            self.fault = error  # the library would take it for a wrong signature
            raise
        if self.till is None:
            self.refusal = "till_unknown"
            return None
        return signatures.public_key(self.till.public_key)


def authenticate(
    method: str, target: str, headers: Mapping[str, str], body: bytes, find: Callable[[UUID], Till | None],
    *, is_fresh: Callable[[str], bool] | None = None,
) -> Till:  # fmt: skip
    """The till that signed this request. `target` is path and query, header names are lower case; `is_fresh` judges
    the word of HQ's that a GET repeats.

    Refuses `signature_missing`, `signature_wrong`, `till_unknown`, `till_revoked` (its key was taken away, and it is
    this key that signed: with another it may have been enrolled again, by an HQ that was put back since), `read_stale`.
    """
    if not headers.get("signature") or not headers.get("signature-input"):
        raise Refusal("signature_missing")
    resolver = _OneTill(find)
    nonce = _verify(method, target, headers, body, resolver)
    assert resolver.till is not None
    if resolver.till.revoked:
        raise Refusal("till_revoked")
    if is_fresh is not None and not is_fresh(nonce):
        raise Refusal("read_stale")
    return resolver.till


def authenticate_revoked(
    method: str, target: str, headers: Mapping[str, str], body: bytes, find: Callable[[UUID], list[Till]]
) -> Till | None:
    """The till whose key, taken away since, signed this request; None when none of its old keys did."""
    till_id = _till_named(headers)
    for till in find(till_id):
        with contextlib.suppress(Refusal):
            _verify(method, target, headers, body, _OneTill({till_id: till}.get))
            return till
    return None


def _till_named(headers: Mapping[str, str]) -> UUID:
    """The id a signature names; nobody's where it names none."""
    found = _KEY_ID.search(headers.get("signature-input", ""))
    return UUID(hex=found.group(1)) if found else UUID(int=0)


def _verify(method: str, target: str, headers: Mapping[str, str], body: bytes, resolver: _OneTill) -> str:
    """In the form of our own tills by hand, in any other by the library. The nonce that was signed, or ''."""
    ours = signatures.read(method, target, headers, body)
    if ours is None:
        return _verify_any_form(method, target, headers, body, resolver)
    key = resolver.resolve_public_key(ours.key_id)
    if key is None:
        raise Refusal(resolver.refusal)
    try:
        key.verify(ours.signature, ours.signed)
    except WrongSignature:
        raise Refusal("signature_wrong") from None
    return ours.nonce


def _verify_any_form(method: str, target: str, headers: Mapping[str, str], body: bytes, resolver: _OneTill) -> str:
    verifier: Any = HTTPMessageVerifier(signature_algorithm=algorithms.ED25519, key_resolver=resolver)
    verifier.max_clock_skew = _ANY_CLOCK
    posted = method == "POST"
    try:
        (found,) = verifier.verify(
            _Message(method, f"http://hq{target}", headers),
            max_age=None,
            expect_tag=SIGNATURE_LABEL,
            expect_label=SIGNATURE_LABEL,
            require_components=SIGNED_POST if posted else SIGNED_GET,
            body=body if posted else None,
        )
    except (InvalidSignature, HTTPMessageSignaturesException, ValueError, OverflowError):
        if resolver.fault is not None:
            raise resolver.fault from None
        raise Refusal(resolver.refusal or "signature_wrong") from None
    return str(found.parameters.get("nonce", ""))
