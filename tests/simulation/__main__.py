"""`make simulate SEEDS=2000 FROM=1`: play seeds on all cores; the last line is one JSON object.

python -m tests.simulation --seeds 2000 --from 1               many seeds
python -m tests.simulation --seeds 1 --from 17 --tell          one seed, step by step
python -m tests.simulation --seeds 1 --from 17 --steps 3,9,12  the same with these steps alone
"""

import argparse
import os
import sys
import time
from pathlib import Path

from tests.simulation.many import play_all
from tests.simulation.plan import Plan, plan_of
from tests.simulation.run import Played, play
from tests.simulation.shrink import shrink
from tests.simulation.silence import be_silent
from tests.simulation.stage import Workshop
from tests.simulation.tally import Tally

TELL_EVERY_SECONDS = 30.0
SENTENCES_TOLD = 6
FAILURES_SHRUNK = 3


def main() -> int:
    """Play and tell."""
    asked = _asked()
    be_silent()
    began = time.monotonic()
    tally = Tally()
    if asked.tell or asked.steps:
        tally.add(_one(asked))
    else:
        told_at = began
        for played in play_all(asked.first, asked.seeds, asked.workers):
            tally.add(played)
            if played.wrong:
                _tell_failure(played, shrunk=len(tally.failed) <= FAILURES_SHRUNK)
            if time.monotonic() - told_at >= TELL_EVERY_SECONDS:
                told_at = time.monotonic()
                print(f"{tally.seeds} seeds, {len(tally.failed)} failed", file=sys.stderr, flush=True)
    for sentence in tally.thin[:SENTENCES_TOLD]:
        print(sentence)
    print("least of any seed:", ", ".join(f"{count} {name}" for name, count in tally.least.items()))
    line = tally.last_line(time.monotonic() - began)
    if asked.append:
        with Path(asked.append).open("a", encoding="utf-8") as file:
            file.write(f'{{"from": {asked.first}, {line[1:]}\n')
    print(line)
    return 0 if tally.is_sound else 1


def _asked() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.simulation", description=__doc__)
    parser.add_argument("--seeds", type=int, default=2000, help="how many")
    parser.add_argument("--from", type=int, default=1, dest="first", help="the first of them")
    parser.add_argument("--workers", type=int, default=os.cpu_count() or 1, help="processes")
    parser.add_argument("--append", default="", help="a file to which the last line is appended too")
    parser.add_argument("--steps", default="", help="play only these steps of the first seed")
    parser.add_argument("--tell", action="store_true", help="play the first seed alone and tell each step")
    return parser.parse_args()


def _one(asked: argparse.Namespace) -> Played:
    plan = plan_of(str(asked.first))
    if asked.steps:
        plan = plan.only([int(number) for number in asked.steps.split(",")])
    with Workshop() as workshop:
        played = play(workshop, plan, print)
    for sentence in played.wrong:
        print("  ", sentence)
    return played


def _tell_failure(played: Played, *, shrunk: bool) -> None:
    seed = played.plan.seed
    print(f"seed {seed} failed:")
    for sentence in played.wrong[:SENTENCES_TOLD]:
        print("  ", sentence)
    print(f"   again: python -m tests.simulation --seeds 1 --from {seed} --tell")
    if shrunk:
        _tell_shrunk(played)
    sys.stdout.flush()


def _tell_shrunk(played: Played) -> None:
    with Workshop() as workshop:

        def again(plan: Plan) -> tuple[str, ...]:
            return play(workshop, plan).wrong

        small = shrink(played.plan, played.wrong, again)
        wrong = again(small)
    numbers = ",".join(str(step.number) for step in small.steps)
    print(f"   shrunk to {len(small.steps)} steps of {len(played.plan.steps)}, with {small.tills} tills:")
    for step in small.steps:
        print("     ", step)
    for sentence in wrong[:SENTENCES_TOLD]:
        print("   ", sentence)
    print(f"   again: python -m tests.simulation --seeds 1 --from {played.plan.seed} --steps {numbers}")


if __name__ == "__main__":
    sys.exit(main())
