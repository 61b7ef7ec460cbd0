"""Finding members for people at HQ: by number, its last four digits, card, name or pinyin initials. Reads only.

Only members are found whose home, or whose last visit, is in a store of whoever asks.
"""

from collections.abc import Iterable
from itertools import islice
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import ColumnElement, Connection, Select, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.books.member_terms import PINYIN, TAIL, TAIL_DIGITS, letters
from hq_sync_server.office.books.pages import Profile
from hq_sync_server.office.desk import Desk
from hq_sync_server.office.members.member_requests import member_inside
from hq_sync_server.office.signing.keys import HqKeys
from hq_sync_server.records import console_tables, tables
from shared_models.members import normalise_phone
from shared_models.refusals import Refusal

FOUND_MAX = 50
CANDIDATES_MAX = 1500  # of a common name; whoever is not among them is found by a longer word
LOOKED_AT_MAX = 6000  # of a surname or initials, for whoever sees some stores alone: not every Wang of the chain
Ids = Select[tuple[UUID]]
_profiles = msgspec.msgpack.Decoder(Profile)


class Found(Struct, frozen=True, kw_only=True):
    """A member in a list, the number masked."""

    member_id: UUID
    name: str
    phone_masked: str
    tier_name: str
    status: str
    home_store_id: UUID | None
    last_visit_date: str
    visits: int
    tags: tuple[str, ...]


def search(desk: Desk, connection: Connection, scope: Scope, text: str) -> list[Found]:
    """The members meant by what somebody typed, at most FOUND_MAX, those who came last first; nobody for an empty
    word."""
    word = letters(text)
    if not word:
        return []
    ids = _exact(connection, desk.keys, text)
    if ids:
        return _rows(connection, scope, _among(ids))
    found = _by_terms(connection, scope, word)
    return _rows(connection, scope, found, "" if word.isascii() or len(word) <= 2 else word)


def newest(connection: Connection, scope: Scope) -> list[Found]:
    """Who registered last."""
    columns = tables.members.c
    wanted = (
        select(columns.member_id)
        .where(columns.member_id == columns.canonical_id, columns.status != "forgotten", *member_inside(scope))
        .order_by(columns.registered_at_ms.desc(), columns.member_id.desc())
        .limit(20)
    )
    return _rows(connection, scope, _among(connection.scalars(wanted)))


def _exact(connection: Connection, keys: HqKeys, text: str) -> list[UUID]:
    """A whole number or a card."""
    cards = tables.member_cards.c
    found = list(connection.scalars(select(cards.member_id).where(cards.card_code == text.strip().upper())))
    if found:
        return found
    try:
        lookup = keys.phone_lookup(normalise_phone(text))
    except Refusal:
        return []
    members, phones = tables.members.c, tables.phones.c
    owner = list(connection.scalars(select(phones.member_id).where(phones.phone_lookup == lookup)))
    return owner or list(connection.scalars(select(members.member_id).where(members.phone_lookup == lookup)))


def _by_terms(connection: Connection, scope: Scope, word: str) -> Ids:
    terms = console_tables.member_terms.c
    if word.isdigit():
        return _with(scope, terms.term == TAIL + word[-TAIL_DIGITS:])
    if word.isascii() and len(word) < 6:
        by_initials = _with(scope, _begins(PINYIN + word))
        if connection.scalar(by_initials.limit(1)) is not None:
            return by_initials
    if len(word) == 1:
        return _with(scope, _begins(word))
    of_its_end = terms.term == word[-2:]  # the end of a name is rarer than its beginning
    if len(word) == 2:
        return _with(scope, of_its_end)
    begun = console_tables.member_terms.alias()
    same = (begun.c.term == word[:2]) & (begun.c.member_id == terms.member_id)
    return _with(scope, of_its_end & select(begun.c.term).where(same).exists())


def _begins(prefix: str) -> ColumnElement[bool]:
    column = console_tables.member_terms.c.term
    return (column >= prefix) & (column < prefix[:-1] + chr(ord(prefix[-1]) + 1))


def _with(scope: Scope, condition: ColumnElement[bool]) -> Ids:
    terms, members = console_tables.member_terms.c, tables.members
    wanted = select(terms.member_id).where(condition)
    if scope.store_ids is None:
        return wanted.limit(CANDIDATES_MAX)
    looked_at = wanted.limit(LOOKED_AT_MAX).subquery()
    inside = select(looked_at.c.member_id).join(members, members.c.member_id == looked_at.c.member_id)
    return inside.where(*member_inside(scope)).limit(CANDIDATES_MAX)


def _among(ids: Iterable[UUID]) -> Ids:
    columns = tables.members.c
    return select(columns.member_id).where(columns.member_id.in_(list(ids)))


def _rows(connection: Connection, scope: Scope, ids: Ids, word: str = "") -> list[Found]:
    """The persons of these ids, each once; with a `word` only those whose name holds the whole of it. The database
    sorts them, so that of a common name no more rows are read than are shown."""
    columns, found_by = tables.members.c, tables.members.alias()
    persons = select(found_by.c.canonical_id).where(found_by.c.member_id.in_(ids))
    names = ("member_id", "status", "home_store_id", "last_visit_date", "visits", "profile")
    wanted = (
        select(*(columns[name] for name in names))
        .where(columns.member_id.in_(persons), columns.status != "forgotten", *member_inside(scope))
        .order_by(columns.last_visit_date.desc(), columns.visits.desc(), columns.member_id.desc())
    )
    rows = connection.execute(wanted if word else wanted.limit(FOUND_MAX))
    read = ((row, _profiles.decode(row.profile)) for row in rows)
    matching = (_found(row, profile) for row, profile in read if not word or word in letters(profile.name))
    return list(islice(matching, FOUND_MAX))


def _found(row: Any, profile: Profile) -> Found:
    return Found(
        member_id=row.member_id,
        name=profile.name,
        phone_masked=profile.phone_masked,
        tier_name=profile.tier_name,
        status=row.status,
        home_store_id=row.home_store_id,
        last_visit_date=row.last_visit_date,
        visits=row.visits,
        tags=profile.tags,
    )
