"""Signatures made in this process are known here, so that nobody works out the curve a second time to check them: that
was a tenth of a seed.

The signatures themselves are real, and whatever is not exactly one of them - of other bytes, for another key, made in
another process - is checked as always: what is believed and what is refused is the same.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from typing import cast
from unittest.mock import patch

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

from shared_models import signatures

_made: dict[bytes, tuple[bytes, bytes]] = {}


class _NotingKey:
    """A private key that remembers what it signed."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self._public = key.public_key().public_bytes_raw()
        self.public_key = key.public_key
        self.private_bytes = key.private_bytes

    def sign(self, data: bytes) -> bytes:
        """The key's signature."""
        signature = self._key.sign(data)
        _made[signature] = self._public, data
        return signature


class _KnowingKey:
    """A public key that does not work out again what it knows."""

    def __init__(self, raw: bytes) -> None:
        self._raw = raw
        self._key = Ed25519PublicKey.from_public_bytes(raw)

    @classmethod
    def from_public_bytes(cls, raw: bytes) -> "_KnowingKey":
        """The key of these bytes."""
        return cls(raw)

    def verify(self, signature: bytes, data: bytes) -> None:
        """Raises where it is not this key's signature of the data."""
        if _made.get(signature) != (self._raw, data):
            self._key.verify(signature, data)


def noting(key: Ed25519PrivateKey) -> Ed25519PrivateKey:
    """The same key, whose signatures are known here."""
    return cast("Ed25519PrivateKey", _NotingKey(key))


@contextmanager
def known() -> Iterator[None]:
    """While this lasts, whoever checks a signature that was made here is spared the curve."""
    with patch.object(signatures, "Ed25519PublicKey", _KnowingKey):
        forget()
        yield
    forget()


def forget() -> None:
    """What was signed so far is checked as by anybody else. Between seeds, or it would be ever more."""
    _made.clear()
    signatures.public_key.cache_clear()
