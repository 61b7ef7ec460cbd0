"""Tokens: single-use things with one owner and a version that grows with every move.

Here are the pure parts: which tokens an entry spends, acquires, releases or creates. Who owns what is kept by the
till's ledger and, canonically, by HQ.
"""

from typing import Literal
from uuid import UUID, uuid5

from msgspec import Struct

from shared_models import bodies
from shared_models.bodies import Body, TokenMove
from shared_models.sales import Cursor

_RESTORED = UUID("6f2f8a52-7f0f-5f5b-9c0c-1c0a9a4d6b10")
_HOME = UUID("2a0c7a0e-54a1-5b0e-8f0a-3c5b1f6f7d21")
_REFUND_RIGHT = UUID("b8f5c3d2-0a64-5f6c-9a55-7a1b0a2c9e32")
_ORDER = UUID("51d4f0aa-8be6-5d6e-b7a8-09d6c1d4a143")


class HomeTerms(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a home token brings along: its new owner redeems printed coupons without a network only once its mirror is
    past this position, because only then does it know what others have used or moved."""

    position: Cursor = Cursor()


class HomeTokenRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A store's home token as its tills see it: which till should have it (None: whoever asks first), which has it
    (None: HQ), and its version."""

    store_id: UUID
    wanted_till_id: UUID | None = None
    owner_till_id: UUID | None = None
    version: int = 0


class PrintedGone(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A printed coupon that the home token does not cover any more: used, moved or withdrawn."""

    how: Literal["used", "moved", "withdrawn"]
    valid_to: str = ""


def home_token(store_id: UUID) -> UUID:
    """The token that stands for all printed coupons of a store that were not moved."""
    return uuid5(_HOME, store_id.hex)


def refund_right(sale_id: UUID) -> UUID:
    """The token of the right to refund a sale; at the till that sold, version 0, without a row."""
    return uuid5(_REFUND_RIGHT, sale_id.hex)


def order_token(order_id: UUID) -> UUID:
    """The token of an order: change, collection and cancellation need it."""
    return uuid5(_ORDER, order_id.hex)


class TokenEffects(Struct, frozen=True, kw_only=True):
    """What an entry does to tokens: spent here for ever, taken over, given up, made here."""

    spent: tuple[UUID, ...] = ()
    acquired: tuple[TokenMove, ...] = ()
    released: tuple[TokenMove, ...] = ()
    created: tuple[TokenMove, ...] = ()


NO_EFFECTS = TokenEffects()


def token_effects(body: Body) -> TokenEffects:
    """What an entry does to tokens."""
    match body:
        case bodies.Sale():
            return TokenEffects(spent=body.coupons_redeemed) if body.coupons_redeemed else NO_EFFECTS
        case bodies.Refund():
            if not body.coupons_restored:
                return NO_EFFECTS
            refund_id = body.head.business_id
            return TokenEffects(
                created=tuple(
                    TokenMove(token=restored_token(refund_id, old), kind="coupon", version=0, subject=body.member_id)
                    for old in body.coupons_restored
                )
            )
        case bodies.OrderTaken():
            token = order_token(body.order_id)
            return TokenEffects(created=(TokenMove(token=token, kind="order", version=0, subject=body.order_id),))
        case bodies.OrderCollected() | bodies.OrderCancelled():
            return TokenEffects(spent=(order_token(body.order_id),))
        case bodies.TokenAcquired():
            return TokenEffects(acquired=body.tokens)
        case bodies.TokenReleased():
            return TokenEffects(released=body.tokens)
        case _:
            return NO_EFFECTS


def restored_token(refund_id: UUID, old_token: UUID) -> UUID:
    """The token of a coupon restored by a refund: derived from both, so that till and HQ make the same one."""
    return uuid5(_RESTORED, refund_id.hex + old_token.hex)
