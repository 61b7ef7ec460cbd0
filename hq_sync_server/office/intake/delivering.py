"""What a till's placement adds to the answer of any request: targets, and grants up to them while its grant slot is
free. For `control`.

The slot: one grant at a time, repeated until the till names it as adopted. So a grant that was lost with its answer is
said again in whatever the till asks next.
"""

from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from hq_sync_server.office.books import placing
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import MemberPage
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing.lane import Lane, Reply
from hq_sync_server.office.rights import orders
from hq_sync_server.records import statements, tables
from hq_sync_server.records.placement_tables import placements
from shared_models.bodies import GrantAdopted, TokenMove
from shared_models.moments import business_date_of
from shared_models.rights import is_expired
from shared_models.sync import Target

MEMBERS_AT_ONCE_MAX = 100
"""So many members' placements are brought up to date in one answer; the others in the next."""


class Given(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an answer lent: kept in the lane and repeated until the till names it as adopted."""

    grants: tuple[GrantAdopted, ...] = ()
    tokens: tuple[TokenMove, ...] = ()


_encoder = msgspec.msgpack.Encoder()
_decoder = msgspec.msgpack.Decoder(Given)


def not_adopted(lane: Lane) -> Given | None:
    """The last grant, if the till has not named it yet."""
    if lane.grant_adopted or lane.grant_given is None:
        return None
    return _decoder.decode(lane.grant_given)


def remembered(lane: Lane, given: Given) -> dict[str, object]:
    """What the lane keeps of a grant that goes out with this answer."""
    return {"grant_request": lane.number, "grant_given": _encoder.encode(given), "grant_adopted": False}


def with_placements(work: Work, lane: Lane, reply: Reply) -> Reply:
    """The reply with what the till's placements add to it. Only for a till whose head is verified."""
    if lane.trouble or work.recovering or reply.answer.get("outcome", "ok") != "ok":
        return reply
    again = not_adopted(lane)
    said = dict(reply.answer)
    if again is not None and "grant_request" not in said:
        said |= {"grant_request": lane.grant_request, "grants": again.grants, "tokens": again.tokens}
        said |= {"beside": orders.beside(work, again.tokens)}
    members = _due(work, lane.till.till_id)
    if not members:
        return replace(reply, answer=said)
    may_lend = lane.grant_adopted and not said.get("grant_request")
    books = reply.books or Books(work, lane.till.till_id, lane.till.epoch, lane.till.store_id)
    books.open(members)
    # First: a freeze while HQ recovered changed no placement, and what is owed comes before what is lent.
    books.placed.renew.update(members - books.renewed)
    placing.renew(books)
    today = business_date_of(work.now_ms)
    grants: list[GrantAdopted] = []
    targets: list[Target] = []
    for page in [books.members[one] for one in sorted(members)]:
        targets += _told(books, page)
        if may_lend:
            lent = _lent(books, page, today)
            grants += lent
            targets += _beside(books, page, lent, targets)
    books.close()
    said["targets"] = tuple(targets)
    if not grants:
        return replace(reply, answer=said)
    given = Given(grants=tuple(grants))
    said |= {"grant_request": lane.number, "grants": given.grants}
    return replace(reply, answer=said, remember={**(reply.remember or {}), **remembered(lane, given)})


def _due(work: Work, till_id: UUID) -> set[UUID]:
    """Members of whom the till is to be told or lent something. Whom somebody else is booking this moment waits for
    the next contact: nobody holds up a till for it."""
    found = statements.fetch(
        work.connection,
        placements,
        ("member_id",),
        "till_id",
        (till_id,),
        rest=f"AND due GROUP BY member_id ORDER BY member_id LIMIT {MEMBERS_AT_ONCE_MAX}",
    )
    ids = [row[0] for row in found]
    if work.connection.dialect.name != "postgresql":
        return set(ids)
    rest = "ORDER BY member_id FOR UPDATE SKIP LOCKED"
    free = statements.fetch(work.connection, tables.members, ("member_id",), "member_id", ids, rest=rest)
    return {row[0] for row in free}


def _told(books: Books, page: MemberPage) -> list[Target]:
    targets = []
    for (lot, till_id), place in sorted(page.places.items()):
        if till_id != books.till_id:
            continue
        if 0 < place.recalled_until_ms <= books.work.now_ms:
            place.recalled_until_ms, place.recalled_for = 0, None
        wanted = place.target_at(books.work.now_ms)
        if wanted != place.told:
            place.told = wanted
            books.placed.places.add((page.member_id, lot, till_id))
            targets.append(Target(subject=page.member_id, lot=lot, amount=wanted))
    return targets


def _beside(books: Books, page: MemberPage, lent: list[GrantAdopted], told: list[Target]) -> list[Target]:
    """What should lie there of what is just lent, said again: an HQ that was put back to its backup without a word may
    think that it said so, and a till that does not know would give it back at once, and be lent it again, for ever."""
    known = {(target.subject, target.lot) for target in told}
    return [
        Target(subject=page.member_id, lot=one.lot, amount=page.places[one.lot, books.till_id].told)
        for one in lent
        if (page.member_id, one.lot) not in known
    ]


def _lent(books: Books, page: MemberPage, today: str) -> list[GrantAdopted]:
    """Grants up to the targets, as far as it is free."""
    grants = []
    for (lot, till_id), place in sorted(page.places.items()):
        key = (page.member_id, lot)
        free = books.lots.get(key)
        if till_id != books.till_id or free is None or free.recovering or is_expired(lot, today):
            continue
        holder = books.holders.get(key)
        missing = place.target_at(books.work.now_ms) - (holder.outside if holder else 0)
        lent = min(missing, free.free)
        if lent > 0:
            holder = books.holder(key)
            holder.granted += lent
            books.lot(key).free -= lent
            grants.append(GrantAdopted(subject=page.member_id, lot=lot, granted_total=holder.granted))
    return grants
