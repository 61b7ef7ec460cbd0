"""Edits of one profile by two tills that did not know of each other.

Field by field the edit made later stands, by the tills' corrected clocks; at the same moment that of the larger till
id. So the outcome does not depend on who was heard first. An edit made after HQ had heard of the other one simply
follows it. For `booking` alone.
"""

from collections.abc import Mapping

from msgspec import structs

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import EditMark, Note, Profile
from shared_models.bodies import MemberEdited

_SHOWN_OF_THE_PHONE = frozenset({"phone_masked", "phone_hash"})  # they follow the sealed number


def settle(books: Books, body: MemberEdited, beside: Mapping[str, bytes], note: Note) -> tuple[MemberEdited, list[str]]:
    """The edit without the fields in which a later one stands already, and its name where two collided."""
    page = books.members[body.member_id]
    made_at_ms = body.head.till_time_ms + body.head.clock_offset_ms
    mine = EditMark(books.till_id, made_at_ms, books.work.now_ms)
    marks = dict(page.profile.edits)
    collided, outranked = [], set()
    for name in sorted((body.attachments.keys() | body.coded.keys()) - _SHOWN_OF_THE_PHONE):
        known = marks.get(name)
        blind = known is not None and known.till_id != mine.till_id and made_at_ms < known.heard_at_ms
        if known is not None and blind and not _is_the_same(page.profile, name, body, beside):
            collided.append(name)
            if (made_at_ms, mine.till_id) < (known.made_at_ms, known.till_id):
                outranked.add(name)
                continue
        marks[name] = mine
    page.profile = structs.replace(page.profile, edits=marks)
    page.changed = page.touched = True
    if not collided:
        return body, []
    code = "profile_edited_twice"
    books.note(structs.replace(note, code=code, subject=body.member_id, told={"fields": ", ".join(collided)}))
    return _without(body, outranked), [code]


def _without(body: MemberEdited, outranked: set[str]) -> MemberEdited:
    dropped = outranked | (_SHOWN_OF_THE_PHONE if "phone_sealed" in outranked else set())
    return structs.replace(
        body,
        attachments={name: digest for name, digest in body.attachments.items() if name not in dropped},
        coded={name: value for name, value in body.coded.items() if name not in dropped},
    )


def _is_the_same(profile: Profile, name: str, body: MemberEdited, beside: Mapping[str, bytes]) -> bool:
    """Whether both wrote the same: then nothing collides."""
    value = body.coded.get(name)
    if value is None:
        value = beside.get(body.attachments.get(name, ""), b"").decode(errors="replace")
    stands = profile.own_fields.get(name, str(getattr(profile, name, "")))
    return value == stands
