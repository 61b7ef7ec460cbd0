"""Members at HQ: taken in from tills or made here; the one canonical record of each person."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from msgspec import Struct, structs

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import CardsStopped, MemberPage, Note, Profile
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import uniting
from hq_sync_server.office.organisation import chain, feed
from hq_sync_server.records import bulk, statements, tables
from shared_models.bodies import MemberEdited, MemberRegistered, MemberTagged, Sale
from shared_models.members import PURCHASES_KEPT, mask_phone, purchase_of

_PLAIN_FIELDS = frozenset({"name", "birthday", "payment_code"})


class NewMember(Struct, frozen=True, kw_only=True):
    """A member HQ makes itself. `phone` is a full number in E.164, or ''."""

    member_id: UUID
    profile: Profile = Profile()
    phone: str = ""


def create(work: Work, members: Sequence[NewMember]) -> dict[UUID, UUID]:
    """Make members: active, or united with whose number theirs is. The canonical id of each."""
    books = Books(work)
    books.open({member.member_id for member in members})
    key_id = chain.setting(work.connection, chain.PHONE_KEY_ID, "1")
    numbered = [(work.keys.phone_lookup(member.phone), member.member_id) for member in members if member.phone]
    first: dict[str, UUID] = {}
    for lookup, member_id in numbered:
        first.setdefault(lookup, member_id)
    for some in bulk.chunks(sorted(first.items())):
        bulk.upsert(work.connection, tables.phones, ("phone_lookup", "member_id"), some, changes="nothing")
    owners = _owners(work, list(first))
    books.open(set(owners.values()))
    for member in members:
        page = books.members[member.member_id]
        profile = member.profile
        page.status, page.registered_at_ms = "active", work.now_ms
        if member.phone:
            lookup = work.keys.phone_lookup(member.phone)
            profile = structs.replace(
                profile, phone_masked=mask_phone(member.phone), phone_hash=lookup, phone_key_id=key_id
            )
            page.phone_lookup, page.phone_sealed = lookup, work.keys.store_phone(member.phone)
        page.profile = profile
        page.changed = page.touched = True
    for lookup, member_id in numbered:
        owner = books.canonical(owners[lookup]).member_id
        if owner != books.members[member_id].canonical_id:
            uniting.unite(books, member_id, owner)
    _give_cards(work, [(code, one.member_id) for one in members for code in one.profile.card_codes])
    _remember_tiers(work, [(one.member_id, one.profile.tier) for one in members if one.profile.tier])
    books.close()
    return {member.member_id: books.members[member.member_id].canonical_id for member in members}


def _owners(work: Work, lookups: Sequence[str]) -> dict[str, UUID]:
    names = ("phone_lookup", "member_id")
    rows = statements.fetch(work.connection, tables.phones, names, "phone_lookup", lookups)
    return {row[0]: row[1] for row in rows}


def _give_cards(work: Work, cards: Sequence[tuple[str, UUID]]) -> None:
    for some in bulk.chunks(sorted(dict(cards).items())):
        bulk.upsert(work.connection, tables.member_cards, ("card_code", "member_id"), some, changes="nothing")


def _remember_tiers(work: Work, tiers: Sequence[tuple[UUID, str]]) -> None:
    rows = [(member_id, tier, work.now_ms) for member_id, tier in sorted(set(tiers))]
    for some in bulk.chunks(rows):
        bulk.upsert(work.connection, tables.member_tiers, ("member_id", "tier", "since_ms"), some)


def remember_tier(books: Books, page: MemberPage) -> None:
    """Keep that a tier was published, and since when it is held: a sale quoted with it later is stale, not wrong."""
    _remember_tiers(books.work, [(page.member_id, page.profile.tier)])


def take_registration(books: Books, body: MemberRegistered, beside: Mapping[str, bytes], note: Note) -> list[str]:
    """A member registered at a till; `beside` are the attachments by hash. The names of what did not go through."""
    page = books.members[body.member_id]
    profile = page.profile
    card = _text(beside, body.card_code) or body.card_code
    codes = ["card_taken"] if card and not _take_card(books.work, card, body.member_id) else []
    cards = tuple(dict.fromkeys((*profile.card_codes, card))) if card and not codes else profile.card_codes
    page.profile = structs.replace(
        profile,
        name=_text(beside, body.name) or profile.name,
        phone_masked=_text(beside, body.phone_masked) or profile.phone_masked,
        phone_hash=_text(beside, body.phone_hash) or profile.phone_hash,
        phone_key_id=chain.setting(books.work.connection, chain.PHONE_KEY_ID, "1"),
        card_codes=cards,
        birthday=_text(beside, body.birthday) or profile.birthday,
        birthday_month=body.birthday_month or profile.birthday_month,
        home_store_id=body.home_store_id or profile.home_store_id,
        consents=body.consents,
        consent_text_version=body.consent_text_version,
    )
    page.registered_at_ms = body.head.till_time_ms or books.work.now_ms
    page.changed = page.touched = True
    if not body.phone_sealed:
        return codes
    e164 = uniting.readable(books, beside.get(body.phone_sealed, b""))
    if e164 is None:
        books.note(structs.replace(note, code="phone_unreadable"))
        return [*codes, "phone_unreadable"]
    page.profile = structs.replace(
        page.profile, phone_masked=mask_phone(e164), phone_hash=books.work.keys.phone_lookup(e164)
    )
    code = uniting.take_phone(books, body.member_id, e164, structs.replace(note, code="unite_waiting"))
    return [*codes, code] if code else codes


def _take_card(work: Work, card: str, member_id: UUID) -> bool:
    """Whether a card is this member's from now on: a card that is somebody's already stays theirs."""
    _give_cards(work, [(card, member_id)])
    owner = statements.fetch(work.connection, tables.member_cards, ("member_id",), "card_code", (card,))
    return bool(owner[0][0] == member_id)


def take_edit(books: Books, body: MemberEdited, beside: Mapping[str, bytes], note: Note) -> list[str]:
    """Profile changes made at a till."""
    page = books.members[body.member_id]
    changed: dict[str, str] = {}
    own = dict(page.profile.own_fields)
    codes: list[str] = []
    for name, attachment_hash in body.attachments.items():
        content = beside.get(attachment_hash)
        if content is None:
            continue
        if name == "phone_sealed":
            e164 = uniting.readable(books, content)
            if e164 is None:
                books.note(structs.replace(note, code="phone_unreadable"))
                codes.append("phone_unreadable")
                continue
            changed |= {"phone_masked": mask_phone(e164), "phone_hash": books.work.keys.phone_lookup(e164)}
            code = uniting.take_phone(books, body.member_id, e164, structs.replace(note, code="unite_waiting"))
            codes += [code] if code else []
        elif name in _PLAIN_FIELDS:
            changed[name] = content.decode(errors="replace")
        elif name not in ("phone_masked", "phone_hash"):
            own[name] = content.decode(errors="replace")
    own.update({name: value for name, value in body.coded.items() if name != "birthday_month"})
    month = body.coded.get("birthday_month", "")
    codes += _change_cards(books, page, body)
    page.profile = structs.replace(
        page.profile,
        own_fields=own,
        birthday_month=int(month) if month.isdecimal() and 1 <= int(month) <= 12 else page.profile.birthday_month,
        **changed,
    )
    page.changed = page.touched = True
    return codes


def _change_cards(books: Books, page: MemberPage, body: MemberEdited) -> list[str]:
    """Lost cards stop and stay theirs, so that nobody else is ever given one; new ones are bound unless somebody has
    them. The names of what did not go through."""
    taken = [card for card in body.cards_added if not _take_card(books.work, card, body.member_id)]
    lost = [card for card in body.cards_stopped if card in page.profile.card_codes]
    added = [card for card in body.cards_added if card not in taken]
    made_at_ms = body.head.till_time_ms + body.head.clock_offset_ms
    page.profile = stop_cards(books.work, page.profile, lost, added, made_at_ms)
    return ["card_taken"] if taken else []


def stop_cards(work: Work, profile: Profile, lost: Sequence[str], added: Sequence[str], made_at_ms: int) -> Profile:
    """The profile with these cards stopped and these bound."""
    kept = [card for card in profile.card_codes if card not in lost]
    mark = profile.cards_stopped_mark
    if lost:
        mark = CardsStopped(made_at_ms, work.hq_epoch, feed.newest_position(work.connection))
    stopped = dict.fromkeys((*profile.cards_stopped, *lost))
    return structs.replace(
        profile,
        card_codes=tuple(dict.fromkeys((*kept, *added))),
        cards_stopped=tuple(card for card in stopped if card not in added),
        cards_stopped_mark=mark,
    )


def remember_purchase(page: MemberPage, sale: Sale, store_id: UUID | None) -> None:
    """The last few purchases go with the member's row to every till; a late sale of an earlier day does not."""
    known = page.profile.purchases
    if page.status != "forgotten" and (not known or known[0].business_date <= sale.head.business_date):
        bought = (purchase_of(sale, store_id), *known)[:PURCHASES_KEPT]
        page.profile = structs.replace(page.profile, purchases=bought)


def take_tags(books: Books, body: MemberTagged) -> None:
    """Quick tags put on or taken off."""
    page = books.members[body.member_id]
    removed = set(body.removed)
    tags = tuple(dict.fromkeys(tag for tag in (*page.profile.tags, *body.added) if tag not in removed))
    page.profile = structs.replace(page.profile, tags=tags)
    page.changed = page.touched = True


def _text(beside: Mapping[str, bytes], attachment_hash: str) -> str:
    return beside.get(attachment_hash, b"").decode(errors="replace") if attachment_hash else ""
