"""Shifts of a store's tills, told to one another: what is still open when the day is to end. Called by `intake`."""

from collections.abc import Iterable
from uuid import UUID

import msgspec
from msgspec import structs
from sqlalchemy import select

from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation import feed
from hq_sync_server.records import office_tables
from shared_models import shop_day
from shared_models.bodies import Body, ShiftClosed, ShiftOpened
from shared_models.shop_day import TillShifts

KIND = "till_shifts"


def take(work: Work, till_id: UUID, store_id: UUID, taken: Iterable[Body]) -> None:
    """What a till's entries that count say of its shifts."""
    news = [body for body in taken if isinstance(body, ShiftOpened | ShiftClosed)]
    if not news:
        return
    table = office_tables.feed
    kept = work.connection.scalar(
        select(table.c.payload).where(table.c.kind == KIND, table.c.object_key == till_id.hex)
    )
    row = msgspec.msgpack.decode(kept, type=TillShifts) if kept else TillShifts(till_id=till_id, store_id=store_id)
    shifts = row.shifts
    for body in news:
        before = next((one for one in shifts if one.shift_id == body.shift_id), None)
        if isinstance(body, ShiftClosed):
            shifts = shop_day.with_shift(shifts, shop_day.closed(before, body))
        elif before is None:
            shifts = shop_day.with_shift(shifts, shop_day.opened(body))
    row = structs.replace(row, store_id=store_id, shifts=shifts, heard_at_ms=work.now_ms)
    feed.publish_many(work, [feed.FeedChange(KIND, till_id.hex, msgspec.msgpack.encode(row), store_id)])
