"""HQ's keys: in a folder of their own, apart from the database and backed up apart from it.

- `signing.key` (Ed25519) signs HQ's time and the tills' certificates;
- `seal.key` (X25519) opens what tills seal for HQ: full phone numbers;
- `phone.key` makes the keyed hash of a phone number; tills get it at enrolment;
- `storage.key` encrypts full phone numbers at rest.

Beside them lies what must outlive the database too, so that one that is restored from a backup cannot undo it:
`forgotten` lists the people who were forgotten, `revoked` the keys that are believed no longer, `coupon-keys-revoked`
those of printed coupons, `certificates` the tills that were enrolled, and `mark` says how far the database had come
(`copies`).
"""

import contextlib
import hashlib
import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import IO
from uuid import UUID

from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from nacl.exceptions import CryptoError
from nacl.public import PrivateKey, SealedBox
from nacl.secret import SecretBox

from shared_models.folders import make_folder, sync_folder
from shared_models.members import normalise_phone, phone_hash
from shared_models.refusals import Refusal

_KEY_BYTES = 32
_FORGOTTEN = "forgotten"
_REVOKED = "revoked"
_COUPON_KEYS_REVOKED = "coupon-keys-revoked"
_CERTIFICATES = "certificates"
_MARK = "mark"


class HqKeys:
    """The keys of one chain's HQ."""

    def __init__(self, folder: Path, *, signing: bytes, seal: bytes, phone: bytes, storage: bytes) -> None:
        self.folder = folder
        self._signing = Ed25519PrivateKey.from_private_bytes(signing)
        self._seal = PrivateKey(seal)
        self._storage = SecretBox(storage)
        self._seal_box = SealedBox(self._seal)
        self.phone_key = phone
        self.read_key = hashlib.blake2b(storage, digest_size=_KEY_BYTES, person=b"tillbook-read").digest()
        self.verify_key = self._signing.public_key().public_bytes_raw()
        self.seal_key = bytes(self._seal.public_key)
        self._lists_read: dict[str, tuple[int, tuple[str, ...]]] = {}
        self._forgotten_read: tuple[int, frozenset[UUID]] = (0, frozenset())

    @classmethod
    def open(cls, folder: Path) -> "HqKeys":
        """Read the keys; make those that are missing in an empty folder. Refuses `keys_incomplete` where some are there
        and some are not: a key made anew would lock out every till."""
        make_folder(folder)
        folder.chmod(0o700)
        names = ("signing", "seal", "phone", "storage")
        paths = {name: folder / f"{name}.key" for name in names}
        missing = [name for name, path in paths.items() if not path.exists()]
        if missing and len(missing) < len(names):
            raise Refusal("keys_incomplete", missing=", ".join(missing))
        for name in missing:
            write_secret(paths[name], os.urandom(_KEY_BYTES))
        keys = {name: path.read_bytes() for name, path in paths.items()}
        wrong = [name for name, key in keys.items() if len(key) != _KEY_BYTES]
        if wrong:
            raise Refusal("keys_damaged", damaged=", ".join(wrong))
        return cls(folder, **keys)

    def sign(self, message: bytes) -> bytes:
        """HQ's Ed25519 signature."""
        return self._signing.sign(message)

    def phone_lookup(self, e164: str) -> str:
        """The hash HQ and tills find a whole number by."""
        return phone_hash(e164, self.phone_key)

    def store_phone(self, e164: str) -> bytes:
        """The number as it is kept at rest."""
        return bytes(self._storage.encrypt(e164.encode()))

    def read_phone(self, stored: bytes) -> str:
        """The number that `store_phone` kept."""
        return self._storage.decrypt(stored).decode()

    def unseal_phone(self, sealed: bytes) -> str:
        """A number a till sealed, in E.164. Refuses `phone_unreadable` or `phone_invalid`."""
        try:
            text = self._seal_box.decrypt(sealed).decode()
        except (CryptoError, UnicodeDecodeError, ValueError, TypeError):
            raise Refusal("phone_unreadable") from None
        return normalise_phone(text)

    def open_sealed(self, sealed: bytes) -> bytes | None:
        """What somebody sealed for HQ; None when it was for somebody else, or is damaged."""
        try:
            return self._seal_box.decrypt(sealed)
        except (CryptoError, ValueError, TypeError):
            return None

    def forgotten(self) -> frozenset[UUID]:
        """Everybody who was ever forgotten."""
        listed = self._listed(_FORGOTTEN)
        if len(listed) != self._forgotten_read[0]:
            self._forgotten_read = len(listed), frozenset(UUID(line) for line in listed)
        return self._forgotten_read[1]

    def add_forgotten(self, member_id: UUID) -> None:
        """Remember, on disk before returning, that somebody was forgotten."""
        self._add(_FORGOTTEN, str(member_id))

    def revoked(self) -> frozenset[bytes]:
        """Public keys of tills that are believed no longer."""
        return frozenset(bytes.fromhex(line) for line in self._listed(_REVOKED))

    def add_revoked(self, public_key: bytes) -> None:
        """Remember that a till's key is believed no longer."""
        self._add(_REVOKED, public_key.hex())

    def revoked_coupon_keys(self) -> frozenset[int]:
        """Numbers of coupon keys whose coupons are redeemed no more."""
        return frozenset(int(line) for line in self._listed(_COUPON_KEYS_REVOKED))

    def add_revoked_coupon_key(self, key_id: int) -> None:
        """Remember that a coupon key is believed no longer."""
        self._add(_COUPON_KEYS_REVOKED, str(key_id))

    def certificates(self) -> tuple[bytes, ...]:
        """Every certificate a till was ever given, in order."""
        return tuple(bytes.fromhex(line) for line in self._listed(_CERTIFICATES))

    def add_certificate(self, certificate: bytes) -> None:
        """Remember that a till was enrolled."""
        self._add(_CERTIFICATES, certificate.hex())

    def mark(self) -> tuple[int, int]:
        """(how far the database had come when that was last noted, HQ's newest epoch)."""
        try:
            number, epoch = (self.folder / _MARK).read_text().split()
        except FileNotFoundError:
            return 0, 0
        return int(number), int(epoch)

    def set_mark(self, number: int, hq_epoch: int) -> None:
        """Note how far the database has come: whole or not at all."""
        fresh = self.folder / f"{_MARK}.new"
        with fresh.open("w") as file:
            file.write(f"{number} {hq_epoch}\n")
            file.flush()
            os.fsync(file.fileno())
        fresh.replace(self.folder / _MARK)
        sync_folder(self.folder)

    def _listed(self, name: str) -> tuple[str, ...]:
        """The lines of a list; a last one that was never finished is none."""
        path = self.folder / name
        try:
            size = path.stat().st_size
        except FileNotFoundError:
            return ()
        known = self._lists_read.get(name)
        if known is None or size != known[0]:  # it only grows, and another process may have written it
            whole = path.read_text().rpartition("\n")[0]
            known = self._lists_read[name] = size, tuple(whole.split())
        return known[1]

    def _add(self, name: str, line: str) -> None:
        path = self.folder / name
        if not path.exists():
            path.touch(mode=0o600)
            sync_folder(self.folder)
        with path.open("r+b") as file, _alone(file):
            whole = file.read().rpartition(b"\n")
            file.seek(len(whole[0] + whole[1]))  # over a line that a power cut left unfinished
            file.write(f"{line}\n".encode())
            file.truncate()
            file.flush()
            os.fsync(file.fileno())


@contextlib.contextmanager
def _alone(file: IO[bytes]) -> Iterator[None]:
    """Whoever else adds to this file waits, a thread of ours or another process: on PostgreSQL nothing else makes them,
    and of two who read the same end one would write over the other's line. Closing the file lets the next one in."""
    if sys.platform != "win32":
        import fcntl  # there is none on Windows

        fcntl.flock(file, fcntl.LOCK_EX)
    yield


def write_secret(path: Path, secret: bytes) -> None:
    """Write a file that only its owner may read, and only if it is not there yet: whole or not at all, and its name is
    on disk too when this returns."""
    unfinished = path.with_name(f"{path.name}.new")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(secret)
        file.flush()
        os.fsync(file.fileno())
    os.link(unfinished, path)
    unfinished.unlink()
    sync_folder(path.parent)
