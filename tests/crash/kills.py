"""A chapter of killings: HQ and its tills at work and in conversation, and a death every few tenths of a second.

After each death the dead one's book is looked over while the others go on; then it is started again. At the end of the
chapter everything is brought to HQ and both ends are compared.
"""

import random
import signal
from collections import Counter
from dataclasses import dataclass, field

from tests.crash import lives
from tests.crash.injection import Injection, random_failure, random_kill
from tests.crash.judging import Paper, Verdict, acknowledged, compare, look_for_acknowledged, look_over
from tests.crash.nursery import Child, Nursery, Say
from tests.crash.places import ChainPlace, TillPlace, free_port
from tests.crash.planted import Plant
from tests.crash.postgresql import kill_a_backend

MOMENT_SECONDS_MAX = 0.35
INJECTED_KILL_SECONDS_MAX = 1.0
AFTER_SOME_SALES_SHARE = 0.6
"""So many deaths wait for a few sales first: on a busy machine there would be none."""
SALES_A_LIFE, SILENCE_SECONDS_MAX, JUST_AFTER_SECONDS = 12, 2.0, 0.05
SETTLE_SECONDS_MAX = 60.0
ALL_AT_ONCE_SHARE, RECORDS_SHARE, HQ_SHARE = 0.06, 0.12, 0.18
BORN_UNDER_A_FAULT_SHARE = 0.25
HQ = "hq"


@dataclass(slots=True)
class Deaths:
    """How they died and what was done to them."""

    kills: Counter[str] = field(default_factory=Counter)
    failures: Counter[str] = field(default_factory=Counter)
    refused: Counter[str] = field(default_factory=Counter)


class Chapter:
    """One chain from its first sale to the comparison. `injecting` False leaves out faults on system calls."""

    def __init__(
        self, nursery: Nursery, place: ChainPlace, chance: random.Random, verdict: Verdict, deaths: Deaths, *,
        injecting: bool, planted: Plant | None = None,
    ) -> None:  # fmt: skip
        self._nursery = nursery
        self._place = place
        self._chance = chance
        self._verdict = verdict
        self._deaths = deaths
        self._injecting = injecting
        self._planted = planted
        self._port = free_port()
        self._url = f"http://127.0.0.1:{self._port}"
        self._tills = {till.folder.name: till for till in place.all_tills()}
        self._paper = {name: Paper(till.paper) for name, till in self._tills.items()}
        self._shown: dict[str, set[str]] = {name: set() for name in self._tills}
        self._alive: dict[str, Child] = {}

    def run(self, kills: int) -> None:
        """Kill so many times, at least; then settle and compare."""
        for name in (HQ, *self._tills):
            self._start(name).go()
        wanted = self._deaths.kills.total() + kills
        while self._deaths.kills.total() < wanted and not self._verdict.problems:
            if self._chance.random() < ALL_AT_ONCE_SHARE:
                self._power_cut()
            elif self._place.postgresql_url and self._chance.random() < RECORDS_SHARE:
                self._in_the_records()
            else:
                name = HQ if self._chance.random() < HQ_SHARE else self._chance.choice(list(self._tills))
                self._strike(name)
                self._bury(name)
                self._bear(name)
        self._end()

    # --- deaths ------------------------------------------------------------------------------------------------------

    def _power_cut(self) -> None:
        """All of them at one moment."""
        self._alive[HQ].ended(self._chance.uniform(0, MOMENT_SECONDS_MAX))
        for child in self._alive.values():
            child.send(signal.SIGKILL)
        for name, child in self._alive.items():
            child.ended(None)
            self._count(name, "all at once")
        for name in self._alive:
            self._bury(name)
        for name in list(self._alive):
            self._start(name).go()

    def _in_the_records(self) -> None:
        """One of PostgreSQL's own processes: it then ends them all and recovers from its log. HQ lives through it."""
        self._alive[HQ].ended(self._chance.uniform(0, MOMENT_SECONDS_MAX))
        if kill_a_backend(self._place.postgresql_url, self._chance):
            self._deaths.kills["postgresql backend"] += 1
        told = [acknowledged(till) for till in self._tills.values()]
        look_for_acknowledged(self._place, told, self._verdict)

    def _strike(self, name: str) -> None:
        """One of them, some way."""
        way = self._chance.random() if self._injecting else 0.0
        if way < 0.45:
            self._at_a_moment(name)
        elif way < 0.85:
            self._at_a_call(name)
        else:
            self._after_failures(name)

    def _at_a_moment(self, name: str) -> None:
        child = self._alive[name]
        if name != HQ and self._chance.random() < AFTER_SOME_SALES_SHARE:
            child.hears_often("safe", self._chance.randint(1, SALES_A_LIFE), SILENCE_SECONDS_MAX)
            moment = self._chance.uniform(0, JUST_AFTER_SECONDS)
        else:
            moment = self._chance.uniform(0, MOMENT_SECONDS_MAX)
        if not child.ended(moment):
            child.kill()
            self._count(name, "moment")

    def _at_a_call(self, name: str) -> None:
        child = self._alive[name]
        injection = Injection(child.process_id, random_kill(self._chance))
        child.go()
        if child.ended(INJECTED_KILL_SECONDS_MAX):
            self._count(name, injection.fault.kind)
        else:  # it never made so many of these calls
            child.kill()
            self._count(name, "moment")
        injection.lift()

    def _after_failures(self, name: str) -> None:
        child = self._alive[name]
        injection = Injection(child.process_id, random_failure(self._chance))
        child.go()
        by_itself = child.ended(self._chance.uniform(0.05, 2 * MOMENT_SECONDS_MAX))
        if not by_itself:
            child.kill()
        struck = injection.lift()
        kind = injection.fault.kind
        if struck:
            self._deaths.failures[kind] += struck
        if not by_itself:
            self._count(name, f"after {kind}" if struck else "moment")
        elif struck and child.status:
            self._deaths.failures["ended by itself"] += 1
            child.status = 0  # a program may give up on a disk that fails; what counts is what it leaves

    def _count(self, name: str, kind: str) -> None:
        """A death by SIGKILL, whoever sent it."""
        if self._alive[name].was_killed:
            self._deaths.kills[f"{'hq' if name == HQ else 'till'} {kind}"] += 1

    # --- what is found, and the next life -----------------------------------------------------------------------

    def _bury(self, name: str) -> None:
        """Look over what it leaves."""
        child = self._alive[name]
        if child.status and not child.was_killed:
            self._verdict.find(self._place.folder, f"{name} ended with {child.status}, see its log")
        if name == HQ:
            told = [acknowledged(till) for till in self._tills.values()]
            look_for_acknowledged(self._place, told, self._verdict)
            return
        for line in child.said:
            word, _, rest = line.partition(" ")
            if word == "safe":
                self._shown[name].add(rest)
            elif word == "frozen":
                self._verdict.find(self._tills[name].folder, line)
            elif word == "refused":
                self._deaths.refused[rest] += 1
        self._paper[name].read_on()
        look_over(self._tills[name], self._shown[name] | self._paper[name].numbers, self._verdict)

    def _bear(self, name: str) -> None:
        """Start it again, now and then with a fault that waits for its first calls."""
        child = self._start(name)
        if self._injecting and self._chance.random() < BORN_UNDER_A_FAULT_SHARE:
            self._at_a_call(name)
            self._bury(name)
            child = self._start(name)
        child.go()

    def _start(self, name: str) -> Child:
        seed = f"{self._chance.random()}"

        def live(say: Say) -> None:
            if name == HQ:
                lives.serve(self._place, self._port, self._planted)
            else:
                lives.sell(self._tills[name], self._url, seed, say, planted=self._planted)

        self._alive[name] = self._nursery.fork(name, self._place.folder / f"{name}.log", live)
        return self._alive[name]

    # --- the end ------------------------------------------------------------------------------------------------

    def _end(self) -> None:
        """Everything to HQ, and the comparison."""
        for name in self._tills:
            self._alive[name].kill()
            self._bury(name)
        for name, place in self._tills.items():
            self._settle(name, place)
        self._alive[HQ].send(signal.SIGTERM)
        if not self._alive[HQ].ended(SETTLE_SECONDS_MAX):
            self._verdict.find(self._place.hq_folder, "HQ does not stop")
            self._alive[HQ].kill()
        compare(self._place, self._verdict)
        self._verdict.receipts += sum(len(paper.slips) for paper in self._paper.values())

    def _settle(self, name: str, place: TillPlace) -> None:
        """All that one till still has to say."""
        log = self._place.folder / f"{name}.log"
        child = self._nursery.fork(name, log, lambda say: lives.settle(place, self._url, say))
        child.go()
        if not child.ended(SETTLE_SECONDS_MAX):
            child.kill()
        if child.said != ["settled 0 - -"]:
            self._verdict.find(place.folder, f"cannot be settled: {child.said} {child.status}")
