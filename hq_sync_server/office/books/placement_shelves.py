"""Habits, placements and open risks of members: read with their pages, written back when the books close.

For `books` and `placing` alone.
"""

from collections.abc import Collection, Iterable
from dataclasses import dataclass, field
from uuid import UUID

from sqlalchemy import Connection

from hq_sync_server.office.books.pages import MemberPage, Placement, Risk
from hq_sync_server.office.books.placement import Habit
from hq_sync_server.records import bulk, statements
from hq_sync_server.records.placement_tables import habits, placements, risks

PlaceKey = tuple[UUID, str, UUID]
"""(member, lot, till)"""

_HABIT_COLUMNS = ("member_id", "till_id", "store_id", "visits", "usual_fen", "usual_points", "last_date")
_PLACE_COLUMNS = ("member_id", "lot", "till_id", "amount", "held", "told", "recalled_until_ms", "recalled_for", "due")
_RISK_COLUMNS = ("member_id", "lot", "till_id", "open_fen", "taken_date")


@dataclass(slots=True)
class PlacementChanges:
    """What of the open pages changed. `given_back`: members of whom the books' till released rights; `renew`: whose
    placement is to be worked out again whatever changed."""

    habits: set[tuple[UUID, UUID]] = field(default_factory=set)
    places: set[PlaceKey] = field(default_factory=set)
    risks: set[tuple[UUID, str]] = field(default_factory=set)
    given_back: set[UUID] = field(default_factory=set)
    renew: set[UUID] = field(default_factory=set)


def ask(connection: Connection, ids: Collection[UUID]) -> tuple[statements.Asked, ...]:
    """Everything of this room that is known of the members, for `fill`."""
    return (
        statements.ask(connection, habits, _HABIT_COLUMNS, "member_id", ids),
        statements.ask(connection, placements, _PLACE_COLUMNS, "member_id", ids),
        statements.ask(connection, risks, _RISK_COLUMNS, "member_id", ids),
    )


def fill(pages: dict[UUID, MemberPage], asked: tuple[statements.Asked, ...]) -> None:
    """Into their pages what was asked of the members."""
    of_habits, of_places, of_risks = asked
    for one, till_id, store_id, *figures, last_date in of_habits:
        visits, usual_fen, usual_points = figures
        pages[one].habits[till_id] = Habit(
            till_id=till_id,
            store_id=store_id,
            visits=visits,
            usual_fen=usual_fen,
            usual_points=usual_points,
            last_date=last_date,
        )
    for one, lot, till_id, *rest in of_places:
        amount, held, told, until_ms, recalled_for, due = rest
        pages[one].places[lot, till_id] = Placement(amount, held, told, until_ms, recalled_for, bool(due))
    for one, lot, till_id, open_fen, taken_date in of_risks:
        pages[one].risks[lot] = Risk(till_id, open_fen, taken_date)


def write(connection: Connection, pages: dict[UUID, MemberPage], changes: PlacementChanges) -> None:
    """Write what changed; a placement of nothing that the till knows to be nothing is no row."""
    _write_habits(connection, pages, changes.habits)
    _write_places(connection, pages, changes.places)
    rows: list[bulk.Row] = []
    for member_id, lot in sorted(changes.risks):
        risk = pages[member_id].risks.get(lot)
        if risk is None or risk.open_fen == 0:
            statements.run(connection, "DELETE FROM risks WHERE member_id = ? AND lot = ?", (member_id, lot))
        else:
            rows.append((member_id, lot, risk.till_id, risk.open_fen, risk.taken_date))
    for some in bulk.chunks(rows):
        bulk.upsert(connection, risks, _RISK_COLUMNS, some)


def _write_habits(
    connection: Connection, pages: dict[UUID, MemberPage], changed: Collection[tuple[UUID, UUID]]
) -> None:
    rows: list[bulk.Row] = []
    for member_id, till_id in sorted(changed):
        one = pages[member_id].habits[till_id]
        figures = (one.visits, one.usual_fen, one.usual_points)
        rows.append((member_id, till_id, one.store_id, *figures, one.last_date))
    for some in bulk.chunks(rows):
        bulk.upsert(connection, habits, _HABIT_COLUMNS, some)


def _write_places(connection: Connection, pages: dict[UUID, MemberPage], changed: Iterable[PlaceKey]) -> None:
    rows: list[bulk.Row] = []
    for member_id, lot, till_id in sorted(changed):
        place = pages[member_id].places.get((lot, till_id))
        if place is None or place.is_over:
            statements.run(
                connection,
                "DELETE FROM placements WHERE member_id = ? AND lot = ? AND till_id = ?",
                (member_id, lot, till_id),
            )
        else:
            figures = (place.amount, place.held, place.told, place.recalled_until_ms, place.recalled_for, place.due)
            rows.append((member_id, lot, till_id, *figures))
    for some in bulk.chunks(rows):
        bulk.upsert(connection, placements, _PLACE_COLUMNS, some)
