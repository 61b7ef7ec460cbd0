"""What the shift's screen shows: the shift, each cashier's figures, X and Z. See `views`."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Literal
from uuid import UUID

from pos_client.devices.receipt_document import ReceiptDocument


@dataclass(frozen=True, slots=True, kw_only=True)
class CashierFigures:
    """A cashier's figures within a shift, also those of the loss-prevention page."""

    cashier_id: str
    name: str
    sales: int
    sales_fen: int
    refunds: int
    refunds_fen: int
    overrides: int
    removed_lines: int = 0
    cancelled_baskets: int = 0
    put_back: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftView:
    """The open shift."""

    shift_id: UUID
    business_date: str
    opened_at_ms: int
    opened_by: str
    float_fen: int


@dataclass(frozen=True, slots=True, kw_only=True)
class ShiftReportView:
    """X (open) or Z (closed). Money figures are net of refunds where not named otherwise; `tenders` are by kind: what
    came in less what went out, deposits for orders among it.
    `expected_cash_fen` is None while the count is still to be blind; counted and difference are set in the Z only,
    `handed_to` where somebody took the drawer over. `given_back`: how many entries of it HQ gave back after the disk
    went back, and their cash; they are counted in all figures."""

    kind: Literal["X", "Z"]
    shift: ShiftView
    at_ms: int
    sales: int
    sales_fen: int
    refunds: int
    refunds_fen: int
    refunds_without_receipt: int
    refunds_without_receipt_fen: int
    top_ups: int
    top_ups_fen: int
    withdrawals_fen: int
    reductions_fen: int
    rounding_fen: int
    points_earned: int
    points_spent: int
    drawer_openings: int
    cash_in_fen: int
    cash_out_fen: int
    tenders: Mapping[str, int]
    cashiers: tuple[CashierFigures, ...]
    expected_cash_fen: int | None
    counted_fen: int | None = None
    difference_fen: int | None = None
    to_safe_fen: int = 0
    handed_to: str = ""
    removed_lines: int = 0
    cancelled_baskets: int = 0
    put_back: int = 0
    deposits_taken_fen: int = 0
    deposits_used_fen: int = 0
    deposits_returned_fen: int = 0
    deposits_kept_fen: int = 0
    given_back: int = 0
    given_back_cash_fen: int | None = None
    documents: tuple[ReceiptDocument, ...] = ()
