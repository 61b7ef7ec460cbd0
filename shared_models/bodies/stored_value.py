"""Stored value and points across the counter: top-up, its cancellation, withdrawal, exchange."""

from uuid import UUID

from shared_models.bodies.body import Body, Channel
from shared_models.sales import Approval, LotAmount, Tender


class TopUp(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Money paid into stored value. The business id names the lots `principal:<hex>` and `bonus:<hex>`."""

    receipt_number: str
    channel: Channel = "counter"
    member_id: UUID
    identified_by: str = "card"
    principal_fen: int
    bonus_fen: int = 0
    ladder_step: str = ""
    rule_hash: str = ""
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class TopUpCancelled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A top-up voided whole: a spend of both lots under the same guard."""

    receipt_number: str
    member_id: UUID
    top_up_id: UUID
    principal_fen: int
    bonus_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class Withdrawal(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Principal paid out of one lot. `forfeited_fen` of its bonus is lost; `deducted_fen` is forfeited bonus that was
    already spent, so it is kept back from the payout. Paid out = principal_fen - deducted_fen = sum of tenders."""

    receipt_number: str
    member_id: UUID
    top_up_id: UUID
    principal_fen: int
    forfeited_fen: int = 0
    deducted_fen: int = 0
    tenders: tuple[Tender, ...] = ()
    approvals: tuple[Approval, ...] = ()


class PointsExchange(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Points exchanged for something of the store's list."""

    receipt_number: str
    member_id: UUID
    item_id: str
    item_name: str
    quantity: int = 1
    points_spent: tuple[LotAmount, ...]
    rule_hash: str = ""
    presence: str = ""
    approvals: tuple[Approval, ...] = ()
