"""Members from the system before: read, compared with those there are, and taken all at once or not at all.

Opening balances become facts of HQ's own (`opening_balance`), one a member, in the same transaction as the members.
They must sum to the control total of whoever brings the file: else nothing is imported. A row that cannot be read, or
whose telephone number or card belongs to somebody already, is reported by its number and left out.
"""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, Table, insert, select

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import MemberPage, Profile
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.organisation import chain, stores
from hq_sync_server.office.rules.rule_configs import rules_in_force
from hq_sync_server.office.sheets import sheets
from hq_sync_server.office.sheets.sheets import Problem, Sheet, SheetRow
from hq_sync_server.records import bulk, office_tables, tables
from shared_models.bodies import OpeningBalance, OpeningLot
from shared_models.codes import parse_scan
from shared_models.members import mask_phone, normalise_phone
from shared_models.moments import business_date_of, month_after
from shared_models.refusals import Refusal
from shared_models.rights import bonus_lot, points_lot, principal_lot
from shared_models.rules import TierRule

AT_ONCE = 5_000
POINTS_LIFE_MONTHS = 12
NAME_LETTERS_MAX = 60

COLUMNS: dict[str, tuple[str, ...]] = {
    "phone": ("手机", "手机号", "电话", "mobile"),
    "name": ("姓名", "会员姓名"),
    "birthday": ("生日", "出生日期"),
    "tier": ("等级", "会员等级"),
    "card": ("卡号", "会员卡号"),
    "home_store": ("所属门店", "开卡门店"),
    "tags": ("标签",),
    "principal": ("本金", "储值本金"),
    "bonus": ("赠送金", "赠金"),
    "points": ("积分",),
    "points_until": ("积分有效期", "积分到期月"),
}


class ControlTotal(Struct, frozen=True, kw_only=True):
    """What all opening balances together must be."""

    principal_fen: int = 0
    bonus_fen: int = 0
    points: int = 0


class NewMember(Struct, frozen=True, kw_only=True):
    """A row that can be read. `phone` in E.164 or '' (then there is a card)."""

    phone: str
    name: str
    birthday: str
    tier: str
    card: str
    home_store: str
    tags: tuple[str, ...]
    principal_fen: int
    bonus_fen: int
    points: int
    points_until: str


@dataclass(slots=True)
class MembersFile:
    """What a file holds: members to be taken, and the rows that are not."""

    sheet: Sheet
    members: list[NewMember] = field(default_factory=list)
    problems: list[Problem] = field(default_factory=list)

    @property
    def total(self) -> ControlTotal:
        """The sum of the opening balances to be taken."""
        return ControlTotal(
            principal_fen=sum(member.principal_fen for member in self.members),
            bonus_fen=sum(member.bonus_fen for member in self.members),
            points=sum(member.points for member in self.members),
        )


def read_control_total(text: str) -> ControlTotal:
    """`principal=8322457.20,bonus=498028.45,points=127452071`, money in yuan; what is not named is 0. Refuses
    `control_total_invalid`."""
    figures = {"principal": 0, "bonus": 0, "points": 0}
    for part in filter(None, (part.strip() for part in text.split(","))):
        name, _, figure = part.partition("=")
        if name.strip() not in figures or not figure.strip():
            raise Refusal("control_total_invalid", value=part)
        read = sheets.read_whole_number if name.strip() == "points" else sheets.read_amount_fen
        figures[name.strip()] = read(figure.strip(), "control-total")
    return ControlTotal(principal_fen=figures["principal"], bonus_fen=figures["bonus"], points=figures["points"])


def read_members(desk: Desk, sheet: Sheet) -> MembersFile:
    """Read the file and compare it with those there are. Refuses `columns_missing`."""
    found = MembersFile(sheet)
    with desk.read() as connection:
        checks = _Checks(connection, business_date_of(desk.clock.now_ms()))
        rows = sheets.sheet_rows(sheet, COLUMNS, ("phone",))
        readable = list(sheets.read_each(rows, checks.read, found.problems))
        taken_phones = _taken(
            connection, tables.phones, {desk.keys.phone_lookup(m.phone) for _, m in readable if m.phone}
        )
        taken_cards = _taken(connection, tables.member_cards, {m.card for _, m in readable if m.card})
    seen_phones: dict[str, int] = {}
    seen_cards: dict[str, int] = {}
    for row_number, member in readable:
        problem = None
        if member.phone and desk.keys.phone_lookup(member.phone) in taken_phones:
            problem = Refusal("phone_of_a_member", phone=mask_phone(member.phone))
        elif member.phone and member.phone in seen_phones:
            problem = Refusal("phone_twice", phone=mask_phone(member.phone), row=seen_phones[member.phone])
        elif member.card and member.card in taken_cards:
            problem = Refusal("card_of_a_member", card=member.card)
        elif member.card and member.card in seen_cards:
            problem = Refusal("card_twice", card=member.card, row=seen_cards[member.card])
        if problem is not None:
            found.problems.append(Problem(row_number, problem))
            continue
        if member.phone:
            seen_phones[member.phone] = row_number
        if member.card:
            seen_cards[member.card] = row_number
        found.members.append(member)
    found.problems.sort(key=lambda problem: problem.row_number)
    return found


def check_total(found: ControlTotal, given: ControlTotal) -> None:
    """Refuses `control_total_differs`, with both sums."""
    if found != given:
        raise Refusal(
            "control_total_differs",
            principal_fen=found.principal_fen,
            bonus_fen=found.bonus_fen,
            points=found.points,
            principal_given_fen=given.principal_fen,
            bonus_given_fen=given.bonus_fen,
            points_given=given.points,
        )


def take_members(work: Work, file: MembersFile, given: ControlTotal) -> int:
    """Write the members, their opening balances and their rows in the feed; how many.

    Refuses `control_total_differs`, and `members_changed` when somebody registered one of the numbers meanwhile.
    """
    check_total(file.total, given)
    connection = work.connection
    lookups = {member.phone: work.keys.phone_lookup(member.phone) for member in file.members if member.phone}
    cards = {member.card for member in file.members if member.card}
    if _taken(connection, tables.phones, set(lookups.values())) or _taken(connection, tables.member_cards, cards):
        raise Refusal("members_changed")
    places = _Places(connection, business_date_of(work.now_ms))
    for some in bulk.chunks(file.members, AT_ONCE):
        _take_some(work, places, some, lookups)
    connection.execute(
        insert(office_tables.imports).values(
            import_id=work.ids.new_id(),
            kind="members",
            source_name=file.sheet.name,
            source_digest=file.sheet.digest,
            rows_taken=len(file.members),
            control_total=json.dumps(
                {"principal_fen": given.principal_fen, "bonus_fen": given.bonus_fen, "points": given.points}
            ),
            at_ms=work.now_ms,
        )
    )
    return len(file.members)


def _take_some(work: Work, places: "_Places", members: Iterable[NewMember], lookups: Mapping[str, str]) -> None:
    """Ids are new, so there is nothing to lock: the pages are opened blank."""
    books = Books(work)
    key_id = chain.setting(work.connection, chain.PHONE_KEY_ID)
    cards: list[bulk.Row] = []
    phones: list[bulk.Row] = []
    tiers: list[bulk.Row] = []
    for member in members:
        member_id = work.ids.new_id()
        lookup = lookups.get(member.phone)
        books.members[member_id] = MemberPage(
            member_id=member_id,
            canonical_id=member_id,
            status="active",
            profile=_profile(member, places, lookup or "", key_id),
            phone_lookup=lookup,
            phone_sealed=work.keys.store_phone(member.phone) if member.phone else None,
            registered_at_ms=work.now_ms,
            touched=True,
            changed=True,
        )
        if lookup:
            phones.append((lookup, member_id))
        if member.card:
            cards.append((member.card, member_id))
        if member.tier:
            tiers.append((member_id, member.tier, work.now_ms))
        if member.principal_fen or member.bonus_fen or member.points:
            head = books.head(member_id)
            lots = _lots(member, head.business_id)
            books.record(OpeningBalance(head=head, member_id=member_id, lots=lots, source="import"))
    books.close()
    bulk.insert(work.connection, tables.phones, ("phone_lookup", "member_id"), sorted(phones))
    bulk.insert(work.connection, tables.member_cards, ("card_code", "member_id"), sorted(cards))
    bulk.insert(work.connection, tables.member_tiers, ("member_id", "tier", "since_ms"), tiers)


def _profile(member: NewMember, places: "_Places", lookup: str, key_id: str) -> Profile:
    tier, following = places.tier(member.tier)
    return Profile(
        name=member.name,
        phone_masked=mask_phone(member.phone) if member.phone else "",
        phone_hash=lookup,
        phone_key_id=key_id if lookup else "",
        card_codes=(member.card,) if member.card else (),
        birthday=member.birthday,
        birthday_month=int(member.birthday[5:7]) if member.birthday else 0,
        home_store_id=places.stores.get(member.home_store),
        tier=member.tier,
        tier_name=tier.name if tier else member.tier,
        tier_next_name=following.name if following else "",
        tier_next_fen=following.threshold_fen if following else 0,
        tags=member.tags,
    )


def _lots(member: NewMember, opening_id: UUID) -> tuple[OpeningLot, ...]:
    lots = (
        OpeningLot(lot=principal_lot(opening_id), amount=member.principal_fen),
        OpeningLot(lot=bonus_lot(opening_id), amount=member.bonus_fen),
        OpeningLot(lot=points_lot(member.points_until), amount=member.points),
    )
    return tuple(part for part in lots if part.amount)


def _taken(connection: Connection, table: Table, keys: set[str]) -> set[str]:
    """Those of the keys that the table (phones or cards) has."""
    (key,) = table.primary_key
    found: set[str] = set()
    for some in bulk.chunks(sorted(keys)):
        found.update(connection.scalars(select(key).where(key.in_(some))))
    return found


class _Places:
    """Stores by code, and the chain's tiers as the newest rules of any store name them."""

    def __init__(self, connection: Connection, business_date: str) -> None:
        self.stores: dict[str, UUID] = {}
        self.tiers: tuple[TierRule, ...] = ()
        for row in stores.all_stores(connection):
            self.stores[row.code] = row.store_id
            rules = rules_in_force(connection, row.store_id, business_date)
            if rules is not None and rules.tiers:
                self.tiers = rules.tiers

    def tier(self, code: str) -> tuple[TierRule | None, TierRule | None]:
        """The tier of that code and the next one up."""
        ranked = sorted(self.tiers, key=lambda tier: tier.threshold_fen)
        for index, tier in enumerate(ranked):
            if tier.code == code:
                return tier, ranked[index + 1] if index + 1 < len(ranked) else None
        return None, None


class _Checks:
    """Reads rows and refuses what names something that does not exist."""

    def __init__(self, connection: Connection, business_date: str) -> None:
        self._places = _Places(connection, business_date)
        self._business_date = business_date
        self._points_until = month_after(business_date, POINTS_LIFE_MONTHS)

    def read(self, row: SheetRow) -> NewMember:
        phone, card = row.text("phone"), row.text("card")
        if not phone and not card:
            raise Refusal("phone_missing")
        if len(row.text("name")) > NAME_LETTERS_MAX:
            raise Refusal("name_too_long", letters_max=NAME_LETTERS_MAX)
        if row.text("home_store") and row.text("home_store") not in self._places.stores:
            raise Refusal("store_unknown", store=row.text("home_store"))
        points, points_until = row.whole_number("points"), row.month("points_until")
        if points_until and points_until < self._business_date[:7]:
            raise Refusal("points_expired", month=points_until)
        birthday = row.day("birthday")
        if birthday > self._business_date:
            raise Refusal("date_invalid", column="birthday", value=birthday)
        return NewMember(
            phone=normalise_phone(phone) if phone else "",
            name=row.text("name"),
            birthday=birthday,
            tier=self._tier(row.text("tier")),
            card=_card(card) if card else "",
            home_store=row.text("home_store"),
            tags=row.several("tags"),
            principal_fen=row.amount_fen("principal"),
            bonus_fen=row.amount_fen("bonus"),
            points=points,
            points_until=(points_until or self._points_until) if points else "",
        )

    def _tier(self, word: str) -> str:
        """The code of a tier named by its code or its name; any word while no rules are published."""
        if not word or not self._places.tiers:
            return word
        for tier in self._places.tiers:
            if word in (tier.code, tier.name):
                return tier.code
        raise Refusal("tier_unknown", tier=word)


def _card(text: str) -> str:
    """A card's code as the till will read it. Refuses a code of ours that was copied wrongly."""
    scan = parse_scan(text)
    if scan.kind not in {"member", "goods"}:
        raise Refusal("card_invalid", card=text)
    return scan.value
