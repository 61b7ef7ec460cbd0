"""A failing plan made so small that it can be read: steps are taken out as long as it fails in the same way.

Source: Zeller and Hildebrandt, Simplifying and Isolating Failure-Inducing Input (2002), the ddmin algorithm.
"""

import re
from collections.abc import Callable, Sequence

from tests.simulation.plan import Plan

PLAYS_MAX = 150

_FIGURES = re.compile(r"\b[0-9a-f]{4,}\b|\d+")
_PLACE = re.compile(r"^after step .*?figure=\d+: ")


def way_of_failing(wrong: Sequence[str]) -> str:
    """The first sentence without its figures."""
    return _FIGURES.sub("#", _PLACE.sub("", wrong[0])) if wrong else ""


def shrink(plan: Plan, wrong: Sequence[str], play: Callable[[Plan], Sequence[str]]) -> Plan:
    """The smallest plan found, within so many plays, that fails in the same way."""
    way = way_of_failing(wrong)
    plays = 0

    def fails(numbers: Sequence[int]) -> bool:
        nonlocal plays
        plays += 1
        return way_of_failing(play(plan.only(numbers))) == way

    kept = [step.number for step in plan.steps]
    parts = 2
    while len(kept) > 1 and plays < PLAYS_MAX:
        size = max(1, len(kept) // parts)
        for start in range(0, len(kept), size):
            without = kept[:start] + kept[start + size :]
            if without and plays < PLAYS_MAX and fails(without):
                kept, parts = without, max(parts - 1, 2)
                break
        else:
            if size == 1:
                break
            parts = min(len(kept), parts * 2)
    return plan.only(kept)
