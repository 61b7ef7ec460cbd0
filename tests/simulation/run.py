"""One seed: the plan is played, then healed, then compared. `play` answers with what was found and what was done."""

import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field

from tests.simulation import ending
from tests.simulation.big_faults import BIG
from tests.simulation.greedy import greedy
from tests.simulation.hq_events import HQ_EVENTS
from tests.simulation.ordering import ORDERING
from tests.simulation.plan import Plan, Step
from tests.simulation.restores import RESTORES
from tests.simulation.small_faults import SMALL
from tests.simulation.stage import Stage, Workshop
from tests.simulation.steps import TRADES, act
from tests.simulation.world import START_MS

FULL_LOOK_EVERY = 20
TRADES_LEAST = 203
FAULTS_LEAST = 30
ACTS = {**TRADES, **ORDERING, "greedy": greedy, **SMALL, **HQ_EVENTS, **BIG, **RESTORES}


@dataclass(frozen=True, slots=True)
class Played:
    """What came of a seed."""

    plan: Plan
    wrong: tuple[str, ...]
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    money_entries: int = 0
    postings_checked: int = 0
    till_hours: float = 0.0
    seconds: float = 0.0

    @property
    def partitions(self) -> int:
        """How often a line was cut."""
        return self.faults["partition"] + self.faults["partition_one_way"]


def play(workshop: Workshop, plan: Plan, tell: Callable[[str], None] | None = None) -> Played:
    """Play a plan to its end, or to the first step after which something does not hold."""
    began = time.process_time()
    stage = workshop.set_up(plan)
    try:
        wrong = _steps(stage, tell)
        if not wrong and len(plan.steps) > TRADES_LEAST:
            _trade_on(stage)
        if not wrong:
            wrong = ending.heal(stage) or ending.compare(stage)
            wrong += stage.watch.wrong
    except Exception as error:
        wrong = [f"{type(error).__name__}: {error}"]
        if tell is not None:
            raise
    finally:
        workshop.clear(stage)
    return Played(
        plan, tuple(wrong), stage.met, stage.deeds, stage.account.money_entries, stage.watch.postings_checked,
        ending.hours(stage, START_MS), time.process_time() - began,
    )  # fmt: skip


def _steps(stage: Stage, tell: Callable[[str], None] | None) -> list[str]:
    for place, step in enumerate(stage.plan.steps):
        if tell is not None:
            tell(str(step))
        _step(stage, step)
        full = place % FULL_LOOK_EVERY == 0
        touched = stage.machines if full else (stage.tills[step.till],)
        if step.kind != "time":
            stage.watch.look(stage.machines, touched, full=full)
        if full:
            _look_at_figures(stage, step)
        found = [*stage.watch.wrong, *stage.cashier.refused]
        if found:
            return [f"after step {step}: {sentence}" for sentence in found]
    return []


def _trade_on(stage: Stage) -> None:
    """A seed whose counters were closed for long, or whose disks lost much, sells on until it is worth playing; one in
    which many faults met nothing meets some more."""
    for place in range(FAULTS_LEAST):
        if sum(stage.met.values()) >= FAULTS_LEAST:
            break
        act(stage, stage.tills[place % len(stage.tills)], Step(20_000 + place, "till_killed"), SMALL["till_killed"])
    for place in range(2 * TRADES_LEAST):
        if stage.account.money_entries >= TRADES_LEAST:
            break
        till = stage.tills[place % len(stage.tills)]
        till.clock.crash_in = 0
        act(stage, till, Step(10_000 + place, "sale"), TRADES["sale"])
    stage.watch.look(stage.machines, stage.machines)


def _look_at_figures(stage: Stage, step: Step) -> None:
    """Somebody's figure at some till."""
    chance = stage.chance(-step.number)
    member_id = chance.choice(stage.template.people).member_id
    if member_id is not None:
        stage.watch.look_at_figure(chance.choice(stage.tills), member_id)


def _step(stage: Stage, step: Step) -> None:
    if step.kind == "time":
        stage.clock.advance(step.figure)
        return
    for till in stage.machines:
        till.wire.in_one_step = 0
    act(stage, stage.tills[step.till], step, ACTS[step.kind])
