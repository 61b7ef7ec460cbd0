"""Payments through a wallet provider: how one ended of which the till did not know at the time."""

from typing import Literal
from uuid import UUID

from shared_models.bodies.body import Body
from shared_models.sales import Approval, TenderKind

SettledAs = Literal["paid", "not_paid", "reversed", "returned", "cash_instead", "kept"]
"""`paid`, `not_paid`: as the provider, or a manager who looked there, says. `reversed`: the customer has it back.
`returned`, `cash_instead`: a refund reached the wallet, or was paid out of the drawer; `not_paid` of a refund: nothing
was owed, for the payment itself was never made. `kept`: the provider has money that belongs to no sale and could not be
given back."""


class WalletSettled(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A payment (or, with `is_refund`, a repayment) that stood open is settled. `difference_fen` is what the provider
    holds of `kind` above what the books said, `cash_fen` what came into the drawer for it (< 0: went out). `by_hand`:
    a manager's word and not the provider's."""

    payment_id: UUID
    kind: TenderKind
    provider: str = ""
    amount_fen: int
    is_refund: bool = False
    settled_as: SettledAs
    by_hand: bool = False
    concerns: UUID | None = None
    difference_fen: int = 0
    cash_fen: int = 0
    approvals: tuple[Approval, ...] = ()
