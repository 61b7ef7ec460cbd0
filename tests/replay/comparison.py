"""What HQ and the tills believe, against the account: every fact there once, every penny and point where it belongs.

Nothing here asks the product for a verdict; it reads what both ends keep and compares it with the plain dictionaries
of `account`. Only whether chains hold is the product's own verify, at both ends.
"""

from collections import Counter, defaultdict
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import TypeVar
from uuid import UUID

from sqlalchemy import Connection, Select, func, select

from hq_sync_server.office.upkeep import verify as hq_verify
from hq_sync_server.records import tables as t
from pos_client.ledger import verify as till_verify
from shared_models.entries import Entry
from shared_models.ids import HQ_TILL_ID
from shared_models.members import MemberRow
from tests.replay.account import Account
from tests.replay.chain import ReplayChain
from tests.replay.people import phone_of
from tests.replay.till import ReplayTill

ENTRIES_AT_ONCE = 2000
BYTES_AT_ONCE = 64 * 1024 * 1024
Key = TypeVar("Key")
Value = TypeVar("Value")


@dataclass(slots=True)
class Findings:
    """What the comparison found; `sentences` say the first of each kind."""

    figures: Counter[str] = field(default_factory=Counter)
    exceptions: dict[str, int] = field(default_factory=dict)
    sentences: list[str] = field(default_factory=list)

    def wrong(self, kind: str, sentence: str) -> None:
        """One more of a kind that must not be."""
        self.figures[kind] += 1
        if self.figures[kind] <= 5:
            self.sentences.append(f"{kind}: {sentence}")

    @property
    def agrees(self) -> bool:
        """Whether everything is as the account says."""
        wrong = ("missing", "duplicated", "balance_mismatches", "overdrawn", "chains_broken")
        return not any(self.figures[kind] for kind in wrong)


def compare(account: Account, chain: ReplayChain) -> Findings:
    """Compare everything, once all has come to rest."""
    findings = Findings()
    with chain.hq.desk.read() as connection:
        _compare_entries(connection, account, chain, findings)
        _compare_purses(connection, account, chain, findings)
        _compare_money(connection, account, findings)
        _look_for_overdrafts(connection, account, findings)
        _count(connection, findings)
        report = hq_verify.verify(connection)
    findings.figures["chains_verified"] += report.chains if report.sound else 0
    for fault in report.faults:
        findings.wrong("chains_broken", f"HQ: {fault.code} {fault.where}")
    for till in chain.tills.values():
        told = till_verify(till.ledger.folder)
        findings.figures["chains_verified"] += told.ok
        for finding in told.findings:
            findings.wrong("chains_broken", f"{till.name}: {finding.code} {finding.epoch}/{finding.seq} {finding.told}")
    for sentence in account.wrong:
        findings.wrong("balance_mismatches", sentence)
    return findings


def _entries_of(till: ReplayTill) -> Iterator[Entry]:
    seq = 0
    while some := till.ledger.entries_after(seq, ENTRIES_AT_ONCE, BYTES_AT_ONCE):
        yield from some
        seq = some[-1].seq


def _compare_entries(connection: Connection, account: Account, chain: ReplayChain, findings: Findings) -> None:
    """Every link of every till once at HQ, every fact of the account once and for ever."""
    columns = (t.entries.c.till_id, t.entries.c.epoch, t.entries.c.seq, t.entries.c.entry_hash)
    at_hq: Counter[tuple[UUID, int, int, bytes]] = Counter()
    facts: Counter[str] = Counter()
    types: dict[str, str] = {}
    asked = select(*columns, t.entries.c.business_id, t.entries.c.entry_type).where(t.entries.c.till_id != HQ_TILL_ID)
    for till_id, epoch, seq, entry_hash, business_id, entry_type in connection.execute(asked):
        at_hq[till_id, epoch, seq, bytes(entry_hash)] += 1
        facts[business_id.hex] += 1
        types[business_id.hex] = entry_type
    findings.figures["entries_at_hq"] = sum(at_hq.values())
    places = Counter((till_id, epoch, seq) for till_id, epoch, seq, _ in at_hq.elements())
    for place, count in places.items():
        if count > 1:
            findings.wrong("duplicated", f"{place} is at HQ {count} times")
    _compare_links(at_hq, chain, findings)
    for business_id, entry_type in account.facts.items():
        if types.get(business_id) != entry_type:
            findings.wrong("missing", f"{entry_type} {business_id} is not at HQ")
    for business_id, count in facts.items():
        if count > 1:
            findings.wrong("duplicated", f"fact {business_id} is at HQ {count} times")
    for business_id, entry_type in types.items():
        if entry_type in account.told_types and business_id not in account.facts:
            findings.wrong("duplicated", f"{entry_type} {business_id} is at HQ and never happened")
    findings.figures["duplicated"] += account.told_twice


def _compare_links(at_hq: Counter[tuple[UUID, int, int, bytes]], chain: ReplayChain, findings: Findings) -> None:
    for till in chain.tills.values():
        for entry in _entries_of(till):
            findings.figures["entries_at_tills"] += 1
            if not at_hq.pop((entry.till_id, entry.epoch, entry.seq, entry.entry_hash), 0):
                findings.wrong("missing", f"{till.name} {entry.seq} {entry.entry_type} is not at HQ")
    for place_and_hash in at_hq:
        findings.wrong("duplicated", f"{place_and_hash[:3]} is at HQ and at no till")


def _compare_purses(connection: Connection, account: Account, chain: ReplayChain, findings: Findings) -> None:
    """What each member has at HQ, and in the eyes of every till, over all ids of the person."""
    canonical = _pairs(connection, select(t.members.c.member_id, t.members.c.canonical_id))
    findings.figures["united_members"] = sum(1 for own, other in canonical.items() if own != other)
    owners = _pairs(connection, select(t.phones.c.phone_lookup, t.phones.c.member_id))
    held: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    for member_id, lot, balance in connection.execute(select(t.member_lots)):
        held[canonical[member_id]][_purse_of(lot)] += balance
    debts = select(t.members.c.member_id, t.members.c.points_debt, t.members.c.bonus_debt_fen)
    for member_id, points_debt, bonus_debt_fen in connection.execute(debts):
        held[canonical[member_id]]["points"] -= points_debt
        held[canonical[member_id]]["stored"] -= bonus_debt_fen
    keys = chain.hq.desk.keys
    for member in sorted(account.members):
        owner = owners.get(keys.phone_lookup(phone_of(member)))
        strangers = {one for one in chain.people.ids[member] if canonical.get(one) != canonical.get(owner or one)}
        if owner is None or strangers:
            findings.wrong("balance_mismatches", f"member {member} is not one person at HQ: {owner}, {strangers}")
            continue
        purse = account.purses[member]
        due = (purse.stored_fen, purse.points)
        _expect(findings, f"member {member} at HQ", _pair(held[canonical[owner]]), due)
        for till in chain.tills.values():
            shown = _shown_at(till, chain.people.ids[member] | {canonical[owner]})
            _expect(findings, f"member {member} at {till.name}", shown, due)


def _shown_at(till: ReplayTill, ids: set[UUID]) -> tuple[int, int]:
    """The sum over all rows a till has of a person."""
    rows: dict[UUID, MemberRow] = {}
    for member_id in ids:
        row = till.ledger.member_row(member_id)
        if row is not None:
            rows[row.member_id] = row
    sums: Counter[str] = Counter()
    for row in rows.values():
        for lot in row.lots:
            sums[_purse_of(lot.lot)] += lot.balance
        sums["points"] -= row.points_debt
        sums["stored"] -= row.bonus_debt_fen
    return _pair(sums)


def _pairs(connection: Connection, asked: Select[Key, Value]) -> dict[Key, Value]:
    return {row[0]: row[1] for row in connection.execute(asked)}


def _pair(sums: Counter[str]) -> tuple[int, int]:
    return sums["stored"], sums["points"]


def _purse_of(lot: str) -> str:
    return "points" if lot.startswith("points:") else "stored"


def _expect(findings: Findings, where: str, found: tuple[int, int], due: tuple[int, int]) -> None:
    if found != due:
        findings.wrong("balance_mismatches", f"{where}: (stored, points) is {found}, should be {due}")


def _compare_money(connection: Connection, account: Account, findings: Findings) -> None:
    """What came in and went out by recorded tenders, over the whole chain."""
    asked = select(func.sum(t.postings.c.amount)).where(t.postings.c.account.like("tender:%"))
    found = int(connection.scalar(asked) or 0)
    due = account.sums["other_paid_minor"] + account.sums["topped_up_minor"] - account.sums["other_returned_minor"]
    if found != due:
        findings.wrong("balance_mismatches", f"recorded tenders at HQ are {found}, should be {due}")


def _look_for_overdrafts(connection: Connection, account: Account, findings: Findings) -> None:
    for member in sorted(account.overdrawn):
        findings.wrong("overdrawn", f"member {member} spent more than there was")
    for row in connection.execute(select(t.subject_lots).where(t.subject_lots.c.free < 0)):
        findings.wrong("overdrawn", f"free value of {row.subject} {row.lot} is {row.free}")
    for row in connection.execute(select(t.holders).where(t.holders.c.loss > 0)):
        findings.wrong("overdrawn", f"{row.subject} {row.lot}: loss of {row.loss}")
    for row in connection.execute(select(t.member_lots).where(t.member_lots.c.balance < 0)):
        findings.wrong("overdrawn", f"balance of {row.member_id} {row.lot} is {row.balance}")


def _count(connection: Connection, findings: Findings) -> None:
    entries = t.entries.c
    by_codes = select(entries.verdict_codes, func.count()).where(entries.verdict == "exception")
    findings.exceptions = _pairs(connection, by_codes.group_by(entries.verdict_codes))
    findings.figures["exceptions"] = sum(findings.exceptions.values())
    parked = select(func.count()).select_from(t.entries).where(entries.verdict == "parked")
    findings.figures["parked"] = int(connection.scalar(parked) or 0)
