"""Everything the ledger keeps besides its entries, computed from the entries again: rights, tokens, shifts, balances.

Only `verify` uses it. It shares the pure functions of the shared language with the writing side, and nothing else.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from uuid import UUID

from shared_models.bodies import Body, RightsAdopted, ShiftClosed, ShiftOpened
from shared_models.entries import Entry
from shared_models.postings import Posting
from shared_models.rights import rights_moves
from shared_models.tokens import token_effects

_MEMBER_ACCOUNTS = frozenset({"principal", "bonus", "points"})
_RIGHTS = "SELECT subject, epoch, lot, granted, credited, risk, spent, released FROM rights"
_PLACE = {"G": 0, "T": 1, "K": 2, "S": 3, "R": 4}

CountersKey = tuple[bytes, int, str]


class Recount:
    """Figures as the entries say them."""

    def __init__(self) -> None:
        self.by_account: dict[str, int] = {}
        self._rights: dict[CountersKey, list[int]] = {}
        self._tokens: dict[bytes, tuple[int, str]] = {}
        self._shifts: dict[bytes, bool] = {}
        self._balances: dict[tuple[UUID, str], int] = {}

    def take(self, entry: Entry, body: Body, legs: Sequence[Posting]) -> list[str]:
        """Count one entry; the codes of what it could not rightly do."""
        for leg in legs:
            self.by_account[leg.account] = self.by_account.get(leg.account, 0) + leg.amount
            if leg.subject is not None and leg.account in _MEMBER_ACCOUNTS:
                key = (leg.subject, leg.lot)
                self._balances[key] = self._balances.get(key, 0) - leg.amount
        self._take_rights(entry.epoch, body)
        wrong = ["overspent" for row in self._touched(entry.epoch, body) if sum(row[:3]) < sum(row[3:])]
        if not self._take_tokens(body):
            wrong.append("token_not_owned")
        if isinstance(body, ShiftOpened):
            self._shifts[body.shift_id.bytes] = False
        elif isinstance(body, ShiftClosed):
            self._shifts[body.shift_id.bytes] = True
        return wrong

    def compare(self, reader: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        """(code, what) of every table that says otherwise."""
        stored = {
            (row[0], row[1], row[2]): list(row[3:])
            for row in reader.execute(
                "SELECT subject, epoch, lot, granted, credited, risk, spent, released FROM rights"
            )
        }
        for key in sorted(stored.keys() | self._rights.keys()):
            if stored.get(key) != self._rights.get(key) and (stored.get(key) or any(self._rights[key])):
                yield "rights_differ", f"{key[0].hex()} {key[2]}"
        tokens = {row[0]: (row[1], row[2]) for row in reader.execute("SELECT token, version, state FROM tokens")}
        for token in sorted(tokens.keys() | self._tokens.keys()):
            if tokens.get(token) != self._tokens.get(token):
                yield "token_differs", token.hex()
        shifts = {row[0]: row[1] is not None for row in reader.execute("SELECT shift_id, closed FROM shifts")}
        if shifts != self._shifts:
            yield "shifts_differ", ""
        sums = reader.execute("SELECT unit, sum(amount) FROM postings GROUP BY unit HAVING sum(amount) <> 0")
        for unit, amount in sums:
            yield "sum_not_zero", f"{amount} {unit}"

    def members_with_balance(self) -> int:
        """How many subjects have a balance by this till's entries alone."""
        return len({subject for (subject, _), amount in self._balances.items() if amount})

    def _take_rights(self, epoch: int, body: Body) -> None:
        if isinstance(body, RightsAdopted):
            for grant in body.grants:
                row = self._row(grant.subject, epoch, grant.lot)
                row[0] = max(row[0], grant.granted_total)
            return
        for move in rights_moves(body):
            self._row(move.subject, epoch, move.lot)[_PLACE[move.counter]] += move.amount

    def _touched(self, epoch: int, body: Body) -> list[list[int]]:
        return [self._row(move.subject, epoch, move.lot) for move in rights_moves(body)]

    def _row(self, subject: UUID, epoch: int, lot: str) -> list[int]:
        return self._rights.setdefault((subject.bytes, epoch, lot), [0, 0, 0, 0, 0])

    def _take_tokens(self, body: Body) -> bool:
        effects = token_effects(body)
        rightly = True
        for token in effects.spent:
            version, state = self._tokens.get(token.bytes, (0, ""))
            rightly = rightly and state == "owned"
            self._tokens[token.bytes] = (version, "spent")
        for move in effects.released:
            _, state = self._tokens.get(move.token.bytes, (0, ""))
            rightly = rightly and state == "owned"
            self._tokens[move.token.bytes] = (move.version, "released")
        for move in (*effects.acquired, *effects.created):
            known = self._tokens.get(move.token.bytes)
            if known is None or (move.version > known[0] and known[1] != "spent"):
                self._tokens[move.token.bytes] = (move.version, "owned")
        return rightly
