"""What a benchmark says: a figure, the machine's limit from the same run, and the goal it must meet."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table. A goal, where there is one, is on `value`; `beside` says what the machine itself does."""

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["more", "less"] = "more"
    beside: str = ""

    @property
    def met(self) -> bool:
        """Whether the goal is met; a figure without one is only told."""
        if self.goal is None:
            return True
        return self.value >= self.goal if self.better == "more" else self.value <= self.goal

    def line(self) -> str:
        """The figure as it is printed."""
        sign = ">=" if self.better == "more" else "<="
        goal = "" if self.goal is None else f"goal {sign} {self.goal:g}"
        verdict = "    " if self.goal is None else "ok  " if self.met else "MISS"
        said = f"{self.value:>12,.3f} {self.unit:<9} {goal:<14}"
        return f"{verdict}  {self.name:<58} {said}  {self.beside}".rstrip()


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
