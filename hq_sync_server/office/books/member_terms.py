"""Words by which a member is found in a list: kept with the member, the same on both databases. For `shelves` alone,
which writes members, and `member_finder`, which reads.

A name is found by any two letters in a row (no full-text index of either database can do so for Chinese) and by its
pinyin initials, a number by its last four digits. A card or a whole number has an index of its own.
"""

import unicodedata
from collections.abc import Iterable
from functools import lru_cache
from uuid import UUID

from sqlalchemy import Connection

from hq_sync_server.office.books.pages import MemberPage, Profile
from hq_sync_server.records import bulk, console_tables
from shared_models.surnames import initials_as_surname

PINYIN = "p:"
TAIL = "t:"
TAIL_DIGITS = 4


def write(connection: Connection, pages: Iterable[MemberPage]) -> None:
    """Keep the words of these members as their profiles are now; most changes of a member change none of them."""
    changed = [page for page in pages if page.found_by != found_by(page.profile)]
    stale = [page.member_id for page in changed if page.found_by is not None]
    bulk.delete(connection, console_tables.member_terms, "member_id", stale)
    rows: list[tuple[str, UUID]] = []
    for page in changed:
        page.found_by = found_by(page.profile)
        rows += [(term, page.member_id) for term in _terms(*page.found_by)]
    for chunk in bulk.chunks(sorted(rows)):
        bulk.upsert(connection, console_tables.member_terms, ("term", "member_id"), chunk, changes="nothing")


def found_by(profile: Profile) -> tuple[str, str]:
    """What the words are made of."""
    return profile.name, profile.phone_masked


@lru_cache(maxsize=4096)
def _terms(name: str, phone_masked: str) -> frozenset[str]:
    words = letters(name)
    found = {words[place : place + 2] for place in range(len(words) - 1)} or {words} - {""}
    initials = _initials(words)
    if initials:
        found |= {PINYIN + initials, PINYIN + initials_as_surname(words, initials)}
    tail = phone_masked[-TAIL_DIGITS:]
    if len(tail) == TAIL_DIGITS and tail.isdigit():
        found.add(TAIL + tail)
    return frozenset(found)


def letters(text: str) -> str:
    """The letters of a name as they are compared: narrow, small, nothing between."""
    return "".join(filter(str.isalnum, unicodedata.normalize("NFKC", text).lower()))


def _initials(name: str) -> str:
    if name.isascii():
        return ""
    from pypinyin import Style, lazy_pinyin  # here: its dictionary takes a third of a second

    return "".join(lazy_pinyin(name, style=Style.FIRST_LETTER)).lower()
