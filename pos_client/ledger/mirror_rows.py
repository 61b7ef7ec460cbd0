"""Rows of HQ's feed as they are written into the mirror, many at a time: members, goods and everything else.

Called by `mirror` in the transaction of a page. A row counts only when its version is newer than the one here; a
deleted object stays as an empty row with its version, so that an older row cannot bring it back.
"""

import sqlite3
from collections.abc import Iterable, Sequence
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import BindParameter, bindparam, func, insert, select, update
from sqlalchemy.dialects.sqlite import insert as upsert

from pos_client.ledger.database import prepared
from pos_client.ledger.names import name_terms
from pos_client.ledger.tables import goods, goods_terms, member_cards, member_phones, member_terms, members, objects
from shared_models.catalog import GoodsRow
from shared_models.members import MemberRow
from shared_models.sync import FeedRow

Terms = Iterable[tuple[str | bytes, int]]

ROWS_AT_ONCE = 500
"""Members are gathered and sorted so many at a time: a cashier's thread waits for no long stretch of Python."""

member_decoder = msgspec.msgpack.Decoder(MemberRow)
goods_decoder = msgspec.msgpack.Decoder(GoodsRow)

_MEMBER = prepared(
    select(members.c.number, members.c.version_epoch, members.c.version, members.c.payload).where(
        members.c.member_id == bindparam("key")
    )
)
_LAST_MEMBER = prepared(select(func.max(members.c.number)))
_NEW_MEMBER = prepared(insert(members))
_CHANGE_MEMBER = prepared(
    update(members)
    .where(members.c.number == bindparam("at_number"))
    .values(
        canonical_id=bindparam("canonical_id"), version_epoch=bindparam("version_epoch"), version=bindparam("version"),
        deleted=bindparam("deleted"), payload=bindparam("payload"),
    )
)  # fmt: skip
_GOODS = prepared(
    select(goods.c.number, goods.c.version_epoch, goods.c.version, goods.c.payload).where(
        goods.c.goods_id == bindparam("key")
    )
)
_LAST_GOODS = prepared(select(func.max(goods.c.number)))
_NEW_GOODS = prepared(insert(goods))
_CHANGE_GOODS = prepared(
    update(goods)
    .where(goods.c.number == bindparam("at_number"))
    .values(
        version_epoch=bindparam("version_epoch"), version=bindparam("version"), deleted=bindparam("deleted"),
        payload=bindparam("payload"),
    )
)  # fmt: skip
_INDEXES = {
    "phone": (member_phones, "phone_hash"),
    "card": (member_cards, "card_code"),
    "member": (member_terms, "term"),
    "goods": (goods_terms, "term"),
}
_PAIR = ("term", "number")
_TERM: BindParameter[Any] = bindparam("term")
_NUMBER: BindParameter[Any] = bindparam("number")
_ADD = {
    name: prepared(insert(table).prefix_with("OR IGNORE").values({column: _TERM, "number": _NUMBER}), in_order=_PAIR)
    for name, (table, column) in _INDEXES.items()
}
_REMOVE = {
    name: prepared(table.delete().where(table.c[column] == _TERM, table.c.number == _NUMBER), in_order=_PAIR)
    for name, (table, column) in _INDEXES.items()
}
_insert_object = upsert(objects)
_newer = (_insert_object.excluded.version_epoch > objects.c.version_epoch) | (
    (_insert_object.excluded.version_epoch == objects.c.version_epoch)
    & (_insert_object.excluded.version > objects.c.version)
)
_PUT_OBJECT = prepared(
    _insert_object.on_conflict_do_update(
        index_elements=[objects.c.kind, objects.c.key],
        set_={name: _insert_object.excluded[name] for name in ("version_epoch", "version", "deleted", "payload")},
        where=_newer,
    )
)


class _TermWriter:
    """Gathers index rows and writes them sorted: neighbours land on the same page."""

    def __init__(self) -> None:
        self.added: dict[str, list[tuple[str | bytes, int]]] = {name: [] for name in _INDEXES}
        self.removed: dict[str, list[tuple[str | bytes, int]]] = {name: [] for name in _INDEXES}

    def flush(self, driver: sqlite3.Connection) -> None:
        for statements, gathered in ((_REMOVE, self.removed), (_ADD, self.added)):
            for name, pairs in gathered.items():
                if pairs:
                    pairs.sort()
                    driver.executemany(statements[name], pairs)


def put_members(driver: sqlite3.Connection, rows: Sequence[FeedRow]) -> list[str]:
    """Write member rows; the keys of those that were news. Raises msgspec.MsgspecError for an unreadable payload."""
    changed: list[str] = []
    for first in range(0, len(rows), ROWS_AT_ONCE):
        changed += _put_some_members(driver, rows[first : first + ROWS_AT_ONCE])
    return changed


def _put_some_members(driver: sqlite3.Connection, rows: Sequence[FeedRow]) -> list[str]:
    writer, changed, new = _TermWriter(), [], []
    next_number = (driver.execute(_LAST_MEMBER).fetchone()[0] or 0) + 1
    for row in rows:
        member_id = bytes.fromhex(row.key)
        known = driver.execute(_MEMBER, {"key": member_id}).fetchone()
        if known and (row.version.hq_epoch, row.version.position) <= (known[1], known[2]):
            continue
        member = None if row.deleted else member_decoder.decode(row.payload)
        values = {
            "canonical_id": member.canonical_id.bytes if member else member_id,
            "version_epoch": row.version.hq_epoch,
            "version": row.version.position,
            "deleted": int(row.deleted),
            "payload": b"" if row.deleted else row.payload,
        }
        changed.append(row.key)
        if known:
            number = known[0]
            if known[3]:
                _gather_member(writer.removed, member_decoder.decode(known[3]), number)
            driver.execute(_CHANGE_MEMBER, {**values, "at_number": number})
        else:
            number, next_number = next_number, next_number + 1
            new.append({**values, "number": number, "member_id": member_id})
        if member:
            _gather_member(writer.added, member, number)
    driver.executemany(_NEW_MEMBER, new)
    writer.flush(driver)
    return changed


def replace_member(driver: sqlite3.Connection, member: MemberRow, encoded: bytes) -> bool:
    """A row that came with an answer and has no version: taken when HQ confirmed it later than the one here, and the
    person was not forgotten. Whether it was news."""
    row = driver.execute(_MEMBER, {"key": member.member_id.bytes}).fetchone()
    version_epoch, version = (row[1], row[2]) if row else (0, 0)
    writer = _TermWriter()
    if row and not row[3]:
        return False  # forgotten since: an answer that was long on its way brings nobody back
    if row:
        before = member_decoder.decode(row[3])
        if before.confirmed_at_ms > member.confirmed_at_ms or row[3] == encoded:
            return False
        _gather_member(writer.removed, before, row[0])
    values = {
        "canonical_id": member.canonical_id.bytes, "version_epoch": version_epoch, "version": version, "deleted": 0,
        "payload": encoded,
    }  # fmt: skip
    if row:
        number = row[0]
        driver.execute(_CHANGE_MEMBER, {**values, "at_number": number})
    else:
        number = (driver.execute(_LAST_MEMBER).fetchone()[0] or 0) + 1
        driver.execute(_NEW_MEMBER, {**values, "number": number, "member_id": member.member_id.bytes})
    _gather_member(writer.added, member, number)
    writer.flush(driver)
    return True


def put_goods(driver: sqlite3.Connection, rows: Sequence[FeedRow]) -> list[str]:
    """Write goods; the keys of those that were news. Raises msgspec.MsgspecError for an unreadable payload."""
    writer, changed, new = _TermWriter(), [], []
    next_number = (driver.execute(_LAST_GOODS).fetchone()[0] or 0) + 1
    for row in rows:
        known = driver.execute(_GOODS, {"key": row.key}).fetchone()
        if known and (row.version.hq_epoch, row.version.position) <= (known[1], known[2]):
            continue
        article = None if row.deleted else goods_decoder.decode(row.payload)
        values = {
            "version_epoch": row.version.hq_epoch,
            "version": row.version.position,
            "deleted": int(row.deleted),
            "payload": b"" if row.deleted else row.payload,
        }
        changed.append(row.key)
        if known:
            number = known[0]
            if known[3]:
                _gather_goods(writer.removed, goods_decoder.decode(known[3]), number)
            driver.execute(_CHANGE_GOODS, {**values, "at_number": number})
        else:
            number, next_number = next_number, next_number + 1
            new.append({**values, "number": number, "goods_id": row.key})
        if article:
            _gather_goods(writer.added, article, number)
    driver.executemany(_NEW_GOODS, new)
    writer.flush(driver)
    return changed


def put_objects(driver: sqlite3.Connection, rows: Sequence[FeedRow]) -> list[str]:
    """Write rows of any other kind; the keys of those that were news."""
    changed = []
    for row in rows:
        values = {
            "kind": row.kind,
            "key": row.key,
            "version_epoch": row.version.hq_epoch,
            "version": row.version.position,
            "deleted": int(row.deleted),
            "payload": b"" if row.deleted else row.payload,
        }
        if driver.execute(_PUT_OBJECT, values).rowcount:
            changed.append(row.key)
    return changed


def deleted_row(kind: str, member_id: UUID, like: FeedRow) -> FeedRow:
    """The deletion of a member's row that a forget means."""
    return FeedRow(kind=kind, key=member_id.hex, version=like.version, deleted=True)


def _gather_member(into: dict[str, list[tuple[str | bytes, int]]], member: MemberRow, number: int) -> None:
    """The index rows of a member."""
    if member.phone_hash:
        into["phone"].append((_hash_bytes(member.phone_hash), number))
    into["card"] += [(card, number) for card in (*member.card_codes, *member.cards_stopped)]
    if len(member.phone_masked) >= 4:
        into["member"].append((f"t{member.phone_masked[-4:]}", number))
    into["member"] += [(term, number) for term in name_terms(member.name)]


def _gather_goods(into: dict[str, list[tuple[str | bytes, int]]], article: GoodsRow, number: int) -> None:
    """The index rows of an article."""
    terms = {f"b{code}" for code in article.barcodes} | {f"b{article.goods_id}"}
    if article.plu:
        terms |= {f"p{article.plu}", f"b{article.plu}"}
    terms |= name_terms(article.name, initials=article.pinyin, from_anywhere=True)
    if article.name_en:
        terms |= {term for term in name_terms(article.name_en) if term.startswith("w")}
    into["goods"] += [(term, number) for term in terms]


def _hash_bytes(phone_hash: str) -> bytes:
    """32 bytes instead of 64 letters; whatever is not hexadecimal stays as it is."""
    try:
        return bytes.fromhex(phone_hash)
    except ValueError:
        return phone_hash.encode()


hash_bytes = _hash_bytes
