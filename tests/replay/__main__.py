"""`python -m tests.replay FILE [--seed N] [--outage SHARE]`; DATABASE_URL chooses HQ's database.

The last line on standard output is the report as one JSON object, which is also left in build/replay.json. Exit code
0 when HQ and the tills agree with the account, 1 when they do not, 2 when the file cannot be read.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path

from tests.replay.run import replay_file

REPORT_PATH = Path("build") / "replay.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one replay."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description="Replay real sales through Tillbook.")
    parser.add_argument("file", type=Path, help="CSV of the Online Retail data, plain or .gz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outage", type=_share, default=0.3, help="share of the time a till is offline, 0 to 1")
    given = parser.parse_args(arguments)
    with tempfile.TemporaryDirectory(prefix="tillbook-replay-") as folder:
        try:
            outcome = replay_file(
                given.file, Path(folder), seed=given.seed, outage_share=given.outage,
                database_url=os.environ.get("DATABASE_URL", ""),
            )  # fmt: skip
        except (OSError, EOFError, ValueError) as problem:
            print(f"{given.file}: {problem}", file=sys.stderr)
            return 2
    for sentence in outcome.sentences:
        print(sentence, file=sys.stderr)
    line = json.dumps(outcome.figures, ensure_ascii=False)
    REPORT_PATH.parent.mkdir(exist_ok=True)
    REPORT_PATH.write_text(line + "\n", encoding="utf-8")
    sys.stderr.flush()
    print(line, flush=True)
    return 0 if outcome.agrees else 1


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError("a share lies between 0 and 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
