"""Healing: a till whose disk went back, or that was copied, ends its epoch and goes on in a new one.

The till has first delivered all that it wrote, as a branch where need be. Then somebody who may, at the till or here,
declares that no other disk of it goes on; HQ goes by that branch, seals the epoch and opens the next. Whoever comes
first continues. Called by the control lane; `open_epoch` by the commands and the console.
"""

from uuid import UUID

from sqlalchemy import Connection, insert, update

from hq_sync_server.office.books import placing
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, lane
from hq_sync_server.office.healing.branches import Link
from hq_sync_server.office.healing.lane import Head, Lane, Reply
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import sealing
from hq_sync_server.office.rights.sealing import Exposure
from hq_sync_server.records import tables
from shared_models.refusals import Refusal
from shared_models.sync import HealRequest, HistoryPage, LanePosition

AS_NEW = {
    "trouble": None,
    "approved_by": "",
    "grant_request": 0,
    "grant_given": None,
    "grant_adopted": True,
    "claimed_request": 0,
    "claimed_seq": 0,
}
"""A lane at the beginning of an epoch."""


def heal(work: Work, lane_now: Lane, request: HealRequest) -> Reply:
    """Open a till's next epoch. `refused`: `epoch_not_open`, `approval_missing`, `nothing_to_heal`; `fork` or
    `rollback` while HQ does not have all of the till's branch."""
    till, position = lane_now.till, request.lane
    if position.epoch != till.epoch:
        return _refused("epoch_not_open")
    if not lane_now.trouble:
        return _refused("nothing_to_heal")
    by = _approver(request, lane_now)
    if not by:
        return _refused("approval_missing")
    end = Link(position.seq, position.head_hash)
    if not branches.knows(work.connection, till.till_id, till.epoch, end):
        return _not_all_here(work, lane_now, position)
    go_by(work, till.till_id, till.epoch, end)
    sealing.seal(work, till, till.epoch, by=by, reason=lane_now.trouble)
    begins = begin_epoch(work, till, till.epoch + 1, end.entry_hash)
    opened = {"opened_epoch": till.epoch + 1, "acked_epoch": till.epoch + 1}
    return Reply({**opened, "trouble": "", "epoch_allowed": False}, begins, dict(AS_NEW))


def open_epoch(work: Work, till_id: UUID, by: str) -> Exposure:
    """Somebody at HQ takes the manager's step for a frozen till: at its next word it may open its new epoch. What its
    present holder has out, and so will be listed as exposure. Refuses `till_unknown`, `till_revoked`,
    `nothing_to_heal`."""
    till = tills.find(work.connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    if till.revoked:
        raise Refusal("till_revoked")
    if not lane.locked(work, till).trouble:
        raise Refusal("nothing_to_heal")
    lanes = tables.lanes
    work.connection.execute(update(lanes).where(lanes.c.till_id == till_id).values(approved_by=by))
    return sealing.rest_of(work.connection, till_id, till.epoch).exposure()


def history(connection: Connection, till: Till, epoch: int, end: Link, after: int) -> HistoryPage:
    """What HQ has of an epoch and the till, whose own part of it ends at `end`, has lost."""
    return branches.lost(connection, till.till_id, epoch, end, after)


def go_by(work: Work, till_id: UUID, epoch: int, end: Link) -> None:
    """Make the end of a branch HQ's head of that epoch."""
    heads = tables.heads
    work.connection.execute(
        update(heads)
        .where(heads.c.till_id == till_id, heads.c.epoch == epoch)
        .values(seq=end.seq, head_hash=end.entry_hash)
    )


def begin_epoch(work: Work, till: Till, epoch: int, genesis_hash: bytes) -> Head:
    """The till's newest epoch from now on, still without an entry."""
    begins = {"head_hash": genesis_hash, "genesis_hash": genesis_hash}
    work.connection.execute(insert(tables.heads).values(till_id=till.till_id, epoch=epoch, seq=0, **begins))
    work.connection.execute(update(tables.tills).where(tables.tills.c.till_id == till.till_id).values(epoch=epoch))
    placing.forget_till(Books(work), till.till_id)
    return Head(0, genesis_hash, genesis_hash)


def _approver(request: HealRequest, lane_now: Lane) -> str:
    if request.approvals:
        return f"till:{request.approvals[0].approver_id}"
    return lane_now.approved_by


def _not_all_here(work: Work, lane_now: Lane, position: LanePosition) -> Reply:
    acked = Link(position.acked_seq, position.acked_hash)
    link = branches.common(work.connection, lane_now.till.till_id, lane_now.till.epoch, [acked])
    outcome = "rollback" if link is not None and position.seq < lane_now.head.seq else "fork"
    return Reply({"outcome": outcome, **lane.told_common(link)})


def _refused(code: str) -> Reply:
    return Reply({"outcome": "refused", "refusal": code})
