"""Remedies of exceptions, done with one press: what an exception cost goes where people decide, and can be taken back.

What is the chain's own (its loss, a claim on a store) is booked at once, as a fact of HQ's that names the entry. A
member's balance is nobody's alone: such a remedy asks for a correction, which another must agree to. Deeds (a new
epoch, taking what was kept aside, uniting) are those of their own rooms. Each closes its exception. What two have
agreed to is taken back by two: a correction the other way round, asked for with a reason (`remedy_reversals`).
"""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, func, insert, select, update

from hq_sync_server.office.access import audit
from hq_sync_server.office.access.roles import Permission, Scope, Viewer
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.inbox import inbox, remedy_costs
from hq_sync_server.office.inbox.inbox import Line
from hq_sync_server.office.intake import kept
from hq_sync_server.office.members import member_desk, member_requests, separating
from hq_sync_server.office.members.member_requests import Adjustment
from hq_sync_server.office.shops import till_deeds
from hq_sync_server.records import console_tables, tables
from shared_models.bodies import ExceptionSettled
from shared_models.bodies.hq_facts import ChainAccount
from shared_models.overlaps import OVERLAPS
from shared_models.refusals import Refusal

_done = console_tables.exception_remedies

_BOOKED = frozenset({"chain_bears", "store_pays"})
_ASKED: Mapping[str, int] = {"member_pays": -1, "member_gets": 1, "give_back": 1, "pay_out": -1}
_TAKEN_BACK = _BOOKED | _ASKED.keys() | {"unite"}

_COST = ("chain_bears", "store_pays")
_OF: Mapping[str, tuple[str, ...]] = {
    "overspent": (*_COST, "member_pays"),
    "risk_lost": (*_COST, "member_pays"),
    "balance_cap_exceeded": ("pay_out",),
    "frozen_member_spends": ("store_pays",),
    "coupon_twice": (*_COST, "member_pays"),
    "coupon_unknown": _COST,
    "coupon_not_owned": _COST,
    "coupon_terms_differ": (*_COST, "member_gets"),
    "order_twice": _COST,
    "order_unknown": _COST,
    "order_not_owned": _COST,
    "refund_exceeds_sale": (*_COST, "member_pays"),
    "refund_not_owned": _COST,
    "refund_of_unknown_sale": (*_COST, "member_pays"),
    "quote_mismatch": (*_COST, "member_gets"),
    "rules_of_another_store": (*_COST, "member_gets"),
    "tier_never_given": (*_COST, "member_gets"),
    "unite_waiting": ("unite",),
    "kept_aside": ("accept_kept",),
    "closed_epoch": _COST,
    "under_revoked_key": _COST,
    "till_excused": _COST,
    "lost_card_used": ("give_back", "store_pays"),
    **dict.fromkeys(
        ("clone", "rollback", "fork", "stale", "anchor_ahead", "restored_copy", "head_not_proved"), ("open_epoch",)
    ),
}
"""Code -> what can be done about it with one press. What is not here costs nobody anything, or heals by itself."""

_PERMISSIONS: Mapping[str, Permission] = {
    "open_epoch": "tills.end",
    "accept_kept": "tills.end",
    "unite": "members.unite",
    "member_pays": "members.adjust",
    "member_gets": "members.adjust",
    "give_back": "members.adjust",
    "pay_out": "members.adjust",
}


class Offer(Struct, frozen=True, kw_only=True):
    """A remedy that may be chosen now, with its money effect. `debit`, `credit`: the chain's accounts it moves
    `amount_fen` between ('' where nothing is booked); `asks`: somebody else must agree; `undoable`: it can be taken
    back here."""

    name: str
    amount_fen: int = 0
    debit: str = ""
    credit: str = ""
    asks: bool = False
    undoable: bool = False


class Done(Struct, frozen=True, kw_only=True):
    """A remedy that was chosen. `request_status`: of the correction it asked for; `reverses`: it is no remedy but was
    asked for to take that one back."""

    remedy_id: UUID
    name: str
    amount_fen: int
    who: str
    at_ms: int
    request_id: UUID | None = None
    request_status: str = ""
    undone_by: str = ""
    undone_at_ms: int = 0
    reverses: UUID | None = None

    @property
    def can_be_undone(self) -> bool:
        """Not twice, and not what another has booked meanwhile."""
        return not self.undone_at_ms and self.name in _TAKEN_BACK and self.request_status != "agreed"

    @property
    def was_agreed(self) -> bool:
        """Another has booked it: it goes back by the same way."""
        return not self.undone_at_ms and self.name in _ASKED and self.request_status == "agreed"


def codes() -> frozenset[str]:
    """The exceptions about which something can be done with one press."""
    return frozenset(_OF)


def offers(connection: Connection, viewer: Viewer, scope: Scope, line: Line) -> tuple[Offer, ...]:
    """What may be done about an open exception by whoever looks."""
    if line.status != "open" or not viewer.may("exceptions.work"):
        return ()
    cost_fen = remedy_costs.cost_fen(connection, line)
    found = (_offer(name, line, cost_fen) for name in _OF.get(line.code, ()) if viewer.may(_permission(name)))
    return tuple(one for one in found if one is not None and _fits(connection, scope, one.name, line))


def _permission(name: str) -> Permission:
    return _PERMISSIONS.get(name, "exceptions.work")


def _offer(name: str, line: Line, cost_fen: int) -> Offer | None:
    """The offer with its figures; None where it makes no sense for this cost."""
    if name in ("open_epoch", "accept_kept", "unite"):
        return Offer(name=name, undoable=name in _TAKEN_BACK)
    too_much_was_paid = OVERLAPS[line.code].money == "difference" and cost_fen > 0
    if not cost_fen or (name == "member_gets") != too_much_was_paid:
        return None
    amount_fen = abs(cost_fen)
    if name in _ASKED:
        return Offer(name=name, amount_fen=amount_fen, asks=True, undoable=True)
    debit, credit = accounts(name, line.code)
    booked = debit != credit
    return Offer(
        name=name, amount_fen=amount_fen, debit=debit if booked else "", credit=credit if booked else "", undoable=True
    )


def accounts(name: str, code: str) -> tuple[ChainAccount, ChainAccount]:
    """(debit, credit): a loss that was booked already is moved, another cost stands against sales and reductions."""
    return "loss" if name == "chain_bears" else "store_claims", (
        "loss" if OVERLAPS[code].money == "loss" else "remedied"
    )


def _fits(connection: Connection, scope: Scope, name: str, line: Line) -> bool:
    match name:
        case "store_pays":
            return line.store_id is not None
        case "member_pays" | "member_gets" | "give_back" | "pay_out" | "unite":
            return line.subject is not None and inbox.is_seen(connection, scope, line.subject)
        case "open_epoch" | "accept_kept":
            return line.store_id is not None and name in _deeds_now(connection, line)
        case _:
            return True


def _deeds_now(connection: Connection, line: Line) -> set[str]:
    """What the till's present state allows."""
    found = set[str]()
    if line.till_id is None:
        return found
    lanes = tables.lanes.c
    lane = connection.execute(select(lanes.trouble, lanes.approved_by).where(lanes.till_id == line.till_id)).first()
    if lane is not None and lane.trouble and not lane.approved_by:
        found.add("open_epoch")
    if kept.waiting(connection, line.till_id)[1]:
        found.add("accept_kept")
    return found


def choose(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID, name: str) -> None:
    """Do it and close the exception. Refuses `not_found`, `not_allowed`, `exception_closed`, `remedy_unknown` (also one
    that does not fit any more), and what the deed refuses."""
    viewer.require("exceptions.work")
    inbox.hold(work, exception_id)
    line = inbox.one(work.connection, scope, exception_id).line
    if line.status == "closed":
        raise Refusal("exception_closed", by=line.closed_by)
    if name in _PERMISSIONS:
        viewer.require(_PERMISSIONS[name])
    offer = next((one for one in offers(work.connection, viewer, scope, line) if one.name == name), None)
    if offer is None:
        raise Refusal("remedy_unknown")
    request_id = None
    if offer.debit:
        _book(work, line, offer.name, offer.amount_fen)
    elif offer.asks:
        request_id = _ask(work, viewer, line, offer)
    elif name == "unite":
        member_desk.unite(work, viewer, scope, *_pair(line))
    elif name in ("open_epoch", "accept_kept"):
        assert line.till_id is not None, "an offer that fits"
        assert line.store_id is not None, "likewise"
        till_deeds.do(work, viewer, name, line.till_id, line.store_id)
    work.connection.execute(
        insert(_done).values(
            exception_id=exception_id,
            remedy_id=work.ids.new_id(),
            name=name,
            amount_fen=offer.amount_fen,
            store_id=line.store_id,
            request_id=request_id,
            who=viewer.login,
            at_ms=work.now_ms,
        )
    )
    inbox.close_by(work, viewer, scope, exception_id, name)


def _book(work: Work, line: Line, name: str, amount_fen: int) -> None:
    debit, credit = accounts(name, line.code)
    books = Books(work)
    books.record(
        ExceptionSettled(
            head=books.head(),
            exception_id=line.exception_id,
            remedy=name,
            amount_fen=amount_fen,
            debit=debit,
            credit=credit,
            store_id=line.store_id,
            names_entry=f"{line.till_id.hex}/{line.epoch}/{line.seq}" if line.till_id else "",
        )
    )
    books.close()


def _ask(work: Work, viewer: Viewer, line: Line, offer: Offer) -> UUID:
    assert line.subject is not None, "an offer that fits"
    purse = "bonus" if offer.name == "member_gets" else remedy_costs.purse_of(line)
    adjustment = Adjustment(purse=purse, amount=_ASKED[offer.name] * offer.amount_fen)
    reason = f"{line.code} {line.till} {line.epoch}·{line.seq}"
    return member_requests.ask(work, viewer, line.subject, adjustment, reason)


def _pair(line: Line) -> tuple[UUID, UUID]:
    """(the one who had the number first, the other)."""
    other = str(line.told.get("with", ""))
    if line.subject is None or len(other) != 32:
        raise Refusal("remedy_unknown")
    return UUID(hex=other), line.subject


def done(connection: Connection, exception_id: UUID) -> tuple[Done, ...]:
    """What was chosen for an exception, newest first."""
    requests = console_tables.requests.c
    rows = connection.execute(
        select(_done, requests.status.label("request_status"))
        .outerjoin(console_tables.requests, requests.request_id == _done.c.request_id)
        .where(_done.c.exception_id == exception_id)
        .order_by(_done.c.at_ms.desc(), _done.c.remedy_id.desc())
    )
    return tuple(_one(row) for row in rows)


def _one(row: Any) -> Done:
    return Done(
        remedy_id=row.remedy_id,
        name=row.name,
        amount_fen=row.amount_fen,
        who=row.who,
        at_ms=row.at_ms,
        request_id=row.request_id,
        request_status=row.request_status or "",
        undone_by=row.undone_by,
        undone_at_ms=row.undone_at_ms or 0,
        reverses=row.reverses,
    )


def in_force(chosen: tuple[Done, ...]) -> Done | None:
    """Of what was done about an exception (`done`), the remedy that stands."""
    return next((one for one in chosen if one.reverses is None and not one.undone_at_ms), None)


def undo(work: Work, viewer: Viewer, scope: Scope, exception_id: UUID) -> None:
    """Take the newest remedy back and open the exception again. Refuses `not_found`, `not_allowed`,
    `remedy_final` where it cannot be taken back."""
    viewer.require("exceptions.work")
    inbox.hold(work, exception_id)
    line = inbox.one(work.connection, scope, exception_id).line
    last = in_force(done(work.connection, exception_id))
    if last is None or not last.can_be_undone:
        raise Refusal("remedy_final")
    if last.name in _PERMISSIONS:
        viewer.require(_PERMISSIONS[last.name])
    if last.request_id is not None:
        if last.request_status == "waiting":
            member_requests.withdraw(work, viewer, last.request_id)
    elif last.name == "unite":
        kept, other = _pair(line)
        separating.separate(work, viewer, scope, kept, other)
    elif accounts(last.name, line.code)[0] != accounts(last.name, line.code)[1]:
        _book(work, line, last.name, -last.amount_fen)
    taken_back = update(_done).where(_done.c.remedy_id == last.remedy_id)
    work.connection.execute(taken_back.values(undone_by=viewer.login, undone_at_ms=work.now_ms))
    about, store_id = f"exception:{exception_id.hex}", line.store_id
    audit.note(work, viewer, "remedy_undone", about, {"remedy": last.name}, {}, store_id=store_id)
    inbox.reopen_by(work, viewer, scope, exception_id)


def claims(connection: Connection, scope: Scope) -> list[tuple[str, str, int]]:
    """(code, name, fen) of what stores owe the chain for exceptions, most first."""
    stores = tables.stores.c
    total = func.sum(_done.c.amount_fen)
    rows = connection.execute(
        select(stores.code, stores.name, total)
        .select_from(_done)
        .join(tables.stores, stores.store_id == _done.c.store_id)
        .where(_done.c.name == "store_pays", _done.c.undone_at_ms.is_(None), *scope.condition(_done.c.store_id))
        .group_by(stores.code, stores.name)
        .order_by(total.desc())
    )
    return [(code, name, int(fen)) for code, name, fen in rows]
