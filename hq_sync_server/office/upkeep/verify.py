"""Verify: is what HQ keeps still what the tills said, and does everything computed from it agree?

Walks every till's chain and HQ's own, under the signatures their tills put to them; derives all postings again; sums
balances, counters and free value anew and compares them with what is kept. Reads only. For the command `verify`, the
nightly watch and tests.
"""

import hashlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, func, select

from hq_sync_server.office.organisation import chain
from hq_sync_server.office.organisation.tills import signature_is_right
from hq_sync_server.office.rights import orders, refund_rights
from hq_sync_server.records import placement_tables, tables
from shared_models import bodies
from shared_models.bodies import Body
from shared_models.entries import batch_signature_input, entry_hash
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import Posting, derive_postings, lot_account
from shared_models.rights import rights_moves
from shared_models.tokens import token_effects

FAULTS_MAX = 100
_IN_PARTS = {"yield_per": 500}  # rows at once
_LOT_ACCOUNTS = frozenset({"principal", "bonus", "points"})
LotKey = tuple[UUID, str]


class Fault(Struct, frozen=True):
    """Something that does not hold: a name and where."""

    code: str
    where: str


class VerifyReport(Struct, frozen=True, kw_only=True):
    """What was looked at, and what does not hold (at most FAULTS_MAX are listed, all are counted)."""

    chains: int
    entries: int
    parked: int
    postings: int
    balances: int
    tokens: int
    faults_count: int
    faults: tuple[Fault, ...] = ()

    @property
    def sound(self) -> bool:
        """Whether everything holds."""
        return self.faults_count == 0


@dataclass
class _Sums:
    """What the entries alone say."""

    chains: int = 0
    entries: int = 0
    parked: int = 0
    postings: int = 0
    tokens: int = 0

    balances: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))
    debts: dict[tuple[UUID, str], int] = field(default_factory=lambda: defaultdict(int))
    counters: dict[tuple[UUID, str, UUID, int, str], int] = field(default_factory=lambda: defaultdict(int))
    credited: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))
    debited: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))
    exposed: dict[LotKey, int] = field(default_factory=lambda: defaultdict(int))
    spent_tokens: dict[UUID, int] = field(default_factory=lambda: defaultdict(int))
    united: dict[UUID, UUID] = field(default_factory=dict)


class _Faults:
    def __init__(self) -> None:
        self.count = 0
        self.listed: list[Fault] = []

    def add(self, code: str, *place: object) -> None:
        self.count += 1
        if self.count <= FAULTS_MAX:
            self.listed.append(
                Fault(code, "/".join(part.hex if isinstance(part, UUID) else str(part) for part in place))
            )


def verify(connection: Connection) -> VerifyReport:
    """Check everything. Nobody should be writing meanwhile, or fresh differences may be told."""
    faults, sums = _Faults(), _Sums()
    _walk(connection, faults, sums)
    _compare_heads(connection, faults)
    _compare_batches(connection, faults)
    _compare_attachments(connection, faults)
    _compare_balances(connection, faults, sums)
    _compare_rights(connection, faults, sums)
    _compare_tokens(connection, faults, sums)
    return VerifyReport(
        chains=sums.chains,
        entries=sums.entries,
        parked=sums.parked,
        postings=sums.postings,
        balances=len(sums.balances),
        tokens=sums.tokens,
        faults_count=faults.count,
        faults=tuple(faults.listed),
    )


def _stream(connection: Connection, query: Any) -> Iterator[Any]:
    yield from connection.execute(query, execution_options=_IN_PARTS)


def _walk(connection: Connection, faults: _Faults, sums: _Sums) -> None:
    """Every chain, entry by entry."""
    entries = tables.entries
    query = select(
        entries.c.entry_id,
        entries.c.till_id,
        entries.c.epoch,
        entries.c.seq,
        entries.c.prev_hash,
        entries.c.entry_hash,
        entries.c.entry_type,
        entries.c.type_version,
        entries.c.body,
        entries.c.business_id,
        entries.c.business_date,
        entries.c.member_id,
        entries.c.verdict,
        entries.c.counts,
    ).order_by(entries.c.till_id, entries.c.epoch, entries.c.seq, entries.c.entry_id)
    chain: tuple[UUID, int] | None = None
    seen: dict[int, set[bytes]] = {}
    begins = _beginnings(connection)
    for rows in connection.execute(query, execution_options=_IN_PARTS).partitions():
        kept = _postings_of(connection, [row.entry_id for row in rows])
        for row in rows:
            sums.entries += 1
            sums.parked += row.verdict == "parked"
            if (row.till_id, row.epoch) != chain:
                chain, seen = (row.till_id, row.epoch), {0: {begins.get((row.till_id, row.epoch), b"")}}
                sums.chains += 1
            if row.seq is None:
                faults.add("unlinked", row.till_id, row.entry_id)
            else:
                _check_link(faults, row, seen)
            if row.counts:
                _add_up(faults, sums, row, tuple(kept.get(row.entry_id, ())))
            elif row.entry_id in kept:
                faults.add("postings_of_nothing", row.till_id, row.epoch, row.seq)


def _postings_of(connection: Connection, entry_ids: list[int]) -> dict[int, list[Posting]]:
    """The postings kept of these entries."""
    table = tables.postings
    query = select(table).where(table.c.entry_id.in_(entry_ids)).order_by(table.c.entry_id, table.c.ordinal)
    found: dict[int, list[Posting]] = defaultdict(list)
    # A cursor of its own: the entries are still being streamed.
    for entry_id, _ordinal, account, unit, amount, subject, lot in connection.execute(query):
        found[entry_id].append(Posting(account, unit, amount, subject, lot))
    return found


def _beginnings(connection: Connection) -> dict[tuple[UUID, int], bytes]:
    """What the first entry of each epoch follows."""
    heads = tables.heads.c
    rows = connection.execute(select(heads.till_id, heads.epoch, heads.genesis_hash))
    return {(till_id, epoch): bytes(genesis_hash) for till_id, epoch, genesis_hash in rows}


def _check_link(faults: _Faults, row: Any, seen: dict[int, set[bytes]]) -> None:
    """`seen` holds the hashes of the seq before, one of each branch: a branch starts from any of them."""
    digest = entry_hash(
        row.till_id, row.epoch, row.seq, bytes(row.prev_hash), row.entry_type, row.type_version, bytes(row.body)
    )
    if digest != bytes(row.entry_hash):
        faults.add("hash_wrong", row.till_id, row.epoch, row.seq)
    if bytes(row.prev_hash) not in seen.get(row.seq - 1, ()):
        faults.add("chain_broken", row.till_id, row.epoch, row.seq)
    seen.setdefault(row.seq, set()).add(bytes(row.entry_hash))
    seen.pop(row.seq - 2, None)


def _add_up(faults: _Faults, sums: _Sums, row: Any, kept: tuple[Posting, ...]) -> None:
    try:
        body = bodies.decode_body(row.entry_type, row.type_version, bytes(row.body))
        derived = derive_postings(body) if body is not None else ()
    except (msgspec.MsgspecError, ValueError):
        body, derived = None, ()
    if body is None:
        faults.add("unreadable", row.till_id, row.epoch, row.seq)
        return
    head = body.head
    first_subject = head.subjects[0] if head.subjects else None
    if (row.business_id, row.business_date, row.member_id) != (head.business_id, head.business_date, first_subject):
        faults.add("columns_differ", row.till_id, row.epoch, row.seq)
    if derived != kept:
        faults.add("postings_differ", row.till_id, row.epoch, row.seq)
    sums.postings += len(derived)
    for posting in derived:
        if posting.subject is None:
            continue
        if posting.account in _LOT_ACCOUNTS:
            sums.balances[posting.subject, posting.lot] -= posting.amount
        else:
            sums.debts[posting.subject, posting.lot or posting.account] += posting.amount
    if row.till_id == HQ_TILL_ID:
        _add_fact(sums, body)
        return
    for move in rights_moves(body):
        sums.counters[move.subject, move.lot, row.till_id, row.epoch, move.counter] += move.amount
    for token in token_effects(body).spent:
        sums.spent_tokens[token] += 1


def _add_fact(sums: _Sums, body: Body) -> None:
    """C, D, L and W are HQ's own facts."""
    for member_id, lot, amount in _credits(body):
        sums.credited[member_id, lot] += max(amount, 0)
        sums.debited[member_id, lot] += max(-amount, 0)
    if isinstance(body, bodies.ExposureBooked):
        for part in body.lots:
            sums.exposed[body.subject, part.lot] += part.amount
    if isinstance(body, bodies.MembersUnited):
        sums.united[body.alias_id] = body.canonical_id
    elif isinstance(body, bodies.LossBooked):
        sums.counters[body.subject, body.lot, body.till_id, body.epoch, "L"] += body.amount
    elif isinstance(body, bodies.EpochSealed):
        for taken in body.taken_back:
            sums.counters[taken.subject, taken.lot, body.till_id, body.epoch, "W"] += taken.amount


def _credits(body: Body) -> list[tuple[UUID, str, int]]:
    """What a fact credits (> 0) or debits (< 0) HQ's side of a lot."""
    match body:
        case bodies.OpeningBalance() | bodies.BalanceAdjusted():
            return [(body.member_id, part.lot, part.amount) for part in body.lots]
        case bodies.ExposureBooked():
            return [(body.subject, part.lot, part.amount) for part in body.lots]
        case bodies.MembersUnited():
            taken = [(body.alias_id, part.lot, -part.amount) for part in body.moved]
            return taken + [(body.canonical_id, part.lot, part.amount) for part in body.moved]
        case bodies.DebtSettled() | bodies.RiskSettled():
            return [(body.member_id, part.lot, -part.amount) for part in body.lots]
        case bodies.RiskReturned():
            back = [(body.member_id, part.lot, part.amount) for part in body.lots]
            return [(body.subject, body.risk_lot, -body.amount), *back]
        case bodies.LotExpired():
            return [(body.member_id, body.lot, -body.amount)]
        case _:
            return []


def _compare_heads(connection: Connection, faults: _Faults) -> None:
    """A head is an entry of its epoch; of an open one, the end of a branch: nothing follows it."""
    entries = tables.entries.c
    for head in connection.execute(select(tables.heads)).all():
        here = (entries.till_id == head.till_id) & (entries.epoch == head.epoch)
        head_hash = bytes(head.head_hash)
        if head.seq == 0:
            is_there = head_hash == bytes(head.genesis_hash)
        else:
            place = here & (entries.seq == head.seq) & (entries.entry_hash == head_hash)
            is_there = connection.scalar(select(entries.entry_id).where(place)) is not None
        follows = here & (entries.seq == head.seq + 1) & (entries.prev_hash == head_hash)
        goes_on = head.status == "open" and connection.scalar(select(entries.entry_id).where(follows).limit(1))
        if not is_there or goes_on:
            faults.add("head_wrong", head.till_id, head.epoch, head.seq)


def _compare_batches(connection: Connection, faults: _Faults) -> None:
    """Every entry of a till stands under a signature by a key of that till: the one it had then, or one it was given
    later, when it delivered an earlier epoch."""
    keys: dict[UUID, list[bytes]] = defaultdict(list)
    for till_id, public_key in connection.execute(select(tables.till_keys.c.till_id, tables.till_keys.c.public_key)):
        keys[till_id].append(bytes(public_key))
    entries, batches = tables.entries.c, tables.batches.c
    signed: dict[tuple[UUID, int], int] = defaultdict(int)
    signed_entry = (
        (entries.till_id == batches.till_id)
        & (entries.epoch == batches.epoch)
        & (entries.seq == batches.last_seq)
        & (entries.entry_hash == batches.head_hash)
    )
    query = (
        select(tables.batches, entries.entry_id)
        .join_from(tables.batches, tables.entries, signed_entry, isouter=True)
        .order_by(batches.till_id, batches.epoch, batches.last_seq)
    )
    for row in _stream(connection, query):
        place = (row.till_id, row.epoch)
        said = batch_signature_input(row.till_id, row.epoch, row.last_seq, bytes(row.head_hash))
        if not any(signature_is_right(key, bytes(row.signature), said) for key in keys[row.till_id]):
            faults.add("batch_signature_wrong", *place, row.last_seq)
        if row.entry_id is None:
            faults.add("batch_missing", *place, row.last_seq)
        signed[place] += row.last_seq - row.first_seq + 1
    # A batch is kept for the entries that were new with it, so each entry is counted by one batch.
    counts = select(entries.till_id, entries.epoch, func.count()).where(entries.till_id != HQ_TILL_ID)
    for till_id, epoch, count in connection.execute(counts.group_by(entries.till_id, entries.epoch)).all():
        if signed[till_id, epoch] != count:
            faults.add("batch_missing", till_id, epoch, count)


def _compare_attachments(connection: Connection, faults: _Faults) -> None:
    """What lies beside an entry is what the entry named, or was deleted."""
    attachments = tables.attachments
    query = select(attachments).where(attachments.c.content.is_not(None))
    for row in _stream(connection, query):
        if hashlib.sha256(bytes(row.salt or b"") + bytes(row.content)).hexdigest() != row.attachment_hash:
            faults.add("attachment_differs", row.attachment_hash)


def _compare_balances(connection: Connection, faults: _Faults, sums: _Sums) -> None:
    lots, members = tables.member_lots, tables.members
    kept = {(row.member_id, row.lot): row.balance for row in _stream(connection, select(lots))}
    for key in kept.keys() | sums.balances.keys():
        if kept.get(key, 0) != sums.balances.get(key, 0):
            faults.add("balance_wrong", *key)
    query = select(members.c.member_id, members.c.canonical_id, members.c.points_debt, members.c.bonus_debt_fen)
    for member_id, canonical_id, points_debt, bonus_debt_fen in _stream(connection, query):
        if canonical_id != sums.united.get(member_id, member_id):
            faults.add("member_of_another", member_id)
        if points_debt != sums.debts.get((member_id, "points_debt"), 0):
            faults.add("debt_wrong", member_id, "points")
        if bonus_debt_fen != sums.debts.get((member_id, "bonus_debt"), 0):
            faults.add("debt_wrong", member_id, "bonus")
    risks = {(row.member_id, row.lot): row.open_fen for row in _stream(connection, select(placement_tables.risks))}
    told = {key: amount for key, amount in sums.debts.items() if lot_account(key[1]) == "risk" and amount}
    for key in risks.keys() | told.keys():
        if risks.get(key, 0) != told.get(key, 0):
            faults.add("debt_wrong", *key)


_COUNTERS = (("credited", "T"), ("risk", "K"), ("spent", "S"), ("loss", "L"), ("taken_back", "W"))


def _compare_rights(connection: Connection, faults: _Faults, sums: _Sums) -> None:
    """Counters against the entries, F by its formula, and B = F + sum O for every lot."""
    granted: dict[LotKey, int] = defaultdict(int)
    home: dict[LotKey, int] = defaultdict(int)
    outside: dict[LotKey, int] = defaultdict(int)
    told = dict(sums.counters)
    for row in _stream(connection, select(tables.holders)):
        key, place = (row.subject, row.lot), (row.subject, row.lot, row.till_id, row.epoch)
        for column, counter in _COUNTERS:
            if getattr(row, column) != told.pop((*place, counter), 0):
                faults.add("counter_wrong", *place, counter)
        if row.released > told.pop((*place, "R"), 0):
            faults.add("counter_wrong", *place, "R")
        granted[key] += row.granted
        home[key] += row.released + row.taken_back
        out = row.granted + row.credited + row.risk + row.loss - row.spent - row.released - row.taken_back
        outside[key] += out
    for place_and_counter in told:
        faults.add("counter_missing", *place_and_counter)
    lots = {(row.subject, row.lot): row for row in _stream(connection, select(tables.subject_lots))}
    recovering = chain.setting(connection, chain.RECOVERING)
    for key in lots.keys() | granted.keys() | sums.credited.keys() | sums.debited.keys():
        lot = lots.get(key)
        credited, debited = sums.credited.get(key, 0), sums.debited.get(key, 0)
        free = credited - debited - granted.get(key, 0) + home.get(key, 0)
        kept = (0, 0, 0) if lot is None else (lot.credited, lot.debited, lot.free)
        if kept != (credited, debited, free):
            faults.add("free_wrong", *key)
        if (0 if lot is None else lot.exposed) != sums.exposed.get(key, 0):
            faults.add("exposure_wrong", *key)
        if lot is not None and lot.recovering and not recovering:
            faults.add("lot_never_recovered", *key)
        is_members = lot_account(key[1]) in _LOT_ACCOUNTS
        if is_members and sums.balances.get(key, 0) != free + outside.get(key, 0):
            faults.add("balance_not_covered", *key)


def _compare_tokens(connection: Connection, faults: _Faults, sums: _Sums) -> None:
    tokens = tables.tokens
    sums.tokens = connection.scalar(select(func.count()).select_from(tokens)) or 0
    spent = set(connection.scalars(select(tokens.c.token).where(tokens.c.spent_entry_id.is_not(None))))
    for token in spent ^ sums.spent_tokens.keys():
        faults.add("token_wrong", token)
    # While HQ recovers from a backup their sales may still be on their way.
    recovering = chain.setting(connection, chain.RECOVERING)
    for sale_id in () if recovering else refund_rights.unnamed(connection):
        faults.add("refunds_exceed_sale", sale_id)
    for order_id in () if recovering else orders.unsettled(connection):
        faults.add("deposit_unsettled", order_id)
