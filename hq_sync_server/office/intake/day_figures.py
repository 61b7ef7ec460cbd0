"""What was sold on a business date, by till: added up as entries are taken, so that a page needs to read a few rows.

`intake` adds in the transaction of a batch; whoever shows figures reads.
"""

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import astuple, dataclass, fields
from datetime import date, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import Column, Connection, Row, Select, func, select

from hq_sync_server.office.access.roles import Scope
from hq_sync_server.office.desk import Work
from hq_sync_server.records import bulk, console_tables, tables
from shared_models import bodies
from shared_models.bodies import Body

_days = console_tables.till_days


@dataclass(slots=True)
class DayFigures:
    """One day's figures. Sales are what was sold after all reductions; refunds stand apart."""

    sales: int = 0
    sales_fen: int = 0
    member_sales: int = 0
    member_sales_fen: int = 0
    refunds: int = 0
    refunds_fen: int = 0
    top_ups_fen: int = 0
    registered: int = 0

    @property
    def net_fen(self) -> int:
        """Sold less what came back."""
        return self.sales_fen - self.refunds_fen


_NAMES = tuple(field.name for field in fields(DayFigures))
_ADDED = ", ".join(f"{name} = till_days.{name} + excluded.{name}" for name in _NAMES)


def add(work: Work, till_id: UUID, taken: Iterable[Body]) -> None:
    """Add what a till's entries say that were taken and count."""
    days: dict[str, DayFigures] = defaultdict(DayFigures)
    for body in taken:
        _add_one(days, body)
    rows = [(day, till_id, *astuple(figures)) for day, figures in sorted(days.items())]
    bulk.upsert(work.connection, _days, ("business_date", "till_id", *_NAMES), rows, changes=_ADDED)


def _add_one(days: dict[str, DayFigures], body: Body) -> None:
    day = body.head.business_date
    if isinstance(body, bodies.Sale):
        figures = days[day]
        figures.sales += 1
        figures.sales_fen += body.total_fen
        if body.member is not None:
            figures.member_sales += 1
            figures.member_sales_fen += body.total_fen
    elif isinstance(body, bodies.Refund | bodies.RefundWithoutReceipt):
        days[day].refunds += 1
        days[day].refunds_fen += body.total_fen
    elif isinstance(body, bodies.TopUp):
        days[day].top_ups_fen += body.principal_fen
    elif isinstance(body, bodies.TopUpCancelled):  # taken off on the day it went back, as in the till's own reports
        days[day].top_ups_fen -= body.principal_fen
    elif isinstance(body, bodies.MemberRegistered):
        days[day].registered += 1


def by_day(connection: Connection, scope: Scope, first: str, last: str) -> dict[str, DayFigures]:
    """Each day's figures of the stores in scope, days without any included."""
    begin, end = date.fromisoformat(first), date.fromisoformat(last)
    days = [(begin + timedelta(days=place)).isoformat() for place in range((end - begin).days + 1)]
    found = {day: DayFigures() for day in days}
    for row in connection.execute(_sums(scope, [_days.c.business_date], first, last)):
        found[row[0]] = _figures(row)
    return found


def by_store(connection: Connection, scope: Scope, first: str, last: str) -> dict[UUID, DayFigures]:
    """Each store's figures over these days."""
    rows = connection.execute(_sums(scope, [tables.tills.c.store_id], first, last))
    return {row[0]: _figures(row) for row in rows}


def _figures(row: Row[Any]) -> DayFigures:
    sums: tuple[Any, ...] = tuple(row)[1:]
    return DayFigures(*(int(figure) for figure in sums))  # PostgreSQL sums to decimals


def _sums(scope: Scope, by: list[Column[Any]], first: str, last: str) -> Select[*tuple[Any, ...]]:
    sums = [func.sum(_days.c[name]).label(name) for name in _NAMES]
    return (
        select(*by, *sums)
        .join(tables.tills, tables.tills.c.till_id == _days.c.till_id)
        .where(_days.c.business_date >= first, _days.c.business_date <= last, *scope.condition(tables.tills.c.store_id))
        .group_by(*by)
    )
