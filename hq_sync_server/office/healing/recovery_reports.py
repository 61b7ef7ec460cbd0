"""A till's report to an HQ that was restored from a backup: what it holds, page by page, all its entries delivered.

Its entries have said most of it already (`belief`); the report says it whole, and that it is whole. Called by the
control lane.
"""

from uuid import UUID

from sqlalchemy import update

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.member_lots import AMOUNT_MAX, is_lot
from hq_sync_server.office.books.pages import Note
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import branches, recovery
from hq_sync_server.office.healing.lane import Lane
from hq_sync_server.office.rights import belief, sealing
from hq_sync_server.records import tables
from shared_models.bodies import GrantAdopted
from shared_models.postings import lot_account
from shared_models.sync import REPORT_LOTS_MAX, CountersReport, LanePosition, LotCounters


def take(work: Work, lane: Lane, position: LanePosition, report: CountersReport) -> str:
    """Take one page; why not, or ''. With the last page the till has reported, and the recovery may end."""
    if len(report.counters) + len(report.tokens) > 2 * REPORT_LOTS_MAX or any(map(_is_none, report.counters)):
        return "report_wrong"
    books = Books(work, lane.till.till_id, lane.till.epoch, lane.till.store_id)
    if position.hq_epoch != work.hq_epoch or not books.awaited:
        return ""  # it is about another HQ, or was heard already
    is_whole = position.seq == lane.head.seq  # else more was sold meanwhile: the till sends that and says it all again
    grants = [GrantAdopted(subject=one.subject, lot=one.lot, granted_total=one.granted) for one in report.counters]
    campaigns = {grant.subject for grant in grants if lot_account(grant.lot) == "uses"}
    books.open(belief.subjects_of(grants, report.tokens) - campaigns, {move.token for move in report.tokens})
    books.open_campaigns(campaigns)
    belief.grown(books, grants)
    belief.owned(books, report.tokens)
    for counters in report.counters if is_whole else ():
        _compare(books, lane, counters)
    books.close()
    if report.last and is_whole:
        for epoch in branches.unsealed(work.connection, lane.till.till_id, lane.till.epoch):
            sealing.seal(work, lane.till, epoch, by="", reason="restored")  # as before the backup came back
        _reported(work, lane.till.till_id)
        recovery.finish_when_all_are_heard(work)
    return ""


def _is_none(counters: LotCounters) -> bool:
    numbers = (counters.granted, counters.credited, counters.risk, counters.spent, counters.released)
    return not (is_lot(counters.lot) and all(0 <= number < AMOUNT_MAX for number in numbers))


def _compare(books: Books, lane: Lane, told: LotCounters) -> None:
    """What the entries came to must be what the till says it has; a parked entry or a clipped release explains why
    not, and somebody should look."""
    kept = books.holder((told.subject, told.lot))
    same = (kept.credited, kept.risk, kept.spent) == (told.credited, told.risk, told.spent)
    if not same or kept.released > told.released:
        books.note(
            Note(
                "counters_differ",
                till_id=lane.till.till_id,
                epoch=lane.till.epoch,
                seq=lane.head.seq,
                subject=told.subject,
                told={"lot": told.lot},
            )
        )


def _reported(work: Work, till_id: UUID) -> None:
    rows = tables.recoveries
    work.connection.execute(
        update(rows)
        .where(rows.c.hq_epoch == work.hq_epoch, rows.c.till_id == till_id)
        .values(reported_at_ms=work.now_ms)
    )
