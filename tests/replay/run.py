"""One replay from a file to its outcome. Called by the command and by the tests."""

import gc
import sys
import time
import zlib
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from shared_models.moments import DAY_MS, ManualClock
from shared_models.rules import EscrowRules
from tests.replay.chain import ESCROW, open_chain
from tests.replay.comparison import compare
from tests.replay.reader import open_text, read_rows
from tests.replay.replay import Replay
from tests.replay.report import report
from tests.replay.spool import Spool

UNREADABLE_SAID_MAX = 20


class UnreadableFileError(Exception):
    """The file is not there, is cut off, or names none of its columns."""


@dataclass(frozen=True, slots=True)
class Outcome:
    """What came of it: every figure, what is wrong in sentences, and whether nothing is."""

    figures: dict[str, object]
    sentences: tuple[str, ...]
    agrees: bool


@contextmanager
def seldom_collected() -> Iterator[None]:
    """Forty tills in one process are many objects that live to the end: looking through them again and again takes a
    tenth of the time."""
    before = gc.get_threshold()
    gc.collect()
    gc.freeze()
    gc.set_threshold(100_000, 20, 20)
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


def replay_file(
    path: Path, folder: Path, *, seed: int, outage_share: float, database_url: str = "", escrow: EscrowRules = ESCROW
) -> Outcome:
    """Replay a file in a scratch folder. Raises UnreadableFileError for a file that is none."""
    began = time.monotonic()
    spool = Spool(folder)
    try:
        try:
            with open_text(path) as lines:
                spool.fill(read_rows(lines))
        except (OSError, EOFError, ValueError, zlib.error) as problem:
            raise UnreadableFileError(str(problem)) from problem
        for unreadable in spool.unreadable[:UNREADABLE_SAID_MAX]:
            print(f"row {unreadable.number} cannot be read: {unreadable.reason}", file=sys.stderr)
        told: Counter[str] = Counter()
        clock = ManualClock(max(0, spool.first_at_ms() - DAY_MS))
        with open_chain(spool, folder, database_url, seed, clock, told, escrow) as chain, seldom_collected():
            replay = Replay(spool, chain, clock, seed, outage_share, told)
            replay.run()
            findings = compare(replay.account, chain)
        figures = report(spool, replay.account, told, replay.service, findings, time.monotonic() - began)
        return Outcome(figures, tuple(findings.sentences), findings.agrees)
    finally:
        spool.close()
