"""A seed's plan: steps drawn once and written down, so that a run can be played again with some of them left out.

A step draws its own luck from the seed and its number, never from what happened before it.
"""

import random
from collections.abc import Sequence
from dataclasses import dataclass

from tests.simulation.wire import MESSAGE_FAULTS

TRADES = 212
TILLS_COUNTS = range(3, 7)
SYNC_SHARE = 0.07
MINUTE_MS = 60_000

TRADE_KINDS = (
    *("sale",) * 12,
    *("member_sale",) * 11,
    *("order_taken",) * 1,
    *("order_ended",) * 1,
    *("credit_late",) * 1,
    *("online_sale",) * 2,
    *("top_up",) * 4,
    *("refund",) * 4,
    *("refund_without_receipt",) * 2,
    *("cancel_top_up",) * 2,
    *("exchange",) * 2,
    *("withdraw",) * 2,
    *("sale_above_rights",) * 2,
    *("printed_sale",) * 2,
    *("refund_elsewhere",) * 1,
    *("greedy",) * 2,
)
"""What fills a till's day, by weight."""

SMALL_FAULTS = (
    *MESSAGE_FAULTS,
    "till_crash",
    "till_killed",
    "power_loss",
    "power_loss_torn",
    "disk_full",
    "io_error",
    "mirror_lost",
    "mirror_damaged",
    "clock_forward",
    "clock_back",
    "clock_reset",
    "wild_boot",
    "old_client",
    "unknown_entry_type",
    "poison_entry",
    "malformed_entry",
    "rules_changed",
    "lots_expire_lent",
    "registration_race",
    "edit_race",
    "merge_race",
    "freeze_race",
    "forget_race",
    "home_moved",
    "home_race",
    "wishes_wiped",
)
"""Faults that may come many times in a run."""


BIG_FAULTS = (
    *("database_rollback",) * 2,
    *("disk_rollback",) * 2,
    *("clone",) * 2,
    "restored_copy",
    "key_revoked",
    "late_after_write_off",
    "release_lost_with_till",
    "hq_restored",
    "hq_restored_silently",
    "long_silence",
    "home_passed_on",
)
"""Faults after which people must do something; at most two in a run."""
HEALED_SHARE = 0.6
AGAIN_SHARE = 0.3
EXCUSED_SHARE = 0.3
HEALED_BY = {
    "key_revoked": "enrolled_anew",
    "late_after_write_off": "enrolled_anew",
    "release_lost_with_till": "enrolled_anew",
    "long_silence": "mend",
}


@dataclass(frozen=True, slots=True)
class Step:
    """One step: what happens, at which till (by its place in the list), with what figure."""

    number: int
    kind: str
    till: int = 0
    figure: int = 0

    def __str__(self) -> str:
        return f"{self.number:4d} {self.kind} till={self.till} figure={self.figure}"


@dataclass(frozen=True, slots=True)
class Plan:
    """A seed's plan."""

    seed: str
    tills: int
    steps: tuple[Step, ...]

    def only(self, numbers: Sequence[int]) -> "Plan":
        """The same plan with these steps alone."""
        kept = set(numbers)
        return Plan(self.seed, self.tills, tuple(step for step in self.steps if step.number in kept))


class _Writer:
    def __init__(self, seed: str) -> None:
        self.chance = random.Random(f"{seed}/plan")
        self.tills = self.chance.choice(TILLS_COUNTS)
        self.steps: list[Step] = []

    def add(self, kind: str, till: int | None = None, figure: int = 0) -> None:
        where = self.chance.randrange(self.tills) if till is None else till
        self.steps.append(Step(len(self.steps) + 1, kind, where, figure))


def plan_of(seed: str) -> Plan:
    """The plan of a seed: trading, with partitions and faults strewn in."""
    writer = _Writer(seed)
    chance = writer.chance
    faults = [chance.choice(SMALL_FAULTS) for _ in range(chance.randint(34, 42))]
    outages = _outages(chance, writer.tills)
    events = [(chance.uniform(0.05, 0.97), kind, chance.randrange(writer.tills)) for kind in faults]
    for begin, end, till, kind in outages:
        events.append((begin, kind, till))
        events.append((end, "mend", till))
    events += _big_events(chance, writer.tills)
    events += [(chance.uniform(0.3, 0.95), "hq_upkeep", 0) for _ in range(2)]
    events.sort()
    for trade in range(TRADES):
        while events and events[0][0] <= trade / TRADES:
            _, kind, till = events.pop(0)
            writer.add(kind, till, chance.randrange(1 << 16))
        _a_trade(writer)
    for _, kind, till in events:
        writer.add(kind, till, chance.randrange(1 << 16))
    return Plan(seed, writer.tills, tuple(writer.steps))


def _outages(chance: random.Random, tills: int) -> list[tuple[float, float, int, str]]:
    """When lines are down: some tills for a while, and once everybody together, who then all come back at once."""
    found = []
    first = chance.randrange(tills)
    for place in range(chance.randint(3, 5)):
        begin = chance.uniform(0.02, 0.8)
        kind = "partition_one_way" if chance.random() < 0.3 else "partition"
        found.append((begin, min(0.96, begin + chance.uniform(0.05, 0.3)), (first + place) % tills, kind))
    if chance.random() < 0.5:
        begin = chance.uniform(0.1, 0.7)
        end = begin + chance.uniform(0.05, 0.2)
        found += [(begin, end, till, "partition") for till in range(tills)]
    return found


def _big_events(chance: random.Random, tills: int) -> list[tuple[float, str, int]]:
    """None, one or two big faults, what comes before them, and often the manager who heals before the end."""
    found = []
    for _ in range(chance.choice((0, 1, 2, 2))):
        begin, till, kind = chance.uniform(0.2, 0.8), chance.randrange(tills), chance.choice(BIG_FAULTS)
        if kind in ("database_rollback", "disk_rollback") and chance.random() < 0.7:
            found.append((begin - chance.uniform(0.02, 0.2), "save_image", till))
        found.append((begin, kind, till))
        if kind.startswith("hq_restored"):
            found.append((begin - chance.uniform(0.02, 0.15), "hq_backup", till))
            if chance.random() < AGAIN_SHARE:
                found.append((begin + chance.uniform(0.01, 0.1), "hq_restored_again", till))
            if chance.random() < EXCUSED_SHARE:
                found.append((begin + chance.uniform(0.01, 0.05), "till_excused", till))
        if chance.random() < HEALED_SHARE:
            healed_by = HEALED_BY.get(kind, "manager_heals")
            found.append((begin + chance.uniform(0.02, 0.2), healed_by, till))
    return found


def _a_trade(writer: _Writer) -> None:
    chance = writer.chance
    minutes = chance.choice((1, 3, 10, 30, 120)) if chance.random() < 0.985 else chance.choice((2_000, 6_000))
    writer.add("time", 0, minutes * MINUTE_MS)
    writer.add(chance.choice(TRADE_KINDS), None, chance.randrange(1 << 16))
    if chance.random() < SYNC_SHARE:
        writer.add("sync", None, chance.randrange(1 << 16))
