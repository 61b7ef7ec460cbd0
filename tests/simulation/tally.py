"""Many seeds summed up: the last line of a run, and the least that any seed had."""

import json
from collections import Counter
from dataclasses import dataclass, field
from typing import Any

from tests.simulation.run import FAULTS_LEAST, Played

MONEY_ENTRIES_LEAST = 200
PARTITIONS_LEAST = 3
KINDS_LEAST = 8


@dataclass(slots=True)
class Tally:
    """What a run came to."""

    seeds: int = 0
    till_hours: float = 0.0
    faults: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    money_entries: int = 0
    postings_checked: int = 0
    failed: list[str] = field(default_factory=list)
    thin: list[str] = field(default_factory=list)
    core_seconds: float = 0.0
    least: dict[str, int] = field(default_factory=dict)

    def add(self, played: Played) -> None:
        """One more seed."""
        self.seeds += 1
        self.till_hours += played.till_hours
        self.faults += played.faults
        self.deeds += played.deeds
        self.money_entries += played.money_entries
        self.postings_checked += played.postings_checked
        self.core_seconds += played.seconds
        if played.wrong:
            self.failed.append(played.plan.seed)
            return
        had = {
            "money_entries": (played.money_entries, MONEY_ENTRIES_LEAST),
            "partitions": (played.partitions, PARTITIONS_LEAST),
            "faults": (sum(played.faults.values()), FAULTS_LEAST),
            "fault_kinds": (len(played.faults), KINDS_LEAST),
        }
        for name, (count, least) in had.items():
            self.least[name] = min(count, self.least.get(name, count))
            if count < least:
                self.thin.append(f"seed {played.plan.seed} had only {count} {name}")

    @property
    def is_sound(self) -> bool:
        """Whether everything held, in seeds that were worth playing."""
        return not self.failed and not self.thin

    def last_line(self, seconds: float) -> str:
        """One JSON object."""
        told: dict[str, Any] = {
            "seeds": self.seeds,
            "till_hours": round(self.till_hours),
            "faults": dict(sorted(self.faults.items())),
            "faults_total": sum(self.faults.values()),
            "fault_kinds": len(self.faults),
            "deeds": dict(sorted(self.deeds.items())),
            "money_entries": self.money_entries,
            "postings_checked": self.postings_checked,
            "violations": len(self.failed),
            "seconds": round(seconds, 1),
            "core_seconds": round(self.core_seconds, 1),
            "least": self.least,
        }
        return json.dumps(told)
