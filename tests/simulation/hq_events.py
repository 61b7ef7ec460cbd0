"""What people at HQ do while tills are cut off (rules, members united, frozen, forgotten), and races of two tills."""

from random import Random

from msgspec.structs import replace

from hq_sync_server.office.books.books import Books
from hq_sync_server.office.desk import Work
from hq_sync_server.office.members import forgetting, uniting
from hq_sync_server.office.rights import home_tokens
from hq_sync_server.office.upkeep import upkeep
from hq_sync_server.records import statements
from shared_models.members import MemberStatus
from shared_models.moments import DAY_MS, business_date_of
from shared_models.refusals import Refusal
from shared_models.rules import EarnRules
from tests.simulation import greedy, steps
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.steps import Act, known_person, talk
from tests.simulation.till import SimTill
from tests.simulation.world import RULES, publish


def rules_changed(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The till's store gets new rules from today on; a till that is cut off sells by the old ones."""
    earn = EarnRules(milli_points_per_yuan=chance.choice((500, 1000, 2000, 3000)))
    today = business_date_of(stage.clock.now_ms())

    def change(work: Work) -> None:
        publish(work, till.store_id, replace(RULES, earn=earn), effective_from=today)

    stage.met["rules_changed"] += 1
    stage.hq.desk.run(change)


def registration_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Two tills register the same stranger, who tops up at one and buys at the other."""
    strangers = [person for person in stage.template.people if person.member_id is None]
    person = chance.choice(strangers)
    other = stage.tills[(stage.tills.index(till) + 1) % len(stage.tills)]
    found = [stage.cashier.member_at(each, person) for each in (till, other)]
    if any(found):
        steps.sale(stage, till, step, chance)
        return
    stage.met["registration_race"] += 1
    ids = [stage.cashier.register(each, person) for each in (till, other)]
    stage.cashier.top_up(till, ids[0], chance.choice((2000, 10_000)))
    stage.cashier.sell(other, chance.randint(300, 2000), 1, ids[1], None, coupon=False)
    talk(stage, other)


def edit_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Two tills change one profile."""
    person = known_person(stage, chance)
    other = stage.tills[(stage.tills.index(till) + 1) % len(stage.tills)]
    for each in (till, other):
        member_id = stage.cashier.member_at(each, person)
        if member_id is not None:
            stage.met["edit_race"] += each is other
            stage.cashier.edit(each, member_id, chance)


def lots_expire_lent(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Points are fetched, the line is cut, their month ends: they can be spent no more, and go home one day."""
    if till.is_cut_off or till.frozen:
        return
    member_id = stage.cashier.member_at(till, known_person(stage, chance))
    if member_id is None:
        return
    stage.cashier.attach(till, member_id)
    talk(stage, till)
    stage.cut(till)
    held = till.ledger.rights_of([member_id])
    this_month = f"points:{business_date_of(stage.clock.now_ms())[:7]}"
    stage.met["lots_expire_lent"] += any(lot == this_month and each.available for (_, lot), each in held.items())
    stage.clock.advance(7 * DAY_MS)
    greedy.while_it_is_forbidden(stage, till, chance)
    steps.member_sale(stage, till, step, chance)


def _two_people(stage: Stage, chance: Random) -> tuple[int, int]:
    known = [person.number for person in stage.template.people if person.member_id is not None]
    first, second = chance.sample(known, 2)
    return first, second


def merge_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ finds that two members are one person, while tills hold rights of both."""
    alias, canonical = _two_people(stage, chance)
    ids = {person.number: person.member_id for person in stage.template.people}
    alias_id, canonical_id = ids[alias], ids[canonical]
    assert alias_id is not None
    assert canonical_id is not None

    def unite(work: Work) -> bool:
        books = Books(work)
        books.open({alias_id, canonical_id})
        one, other = books.members[alias_id], books.members[canonical_id]
        free = not one.is_alias and not other.is_alias and not books.aliases_of(alias_id)
        possible = free and {one.status, other.status} <= {"active"}
        if possible:
            uniting.unite(books, alias_id, canonical_id)
            books.close()
        return possible

    stage.met["merge_race"] += stage.hq.desk.run(unite)


def freeze_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ freezes a member of whom tills hold rights, or thaws one."""
    member_id = known_person(stage, chance).member_id
    assert member_id is not None
    other: dict[MemberStatus, MemberStatus] = {"active": "frozen", "frozen": "active"}

    def freeze(work: Work) -> str:
        books = Books(work)
        books.open({member_id})
        page = books.members[member_id]
        if page.status not in other:
            return ""
        page.status = other[page.status]
        page.changed = page.touched = True
        books.close()
        return page.status

    status = stage.hq.desk.run(freeze)
    if status:
        stage.met["freeze_race"] += 1
        stage.watch.freeze(member_id, is_frozen=status == "frozen")


def forget_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody wants to be forgotten while tills are cut off."""
    if stage.met["forget_race"] >= 2:
        return
    ids = sorted(stage.cashier.people.ids[chance.choice(stage.template.people).number])
    member_id = ids[0] if ids else None
    if member_id is not None and stage.watch.is_at_hq(member_id):
        stage.met["forget_race"] += 1
        stage.hq.desk.run(lambda work: forgetting.forget(work, member_id))


def hq_upkeep(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ's daily work: what is free of expired lots is breakage."""
    upkeep.run_if_due(stage.hq.desk)


def home_moved(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Another till of this store is to redeem its printed coupons."""
    number = chance.randint(1, (len(stage.tills) + 1) // 2)

    def move(work: Work) -> bool:
        try:
            home_tokens.set_home(work, till.store_id, number)
        except Refusal:
            return False  # a store with fewer tills, or one whose key was taken away
        return True

    stage.met["home_moved"] += stage.hq.desk.run(move)


def home_race(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Two tills of one store, both cut off, are brought the same printed coupons."""
    others = [each for each in stage.tills if each.store_id == till.store_id and each is not till]
    if not others:
        return
    both = [till, chance.choice(others)]
    for each in both:
        stage.cut(each)
    stage.met["home_race"] += 1
    papers = [paper for paper in stage.template.papers if paper.store_id == till.store_id]
    for paper in chance.sample(papers, 2):
        for each in chance.sample(both, 2):
            steps.redeem(stage, each, paper, chance)


def home_passed_on(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Another till is the home till for a while, unheard of by this one, which then gets the home token before it has
    read which coupons were used there."""
    others = [each for each in stage.tills if each.store_id == till.store_id and each is not till]
    if not others:
        return
    other = chance.choice(others)
    if till.frozen or other.frozen:
        return
    for each in (till, other):
        each.wire.line = "up"
        each.wire.armed.clear()

    def home_is(which: SimTill | None) -> None:
        number = 0 if which is None else _number_of(stage, which)
        stage.hq.desk.run(lambda work: home_tokens.set_home(work, till.store_id, number))

    home_is(other)
    for each in (*stage.tills, other, other):
        if each.store_id == till.store_id and not each.is_cut_off:
            talk(stage, each, pull=True)
    home_is(till)
    for _ in range(2):
        talk(stage, other, pull=True)  # gives it up
    home_is(None)
    till.engine.pull(0)  # knows that nobody has it, and is not told any more
    for _ in range(2):
        talk(stage, other, pull=True)  # has it again
    papers = [paper for paper in stage.template.papers if paper.store_id == till.store_id]
    paper = chance.choice(papers)
    used = steps.redeem(stage, other, paper, chance)
    home_is(till)
    for _ in range(2):
        talk(stage, other, pull=True)
    talk(stage, till)
    stage.met["home_passed_on"] += used and till.ledger.home_token_unwanted() is None
    steps.redeem(stage, till, paper, chance)


def _number_of(stage: Stage, till: SimTill) -> int:
    row = till.ledger.till_row(till.till_id)
    return 0 if row is None else row.number


def wishes_wiped(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ forgets who shops where and what should lie at which till: wishes, on which no bound may hang."""

    def wipe(work: Work) -> None:
        for table in ("placements", "habits"):
            statements.run(work.connection, f"DELETE FROM {table}")

    stage.met["wishes_wiped"] += 1
    stage.hq.desk.run(wipe)


HQ_EVENTS: dict[str, Act] = {
    "rules_changed": rules_changed,
    "lots_expire_lent": lots_expire_lent,
    "registration_race": registration_race,
    "edit_race": edit_race,
    "hq_upkeep": hq_upkeep,
    "merge_race": merge_race,
    "freeze_race": freeze_race,
    "forget_race": forget_race,
    "home_moved": home_moved,
    "home_race": home_race,
    "home_passed_on": home_passed_on,
    "wishes_wiped": wishes_wiped,
}
