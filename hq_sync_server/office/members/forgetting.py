"""Forgetting a person: whatever says who they are goes, at once and everywhere; the nameless account stays.

What the entries say stays too: they hold no personal data, only hashes of attachments, and those are deleted here.
Tills delete theirs when the feed tells them. The list of the forgotten lies with HQ's keys, apart from the database, so
that a restored database forgets them again, and an attachment that a till sends again is dropped.
"""

from collections.abc import Set as AbstractSet
from uuid import UUID

from sqlalchemy import delete, select, update

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import MemberPage, Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import tickets
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import statements, tables
from shared_models.bodies import MemberForgotten
from shared_models.refusals import Refusal


def forget(work: Work, member_id: UUID) -> None:
    """Erase a person under all ids HQ united. Refuses `member_unknown`. Forgetting twice is no harm."""
    connection = work.connection
    members = tables.members.c
    canonical_id = connection.scalar(select(members.canonical_id).where(members.member_id == member_id))
    if canonical_id is None:
        raise Refusal("member_unknown", member=member_id.hex)
    books = Books(work)
    books.open({canonical_id})
    everyone = [page for page in books.members.values() if page.canonical_id == canonical_id]
    for page in everyone:
        # The list first: a database that forgot and a list that did not would bring the person back.
        if page.member_id not in work.keys.forgotten():
            work.keys.add_forgotten(page.member_id)
        _make_nameless(books, page)
    books.close()
    _erase(work, [page.member_id for page in everyone])


def _make_nameless(books: Books, page: MemberPage) -> None:
    page.profile, page.phone_lookup, page.phone_sealed = Profile(), None, None
    page.status = "forgotten"
    page.changed = page.touched = True
    books.record(MemberForgotten(head=books.head(page.member_id), member_id=page.member_id))


def _erase(work: Work, ids: list[UUID]) -> None:
    """What lies beside their records, here and at tills."""
    connection = work.connection
    connection.execute(delete(tables.phones).where(tables.phones.c.member_id.in_(ids)))
    connection.execute(delete(tables.member_cards).where(tables.member_cards.c.member_id.in_(ids)))
    attachments = tables.attachments
    about = select(tables.entries.c.entry_id).where(tables.entries.c.member_id.in_(ids))
    connection.execute(
        update(attachments)
        .where(attachments.c.subject.in_(ids) | attachments.c.entry_id.in_(about))
        .values(salt=None, content=None)
    )
    feed.publish_many(work, [feed.FeedChange("member", one.hex, deleted=True) for one in ids])
    tickets.forget(work, ids)


def forget_again(work: Work) -> int:
    """Forget whoever is on the list and yet known: the database came back from a backup. How many; when HQ starts."""
    listed = sorted(work.keys.forgotten())
    rows = statements.fetch(work.connection, tables.members, ("member_id", "status"), "member_id", listed)
    known = [member_id for member_id, status in rows if status != "forgotten"]
    for member_id in known:
        forget(work, member_id)
    if work.recovering:  # tills that were cut off when it was said first may not have heard of the others either
        unheard = set(listed) - {row[0] for row in rows}
        feed.publish_many(work, [feed.FeedChange("member_forgotten", one.hex) for one in unheard])
    return len(known)


def keep_forgotten(books: Books, subjects: AbstractSet[UUID]) -> None:
    """Members whom a till brings again though they are on the list, because HQ was restored: accounts without a name
    from their first moment. One whom an HQ that has not noticed its restore knows by name again is forgotten again."""
    back = [books.members[one] for one in sorted(subjects & books.work.keys.forgotten()) if one in books.members]
    back = [page for page in back if page.status != "forgotten"]
    for page in back:
        _make_nameless(books, page)
    if back:
        _erase(books.work, [page.member_id for page in back])
