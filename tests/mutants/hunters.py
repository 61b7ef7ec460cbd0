"""Mutants spread over processes: each has a workshop and a product of its own to plant bugs in."""

import multiprocessing
import multiprocessing.util
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.mutants.hunt import MUTANTS, Hunted, hunt
from tests.simulation.silence import be_silent
from tests.simulation.stage import Workshop

_workshop: Workshop | None = None


def hunt_all(names: Sequence[str], first: int, within: int, workers: int) -> Iterator[Hunted]:
    """Hunt these mutants; what became of each, in their order."""
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin) as pool:
        waiting = [pool.submit(_hunt, name, first, within) for name in names]
        for one in waiting:
            yield one.result()


def _begin() -> None:
    """A worker begins; its workshop is cleared away when the process ends."""
    global _workshop
    be_silent()
    _workshop = Workshop()
    multiprocessing.util.Finalize(None, _workshop.__exit__, args=(None, None, None), exitpriority=10)


def _hunt(name: str, first: int, within: int) -> Hunted:
    assert _workshop is not None
    return hunt(_workshop, MUTANTS[name], first, within)
