"""Facts about the till itself: its epochs, its clock, the rights and tokens it holds."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.bodies.body import Body
from shared_models.sales import Approval, LotAmount


class GrantAdopted(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """`granted_total` is absolute: the till's G of that lot becomes at least this."""

    subject: UUID
    lot: str
    granted_total: int


class RightsAdopted(Body, frozen=True, kw_only=True, omit_defaults=True):
    """A grant taken over from HQ's answer to `request_number`."""

    request_number: int
    hq_epoch: int = 0
    grants: tuple[GrantAdopted, ...] = ()


class RightsReleased(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Rights given back to HQ."""

    released: tuple[LotAmount, ...]


class ClockSet(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The till's time was set back, by HQ's signed time or by a manager."""

    from_ms: int
    to_ms: int
    by_hq: bool = False
    approvals: tuple[Approval, ...] = ()


class TokenMove(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A token by kind, its subject and the version it has after the move. The subject is the member of a coupon, the
    store of a home token, the sale of a refund right, the order of an order's token; only a member is a subject of the
    entry too. `terms`: a coupon's terms, `tokens.HomeTerms`, `refund_rights.RefundRight` or
    `orders.OrderRight` (msgpack)."""

    token: UUID
    kind: Literal["coupon", "home", "refund_right", "order"]
    version: int
    subject: UUID | None = None
    terms: bytes = b""


class TokenAcquired(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens taken over from HQ's answer to `request_number`. `attachments` names what came beside an order: it is
    this till's to show and print for as long as the order is."""

    request_number: int
    tokens: tuple[TokenMove, ...]
    attachments: tuple[str, ...] = ()


class TokenReleased(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Tokens given back to HQ; `refund_rights_through_seq` releases the refund rights of all sales of this epoch up
    to that seq (0 = none)."""

    tokens: tuple[TokenMove, ...] = ()
    refund_rights_through_seq: int = 0


class EpochOpened(Body, frozen=True, kw_only=True, omit_defaults=True):
    """The first entry of an epoch; its prev_hash is the last hash of the surviving branch of the epoch before."""

    epoch: int
    previous_epoch: int = 0
    previous_seq: int = 0
    reason: str = "enrolled"
    approvals: tuple[Approval, ...] = ()
