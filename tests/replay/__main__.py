"""`python -m tests.replay FILE [--seed N] [--outage SHARE]`; DATABASE_URL chooses HQ's database.

The last line on standard output is the report as one JSON object, which is also left in build/replay.json. Exit code
0 when HQ and the tills agree with the account, 1 when they do not, 2 when the file cannot be read.
"""

import argparse
import json
import os
import sys
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import ExitStack, contextmanager
from pathlib import Path

import psycopg
from sqlalchemy import make_url

from tests import databases
from tests.replay.curve import curve
from tests.replay.run import UnreadableFileError, replay_file

REPORT_PATH = Path("build") / "replay.json"


def main(arguments: Sequence[str] | None = None) -> int:
    """Run one replay."""
    parser = argparse.ArgumentParser(prog="python -m tests.replay", description="Replay real sales through Tillbook.")
    parser.add_argument("file", type=Path, help="CSV of the Online Retail data, plain or .gz")
    parser.add_argument("--seed", type=int, default=1)
    parser.add_argument("--outage", type=_share, default=0.3, help="share of the time a till is offline, 0 to 1")
    parser.add_argument("--curve", type=_figures, metavar="BASIS_POINTS,...", help="one run for each share placed")
    parser.add_argument("--multiples", type=_figures, default=(8,), metavar="N,...", help="with --curve: times usual")
    parser.add_argument("--tills", type=_figures, default=(1,), metavar="N,...", help="with --curve: tills of a store")
    given = parser.parse_args(arguments)
    if given.curve:
        agree = curve(
            given.file,
            seed=given.seed,
            outage_share=given.outage,
            shares=given.curve,
            multiples=given.multiples,
            tills=given.tills,
        )
        return 0 if agree else 1
    with ExitStack() as open_things:
        folder = Path(open_things.enter_context(tempfile.TemporaryDirectory(prefix="tillbook-replay-")))
        try:
            database_url = open_things.enter_context(_empty_database(os.environ.get("DATABASE_URL", "")))
            outcome = replay_file(
                given.file, folder, seed=given.seed, outage_share=given.outage, database_url=database_url
            )
        except (UnreadableFileError, psycopg.OperationalError) as problem:
            print(f"{given.file} cannot be replayed: {problem}", file=sys.stderr)
            return 2
    for sentence in outcome.sentences:
        print(sentence, file=sys.stderr)
    line = json.dumps(outcome.figures, ensure_ascii=False)
    REPORT_PATH.parent.mkdir(exist_ok=True)
    REPORT_PATH.write_text(line + "\n", encoding="utf-8")
    sys.stderr.flush()
    print(line, flush=True)
    return 0 if outcome.agrees else 1


@contextmanager
def _empty_database(database_url: str) -> Iterator[str]:
    """The database given, or, where that holds something, a new one beside it for this run alone. '' stays ''."""
    if not database_url.startswith("postgresql"):
        yield database_url
        return
    url = make_url(database_url)
    plain = url.set(drivername="postgresql").render_as_string(hide_password=False)
    with psycopg.connect(plain) as connection:
        found = connection.execute("SELECT count(*) FROM pg_tables WHERE schemaname = 'public'").fetchone()
    if found == (0,):
        yield database_url
        return
    with databases.database(plain, f"tillbook_replay_{os.getpid()}") as own:
        yield own


def _figures(text: str) -> tuple[int, ...]:
    return tuple(int(part) for part in text.split(","))


def _share(text: str) -> float:
    share = float(text)
    if not 0.0 <= share <= 1.0:
        raise argparse.ArgumentTypeError("a share lies between 0 and 1")
    return share


if __name__ == "__main__":
    sys.exit(main())
