"""`make crash`: kill tills and HQ by the hundred, cut their power, and count what was lost or doubled.

    python -m tests.crash --kills 200 --images 40 --seed 1

Ends with one JSON object. Exit code 0: nothing was lost or doubled, and nothing else was wrong; 1: something was, and
the files it can be seen in are kept; 2: faults on system calls cannot be injected here (ALLOW_SKIP=strace leaves them
out, images too). The seed fixes what is done to whom, but not when: these are real processes on a real machine.
"""

import argparse
import os
import random
import shutil
import sys
import tempfile
import time
from contextlib import ExitStack
from pathlib import Path

import msgspec

from tests.crash.images import Session, SessionKind
from tests.crash.injection import why_not
from tests.crash.judging import Verdict
from tests.crash.kills import Chapter, Deaths
from tests.crash.nursery import Nursery
from tests.crash.places import ChainPlace, make_chain
from tests.crash.planted import PLANTS, Plant
from tests.databases import database, own_server

KILLS_A_CHAPTER = 50
IMAGES_A_SESSION = 20
KINDS: tuple[SessionKind, ...] = ("failing disk", "ordinary", "first day", "ordinary")
TILLS = 2
WRONG, CANNOT_INJECT = 1, 2


def main(arguments: list[str]) -> int:
    """Run it; the exit code."""
    parser = argparse.ArgumentParser(prog="python -m tests.crash")
    parser.add_argument("--kills", type=int, default=200)
    parser.add_argument("--images", type=int, default=40)
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--records", choices=("sqlite", "postgresql"), default="sqlite", help="what HQ is on")
    parser.add_argument("--plant", choices=PLANTS, help="a bug of ours, to see that it is found")
    wanted = parser.parse_args(arguments)
    missing = why_not()
    if missing:
        print(f"Faults on system calls cannot be injected: {missing}.")
        if "strace" not in os.environ.get("ALLOW_SKIP", "").split():
            print("They are half of this test. ALLOW_SKIP=strace runs the rest.")
            return CANNOT_INJECT
        wanted.images = 0
    folder = Path(tempfile.mkdtemp(prefix="tillbook-crash-"))
    run = Run(folder, wanted.seed, injecting=not missing, planted=wanted.plant)
    with ExitStack() as open_things:
        server = open_things.enter_context(own_server(durable=True)) if wanted.records == "postgresql" else ""
        nursery = open_things.enter_context(Nursery())
        run.kill(nursery, wanted.kills, server)
        run.cut_power(nursery, wanted.images)
    print(msgspec.json.encode(run.result()).decode())
    if run.verdict.problems:
        print(f"The files are in {folder}", file=sys.stderr)
        return WRONG
    shutil.rmtree(folder)
    return 0


class Run:
    """Everything that one command does, in a folder of its own."""

    def __init__(self, folder: Path, seed: int, *, injecting: bool, planted: Plant | None) -> None:
        self.verdict = Verdict()
        self.deaths = Deaths()
        self._folder = folder
        self._seed = seed
        self._injecting = injecting
        self._planted = planted
        self._images = 0
        self._began = time.monotonic()

    def kill(self, nursery: Nursery, kills: int, server_url: str = "") -> None:
        """Chapters of killings, each with a chain of its own; with a PostgreSQL server, HQ's records are there."""
        chapter = 0
        while self.deaths.kills.total() < kills and not self.verdict.problems:
            with ExitStack() as open_things:
                url = open_things.enter_context(database(server_url, f"chapter_{chapter}")) if server_url else ""
                place = ChainPlace(self._folder / f"chapter-{chapter}", TILLS, url)
                place.hq_folder.mkdir(parents=True)
                make_chain(place)
                chance = random.Random(f"{self._seed}/{chapter}")
                left = kills - self.deaths.kills.total()
                Chapter(
                    nursery, place, chance, self.verdict, self.deaths, injecting=self._injecting, planted=self._planted
                ).run(min(KILLS_A_CHAPTER, left))
            self._report(place.folder, f"{self.deaths.kills.total()} kills, {self.verdict.receipts} receipts")
            chapter += 1

    def cut_power(self, nursery: Nursery, images: int) -> None:
        """Recorded sessions and the disks they might have left."""
        patterns, first_days = self._folder / "one-till", self._folder / "first-day"
        make_chain(ChainPlace(patterns, 1))
        (code,) = make_chain(ChainPlace(first_days, 1), enrolled=False)
        session = 0
        while self._images < images and not self.verdict.problems:
            place = ChainPlace(self._folder / f"session-{session}", 1)
            kind = KINDS[session % len(KINDS)]
            shutil.copytree(first_days if kind == "first day" else patterns, place.folder)
            count = min(IMAGES_A_SESSION, images - self._images)
            recorded = Session(nursery, place, f"{self._seed}/{session}", kind, code=code, planted=self._planted)
            recorded.judge(count, place.folder / "images", self.verdict)
            self._images += count
            self._report(place.folder, f"{self._images} images")
            session += 1

    def result(self) -> dict[str, object]:
        """The last line."""
        return {
            "kills": self.deaths.kills.total(),
            "images": self._images,
            "receipts": self.verdict.receipts,
            "lost": self.verdict.lost,
            "doubled": self.verdict.doubled,
            "problems": len(self.verdict.problems),
            "entries": self.verdict.entries,
            "kills_by_kind": dict(self.deaths.kills.most_common()),
            "failed_calls": dict(self.deaths.failures.most_common()),
            "seed": self._seed,
            "seconds": round(time.monotonic() - self._began, 1),
        }

    def _report(self, folder: Path, words: str) -> None:
        """How far it is; a folder that nobody has to look at is taken away."""
        for problem in self.verdict.problems:
            print(problem, file=sys.stderr)
        print(f"{words}, {len(self.verdict.problems)} problems, {time.monotonic() - self._began:.0f} s", flush=True)
        if not self.verdict.problems:
            shutil.rmtree(folder)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
