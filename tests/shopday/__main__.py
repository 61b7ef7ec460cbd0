"""`python -m tests.shopday [--seed 1] [--sales 400]`: the day, and whether everything says the same at its end."""

import argparse
import json
import shutil
import sys
import time
import traceback
from pathlib import Path

from tests.shopday.day import Day
from tests.shopday.evidence import leave_evidence
from tests.shopday.judging import Judgement, judge
from tests.shopday.shop import Shop, open_shop

FOLDER = Path("build/shopday")


def main() -> int:
    """The exit code: 0 when paper, Z, drawers, ledgers, the wallets' provider, HQ and the count agree to the fen."""
    parser = argparse.ArgumentParser(prog="make shopday")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales", type=int, default=400, help="how many sales the day has at least")
    parser.add_argument("--members", type=int, default=2_000, help="how many members the chain has")
    parser.add_argument("--folder", type=Path, default=FOLDER, help="where the shop lies; emptied before")
    asked = parser.parse_args()
    shutil.rmtree(asked.folder, ignore_errors=True)
    began = time.monotonic()
    story: list[str] = []

    def say(words: str) -> None:
        story.append(f"{time.monotonic() - began:6.1f} s  {words}")
        print(story[-1], flush=True)

    with open_shop(asked.folder.absolute(), seed=asked.seed, members_count=asked.members) as shop:
        say("one store, two tills, two printers, three cashiers, one manager")
        day = Day(shop, asked.seed, asked.sales, say)
        result = _worked(shop, day)
        if result.differences:
            evidence = asked.folder / "evidence"
            leave_evidence(evidence, shop, day.counters, [*story, *result.differences])
            print(f"what everybody's book says is in {evidence}")
    for difference in result.differences:
        print(difference)
    print(json.dumps({"seed": asked.seed, **result.as_json(), "seconds": round(time.monotonic() - began)}))
    return 1 if result.differences else 0


def _worked(shop: Shop, day: Day) -> Judgement:
    """The day and its judgement; one that broke off is a difference too."""
    try:
        day.work()
        return judge(shop, day.counters)
    except AssertionError:
        return Judgement(differences=[traceback.format_exc()])


if __name__ == "__main__":
    sys.exit(main())
