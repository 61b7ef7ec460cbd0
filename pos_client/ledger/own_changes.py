"""Edits and tags of members made at this till, as they change a row that HQ wrote before it had heard of them.

Called by `side_effects`, which keeps a change in the entry's own transaction, and by `people`, which shows it.
"""

from collections.abc import Mapping, Sequence

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared_models.bodies import MemberEdited, MemberTagged
from shared_models.entries import Attachment
from shared_models.members import MemberRow

_PROFILE = frozenset({"name", "birthday", "phone_masked", "phone_hash", "payment_code"})
_NOT_SHOWN = frozenset({"phone_sealed"})
_CODED_ONLY = frozenset({"birthday_month"})

_encoder = msgspec.msgpack.Encoder()


class Change(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What an entry changes of a row."""

    profile: dict[str, str] = {}
    own_fields: dict[str, str] = {}
    tags_added: tuple[str, ...] = ()
    tags_removed: tuple[str, ...] = ()
    cards_stopped: tuple[str, ...] = ()
    cards_added: tuple[str, ...] = ()


_decoder = msgspec.msgpack.Decoder(Change)


def change_of(body: MemberEdited | MemberTagged, beside: Sequence[Attachment]) -> Change:
    """What this entry changes; the personal part of it is in the attachments."""
    if isinstance(body, MemberTagged):
        return Change(tags_added=body.added, tags_removed=body.removed)
    said = {each.attachment_hash: each.content for each in beside}
    told: dict[str, str] = {
        name: said[digest].decode()
        for name, digest in body.attachments.items()
        if name not in _NOT_SHOWN and digest in said
    }
    coded = {name: value for name, value in body.coded.items() if name not in _CODED_ONLY}
    return Change(
        profile={name: value for name, value in told.items() if name in _PROFILE},
        own_fields={name: value for name, value in told.items() if name not in _PROFILE} | coded,
        cards_stopped=body.cards_stopped,
        cards_added=body.cards_added,
    )


def encoded(change: Change) -> bytes:
    """As it is kept."""
    return _encoder.encode(change)


def decoded(kept: bytes) -> Change:
    """As it was written."""
    return _decoder.decode(kept)


def changed(row: MemberRow, change: Change) -> MemberRow:
    """The row after it."""
    fields: Mapping[str, str] = change.profile
    tags = [tag for tag in dict.fromkeys((*row.tags, *change.tags_added)) if tag not in change.tags_removed]
    cards = [code for code in row.card_codes if code not in change.cards_stopped]
    stopped = dict.fromkeys((*row.cards_stopped, *change.cards_stopped))
    return replace(
        row,
        name=fields.get("name", row.name),
        birthday=fields.get("birthday", row.birthday),
        phone_masked=fields.get("phone_masked", row.phone_masked),
        phone_hash=fields.get("phone_hash", row.phone_hash),
        payment_code=fields.get("payment_code", row.payment_code),
        own_fields={**row.own_fields, **change.own_fields},
        tags=tuple(tags),
        card_codes=tuple(dict.fromkeys((*cards, *change.cards_added))),
        cards_stopped=tuple(code for code in stopped if code not in change.cards_added),
    )
