"""The simulation in short: a few seeds hold, a seed plays the same twice, and a failure is shrunk to what causes it."""

from collections.abc import Iterator

import pytest

from tests.simulation.plan import MINUTE_MS, Plan, Step, plan_of
from tests.simulation.run import play
from tests.simulation.shrink import shrink
from tests.simulation.silence import silent
from tests.simulation.stage import Workshop
from tests.simulation.tally import Tally

SEEDS = 2


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    """One for all tests here."""
    with silent(), Workshop() as opened:
        yield opened


def test_seeds_hold_and_are_worth_playing_and_play_the_same_twice(workshop: Workshop) -> None:
    played = [play(workshop, plan_of(str(seed))) for seed in range(1, SEEDS + 1)]
    again = play(workshop, plan_of("1"))

    assert [one.wrong for one in played] == [()] * SEEDS
    tally = Tally()
    for one in played:
        tally.add(one)
    assert tally.is_sound, tally.thin
    assert (again.faults, again.money_entries, again.postings_checked) == (
        played[0].faults,
        played[0].money_entries,
        played[0].postings_checked,
    )


def test_a_plan_is_shrunk_to_the_steps_that_fail(workshop: Workshop) -> None:
    plan = Plan("shrink", 3, tuple(Step(number, "time", 0, MINUTE_MS) for number in range(1, 41)))

    def wrong(smaller: Plan) -> list[str]:
        kept = {step.number for step in smaller.steps}
        return [f"after step {len(kept)}: two steps met"] if {7, 31} <= kept else []

    small = shrink(plan, wrong(plan), wrong)

    assert [step.number for step in small.steps] == [7, 31]
