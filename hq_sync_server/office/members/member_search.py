"""Which members are meant by what somebody typed: a number, a card, an id, a tier or everybody. Reads only."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import select

from hq_sync_server.office.desk import Work
from hq_sync_server.records import tables
from shared_models.members import normalise_phone
from shared_models.refusals import Refusal


def members_named(work: Work, words: Sequence[str]) -> tuple[list[UUID], list[str]]:
    """Canonical members meant by words, each once, and the words that mean nobody.

    A word is a telephone number, a card's code, a member's id, `tier:CODE`, or `all`.
    """
    found: dict[UUID, None] = {}
    unknown: list[str] = []
    for word in words:
        ids = _meant(work, word)
        found.update(dict.fromkeys(ids))
        if not ids:
            unknown.append(word)
    return list(found), unknown


def member_named(work: Work, word: str) -> UUID | None:
    """The canonical member meant by an id, a telephone number or a card's code."""
    member_id = _by_id(word)
    if member_id is None:
        member_id = work.connection.scalar(
            select(tables.member_cards.c.member_id).where(tables.member_cards.c.card_code == word.strip().upper())
        )
    if member_id is None:
        try:
            lookup = work.keys.phone_lookup(normalise_phone(word))
        except Refusal:
            return None
        member_id = work.connection.scalar(
            select(tables.phones.c.member_id).where(tables.phones.c.phone_lookup == lookup)
        )
    members = tables.members.c
    return work.connection.scalar(select(members.canonical_id).where(members.member_id == member_id))


def _by_id(word: str) -> UUID | None:
    try:
        return UUID(word)
    except ValueError:
        return None


def _meant(work: Work, word: str) -> list[UUID]:
    members = tables.members.c
    living = select(members.member_id).where(
        members.member_id == members.canonical_id, members.status.in_(("active", "provisional"))
    )
    if word == "all":
        return list(work.connection.scalars(living.order_by(members.member_id)))
    if word.startswith("tier:"):
        tiers = tables.member_tiers.c
        newest = (
            select(tiers.tier)
            .where(tiers.member_id == members.member_id)
            .order_by(tiers.since_ms.desc(), tiers.tier.desc())
            .limit(1)
            .scalar_subquery()
        )
        wanted = living.where(newest == word.removeprefix("tier:")).order_by(members.member_id)
        return list(work.connection.scalars(wanted))
    one = member_named(work, word)
    return [] if one is None else [one]
