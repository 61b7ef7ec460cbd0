"""Healing, and what must hold when all has come to rest: everything at HQ once, both ends equal to the fen."""

from collections import Counter, defaultdict
from uuid import UUID

from hq_sync_server.office.upkeep import verify as hq_verify
from pos_client.ledger import verify as till_verify
from pos_client.ledger.epochs import ENROL_AGAIN, PASSING
from shared_models.moments import DAY_MS
from tests.simulation.account import RISK
from tests.simulation.big_faults import accept_kept, allow, enrol_again
from tests.simulation.moments import Crash
from tests.simulation.small_faults import POISONED_FEN
from tests.simulation.stage import Stage
from tests.simulation.steps import talk
from tests.simulation.till import SimTill

ROUNDS_MAX = 12
"""So many rounds of everybody speaking once must be enough, whatever was left behind."""

ROUNDS_OF_ALL = 2
"""From then on those speak that have something to say or to hear."""

_BALANCES = "SELECT member_id, lot, balance FROM member_lots WHERE balance <> 0"
_DEBTS = "SELECT member_id, canonical_id, points_debt, bonus_debt_fen, status FROM members"
_TENDERED = "SELECT coalesce(sum(amount), 0) FROM postings WHERE account = 'cash' OR account LIKE 'tender:%'"
_PERSONAL = """
    SELECT count(*) FROM attachments JOIN subjects ON subjects.position = attachments.position WHERE subject = ?
"""
_LENT = "SELECT member_id, lot, open_fen FROM risks WHERE open_fen <> 0"
_LENT_AND_FREE = """
    SELECT risks.member_id, risks.open_fen, sum(free) FROM risks
    JOIN members ON members.member_id = risks.member_id AND members.status = 'active'
    JOIN subject_lots ON subject_lots.subject = members.canonical_id
        AND (subject_lots.lot LIKE 'principal:%' OR subject_lots.lot LIKE 'bonus:%')
    WHERE risks.open_fen > 0 GROUP BY risks.member_id, risks.lot HAVING sum(free) > 0
"""
_EXPOSED = "SELECT subject, lot, exposed FROM subject_lots WHERE exposed <> 0"
_DEPOSITS = "SELECT -coalesce(sum(amount), 0) FROM postings WHERE account = 'deposits'"
_NEWEST = "SELECT coalesce(max(value), 0) FROM counters WHERE name = 'feed'"


def heal(stage: Stage) -> list[str]:
    """Fair weather; everybody speaks until nothing is left to say. What did not come to rest."""
    for till in stage.machines:
        till.wire.line = "up"
        till.wire.armed.clear()
        till.clock.wrong_by_ms = 0
        till.clock.crash_in = 0
        till.wire.deliver_late(through=1 << 60)
    stage.clock.advance(3_600_000)
    errors = {till.name: "" for till in stage.machines}
    for round_number in range(ROUNDS_MAX):
        for till in stage.machines:
            if round_number < ROUNDS_OF_ALL or errors[till.name] or not _at_rest(stage, till):
                errors[till.name] = _speak(stage, till)
        stage.clock.advance(60_000)
        for copy in filter(_is_refused_for_good, stage.ghosts):
            accept_kept(stage, copy)
            errors[copy.name] = ""
        stage.watch.look(stage.machines, stage.machines)
        is_allowed = [allow(stage, till) for till in stage.tills]
        for till in stage.tills:
            if till.frozen in ENROL_AGAIN:
                enrol_again(stage, till)
        if not any(errors.values()) and not any(is_allowed) and all(_at_rest(stage, till) for till in stage.machines):
            return []
    return [f"not at rest after {ROUNDS_MAX} rounds: {till.name} {errors[till.name]} {_where(till)}"
            for till in stage.machines if errors[till.name] or not _at_rest(stage, till)]  # fmt: skip


def _speak(stage: Stage, till: SimTill) -> str:
    till.wire.in_one_step = 0
    try:
        till.engine.push_soon()
        return talk(stage, till, pull=True, whole=True)
    except Crash:  # armed long ago
        till.restart(till.image(), machine=False)
        return "crashed"


def _is_refused_for_good(copy: SimTill) -> bool:
    """The other machine of this till was enrolled again while the copy was the one that went on: nobody gives a copy a
    key of its own. What it wrote is asked of it all the same."""
    return copy.frozen == PASSING


def _at_rest(stage: Stage, till: SimTill) -> bool:
    if till in stage.ghosts and _is_refused_for_good(till):
        return till.ledger.delivered_seq() == till.ledger.head().seq and till.ledger.owed() is None
    newest = stage.watch.reader.execute(_NEWEST).fetchone()[0]
    return (
        till.ledger.sync_state().waiting_entries == 0
        and till.ledger.open_request() is None
        and till.ledger.mirror_cursor().position >= newest
    )


def _where(till: SimTill) -> str:
    state = till.ledger.sync_state()
    return f"waiting {state.waiting_entries}, frozen {state.frozen!r}, error {state.last_error!r}"


def compare(stage: Stage) -> list[str]:
    """Everything that does not agree."""
    wrong = [
        *_compare_entries(stage),
        *_compare_parked(stage),
        *_compare_money(stage),
        *_compare_people(stage),
        *_compare_lent(stage),
        *_compare_exposed(stage),
        *(f"refunded more than sold: {each}" for each in stage.account.over_refunded(stage.excused_sales)),
        *(f"credited twice: {each}" for each in stage.account.credited_twice(stage.excused_sales)),
        *(f"returned: {each}" for each in stage.account.earned_by_nothing(stage.excused_sales)),
        *(f"redeemed twice: {each}" for each in stage.account.redeemed_twice(stage.watch.excused_tokens)),
    ]
    stage.watch.look_at_bound(stage.tills)
    stage.watch.look_at_tokens(stage.tills)
    for till in stage.tills:
        stage.watch.look_at_holder(till)
    with stage.hq.desk.read() as connection:
        wrong += [f"HQ verify: {fault.code} {fault.where}" for fault in hq_verify.verify(connection).faults]
    for till in stage.machines:
        told = till_verify(till.folder, anchor_path=till.anchor_path)
        unread = {(link.epoch, link.seq) for link in till.chain if link.business_id in stage.unreadable}
        wrong += [
            f"{till.name} verify: {each.code} {each.epoch}/{each.seq} {each.told}"
            for each in told.findings
            if (each.epoch, each.seq) not in unread
            and not (each.code == "anchor_ahead" and _is_frozen_copy(stage, till))
        ]
    return wrong


def _is_frozen_copy(stage: Stage, till: SimTill) -> bool:
    """A copy of a till that had put back its backup: what the anchor saw is lost on both, and nobody heals a copy."""
    return till in stage.ghosts and bool(till.frozen)


def _compare_entries(stage: Stage) -> list[str]:
    """Every entry on a till's disk is at HQ, once; a fact counts once."""
    at_hq = stage.watch.entries
    wrong = [
        f"missing at HQ: {till.name} {link.epoch}/{link.seq} {link.entry_type}"
        for till in stage.machines
        for link in till.chain
        if (till.till_id, link.epoch, link.seq, link.entry_hash) not in at_hq
    ]
    counted = Counter(entry.business_id for entry in at_hq.values() if entry.counts)
    wrong += [f"counted {count} times: {business_id}" for business_id, count in counted.items() if count > 1]
    for business_id, fact in stage.account.facts.items():
        if fact.kind != "injected" and stage.account.exists(business_id) and not counted[business_id]:
            wrong.append(f"not counted at HQ: {fact.kind} {business_id.hex}")
    return wrong[:20]


def _compare_parked(stage: Stage) -> list[str]:
    """HQ set aside what was put in to be set aside, and nothing else."""
    parked = {entry.business_id: entry for entry in stage.watch.entries.values() if entry.verdict == "parked"}
    wrong = [
        f"parked: {entry.codes} {entry.epoch}/{entry.seq}"
        for business_id, entry in parked.items()
        if business_id not in stage.parked
    ]
    there = {business_id for business_id in stage.parked if stage.account.exists(business_id)}
    return wrong + [f"not parked: {business_id}" for business_id in there - parked.keys() - _not_repriced(stage)]


def _not_repriced(stage: Stage) -> set[UUID]:
    """Poisoned sales that HQ never tasted: it lost the rules they were sold by when it was restored."""
    return {
        entry.business_id
        for entry in stage.watch.entries.values()
        if entry.business_id in stage.parked and entry.counts and entry.codes == "not_repriced"
    }


def _compare_money(stage: Stage) -> list[str]:
    found = stage.watch.reader.execute(_TENDERED).fetchone()[0]
    due = stage.account.tendered_fen + POISONED_FEN * len(_not_repriced(stage))
    wrong = [] if found == due else [f"money of all kinds at HQ is {found}, should be {due}"]
    owed = stage.watch.reader.execute(_DEPOSITS).fetchone()[0]
    if owed != stage.account.deposits_fen:
        wrong.append(f"of deposits HQ owes {owed}, should be {stage.account.deposits_fen}")
    return wrong


def _compare_people(stage: Stage) -> list[str]:
    """What each person has: the account's figure, HQ's, and what every till shows."""
    persons: dict[UUID, UUID] = {}
    purses: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    forgotten: set[UUID] = set()
    for raw, canonical, points_debt, bonus_debt_fen, status in stage.watch.reader.execute(_DEBTS):
        member_id = UUID(bytes=raw)
        persons[member_id] = UUID(bytes=canonical)
        purses[member_id][0] -= bonus_debt_fen
        purses[member_id][1] -= points_debt
        if status == "forgotten":
            forgotten.add(member_id)
    for raw, lot, balance in stage.watch.reader.execute(_BALANCES):
        purses[UUID(bytes=raw)][lot.startswith("points:")] += balance
    wrong = []
    due: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for (subject, lot), amount in stage.account.lots.items():
        if lot.startswith(RISK):
            continue
        due[persons.get(subject, subject)][lot.startswith("points:")] += amount
    for subject, debt in stage.account.debts.items():
        due[persons.get(subject, subject)][1] -= debt
    at_hq: dict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    for member_id, (stored, points) in purses.items():
        at_hq[persons[member_id]][0] += stored
        at_hq[persons[member_id]][1] += points
    for person in due.keys() | at_hq.keys():
        expected = (due[person][0], due[person][1])
        if tuple(at_hq[person]) != expected:
            wrong.append(
                f"person {person.hex[:8]}: (stored, points) at HQ {tuple(at_hq[person])}, should be {expected}"
            )
    for till in stage.tills:
        wrong += _compare_shown(till, persons, purses, forgotten)
    return wrong[:20]


def _compare_lent(stage: Stage) -> list[str]:
    """What was lent above the rights is owed, paid, or the chain's loss; and who has something free owes nothing."""
    reader = stage.watch.reader
    found = {(UUID(bytes=row[0]), row[1]): row[2] for row in reader.execute(_LENT)}
    due = stage.account.lent()
    wrong = [
        f"lent above the rights: {lot} of {subject.hex[:8]} is {found.get((subject, lot), 0)} at HQ, "
        f"should be {due.get((subject, lot), 0)}"
        for subject, lot in found.keys() | due.keys()
        if found.get((subject, lot), 0) != due.get((subject, lot), 0)
    ]
    both = reader.execute(_LENT_AND_FREE)
    return wrong + [f"{UUID(bytes=row[0]).hex[:8]} owes {row[1]} fen and has {row[2]} free" for row in both]


def _compare_exposed(stage: Stage) -> list[str]:
    """HQ, back from its backup and told everything, answers for nothing but what a disk or its own facts lost."""
    if stage.met["till_excused"]:
        return []
    return [
        f"HQ answers for {amount} of {UUID(bytes=subject).hex[:8]} {lot}, and everybody was heard"
        for subject, lot, amount in stage.watch.reader.execute(_EXPOSED)
        if (UUID(bytes=subject), lot) not in stage.watch.excused
    ]


def _compare_shown(
    till: SimTill, persons: dict[UUID, UUID], purses: dict[UUID, list[int]], forgotten: set[UUID]
) -> list[str]:
    wrong = []
    for member_id in persons:
        row = till.ledger.member_row(member_id)
        if member_id in forgotten:
            if row is not None:
                wrong.append(f"{till.name} still shows {member_id.hex[:8]}, who was forgotten")
            if till.ledger._database.driver.execute(_PERSONAL, (member_id.bytes,)).fetchone()[0]:
                wrong.append(f"{till.name} still has what {member_id.hex[:8]} said of themselves")
            continue
        if row is None:
            wrong.append(f"{till.name} does not know {member_id.hex[:8]}")
            continue
        stored = sum(lot.balance for lot in row.lots if not lot.lot.startswith("points:")) - row.bonus_debt_fen
        points = sum(lot.balance for lot in row.lots if lot.lot.startswith("points:")) - row.points_debt
        figure = till.ledger.member_figure(member_id)
        assert figure is not None
        if [stored, points] != purses[member_id] or figure.own_entries:
            wrong.append(
                f"{till.name} shows {member_id.hex[:8]} as {(stored, points)} with {figure.own_entries} own, "
                f"HQ has {tuple(purses[member_id])}"
            )
    return wrong


def hours(stage: Stage, started_ms: int) -> float:
    """How long all tills together were under the simulation's clock."""
    return len(stage.tills) * (stage.clock.now_ms() - started_ms) / (DAY_MS / 24)
