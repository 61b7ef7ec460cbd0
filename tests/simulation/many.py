"""Seeds spread over processes: each worker keeps one workshop for all its seeds."""

import gc
import multiprocessing
import multiprocessing.util
from collections.abc import Iterator, Sequence
from concurrent.futures import ProcessPoolExecutor

from tests.simulation.plan import TILLS_COUNTS, plan_of
from tests.simulation.run import Played, play
from tests.simulation.silence import be_silent
from tests.simulation.stage import Workshop

SEEDS_AT_ONCE = 5

_workshop: Workshop | None = None


def play_all(first: int, count: int, workers: int) -> Iterator[Played]:
    """Play so many seeds, in their order."""
    seeds = [str(seed) for seed in range(first, first + count)]
    if workers <= 1 or count <= SEEDS_AT_ONCE:
        with Workshop() as workshop:
            for seed in seeds:
                yield play(workshop, plan_of(seed))
        return
    some = [seeds[start : start + SEEDS_AT_ONCE] for start in range(0, count, SEEDS_AT_ONCE)]
    with ProcessPoolExecutor(workers, multiprocessing.get_context("spawn"), initializer=_begin) as pool:
        for played in pool.map(_play_in_worker, some):
            yield from played


def _begin() -> None:
    """A worker begins; its workshop is cleared away when the process ends. The collector of cyclic garbage takes a
    sixth of a seed: here it works between seeds alone, and looks at nothing that stays."""
    global _workshop
    be_silent()
    _workshop = Workshop()
    _workshop.prepare(TILLS_COUNTS)
    gc.disable()
    gc.collect()
    gc.freeze()
    multiprocessing.util.Finalize(None, _workshop.__exit__, args=(None, None, None), exitpriority=10)


def _play_in_worker(seeds: Sequence[str]) -> list[Played]:
    assert _workshop is not None
    played = [play(_workshop, plan_of(seed)) for seed in seeds]
    gc.collect()
    return played
