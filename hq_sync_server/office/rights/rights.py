"""Rights at HQ: what tills' entries do to the counters, and what HQ lends.

    O = G + T + K + L - S - R - W >= 0    F = C - D - sum G + sum(R + W) >= 0    B = F + sum O

A spend that would take O below zero raises L of that holder: the fact stands, the loss is named, and nothing that was
lost can be lent again. A release counts only as far as O reaches.
"""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Literal
from uuid import UUID

from hq_sync_server.office.books import risks
from hq_sync_server.office.books.pages import MemberPage, Note
from hq_sync_server.office.rights import belief
from shared_models.bodies import BalanceAdjusted, DebtSettled, GrantAdopted, OpeningLot
from shared_models.postings import lot_account
from shared_models.rights import RightsMove, draw, is_expired
from shared_models.sync import LotWanted

if TYPE_CHECKING:
    from hq_sync_server.office.books.books import Books

_FROZEN = frozenset({"frozen", "forgotten"})
_UNIT = {"points": "points", "uses": "uses"}


def unit_of(lot: str) -> str:
    """The unit amounts of a lot are counted in."""
    return _UNIT.get(lot_account(lot), "fen")


def book_moves(books: "Books", entry_id: int, seq: int, moves: Iterable[RightsMove]) -> list[str]:
    """Book what an entry did to its till's counters; the names of what did not fit."""
    codes: list[str] = []
    for move in moves:
        key = (move.subject, move.lot)
        page = books.holder(key)
        if move.counter == "T":
            page.credited += move.amount
        elif move.counter == "K":
            page.risk += move.amount
        elif move.counter == "S":
            missing = move.amount - page.outside
            if missing > 0:
                place = f"{books.till_id.hex}/{books.epoch}/{seq}"
                books.book_loss(key, missing, place, "overspent")
                codes.append("overspent")
                _note(books, "overspent", entry_id, seq, key, missing)
            page.spent += move.amount
        else:
            counted = min(move.amount, page.outside)
            page.released += counted
            books.lot(key).free += counted
            belief.pay_back(books, key, counted)
            books.placed.given_back.add(move.subject)
            if counted < move.amount:
                codes.append("release_clipped")
                _note(books, "release_clipped", entry_id, seq, key, move.amount - counted)
    return codes


def _note(books: "Books", code: str, entry_id: int, seq: int, key: tuple[UUID, str], amount: int) -> None:
    books.note(
        Note(
            code,
            till_id=books.till_id,
            epoch=books.epoch,
            seq=seq,
            entry_id=entry_id,
            subject=key[0],
            amount=amount,
            unit=unit_of(key[1]),
            told={"lot": key[1]},
        )
    )


def adoption_is_right(books: "Books", grants: Iterable[GrantAdopted]) -> bool:
    """Whether HQ ever granted as much as a till says it took over."""
    return all(
        grant.granted_total <= books.holders[key].granted
        if (key := (grant.subject, grant.lot)) in books.holders
        else False
        for grant in grants
    )


def settle_debts(books: "Books", member: MemberPage) -> None:
    """Pay a member's debts from what is free, in spending order: before anything is lent or moved. A debt under an id
    that was united with another is the person's: she pays what that id cannot."""
    for debt, account in ((member.points_debt, "points"), (member.bonus_debt_fen, "bonus")):
        if debt <= 0:
            continue
        if member.is_alias:
            _help_out(books, member, account, debt)
        taken, _missing = draw(_free_of(books, member.member_id, account), debt)
        if taken:
            lots = tuple(OpeningLot(lot=lot, amount=amount) for lot, amount in taken)
            unit: Literal["points", "fen"] = "points" if account == "points" else "fen"
            books.record(
                DebtSettled(head=books.head(member.member_id), member_id=member.member_id, lots=lots, unit=unit)
            )


def _free_of(books: "Books", member_id: UUID, account: str) -> list[tuple[str, int]]:
    return [(key[1], page.free) for key, page in books.free_lots(member_id) if lot_account(key[1]) == account]


def _help_out(books: "Books", alias: MemberPage, account: str, debt: int) -> None:
    short = debt - sum(free for _lot, free in _free_of(books, alias.member_id, account))
    taken, _missing = draw(_free_of(books, alias.canonical_id, account), max(0, short))
    for lot, amount in taken:
        for member_id, part in ((alias.canonical_id, -amount), (alias.member_id, amount)):
            lots = (OpeningLot(lot=lot, amount=part),)
            books.record(
                BalanceAdjusted(head=books.head(member_id), member_id=member_id, lots=lots, reason="one_person")
            )


def grant(books: "Books", wanted: Iterable[LotWanted], business_date: str) -> tuple[GrantAdopted, ...]:
    """Lend what is wanted as far as it is free; subjects must be open. G is absolute, so asking twice lends once.

    Lot `*` asks for all lots of the person: of the canonical member and of every id united with it.
    """
    given: dict[tuple[UUID, str], int] = {}
    for want in wanted:
        if want.subject not in books.members:
            continue
        person = books.canonical(want.subject)
        purses = [person, *books.aliases_of(person.member_id)]
        if person.status in _FROZEN or any(
            page.member_id == want.subject and page.status in _FROZEN for page in purses
        ):
            continue
        for page in purses:
            settle_debts(books, page)
        risks.settle(books, person)
        if want.lot != "*":
            _lend(books, (want.subject, want.lot), want.granted_total, business_date, given)
            continue
        for page in purses:
            for key, _lot in books.free_lots(page.member_id):
                _lend(books, key, None, business_date, given)
    return tuple(GrantAdopted(subject=subject, lot=lot, granted_total=total) for (subject, lot), total in given.items())


def _lend(
    books: "Books", key: tuple[UUID, str], wanted: int | None, business_date: str, given: dict[tuple[UUID, str], int]
) -> None:
    page = books.lots.get(key)
    if page is None or page.recovering or is_expired(key[1], business_date) or lot_account(key[1]) == "risk":
        return
    granted = books.holders[key].granted if key in books.holders else 0
    most = granted + page.free
    total = most if wanted is None else max(granted, min(wanted, most))
    if total > granted:
        books.holder(key).granted = total
        books.lot(key).free -= total - granted
        given[key] = total
