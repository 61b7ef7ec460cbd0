"""`python -m tests.shopday [--seed 1] [--sales 400]`: the day, and whether everything says the same at its end."""

import argparse
import json
import shutil
import sys
import time
from pathlib import Path

from tests.shopday.day import Day
from tests.shopday.judging import judge
from tests.shopday.shop import open_shop

FOLDER = Path("build/shopday")


def main() -> int:
    """The exit code: 0 when paper, Z, drawers, ledgers, HQ and the count agree to the fen."""
    parser = argparse.ArgumentParser(prog="make shopday")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--sales", type=int, default=400, help="how many sales the day has at least")
    asked = parser.parse_args()
    shutil.rmtree(FOLDER, ignore_errors=True)
    began = time.monotonic()

    def say(words: str) -> None:
        print(f"{time.monotonic() - began:6.1f} s  {words}", flush=True)

    with open_shop(FOLDER.absolute(), seed=asked.seed) as shop:
        say("one store, two tills, two printers, three cashiers, one manager")
        day = Day(shop, asked.seed, asked.sales, say)
        day.work()
        result = judge(shop, day.counters)
    for difference in result.differences:
        print(difference)
    print(json.dumps({"seed": asked.seed, **result.as_json(), "seconds": round(time.monotonic() - began)}))
    return 1 if result.differences else 0


if __name__ == "__main__":
    sys.exit(main())
