"""Two members who were united are two again: what one of them brought goes back to it.

What is at a till cannot be moved, and HQ may have lent just that lot since. So whatever is free of the same kind goes
back in its place, the lot that was brought first: nobody waits for a till, and no lot's total changes. What even that
does not cover was spent, or is all at tills; it is said before the deed and after it, and corrected like any balance.
"""

from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import member_view
from hq_sync_server.office.members.member_view import MemberView
from hq_sync_server.records import tables
from shared_models.bodies import BalanceAdjusted, MembersUnited, OpeningLot
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import lot_account
from shared_models.refusals import Refusal

REASON = "separated"
KINDS = ("principal", "bonus", "points")


class Share(Struct, frozen=True, kw_only=True):
    """What goes back of one kind (fen or points), and what of that which was brought does not."""

    kind: str
    back: int
    stays: int


def shares(connection: Connection, view: MemberView, alias_id: UUID) -> list[Share]:
    """What separating would do now, by kind; kinds of which nothing was brought are left out."""
    brought = _brought(connection, alias_id, view.member_id)
    lots = tables.subject_lots.c
    rows = connection.execute(select(lots.lot, lots.free).where(lots.subject == view.member_id, lots.free > 0))
    free = {row.lot: row.free for row in rows}
    return _shares(brought, _parts(brought, free))


def separate(work: Work, viewer: Viewer, scope: Scope, member_id: UUID, alias_id: UUID) -> list[Share]:
    """They were two after all: the alias is a member again, and as much of what it brought as is free goes back.
    What went and what stayed. Refuses `not_an_alias`, `member_forgotten`."""
    viewer.require("members.unite")
    view = member_view.member(work.connection, scope, member_id)
    if view.status == "forgotten":
        raise Refusal("member_forgotten")
    if alias_id not in view.ids or alias_id == view.member_id:
        raise Refusal("not_an_alias")
    books = Books(work)
    books.open({view.member_id, alias_id})
    canonical, alias = books.members[view.member_id], books.members[alias_id]
    alias.canonical_id, alias.status = alias_id, "active"
    canonical.visits = max(0, canonical.visits - alias.visits)
    for month, spend_fen in alias.spend.items():
        books.add_spend(canonical.member_id, month, -spend_fen)
    for page in (canonical, alias):
        page.changed = page.touched = True
    head = books.head(alias_id, canonical.member_id)
    books.record(MembersUnited(head=head, alias_id=alias_id, canonical_id=alias_id, reason=REASON))
    brought = _brought(work.connection, alias_id, canonical.member_id)
    back = _parts(brought, {key[1]: page.free for key, page in books.free_lots(canonical.member_id)})
    if back:
        away = tuple(OpeningLot(lot=part.lot, amount=-part.amount) for part in back)
        for owner, lots in ((canonical.member_id, away), (alias_id, back)):
            books.record(BalanceAdjusted(head=books.head(owner), member_id=owner, lots=lots, reason=REASON))
    books.close()
    found = _shares(brought, back)
    after = {
        f"{one.kind} {word}": amount for one in found for word, amount in (("back", one.back), ("stays", one.stays))
    }
    audit.note(
        work,
        viewer,
        "members_separated",
        f"member:{view.member_id.hex}",
        {"united": alias_id.hex},
        after,
        store_id=view.profile.home_store_id,
    )
    return found


def _brought(connection: Connection, alias_id: UUID, canonical_id: UUID) -> dict[str, int]:
    """What the alias brought along by lot, without what went back in an earlier separation. HQ's own facts alone: a
    till may have written some under the same names, which are parked."""
    entries = tables.entries.c
    kinds = entries.entry_type.in_(("members_united", "balance_adjusted"))
    rows = connection.execute(
        select(entries.entry_type, entries.body).where(
            entries.member_id == alias_id, kinds, entries.till_id == HQ_TILL_ID
        )
    )
    brought: dict[str, int] = {}
    for entry_type, body in rows:
        parts: tuple[OpeningLot, ...] = ()
        sign = 1
        if entry_type == "members_united":
            fact = msgspec.json.decode(body, type=MembersUnited)
            parts = fact.moved if fact.canonical_id == canonical_id else ()
        else:
            adjusted = msgspec.json.decode(body, type=BalanceAdjusted)
            parts, sign = (adjusted.lots if adjusted.reason == REASON else ()), -1
        for part in parts:
            brought[part.lot] = brought.get(part.lot, 0) + sign * part.amount
    return brought


def _parts(brought: dict[str, int], free: dict[str, int]) -> tuple[OpeningLot, ...]:
    """Free lots as large as what was brought, kind by kind: the very lots first, then others of the kind."""
    taken: dict[str, int] = {}
    for kind in KINDS:
        missing = max(0, sum(amount for lot, amount in brought.items() if lot_account(lot) == kind))
        own = [lot for lot in sorted(brought) if lot_account(lot) == kind]
        others = [lot for lot in sorted(free) if lot_account(lot) == kind and lot not in brought]
        for lot, limit in [*((lot, brought[lot]) for lot in own), *((lot, missing) for lot in [*others, *own])]:
            amount = min(missing, limit, free.get(lot, 0) - taken.get(lot, 0))
            if amount > 0:
                taken[lot] = taken.get(lot, 0) + amount
                missing -= amount
    return tuple(OpeningLot(lot=lot, amount=amount) for lot, amount in sorted(taken.items()))


def _shares(brought: dict[str, int], back: tuple[OpeningLot, ...]) -> list[Share]:
    found = []
    for kind in KINDS:
        whole = max(0, sum(amount for lot, amount in brought.items() if lot_account(lot) == kind))
        goes = sum(part.amount for part in back if lot_account(part.lot) == kind)
        if whole:
            found.append(Share(kind=kind, back=goes, stays=whole - goes))
    return found
