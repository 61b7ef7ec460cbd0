"""How long a planted bug lives: seeds are played, one after the other, until one does not hold."""

import signal
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from types import FrameType

from tests.mutants.hq_bugs import HQ_BUGS
from tests.mutants.planting import Mutant, planted
from tests.mutants.till_bugs import TILL_BUGS
from tests.simulation.plan import plan_of
from tests.simulation.run import play
from tests.simulation.stage import Workshop

MUTANTS: dict[str, Mutant] = {mutant.name: mutant for mutant in (*TILL_BUGS, *HQ_BUGS)}
SEED_SECONDS_MAX = 120
TILLS = (3, 4, 5, 6)


@dataclass(frozen=True, slots=True)
class Hunted:
    """What became of a mutant: after how many seeds it was found (0: it was not), and by what."""

    name: str
    seeds: int
    sentence: str
    seconds: float


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
    """Plant the bug and play seeds from `first` on until it is found, at most as many as it may take."""
    began = time.monotonic()
    workshop.prepare(TILLS)  # the chain is founded before anything is wrong with it
    with planted(mutant):
        for place in range(within or mutant.within):
            with _within_time():
                wrong = play(workshop, plan_of(str(first + place))).wrong
            if wrong:
                return Hunted(mutant.name, place + 1, wrong[0], time.monotonic() - began)
    return Hunted(mutant.name, 0, "", time.monotonic() - began)


def table(found: Sequence[Hunted]) -> str:
    """The mutants with how many seeds it took, as it stands in the docs."""
    lines = ["| planted bug | what it does | found after seeds |", "|---|---|---:|"]
    for one in found:
        seeds = str(one.seeds) if one.seeds else "not found"
        lines.append(f"| `{one.name}` | {MUTANTS[one.name].told} | {seeds} |")
    return "\n".join(lines)
