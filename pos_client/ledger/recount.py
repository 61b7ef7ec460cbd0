"""Everything the ledger keeps besides its entries, computed from the entries again: rights, tokens, shifts, members
registered here, balances.

Only `verify` uses it. It shares pure functions with the writing side, and nothing else.
"""

import sqlite3
from collections.abc import Iterator, Sequence
from typing import Any
from uuid import UUID

from msgspec import structs

from pos_client.ledger.tokens import printed_move, with_terms
from shared_models.bodies import (
    Body,
    EpochOpened,
    MemberEdited,
    MemberRegistered,
    MemberTagged,
    Refund,
    RightsAdopted,
    ShiftClosed,
    ShiftOpened,
    TokenMove,
    TokenReleased,
)
from shared_models.entries import Entry
from shared_models.postings import Posting
from shared_models.rights import rights_moves
from shared_models.tokens import refund_right, token_effects

_MEMBER_ACCOUNTS = frozenset({"principal", "bonus", "points"})
_RIGHTS = "SELECT subject, epoch, lot, granted, credited, risk, spent, released FROM rights"
_TOKENS = "SELECT token, kind, version, subject, terms, state FROM tokens"
_SHIFTS = "SELECT shift_id, business_date, opened, closed FROM shifts"
_OWN_MEMBERS = "SELECT member_id, position, card_code FROM own_members"
_OWN_CHANGES = "SELECT position, member_id FROM own_changes"
_OWN_SALE = "SELECT 1 FROM entries WHERE business_id = ? AND entry_type = 'sale'"
_PLACE = {"G": 0, "T": 1, "K": 2, "S": 3, "R": 4}

CountersKey = tuple[bytes, int, str]


class Recount:
    """Figures as the entries say them."""

    def __init__(self) -> None:
        self.by_account: dict[str, int] = {}
        self._rights: dict[CountersKey, list[int]] = {}
        self._tokens: dict[bytes, tuple[TokenMove, str]] = {}
        self._shifts: dict[bytes, tuple[str, int, int | None]] = {}
        self._own_members: dict[bytes, tuple[int, str]] = {}
        self._own_changes: dict[int, bytes] = {}
        self._refund_rights_released_through = 0
        self._balances: dict[tuple[UUID, str], int] = {}
        self._sales_given_up: list[UUID] = []

    def take(self, entry: Entry, body: Body, legs: Sequence[Posting], position: int) -> list[str]:
        """Count one entry, which stands at `position`; the codes of what it could not rightly do."""
        for leg in legs:
            self.by_account[leg.account] = self.by_account.get(leg.account, 0) + leg.amount
            if leg.subject is not None and leg.account in _MEMBER_ACCOUNTS:
                key = (leg.subject, leg.lot)
                self._balances[key] = self._balances.get(key, 0) - leg.amount
        self._take_rights(entry.epoch, body)
        wrong = ["overspent" for row in self._touched(entry.epoch, body) if sum(row[:3]) < sum(row[3:])]
        if not self._take_tokens(body):
            wrong.append("token_not_owned")
        self._take_state(body, position)
        return wrong

    def compare(self, reader: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        """(code, what) of every table that says otherwise."""
        stored = {(row[0], row[1], row[2]): list(row[3:]) for row in reader.execute(_RIGHTS)}
        for key in sorted(stored.keys() | self._rights.keys()):
            if stored.get(key) != self._rights.get(key) and (stored.get(key) or any(self._rights[key])):
                yield "rights_differ", f"{key[0].hex()} {key[2]}"
        tokens = {row[0]: row[1:] for row in reader.execute(_TOKENS)}
        for token in sorted(tokens.keys() | self._tokens.keys()):
            if tokens.get(token) != self._token_row(token):
                yield "token_differs", token.hex()
        if {row[0]: row[1:] for row in reader.execute(_SHIFTS)} != self._shifts:
            yield "shifts_differ", ""
        yield from self._compare_members(reader)
        (through,) = reader.execute("SELECT refund_rights_released_through FROM lane").fetchone()
        if through != self._refund_rights_released_through:
            yield "refund_rights_differ", f"{through}"
        for sale_id in self._sales_given_up:
            if reader.execute(_OWN_SALE, (sale_id.bytes,)).fetchone() is None:
                yield "refund_right_of_nothing", sale_id.hex
        sums = reader.execute("SELECT unit, sum(amount) FROM postings GROUP BY unit HAVING sum(amount) <> 0")
        for unit, amount in sums:
            yield "sum_not_zero", f"{amount} {unit}"

    def _compare_members(self, reader: sqlite3.Connection) -> Iterator[tuple[str, str]]:
        """Members registered and changed here."""
        for member_id, *place in reader.execute(_OWN_MEMBERS):  # a forgotten one is missing, and rightly
            if tuple(place) != self._own_members.get(member_id):
                yield "own_member_differs", member_id.hex()
        for position, member_id in reader.execute(_OWN_CHANGES):
            if self._own_changes.get(position) != member_id:
                yield "own_change_differs", member_id.hex()

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

    def _take_state(self, body: Body, position: int) -> None:
        """Shifts, members registered here, refund rights given up."""
        match body:
            case ShiftOpened():
                self._shifts[body.shift_id.bytes] = (body.head.business_date, position, None)
            case ShiftClosed():
                business_date, opened, _ = self._shifts.get(body.shift_id.bytes, ("", 0, None))
                self._shifts[body.shift_id.bytes] = (business_date, opened, position)
            case MemberRegistered():
                self._own_members[body.member_id.bytes] = (position, body.card_code)
            case MemberEdited() | MemberTagged():
                self._own_changes[position] = body.member_id.bytes
            case EpochOpened():
                self._refund_rights_released_through = 0
                self._give_up_tokens()
            case TokenReleased():
                through = max(self._refund_rights_released_through, body.refund_rights_through_seq)
                self._refund_rights_released_through = through
            case _:
                pass

    def _give_up_tokens(self) -> None:
        """What an epoch owned is HQ's when the next one begins."""
        self._tokens = {
            token: (move, "released" if state == "owned" else state) for token, (move, state) in self._tokens.items()
        }

    def _take_tokens(self, body: Body) -> bool:
        effects = token_effects(body)
        rightly = True
        for token in effects.spent:
            printed = None if token.bytes in self._tokens else printed_move(body, token, self._home_store())
            if printed is not None:
                self._tokens[token.bytes] = (printed, "spent")
            else:
                rightly = self._give_up(token, None, "spent") and rightly
        for move in effects.released:
            if move.token.bytes not in self._tokens and self._was_here_without_a_row(move):
                self._tokens[move.token.bytes] = (move, "released")
            else:
                rightly = self._give_up(move.token, move.version, "released") and rightly
        restored = body.coupons_restored if isinstance(body, Refund) else ()
        created = list(effects.created)
        for place, old in enumerate(restored):
            if known := self._tokens.get(old.bytes):
                created[place] = with_terms(created[place], known[0].terms)
        for move in (*effects.acquired, *created):
            known = self._tokens.get(move.token.bytes)
            if known is None or (move.version > known[0].version and known[1] != "spent"):
                kind = known[0].kind if known else move.kind
                self._tokens[move.token.bytes] = (structs.replace(move, kind=kind), "owned")
        return rightly

    def _home_store(self) -> UUID | None:
        homes = (move for move, state in self._tokens.values() if move.kind == "home" and state == "owned")
        return next((move.subject for move in homes), None)

    def _was_here_without_a_row(self, move: TokenMove) -> bool:
        """A printed coupon under the home token, or the right to refund an own sale: that is looked up at the end."""
        if move.version != 1:
            return False
        if move.kind == "refund_right" and move.subject is not None and move.token == refund_right(move.subject):
            self._sales_given_up.append(move.subject)
            return True
        return move.kind == "coupon" and move.subject is None and self._home_store() is not None

    def _give_up(self, token: UUID, version: int | None, state: str) -> bool:
        """A token leaves this till; whether it was here."""
        known = self._tokens.get(token.bytes)
        if known is None:
            return False
        kept = known[0] if version is None else structs.replace(known[0], version=version)
        self._tokens[token.bytes] = (kept, state)
        return known[1] == "owned"

    def _token_row(self, token: bytes) -> tuple[Any, ...] | None:
        known = self._tokens.get(token)
        if known is None:
            return None
        move, state = known
        return move.kind, move.version, move.subject.bytes if move.subject else None, move.terms, state
