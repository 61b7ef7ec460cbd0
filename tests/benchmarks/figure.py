"""What a benchmark says: a figure, the machine's limit from the same run, and the goal it must meet."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any, Literal

HEADINGS = f"{'':6}  {'figure':<58} {'ours':>12} {'':8} {'limit':>12} {'ratio':>8}  goal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Figure:
    """One line of the table.

    `limit` is what the machine does without us, in the same unit and from the same run; 0 where there is none. The
    goal, where there is one, is on ours, or, with `goal_on="ratio"`, on ours divided by the limit. `beside` says more.
    """

    name: str
    value: float
    unit: str
    goal: float | None = None
    better: Literal["more", "less"] = "more"
    limit: float = 0.0
    goal_on: Literal["value", "ratio"] = "value"
    beside: str = ""

    @property
    def ratio(self) -> float:
        """Ours divided by the limit; 0 where there is none."""
        return self.value / self.limit if self.limit else 0.0

    @property
    def met(self) -> bool:
        """Whether the goal is met; a figure without one is only told."""
        if self.goal is None:
            return True
        judged = self.value if self.goal_on == "value" else self.ratio
        return judged >= self.goal if self.better == "more" else judged <= self.goal

    def line(self) -> str:
        """The figure as it is printed, under `HEADINGS`."""
        limit = f"{self.limit:>12,.3f} {self.ratio:>7.2f}x" if self.limit else f"{'':12} {'':8}"
        verdict = goal = ""
        if self.goal is not None:
            verdict = "met" if self.met else "MISSED"
            goal = f"{'>=' if self.better == 'more' else '<='} {self.goal:g}{'x' if self.goal_on == 'ratio' else ''}"
        said = f"{self.value:>12,.3f} {self.unit:8} {limit}  {goal:10}"
        return f"{verdict:6}  {self.name:<58} {said} {self.beside}".rstrip()

    def record(self) -> dict[str, Any]:
        """The figure for a program to read."""
        return {
            "name": self.name, "ours": self.value, "unit": self.unit, "limit": self.limit or None,
            "ratio": self.ratio or None, "goal": self.goal, "goal_on": self.goal_on, "better": self.better,
            "met": self.met, "beside": self.beside,
        }  # fmt: skip


def seconds_of(work: Callable[[], object]) -> float:
    """How long something takes."""
    began = time.perf_counter()
    work()
    return time.perf_counter() - began


def percentile(samples: Sequence[float], percent: float) -> float:
    """The nearest-rank percentile."""
    ordered = sorted(samples)
    return ordered[min(len(ordered) - 1, int(len(ordered) * percent / 100))]
