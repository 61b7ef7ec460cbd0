"""What truly happened, in plain Python: facts as the cashiers did them, added up by arithmetic of our own.

Nothing here reads a table of the product. A fact counts as long as some disk or HQ has it; what a disk lost before
anybody else saw it never was, as far as money can tell.
"""

from collections import Counter, defaultdict
from collections.abc import Iterable
from dataclasses import dataclass, field
from uuid import UUID

LotKey = tuple[UUID, str]
POINTS = "points:"
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
    the member owes since; `pieces` of which sale came back, and how many of its points were `clawed_back` or are owed;
    `coupons` were redeemed, or orders ended; of deposits so much more is owed (> 0) or less."""

    business_id: UUID
    kind: str
    moves: tuple[Move, ...] = ()
    tendered_fen: int = 0
    owed: tuple[Move, ...] = ()
    sale_id: UUID | None = None
    pieces: tuple[tuple[int, int], ...] = ()
    coupons: tuple[UUID, ...] = ()
    clawed_back: int = 0
    deposit_fen: int = 0

    @property
    def is_money(self) -> bool:
        """Whether it moved money, stored value or points."""
        return bool(self.tendered_fen or self.moves or self.deposit_fen)


@dataclass(slots=True)
class Account:
    """Every fact ever tried, where each is, and what follows."""

    facts: dict[UUID, Fact] = field(default_factory=dict)
    places: defaultdict[UUID, set[str]] = field(default_factory=lambda: defaultdict(set))
    lots: Counter[LotKey] = field(default_factory=Counter)
    debts: Counter[UUID] = field(default_factory=Counter)
    tendered_fen: int = 0
    deposits_fen: int = 0
    touched: set[LotKey] = field(default_factory=set)
    came_back: Counter[tuple[UUID, int]] = field(default_factory=Counter)
    sold: dict[UUID, dict[int, int]] = field(default_factory=dict)
    redeemed: Counter[UUID] = field(default_factory=Counter)
    credited: Counter[UUID] = field(default_factory=Counter)  # sales without a member, made somebody's afterwards
    given: Counter[UUID] = field(default_factory=Counter)  # points of a sale, by the sale and by who credited it
    taken: Counter[UUID] = field(default_factory=Counter)  # and what its refunds took of them, or made a debt
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
        self.deposits_fen += sign * fact.deposit_fen
        for move in fact.owed:
            self.debts[move.subject] += sign * move.amount
        earned = sum(move.amount for move in fact.moves if move.amount > 0 and move.lot.startswith(POINTS))
        if fact.kind == "sale":
            self.sold[business_id] = dict(fact.pieces)
            self.given[business_id] += sign * earned
        elif fact.kind == "sale_credited" and fact.sale_id is not None:
            self.credited[fact.sale_id] += sign
            self.given[fact.sale_id] += sign * earned
        elif fact.sale_id is not None:
            self.taken[fact.sale_id] += sign * fact.clawed_back
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

    def credited_twice(self, excused: set[UUID]) -> list[str]:
        """Sales that were made somebody's more than once."""
        return [sale_id.hex for sale_id, count in self.credited.items() if count > 1 and sale_id not in excused]

    def earned_by_nothing(self, excused: set[UUID]) -> list[str]:
        """Sales of which everything came back, and the points did not, or more of them than there were."""
        return [
            f"sale {sale_id.hex}: {self.given[sale_id]} points given, {self.taken[sale_id]} taken back"
            for sale_id, pieces in self.sold.items()
            if sale_id not in excused
            and all(self.came_back[sale_id, line] == milli for line, milli in pieces.items())
            and self.given[sale_id] != self.taken[sale_id]
        ]

    def redeemed_twice(self, excused: set[bytes]) -> list[str]:
        """Coupons that were redeemed, and orders that were ended, more than once."""
        return [token.hex for token, count in self.redeemed.items() if count > 1 and token.bytes not in excused]
