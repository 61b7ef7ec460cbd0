"""Shifts and the cash drawer."""

from uuid import UUID

from msgspec import field

from shared_models.bodies.body import Body
from shared_models.sales import Approval, Tender


class ShiftOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A shift begins: it fixes the business date. `taken_from`: whose drawer was taken over, as both had counted it."""

    shift_id: UUID
    float_fen: int
    taken_from: str = ""
    approvals: tuple[Approval, ...] = ()


class CashMoved(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Cash into the drawer (> 0) or out of it (< 0), with a coded reason; `to_safe` says where to or from."""

    amount_fen: int
    reason: str
    to_safe: bool = False
    note_attachment: str = ""
    approvals: tuple[Approval, ...] = ()


class DrawerOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The drawer opened without a sale."""

    reason: str
    approvals: tuple[Approval, ...] = ()


class TenderCorrected(Body, frozen=True, kw_only=True, omit_defaults=True):
    """After the sale: it was paid by another (external or cash) tender than recorded."""

    sale_id: UUID
    taken_back: tuple[Tender, ...]
    put_instead: tuple[Tender, ...]
    approvals: tuple[Approval, ...] = ()


class ShiftClosed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A shift ends: counted cash by denomination, what the book expected, and the Z figures. `to_safe_fen` of the cash
    was put away, the rest stays as the next float; `handed_to`: who signed for the drawer and goes on."""

    shift_id: UUID
    counted_fen: int
    expected_fen: int
    denominations: dict[str, int] = field(default_factory=dict)
    figures: dict[str, int] = field(default_factory=dict)
    to_safe_fen: int = 0
    handed_to: str = ""
    approvals: tuple[Approval, ...] = ()
