"""One person, several ids: HQ unites members by the full phone number it alone can read.

Tills that were cut off may both register the same person. The first one HQ hears of is the canonical member; a later
one becomes its alias and stays usable. What is free of the alias moves to the canonical member at once, and again
whenever a till gives rights of the alias back; counters never merge.
"""

from uuid import UUID

from sqlalchemy import Connection

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.organisation import chain
from hq_sync_server.office.rights import rights
from hq_sync_server.records import bulk, statements, tables
from shared_models.bodies import MembersUnited, OpeningLot
from shared_models.refusals import Refusal


def holder_of_phone(connection: Connection, phone_lookup: str) -> UUID | None:
    """The member whose number this is."""
    rows = statements.fetch(connection, tables.phones, ("member_id",), "phone_lookup", (phone_lookup,))
    return rows[0][0] if rows else None


def take_phone(books: Books, member_id: UUID, e164: str, note: Note) -> str:
    """Give a member its number, or unite it with whose number it is. The name of what did not go through, or ''."""
    lookup = books.work.keys.phone_lookup(e164)
    page = books.members[member_id]
    connection = books.work.connection
    bulk.upsert(connection, tables.phones, ("phone_lookup", "member_id"), [(lookup, member_id)], changes="nothing")
    owner_id = holder_of_phone(connection, lookup)
    assert owner_id is not None
    books.open({owner_id})
    owner = books.canonical(owner_id)
    if page.phone_lookup not in (None, lookup):
        # The old number may be somebody else's tomorrow: it must not lead to this person any more.
        statements.run(
            connection,
            "DELETE FROM phones WHERE phone_lookup = ? AND member_id = ?",
            (page.phone_lookup, member_id),
        )
    page.phone_lookup = lookup
    page.phone_sealed = books.work.keys.store_phone(e164)
    page.changed = page.touched = True
    if owner.member_id == page.canonical_id:
        if page.status == "provisional":
            page.status = "active"
        return ""
    if page.is_alias or books.aliases_of(member_id):
        books.note(note)
        return note.code
    if chain.setting(connection, chain.UNITE_CONFIRMED, "1") != "1":
        books.note(note)
        return note.code
    unite(books, member_id, owner.member_id)
    return ""


def unite(books: Books, alias_id: UUID, canonical_id: UUID) -> None:
    """Make one member the alias of another; both must be open."""
    alias, canonical = books.members[alias_id], books.members[canonical_id]
    books.name_alias(alias_id, canonical_id)
    alias.status = "merged"
    alias.changed = alias.touched = True
    canonical.visits += alias.visits
    if alias.last_visit_date > canonical.last_visit_date:
        canonical.last_visit_date, canonical.last_store_id = alias.last_visit_date, alias.last_store_id
    for month, spend_fen in alias.spend.items():
        books.add_spend(canonical_id, month, spend_fen)
    canonical.changed = canonical.touched = True
    move_free(books, alias_id, always=True)


def move_free(books: Books, alias_id: UUID, *, always: bool = False) -> None:
    """Move what is free of an alias to its canonical member, its own debts paid first. `always`: say that they were
    united even if nothing is free."""
    alias = books.members[alias_id]
    rights.settle_debts(books, alias)
    moved = tuple(OpeningLot(lot=key[1], amount=page.free) for key, page in books.free_lots(alias_id))
    if moved or always:
        books.record(
            MembersUnited(
                head=books.head(alias_id, alias.canonical_id),
                alias_id=alias_id,
                canonical_id=alias.canonical_id,
                moved=moved,
            )
        )


def readable(books: Books, sealed: bytes) -> str | None:
    """The number a till sealed for HQ, or None when it cannot be opened or is none."""
    try:
        return books.work.keys.unseal_phone(sealed)
    except Refusal:
        return None
