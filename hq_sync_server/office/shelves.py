"""Reading pages from the records and writing them back, many at a time. For `books` alone."""

from collections.abc import Collection, Iterable
from typing import Any
from uuid import UUID

import msgspec
from sqlalchemy import Column, Connection, select

from hq_sync_server.office.pages import HolderPage, LotKey, LotPage, MemberPage, Note, Profile, TokenPage
from hq_sync_server.records import bulk, office_tables, tables
from shared_models.ids import IdSource

_profile_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()
EMPTY_PROFILE = _encoder.encode(Profile())

_MEMBER_COLUMNS = (
    "member_id",
    "canonical_id",
    "status",
    "profile",
    "phone_lookup",
    "phone_sealed",
    "points_debt",
    "bonus_debt_fen",
    "visits",
    "last_visit_date",
    "last_store_id",
    "registered_at_ms",
)


def _rows(connection: Connection, table: Any, key: Column[Any], values: Collection[Any], *names: str) -> Iterable[Any]:
    """The named columns of all rows whose key is among the values, in chunks."""
    columns = [table.c[name] for name in names]
    for some in bulk.chunks(list(values)):
        yield from connection.execute(select(*columns).where(bulk.among(connection, key, some)))


def known_members(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those among the ids whom HQ has heard of."""
    members = tables.members
    found: set[UUID] = set()
    for some in bulk.chunks(list(ids)):
        found.update(
            connection.execute(
                select(members.c.member_id).where(bulk.among(connection, members.c.member_id, some))
            ).scalars()
        )
    return found


def group_of(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """These members and all who are united with them."""
    members = tables.members
    found: set[UUID] = set(ids)
    for some in bulk.chunks(list(ids)):
        canonical = select(members.c.canonical_id).where(bulk.among(connection, members.c.member_id, some))
        found.update(
            connection.execute(select(members.c.member_id).where(members.c.canonical_id.in_(canonical))).scalars()
        )
        found.update(connection.execute(canonical).scalars())
    return found


def lock_members(connection: Connection, ids: Collection[UUID], now_ms: int) -> dict[UUID, MemberPage]:
    """The members' pages under their locks; those never heard of are opened as provisional."""
    pages = _locked(connection, sorted(ids))
    missing = sorted(set(ids) - pages.keys())
    if missing:
        rows = [(one, one, "provisional", EMPTY_PROFILE, now_ms) for one in missing]
        columns = ("member_id", "canonical_id", "status", "profile", "registered_at_ms")
        for some in bulk.chunks(rows):
            bulk.upsert(connection, tables.members, columns, some, changes="nothing")
        pages.update(_locked(connection, missing))
        for one in missing:
            pages[one].touched = True
    return pages


def _locked(connection: Connection, ids: list[UUID]) -> dict[UUID, MemberPage]:
    members = tables.members
    columns = [members.c[name] for name in _MEMBER_COLUMNS]
    pages = {}
    for some in bulk.chunks(ids):
        query = (
            select(*columns)
            .where(bulk.among(connection, members.c.member_id, some))
            .order_by(members.c.member_id)
            .with_for_update()
        )
        for row in connection.execute(query):
            page = MemberPage(row[0], row[1], row[2], _profile_decoder.decode(row[3]), *row[4:])
            pages[page.member_id] = page
    return pages


def fill_members(connection: Connection, pages: dict[UUID, MemberPage]) -> None:
    """Balances, marks, holes, coupons and monthly spend of the members."""
    if not pages:
        return
    lots, marks, holes, spend = tables.member_lots, tables.member_marks, tables.member_holes, tables.member_spend
    for one, lot, balance in _rows(connection, lots, lots.c.member_id, pages, "member_id", "lot", "balance"):
        pages[one].balances[lot] = balance
    for one, till_id, epoch, seq in _rows(
        connection, marks, marks.c.member_id, pages, "member_id", "till_id", "epoch", "seq"
    ):
        pages[one].marks[till_id] = (epoch, seq)
    for one, till_id, epoch, seq in _rows(
        connection, holes, holes.c.member_id, pages, "member_id", "till_id", "epoch", "seq"
    ):
        pages[one].holes.add((till_id, epoch, seq))
    for one, month, fen in _rows(connection, spend, spend.c.member_id, pages, "member_id", "month", "spend_fen"):
        pages[one].spend[month] = fen
    for token in tokens_where(connection, tables.tokens.c.subject, pages):
        if token.subject is not None and token.kind == "coupon" and token.spent_entry_id is None:
            pages[token.subject].coupons[token.token] = token


_TOKEN_COLUMNS = (
    "token",
    "kind",
    "subject",
    "template_id",
    "terms",
    "owner_till_id",
    "owner_epoch",
    "version",
    "spent_entry_id",
    "withdrawn",
)


def tokens_where(connection: Connection, key: Column[Any], values: Collection[UUID]) -> list[TokenPage]:
    """Tokens by id or by subject, locked."""
    columns = [tables.tokens.c[name] for name in _TOKEN_COLUMNS]
    found = []
    for some in bulk.chunks(sorted(values)):
        query = (
            select(*columns).where(bulk.among(connection, key, some)).order_by(tables.tokens.c.token).with_for_update()
        )
        found += [TokenPage(*row) for row in connection.execute(query)]
    return found


def load_lots(connection: Connection, subjects: Collection[UUID]) -> dict[LotKey, LotPage]:
    """HQ's side of all lots of these subjects."""
    table = tables.subject_lots
    names = ("subject", "lot", "credited", "debited", "free", "recovering")
    return {
        (row[0], row[1]): LotPage(row[2], row[3], row[4], bool(row[5]))
        for row in _rows(connection, table, table.c.subject, subjects, *names)
    }


def load_holders(
    connection: Connection, subjects: Collection[UUID], till_id: UUID, epoch: int
) -> dict[LotKey, HolderPage]:
    """One holder's counters of all lots of these subjects."""
    table = tables.holders
    found = {}
    for some in bulk.chunks(list(subjects)):
        query = select(table).where(
            bulk.among(connection, table.c.subject, some), table.c.till_id == till_id, table.c.epoch == epoch
        )
        for row in connection.execute(query):
            found[row[0], row[1]] = HolderPage(*row[4:])
    return found


def write_members(connection: Connection, pages: Collection[MemberPage]) -> None:
    """Write the members' own records."""
    rows = [
        (
            page.member_id,
            page.canonical_id,
            page.status,
            _encoder.encode(page.profile),
            page.phone_lookup,
            page.phone_sealed,
            page.points_debt,
            page.bonus_debt_fen,
            page.visits,
            page.last_visit_date,
            page.last_store_id,
            page.registered_at_ms,
        )
        for page in pages
    ]
    for some in bulk.chunks(rows):
        bulk.upsert(connection, tables.members, _MEMBER_COLUMNS, some)


def write_lots(connection: Connection, pages: dict[LotKey, LotPage], changed: Iterable[LotKey]) -> None:
    """Write C, D and F; the database itself refuses an overdraft."""
    rows = []
    for key in sorted(changed):
        page = pages[key]
        rows.append((*key, page.credited, page.debited, page.free, page.recovering))
    for some in bulk.chunks(rows):
        bulk.upsert(
            connection, tables.subject_lots, ("subject", "lot", "credited", "debited", "free", "recovering"), some
        )


def write_holders(
    connection: Connection, pages: dict[LotKey, HolderPage], changed: Iterable[LotKey], till_id: UUID, epoch: int
) -> None:
    """Write one holder's counters."""
    columns = (
        *("subject", "lot", "till_id", "epoch"),
        *("granted", "credited", "risk", "spent", "released", "taken_back", "loss"),
    )
    rows: list[bulk.Row] = []
    for key in sorted(changed):
        page = pages[key]
        counters = (page.granted, page.credited, page.risk, page.spent, page.released, page.taken_back, page.loss)
        rows.append((*key, till_id, epoch, *counters))
    for some in bulk.chunks(rows):
        bulk.upsert(connection, tables.holders, columns, some)


def write_tokens(connection: Connection, pages: Collection[TokenPage]) -> None:
    """Write tokens."""
    rows = [
        (
            page.token,
            page.kind,
            page.subject,
            page.template_id,
            page.terms,
            page.owner_till_id,
            page.owner_epoch,
            page.version,
            page.spent_entry_id,
            page.withdrawn,
        )
        for page in sorted(pages, key=lambda page: page.token)
    ]
    for some in bulk.chunks(rows):
        bulk.upsert(connection, tables.tokens, _TOKEN_COLUMNS, some)


def write_notes(connection: Connection, notes: Collection[Note], ids: IdSource, now_ms: int) -> None:
    """Raise exceptions."""
    columns = (
        *("exception_id", "code", "till_id", "epoch", "seq", "entry_id"),
        *("subject", "amount", "unit", "told", "status", "raised_at_ms", "closed_by"),
    )
    rows = [
        (
            *(ids.new_id(), note.code, note.till_id, note.epoch, note.seq, note.entry_id),
            *(note.subject, note.amount, note.unit, msgspec.json.encode(note.told).decode(), "open", now_ms, ""),
        )
        for note in notes
    ]
    bulk.insert(connection, office_tables.exceptions, columns, rows)
