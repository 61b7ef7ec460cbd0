"""Tiers: reached by what a person spent within the rules' window, kept for at least as long as that window, and then
decided anew. A sale lifts at once; the nightly pass lets down who has not spent enough since.
"""

from collections.abc import Iterator, Mapping, Sequence
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, Select, select

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import MemberPage
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.members import members
from hq_sync_server.office.organisation import stores
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import bulk, tables
from shared_models.moments import business_date_of, month_after
from shared_models.rules import StoreRules, TierRule

AT_ONCE = 1_000
SHOWN_OF_A_MOVE = 10


class _Who(Struct):
    """The words of a profile that matter here."""

    tier: str = ""
    name: str = ""
    phone_masked: str = ""


_decode = msgspec.msgpack.Decoder(_Who).decode


class Standing(Struct, frozen=True, kw_only=True):
    """A person as the tiers see them. `since`: the business date on which the present tier was reached."""

    member_id: UUID
    tier: str
    name: str
    phone_masked: str
    store_id: UUID | None
    spend_fen: int
    since: str


class TierMove(Struct, frozen=True, kw_only=True):
    """How many would move from one tier to another, and some of them: (member id in hex, name or number)."""

    before: str
    after: str
    members: int
    some: tuple[tuple[str, str], ...] = ()


def ladder_of(rules: StoreRules) -> list[TierRule]:
    """The tiers from the lowest to the highest."""
    return sorted(rules.tiers, key=lambda tier: (tier.threshold_fen, tier.code))


def rolling_spend_fen(page: MemberPage, business_date: str, window_months: int) -> int:
    """Spend in the window's months, the present one included."""
    first = month_after(business_date, 1 - window_months)
    return sum(fen for month, fen in page.spend.items() if month >= first)


def decide(ladder: Sequence[TierRule], present: str, spend_fen: int, *, may_fall: bool) -> str:
    """The tier somebody has by these rules."""
    reached = [tier for tier in ladder if tier.threshold_fen <= spend_fen]
    best = reached[-1] if reached else None
    held = _named(ladder, present)
    if held is None:
        return best.code if best is not None else present
    if best is not None and best.threshold_fen > held.threshold_fen:
        return best.code
    if not may_fall or (best is not None and best.threshold_fen == held.threshold_fen):
        return held.code
    return best.code if best is not None else ""


def move_up(books: Books, page: MemberPage, rules: StoreRules, business_date: str) -> None:
    """Give a person the tier it has reached and its way to the next one."""
    if rules.tiers:
        _settle(books, page, rules, business_date, may_fall=False)


def _settle(books: Books, page: MemberPage, rules: StoreRules, business_date: str, *, may_fall: bool) -> None:
    ladder = ladder_of(rules)
    spend_fen = rolling_spend_fen(page, business_date, rules.tier_window_months)
    was = page.profile
    code = decide(ladder, was.tier, spend_fen, may_fall=may_fall)
    present = _named(ladder, code)
    above = [tier for tier in ladder if present is None or tier.threshold_fen > present.threshold_fen]
    page.profile = structs.replace(
        was,
        tier=code,
        tier_name=present.name if present is not None else was.tier_name if code else "",
        tier_progress_fen=spend_fen,
        tier_next_name=above[0].name if above else "",
        tier_next_fen=above[0].threshold_fen if above else 0,
    )
    if page.profile != was:
        page.changed = page.touched = True
    if page.profile.tier != was.tier:
        members.remember_tier(books, page)


def _named(ladder: Sequence[TierRule], code: str) -> TierRule | None:
    return next((tier for tier in ladder if tier.code == code), None)


# --- down, and who would move -----------------------------------------------------------------------------------------


def may_fall(since: str, today: str, window_months: int) -> bool:
    """A tier is kept for as long as the window is, from the month after it was reached."""
    return not since or month_after(since, window_months) < today[:7]


def move_down_all(desk: Desk) -> int:
    """The nightly pass: everybody whose time is over and who has not spent enough since; how many moved."""
    now_ms = desk.clock.now_ms()
    today = business_date_of(now_ms)
    with desk.read() as connection:
        rules = _rules_by_store(connection, today)
        if not rules:
            return 0
        falling = [one for one in standings(connection, today, rules) if _falls(one, rules, today)]

    def move(work: Work, some: Sequence[Standing]) -> int:
        if work.recovering:
            return 0
        books = Books(work)
        books.open({one.member_id for one in some})
        moved = 0
        for one in some:
            page = books.members[one.member_id]
            if page.profile.tier == one.tier:
                _settle(books, page, _rules_for(one, rules), today, may_fall=True)
                moved += page.profile.tier != one.tier
        books.close()
        return moved

    return sum(desk.run(lambda work, some=some: move(work, some)) for some in bulk.chunks(falling, 200))  # type: ignore[misc]  # a default binds the loop's value


def _falls(one: Standing, rules: Mapping[UUID | None, StoreRules], today: str) -> bool:
    terms = _rules_for(one, rules)
    falls = may_fall(one.since, today, terms.tier_window_months)
    return falls and decide(ladder_of(terms), one.tier, one.spend_fen, may_fall=True) != one.tier


def _rules_by_store(connection: Connection, today: str) -> dict[UUID | None, StoreRules]:
    """The rules in force of stores that know tiers; under None those for whoever belongs to no store."""
    found: dict[UUID | None, StoreRules] = {}
    for row in stores.all_stores(connection):
        rules = rule_configs.rules_in_force(connection, row.store_id, today)
        if rules is not None and rules.tiers:
            found[row.store_id] = rules
            found.setdefault(None, rules)
    return found


def _rules_for(one: Standing, rules: Mapping[UUID | None, StoreRules]) -> StoreRules:
    return rules.get(one.store_id) or rules[None]


def tier_moves(connection: Connection, rules: StoreRules, today: str) -> list[TierMove]:
    """Who would move, up or down, if everybody's tier were decided by these rules tonight."""
    ladder = ladder_of(rules)
    if not ladder:
        return []
    names = {tier.code: tier.name for tier in ladder}
    counts: dict[tuple[str, str], int] = {}
    some: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for one in standings(connection, today, {None: rules}):
        falls = may_fall(one.since, today, rules.tier_window_months)
        wanted = decide(ladder, one.tier, one.spend_fen, may_fall=falls)
        if wanted != one.tier:
            key = names.get(one.tier, one.tier), names.get(wanted, wanted)
            counts[key] = counts.get(key, 0) + 1
            if len(some.setdefault(key, [])) < SHOWN_OF_A_MOVE:
                some[key].append((one.member_id.hex, one.name or one.phone_masked or one.member_id.hex[-6:]))
    return [TierMove(before=key[0], after=key[1], members=counts[key], some=tuple(some[key])) for key in sorted(counts)]


def standings(connection: Connection, today: str, rules: Mapping[UUID | None, StoreRules]) -> Iterator[Standing]:
    """Every person who is neither forgotten nor another's alias, with what counts in the window of her own store."""
    firsts = {place: month_after(today, 1 - one.tier_window_months) for place, one in rules.items()}
    columns = tables.members.c
    after = UUID(int=0)
    while True:
        wanted = select(columns.member_id, columns.profile, columns.last_store_id, columns.home_store_id).where(
            columns.member_id > after,
            columns.member_id == columns.canonical_id,
            columns.status.in_(("active", "provisional", "frozen")),
        )
        rows = connection.execute(wanted.order_by(columns.member_id).limit(AT_ONCE)).all()
        if not rows:
            return
        after = rows[-1].member_id
        ids = [row.member_id for row in rows]
        first_of = {row.member_id: firsts.get(row.last_store_id or row.home_store_id) or firsts[None] for row in rows}
        spend = _sums(connection, first_of)
        since = _since(connection, ids)
        for row in rows:
            who = _decode(bytes(row.profile))
            yield Standing(
                member_id=row.member_id,
                tier=who.tier,
                name=who.name,
                phone_masked=who.phone_masked,
                store_id=row.last_store_id or row.home_store_id,
                spend_fen=spend.get(row.member_id, 0),
                since=since.get((row.member_id, who.tier), ""),
            )


def _sums(connection: Connection, first_of: Mapping[UUID, str]) -> dict[UUID, int]:
    """Spend from each one's first month on."""
    spend = tables.member_spend.c
    wanted: Select[*tuple[UUID, str, int]] = select(spend.member_id, spend.month, spend.spend_fen)
    earliest = min(first_of.values())
    found: dict[UUID, int] = {}
    for member_id, month, fen in connection.execute(
        wanted.where(spend.member_id.in_(first_of), spend.month >= earliest)
    ):
        if month >= first_of[member_id]:
            found[member_id] = found.get(member_id, 0) + fen
    return found


def _since(connection: Connection, ids: Sequence[UUID]) -> dict[tuple[UUID, str], str]:
    tiers = tables.member_tiers.c
    rows = connection.execute(select(tiers.member_id, tiers.tier, tiers.since_ms).where(tiers.member_id.in_(ids)))
    return {(row.member_id, row.tier): business_date_of(row.since_ms) for row in rows}
