"""What must happen although nobody comes: expired lots are written off, idle placements shrink, old risks are lost,
used coupons that have long expired leave the feed, and who has not spent enough since goes down a tier.

Once for each business date, whichever of HQ's processes comes first; the command does it whenever somebody asks. Each
step is many small transactions, so that no till waits for it, and whatever was not done is done the next time.
"""

from collections.abc import Callable, Sequence
from datetime import date, timedelta
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, func, select

from hq_sync_server.office.books import risks
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.placement import IDLE_PERIODS
from hq_sync_server.office.books.store_terms import idle_days_of, terms_of
from hq_sync_server.office.desk import Desk, Work
from hq_sync_server.office.members import tiers
from hq_sync_server.office.rights import printed
from hq_sync_server.office.upkeep import daily
from hq_sync_server.records import office_tables, statements, tables
from hq_sync_server.records.placement_tables import habits, placements
from hq_sync_server.records.placement_tables import risks as risks_table
from shared_models.bodies import LotExpired
from shared_models.moments import DAY_MS, business_date_of
from shared_models.postings import lot_account
from shared_models.rights import is_expired

JOB = "upkeep"
MEMBERS_AT_ONCE = 200
DAYS_MISSED_MAX = 30
_Page = list[tuple[UUID, str]]


class Upkeep(Struct, frozen=True, kw_only=True):
    """What a pass did."""

    expired_lots: int = 0
    expired_points: int = 0
    members_renewed: int = 0
    risks_lost: int = 0
    lost_fen: int = 0
    coupons_dropped: int = 0
    tiers_down: int = 0


def run_if_due(desk: Desk) -> Upkeep | None:
    """The pass of this business date, if no process has begun it yet."""

    def claim(work: Work) -> bool:
        return not work.recovering and daily.claim(work, JOB)

    return run(desk) if desk.run(claim) else None


def run(desk: Desk) -> Upkeep:
    """One pass."""
    expired = _pages(desk, _expired, _write_off)
    renewed = _pages(desk, _idle, _renew)
    lost = _pages(desk, _old_risks, _lose)
    return Upkeep(
        expired_lots=expired[0],
        expired_points=expired[1],
        members_renewed=renewed[0],
        risks_lost=lost[0],
        lost_fen=lost[1],
        coupons_dropped=desk.run(printed.drop_expired),
        tiers_down=tiers.move_down_all(desk),
    )


def _pages(
    desk: Desk,
    find: Callable[[Connection, int, UUID], _Page],
    do: Callable[[Work, Books, Sequence[tuple[UUID, str]]], tuple[int, int]],
) -> tuple[int, int]:
    """`find` what follows a member, `do` it in a transaction of its own, until nothing is found: sums of what was
    done."""
    count = amount = 0
    after = UUID(int=0)
    while True:
        with desk.read() as connection:
            found = find(connection, desk.clock.now_ms(), after)
        if not found:
            return count, amount
        after = found[-1][0]

        def in_books(work: Work, found: _Page = found) -> tuple[int, int]:
            if work.recovering:
                return 0, 0
            books = Books(work)
            books.open({member_id for member_id, _ in found})
            done = do(work, books, found)
            books.close()
            return done

        done_count, done_amount = desk.run(in_books)
        count, amount = count + done_count, amount + done_amount


def _whole_members(rows: Sequence[tuple[UUID, str]]) -> _Page:
    """Rows up to the last member of whom all are surely there."""
    if len(rows) <= MEMBERS_AT_ONCE:
        return list(rows)
    last = rows[-1][0]
    whole = [row for row in rows if row[0] != last]
    return whole or list(rows)


def _expired(connection: Connection, now_ms: int, after: UUID) -> _Page:
    """Lots of which something is free and that no store's business date can spend any more: by yesterday's, so that
    the last day is over everywhere."""
    lots = tables.subject_lots.c
    month = business_date_of(now_ms - DAY_MS)[:7]
    rows = connection.execute(
        select(lots.subject, lots.lot)
        .where(lots.lot.like("points:%"), lots.lot < f"points:{month}", lots.free > 0, lots.subject > after)
        .order_by(lots.subject, lots.lot)
        .limit(MEMBERS_AT_ONCE + 1)
    )
    return _whole_members([(subject, lot) for subject, lot in rows])


def _write_off(work: Work, books: Books, found: Sequence[tuple[UUID, str]]) -> tuple[int, int]:
    """Breakage is what HQ itself still has: what tills hold may have been spent in time."""
    count = amount = 0
    yesterday = business_date_of(work.now_ms - DAY_MS)
    for member_id, lot in found:
        page = books.lots.get((member_id, lot))
        if page is None or page.free <= 0 or page.recovering or not is_expired(lot, yesterday):
            continue
        free = page.free
        books.record(LotExpired(head=books.head(member_id), member_id=member_id, lot=lot, amount=free))
        count, amount = count + 1, amount + free
    return count, amount


def _idle(connection: Connection, now_ms: int, after: UUID) -> _Page:
    """Members of whom something is placed and whose last visit to a till has become one idle period older since the
    last pass; in the first pass, and where rules came into force since the last one, everybody who was nowhere
    yesterday or today."""
    today = date.fromisoformat(business_date_of(now_ms))
    placed = select(placements.c.member_id).where(placements.c.amount > 0)
    asked = select(habits.c.member_id).where(habits.c.member_id > after, habits.c.member_id.in_(placed))
    dates = _dates_now_idle(connection, today)
    if dates is None:
        asked = asked.group_by(habits.c.member_id)
        asked = asked.having(func.max(habits.c.last_date) < (today - timedelta(days=1)).isoformat())
    else:
        asked = asked.where(habits.c.last_date.in_(dates)).distinct()
    rows = connection.execute(asked.order_by(habits.c.member_id).limit(MEMBERS_AT_ONCE))
    return [(row.member_id, "") for row in rows]


def _dates_now_idle(connection: Connection, today: date) -> list[str] | None:
    """Dates of last visits that have become one idle period older, by whichever store's rules, since the last pass.
    None: anybody's may have."""
    jobs, rules = office_tables.jobs.c, office_tables.rules.c
    done = select(jobs.period, jobs.done_at_ms).where(jobs.job == JOB, jobs.period < today.isoformat())
    last = connection.execute(done.order_by(jobs.period.desc()).limit(1)).first()
    if last is None:
        return None
    is_new = (rules.effective_from > last.period) | (rules.published_at_ms >= last.done_at_ms)
    if connection.execute(select(rules.rule_hash).where(is_new, rules.effective_from <= today.isoformat())).first():
        return None
    days_since = min((today - date.fromisoformat(last.period)).days, DAYS_MISSED_MAX)
    periods = {idle_days * count for idle_days in idle_days_of(connection) for count in range(1, IDLE_PERIODS + 1)}
    ages = {period + day for period in periods for day in range(days_since)}
    return sorted((today - timedelta(days=age)).isoformat() for age in ages)


def _renew(_work: Work, books: Books, found: Sequence[tuple[UUID, str]]) -> tuple[int, int]:
    books.placed.renew.update(member_id for member_id, _ in found)
    return len(found), 0


def _old_risks(connection: Connection, now_ms: int, after: UUID) -> _Page:
    """Risks that are open since before today; whether for too long is a matter of their stores."""
    rows = connection.execute(
        select(risks_table.c.member_id, risks_table.c.lot)
        .where(
            risks_table.c.taken_date < business_date_of(now_ms),
            risks_table.c.open_fen > 0,
            risks_table.c.member_id > after,
        )
        .order_by(risks_table.c.member_id, risks_table.c.lot)
        .limit(MEMBERS_AT_ONCE + 1)
    )
    return _whole_members([(member_id, lot) for member_id, lot in rows])


def _lose(work: Work, books: Books, found: Sequence[tuple[UUID, str]]) -> tuple[int, int]:
    today = business_date_of(work.now_ms)
    tills = {page.risks[lot].till_id for member_id, lot in found if lot in (page := books.members[member_id]).risks}
    stores: dict[UUID, UUID] = dict(
        statements.fetch(work.connection, tables.tills, ("till_id", "store_id"), "till_id", sorted(tills))
    )
    terms = terms_of(work, set(stores.values()), today)
    count = amount = 0
    for member_id, lot in found:
        assert lot_account(lot) == "risk"
        risk = books.members[member_id].risks.get(lot)
        its = terms.get(stores.get(risk.till_id, UUID(int=0))) if risk is not None else None
        if risk is None or its is None:
            continue
        last_day = date.fromisoformat(risk.taken_date) + timedelta(days=its.escrow.risk_days)
        if last_day.isoformat() >= today:
            continue
        lost_fen = risks.lose(books, books.members[member_id], lot)
        count, amount = count + (lost_fen > 0), amount + lost_fen
    return count, amount
