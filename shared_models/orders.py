"""An order as it travels: to the tills of its store of collection as a line of their list, and with its token to the
till that hands it over, changes or cancels it.

The list's line names nobody: who ordered and what is to be written on it lies beside the entries, and goes only where
the token goes.
"""

from uuid import UUID

import msgspec
from msgspec import Struct

from shared_models.bodies import OrderTaken
from shared_models.sales import Tender

_encoder = msgspec.msgpack.Encoder()


class OrderRow(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """An order that nobody has collected or cancelled yet, as the store of collection's tills see it. `till_number` is
    that of the till that took it, in `taken_store_id`; `owner_till_id` is which till has it now (None: HQ)."""

    order_id: UUID
    receipt_number: str
    collect_store_id: UUID
    collect_at_ms: int
    taken_store_id: UUID | None = None
    owner_till_id: UUID | None = None
    version: int = 0
    member_id: UUID | None = None
    goods: str = ""
    pieces: int = 0
    total_fen: int = 0
    deposit_fen: int = 0


class OrderRight(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What comes with an order's token: the order by its place and the bytes of its body, and the rules it was priced
    by, which another store's till has never heard of."""

    till_id: UUID
    epoch: int
    seq: int
    taken: bytes
    rules: bytes = b""

    def order(self) -> OrderTaken:
        """The order as it was taken."""
        return msgspec.json.decode(self.taken, type=OrderTaken)


def encode_right(right: OrderRight) -> bytes:
    """The terms of an order's token when it moves."""
    return _encoder.encode(right)


def decode_right(terms: bytes) -> OrderRight:
    """The right again. Raises msgspec.MsgspecError."""
    return msgspec.msgpack.decode(terms, type=OrderRight)


def told_beside(taken: OrderTaken) -> tuple[str, ...]:
    """The attachments that go with the token: the name, the masked number and what is to be written on it. The full
    number is sealed for HQ and stays there."""
    named = (taken.name, taken.phone_masked, taken.note_attachment, *(line.note_attachment for line in taken.lines))
    return tuple(dict.fromkeys(one for one in named if one))


def deposit_tenders(taken: OrderTaken) -> tuple[Tender, ...]:
    """By what a deposit was paid: what was carried over from the order before a change, and what was paid then."""
    return (*taken.carried, *taken.tenders)


def pieces_of(taken: OrderTaken) -> int:
    """How many pieces it is: a weighed line counts as one."""
    return sum(line.quantity_milli // 1000 if line.unit == "piece" else 1 for line in taken.lines)
