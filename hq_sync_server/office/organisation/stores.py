"""The organisation: regions, stores and the codes by which new tills enrol.

A store is published to every till. An enrolment code works once and for a while only, and HQ keeps its hash alone.
For the commands, the console and enrolment.
"""

import hashlib
import re
import secrets
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, insert, select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import statements
from hq_sync_server.records import tables as t
from shared_models.catalog import StoreRow
from shared_models.refusals import Refusal

CODE_WORD = re.compile(r"[A-Za-z0-9][A-Za-z0-9_-]{0,31}")
CODE_LETTERS = "ABCDEFGHJKLMNPQRSTUVWXYZ23456789"  # none that is mistaken for another
CODE_LETTERS_COUNT = 12
CODE_MINUTES = 60
CODE_MINUTES_MAX = 7 * 24 * 60


class EnrolmentCode(Struct, frozen=True, kw_only=True):
    """A code to be told once, as it is read aloud: three groups of four."""

    code: str
    expires_at_ms: int


def add_region(work: Work, code: str, name: str) -> UUID:
    """A new region. Refuses `code_invalid`, `region_exists`."""
    _check_code(code)
    if work.connection.scalar(select(t.regions.c.region_id).where(t.regions.c.code == code)):
        raise Refusal("region_exists", region=code)
    region_id = work.ids.new_id()
    work.connection.execute(insert(t.regions).values(region_id=region_id, code=code, name=name))
    return region_id


def region_by_code(connection: Connection, code: str) -> tuple[UUID, str]:
    """(id, name) of a region. Refuses `region_unknown`."""
    row = connection.execute(
        select(t.regions.c.region_id, t.regions.c.name).where(t.regions.c.code == code)
    ).one_or_none()
    if row is None:
        raise Refusal("region_unknown", region=code)
    return row.region_id, row.name


def save_store(work: Work, row: StoreRow) -> None:
    """Add a store or change it, and publish it. Refuses `code_invalid`, `store_exists` (another store of that code)."""
    _check_code(row.code)
    columns = t.stores.c
    other = work.connection.scalar(select(columns.store_id).where(columns.code == row.code))
    if other is not None and other != row.store_id:
        raise Refusal("store_exists", store=row.code)
    encoded = msgspec.msgpack.encode(row)
    values = {"code": row.code, "name": row.name, "region_id": row.region_id, "row": encoded}
    if other is None:
        work.connection.execute(insert(t.stores).values(store_id=row.store_id, **values))
    else:
        work.connection.execute(update(t.stores).where(columns.store_id == row.store_id).values(**values))
    feed.publish(work, "store", row.store_id.hex, encoded)


def store_by_code(connection: Connection, code: str) -> StoreRow:
    """The store. Refuses `store_unknown`."""
    encoded = connection.scalar(select(t.stores.c.row).where(t.stores.c.code == code))
    if encoded is None:
        raise Refusal("store_unknown", store=code)
    return msgspec.msgpack.decode(encoded, type=StoreRow)


def store(connection: Connection, store_id: UUID) -> StoreRow:
    """The store of this id. Refuses `store_unknown`."""
    encoded = statements.run(connection, "SELECT stores.row FROM stores WHERE store_id = ?", (store_id,)).scalar()
    if encoded is None:
        raise Refusal("store_unknown", store=store_id.hex)
    return msgspec.msgpack.decode(encoded, type=StoreRow)


def all_stores(connection: Connection) -> list[StoreRow]:
    """Every store, by code."""
    encoded = connection.scalars(select(t.stores.c.row).order_by(t.stores.c.code))
    return [msgspec.msgpack.decode(row, type=StoreRow) for row in encoded]


def new_enrolment_code(
    work: Work, store_id: UUID, till_name: str = "", valid_minutes: int = CODE_MINUTES
) -> EnrolmentCode:
    """A code that enrols one till of the store. Refuses `validity_invalid`."""
    if not 1 <= valid_minutes <= CODE_MINUTES_MAX:
        raise Refusal("validity_invalid", minutes=valid_minutes, minutes_max=CODE_MINUTES_MAX)
    letters = "".join(secrets.choice(CODE_LETTERS) for _ in range(CODE_LETTERS_COUNT))
    expires_at_ms = work.now_ms + valid_minutes * 60_000
    work.connection.execute(
        insert(t.enrolment_codes).values(
            code_hash=enrolment_code_hash(letters),
            store_id=store_id,
            till_name=till_name,
            created_at_ms=work.now_ms,
            expires_at_ms=expires_at_ms,
        )
    )
    return EnrolmentCode(code=f"{letters[:4]}-{letters[4:8]}-{letters[8:]}", expires_at_ms=expires_at_ms)


def enrolment_code_hash(code: str) -> str:
    """What HQ keeps of a code, however it was typed: SHA-256 (hex) of its letters and digits, upper case."""
    return hashlib.sha256("".join(filter(str.isalnum, code.upper())).encode()).hexdigest()


def _check_code(code: str) -> None:
    if not CODE_WORD.fullmatch(code):
        raise Refusal("code_invalid", word=code)
