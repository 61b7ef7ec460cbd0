"""Reading pages from the records and writing them back, many at a time. For `books` alone."""

from collections.abc import Collection, Iterable
from uuid import UUID

import msgspec
from sqlalchemy import Connection, Table

from hq_sync_server.office.books import member_terms
from hq_sync_server.office.books.pages import HolderPage, LotKey, LotPage, MemberPage, Note, Profile, TokenPage
from hq_sync_server.records import bulk, office_tables, statements, tables
from shared_models.ids import IdSource

_profile_decoder = msgspec.msgpack.Decoder(Profile)
_encoder = msgspec.msgpack.Encoder()
EMPTY_PROFILE = _encoder.encode(Profile())

_LOT_COLUMNS = ("credited", "debited", "free", "recovering", "exposed")
_COUNTER_COLUMNS = ("granted", "credited", "risk", "spent", "released", "taken_back", "loss")
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
    "home_store_id",
)


def known_members(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """Those among the ids whom HQ has heard of."""
    return {row[0] for row in statements.fetch(connection, tables.members, ("member_id",), "member_id", ids)}


def group_of(connection: Connection, ids: Collection[UUID]) -> set[UUID]:
    """These members and all who are united with them."""
    found = set(ids)
    rows = statements.fetch(connection, tables.members, ("member_id", "canonical_id"), "member_id", ids)
    canonical = {row[1] for row in rows}
    found |= canonical
    found |= {row[0] for row in statements.fetch(connection, tables.members, ("member_id",), "canonical_id", canonical)}
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
    rows = statements.fetch(
        connection, tables.members, _MEMBER_COLUMNS, "member_id", ids, rest="ORDER BY member_id FOR UPDATE"
    )
    pages = {row[0]: MemberPage(row[0], row[1], row[2], _profile_decoder.decode(row[3]), *row[4:-1]) for row in rows}
    for page in pages.values():
        page.found_by = member_terms.found_by(page.profile)
    return pages


def ask_members(connection: Connection, ids: Collection[UUID]) -> tuple[statements.Asked, ...]:
    """Balances, marks, holes, monthly spend and coupons of members, for `fill_members`."""

    def ask(table: Table, *names: str) -> statements.Asked:
        return statements.ask(connection, table, ("member_id", *names), "member_id", ids)

    return (
        ask(tables.member_lots, "lot", "balance"),
        ask(tables.member_marks, "till_id", "epoch", "seq"),
        ask(tables.member_holes, "till_id", "epoch", "seq", "entry_hash"),
        ask(tables.member_spend, "month", "spend_fen"),
        statements.ask(connection, tables.tokens, _TOKEN_COLUMNS, "subject", ids, rest=_TOKENS_LOCKED),
    )


def fill_members(pages: dict[UUID, MemberPage], asked: tuple[statements.Asked, ...]) -> None:
    """Into their pages what was asked of the members."""
    lots, marks, holes, spend, coupons = asked
    for one, lot, balance in lots:
        pages[one].balances[lot] = balance
    for one, till_id, epoch, seq in marks:
        pages[one].marks[till_id] = (epoch, seq)
    for one, till_id, epoch, seq, digest in holes:
        pages[one].holes.add((till_id, epoch, seq, bytes(digest)))
    for one, month, fen in spend:
        pages[one].spend[month] = fen
    for token in _token_pages(coupons):
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
    "home_store_id",
)


_TOKENS_LOCKED = "ORDER BY token FOR UPDATE"


def tokens_where(connection: Connection, key: str, values: Collection[UUID]) -> list[TokenPage]:
    """Tokens by `token` or by `subject`, locked."""
    return _token_pages(statements.ask(connection, tables.tokens, _TOKEN_COLUMNS, key, values, rest=_TOKENS_LOCKED))


def _token_pages(rows: Iterable[statements.Row]) -> list[TokenPage]:
    pages = [TokenPage(*row) for row in rows]
    for page in pages:
        page.was_covered = page.covered
    return pages


def ask_lots(connection: Connection, subjects: Collection[UUID], *, locked: bool = False) -> statements.Asked:
    """HQ's side of all lots of these subjects; `locked` where no member's lock covers them."""
    rest = "ORDER BY subject, lot FOR UPDATE" if locked else ""
    names = ("subject", "lot", *_LOT_COLUMNS)
    return statements.ask(connection, tables.subject_lots, names, "subject", subjects, rest=rest)


def lots_of(rows: Iterable[statements.Row]) -> dict[LotKey, LotPage]:
    """The pages of what `ask_lots` asked for."""
    return {(row[0], row[1]): LotPage(row[2], row[3], row[4], bool(row[5]), row[6]) for row in rows}


def is_awaited(connection: Connection, hq_epoch: int, till_id: UUID) -> bool:
    """Whether a till has yet to report under this HQ epoch. The first epoch awaits nobody."""
    if hq_epoch <= 1:
        return False
    names, rest = ("till_id",), "AND hq_epoch = ? AND reported_at_ms IS NULL"
    parameters = (hq_epoch,)
    return bool(
        statements.fetch(connection, tables.recoveries, names, "till_id", (till_id,), rest=rest, parameters=parameters)
    )


def ask_holders(connection: Connection, subjects: Collection[UUID], till_id: UUID, epoch: int) -> statements.Asked:
    """One holder's counters of all lots of these subjects."""
    names = ("subject", "lot", *_COUNTER_COLUMNS)
    return statements.ask(
        connection,
        tables.holders,
        names,
        "subject",
        subjects,
        rest="AND till_id = ? AND epoch = ?",
        parameters=(till_id, epoch),
    )


def holders_of(rows: Iterable[statements.Row]) -> dict[LotKey, HolderPage]:
    """The pages of what `ask_holders` asked for."""
    return {(row[0], row[1]): HolderPage(*row[2:]) for row in rows}


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
            page.profile.home_store_id,
        )
        for page in pages
    ]
    for some in bulk.chunks(rows):
        bulk.upsert(connection, tables.members, _MEMBER_COLUMNS, some)
    member_terms.write(connection, pages)


def write_lots(connection: Connection, pages: dict[LotKey, LotPage], changed: Iterable[LotKey]) -> None:
    """Write C, D and F; the database itself refuses an overdraft."""
    rows = []
    for key in sorted(changed):
        page = pages[key]
        rows.append((*key, page.credited, page.debited, page.free, page.recovering, page.exposed))
    for some in bulk.chunks(rows):
        bulk.upsert(connection, tables.subject_lots, ("subject", "lot", *_LOT_COLUMNS), some)


def write_holders(
    connection: Connection, pages: dict[LotKey, HolderPage], changed: Iterable[LotKey], till_id: UUID, epoch: int
) -> None:
    """Write one holder's counters."""
    columns = ("subject", "lot", "till_id", "epoch", *_COUNTER_COLUMNS)
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
            page.home_store_id,
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
