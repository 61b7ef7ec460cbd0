"""Writing off what a lost till holds: its rights come home although it never released them.

Only when it can no longer spend them: its key is revoked, and the lease and a week more are over since HQ heard it
last. What it might still have spent is listed as exposure; should it come back, its facts are taken all the same.
Called by the commands and the console.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, select, update

from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches
from hq_sync_server.office.organisation import tills
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import home_tokens, sealing
from hq_sync_server.office.rights.sealing import Exposure
from hq_sync_server.office.rules import rule_configs
from hq_sync_server.records import tables
from shared_models.moments import DAY_MS
from shared_models.refusals import Refusal

DAYS_AFTER_LEASE = 7
"""A till's clock may be slow, and its last word may have been on its way."""


class WriteOffEffect(Struct, frozen=True, kw_only=True):
    """What a write-off does, told before it is done: rights that come home, and sales HQ may never hear of."""

    till_id: UUID
    epochs: tuple[int, ...]
    exposure: Exposure
    last_seen_ms: int
    possible_from_ms: int
    revoked: bool
    waiting_entries: int
    waiting_fen: int


def effect(connection: Connection, till_id: UUID) -> WriteOffEffect:
    """What writing this till off would do. Refuses `till_unknown`."""
    till = tills.find(connection, till_id)
    if till is None:
        raise Refusal("till_unknown")
    epochs = branches.unsealed(connection, till_id, till.epoch + 1 if till.revoked else till.epoch)
    lanes = tables.lanes.c
    lane = connection.execute(
        select(lanes.last_seen_ms, lanes.waiting_entries, lanes.waiting_fen).where(lanes.till_id == till_id)
    ).one()
    last_seen_ms = max((_last_heard_ms(connection, till, epoch, lane.last_seen_ms) for epoch in epochs), default=0)
    last_seen_ms = last_seen_ms or lane.last_seen_ms
    days = rule_configs.longest_lease_days(connection, till.store_id) + DAYS_AFTER_LEASE
    exposures = [sealing.rest_of(connection, till_id, epoch).exposure() for epoch in epochs]
    return WriteOffEffect(
        till_id=till_id,
        epochs=tuple(epochs),
        exposure=together(exposures),
        last_seen_ms=last_seen_ms,
        possible_from_ms=last_seen_ms + days * DAY_MS,
        revoked=till.revoked,
        waiting_entries=lane.waiting_entries if till.revoked else 0,
        waiting_fen=lane.waiting_fen if till.revoked else 0,
    )


def write_off(work: Work, till_id: UUID, by: str) -> WriteOffEffect:
    """Take home what a lost till holds, and what holders of its earlier epochs hold. Refuses `till_unknown`,
    `till_written_off`, `till_not_revoked(last_seen_ms)` while it may still speak, and
    `till_seen_recently(last_seen_ms, possible_from_ms)` while it may still spend."""
    told = effect(work.connection, till_id)
    check(told, work.now_ms)
    till = tills.find(work.connection, till_id)
    assert till is not None, "its effect was just told"
    for epoch in told.epochs:
        sealing.seal(work, till, epoch, by=by, reason="written_off")
    if till.revoked:
        table = tables.tills
        work.connection.execute(update(table).where(table.c.till_id == till_id).values(status="written_off"))
        _let_others_be_home(work, till)
    return told


def _let_others_be_home(work: Work, till: Till) -> None:
    """Nobody waits for a lost till to redeem the store's printed coupons: whichever asks first may, until HQ says."""
    wishes = tables.home_tills
    here = (wishes.c.store_id == till.store_id) & (wishes.c.wanted_till_id == till.till_id)
    if work.connection.execute(update(wishes).where(here).values(wanted_till_id=None)).rowcount:
        home_tokens.republish(work, [till.store_id])


def check(told: WriteOffEffect, now_ms: int) -> None:
    """Why a till cannot be written off now, if so; refuses as `write_off` does, and changes nothing."""
    if not told.epochs:
        raise Refusal("till_written_off" if told.revoked else "till_not_revoked", last_seen_ms=told.last_seen_ms)
    if now_ms < told.possible_from_ms:
        raise Refusal("till_seen_recently", last_seen_ms=told.last_seen_ms, possible_from_ms=told.possible_from_ms)


def _last_heard_ms(connection: Connection, till: Till, epoch: int, lane_seen_ms: int) -> int:
    """When the holder of an epoch was heard last, at the latest: on its lane, or when it was given its key, and not
    after that was taken away."""
    keys = tables.till_keys.c
    valid_from_ms, revoked_at_ms = connection.execute(
        select(keys.valid_from_ms, keys.revoked_at_ms)
        .where(keys.till_id == till.till_id, keys.from_epoch <= epoch)
        .order_by(keys.from_epoch.desc())
        .limit(1)
    ).one()
    heard_ms = max(lane_seen_ms, valid_from_ms)
    return int(heard_ms if revoked_at_ms is None else min(heard_ms, revoked_at_ms))


def together(exposures: list[Exposure]) -> Exposure:
    """The sums of several holders."""
    return Exposure(
        principal_fen=sum(one.principal_fen for one in exposures),
        bonus_fen=sum(one.bonus_fen for one in exposures),
        points=sum(one.points for one in exposures),
        uses=sum(one.uses for one in exposures),
        risk_fen=sum(one.risk_fen for one in exposures),
        tokens=sum(one.tokens for one in exposures),
        members=sum(one.members for one in exposures),
    )
