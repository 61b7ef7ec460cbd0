"""Last week's real baskets under other rules: the same rule engine prices each twice, and the differences are told.

What a customer would have bought otherwise nobody knows; what the same baskets would have cost and earned is exact.
Money paid is taken as it was, changed by what the total changes, so that points follow the new total.
"""

from collections.abc import Callable, Mapping
from datetime import date, timedelta
from uuid import UUID

import msgspec
from msgspec import Struct, structs
from sqlalchemy import Connection, select

from hq_sync_server.records import tables
from shared_models.bodies import Sale
from shared_models.rule_engine import eligible_paid_fen, points_earned
from shared_models.rule_engine.pricing import price
from shared_models.rule_engine.working_lines import WorkingLine
from shared_models.rules import StoreRules

BASKETS_MAX = 50_000
DAYS = 7
CHANGED_MOST = 10
_sales = msgspec.json.Decoder(Sale)


class Outcome(Struct, frozen=True):
    """One basket under one set of rules."""

    total_fen: int
    list_fen: int
    points: int

    @property
    def reduced_fen(self) -> int:
        """What was taken off."""
        return self.list_fen - self.total_fen


class Sums(Struct, kw_only=True):
    """All baskets under one set of rules."""

    revenue_fen: int = 0
    reductions_fen: int = 0
    points: int = 0

    def add(self, outcome: Outcome) -> None:
        self.revenue_fen += outcome.total_fen
        self.reductions_fen += outcome.reduced_fen
        self.points += outcome.points


class Changed(Struct, frozen=True, kw_only=True):
    """A basket that changes."""

    entry_id: int
    receipt: str
    business_date: str
    goods: str
    before_fen: int
    after_fen: int
    points_before: int
    points_after: int


class Preview(Struct, frozen=True, kw_only=True):
    """The comparison."""

    first: str
    last: str
    baskets: int
    changed: int
    before: Sums
    after: Sums
    most: tuple[Changed, ...]


def preview(
    connection: Connection,
    current: Mapping[UUID, StoreRules],
    wanted: Mapping[UUID, StoreRules],
    today: str,
    tell: Callable[[int, int], None],
) -> Preview:
    """Price the last seven days' baskets of these stores by both. `current` and `wanted` by store."""
    last = date.fromisoformat(today)
    first = (last - timedelta(days=DAYS)).isoformat()
    before, after, changed, baskets = Sums(), Sums(), 0, 0
    most: list[Changed] = []
    rows = _baskets(connection, list(current), first, today)
    for baskets, (entry_id, store_id, body) in enumerate(rows, start=1):
        sale = _sales.decode(body)
        was, now = priced(current[store_id], sale), priced(wanted[store_id], sale)
        before.add(was)
        after.add(now)
        if was != now:
            changed += 1
            most.append(_changed(entry_id, sale, was, now))
            if len(most) > 50 * CHANGED_MOST:
                most = _most(most)
        if baskets % 100 == 0:
            tell(baskets, len(rows))
    tell(len(rows), len(rows))
    return Preview(
        first=first,
        last=today,
        baskets=baskets,
        changed=changed,
        before=before,
        after=after,
        most=tuple(_most(most)),
    )


def priced(rules: StoreRules, sale: Sale) -> Outcome:
    """The sale's own basket and circumstances, by these rules."""
    working = [
        WorkingLine(place, line, line.list_amount_fen, [each for each in line.reductions if each.kind == "manual"])
        for place, line in enumerate(sale.lines)
    ]
    price(rules, working, sale.inputs)
    total_fen = sum(work.amount_fen for work in working)
    lines = tuple(
        structs.replace(line, amount_fen=work.amount_fen) for line, work in zip(sale.lines, working, strict=True)
    )
    eligible_fen = eligible_paid_fen(rules, sale.tenders) + total_fen - sale.total_fen
    points = points_earned(rules, lines, sale.inputs, max(0, min(eligible_fen, total_fen)))
    return Outcome(total_fen, sum(line.list_amount_fen for line in sale.lines), points)


def _baskets(connection: Connection, stores: list[UUID], first: str, last: str) -> list[tuple[int, UUID, bytes]]:
    entries, tills = tables.entries, tables.tills
    rows = connection.execute(
        select(entries.c.entry_id, tills.c.store_id, entries.c.body)
        .join(tills, tills.c.till_id == entries.c.till_id)
        .where(
            entries.c.business_date >= first,
            entries.c.business_date < last,
            entries.c.entry_type == "sale",
            entries.c.counts,  # one that is parked may be of a version that nobody here can read
            tills.c.store_id.in_(stores),
        )
        .order_by(entries.c.entry_id.desc())
        .limit(BASKETS_MAX)
    )
    return [(row.entry_id, row.store_id, bytes(row.body)) for row in rows]


def _changed(entry_id: int, sale: Sale, was: Outcome, now: Outcome) -> Changed:
    return Changed(
        entry_id=entry_id,
        receipt=sale.receipt_number,
        business_date=sale.head.business_date,
        goods=", ".join(line.name for line in sale.lines[:3]),
        before_fen=was.total_fen,
        after_fen=now.total_fen,
        points_before=was.points,
        points_after=now.points,
    )


def _most(changed: list[Changed]) -> list[Changed]:
    """Those that change most: by money, then by points."""

    def weight(one: Changed) -> tuple[int, int]:
        return abs(one.after_fen - one.before_fen), abs(one.points_after - one.points_before)

    return sorted(changed, key=weight, reverse=True)[:CHANGED_MOST]
