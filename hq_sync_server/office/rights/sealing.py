"""Sealing an epoch: the holder is declared gone, its rest comes home by W, and what it might still spend is listed.

Called by healing, re-enrolment and write-off, and by intake for what a sealed epoch's holder still reports. Nothing is
ever taken back on expiry alone: somebody has said that the disk is gone.
"""

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from hq_sync_server.office.books import placing
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.desk import Work
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import home_tokens
from hq_sync_server.records import bulk, tables
from shared_models.bodies import EpochSealed
from shared_models.postings import lot_account
from shared_models.sales import LotAmount

LOTS_IN_ONE_FACT_MAX = 1000


class Exposure(Struct, frozen=True, kw_only=True, omit_defaults=True):
    """What a holder still has out: what its disk, if it lives after all, could spend a second time."""

    principal_fen: int = 0
    bonus_fen: int = 0
    points: int = 0
    uses: int = 0
    risk_fen: int = 0
    tokens: int = 0
    members: int = 0

    @property
    def amount_fen(self) -> int:
        """What of it is money of the members."""
        return self.principal_fen + self.bonus_fen

    @property
    def is_nothing(self) -> bool:
        """Whether nothing is out."""
        return not (self.amount_fen or self.points or self.uses or self.risk_fen or self.tokens)


@dataclass(frozen=True, slots=True)
class Rest:
    """The rest of a holder, lot by lot, and the tokens it owns."""

    lots: tuple[LotAmount, ...]
    tokens: tuple[UUID, ...]
    token_subjects: frozenset[UUID]

    def exposure(self) -> Exposure:
        """Its sums."""
        sums: dict[str, int] = {}
        for part in self.lots:
            account = lot_account(part.lot)
            sums[account] = sums.get(account, 0) + part.amount
        return Exposure(
            principal_fen=sums.get("principal", 0),
            bonus_fen=sums.get("bonus", 0),
            points=sums.get("points", 0),
            uses=sums.get("uses", 0),
            risk_fen=sums.get("risk", 0),
            tokens=len(self.tokens),
            members=len({part.subject for part in self.lots} | self.token_subjects),
        )


def rest_of(connection: Connection, till_id: UUID, epoch: int) -> Rest:
    """What a holder has out: O of every lot, and its unspent tokens."""
    holders, tokens = tables.holders.c, tables.tokens.c
    outside = (
        holders.granted + holders.credited + holders.risk + holders.loss
        - holders.spent - holders.released - holders.taken_back
    )  # fmt: skip
    lots = connection.execute(
        select(holders.subject, holders.lot, outside)
        .where(holders.till_id == till_id, holders.epoch == epoch, outside > 0)
        .order_by(holders.subject, holders.lot)
    ).all()
    owned = connection.execute(
        select(tokens.token, tokens.kind, tokens.subject)
        .where(tokens.owner_till_id == till_id, tokens.owner_epoch == epoch, tokens.spent_entry_id.is_(None))
        .order_by(tokens.token)
    ).all()
    return Rest(
        tuple(LotAmount(*row) for row in lots),
        tuple(row.token for row in owned),
        frozenset(row.subject for row in owned if row.subject is not None and row.kind == "coupon"),
    )


def seal(work: Work, till: Till, epoch: int, *, by: str, reason: str) -> Exposure:
    """Close an epoch of a till: its rest by W to F, its tokens to HQ, all of it listed as exposure; done once. What
    arrives of it later is taken as facts, and changes nobody's rights."""
    heads = tables.heads
    here = (heads.c.till_id == till.till_id) & (heads.c.epoch == epoch)
    head = work.connection.execute(select(heads).where(here).with_for_update()).one()
    if head.status == "sealed":
        return Exposure()
    rest = rest_of(work.connection, till.till_id, epoch)
    books = Books(work, till.till_id, epoch, till.store_id)
    _open_for(books, rest)
    take_back(books, rest.lots, last_seq=head.seq, reason=reason)
    for token in rest.tokens:
        page = books.tokens[token]
        page.owner_till_id, page.owner_epoch = None, 0
        page.version += 1
        books.token(page)
    moved_home = any(books.tokens[token].kind == "home" for token in rest.tokens)
    exposure = rest.exposure()
    if not exposure.is_nothing:
        books.note(_exposure_note(till.till_id, epoch, head.seq, exposure, reason))
    books.close()
    work.connection.execute(
        update(heads).where(here).values(status="sealed", sealed_at_ms=work.now_ms, sealed_by=by, sealed_reason=reason)
    )
    _take_refund_rights(work, till.till_id, epoch)
    if moved_home:
        home_tokens.republish(work, [till.store_id])
    placing.forget_till(books, till.till_id)
    return exposure


def take_back(books: Books, lots: Sequence[LotAmount], *, last_seq: int, reason: str) -> None:
    """W of the books' holder for these lots, as facts of HQ's; a fact of its own even when nothing was out."""
    for begin in range(0, max(len(lots), 1), LOTS_IN_ONE_FACT_MAX):
        some = tuple(lots[begin : begin + LOTS_IN_ONE_FACT_MAX])
        members = sorted({part.subject for part in some if part.subject in books.members})
        books.record(
            EpochSealed(
                head=books.head(*members),
                till_id=books.till_id,
                epoch=books.epoch,
                last_seq=last_seq,
                taken_back=some,
                reason=reason,
            )
        )


def sweep(books: Books, last_seq: int) -> None:
    """After a late batch of a sealed epoch: what its holder has out by it goes to F at once."""
    lots = [
        LotAmount(subject, lot, page.outside)
        for (subject, lot), page in sorted(books.holders.items())
        if page.outside > 0
    ]
    if lots:
        take_back(books, lots, last_seq=last_seq, reason="late")


def _open_for(books: Books, rest: Rest) -> None:
    campaigns = {part.subject for part in rest.lots if lot_account(part.lot) == "uses"}
    members: Collection[UUID] = {part.subject for part in rest.lots} - campaigns | rest.token_subjects
    books.open(members, rest.tokens)
    books.open_campaigns(campaigns)


def _exposure_note(till_id: UUID, epoch: int, seq: int, exposure: Exposure, reason: str) -> Note:
    told: dict[str, str | int] = {
        "reason": reason,
        "principal_fen": exposure.principal_fen,
        "bonus_fen": exposure.bonus_fen,
        "points": exposure.points,
        "tokens": exposure.tokens,
        "members": exposure.members,
    }
    return Note("exposure", till_id=till_id, epoch=epoch, seq=seq, amount=exposure.amount_fen, unit="fen", told=told)


def _take_refund_rights(work: Work, till_id: UUID, epoch: int) -> None:
    """The rights to refund the epoch's sales are HQ's from now on, whichever branch they were made on."""
    entries = tables.entries.c
    through = work.connection.scalar(
        select(func.max(entries.seq)).where(entries.till_id == till_id, entries.epoch == epoch)
    )
    columns = ("till_id", "epoch", "through_seq")
    bulk.upsert(work.connection, tables.refund_ranges, columns, [(till_id, epoch, through or 0)])
