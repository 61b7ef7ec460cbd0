"""What the end of a store's day shows: each till with its shifts, what is still open, and sums that add up."""

from collections.abc import Mapping
from dataclasses import dataclass

from pos_client.devices.receipt_document import ReceiptDocument
from shared_models.shop_day import ShiftSummary


@dataclass(frozen=True, slots=True, kw_only=True)
class TillDay:
    """A till on the business date. Of this till everything is known; another till's figures are of its closed shifts,
    as HQ last heard (`heard_at_ms`, 0: of no shift on this date, and of none that is open: it was not used as far as
    anybody heard, and keeps nobody waiting). `open_shift` is None where none is open."""

    till_number: int
    is_this: bool
    shifts: tuple[ShiftSummary, ...]
    open_shift: ShiftSummary | None
    heard_at_ms: int


@dataclass(frozen=True, slots=True, kw_only=True)
class DayView:
    """The store's day: `tills_open` are those with a shift to be closed, `waiting_entries` of this till are not with HQ
    yet. Sums are of closed shifts: an open one is in none of them. Cash that was handed over is in them once."""

    business_date: str
    tills: tuple[TillDay, ...]
    tills_open: tuple[int, ...]
    waiting_entries: int
    waiting_fen: int
    held_baskets: int
    figures: Mapping[str, int]
    tenders: Mapping[str, int]
    float_fen: int
    counted_fen: int
    expected_fen: int
    difference_fen: int
    documents: tuple[ReceiptDocument, ...] = ()

    @property
    def can_end(self) -> bool:
        """Whether nothing is open or waiting."""
        return not (self.tills_open or self.waiting_entries or self.held_baskets)
