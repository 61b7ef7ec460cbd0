"""Members: found by phone hash, card, phone tail or name, among HQ's rows and those registered here.

HQ's row counts where there is one; a member registered here and not yet heard of from HQ is found all the same.
"""

from collections.abc import Iterable
from uuid import UUID

from sqlalchemy import bindparam, literal_column, select

from pos_client.ledger import own_changes as changes
from pos_client.ledger.chain import position_of
from pos_client.ledger.database import prepared
from pos_client.ledger.finding import after, with_all_terms
from pos_client.ledger.mirror_rows import hash_bytes, member_decoder
from pos_client.ledger.names import TERMS_MAX, name_terms, search_of
from pos_client.ledger.shelves import Shelves
from pos_client.ledger.tables import (
    entries,
    member_cards,
    member_phones,
    member_terms,
    members,
    own_changes,
    own_members,
)
from shared_models.members import MemberRow

MATCHES_MAX = 50

_PAYLOAD = select(members.c.payload)
_BY_ID = prepared(_PAYLOAD.where(members.c.member_id == bindparam("member_id"), members.c.deleted == 0))
_BY_PHONE = prepared(
    _PAYLOAD.join(member_phones, member_phones.c.number == members.c.number).where(
        member_phones.c.phone_hash == bindparam("phone_hash")
    )
)
_BY_CARD = prepared(
    _PAYLOAD.join(member_cards, member_cards.c.number == members.c.number).where(
        member_cards.c.card_code == bindparam("card_code")
    )
)
_ALIASES = prepared(
    _PAYLOAD.where(
        members.c.canonical_id == bindparam("canonical_id"), members.c.canonical_id != members.c.member_id,
        members.c.deleted == 0,
    ).order_by(members.c.member_id)
)  # fmt: skip
_BY_TERM = prepared(
    _PAYLOAD.join(member_terms, member_terms.c.number == members.c.number)
    .where(member_terms.c.term == bindparam("term"))
    .limit(literal_column(str(MATCHES_MAX * 8)))
)
_BY_TERMS = {
    count: prepared(with_all_terms(members, member_terms, count, MATCHES_MAX * 8)) for count in range(1, TERMS_MAX + 1)
}
_BY_BEGINNING = prepared(
    _PAYLOAD.join(member_terms, member_terms.c.number == members.c.number)
    .where(member_terms.c.term >= bindparam("first"), member_terms.c.term < bindparam("after"))
    .limit(literal_column(str(MATCHES_MAX)))
)
_AT = prepared(select(entries.c.entry_hash).where(entries.c.position == bindparam("position")))
_OWN_BY_ID = prepared(select(own_members.c.member).where(own_members.c.member_id == bindparam("member_id")))
_OWN_BY_PHONE = prepared(
    select(own_members.c.member).where(
        own_members.c.phone_hash == bindparam("phone_hash"), own_members.c.phone_hash != ""
    )
)
_OWN_BY_CARD = prepared(
    select(own_members.c.member).where(own_members.c.card_code == bindparam("card_code"), own_members.c.card_code != "")
)
_OWN_NAMES = prepared(select(own_members.c.member_id, own_members.c.name, own_members.c.phone_masked))
_CHANGES = prepared(
    select(own_changes.c.position, own_changes.c.change)
    .where(own_changes.c.member_id == bindparam("member_id"))
    .order_by(own_changes.c.position)
)
_CHANGED_PHONE = prepared(
    select(own_changes.c.member_id).where(
        own_changes.c.phone_hash == bindparam("phone_hash"), own_changes.c.phone_hash != ""
    )
)
_CHANGED_CARD = prepared(
    select(own_changes.c.member_id).where(
        own_changes.c.card_code == bindparam("card_code"), own_changes.c.card_code != ""
    )
)
_CHANGED_NAMES = prepared(select(own_changes.c.member_id, own_changes.c.name).where(own_changes.c.name != ""))


class People(Shelves):
    """The room in which members are found. Whoever shows one keeps the look-up (`append_lookup`)."""

    def member_row(self, member_id: UUID) -> MemberRow | None:
        """The row of this very id, HQ's or our own registration, with what was changed here since."""
        row = self._mirror.row(_BY_ID, {"member_id": member_id.bytes})
        if row is None:
            row = self._database.row(_OWN_BY_ID, {"member_id": member_id.bytes})
        return self._with_own_changes(member_decoder.decode(row[0])) if row else None

    def member_by_phone_hash(self, phone_hash: str) -> MemberRow | None:
        """The member with this keyed hash of a phone number: the canonical one when several ids share it."""
        rows = self._mirror.rows(_BY_PHONE, {"phone_hash": hash_bytes(phone_hash)})
        found = self._first(rows) or self._own(_OWN_BY_PHONE, {"phone_hash": phone_hash})
        if found is not None and found.phone_hash in ("", phone_hash):
            return found
        changed = self._changed(_CHANGED_PHONE, {"phone_hash": phone_hash})  # a number that was changed here
        return changed if changed is not None and changed.phone_hash == phone_hash else None

    def member_by_card(self, card_code: str) -> MemberRow | None:
        """The member who holds this card: the very id it was issued to. One that was reported lost leads nowhere."""
        found = self._by_any_card(card_code)
        return found if found is not None and card_code in found.card_codes else None

    def card_is_stopped(self, card_code: str) -> bool:
        """Whether a card was reported lost, here or, as far as HQ was heard, anywhere."""
        found = self._by_any_card(card_code)
        return found is not None and card_code in found.cards_stopped

    def members_by_phone_tail(self, tail: str, limit: int = MATCHES_MAX) -> list[MemberRow]:
        """Members whose number ends with these four digits."""
        found = self._mirror.rows(_BY_TERM, {"term": f"t{tail}"})
        own = [member_id for member_id, _, masked in self._own_names() if masked.endswith(tail)]
        return self._listed(found, own, limit)

    def members_by_name(self, text: str, limit: int = MATCHES_MAX) -> list[MemberRow]:
        """Members by part of a Chinese name, its pinyin initials, or the beginning of a Latin word of it."""
        search = search_of(text)
        found: list[tuple[bytes]] = []
        if search.terms:
            asked = {f"term_{place}": term for place, term in enumerate(search.terms)}
            found += self._mirror.rows(_BY_TERMS[len(search.terms)], asked)
        for beginning in search.beginnings:
            found += self._mirror.rows(_BY_BEGINNING, {"first": beginning, "after": after(beginning)})
        own = []
        for member_id, name, _ in self._own_names():
            terms = name_terms(name)
            begun = any(term.startswith(search.beginnings) for term in terms) if search.beginnings else False
            if begun or (search.terms and terms.issuperset(search.terms)):
                own.append(member_id)
        rows = self._listed(found, own, MATCHES_MAX * 8)
        return [row for row in rows if search.fits(row.name)][:limit]

    def own_registrations(self) -> list[MemberRow]:
        """Members registered here of whom HQ has not spoken yet."""
        own = [row[0] for row in self._database.rows(_OWN_NAMES)]
        waiting = [each for each in own if self._mirror.row(_BY_ID, {"member_id": each}) is None]
        return self._listed([], waiting, len(waiting))

    def ids_of_person(self, member_id: UUID) -> tuple[UUID, ...]:
        """All ids of one person, the canonical one first; the id itself when nothing is known."""
        row = self.member_row(member_id)
        if row is None:
            return (member_id,)
        return tuple(dict.fromkeys((row.canonical_id, *(each.member_id for each in self._aliases(row)), member_id)))

    def _aliases(self, row: MemberRow) -> list[MemberRow]:
        """Rows of the other ids of the person, the canonical one aside."""
        found = self._mirror.rows(_ALIASES, {"canonical_id": row.canonical_id.bytes})
        return [member_decoder.decode(each[0]) for each in found]

    def _first(self, rows: Iterable[tuple[bytes]]) -> MemberRow | None:
        """Of several rows the canonical one."""
        found = [self._with_own_changes(member_decoder.decode(row[0])) for row in rows]
        return max(found, key=lambda row: row.canonical_id == row.member_id, default=None)

    def _by_any_card(self, card_code: str) -> MemberRow | None:
        """Whoever holds a card, or held it before it was lost."""
        asked = {"card_code": card_code}
        bound_here = self._changed(_CHANGED_CARD, asked)
        if bound_here is not None and card_code in bound_here.card_codes:
            return bound_here
        return self._first(self._mirror.rows(_BY_CARD, asked)) or self._own(_OWN_BY_CARD, asked) or bound_here

    def _changed(self, statement: str, values: dict[str, str]) -> MemberRow | None:
        """Of the changes made here."""
        row = self._database.row(statement, values)
        return self.member_row(UUID(bytes=row[0])) if row else None

    def _with_own_changes(self, row: MemberRow) -> MemberRow:
        """The row after our own edits that it does not include yet."""
        made = self._database.rows(_CHANGES, {"member_id": row.member_id.bytes})
        if not made or self._identity is None:
            return row
        till_id = self._identity.till_id
        mark = max((position_of(each.epoch, each.seq) for each in row.marks if each.till_id == till_id), default=0)
        parked = self._parked(row, till_id)
        for position, change in made:
            if position > mark or position in parked:
                row = changes.changed(row, changes.decoded(change))
        return row

    def _parked(self, row: MemberRow, till_id: UUID) -> set[int]:
        """Positions of our own entries that HQ parked. What another branch wrote at that place, before our disk went
        back, is none of them."""
        own = [(position_of(each.epoch, each.seq), each.entry_hash) for each in row.holes if each.till_id == till_id]
        return {
            position
            for position, digest in own
            if not digest or self._database.row(_AT, {"position": position}) == (digest,)
        }

    def _own(self, statement: str, values: dict[str, str]) -> MemberRow | None:
        """Of our own registrations; as HQ knows that id, once it does."""
        row = self._database.row(statement, values)
        if row is None:
            return None
        own = member_decoder.decode(row[0])
        return self.member_row(own.member_id) or own

    def _own_names(self) -> list[tuple[bytes, str, str]]:
        """(member, name, masked number) of those registered here, and of those renamed here."""
        rows: list[tuple[bytes, str, str]] = self._database.rows(_OWN_NAMES)
        return rows + [(member_id, name, "") for member_id, name in self._database.rows(_CHANGED_NAMES)]

    def _listed(self, found: Iterable[tuple[bytes]], own: Iterable[bytes], limit: int) -> list[MemberRow]:
        rows = {row.member_id: row for row in (member_decoder.decode(each[0]) for each in found)}
        for member_id in own:
            row = self.member_row(UUID(bytes=member_id))
            if row is not None:
                rows.setdefault(row.member_id, row)
        shown = [self._with_own_changes(row) for row in rows.values() if row.status not in ("merged", "forgotten")]
        return sorted(shown, key=lambda row: (row.name, row.member_id))[:limit]
