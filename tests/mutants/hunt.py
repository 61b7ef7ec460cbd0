"""How long a planted bug lives: seeds are played, one after the other, until one does not hold; a bug that only an
attack shows is held against the tests of that attack.
"""

import json
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from tests.mutants.attack_bugs import ATTACK_BUGS
from tests.mutants.hq_bugs import HQ_BUGS
from tests.mutants.planting import Mutant, planted
from tests.mutants.till_bugs import TILL_BUGS
from tests.simulation.plan import plan_of
from tests.simulation.run import play
from tests.simulation.stage import Workshop

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*TILL_BUGS, *HQ_BUGS, *ATTACK_BUGS)}
SEED_SECONDS_MAX = 120
TILLS = (3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of a mutant: after how many seeds it was found (0: it was not by seeds), and by what; or the tests
    that it failed."""

    name: str
    seeds: int
    sentence: str
    seconds: float
    failed_tests: tuple[str, ...] = ()

    @property
    def is_found(self) -> bool:
        """Whether it did not live."""
        return bool(self.seeds or self.failed_tests)


class SeedTakesTooLongError(Exception):
    """A seed that comes to no end has found something too."""


@contextmanager
def _within_time() -> Iterator[None]:
    def too_long(_number: int, _frame: FrameType | None) -> None:
        raise SeedTakesTooLongError(f"a seed took more than {SEED_SECONDS_MAX} seconds")

    before = signal.signal(signal.SIGALRM, too_long)
    signal.alarm(SEED_SECONDS_MAX)
    try:
        yield
    finally:
        signal.alarm(0)
        signal.signal(signal.SIGALRM, before)


def hunt(workshop: Workshop, mutant: Mutant, first: int = 1, within: int = 0) -> Hunted:
    """Plant the bug and play seeds from `first` on until it is found, at most as many as it may take; or try it by the
    tests that must fail."""
    if mutant.killed_by:
        return _attacked(mutant)
    began = time.monotonic()
    workshop.prepare(TILLS)  # the chain is founded before anything is wrong with it
    with planted(mutant):
        for place in range(within or mutant.within):
            with _within_time():
                wrong = play(workshop, plan_of(str(first + place))).wrong
            if wrong:
                return Hunted(mutant.name, place + 1, wrong[0], time.monotonic() - began)
    return Hunted(mutant.name, 0, "", time.monotonic() - began)


def _attacked(mutant: Mutant) -> Hunted:
    """In a process of its own: what the simulation knows of signatures must not be known to an attack."""
    began = time.monotonic()
    asked = [sys.executable, "-m", "tests.mutants.attacked", mutant.name]
    told = json.loads(subprocess.run(asked, check=True, capture_output=True, text=True).stdout.splitlines()[-1])
    if told["before"] or not told["held"]:
        raise AssertionError(f"{mutant.killed_by} does not hold without the bug: {told['before']}")
    failed = tuple(told["failed"])
    return Hunted(mutant.name, 0, ", ".join(failed), time.monotonic() - began, failed)


def table(found: Sequence[Hunted]) -> str:
    """The mutants with how many seeds it took, and those held against attacks with the test that fails first, as they
    stand in the docs."""
    seeded = [one for one in found if not MUTANTS[one.name].killed_by]
    attacked = [one for one in found if MUTANTS[one.name].killed_by]
    lines = ["| planted bug | what it does | found after seeds |", "|---|---|---:|"] if seeded else []
    lines += [f"| `{one.name}` | {MUTANTS[one.name].told} | {one.seeds or 'not found'} |" for one in seeded]
    lines += ["", "| planted bug | what it does | found by |", "|---|---|---|"] if attacked else []
    for one in attacked:
        place = f"`{MUTANTS[one.name].killed_by}`: `{one.failed_tests[0]}`" if one.is_found else "not found"
        lines.append(f"| `{one.name}` | {MUTANTS[one.name].told} | {place} |")
    return "\n".join(lines)
