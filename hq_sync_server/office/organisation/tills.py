"""Tills as HQ knows them: enrolled once by a code, recognised by their key ever after."""

from uuid import UUID

import msgspec
from cryptography.exceptions import InvalidSignature
from msgspec import Struct
from msgspec.structs import replace
from sqlalchemy import Connection, func, insert, select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import chain, feed, stores
from hq_sync_server.office.signing import certificates
from hq_sync_server.office.signing.certificates import TillCertificate
from hq_sync_server.records import statements, tables
from shared_models import signatures
from shared_models.catalog import TillRow
from shared_models.entries import GENESIS_HASH
from shared_models.refusals import Refusal
from shared_models.sync import EnrolAnswer, EnrolRequest

_PUBLIC_KEY_BYTES = 32


class Till(Struct, frozen=True):
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
        return Till(found, store_id, number, epoch, bytes(public_key), status != "active")
    return None


def with_revoked_keys(connection: Connection, till_id: UUID) -> list[Till]:
    """The till once for each key that was taken away from it, as if that were still its own: for those who check what
    came under one."""
    till = find(connection, till_id)
    keys = tables.till_keys.c
    asked = select(keys.public_key).where(keys.till_id == till_id, keys.revoked_at_ms.is_not(None))
    if till is None:
        return []
    return [replace(till, public_key=bytes(key), revoked=False) for key in connection.scalars(asked)]


def signature_is_right(public_key: bytes, signature: bytes, message: bytes) -> bool:
    """Whether this is the key's Ed25519 signature of the message."""
    try:
        signatures.public_key(public_key).verify(signature, message)
    except (InvalidSignature, ValueError):
        return False
    return True


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
    if code is None or code.again_till_id is not None:  # that one enrols a till again, see `enrolment`
        raise Refusal("code_unknown")
    if code.used_at_ms is not None:
        till = find(work.connection, code.till_id)
        if till is None or till.public_key != request.public_key or till.revoked:
            raise Refusal("code_used")
        return answer(work, till)
    if code.expires_at_ms <= work.now_ms:
        raise Refusal("code_expired")
    till = _new_till(work, code.store_id, code.till_name, request.public_key)
    work.connection.execute(
        update(codes).where(codes.c.code_hash == code_hash).values(used_at_ms=work.now_ms, till_id=till.till_id)
    )
    return answer(work, till)


def revoke(work: Work, till_id: UUID) -> None:
    """A till's key is believed no longer. Refuses `till_unknown`."""
    till = find(work.connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    if till.public_key not in work.keys.revoked():  # the list first: a database from a backup must not believe it again
        work.keys.add_revoked(till.public_key)
    work.connection.execute(update(tables.tills).where(tables.tills.c.till_id == till_id).values(status="revoked"))
    keys = tables.till_keys
    work.connection.execute(
        update(keys).where(keys.c.till_id == till_id, keys.c.revoked_at_ms.is_(None)).values(revoked_at_ms=work.now_ms)
    )
    name = work.connection.scalar(select(tables.tills.c.name).where(tables.tills.c.till_id == till_id)) or ""
    publish(work, replace(till, revoked=True), name)


def publish(work: Work, till: Till, name: str) -> None:
    """Tell the other tills of this one."""
    row = TillRow(till_id=till.till_id, store_id=till.store_id, number=till.number, name=name, revoked=till.revoked)
    feed.publish(work, "till", till.till_id.hex, msgspec.msgpack.encode(row))


def named(connection: Connection, word: str) -> Till:
    """The till of an id, or as people speak of it: `001/2` is till 2 of store 001. Refuses `till_unknown`."""
    store_code, _, number = word.rpartition("/")
    table, of_store = tables.tills.c, tables.stores.c
    asked = select(table.till_id).join(tables.stores, of_store.store_id == table.store_id)
    if number.isascii() and number.isdecimal() and len(number) < 10 and store_code:
        till_id = connection.scalar(asked.where(of_store.code == store_code, table.number == int(number)))
    else:
        till_id = _id_of(word)
    till = find(connection, till_id) if till_id is not None else None
    if till is None:
        raise Refusal("till_unknown", till=word)
    return till


def _id_of(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _new_till(work: Work, store_id: UUID, name: str, public_key: bytes) -> Till:
    connection = work.connection
    # The store's row is locked so that two new tills of one store get two numbers.
    connection.execute(select(tables.stores.c.store_id).where(tables.stores.c.store_id == store_id).with_for_update())
    columns = tables.tills.c
    number = (connection.scalar(select(func.max(columns.number)).where(columns.store_id == store_id)) or 0) + 1
    says = TillCertificate(
        till_id=work.ids.new_id(),
        store=stores.store(connection, store_id),
        number=number,
        name=name or str(number),
        epoch=1,
        prev_hash=GENESIS_HASH,
        public_key=public_key,
        issued_at_ms=work.now_ms,
    )
    return take_in(work, says, certificates.issue(work.keys, says))


def take_in(work: Work, says: TillCertificate, certificate: bytes) -> Till:
    """A till that is new to the records, as its certificate says; its store must be known."""
    connection, till_id = work.connection, says.till_id
    connection.execute(
        insert(tables.tills).values(
            till_id=till_id,
            store_id=says.store.store_id,
            number=says.number,
            name=says.name,
            public_key=says.public_key,
            epoch=says.epoch,
            certificate=certificate,
            enrolled_at_ms=says.issued_at_ms,
        )
    )
    key = {"from_epoch": says.epoch, "public_key": says.public_key, "valid_from_ms": says.issued_at_ms}
    connection.execute(insert(tables.till_keys).values(till_id=till_id, **key))
    head = {"epoch": says.epoch, "head_hash": says.prev_hash, "genesis_hash": says.prev_hash}
    connection.execute(insert(tables.heads).values(till_id=till_id, **head))
    connection.execute(insert(tables.lanes).values(till_id=till_id))
    row = TillRow(till_id=till_id, store_id=says.store.store_id, number=says.number, name=says.name)
    feed.publish(work, "till", till_id.hex, msgspec.msgpack.encode(row))
    return Till(till_id, says.store.store_id, says.number, says.epoch, says.public_key, revoked=False)


def _certificate(connection: Connection, till_id: UUID) -> bytes:
    return bytes(connection.scalar(select(tables.tills.c.certificate).where(tables.tills.c.till_id == till_id)) or b"")


def answer(work: Work, till: Till) -> EnrolAnswer:
    """What an enrolled till needs to begin."""
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
        certificate=_certificate(work.connection, till.till_id),
        hq_time_ms=work.now_ms,
        chain_name=chain.setting(work.connection, chain.CHAIN_NAME),
    )
