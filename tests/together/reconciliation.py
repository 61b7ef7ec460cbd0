"""Do till and HQ agree? Asked of the files alone, with arithmetic of our own: for the demo and for tests.

Entries are compared byte by byte; sums per account and every member's balance are worked out here from the tills'
entries and HQ's own facts, and held against the tables that HQ keeps.
"""

import sqlite3
from collections import Counter
from collections.abc import Mapping
from contextlib import closing
from dataclasses import asdict, dataclass, field
from pathlib import Path
from uuid import UUID

import msgspec

from shared_models.bodies import HQ_TYPES, Body, decode_body
from shared_models.ids import HQ_TILL_ID
from shared_models.postings import derive_postings

MEMBER_ACCOUNTS = frozenset({"principal", "bonus", "points"})
Place = tuple[UUID, int, int, bytes]
"""Till, epoch, seq and hash: after a disk went back a place in the chain may be taken twice."""
Purse = tuple[UUID, str]


@dataclass(slots=True)
class Reconciliation:
    """What was compared, and whatever differs. `ok` when nothing does."""

    entries_at_tills: int = 0
    entries_at_hq: int = 0
    missing_at_hq: int = 0
    doubled_at_hq: int = 0
    foreign_at_hq: int = 0
    parked: int = 0
    exceptions: dict[str, int] = field(default_factory=dict)
    accounts_at_tills: dict[str, int] = field(default_factory=dict)
    account_differences: dict[str, int] = field(default_factory=dict)
    members_compared: int = 0
    balance_differences: list[str] = field(default_factory=list)
    overdrawn: int = 0
    entry_types: dict[str, int] = field(default_factory=dict)

    @property
    def ok(self) -> bool:
        """Whether both ends agree to the fen."""
        return not (
            self.missing_at_hq
            or self.doubled_at_hq
            or self.foreign_at_hq
            or self.parked
            or self.account_differences
            or self.balance_differences
            or self.overdrawn
        )

    def as_json(self) -> bytes:
        """For a file people read."""
        return msgspec.json.format(msgspec.json.encode({"ok": self.ok, **asdict(self)}), indent=2)


def reconcile(till_ledgers: Mapping[str, Path], hq_database: Path) -> Reconciliation:
    """Compare the ledgers of all tills (by name: the path of ledger.db) with an HQ on embedded SQLite."""
    result = Reconciliation()
    accounts: Counter[str] = Counter()
    balances: Counter[Purse] = Counter()
    places: set[Place] = set()
    for path in till_ledgers.values():
        _read_till(path, result, places, accounts, balances)
    result.accounts_at_tills = dict(sorted(accounts.items()))
    with closing(_open(hq_database)) as hq:
        _compare_entries(hq, places, result)
        _compare_accounts(hq, accounts, result)
        _add_facts_of_hq(hq, balances)
        _compare_balances(hq, balances, result)
    return result


def _open(path: Path) -> sqlite3.Connection:
    return sqlite3.connect(f"file:{path}?mode=ro", uri=True)


def _post(body: Body, accounts: Counter[str], balances: Counter[Purse]) -> None:
    for posting in derive_postings(body):
        accounts[f"{posting.account} {posting.unit}"] += posting.amount
        if posting.subject is not None and posting.account in MEMBER_ACCOUNTS:
            balances[(posting.subject, posting.lot)] -= posting.amount


def _read_till(
    path: Path,
    result: Reconciliation,
    places: set[Place],
    accounts: Counter[str],
    balances: Counter[Purse],
) -> None:
    with closing(_open(path)) as ledger:
        (till_id,) = ledger.execute("SELECT till_id FROM identity").fetchone()
        # With what a restored disk had lost and HQ gave back to read.
        for epoch, seq, entry_type, type_version, entry_hash, body in ledger.execute(
            "SELECT epoch, seq, entry_type, type_version, entry_hash, body FROM entries UNION ALL "
            "SELECT epoch, seq, entry_type, type_version, entry_hash, body FROM lost_entries"
        ):
            result.entries_at_tills += 1
            result.entry_types[entry_type] = result.entry_types.get(entry_type, 0) + 1
            places.add((UUID(bytes=till_id), epoch, seq, entry_hash))
            decoded = decode_body(entry_type, type_version, body)
            if decoded is not None:
                _post(decoded, accounts, balances)


def _compare_entries(hq: sqlite3.Connection, places: set[Place], result: Reconciliation) -> None:
    seen: Counter[Place] = Counter()
    for till_id, epoch, seq, entry_hash, verdict in hq.execute(
        "SELECT till_id, epoch, seq, entry_hash, verdict FROM entries WHERE till_id <> ?", (HQ_TILL_ID.bytes,)
    ):
        place = (UUID(bytes=till_id), epoch, seq, bytes(entry_hash))
        result.entries_at_hq += 1
        result.parked += verdict == "parked"
        if place in places:
            seen[place] += 1
        else:
            result.foreign_at_hq += 1
    result.missing_at_hq = len(places) - len(seen)
    result.doubled_at_hq = sum(count - 1 for count in seen.values())
    result.exceptions = dict(hq.execute("SELECT code, count(*) FROM exceptions GROUP BY code ORDER BY code"))


def _compare_accounts(hq: sqlite3.Connection, accounts: Counter[str], result: Reconciliation) -> None:
    """The sums HQ keeps from tills' entries, per account, against ours."""
    at_hq = dict(
        hq.execute(
            "SELECT p.account || ' ' || p.unit, sum(p.amount) FROM postings p JOIN entries e USING (entry_id) "
            "WHERE e.till_id <> ? GROUP BY 1",
            (HQ_TILL_ID.bytes,),
        )
    )
    for account in accounts.keys() | at_hq.keys():
        difference = at_hq.get(account, 0) - accounts[account]
        if difference:
            result.account_differences[account] = difference


def _add_facts_of_hq(hq: sqlite3.Connection, balances: Counter[Purse]) -> None:
    for entry_type, type_version, body in hq.execute(
        "SELECT entry_type, type_version, body FROM entries WHERE till_id = ?", (HQ_TILL_ID.bytes,)
    ):
        assert entry_type in HQ_TYPES, f"HQ wrote a {entry_type}"
        decoded = decode_body(entry_type, type_version, body)
        assert decoded is not None
        _post(decoded, Counter(), balances)


def _compare_balances(hq: sqlite3.Connection, balances: Counter[Purse], result: Reconciliation) -> None:
    kept = {
        (UUID(bytes=member_id), lot): balance
        for member_id, lot, balance in hq.execute("SELECT member_id, lot, balance FROM member_lots")
        if lot.split(":", 1)[0] in MEMBER_ACCOUNTS
    }
    purses = kept.keys() | balances.keys()
    result.members_compared = len({member_id for member_id, _lot in purses})
    for member_id, lot in sorted(purses):
        ours, theirs = balances[(member_id, lot)], kept.get((member_id, lot), 0)
        result.overdrawn += ours < 0
        if ours != theirs:
            result.balance_differences.append(f"{member_id} {lot}: entries say {ours}, HQ keeps {theirs}")
