"""A top-up that is being put together, as the rooms of the checkout share it through the desk.

It is in memory alone: what a wallet was asked for it is on disk, and goes back when the top-up is gone.
"""

from dataclasses import dataclass, field
from uuid import UUID

from pos_client.checkout.drafts import DraftTender
from shared_models.sales import Approval


@dataclass(slots=True)
class OpenTopUp:
    """`business_id` is that of the entry to be: trying once more after a disk that did not answer never books twice.
    `approvals` are what a manager said of its payments."""

    business_id: UUID
    due_fen: int = 0
    member_id: UUID | None = None
    tenders: list[DraftTender] = field(default_factory=list)
    approvals: list[Approval] = field(default_factory=list)
