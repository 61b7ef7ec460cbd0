"""What HQ's own facts do to rights and tokens, besides their postings. For `books` alone.

HQ credits (C) and debits (D) only what is free; a loss raises L of the holder, a sealed epoch W. While HQ recovers from
a backup nobody knows what is free, so nothing is debited.
"""

from collections.abc import Callable, Iterable
from typing import Any, Protocol
from uuid import UUID

from hq_sync_server.office.books.pages import HolderPage, LotKey, LotPage
from shared_models import bodies
from shared_models.bodies import Body, OpeningLot
from shared_models.refusals import Refusal


class OpenLots(Protocol):
    """The part of the books that facts change."""

    def lot(self, key: LotKey) -> LotPage:
        """HQ's side of a lot, to be changed."""
        ...

    def holder(self, key: LotKey) -> HolderPage:
        """A holder's counters of a lot, to be changed."""
        ...


def book(books: OpenLots, body: Body) -> None:
    """Book the effects of a fact of HQ's own."""
    effect = _EFFECTS.get(type(body))
    if effect is not None:
        effect(books, body)


def _credit(books: OpenLots, subject: UUID, lots: Iterable[OpeningLot]) -> None:
    for part in lots:
        page = books.lot((subject, part.lot))
        page.credited += part.amount
        page.free += part.amount


def _debit(books: OpenLots, subject: UUID, lots: Iterable[OpeningLot]) -> None:
    for part in lots:
        page = books.lot((subject, part.lot))
        if page.recovering and part.amount:
            raise Refusal("hq_recovering")
        page.debited += part.amount
        page.free -= part.amount


def _opening_balance(books: OpenLots, body: bodies.OpeningBalance) -> None:
    _credit(books, body.member_id, body.lots)


def _members_united(books: OpenLots, body: bodies.MembersUnited) -> None:
    _debit(books, body.alias_id, body.moved)
    _credit(books, body.canonical_id, body.moved)


def _balance_adjusted(books: OpenLots, body: bodies.BalanceAdjusted) -> None:
    _credit(books, body.member_id, [part for part in body.lots if part.amount > 0])
    taken = [OpeningLot(lot=part.lot, amount=-part.amount) for part in body.lots if part.amount < 0]
    _debit(books, body.member_id, taken)


def _loss_booked(books: OpenLots, body: bodies.LossBooked) -> None:
    books.holder((body.subject, body.lot)).loss += body.amount


def _exposure_booked(books: OpenLots, body: bodies.ExposureBooked) -> None:
    _credit(books, body.subject, [part for part in body.lots if part.amount > 0])
    paid_back = [OpeningLot(lot=part.lot, amount=-part.amount) for part in body.lots if part.amount < 0]
    _debit(books, body.subject, paid_back)
    for part in body.lots:
        books.lot((body.subject, part.lot)).exposed += part.amount


def _debt_settled(books: OpenLots, body: bodies.DebtSettled) -> None:
    _debit(books, body.member_id, body.lots)


def _lot_expired(books: OpenLots, body: bodies.LotExpired) -> None:
    _debit(books, body.member_id, (OpeningLot(lot=body.lot, amount=body.amount),))


def _risk_settled(books: OpenLots, body: bodies.RiskSettled) -> None:
    _debit(books, body.member_id, body.lots)


def _risk_returned(books: OpenLots, body: bodies.RiskReturned) -> None:
    _debit(books, body.subject, (OpeningLot(lot=body.risk_lot, amount=body.amount),))
    _credit(books, body.member_id, body.lots)


def _epoch_sealed(books: OpenLots, body: bodies.EpochSealed) -> None:
    for part in body.taken_back:
        key = (part.subject, part.lot)
        books.holder(key).taken_back += part.amount
        books.lot(key).free += part.amount


_EFFECTS: dict[type[Body], Callable[[OpenLots, Any], None]] = {
    bodies.OpeningBalance: _opening_balance,
    bodies.MembersUnited: _members_united,
    bodies.BalanceAdjusted: _balance_adjusted,
    bodies.LossBooked: _loss_booked,
    bodies.ExposureBooked: _exposure_booked,
    bodies.DebtSettled: _debt_settled,
    bodies.LotExpired: _lot_expired,
    bodies.RiskSettled: _risk_settled,
    bodies.RiskReturned: _risk_returned,
    bodies.EpochSealed: _epoch_sealed,
}
