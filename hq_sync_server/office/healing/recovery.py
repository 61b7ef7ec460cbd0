"""HQ restored from its backup: what it lent since is lost, so it lends nothing until every till has been heard.

`begin` opens a recovery: HQ's epoch grows, all lots are recovering, every enrolled till is awaited. Tills deliver their
entries again and report what they hold (`belief`, `recovery_reports`). When the last has reported, or a manager has
excused it, the recovery ends in one step: only what is still negative then is made good, on the chain's account. Made
good at each report it would mint: what one till was given, another may have given back
(docs/decisions/0016-hq-restored.md).

For the commands, the console and the start of HQ.
"""

from uuid import UUID

from msgspec import Struct
from sqlalchemy import Connection, func, select, update

from hq_sync_server.office.books import shelves
from hq_sync_server.office.books.books import Books
from hq_sync_server.office.books.pages import LotKey, Note
from hq_sync_server.office.desk import Work
from hq_sync_server.office.healing import lost_tills
from hq_sync_server.office.members import forgetting, uniting
from hq_sync_server.office.organisation import chain, feed, tills
from hq_sync_server.office.organisation.tills import Till
from hq_sync_server.office.rights import belief, coupon_keys, home_tokens, orders, refund_rights
from hq_sync_server.office.signing import certificates
from hq_sync_server.office.signing.certificates import TillCertificate
from hq_sync_server.records import bulk, office_tables, statements, tables
from hq_sync_server.records.placement_tables import placements, risks
from shared_models.bodies import BalanceAdjusted, OpeningLot
from shared_models.postings import lot_account
from shared_models.refusals import Refusal


class AwaitedTill(Struct, frozen=True, kw_only=True):
    """A till in a recovery. Reported: `reported_at_ms`; excused: by whom; else HQ awaits it."""

    till_id: UUID
    label: str
    last_seen_ms: int
    entries_here: int
    reported_at_ms: int | None
    excused_by: str


class RecoveryState(Struct, frozen=True, kw_only=True):
    """How a recovery stands. Not `is_open`: only excused tills have not come back yet. The amounts are what is negative
    now; what of it is still negative at the end the chain answers for."""

    hq_epoch: int
    is_open: bool
    since_ms: int
    tills: tuple[AwaitedTill, ...]
    negative_lots: int
    negative_fen: int
    negative_points: int

    @property
    def awaited(self) -> tuple[AwaitedTill, ...]:
        """Whom the recovery waits for."""
        return tuple(till for till in self.tills if till.reported_at_ms is None and not till.excused_by)


class ExcuseEffect(Struct, frozen=True, kw_only=True):
    """What excusing a till may cost: what it held when the backup was made (of what it was given since nothing is
    known), and what would be made good at once because nobody else is awaited."""

    held_fen: int
    held_points: int
    held_tokens: int
    is_last: bool
    made_good_fen: int
    made_good_points: int


def begin(work: Work, seen: int = 0) -> int:
    """These records came from a backup: HQ's new epoch, above any that was `seen`. Once more is no harm, but everybody
    is awaited anew."""
    connection = work.connection
    number, newest = work.keys.mark()
    chain.set_setting(work, chain.feed_kept(work.hq_epoch), str(feed.newest_position(connection)))
    work.hq_epoch = max(work.hq_epoch, newest, seen) + 1
    work.recovering = True
    chain.set_setting(work, chain.HQ_EPOCH, str(work.hq_epoch))
    chain.set_setting(work, chain.RECOVERING, str(work.now_ms))
    chain.set_setting(work, chain.COPIED_AT_MS, "")
    work.keys.set_mark(number, work.hq_epoch)
    connection.execute(update(tables.subject_lots).values(recovering=True))
    connection.execute(update(placements).values(told=0, due=True))  # tills drop their targets too, and hear them anew
    lost_tills.take_in_again(work)
    active = connection.scalars(select(tables.tills.c.till_id).where(tables.tills.c.status == "active")).all()
    for till_id in active:
        await_till(work, till_id)
    revoked = work.keys.revoked()
    for till_id in active:
        till = tills.find(connection, till_id)
        if till is not None and till.public_key in revoked:
            tills.revoke(work, till_id)
    forgetting.forget_again(work)
    coupon_keys.publish(work)
    shelves.write_notes(connection, [Note("hq_restored", told={"hq_epoch": work.hq_epoch})], work.ids, work.now_ms)
    finish_when_all_are_heard(work)
    return work.hq_epoch


def await_till(work: Work, till_id: UUID) -> None:
    """HQ has yet to hear what this till holds."""
    columns = ("hq_epoch", "till_id", "excused_by")
    bulk.upsert(work.connection, tables.recoveries, columns, [(work.hq_epoch, till_id, "")], changes="nothing")


def come_back(work: Work, certificate: bytes) -> int:
    """A till HQ does not know showed HQ's own signature: it is taken in again, and awaited. HQ's epoch. Refuses
    `certificate_wrong`."""
    says = certificates.read(work.keys, certificate)
    if says is None:
        raise Refusal("certificate_wrong")
    known = tills.find(work.connection, says.till_id)
    if known is not None:
        notice(work, says, known)
    elif says.issued_at_ms > _restored_last_ms(work.connection):
        begin(work)  # HQ enrolled it since, and does not know it: nobody has told it that it was restored
    if lost_tills.know_again(work, says, certificate):  # unless it stood in the list beside HQ's keys
        await_till(work, says.till_id)
    return work.hq_epoch


def notice(work: Work, says: TillCertificate, known: Till) -> None:
    """HQ gave this till a key that it does not know any more: nobody has told it that it was restored."""
    if lost_tills.has_newer_key(says, known) and not shelves.is_awaited(work.connection, work.hq_epoch, says.till_id):
        begin(work)


def _restored_last_ms(connection: Connection) -> int:
    """When HQ noticed last that it came from a backup; 0 for never."""
    noted = office_tables.exceptions.c
    asked = select(func.max(noted.raised_at_ms)).where(noted.code == "hq_restored")
    return int(connection.scalar(asked) or 0)


def excuse_effect(connection: Connection, till_id: UUID) -> ExcuseEffect:
    """What excusing this till may cost. Refuses `till_not_awaited`."""
    found = state(connection)
    if found is None or till_id not in {till.till_id for till in found.awaited}:
        raise Refusal("till_not_awaited")
    holders = tables.holders.c
    out = (
        holders.granted + holders.credited + holders.risk + holders.loss
        - holders.spent - holders.released - holders.taken_back
    )  # fmt: skip
    held = connection.execute(
        select(holders.lot, func.sum(out)).where(holders.till_id == till_id).group_by(holders.lot)
    )
    held_fen = held_points = 0
    for lot, amount in held:
        if lot_account(lot) == "points":
            held_points += int(amount)
        elif lot_account(lot) != "uses":
            held_fen += int(amount)
    tokens = tables.tokens.c
    owned = select(func.count()).where(tokens.owner_till_id == till_id, tokens.spent_entry_id.is_(None))
    is_last = len(found.awaited) == 1
    return ExcuseEffect(
        held_fen=held_fen,
        held_points=held_points,
        held_tokens=connection.scalar(owned) or 0,
        is_last=is_last,
        made_good_fen=found.negative_fen if is_last else 0,
        made_good_points=found.negative_points if is_last else 0,
    )


def excuse(work: Work, till_id: UUID, by: str) -> None:
    """The recovery goes on without this till: what it held may be lent again, on the chain's account. Refuses
    `till_not_awaited`."""
    effect = excuse_effect(work.connection, till_id)
    rows = tables.recoveries
    work.connection.execute(
        update(rows)
        .where(rows.c.hq_epoch == work.hq_epoch, rows.c.till_id == till_id)
        .values(excused_by=by, excused_at_ms=work.now_ms)
    )
    told: dict[str, str | int] = {"by": by, "points": effect.held_points, "tokens": effect.held_tokens}
    note = Note("till_excused", till_id=till_id, amount=effect.held_fen, unit="fen", told=told)
    shelves.write_notes(work.connection, [note], work.ids, work.now_ms)
    finish_when_all_are_heard(work)


def finish_when_all_are_heard(work: Work) -> bool:
    """End the recovery if nobody is awaited any more; whether it ended."""
    if not work.recovering:
        return False
    if work.connection.dialect.name == "postgresql":  # whoever works meanwhile is done first (`desk`)
        statements.run(work.connection, "SELECT value FROM chain_settings WHERE name = 'recovering' FOR UPDATE")
    awaited = "SELECT 1 FROM recoveries WHERE hq_epoch = ? AND reported_at_ms IS NULL AND excused_by = '' LIMIT 1"
    if statements.run(work.connection, awaited, (work.hq_epoch,)).first() is not None:
        return False
    _make_good(work)
    refund_rights.name_unnamed(work)
    orders.name_unknown(work)
    work.connection.execute(update(tables.subject_lots).values(recovering=False))
    chain.set_setting(work, chain.RECOVERING, "")
    work.recovering = False
    home_tokens.republish_all(work)
    return True


def _make_good(work: Work) -> None:
    """Everybody was heard: what is negative now has no other explanation. Ids of one person help each other first. What
    is owed is paid at the end, for nothing could be debited meanwhile."""
    books = Books(work)
    short = _negative(work.connection)
    members = shelves.known_members(work.connection, {subject for subject, _lot in short})
    aliases = _aliases_with_something_free(work.connection)
    owing = _owing(work.connection)
    books.open(members | aliases | owing)
    books.open_campaigns({subject for subject, _lot in short} - members)
    work.recovering = False
    for page in books.lots.values():
        page.recovering = False
    for alias_id in sorted(aliases):
        uniting.move_free(books, alias_id)
    for key in sorted(short):
        if key[0] in members:
            _help_out(books, key)
        missing = -books.lots[key].free
        if missing > 0:
            belief.answer_for(books, key, missing, "restored")
            unit = {"points": "points", "uses": "uses"}.get(lot_account(key[1]), "fen")
            books.note(Note("exposure_restored", subject=key[0], amount=missing, unit=unit, told={"lot": key[1]}))
    books.placed.renew.update(owing)
    books.close()


def _help_out(books: Books, key: LotKey) -> None:
    """The same lot under another id of this person: who was united with whom may have come out the other way round."""
    subject, lot = key
    person = books.canonical(subject)
    for page in (person, *books.aliases_of(person.member_id)):
        other = books.lots.get((page.member_id, lot))
        moved = 0 if other is None else min(other.free, -books.lots[key].free)
        if moved > 0:
            for member_id, amount in ((page.member_id, -moved), (subject, moved)):
                lots = (OpeningLot(lot=lot, amount=amount),)
                head = books.head(member_id)
                books.record(BalanceAdjusted(head=head, member_id=member_id, lots=lots, reason="one_person"))


def _negative(connection: Connection) -> set[LotKey]:
    lots = tables.subject_lots.c
    found = connection.execute(select(lots.subject, lots.lot).where(lots.free < 0))
    return {(row.subject, row.lot) for row in found}


def _aliases_with_something_free(connection: Connection) -> set[UUID]:
    members, lots = tables.members.c, tables.subject_lots.c
    query = (
        select(members.member_id)
        .join(tables.subject_lots, lots.subject == members.member_id)
        .where(members.member_id != members.canonical_id, lots.free > 0)
    )
    return set(connection.scalars(query))


def _owing(connection: Connection) -> set[UUID]:
    """Who was lent something above the rights that is still open, or of whom some of it came home."""
    lots = tables.subject_lots.c
    open_now = select(risks.c.member_id).where(risks.c.open_fen != 0)
    home = select(lots.subject).where(lots.lot.like("risk:%"), lots.free > 0)
    return set(connection.scalars(open_now)) | set(connection.scalars(home))


def is_open(connection: Connection) -> bool:
    """Whether HQ still recovers from a backup."""
    return bool(chain.setting(connection, chain.RECOVERING))


def state(connection: Connection) -> RecoveryState | None:
    """How the recovery stands; None when there is none and nobody is to come back."""
    hq_epoch = int(chain.setting(connection, chain.HQ_EPOCH, "1"))
    since = chain.setting(connection, chain.RECOVERING)
    awaited = _awaited_tills(connection, hq_epoch)
    if not since and all(till.reported_at_ms is not None for till in awaited):
        return None
    sums = {"fen": 0, "points": 0}
    lots = tables.subject_lots.c
    negative = connection.execute(select(lots.lot, lots.free).where(lots.free < 0)).all()
    for lot, free in negative:
        if lot_account(lot) != "uses":
            sums["points" if lot_account(lot) == "points" else "fen"] -= free
    return RecoveryState(
        hq_epoch=hq_epoch,
        is_open=bool(since),
        since_ms=int(since or 0),
        tills=awaited,
        negative_lots=len(negative),
        negative_fen=sums["fen"],
        negative_points=sums["points"],
    )


def _awaited_tills(connection: Connection, hq_epoch: int) -> tuple[AwaitedTill, ...]:
    rows, t, s = tables.recoveries.c, tables.tills, tables.stores
    query = (
        select(
            rows.till_id, rows.reported_at_ms, rows.excused_by, s.c.code, t.c.number,
            tables.lanes.c.last_seen_ms, tables.heads.c.seq,
        )
        .join(t, t.c.till_id == rows.till_id)
        .join(s, s.c.store_id == t.c.store_id)
        .join(tables.lanes, tables.lanes.c.till_id == rows.till_id)
        .join(tables.heads, (tables.heads.c.till_id == rows.till_id) & (tables.heads.c.epoch == t.c.epoch))
        .where(rows.hq_epoch == hq_epoch)
        .order_by(s.c.code, t.c.number)
    )  # fmt: skip
    return tuple(
        AwaitedTill(
            till_id=row.till_id,
            label=f"{row.code}/{row.number}",
            last_seen_ms=row.last_seen_ms,
            entries_here=row.seq,
            reported_at_ms=row.reported_at_ms,
            excused_by=row.excused_by,
        )
        for row in connection.execute(query)
    )
