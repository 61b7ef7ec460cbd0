"""The stage of one seed: HQ, tills, people, clock; set up from a template and cleared away.

A worker keeps one `Workshop` (its folder in memory, its templates, its HQ object) and plays seed after seed in it.
"""

import random
import shutil
import tempfile
from collections import Counter
from collections.abc import Iterable
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path
from types import TracebackType
from typing import Self
from uuid import UUID

from shared_models.ids import IdSource
from shared_models.moments import ManualClock
from tests.simulation import curve, disk
from tests.simulation.account import Account
from tests.simulation.cashier import Cashier, People
from tests.simulation.disk import Image
from tests.simulation.hq import SimHq
from tests.simulation.plan import Plan
from tests.simulation.till import SimTill
from tests.simulation.watch import Watch
from tests.simulation.world import HQ_FILE, START_MS, Template, copy_hq, make_template

MEMORY_FOLDER = Path("/dev/shm")


@dataclass(slots=True)
class Stage:
    """Everything that takes part in a seed."""

    plan: Plan
    clock: ManualClock
    hq: SimHq
    tills: list[SimTill]
    account: Account
    watch: Watch
    cashier: Cashier
    template: Template
    met: Counter[str] = field(default_factory=Counter)
    deeds: Counter[str] = field(default_factory=Counter)
    parked: set[UUID] = field(default_factory=set)
    unreadable: set[UUID] = field(default_factory=set)
    backup: bytes = b""
    ghosts: list[SimTill] = field(default_factory=list)
    excused_sales: set[UUID] = field(default_factory=set)

    @property
    def machines(self) -> list[SimTill]:
        """All tills and all copies of them."""
        return [*self.tills, *self.ghosts]

    def cut(self, till: SimTill) -> None:
        """The line of a till is cut, whatever for."""
        self.met["partition"] += till.wire.line != "cut"
        till.wire.line = "cut"

    def chance(self, number: int) -> random.Random:
        """A step's own luck."""
        return random.Random(f"{self.plan.seed}/{number}")


class Workshop:
    """A worker's place. Use it as a context."""

    def __init__(self) -> None:
        parent = MEMORY_FOLDER if MEMORY_FOLDER.is_dir() else None
        self._folder = Path(tempfile.mkdtemp(prefix="tillbook-simulation-", dir=parent))
        self._templates: dict[int, tuple[Template, list[Image]]] = {}
        self._hq = SimHq(self._folder / "hq")
        self._open = ExitStack()
        self._open.enter_context(curve.known())

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, where: TracebackType | None
    ) -> None:
        self._hq.close()
        self._open.close()
        shutil.rmtree(self._folder, ignore_errors=True)

    def _template(self, tills_count: int) -> tuple[Template, list[Image]]:
        if tills_count not in self._templates:
            template = make_template(self._folder / f"template-{tills_count}", tills_count)
            images = [
                disk.take(template.folder / f"till-{number}" / "ledger", template.folder / f"till-{number}" / "anchor")
                for number in range(tills_count)
            ]
            self._templates[tills_count] = template, images
        return self._templates[tills_count]

    def prepare(self, tills_counts: Iterable[int]) -> None:
        """Make the templates beforehand."""
        for count in tills_counts:
            self._template(count)

    def set_up(self, plan: Plan) -> Stage:
        """The stage of a plan."""
        template, images = self._template(plan.tills)
        copy_hq(template, self._folder / "hq")
        curve.forget()
        shutil.rmtree(self._folder / "tills", ignore_errors=True)
        clock = ManualClock(START_MS)
        self._hq.open(clock, IdSource(clock, random.Random(f"{plan.seed}/hq")))
        account, met = Account(), Counter[str]()
        people = People(template.people)
        for person in template.people:
            people.ids[person.number] = {person.member_id} if person.member_id else set()
        watch = Watch(self._folder / "hq" / HQ_FILE, account)
        tills = [
            SimTill(
                f"t{number}", place, images[number], self._folder / "tills" / str(number), clock, self._hq.door(),
                account, met, plan.seed,
            )
            for number, place in enumerate(template.tills)
        ]  # fmt: skip
        watch.look(tills, tills)
        return Stage(plan, clock, self._hq, tills, account, watch, Cashier(people, account), template, met)

    def clear(self, stage: Stage) -> None:
        """The end of a seed. The watch goes last: while it looks on, HQ does not copy its log into a file that nobody
        opens again."""
        for till in stage.machines:
            till.stop()
        self._hq.close()
        stage.watch.close()
