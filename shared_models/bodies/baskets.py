"""What happened in a basket before it became a sale: for the page that guards against loss."""

from typing import Literal
from uuid import UUID

from msgspec import Struct

from shared_models.bodies.body import Body

BasketReduction = Literal["line_removed", "quantity_lowered", "basket_cancelled", "put_back"]


class TakenOut(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """Goods that left the basket: how much of them, at the list price."""

    goods_id: str
    name: str
    quantity_milli: int
    unit: str = "piece"
    list_amount_fen: int


class BasketReduced(Body, frozen=True, kw_only=True, omit_defaults=True):
    """Goods left a basket before it was paid, or came back to it (`put_back`, naming the entry it takes back)."""

    basket_id: UUID
    what: BasketReduction
    lines: tuple[TakenOut, ...] = ()
    total_fen: int = 0
    takes_back: UUID | None = None
