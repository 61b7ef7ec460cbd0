"""The shifts of a store's tills as HQ heard of them, told to all tills of the store: for ending the day together."""

from uuid import UUID

from msgspec import Struct

from shared_models.bodies import ShiftClosed, ShiftOpened

DATES_KEPT = 2


class ShiftSummary(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A shift. Still open while `closed_at_ms` is 0; the figures are those of its closing entry."""

    shift_id: UUID
    business_date: str
    opened_at_ms: int
    opened_by: str
    float_fen: int
    closed_at_ms: int = 0
    closed_by: str = ""
    handed_to: str = ""
    counted_fen: int = 0
    expected_fen: int = 0
    to_safe_fen: int = 0
    figures: dict[str, int] = {}


class TillShifts(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A till's shifts of its last business dates, oldest first, and when HQ heard of the last of it."""

    till_id: UUID
    store_id: UUID
    heard_at_ms: int = 0
    shifts: tuple[ShiftSummary, ...] = ()


def opened(body: ShiftOpened) -> ShiftSummary:
    """A shift at its beginning."""
    return ShiftSummary(
        shift_id=body.shift_id,
        business_date=body.head.business_date,
        opened_at_ms=body.head.till_time_ms,
        opened_by=body.head.cashier_id,
        float_fen=body.float_fen,
    )


def closed(before: ShiftSummary | None, body: ShiftClosed) -> ShiftSummary:
    """A shift at its end; `before` as it was opened, where that is known."""
    return ShiftSummary(
        shift_id=body.shift_id,
        business_date=body.head.business_date,
        opened_at_ms=0 if before is None else before.opened_at_ms,
        opened_by="" if before is None else before.opened_by,
        float_fen=body.figures.get("float_fen", 0) if before is None else before.float_fen,
        closed_at_ms=max(1, body.head.till_time_ms),
        closed_by=body.head.cashier_id,
        handed_to=body.handed_to,
        counted_fen=body.counted_fen,
        expected_fen=body.expected_fen,
        to_safe_fen=body.to_safe_fen,
        figures=body.figures,
    )


def with_shift(known: tuple[ShiftSummary, ...], shift: ShiftSummary) -> tuple[ShiftSummary, ...]:
    """The shifts with this one in its place, of the last business dates alone."""
    others = [one for one in known if one.shift_id != shift.shift_id]
    place = next((place for place, one in enumerate(known) if one.shift_id == shift.shift_id), len(others))
    shifts = (*others[:place], shift, *others[place:])
    dates = sorted({one.business_date for one in shifts})[-DATES_KEPT:]
    return tuple(one for one in shifts if one.business_date in dates)
