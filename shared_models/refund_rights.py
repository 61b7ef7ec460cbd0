"""The right to refund a sale, as it travels: with the sale, and with all that was put right on it before.

At the till that sold, the right is there without a row (`tokens.refund_right`). Who takes it over needs no more than
this to refund by the original split, and to know what is left of each line.
"""

from uuid import UUID

import msgspec
from msgspec import Struct
from msgspec.structs import replace

from shared_models.bodies import Refund, Sale, SaleCredited, TenderCorrected

_encoder = msgspec.msgpack.Encoder()


class RefundRight(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """A sale by its place and the bytes of its body, with the bodies of its refunds and tender corrections so far, and
    the store whose receipt number it has."""

    till_id: UUID
    epoch: int
    seq: int
    sale: bytes
    refunds: tuple[bytes, ...] = ()
    corrections: tuple[bytes, ...] = ()
    store_id: UUID | None = None

    def sold(self) -> Sale:
        """The sale."""
        return msgspec.json.decode(self.sale, type=Sale)

    def refunded(self) -> tuple[Refund, ...]:
        """What came back of it before the right was handed over."""
        return tuple(msgspec.json.decode(body, type=Refund) for body in self.refunds)

    def corrected(self) -> tuple[TenderCorrected, ...]:
        """How its tenders were put right before."""
        return tuple(msgspec.json.decode(body, type=TenderCorrected) for body in self.corrections)


def with_credit(sale: Sale, credit: SaleCredited) -> Sale:
    """The sale as if the member had been on it: what a refund of it takes back."""
    return replace(sale, member=credit.member, points_earned=credit.points_earned)


def encode_right(right: RefundRight) -> bytes:
    """The terms of a refund right's move."""
    return _encoder.encode(right)


def decode_right(terms: bytes) -> RefundRight:
    """The right again. Raises msgspec.MsgspecError."""
    return msgspec.msgpack.decode(terms, type=RefundRight)
