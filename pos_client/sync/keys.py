"""The till's own keys, in a file of its own that only its owner may read.

The device key (Ed25519) signs requests and batches and never leaves the till; the phone key finds members by the hash
of their number. They are kept apart from both databases, so that a copied database or mirror opens nothing. Called by
enrolment, by the app when it starts, and by whoever hashes a phone number.
"""

import base64
import os
from pathlib import Path

import msgspec
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from msgspec import Struct

from shared_models.folders import make_folder, sync_folder
from shared_models.refusals import Refusal

KEY_FILE_NAME = "till-keys.json"
NEXT_KEY_FILE_NAME = "till-keys-next.json"
"""The key of an enrolment that is asked for and not yet answered, while the one before is still in use."""


class _KeyFile(Struct, frozen=True, kw_only=True):
    device_key: str
    phone_key: str = ""
    phone_key_id: str = ""


class TillKeys(Struct, frozen=True, kw_only=True):
    """What a till keeps secret. `phone_key` is empty until it is enrolled."""

    device_key: Ed25519PrivateKey
    phone_key: bytes = b""
    phone_key_id: str = ""

    @property
    def public_key(self) -> bytes:
        """The 32 bytes that HQ knows this till by."""
        return self.device_key.public_key().public_bytes_raw()


def new_keys() -> TillKeys:
    """Fresh keys of the operating system's randomness."""
    return TillKeys(device_key=Ed25519PrivateKey.generate())


def next_keys(folder: Path) -> TillKeys:
    """The key to be enrolled with again: the same one as long as nobody has answered."""
    try:
        return load_keys(folder, NEXT_KEY_FILE_NAME)
    except Refusal as refusal:
        if refusal.code != "keys_missing":
            raise
    keys = new_keys()
    save_keys(folder, keys, NEXT_KEY_FILE_NAME)
    return keys


def drop_next_keys(folder: Path) -> None:
    """The answer has come, and its key is the one in use."""
    (folder / NEXT_KEY_FILE_NAME).unlink(missing_ok=True)


def load_keys(folder: Path, name: str = KEY_FILE_NAME) -> TillKeys:
    """The keys in this folder. Refuses `keys_missing` and `keys_damaged`."""
    path = folder / name
    try:
        content = path.read_bytes()
    except FileNotFoundError:
        raise Refusal("keys_missing", path=str(path)) from None
    try:
        kept = msgspec.json.decode(content, type=_KeyFile)
        return TillKeys(
            device_key=Ed25519PrivateKey.from_private_bytes(base64.b64decode(kept.device_key, validate=True)),
            phone_key=base64.b64decode(kept.phone_key, validate=True),
            phone_key_id=kept.phone_key_id,
        )
    except (msgspec.MsgspecError, ValueError):
        raise Refusal("keys_damaged", path=str(path)) from None


def save_keys(folder: Path, keys: TillKeys, name: str = KEY_FILE_NAME) -> None:
    """Write the keys durably: a new file beside the old one, synced, then put in its place."""
    make_folder(folder)
    raw = keys.device_key.private_bytes(
        serialization.Encoding.Raw, serialization.PrivateFormat.Raw, serialization.NoEncryption()
    )
    content = msgspec.json.encode(
        _KeyFile(
            device_key=base64.b64encode(raw).decode(),
            phone_key=base64.b64encode(keys.phone_key).decode(),
            phone_key_id=keys.phone_key_id,
        )
    )
    new_path = folder / f"{name}.new"
    new_path.unlink(missing_ok=True)
    descriptor = os.open(new_path, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    new_path.replace(folder / name)
    sync_folder(folder)
