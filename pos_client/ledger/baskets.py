"""Baskets on disk: the open one and the held ones, one small commit for each scan."""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import bindparam, func, select
from sqlalchemy.dialects.sqlite import insert

from pos_client.ledger.answers import BasketKind, SavedBasket
from pos_client.ledger.database import prepared
from pos_client.ledger.parts import LedgerParts
from pos_client.ledger.side_effects import DROP_BASKET
from pos_client.ledger.tables import baskets

_insert = insert(baskets)
_SAVE = prepared(
    _insert.on_conflict_do_update(
        index_elements=[baskets.c.basket_id],
        set_={column.name: _insert.excluded[column.name] for column in baskets.c if column.name != "basket_id"},
    )
)
_OPEN = prepared(select(baskets).where(baskets.c.kind == "open"))
_HELD = prepared(select(baskets).where(baskets.c.kind == "held").order_by(baskets.c.saved_at_ms, baskets.c.basket_id))
_HELD_COUNT = prepared(select(func.count()).select_from(baskets).where(baskets.c.kind == "held"))
_DROP = DROP_BASKET
_IN_USE = (baskets.c.kind == "open") | (baskets.c.saved_at_ms > bindparam("held_since_ms"))
_MEMBERS = prepared(select(baskets.c.member_id).where(baskets.c.member_id.is_not(None), _IN_USE))
_ORDERS = prepared(select(baskets.c.order_id).where(baskets.c.order_id.is_not(None), _IN_USE))


class Baskets(LedgerParts):
    """The room that keeps baskets. A payload is the checkout's own affair."""

    def save_basket(
        self, basket_id: UUID, kind: BasketKind, payload: bytes, member_id: UUID | None = None, label: str = "",
        order_id: UUID | None = None,
    ) -> None:  # fmt: skip
        """Put a basket on disk, durable when this returns. There is at most one open basket: another one that is
        still open must be held or dropped first (IntegrityError, a fault of the caller). `order_id`: it hands this
        order over, or changes it, so the order stays here."""
        with self._database.writing() as driver:
            driver.execute(
                _SAVE,
                {
                    "basket_id": basket_id.bytes,
                    "kind": kind,
                    "payload": payload,
                    "member_id": member_id.bytes if member_id else None,
                    "label": label,
                    "saved_at_ms": self._clock.now_ms(),
                    "order_id": order_id.bytes if order_id else None,
                },
            )

    def drop_basket(self, basket_id: UUID) -> None:
        """Take a basket off the disk; an unknown one is gone already."""
        with self._database.writing() as driver:
            driver.execute(_DROP, {"at_basket": basket_id.bytes})

    def open_basket(self) -> SavedBasket | None:
        """The basket that was open when it was last saved."""
        row = self._database.row(_OPEN)
        return _saved(row) if row else None

    def held_baskets(self) -> list[SavedBasket]:
        """Baskets on hold, oldest first."""
        return [_saved(row) for row in self._database.rows(_HELD)]

    def held_count(self) -> int:
        """How many baskets are on hold."""
        count: int = self._database.row(_HELD_COUNT)[0]
        return count

    def _members_in_baskets(self, held_ms_max: int) -> list[UUID]:
        """Members of the open basket and of those held for less than `held_ms_max`."""
        since = {"held_since_ms": self._clock.now_ms() - held_ms_max}
        return [UUID(bytes=row[0]) for row in self._database.rows(_MEMBERS, since)]

    def _orders_in_baskets(self, held_ms_max: int) -> set[UUID]:
        """Orders that the open basket hands over or changes, and those held for less than `held_ms_max`."""
        since = {"held_since_ms": self._clock.now_ms() - held_ms_max}
        return {UUID(bytes=row[0]) for row in self._database.rows(_ORDERS, since)}


def _saved(row: Sequence[Any]) -> SavedBasket:
    basket_id, kind, payload, member_id, label, saved_at_ms, _order_id = row
    return SavedBasket(
        UUID(bytes=basket_id), kind, payload, UUID(bytes=member_id) if member_id else None, label, saved_at_ms
    )
