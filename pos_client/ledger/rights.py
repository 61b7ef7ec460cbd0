"""Rights to spend at this till: counters per subject, lot and epoch, changed only together with the entry that says so.

The arithmetic is `shared_models.rights`; here is what the till holds on disk, and the guard that every spend passes.
"""

import sqlite3
from collections.abc import Callable, Iterable
from uuid import UUID

from msgspec import Struct
from sqlalchemy import ColumnElement, bindparam, case, func, insert, literal_column, select, update

from pos_client.ledger.database import Database, prepared
from pos_client.ledger.tables import rights, targets
from shared_models.bodies import Body, OrderTaken, PointsExchange, RightsAdopted, Sale, TopUpCancelled, Withdrawal
from shared_models.postings import lot_account
from shared_models.refusals import Refusal
from shared_models.rights import Counters, RightsMove, is_expired, rights_moves
from shared_models.sales import LotAmount

SPENDING = (Sale, OrderTaken, TopUpCancelled, Withdrawal, PointsExchange)
"""Where S is a member spending. A refund's clawback is not: it must never be refused."""

_HERE = (
    (rights.c.subject == bindparam("at_subject"))
    & (rights.c.epoch == bindparam("at_epoch"))
    & (rights.c.lot == bindparam("at_lot"))
)
_COUNTERS = (rights.c.granted, rights.c.credited, rights.c.risk, rights.c.spent, rights.c.released)
_AVAILABLE = rights.c.granted + rights.c.credited + rights.c.risk - rights.c.spent - rights.c.released
_NOTHING: ColumnElement[int] = literal_column("0")  # written out: SQLite's partial index is not used for a parameter
_SELECT = prepared(select(*_COUNTERS).where(_HERE))
_INSERT = prepared(insert(rights))
_UPDATE = prepared(update(rights).where(_HERE).values({column.name: bindparam(column.name) for column in _COUNTERS}))


_OF_SUBJECT = prepared(
    select(rights.c.lot, *_COUNTERS).where(
        rights.c.subject == bindparam("subject"), rights.c.epoch == bindparam("epoch")
    )
)
_EXPIRED = (rights.c.lot >= bindparam("points")) & (rights.c.lot < bindparam("points_of_month"))
_TARGET = case((_EXPIRED, _NOTHING), else_=func.coalesce(targets.c.amount, _NOTHING))
_ABOVE_TARGET = prepared(
    select(rights.c.subject, rights.c.lot, _AVAILABLE - _TARGET)
    .select_from(rights.outerjoin(targets, (targets.c.subject == rights.c.subject) & (targets.c.lot == rights.c.lot)))
    .where(rights.c.epoch == bindparam("epoch"), _AVAILABLE > _NOTHING, _AVAILABLE > _TARGET)
    .order_by(rights.c.subject, rights.c.lot)
)


ENROL_AGAIN = frozenset({"epoch_closed", "till_revoked", "chain_broken"})
"""Frozen for these, a till comes back only by being enrolled again."""


def refund_doubted(reason: str, receipt_number: str) -> Refusal:
    """A frozen till's refusal of a refund that a copy of it may have paid: a manager's step helps, or only a code."""
    if reason in ENROL_AGAIN:
        return Refusal("refund_shut_out", reason=reason, receipt_number=receipt_number, who="hq")
    return Refusal("refund_frozen", reason=reason, receipt_number=receipt_number, who="manager")


class Guard(Struct, frozen=True):
    """What forbids spending now: frozen rights (the reason, or '') and a lease that has run out. `frozen_seq`: the last
    entry from before the rights froze, which a copy of this till may have too."""

    frozen: str
    lease_over: Callable[[], bool]
    frozen_seq: int = 0

    def allow_spending(self) -> None:
        """Refuses `rights_frozen(reason)` or `lease_over`."""
        if self.frozen:
            raise Refusal("rights_frozen", reason=self.frozen)
        if self.lease_over():
            raise Refusal("lease_over")

    def doubts(self, own_seq: int | None) -> str:
        """Why the right to refund a sale may be at another disk too, where it may; '' for a sale that this till made
        (its place in the present epoch, else None) since its rights froze: no copy has that, unless another one goes on
        as this till and HQ has given the right to somebody else."""
        is_ours_alone = own_seq is not None and own_seq > self.frozen_seq and self.frozen not in ENROL_AGAIN
        return "" if is_ours_alone else self.frozen


def apply(driver: sqlite3.Connection, epoch: int, body: Body, guard: Guard) -> None:
    """What an entry does to the counters. Refuses `rights_short(subject, lot, wanted, available)` and what the guard
    or an expired lot forbids."""
    if isinstance(body, RightsAdopted):
        for grant in body.grants:
            _adopt(driver, epoch, grant.subject, grant.lot, grant.granted_total)
        return
    moves = rights_moves(body)
    if not moves:
        return
    if isinstance(body, SPENDING):
        _allow(moves, body.head.business_date, guard)
    gathered: dict[tuple[UUID, str], dict[str, int]] = {}
    for move in moves:
        if move.amount < 0:
            raise ValueError("a counter only grows")
        sums = gathered.setdefault((move.subject, move.lot), {"T": 0, "K": 0, "S": 0, "R": 0})
        sums[move.counter] += move.amount
    for (subject, lot), sums in gathered.items():
        _raise(driver, epoch, subject, lot, sums)


def _allow(moves: Iterable[RightsMove], business_date: str, guard: Guard) -> None:
    spends = [move for move in moves if move.counter == "S" and lot_account(move.lot) != "risk"]
    if spends:
        guard.allow_spending()
    for move in spends:
        if is_expired(move.lot, business_date):
            raise Refusal("lot_expired", subject=move.subject.hex, lot=move.lot)


def _raise(driver: sqlite3.Connection, epoch: int, subject: UUID, lot: str, sums: dict[str, int]) -> None:
    """Raise the till's own counters of one lot by `sums`."""
    held = _read(driver, epoch, subject, lot)
    before = held or Counters()
    wanted = sums["S"] + sums["R"]
    at_hand = before.available + sums["T"] + sums["K"]
    if wanted > at_hand:
        raise Refusal("rights_short", subject=subject.hex, lot=lot, wanted=wanted, available=at_hand)
    after = Counters(
        granted=before.granted,
        credited=before.credited + sums["T"],
        risk=before.risk + sums["K"],
        spent=before.spent + sums["S"],
        released=before.released + sums["R"],
    )
    _write(driver, epoch, subject, lot, after, known=held is not None)


def _adopt(driver: sqlite3.Connection, epoch: int, subject: UUID, lot: str, granted_total: int) -> None:
    """G is absolute and only grows: an older figure changes nothing."""
    held = _read(driver, epoch, subject, lot)
    before = held or Counters()
    if granted_total > before.granted:
        after = Counters(granted_total, before.credited, before.risk, before.spent, before.released)
        _write(driver, epoch, subject, lot, after, known=held is not None)


def _read(driver: sqlite3.Connection, epoch: int, subject: UUID, lot: str) -> Counters | None:
    row = driver.execute(_SELECT, {"at_subject": subject.bytes, "at_epoch": epoch, "at_lot": lot}).fetchone()
    return Counters(*row) if row else None


def _write(driver: sqlite3.Connection, epoch: int, subject: UUID, lot: str, after: Counters, *, known: bool) -> None:
    figures = {
        "granted": after.granted,
        "credited": after.credited,
        "risk": after.risk,
        "spent": after.spent,
        "released": after.released,
    }
    if known:
        driver.execute(_UPDATE, {**figures, "at_subject": subject.bytes, "at_epoch": epoch, "at_lot": lot})
    else:
        driver.execute(_INSERT, {**figures, "subject": subject.bytes, "epoch": epoch, "lot": lot})


def counters_of(database: Database, epoch: int, subjects: Iterable[UUID]) -> dict[tuple[UUID, str], Counters]:
    """All counters of these subjects in this epoch."""
    found: dict[tuple[UUID, str], Counters] = {}
    for subject in subjects:
        for lot, *figures in database.rows(_OF_SUBJECT, {"subject": subject.bytes, "epoch": epoch}):
            found[subject, lot] = Counters(*figures)
    return found


def above_target(
    database: Database, epoch: int, except_subjects: Iterable[UUID], business_date: str
) -> list[LotAmount]:
    """What is held beyond the target of its lot (0 where none is set), and all that is left of expired lots."""
    spared = {subject.bytes for subject in except_subjects}
    months = {"points": "points:", "points_of_month": f"points:{business_date[:7]}"}
    rows = database.rows(_ABOVE_TARGET, {"epoch": epoch, **months})
    return [LotAmount(UUID(bytes=subject), lot, surplus) for subject, lot, surplus in rows if subject not in spared]
