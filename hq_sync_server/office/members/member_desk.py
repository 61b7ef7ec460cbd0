"""What people at HQ do for a member: each deed under the member's lock, published to tills, written into the audit log.

Every function refuses `not_allowed` for a role without the permission and `not_found` for a member of other stores.
"""

from collections.abc import Callable, Mapping
from typing import Any
from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import delete, insert, select

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Permission, Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import MemberPage, Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import forgetting, member_view, members, uniting
from hq_sync_server.office.members.member_view import MemberView
from hq_sync_server.office.organisation import chain
from hq_sync_server.records import bulk, tables
from shared_models.codes import parse_scan
from shared_models.members import mask_phone, normalise_phone
from shared_models.refusals import Refusal

_PERSONAL = ("name", "birthday", "own_fields", "card_codes")
_LOGGED = ("name", "birthday", "tags", "own_fields", "card_codes", "home_store_id", "alerts")


def edit(work: Work, viewer: Viewer, scope: Scope, member_id: UUID, changes: Mapping[str, Any]) -> None:
    """Change name, birthday, tags, alerts, own fields, home store. Refuses `name_too_long`."""

    def change(_books: Books, page: MemberPage) -> None:
        birthday = str(changes.get("birthday", page.profile.birthday))
        month = int(birthday[5:7]) if birthday else page.profile.birthday_month
        page.profile = structs.replace(page.profile, **{**changes, "birthday_month": month})

    _change(work, viewer, scope, member_id, "members.edit", "member_edited", change)


def new_number(work: Work, viewer: Viewer, scope: Scope, member_id: UUID, typed: str) -> None:
    """Another telephone number. Refuses `phone_invalid`, `phone_of_a_member`."""
    e164 = normalise_phone(typed)
    lookup = work.keys.phone_lookup(e164)

    def change(books: Books, page: MemberPage) -> None:
        owner = uniting.holder_of_phone(work.connection, lookup)
        if owner is not None and owner not in books.members:
            raise Refusal("phone_of_a_member", phone=mask_phone(e164))
        key_id = chain.setting(work.connection, chain.PHONE_KEY_ID, "1")
        masked = {"phone_masked": mask_phone(e164), "phone_hash": lookup, "phone_key_id": key_id}
        page.profile = structs.replace(page.profile, **masked)
        if page.phone_lookup:
            phones = tables.phones.c
            old = (phones.phone_lookup == page.phone_lookup) & (phones.member_id == page.member_id)
            work.connection.execute(delete(tables.phones).where(old))
        row = [(lookup, page.member_id)]
        bulk.upsert(work.connection, tables.phones, ("phone_lookup", "member_id"), row, changes="nothing")
        page.phone_lookup, page.phone_sealed = lookup, work.keys.store_phone(e164)

    _change(work, viewer, scope, member_id, "members.edit", "member_number_changed", change)


def set_frozen(work: Work, viewer: Viewer, scope: Scope, member_id: UUID, *, frozen: bool) -> None:
    """Nothing may be spent until it is undone; what tills hold is spent there at most."""

    def change(_books: Books, page: MemberPage) -> None:
        page.status = "frozen" if frozen else "active"

    _change(work, viewer, scope, member_id, "members.edit", "member_frozen" if frozen else "member_thawed", change)


def confirm(work: Work, viewer: Viewer, scope: Scope, member_id: UUID) -> None:
    """A provisional member is one from now on. Refuses `member_not_provisional`."""

    def change(_books: Books, page: MemberPage) -> None:
        if page.status != "provisional":
            raise Refusal("member_not_provisional")
        page.status = "active"

    _change(work, viewer, scope, member_id, "members.edit", "member_confirmed", change)


def replace_card(work: Work, viewer: Viewer, scope: Scope, member_id: UUID, old: str, new: str) -> None:
    """A lost card leads nowhere from now on; a new one, if given, leads to the same balances. Refuses `card_unknown`,
    `card_invalid`, `card_of_a_member`."""

    def change(books: Books, page: MemberPage) -> None:
        cards = tables.member_cards
        if old and old not in page.profile.card_codes:
            raise Refusal("card_unknown", card=old)
        added = []
        if new:
            scan = parse_scan(new)
            if scan.kind not in {"member", "goods"}:
                raise Refusal("card_invalid", card=new)
            owner = work.connection.scalar(select(cards.c.member_id).where(cards.c.card_code == scan.value))
            if owner is not None and owner not in books.members:
                raise Refusal("card_of_a_member", card=scan.value)
            if owner is None:
                work.connection.execute(insert(cards).values(card_code=scan.value, member_id=page.member_id))
            added.append(scan.value)
        page.profile = members.stop_cards(work, page.profile, [old] if old else [], added, work.now_ms)

    _change(work, viewer, scope, member_id, "members.edit", "card_replaced", change)


def reveal(work: Work, viewer: Viewer, scope: Scope, member_id: UUID) -> str:
    """The whole number, once, and that it was looked at. Refuses `phone_missing_here`."""
    viewer.require("members.reveal")
    view = member_view.member(work.connection, scope, member_id)
    columns = tables.members.c
    sealed = work.connection.scalar(select(columns.phone_sealed).where(columns.member_id == view.member_id))
    if sealed is None:
        raise Refusal("phone_missing_here")
    audit.note(work, viewer, "number_revealed", _about(view.member_id), store_id=view.profile.home_store_id)
    return work.keys.read_phone(bytes(sealed))


def unite(work: Work, viewer: Viewer, scope: Scope, kept_id: UUID, other_id: UUID) -> None:
    """Two members are one person: the other's id leads to the kept one. Refuses `same_member`, `member_forgotten`."""
    viewer.require("members.unite")
    kept = member_view.member(work.connection, scope, kept_id)
    other = member_view.member(work.connection, scope, other_id)
    _check_pair(kept, other)
    books = Books(work)
    books.open({kept.member_id, other.member_id})
    for alias in [other.member_id, *(one.member_id for one in other.aliases)]:
        uniting.unite(books, alias, kept.member_id)
    books.close()
    after = {"kept": kept.member_id.hex, "united": other.member_id.hex}
    audit.note(work, viewer, "members_united", _about(kept.member_id), {}, after, store_id=kept.profile.home_store_id)


def _check_pair(kept: MemberView, other: MemberView) -> None:
    if kept.member_id == other.member_id:
        raise Refusal("same_member")
    if "forgotten" in (kept.status, other.status):
        raise Refusal("member_forgotten")


def forget(work: Work, viewer: Viewer, scope: Scope, member_id: UUID) -> None:
    """On request of the person: name, number and attachments go; what was sold stays, without a name."""
    viewer.require("members.forget")
    view = member_view.member(work.connection, scope, member_id)
    forgetting.forget(work, view.member_id)
    audit.note(work, viewer, "member_forgotten", _about(view.member_id), store_id=view.profile.home_store_id)


def export(work: Work, viewer: Viewer, scope: Scope, member_id: UUID) -> bytes:
    """Everything about a person, as JSON to hand over to them; that it was handed over is logged."""
    viewer.require("members.export")
    view = member_view.member(work.connection, scope, member_id)
    events = member_view.timeline(work.connection, scope, view.ids, count=100_000)
    columns = tables.members.c
    sealed = work.connection.scalar(select(columns.phone_sealed).where(columns.member_id == view.member_id))
    audit.note(work, viewer, "member_exported", _about(view.member_id), store_id=view.profile.home_store_id)
    number = work.keys.read_phone(bytes(sealed)) if sealed is not None else ""
    secret = "*" if view.profile.payment_code else ""
    shown = structs.replace(view, profile=structs.replace(view.profile, payment_code=secret))
    return msgspec.json.format(msgspec.json.encode({"number": number, "member": shown, "timeline": events}), indent=2)


def _change(
    work: Work,
    viewer: Viewer,
    scope: Scope,
    member_id: UUID,
    permission: Permission,
    action: str,
    change: Callable[[Books, MemberPage], None],
) -> None:
    """Change a member's own record under its lock, publish it, and say what is different now. Refuses
    `member_forgotten`: a page that was opened before must not bring a name or a number back."""
    viewer.require(permission)
    view = member_view.member(work.connection, scope, member_id)
    books = Books(work)
    books.open({view.member_id})
    page = books.members[view.member_id]
    if page.status == "forgotten":
        raise Refusal("member_forgotten")
    before = {"status": page.status, **_told(page.profile)}
    change(books, page)
    page.changed = page.touched = True
    books.close()
    after = {"status": page.status, **_told(page.profile)}
    for name in _PERSONAL:  # the log outlives whoever asks to be forgotten: it says that these changed, not into what
        if before[name] != after[name]:
            before[name], after[name] = "", "*"
    audit.note(work, viewer, action, _about(view.member_id), before, after, store_id=page.profile.home_store_id)


def _told(profile: Profile) -> dict[str, Any]:
    told = {name: getattr(profile, name) for name in _LOGGED}
    return {name: str(value) if isinstance(value, UUID) else value for name, value in told.items()}


def _about(member_id: UUID) -> str:
    return f"member:{member_id.hex}"
