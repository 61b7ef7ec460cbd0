"""How many members a till was lent rights of, by their names, within an hour. For `control`.

HQ cannot see who stands at a counter: a till that asks for somebody is lent what is free of them. But a counter serves
one customer after the other. Who is lent those of more people than that goes through the members, not through a queue.
"""

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.books.shelves import write_notes
from hq_sync_server.office.healing.lane import Lane
from hq_sync_server.office.intake.delivering import Given

MANY_MEMBERS_ASKED = "many_members_asked"
MEMBERS_AN_HOUR = 240
"""One every fifteen seconds, the whole hour through."""

_HOUR_MS = 3_600_000


def counted(books: Books, lane: Lane, given: Given) -> dict[str, object]:
    """What the lane keeps of it. The exception is named once an hour, when there are too many."""
    members = {books.canonical(one.subject).member_id for one in given.grants if one.subject in books.members}
    hour = books.work.now_ms // _HOUR_MS
    before = lane.asked_members if lane.asked_hour == hour else 0
    after = before + len(members)
    if before < MEMBERS_AN_HOUR <= after:
        note = Note(MANY_MEMBERS_ASKED, till_id=lane.till.till_id, epoch=lane.till.epoch, seq=lane.head.seq)
        note.told["members"] = after
        write_notes(books.work.connection, [note], books.work.ids, books.work.now_ms)
    return {"asked_hour": hour, "asked_members": after}
