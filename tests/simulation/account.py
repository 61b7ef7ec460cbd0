"""What truly happened, in plain Python: facts as the cashiers did them, added up by arithmetic of our own.

Nothing here reads a table of the product. A fact counts as long as some disk or HQ has it; what a disk lost before
anybody else saw it never was, as far as money can tell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

LotKey = tuple[UUID, str]
RISK = "risk:"
"""Lots that are no value of a member's: what she was lent above the rights and owes, below zero."""


@dataclass(frozen=True, slots=True)
class Move:
    """A lot changed in favour of the member (> 0) or against them."""

    subject: UUID
    lot: str
    amount: int


@dataclass(frozen=True, slots=True)
class Fact:
    """One thing a cashier did. `tendered_fen` came in (> 0) or went out by money of any kind; `owed` are points that
    the member owes since; `pieces` of which sale came back; `coupons` were redeemed."""

    business_id: UUID
    kind: str
    moves: tuple[Move, ...] = ()
    tendered_fen: int = 0
    owed: tuple[Move, ...] = ()
    sale_id: UUID | None = None
    pieces: tuple[tuple[int, int], ...] = ()
    coupons: tuple[UUID, ...] = ()

    @property
    def is_money(self) -> bool:
        """Whether it moved money, stored value or points."""
        return bool(self.tendered_fen or self.moves)


@dataclass(slots=True)
class Account:
    """Every fact ever tried, where each is, and what follows."""

    facts: dict[UUID, Fact] = field(default_factory=dict)
    places: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    lots: Counter[LotKey] = field(default_factory=Counter)
    debts: Counter[UUID] = field(default_factory=Counter)
    tendered_fen: int = 0
    touched: set[LotKey] = field(default_factory=set)
    came_back: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    sold: dict[UUID, dict[int, int]] = field(default_factory=dict)
    redeemed: Counter[UUID] = field(default_factory=Counter)
    money_entries: int = 0

    def prepare(self, fact: Fact) -> None:
        """A cashier is about to write this; whether it was written is only known once it is found on a disk."""
        self.facts[fact.business_id] = fact

    def found(self, business_id: UUID, place: str) -> None:
        """It is on this till's disk, or at HQ."""
        places = self.places[business_id]
        if not places:
            self._count(business_id, 1)
        places.add(place)

    def lost(self, business_id: UUID, place: str) -> None:
        """It is there no longer."""
        places = self.places[business_id]
        places.discard(place)
        if not places:
            self._count(business_id, -1)

    def exists(self, business_id: UUID) -> bool:
        """Whether anybody still has it."""
        return bool(self.places.get(business_id))

    def book(self, moves: Iterable[Move], sign: int = 1) -> None:
        """Moves that are HQ's own facts."""
        for move in moves:
            key = (move.subject, move.lot)
            self.lots[key] += sign * move.amount
            self.touched.add(key)

    def _count(self, business_id: UUID, sign: int) -> None:
        fact = self.facts.get(business_id)
        if fact is None:
            return
        self.money_entries += sign if fact.is_money else 0
        self.book(fact.moves, sign)
        self.tendered_fen += sign * fact.tendered_fen
        for move in fact.owed:
            self.debts[move.subject] += sign * move.amount
        if fact.kind == "sale":
            self.sold[business_id] = dict(fact.pieces)
        elif fact.sale_id is not None:
            for line, milli in fact.pieces:
                self.came_back[fact.sale_id, line] += sign * milli
        for token in fact.coupons:
            self.redeemed[token] += sign

    def overdrawn(self, excused: set[LotKey]) -> list[str]:
        """Lots of which more was spent than there was, among those touched since the last time it was asked."""
        found = [
            f"{subject.hex[:8]} {lot}: {self.lots[subject, lot]}"
            for subject, lot in self.touched
            if self.lots[subject, lot] < 0 and (subject, lot) not in excused and not lot.startswith(RISK)
        ]
        self.touched.clear()
        return found

    def lent(self) -> dict[LotKey, int]:
        """What members were lent above the rights, as far as it was neither paid, nor refunded, nor lost."""
        return {key: -amount for key, amount in self.lots.items() if key[1].startswith(RISK) and amount}

    def over_refunded(self, excused: set[UUID]) -> list[str]:
        """Lines of which more came back than was sold."""
        return [
            f"sale {sale_id.hex} line {line}: {milli}"
            for (sale_id, line), milli in self.came_back.items()
            if milli > self.sold.get(sale_id, {}).get(line, 0) and sale_id not in excused
        ]

    def redeemed_twice(self, excused: set[bytes]) -> list[str]:
        """Coupons that were redeemed more than once."""
        return [token.hex for token, count in self.redeemed.items() if count > 1 and token.bytes not in excused]
