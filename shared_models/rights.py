"""Rights to spend: the counters of the protocol as pure arithmetic.

A holder is (till, epoch). Per (subject, lot, holder) seven integers only grow, each with one writer:

    HQ:   G granted   W taken back   L loss absorbed
    till: T credited here   K risk taken   S spent   R released

    A = G + T + K - S - R           what the till may still spend
    O = G + T + K + L - S - R - W   the holder as HQ sees it
    F = C - D - sum G + sum(R + W)  HQ's free balance
    B = F + sum O                   posted balance

Sources: O'Neil, The Escrow Transactional Method (1986); Balegas et al., Bounded Counter CRDT (2015).

Lots: `principal:<top-up hex>`, `bonus:<top-up hex>`, `points:<YYYY-MM>` (last month in which they can be spent),
`uses`, `risk:<sale hex>`.
"""

from collections.abc import Callable, Iterable, Sequence
from typing import Any, Literal
from uuid import UUID

from msgspec import Struct

from shared_models import bodies
from shared_models.bodies import Body
from shared_models.postings import lot_account
from shared_models.sales import LotAmount

TillCounter = Literal["T", "K", "S", "R"]


class Counters(Struct, frozen=True):
    """The counters of one holder for one lot of one subject."""

    granted: int = 0
    credited: int = 0
    risk: int = 0
    spent: int = 0
    released: int = 0
    taken_back: int = 0
    loss: int = 0

    @property
    def available(self) -> int:
        """A: what the till may still spend. Never negative at a sound till."""
        return self.granted + self.credited + self.risk - self.spent - self.released

    @property
    def outside(self) -> int:
        """O: what the holder still has out, as HQ sees it."""
        return self.available + self.loss - self.taken_back


class RightsMove(Struct, frozen=True):
    """A till counter that an entry raises by `amount` > 0."""

    subject: UUID
    lot: str
    counter: TillCounter
    amount: int


def rights_moves(body: Body) -> tuple[RightsMove, ...]:
    """What an entry does to the till's own counters T, K, S and R, in order; credits come before spends.

    Grants (G) are not here: they are absolute, see `bodies.RightsAdopted`.
    """
    derive = _MOVES.get(type(body))
    if derive is None:
        return ()
    return tuple(move for move in derive(body) if move.amount)


def principal_lot(top_up_id: UUID) -> str:
    """The lot of the money paid in by a top-up."""
    return f"principal:{top_up_id.hex}"


def bonus_lot(top_up_id: UUID) -> str:
    """The lot of the bonus given with a top-up."""
    return f"bonus:{top_up_id.hex}"


def points_lot(last_month: str) -> str:
    """The lot of points that can be spent up to the end of the month `YYYY-MM`."""
    return f"points:{last_month}"


def risk_lot(sale_id: UUID) -> str:
    """The lot of money lent above rights in a sale."""
    return f"risk:{sale_id.hex}"


def is_expired(lot: str, business_date: str) -> bool:
    """Whether a lot can no longer be spent or granted on a business date. Only points lots expire."""
    return lot_account(lot) == "points" and lot.split(":", 1)[1] < business_date[:7]


def draw(available: Iterable[tuple[str, int]], wanted: int) -> tuple[list[tuple[str, int]], int]:
    """Take `wanted` from lots (name, available), the earliest expiry first, then the oldest: names of lots are made so
    that their text order is that order. What is taken of which, and what was short."""
    taken: list[tuple[str, int]] = []
    missing = wanted
    for lot, amount in sorted(available):
        part = min(amount, missing)
        if part > 0:
            taken.append((lot, part))
            missing -= part
    return taken, missing


def _of_lots(parts: Iterable[LotAmount], counter: TillCounter) -> list[RightsMove]:
    return [RightsMove(part.subject, part.lot, counter, part.amount) for part in parts]


def _stored_value(tenders: Sequence[Any], counter: TillCounter) -> list[RightsMove]:
    moves: list[RightsMove] = []
    for tender in tenders:
        if tender.kind == "stored_value":  # a deposit names the lots it came from, which were spent then
            moves += _of_lots(tender.lots, counter)
    return moves


def _sale(body: bodies.Sale) -> list[RightsMove]:
    return [
        *_of_lots(body.risk_taken, "K"),
        *_of_lots(body.points_earned, "T"),
        *_of_lots(body.points_spent, "S"),
        *_stored_value(body.tenders, "S"),
    ]


def _refund(body: bodies.Refund) -> list[RightsMove]:
    return [
        *_of_lots(body.points_returned, "T"),
        *_stored_value(body.tenders, "T"),
        *_of_lots(body.points_taken_back, "S"),
    ]


def _refund_without_receipt(body: bodies.RefundWithoutReceipt) -> list[RightsMove]:
    return _stored_value(body.tenders, "T")


def _top_up(body: bodies.TopUp) -> list[RightsMove]:
    top_up_id = body.head.business_id
    return [
        RightsMove(body.member_id, principal_lot(top_up_id), "T", body.principal_fen),
        RightsMove(body.member_id, bonus_lot(top_up_id), "T", body.bonus_fen),
    ]


def _top_up_cancelled(body: bodies.TopUpCancelled) -> list[RightsMove]:
    return [
        RightsMove(body.member_id, principal_lot(body.top_up_id), "S", body.principal_fen),
        RightsMove(body.member_id, bonus_lot(body.top_up_id), "S", body.bonus_fen),
    ]


def _withdrawal(body: bodies.Withdrawal) -> list[RightsMove]:
    return [
        RightsMove(body.member_id, principal_lot(body.top_up_id), "S", body.principal_fen),
        RightsMove(body.member_id, bonus_lot(body.top_up_id), "S", body.forfeited_fen - body.deducted_fen),
    ]


def _sale_credited(body: bodies.SaleCredited) -> list[RightsMove]:
    return _of_lots(body.points_earned, "T")


def _points_exchange(body: bodies.PointsExchange) -> list[RightsMove]:
    return _of_lots(body.points_spent, "S")


def _order_taken(body: bodies.OrderTaken) -> list[RightsMove]:
    return _stored_value(body.tenders, "S")


def _order_cancelled(body: bodies.OrderCancelled) -> list[RightsMove]:
    return _stored_value(body.tenders, "T")


def _rights_released(body: bodies.RightsReleased) -> list[RightsMove]:
    return _of_lots(body.released, "R")


_MOVES: dict[type[Body], Callable[[Any], list[RightsMove]]] = {
    bodies.Sale: _sale,
    bodies.SaleCredited: _sale_credited,
    bodies.Refund: _refund,
    bodies.RefundWithoutReceipt: _refund_without_receipt,
    bodies.TopUp: _top_up,
    bodies.TopUpCancelled: _top_up_cancelled,
    bodies.Withdrawal: _withdrawal,
    bodies.PointsExchange: _points_exchange,
    bodies.OrderTaken: _order_taken,
    bodies.OrderCancelled: _order_cancelled,
    bodies.RightsReleased: _rights_released,
}
