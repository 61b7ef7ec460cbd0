"""Tills as HQ knows them: enrolled once by a code, recognised by their key ever after."""

from dataclasses import dataclass
from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
from sqlalchemy import Connection, func, insert, select, update

from hq_sync_server.office import chain, feed, stores
from hq_sync_server.office.desk import Work
from hq_sync_server.records import statements, tables
from shared_models.catalog import TillRow
from shared_models.entries import GENESIS_HASH
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest

_CERTIFICATE_DOMAIN = b"tillbook-till-1"
_PUBLIC_KEY_BYTES = 32


@dataclass(frozen=True, slots=True)
class Till:
    """An enrolled till."""

    till_id: UUID
    store_id: UUID
    number: int
    epoch: int
    public_key: bytes
    revoked: bool


def find(connection: Connection, till_id: UUID) -> Till | None:
    """The till of this id."""
    names = ("till_id", "store_id", "number", "epoch", "public_key", "status")
    rows = statements.fetch(connection, tables.tills, names, "till_id", (till_id,))
    for found, store_id, number, epoch, public_key, status in rows:
        return Till(found, store_id, number, epoch, bytes(public_key), status == "revoked")
    return None


def signature_is_right(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this is the key's Ed25519 signature of the message."""
    try:
        Ed25519PublicKey.from_public_bytes(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


def certificate_input(till_id: UUID, public_key: bytes) -> bytes:
    """What HQ signs to say that this key is this till's."""
    return _CERTIFICATE_DOMAIN + till_id.bytes + public_key


def enrol(work: Work, request: EnrolRequest) -> EnrolAnswer:
    """Take in a new till by its one-time code.

    Refuses `code_unknown`, `code_used`, `code_expired`, `key_wrong`. The same key with the same code again is a till
    that lost the answer: it gets the same one.
    """
    if len(request.public_key) != _PUBLIC_KEY_BYTES:
        raise Refusal("key_wrong")
    codes = tables.enrolment_codes
    code_hash = stores.enrolment_code_hash(request.code)
    code = work.connection.execute(select(codes).where(codes.c.code_hash == code_hash).with_for_update()).first()
    if code is None:
        raise Refusal("code_unknown")
    if code.used_at_ms is not None:
        till = find(work.connection, code.till_id)
        if till is None or till.public_key != request.public_key or till.revoked:
            raise Refusal("code_used")
        return _answer(work, till)
    if code.expires_at_ms <= work.now_ms:
        raise Refusal("code_expired")
    till = _new_till(work, code.store_id, code.till_name, request.public_key)
    work.connection.execute(
        update(codes).where(codes.c.code_hash == code_hash).values(used_at_ms=work.now_ms, till_id=till.till_id)
    )
    return _answer(work, till)


def revoke(work: Work, till_id: UUID) -> None:
    """A till's key is believed no longer. Refuses `till_unknown`."""
    till = find(work.connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    work.connection.execute(update(tables.tills).where(tables.tills.c.till_id == till_id).values(status="revoked"))
    keys = tables.till_keys
    work.connection.execute(
        update(keys).where(keys.c.till_id == till_id, keys.c.revoked_at_ms.is_(None)).values(revoked_at_ms=work.now_ms)
    )
    name = work.connection.scalar(select(tables.tills.c.name).where(tables.tills.c.till_id == till_id)) or ""
    row = TillRow(till_id=till_id, store_id=till.store_id, number=till.number, name=name, revoked=True)
    feed.publish(work, "till", till_id.hex, msgspec.msgpack.encode(row))


def _new_till(work: Work, store_id: UUID, name: str, public_key: bytes) -> Till:
    connection = work.connection
    # The store's row is locked so that two new tills of one store get two numbers.
    connection.execute(select(tables.stores.c.store_id).where(tables.stores.c.store_id == store_id).with_for_update())
    columns = tables.tills.c
    number = (connection.scalar(select(func.max(columns.number)).where(columns.store_id == store_id)) or 0) + 1
    till_id = work.ids.new_id()
    till_name = name or str(number)
    certificate = work.keys.sign(certificate_input(till_id, public_key))
    connection.execute(
        insert(tables.tills).values(
            till_id=till_id,
            store_id=store_id,
            number=number,
            name=till_name,
            public_key=public_key,
            certificate=certificate,
            enrolled_at_ms=work.now_ms,
        )
    )
    connection.execute(
        insert(tables.till_keys).values(till_id=till_id, from_epoch=1, public_key=public_key, valid_from_ms=work.now_ms)
    )
    connection.execute(
        insert(tables.heads).values(till_id=till_id, epoch=1, head_hash=GENESIS_HASH, genesis_hash=GENESIS_HASH)
    )
    connection.execute(insert(tables.lanes).values(till_id=till_id))
    row = TillRow(till_id=till_id, store_id=store_id, number=number, name=till_name)
    feed.publish(work, "till", till_id.hex, msgspec.msgpack.encode(row))
    return Till(till_id, store_id, number, 1, public_key, revoked=False)


def _answer(work: Work, till: Till) -> EnrolAnswer:
    return EnrolAnswer(
        till_id=till.till_id,
        store_id=till.store_id,
        till_number=till.number,
        epoch=till.epoch,
        hq_epoch=work.hq_epoch,
        hq_verify_key=work.keys.verify_key,
        hq_seal_key=work.keys.seal_key,
        phone_key=work.keys.phone_key,
        phone_key_id=chain.setting(work.connection, chain.PHONE_KEY_ID, "1"),
        certificate=work.keys.sign(certificate_input(till.till_id, till.public_key)),
        hq_time_ms=work.now_ms,
        chain_name=chain.setting(work.connection, chain.CHAIN_NAME),
    )
