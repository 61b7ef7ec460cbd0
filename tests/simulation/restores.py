"""HQ comes back from its backup: told so, told so once more, told nothing; or it goes on without a till.

What HQ lost, and what tills held when it did not know that it had, is excused by lot; that HQ notices is demanded.
"""

from random import Random

from hq_sync_server.office.healing import recovery
from tests.simulation import steps
from tests.simulation.big_faults import excuse_what_hq_lost, excuse_what_it_holds
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.steps import Act, talk
from tests.simulation.till import SimTill


def hq_backup(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ is backed up."""
    stage.backup = stage.hq.backed_up()


def hq_restored(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ's disk died; it comes back from its backup and says so."""
    if not stage.backup:
        return
    _passed_on(stage, till, chance)
    stage.met[step.kind] += 1
    stage.watch.look(stage.machines)
    stage.watch.close()
    stage.hq.restored_from(stage.backup)
    stage.hq.desk.run(recovery.begin)
    _begin_anew(stage)


def _begin_anew(stage: Stage) -> None:
    """HQ's file is an older one now: that a disk went back it sees only where it still has what that disk lost, and of
    two copies of a till one may speak for both."""
    stage.watch.begin_anew()
    copied = {ghost.till_id for ghost in stage.ghosts}
    for copy in (each for each in stage.machines if each.till_id in copied):
        excuse_what_it_holds(stage, copy)
        excuse_what_hq_lost(stage, copy)
    for till in stage.machines:
        if till.must_alarm and till.answers_at_fault >= 0:
            till.must_alarm = stage.watch.has_any(till, till.gone)


def _passed_on(stage: Stage, till: SimTill, chance: Random) -> None:
    """What some other till held when HQ was backed up has come to this one since."""
    member_id = stage.cashier.member_at(till, steps.known_person(stage, chance))
    if member_id is None or till.is_cut_off or till.frozen:
        return
    basket_id = stage.cashier.attach(till, member_id)
    talk(stage, till)
    steps.come_over(stage, till, [each for each in stage.tills if not each.is_cut_off])
    till.ledger.drop_basket(basket_id)


def hq_restored_again(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The same backup once more, while tills are still telling what they know or after it."""
    if stage.met["hq_restored"] or stage.met["hq_restored_silently"]:
        hq_restored(stage, till, step, chance)


def hq_restored_silently(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ comes back from its backup and nobody says so. Until the first till is heard of which the backup lacks
    something, HQ lends what it does not know that it lent: that much is excused, and that it is noticed is demanded."""
    if not stage.backup:
        return
    stage.met["hq_restored_silently"] += 1
    stage.watch.look(stage.machines)
    stage.watch.close()
    before = stage.hq.desk.run(lambda work: work.hq_epoch)
    stage.hq.restored_from(stage.backup)
    _begin_anew(stage)
    for each in stage.machines:
        excuse_what_it_holds(stage, each)
        excuse_what_hq_lost(stage, each)
    known = stage.watch.heads()
    lost = [
        each for each in stage.tills
        if each.ledger.acked()[0] > known.get((each.till_id, each.ledger.head().epoch), 0)
        and not _lost_before(stage, each)
    ]  # fmt: skip
    for each in chance.sample(lost, len(lost)):
        heard = each.answers
        talk(stage, each)
        if each.answers > heard and not each.frozen:
            break
    else:
        return
    if stage.hq.desk.run(lambda work: work.hq_epoch) <= before:
        stage.watch.wrong.append(f"HQ lost what it had of {each.name}, heard it, and did not notice")


def _lost_before(stage: Stage, till: SimTill) -> bool:
    """Whether these records know themselves that they lack something of this till: they are of a recovery that awaits
    it, and it has heard nothing of HQ since that began. That HQ was restored once more it cannot tell them."""
    word = till.ledger.proof()
    with stage.hq.desk.read() as connection:
        state = recovery.state(connection)
    if state is None or word is None or word.hq_epoch >= state.hq_epoch:
        return False
    return till.till_id in {one.till_id for one in state.tills if one.reported_at_ms is None}


def till_excused(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ waits for a till that does not come, and a manager goes on without it."""
    with stage.hq.desk.read() as connection:
        state = recovery.state(connection)
    awaited = [one.till_id for one in state.awaited] if state is not None and state.is_open else []
    if not awaited:
        return
    excused = chance.choice(awaited)
    stage.met["till_excused"] += 1
    for each in stage.machines:
        if each.till_id == excused:
            excuse_what_it_holds(stage, each)
            excuse_what_hq_lost(stage, each)
    stage.watch.excused_tills.add(excused)
    stage.hq.desk.run(lambda work: recovery.excuse(work, excused, "hq"))


RESTORES: dict[str, Act] = {
    "hq_backup": hq_backup,
    "hq_restored": hq_restored,
    "hq_restored_again": hq_restored_again,
    "hq_restored_silently": hq_restored_silently,
    "till_excused": till_excused,
}
