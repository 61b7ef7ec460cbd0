"""Faults that may come many times in a run and leave nothing behind that people must put right.

Each is counted where it truly happens: a fault that met nothing is none.
"""

from random import Random

from shared_models import bodies
from shared_models.bodies import Body
from shared_models.moments import DAY_MS
from shared_models.rule_engine import ENGINE_VERSION
from shared_models.rules import rule_hash
from shared_models.sales import Price, QuoteInputs, SaleLine, Tender
from tests.simulation import disk, steps
from tests.simulation.account import Fact
from tests.simulation.moments import FLAT_BATTERY_MS, WILD_MS
from tests.simulation.plan import Step
from tests.simulation.stage import Stage
from tests.simulation.steps import Act, known_person, talk
from tests.simulation.till import SimTill
from tests.simulation.wire import MESSAGE_FAULTS
from tests.simulation.world import GOODS_ID

CRASH_IN_MAX = 9
POISONED_FEN = 100


class StampGiven(Body, frozen=True, kw_only=True, omit_defaults=True):
    """An entry of a newer program: neither HQ's version nor its register knows the type."""

    stamps: int = 1


bodies._TYPE_OF[StampGiven] = ("stamp_given", 1)


# --- messages --------------------------------------------------------------------------------------------------------


def message(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The next request of this till meets the fault, and there is one to meet it."""
    till.wire.armed.append(step.kind)
    till.engine.push_soon()
    talk(stage, till)


def partition(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The line is cut."""
    stage.cut(till)


def partition_one_way(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """HQ hears the till, the till does not hear HQ."""
    stage.met["partition_one_way"] += till.wire.line != "deaf"
    till.wire.line = "deaf"


def mend(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The line is up again, and the till speaks at once: after a long outage all of them do."""
    if till.wire.line != "up" and sum(other.wire.line != "up" for other in stage.tills) == len(stage.tills):
        stage.met["herd"] += 1
    till.wire.line = "up"
    talk(stage, till, pull=True)


# --- processes and disks ---------------------------------------------------------------------------------------------


def till_crash(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The process dies somewhere in the middle of what it does."""
    stage.met["till_crash"] += 1
    till.clock.crash_in = chance.randint(1, CRASH_IN_MAX)
    try:
        _something(stage, till, step, chance)
    finally:
        till.clock.crash_in = 0


def till_killed(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The process dies between two customers."""
    stage.met["till_killed"] += 1
    till.restart(till.image(), machine=chance.random() < 0.5)


def power_loss(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The power goes: what no disk was waited for is gone."""
    stage.met["power_loss"] += 1
    before = till.image()
    _something(stage, till, step, chance)
    till.restart(disk.after_power_cut(till.image(), before, till.ledger, chance, writing=False), machine=True)


def power_loss_torn(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The power goes while an entry is being written: any part of it is on the disk, the rest is torn or not there."""
    stage.met["power_loss_torn"] += 1
    before, promised = till.image(), len(till.chain)
    steps.sale(stage, till, step, chance)
    now = till.image()
    gone = till.chain[promised:]  # nobody was told: the power went before `append` came back
    if gone:
        last = till.chain[promised - 1]
        till.forget_after(last.epoch, last.seq)
    till.restart(disk.after_power_cut(now, before, till.ledger, chance, writing=True), machine=True)


def disk_full(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """No room for the next entry: it is refused, and nothing is half there."""
    stage.met["disk_full"] += 1
    with disk.full_disk(till.ledger._database):
        _something(stage, till, step, chance)


def io_error(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The disk fails under the next entry."""
    with disk.failing_disk(till.ledger._database) as failing:
        stage.met["io_error"] += failing
        _something(stage, till, step, chance)


def mirror_lost(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """Somebody deletes the mirror."""
    stage.met["mirror_lost"] += 1
    till.restart(till.image().without_mirror(), machine=False)
    _read_again(stage, till)


def mirror_damaged(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The mirror cannot be read."""
    stage.met["mirror_damaged"] += 1
    till.restart(till.image().with_damaged_mirror(), machine=False)
    _read_again(stage, till)


def _read_again(stage: Stage, till: SimTill) -> None:
    """A till without rules sells nothing: its line is mended so that it may read."""
    till.wire.line = "up"
    talk(stage, till, pull=True)


def _something(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    act: Act = chance.choice((steps.sale, steps.member_sale, steps.top_up, steps.sync))
    act(stage, till, step, chance)


# --- clocks ----------------------------------------------------------------------------------------------------------


def clock_forward(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The wall clock jumps ahead."""
    stage.met["clock_forward"] += 1
    till.clock.wrong_by_ms += chance.choice((60_000, 3_600_000, DAY_MS))


def clock_back(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """The wall clock jumps back."""
    stage.met["clock_back"] += 1
    till.clock.wrong_by_ms -= chance.choice((60_000, 3_600_000, DAY_MS))


def clock_reset(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """A flat battery: the machine starts in another millennium."""
    stage.met["clock_reset"] += 1
    till.clock.set_wall(FLAT_BATTERY_MS)
    till.restart(till.image(), machine=True)


def wild_boot(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """One start in 2099, a sale, and the clock is right again."""
    stage.met["wild_boot"] += 1
    till.clock.set_wall(WILD_MS)
    till.restart(till.image(), machine=True)
    steps.sale(stage, till, step, chance)
    till.clock.wrong_by_ms = 0
    till.restart(till.image(), machine=True)


# --- programs of another age, entries nobody understands -------------------------------------------------------------


def old_client(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """From here on this till's program is of another age, or of ours again. A request that is open was made by the
    program before: it is answered first, as an update waits for it."""
    till.wire.armed.clear()
    if till.is_cut_off or talk(stage, till):
        return
    stage.met["old_client"] += 1
    till.is_old = not till.is_old
    till.new_engine()
    till.engine.push_soon()
    talk(stage, till)


def unknown_entry_type(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """An entry of a type HQ has never heard of."""
    stage.met["unknown_entry_type"] += 1
    person = known_person(stage, chance)
    member_id = stage.cashier.member_at(till, person)
    head = till.ledger.new_head(subjects=(member_id,) if member_id else ())
    _inject(stage, till, StampGiven(head=head))


def poison_entry(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """An entry on which HQ's code fails: a price for no quantity at all. The till never divides by it, HQ does."""
    stage.met["poison_entry"] += 1
    rules = stage.cashier.rules(till, "9999-12-31")
    head = till.ledger.new_head()
    line = SaleLine(
        line_number=1, goods_id=GOODS_ID, name="Bread", quantity_milli=1000,
        price=Price(POISONED_FEN, 0), price_source="open",
        list_amount_fen=POISONED_FEN, amount_fen=POISONED_FEN,
    )  # fmt: skip
    inputs = QuoteInputs(rule_hash=rule_hash(rules), engine_version=ENGINE_VERSION, business_date=head.business_date)
    body = bodies.Sale(
        head=head, receipt_number=till.next_receipt(), channel="training", inputs=inputs, lines=(line,),
        total_fen=POISONED_FEN,
        tenders=(Tender(kind="cash", amount_fen=POISONED_FEN),),
    )  # fmt: skip
    _inject(stage, till, body)


def malformed_entry(stage: Stage, till: SimTill, step: Step, chance: Random) -> None:
    """An entry of a known type whose body says something else."""
    stage.met["malformed_entry"] += 1
    body = Malformed(head=till.ledger.new_head())
    stage.unreadable.add(body.head.business_id)
    _inject(stage, till, body)


class Malformed(Body, frozen=True, kw_only=True, omit_defaults=True):
    """It calls itself a sale and has nothing of one."""

    total_fen: str = "a great deal"


bodies._TYPE_OF[Malformed] = ("sale", 1)


def _inject(stage: Stage, till: SimTill, body: Body) -> None:
    if stage.cashier.write(till, body, Fact(body.head.business_id, "injected")):
        stage.parked.add(body.head.business_id)


SMALL: dict[str, Act] = {
    **dict.fromkeys(MESSAGE_FAULTS, message),
    "partition": partition,
    "partition_one_way": partition_one_way,
    "mend": mend,
    "till_crash": till_crash,
    "till_killed": till_killed,
    "power_loss": power_loss,
    "power_loss_torn": power_loss_torn,
    "disk_full": disk_full,
    "io_error": io_error,
    "mirror_lost": mirror_lost,
    "mirror_damaged": mirror_damaged,
    "clock_forward": clock_forward,
    "clock_back": clock_back,
    "clock_reset": clock_reset,
    "wild_boot": wild_boot,
    "old_client": old_client,
    "unknown_entry_type": unknown_entry_type,
    "poison_entry": poison_entry,
    "malformed_entry": malformed_entry,
}
