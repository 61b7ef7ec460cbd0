"""Tokens: single-use things with one owner and a version that grows with every move.

Here are the pure parts: which tokens an entry spends, acquires, releases or creates. Who owns what is kept by the
till's ledger and, canonically, by HQ.
"""

from uuid import UUID, uuid5

from msgspec import Struct

from shared_models import bodies
from shared_models.bodies import Body, TokenMove

_RESTORED = UUID("6f2f8a52-7f0f-5f5b-9c0c-1c0a9a4d6b10")


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
        case bodies.TokenAcquired():
            return TokenEffects(acquired=body.tokens)
        case bodies.TokenReleased():
            return TokenEffects(released=body.tokens)
        case _:
            return NO_EFFECTS


def restored_token(refund_id: UUID, old_token: UUID) -> UUID:
    """The token of a coupon restored by a refund: derived from both, so that till and HQ make the same one."""
    return uuid5(_RESTORED, refund_id.hex + old_token.hex)
