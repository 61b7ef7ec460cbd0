"""What must hold after every step, read from HQ's file and the tills' by SQL of our own.

A, O, F >= 0; postings sum to zero; every entry once, and only entries that some till wrote; a token has one owner; no
lot is overdrawn in truth; rights freeze where a disk went back, and nowhere else.
"""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from uuid import UUID

from shared_models import bodies
from shared_models.entries import entry_hash
from shared_models.ids import HQ_TILL_ID, id_of
from shared_models.postings import lot_account
from tests.simulation.account import RISK, Account, LotKey, Move
from tests.simulation.till import Link, SimTill

AT_HQ = "hq"
_NEW_ENTRIES = """
    SELECT entry_id, till_id, epoch, seq, prev_hash, entry_hash, entry_type, type_version, body, business_id, verdict,
        verdict_codes, counts
    FROM entries WHERE entry_id > ? ORDER BY entry_id
"""
_UNBALANCED = """
    SELECT entry_id, unit, sum(amount) FROM postings WHERE entry_id > ? GROUP BY entry_id, unit HAVING sum(amount) <> 0
"""
_OUTSIDE_BELOW_ZERO = """
    SELECT hex(subject), lot, hex(till_id) FROM holders
    WHERE granted + credited + risk + loss - spent - released - taken_back < 0
"""
_FREE_BELOW_ZERO = "SELECT hex(subject), lot, free FROM subject_lots WHERE free < 0 AND NOT recovering"
_AVAILABLE_BELOW_ZERO = "SELECT hex(subject), lot FROM rights WHERE granted + credited + risk - spent - released < 0"
_AWAITED = """
    SELECT till_id FROM recoveries WHERE reported_at_ms IS NULL AND hq_epoch = (SELECT max(hq_epoch) FROM recoveries)
"""
_RECOVERY = "SELECT coalesce(max(hq_epoch), 0) FROM recoveries"
_FREE = "SELECT subject, lot, free FROM subject_lots WHERE free > 0 AND NOT recovering"
_OWNED = "SELECT token FROM tokens WHERE state = 'owned'"
_OWNED_AT_HQ = """
    SELECT token FROM tokens
    WHERE kind IN ('coupon', 'order') AND owner_till_id = ? AND owner_epoch = ? AND spent_entry_id IS NULL
"""
_GRANTED = "SELECT coalesce(sum(granted), 0) FROM holders WHERE subject = ?"
_OUTSIDE = """
    SELECT subject, lot, granted + credited + risk + loss - spent - released - taken_back FROM holders
    WHERE till_id = ? AND epoch = ?
"""
_AVAILABLE = "SELECT subject, lot, granted + credited + risk - spent - released FROM rights WHERE epoch = ?"
_SUM_AVAILABLE = """
    SELECT subject, lot, granted + credited + risk - spent - released FROM rights
    WHERE epoch = ? AND granted + credited + risk - spent - released > 0
"""
_SEALED = "SELECT till_id, epoch FROM heads WHERE status = 'sealed'"


@dataclass(slots=True)
class AtHq:
    """An entry of a till as HQ keeps it."""

    till_id: UUID
    epoch: int
    seq: int
    entry_hash: bytes
    business_id: UUID | None
    verdict: str
    codes: str
    counts: bool


@dataclass(slots=True)
class Watch:
    """Looks after each step. `wrong` are the sentences of what did not hold."""

    path: Path
    account: Account
    written: dict[UUID, set[tuple[int, int, bytes]]] = field(default_factory=dict)
    entries: dict[tuple[UUID, int, int, bytes], AtHq] = field(default_factory=dict)
    wrong: list[str] = field(default_factory=list)
    losses: dict[tuple[UUID, str], int] = field(default_factory=dict)
    facts: dict[str, int] = field(default_factory=dict)
    excused: set[LotKey] = field(default_factory=set)
    excused_tokens: set[bytes] = field(default_factory=set)
    excused_tills: set[UUID] = field(default_factory=set)
    frozen: dict[UUID, int] = field(default_factory=dict)
    heard: set[UUID] = field(default_factory=set)  # facts that HQ had at any time
    postings_checked: int = 0
    _last_entry: int = 0
    _seen: tuple[int, int] = (0, 0)
    _recovery: int = 0  # the last one HQ knows of
    _reader: sqlite3.Connection | None = None

    # --- reading -----------------------------------------------------------------------------------------------------

    @property
    def reader(self) -> sqlite3.Connection:
        """A connection of our own, for reading."""
        if self._reader is None:
            self._reader = sqlite3.connect(f"{self.path.as_uri()}?mode=ro", uri=True, isolation_level=None)
        return self._reader

    def close(self) -> None:
        """Give the connection back: at the end, and before HQ's file is exchanged."""
        if self._reader is not None:
            self._reader.close()
            self._reader, self._seen = None, (0, 0)

    def excuse_lots(self, rows: Iterable[tuple[bytes, str]]) -> None:
        """More than there is may be spent of these, as long as HQ names it as a loss."""
        self.excused.update((id_of(subject), lot) for subject, lot in rows)

    def excuse_everything(self, till: SimTill) -> None:
        """Whoever is declared gone may have spent, or redeemed, what HQ has not heard of."""
        driver = till.ledger._database.driver
        self.excuse_lots(driver.execute("SELECT subject, lot FROM rights"))
        self.excused_tokens.update(token for (token,) in driver.execute("SELECT token FROM tokens"))

    def excuse_forgotten(self, facts: Iterable[UUID]) -> None:
        """These are on a disk no longer, or not at HQ. What HQ had, and nobody has any more because HQ came back from a
        backup *and* the disk went back, may have come home and been lent to others meanwhile: HQ will answer for it."""
        for business_id in facts:
            fact = self.account.facts.get(business_id)
            if fact is not None and business_id in self.heard and not self.account.exists(business_id):
                self.excused.update((move.subject, move.lot) for move in fact.moves if move.amount > 0)

    def is_at_hq(self, member_id: UUID) -> bool:
        """Whether HQ has heard of this member."""
        found = self.reader.execute("SELECT 1 FROM members WHERE member_id = ?", (member_id.bytes,)).fetchone()
        return found is not None

    def has_any(self, till: SimTill, links: Iterable[Link]) -> bool:
        """Whether HQ has one of these entries."""
        return any((till.till_id, link.epoch, link.seq, link.entry_hash) in self.entries for link in links)

    def heads(self) -> dict[tuple[UUID, int], int]:
        """Up to where HQ has each epoch of each till."""
        rows = self.reader.execute("SELECT till_id, epoch, seq FROM heads")
        return {(id_of(till_id), epoch): seq for till_id, epoch, seq in rows}

    def freeze(self, member_id: UUID, *, is_frozen: bool) -> None:
        """HQ froze or thawed a member."""
        self.frozen.pop(member_id, None)
        awaited = self.reader.execute(_AWAITED).fetchone() is not None  # these will say what they were lent before
        if is_frozen and not awaited:
            self.frozen[member_id] = self.reader.execute(_GRANTED, (member_id.bytes,)).fetchone()[0]

    def begin_anew(self) -> None:
        """HQ's file was exchanged for an older one: what it had told since is not there any more. What it had moved
        between lots meanwhile it may have lent, so these lots may be short until it answers for them itself."""
        self.close()
        moved = Counter(self._hq_moves)
        had = [entry.business_id for entry in self.entries.values() if entry.business_id is not None]
        for business_id in had:
            self.account.lost(business_id, AT_HQ)
        self.account.book(self._hq_moves, -1)
        self.account.debts.update(self._settled)
        self._settled.clear()
        self.frozen.clear()  # who was frozen may not be any more, and tills say what they were lent
        self._hq_moves.clear()
        self.entries.clear()
        self.losses.clear()
        self.facts.clear()
        self._last_entry = 0
        self.look_at_hq()
        lost = moved - Counter(self._hq_moves)  # by count: a move of the same amount may have been made before it
        self.excused.update((move.subject, move.lot) for move in lost)
        self.excuse_forgotten(had)

    _hq_moves: list[Move] = field(default_factory=list)
    _settled: Counter[UUID] = field(default_factory=Counter)

    # --- after every step --------------------------------------------------------------------------------------------

    def remember(self, till: SimTill) -> None:
        """Entries this till wrote: HQ may have no others."""
        known = self.written.setdefault(till.till_id, set())
        for link in reversed(till.chain):
            place = (link.epoch, link.seq, link.entry_hash)
            if place in known:
                break
            known.add(place)

    def look(self, tills: Sequence[SimTill], touched: Iterable[SimTill] = (), *, full: bool = False) -> None:
        """Look at HQ and at the tills that were touched; `full`: at the bound and the tokens too."""
        for till in tills:
            self.remember(till)
        seen = {id(till): till for till in (*touched, *(each for each in tills if each.must_alarm))}
        for till in seen.values():
            self.look_at_till(till)
        self.look_at_hq()
        for sentence in self.account.overdrawn(self.excused):
            self.wrong.append(f"overdrawn in truth: {sentence}")
        if full:
            self.look_at_bound(tills)
            self.look_at_tokens(tills)
            for each in self.account.redeemed_twice(self.excused_tokens):
                self.wrong.append(f"redeemed twice: {each}")

    def look_at_till(self, till: SimTill) -> None:
        """A >= 0, promises kept, and no alarm without a reason."""
        driver = till.ledger._database.driver
        for subject, lot in driver.execute(_AVAILABLE_BELOW_ZERO):
            self.wrong.append(f"{till.name}: A of {subject} {lot} is below zero")
        self.wrong += till.unexpected
        till.unexpected.clear()
        if till.frozen and not till.alarm_excused:
            self.wrong.append(f"{till.name}: rights froze ({till.frozen}) and no disk went back")
        if till.must_alarm and (till.frozen or till.answers > till.answers_at_fault):
            till.must_alarm = False
            if not till.frozen:
                self.wrong.append(f"{till.name}: no alarm at the first answer after its disk went back")

    def look_at_hq(self) -> None:
        """O, F >= 0; whatever is new is what some till wrote, once, and balanced."""
        reader, before = self.reader, self._last_entry
        seen = (id(reader), reader.execute("PRAGMA data_version").fetchone()[0])
        if seen == self._seen:
            return  # nobody has committed anything at HQ since
        self._seen = seen
        for row in reader.execute(_NEW_ENTRIES, (before,)).fetchall():
            self._take(row)
        for entry_id, unit, amount in reader.execute(_UNBALANCED, (before,)):
            self.wrong.append(f"HQ: postings of entry {entry_id} sum to {amount} {unit}")
        count = reader.execute("SELECT count(*) FROM postings WHERE entry_id > ?", (before,)).fetchone()[0]
        self.postings_checked += count
        for subject, lot, till_id in reader.execute(_OUTSIDE_BELOW_ZERO):
            self.wrong.append(f"HQ: O of {subject} {lot} at {till_id} is below zero")
        for subject, lot, free in reader.execute(_FREE_BELOW_ZERO):
            self.wrong.append(f"HQ: F of {subject} {lot} is {free}")
        self.look_at_frozen()

    def _take(self, row: tuple[object, ...]) -> None:
        entry_id, raw_till, epoch, seq, prev_hash, digest, entry_type, version, body, *rest = row
        business, verdict, codes, counts = rest
        assert isinstance(entry_id, int)
        assert isinstance(raw_till, bytes)
        assert isinstance(body, bytes)
        self._last_entry = max(self._last_entry, entry_id)
        till_id = id_of(raw_till)
        if till_id == HQ_TILL_ID:
            self._take_fact(str(entry_type), int(str(version)), body)
            return
        assert isinstance(epoch, int)
        assert isinstance(seq, int)
        assert isinstance(prev_hash, bytes)
        assert isinstance(digest, bytes)
        place = (epoch, seq, digest)
        if entry_hash(till_id, epoch, seq, prev_hash, str(entry_type), int(str(version)), body) != digest:
            self.wrong.append(f"HQ: the hash of {till_id.hex[-4:]} {epoch}/{seq} is not that of its body")
        if place not in self.written.get(till_id, set()):
            self.wrong.append(f"HQ: no till ever wrote {till_id.hex[-4:]} {epoch}/{seq} {entry_type}")
        key = (till_id, *place)
        if key in self.entries:
            self.wrong.append(f"HQ: {till_id.hex[-4:]} {epoch}/{seq} is there twice")
        business_id = id_of(business) if isinstance(business, bytes) else None
        self.entries[key] = AtHq(till_id, *place, business_id, str(verdict), str(codes), bool(counts))
        if business_id is not None:
            self.account.found(business_id, AT_HQ)
            self.heard.add(business_id)

    def _take_fact(self, entry_type: str, version: int, body: bytes) -> None:
        fact = bodies.decode_body(entry_type, version, body)
        assert fact is not None
        self.facts[entry_type] = self.facts.get(entry_type, 0) + 1
        moves = list(hq_moves(fact))
        self._hq_moves += moves
        self.account.book(moves)
        if isinstance(fact, bodies.DebtSettled) and fact.unit == "points":
            settled = sum(part.amount for part in fact.lots)
            self.account.debts[fact.member_id] -= settled
            self._settled[fact.member_id] += settled
        if isinstance(fact, bodies.LossBooked):
            key = (fact.subject, fact.lot)
            self.losses[key] = self.losses.get(key, 0) + fact.amount
            if key not in self.excused and fact.till_id not in self.excused_tills:
                self.wrong.append(f"HQ: a loss of {fact.amount} on {fact.lot} and no disk went back")

    # --- now and then ------------------------------------------------------------------------------------------------

    def look_at_bound(self, tills: Sequence[SimTill]) -> None:
        """The bound itself: what is free at HQ and what all tills may still spend is never more than there is."""
        most: dict[LotKey, int] = {}
        for subject, lot, free in self.reader.execute(_FREE):
            most[id_of(subject), lot] = free
        sealed = set(self.reader.execute(_SEALED))
        for till in tills:
            epoch = till.ledger.head().epoch
            if till.frozen and (till.till_id.bytes, epoch) in sealed:
                continue  # HQ took home what it had there, also what came after the word that it is gone
            for subject, lot, available in till.ledger._database.driver.execute(_SUM_AVAILABLE, (epoch,)):
                key = (id_of(subject), lot)
                most[key] = most.get(key, 0) + available
        for key, amount in most.items():
            if lot_account(key[1]) in ("uses", "risk") or key in self.excused:
                continue
            if amount > self.account.lots[key]:
                self.wrong.append(
                    f"bound: {amount} of {key[0].hex[:8]} {key[1]} may be spent, there is {self.account.lots[key]}"
                )

    def look_at_holder(self, till: SimTill) -> None:
        """O = A, once everything was delivered."""
        epoch = till.ledger.head().epoch
        here = {(row[0], row[1]): row[2] for row in till.ledger._database.driver.execute(_AVAILABLE, (epoch,))}
        there = {(row[0], row[1]): row[2] for row in self.reader.execute(_OUTSIDE, (till.till_id.bytes, epoch))}
        for subject, lot in here.keys() | there.keys():
            available, outside = here.get((subject, lot), 0), there.get((subject, lot), 0)
            if available != outside and (id_of(subject), lot) not in self.excused:
                self.wrong.append(f"{till.name}: A of {subject.hex()[:8]} {lot} is {available}, O at HQ is {outside}")

        owned = {row[0] for row in till.ledger._database.driver.execute(_OWNED)}
        for (token,) in self.reader.execute(_OWNED_AT_HQ, (till.till_id.bytes, epoch)):
            if token not in owned and token not in self.excused_tokens:
                self.wrong.append(f"{till.name}: HQ says that it owns token {token.hex()}, and it does not")

    def look_at_frozen(self) -> None:
        """Nothing is lent of a member who is frozen. Once HQ finds out that it was restored, tills say what they were
        lent before."""
        recovery = self.reader.execute(_RECOVERY).fetchone()[0]
        if recovery != self._recovery:
            self._recovery = recovery
            self.frozen.clear()
        for member_id, granted in self.frozen.items():
            found = self.reader.execute(_GRANTED, (member_id.bytes,)).fetchone()[0]
            if found > granted:
                self.wrong.append(f"{member_id.hex[:8]} is frozen, and {found - granted} was lent")

    def look_at_figure(self, till: SimTill, member_id: UUID) -> None:
        """The figure shown is HQ's row and this till's own entries that the row does not say it includes."""
        figure = till.ledger.member_figure(member_id)
        if figure is None:
            return
        shown = [figure.principal_fen + figure.bonus_fen, figure.points]
        expected = [0, 0]
        for purse in figure.purses:
            row = till.ledger.member_row(purse)
            if row is None:
                continue
            for lot in row.lots:
                expected[lot.lot.startswith("points:")] += lot.balance
            mark = max(((m.epoch, m.seq) for m in row.marks if m.till_id == till.till_id), default=(0, 0))
            for link in till.chain:
                fact = self.account.facts.get(link.business_id)
                if fact is None or (link.epoch, link.seq) <= mark:
                    continue
                for move in fact.moves:
                    if move.subject == purse and not move.lot.startswith(RISK):
                        expected[move.lot.startswith("points:")] += move.amount
        if shown != expected:
            self.wrong.append(f"{till.name}: shows {member_id.hex[:8]} as {shown}, row and own entries are {expected}")

    def look_at_tokens(self, tills: Sequence[SimTill]) -> None:
        """One owner: a till that owns a token is the one HQ names, and no other owns it."""
        owner = dict(self.reader.execute("SELECT token, owner_till_id FROM tokens"))
        awaited = {row[0] for row in self.reader.execute(_AWAITED)}  # HQ cannot know yet what these took over
        seen: dict[bytes, str] = {}
        for till in tills:
            for (token,) in till.ledger._database.driver.execute("SELECT token FROM tokens WHERE state = 'owned'"):
                if token in seen and token not in self.excused_tokens:
                    self.wrong.append(f"token {token.hex()} is owned by {seen[token]} and {till.name}")
                seen[token] = till.name
                if till.till_id.bytes in awaited:
                    continue
                if token not in self.excused_tokens and token in owner and owner[token] != till.till_id.bytes:
                    self.wrong.append(f"token {token.hex()} is owned by {till.name}, HQ says otherwise")


def hq_moves(fact: bodies.Body) -> Iterator[Move]:
    """What a fact of HQ's own does to a member's lots."""
    match fact:
        case bodies.OpeningBalance() | bodies.BalanceAdjusted():
            yield from (Move(fact.member_id, part.lot, part.amount) for part in fact.lots)
        case bodies.MembersUnited():
            yield from (Move(fact.alias_id, part.lot, -part.amount) for part in fact.moved)
            yield from (Move(fact.canonical_id, part.lot, part.amount) for part in fact.moved)
        case bodies.DebtSettled():
            yield from (Move(fact.member_id, part.lot, -part.amount) for part in fact.lots)
        case bodies.ExposureBooked():
            yield from (Move(fact.subject, part.lot, part.amount) for part in fact.lots)
        case bodies.RiskSettled():
            yield Move(fact.subject, fact.risk_lot, sum(part.amount for part in fact.lots))
            yield from (Move(fact.member_id, part.lot, -part.amount) for part in fact.lots)
        case bodies.RiskReturned():
            yield Move(fact.subject, fact.risk_lot, -sum(part.amount for part in fact.lots))
            yield from (Move(fact.member_id, part.lot, part.amount) for part in fact.lots)
        case bodies.RiskLost():
            yield Move(fact.subject, fact.risk_lot, fact.amount_fen)
        case bodies.LotExpired():
            yield Move(fact.member_id, fact.lot, -fact.amount)
        case bodies.LossBooked():
            yield Move(fact.subject, fact.lot, fact.amount)
        case _:
            return
