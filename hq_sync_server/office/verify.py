"""Whether HQ's books are whole: every chain walked, every balance and counter computed again from the entries.

Reads only, in one snapshot, a page of entries at a time. For the command `verify` and for tests.

Checked: each entry's hash is of what it says, each chain leads from its head to its beginning, each batch was signed by
its till; postings are those the entry derives and sum to zero; balances B are minus the sum of the postings; counters
T, K, S and R are those of the entries; F = C - D - sum G + sum (R + W) and B = F + sum O; no coupon is spent twice.
"""

from collections import defaultdict
from collections.abc import Iterator
from itertools import groupby
from typing import Any
from uuid import UUID

import msgspec
from msgspec import Struct
from sqlalchemy import Connection, Row, Select, func, select

from hq_sync_server.office.tills import signature_is_right
from hq_sync_server.records import tables as t
from shared_models.bodies import Sale, decode_body
from shared_models.entries import batch_signature_input, entry_hash
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import Posting, derive_postings, lot_account
from shared_models.rights import Counters, rights_moves

FAULTS_MAX = 1_000
_PAGE_ROWS = 2_000
_BALANCE_ACCOUNTS = frozenset({"principal", "bonus", "points"})

SubjectLot = tuple[UUID, str]
Holder = tuple[UUID, str, UUID, int]


class Fault(Struct, frozen=True):
    """Something that is not as it must be, and where."""

    code: str
    where: str


class VerifyReport(Struct, frozen=True, kw_only=True):
    """What was looked at, and what was found; without faults the books are whole."""

    chains: int
    entries: int
    postings: int
    balances: int
    tokens: int
    unlinked: int
    faults: tuple[Fault, ...]


class _Walk:
    """Everything one look at the books gathers."""

    def __init__(self, connection: Connection) -> None:
        self.connection = connection
        self.faults: list[Fault] = []
        self.entries = 0
        self.unlinked = 0
        self.postings = 0
        self.chains = 0
        self.balances: dict[SubjectLot, int] = defaultdict(int)
        self.counters: dict[Holder, dict[str, int]] = defaultdict(lambda: defaultdict(int))
        self.redeemed: dict[UUID, int] = {}

    def fault(self, code: str, where: str) -> None:
        """Note a fault; of very many the first tell enough."""
        if len(self.faults) < FAULTS_MAX:
            self.faults.append(Fault(code, where))

    def rows(self, query: Select[Any]) -> Iterator[Row[Any]]:
        """The rows of a query, a page at a time."""
        return iter(self.connection.execute(query, execution_options={"yield_per": _PAGE_ROWS}))


def verify(connection: Connection) -> VerifyReport:
    """Look at everything. The connection must be in a transaction of its own that has read nothing yet."""
    if connection.dialect.name == "postgresql":
        connection.exec_driver_sql("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ")
    walk = _Walk(connection)
    _walk_entries(walk)
    _walk_chains(walk)
    _check_signatures(walk)
    balances = _check_balances(walk)
    _check_rights(walk)
    tokens = _check_tokens(walk)
    return VerifyReport(
        chains=walk.chains,
        entries=walk.entries,
        postings=walk.postings,
        balances=balances,
        tokens=tokens,
        unlinked=walk.unlinked,
        faults=tuple(walk.faults),
    )


def _place(till_id: UUID, epoch: int, seq: int | None) -> str:
    return f"{'hq' if till_id == HQ_TILL_ID else till_id.hex} {epoch}:{seq or '-'}"


def _walk_entries(walk: _Walk) -> None:
    """Entries beside their postings, both in the order of arrival."""
    postings = _postings_by_entry(walk)
    held = next(postings, None)
    for row in walk.rows(select(t.entries).order_by(t.entries.c.entry_id)):
        walk.entries += 1
        where = _place(row.till_id, row.epoch, row.seq)
        if row.seq is None:
            walk.unlinked += 1
        elif bytes(row.entry_hash) != entry_hash(
            row.till_id, row.epoch, row.seq, bytes(row.prev_hash), row.entry_type, row.type_version, bytes(row.body)
        ):
            walk.fault("entry_hash_differs", where)
        kept: list[Posting] = []
        while held is not None and held[0] <= row.entry_id:
            if held[0] < row.entry_id:
                walk.fault("postings_without_entry", f"entry {held[0]}")
            else:
                kept = held[1]
            held = next(postings, None)
        _check_entry(walk, row, kept, where)
    while held is not None:
        walk.fault("postings_without_entry", f"entry {held[0]}")
        held = next(postings, None)


def _postings_by_entry(walk: _Walk) -> Iterator[tuple[int, list[Posting]]]:
    rows = walk.rows(select(t.postings).order_by(t.postings.c.entry_id, t.postings.c.ordinal))
    for entry_id, group in groupby(rows, key=lambda row: int(row.entry_id)):
        yield entry_id, [Posting(row.account, row.unit, row.amount, row.subject, row.lot) for row in group]


def _check_entry(walk: _Walk, row: Row[Any], kept: list[Posting], where: str) -> None:
    """The postings kept are those the body derives; gathers what it does to balances, rights and coupons."""
    walk.postings += len(kept)
    if not row.counts:
        if kept:
            walk.fault("postings_of_what_does_not_count", where)
        return
    try:
        body = decode_body(row.entry_type, row.type_version, bytes(row.body))
        derived = derive_postings(body) if body is not None else ()
    except (msgspec.MsgspecError, ValueError):
        walk.fault("body_unreadable", where)
        return
    if list(derived) != kept:
        walk.fault("postings_differ", where)
    for posting in kept:
        if posting.subject is not None and posting.account in _BALANCE_ACCOUNTS:
            walk.balances[posting.subject, posting.lot] -= posting.amount
    if body is None or row.till_id == HQ_TILL_ID:
        return
    for move in rights_moves(body):
        walk.counters[move.subject, move.lot, row.till_id, row.epoch][move.counter] += move.amount
    if isinstance(body, Sale):
        for token in body.coupons_redeemed:
            walk.redeemed.setdefault(token, row.entry_id)


def _walk_chains(walk: _Walk) -> None:
    """Each chain from its head back to its beginning; what was cut off by a branch is passed over."""
    heads = {(row.till_id, row.epoch): row for row in walk.rows(select(t.heads))}
    columns = t.entries.c
    links = select(columns.till_id, columns.epoch, columns.seq, columns.prev_hash, columns.entry_hash)
    ordered = links.where(columns.seq.is_not(None)).order_by(columns.till_id, columns.epoch, columns.seq.desc())
    for (till_id, epoch), group in groupby(walk.rows(ordered), key=lambda row: (row.till_id, row.epoch)):
        walk.chains += 1
        head = heads.pop((till_id, epoch), None)
        if head is None:
            walk.fault("chain_without_head", _place(till_id, epoch, None))
            continue
        wanted, seq = bytes(head.head_hash), head.seq
        for row in group:
            if row.seq == seq and bytes(row.entry_hash) == wanted:
                wanted, seq = bytes(row.prev_hash), seq - 1
            elif row.seq < seq:
                break
        if seq != 0 or wanted != bytes(head.genesis_hash):
            walk.fault("chain_broken", _place(till_id, epoch, seq))
    for (till_id, epoch), head in heads.items():
        if head.seq:
            walk.fault("entries_missing", _place(till_id, epoch, head.seq))


def _check_signatures(walk: _Walk) -> None:
    keys: dict[UUID, list[tuple[int, bytes]]] = defaultdict(list)
    for row in walk.rows(select(t.till_keys).order_by(t.till_keys.c.till_id, t.till_keys.c.from_epoch)):
        keys[row.till_id].append((row.from_epoch, bytes(row.public_key)))
    for row in walk.rows(select(t.batches)):
        signed = batch_signature_input(row.till_id, row.epoch, row.last_seq, bytes(row.head_hash))
        valid = [key for from_epoch, key in keys[row.till_id] if from_epoch <= row.epoch]
        if not any(signature_is_right(key, bytes(row.signature), signed) for key in reversed(valid)):
            walk.fault("batch_signature_wrong", _place(row.till_id, row.epoch, row.last_seq))


def _check_balances(walk: _Walk) -> int:
    """B as kept against minus the sum of the postings; how many balances there are."""
    expected = {key: amount for key, amount in walk.balances.items() if amount}
    count = 0
    for row in walk.rows(select(t.member_lots)):
        count += 1
        amount = expected.pop((row.member_id, row.lot), 0)
        if amount != row.balance:
            walk.fault("balance_differs", f"{row.member_id.hex} {row.lot}: {row.balance}, entries say {amount}")
    for (member_id, lot), amount in expected.items():
        walk.fault("balance_missing", f"{member_id.hex} {lot}: entries say {amount}")
    return count


def _check_rights(walk: _Walk) -> None:
    """The tills' counters against their entries, and HQ's free balance against all of them."""
    outside, lent = _check_holders(walk)
    balances = {key: amount for key, amount in walk.balances.items() if amount}
    for row in walk.rows(select(t.subject_lots)):
        key = (row.subject, row.lot)
        where = f"{row.subject.hex} {row.lot}"
        if row.free != row.credited - row.debited - lent.pop(key, 0):
            walk.fault("free_differs", where)
        if row.free < 0 and not row.recovering:
            walk.fault("overdrawn", where)
        if lot_account(row.lot) in _BALANCE_ACCOUNTS and balances.get(key, 0) != row.free + outside.pop(key, 0):
            walk.fault("balance_is_not_free_and_outside", where)
    for (subject, lot), amount in lent.items():
        if amount:
            walk.fault("lent_without_lot", f"{subject.hex} {lot}")
    for key, amount in outside.items():
        if lot_account(key[1]) in _BALANCE_ACCOUNTS and amount != balances.get(key, 0):
            walk.fault("balance_is_not_free_and_outside", f"{key[0].hex} {key[1]}")


def _check_holders(walk: _Walk) -> tuple[dict[SubjectLot, int], dict[SubjectLot, int]]:
    """Per lot: what all holders have out (sum O), and what HQ lent and did not get back (sum G - R - W)."""
    outside: dict[SubjectLot, int] = defaultdict(int)
    lent: dict[SubjectLot, int] = defaultdict(int)
    for row in walk.rows(select(t.holders)):
        said = walk.counters.pop((row.subject, row.lot, row.till_id, row.epoch), {})
        where = f"{row.subject.hex} {row.lot} at {row.till_id.hex} {row.epoch}"
        if (row.credited, row.spent, row.risk) != (said.get("T", 0), said.get("S", 0), said.get("K", 0)):
            walk.fault("counters_differ", where)
        if row.released > said.get("R", 0):  # a release counts only as far as the holder had something out
            walk.fault("release_without_entry", where)
        counters = Counters(row.granted, row.credited, row.risk, row.spent, row.released, row.taken_back, row.loss)
        if counters.outside < 0:
            walk.fault("holder_overdrawn", where)
        outside[row.subject, row.lot] += counters.outside
        lent[row.subject, row.lot] += row.granted - row.released - row.taken_back
    for subject, lot, till_id, epoch in walk.counters:
        walk.fault("holder_missing", f"{subject.hex} {lot} at {till_id.hex} {epoch}")
    return outside, lent


def _check_tokens(walk: _Walk) -> int:
    """Every coupon redeemed is kept as spent, by the first entry that redeemed it; how many tokens there are."""
    for row in walk.rows(select(t.tokens.c.token, t.tokens.c.spent_entry_id).where(t.tokens.c.kind == "coupon")):
        if walk.redeemed.pop(row.token, None) != row.spent_entry_id:
            walk.fault("token_differs", row.token.hex)
    for token in walk.redeemed:
        walk.fault("token_missing", token.hex)
    return int(walk.connection.scalar(select(func.count()).select_from(t.tokens)) or 0)
