"""What a benchmark says: a figure, the machine's limit from the same run, and the goal it must meet."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. The goal is on `value`; `beside` says what the machine itself does, in words."""

    name: str
    value: float
    unit: str
    goal: float
    better: Literal["more", "less"]
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is met."""
        return self.value >= self.goal if self.better == "more" else self.value <= self.goal

    def line(self) -> str:
        """The figure as it is printed."""
        sign = ">=" if self.better == "more" else "<="
        verdict = "ok  " if self.met else "MISS"
        return (
            f"{verdict}  {self.name:<52} {self.value:>12,.3f} {self.unit:<9} goal {sign} {self.goal:g}  {self.beside}"
        )


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
