"""HQ's own facts, written under the till called `hq`."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.bodies.body import Body
from shared_models.sales import LotAmount


class OpeningLot(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """One lot of an opening balance."""

    lot: str
    amount: int


class OpeningBalance(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: what a member brought along from the system before."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    source: str = ""


class EpochSealed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: an epoch of a till is closed; its rest moves to HQ."""

    till_id: UUID
    epoch: int
    last_seq: int
    taken_back: tuple[LotAmount, ...] = ()
    reason: str = ""


class MembersUnited(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: the alias is the canonical member; the alias's free balance moves, again as releases arrive."""

    alias_id: UUID
    canonical_id: UUID
    moved: tuple[OpeningLot, ...] = ()
    reason: str = "same_phone"


class BalanceAdjusted(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a correction of a member's free balance (> 0 in favour of the member), naming what it corrects."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    reason: str
    names_entry: str = ""


class LossBooked(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a holder spent or released more than it had; L of that holder is raised."""

    subject: UUID
    lot: str
    till_id: UUID
    epoch: int
    amount: int
    names_entry: str
    reason: str


class ExposureBooked(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: the chain itself answers for free balance it cannot prove (> 0: C), or is paid back what it answered for
    (< 0: D). `reason`: `restored` (HQ came back from a backup, everybody had reported), `reported_late` (a till that
    was excused brought more than was free) or `paid_back` (it gave back what others had been lent of it)."""

    subject: UUID
    lots: tuple[OpeningLot, ...]
    reason: str
    hq_epoch: int = 0
    till_id: UUID | None = None


ChainAccount = Literal["loss", "store_claims", "remedied"]


class ExceptionSettled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: what an exception cost is borne by whoever people decided should: `amount_fen` from one account of the chain
    to another (< 0: the decision was taken back). `remedied` stands against costs that lie in sales and reductions."""

    exception_id: UUID
    remedy: str
    amount_fen: int
    debit: ChainAccount
    credit: ChainAccount
    store_id: UUID | None = None
    names_entry: str = ""


class DebtSettled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: points or bonus debt paid from the member's free value as it became free."""

    member_id: UUID
    lots: tuple[OpeningLot, ...]
    unit: Literal["points", "fen"]


class RiskSettled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: what a sale took above the rights (`risk_lot` of `subject`), paid by the member from value that is free."""

    subject: UUID
    risk_lot: str
    member_id: UUID
    lots: tuple[OpeningLot, ...]


class RiskReturned(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a refund gave `amount` back to the lot of a risk, where nobody can spend it. What the member had paid for
    already comes back to her as `lots`; the rest only lowered what is open."""

    subject: UUID
    risk_lot: str
    amount: int
    member_id: UUID
    lots: tuple[OpeningLot, ...] = ()


class RiskLost(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: what is still open of a risk after the days of the store's rules is the chain's loss, and nobody's debt.
    Below zero: a refund brought that much of the loss back."""

    subject: UUID
    risk_lot: str
    amount_fen: int


class LotExpired(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: breakage of what was free of an expired lot."""

    member_id: UUID
    lot: str
    amount: int


class CouponsIssued(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: coupons given to members: (token, member) pairs of one template."""

    template_id: str
    tokens: tuple[UUID, ...]
    members: tuple[UUID, ...] = ()


class MemberForgotten(Body, frozen=True, kw_only=True, omit_defaults=True):
    """HQ: a person is erased; the nameless account lives on until its rights are home."""

    member_id: UUID
