"""What must hold after somebody was killed, asked of files alone and mostly with arithmetic of our own.

Paper that came out of a printer cannot be taken back: each receipt on it must be in the book. What HQ acknowledged must
be at HQ. At the end of a chapter both ends have the same entries, the same sums and the same counters.
"""

import sqlite3
from collections import Counter
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path

from hq_sync_server.office.upkeep import verify as hq_verify
from pos_client.checkout.receipt_numbers import number_alone
from pos_client.ledger import verify
from shared_models.codes import parse_scan
from shared_models.ids import HQ_TILL_ID
from shared_models.refusals import Refusal
from tests.crash.places import ChainPlace, TillPlace
from tests.crash.postgresql import records_of
from tests.pos_client.devices.escpos_reader import read_back
from tests.together.reconciliation import reconcile

JOB_BEGINS = b"\x1b@\x1c&"
_COUNTERS = ("granted", "credited", "risk", "spent", "released")


@dataclass(slots=True)
class Verdict:
    """What was counted, and everything that should not be, in words. `lost` and `doubled` are counted in it too."""

    receipts: int = 0
    lost: int = 0
    doubled: int = 0
    entries: int = 0
    problems: list[str] = field(default_factory=list)

    def find(self, place: Path, words: object) -> None:
        """Something that should not be."""
        self.problems.append(f"{place}: {words}")


@dataclass(slots=True)
class Paper:
    """What has come out of one till's printer so far: numbers, with the first line of each slip."""

    file: Path
    read_through: int = 0
    slips: Counter[tuple[str, str]] = field(default_factory=Counter)
    torn: int = 0

    @property
    def numbers(self) -> set[str]:
        """Every number on the paper."""
        return {number for number, _ in self.slips}

    def read_on(self) -> None:
        """What came out since it was last read, in the life that is over now. Only its last slip may be torn."""
        if not self.file.exists():
            return
        with self.file.open("rb") as file:
            file.seek(self.read_through)
            told = file.read()
        self.read_through += len(told)
        self.slips += slips_in(told, self)


def slips_in(told: bytes, paper: Paper | None = None) -> Counter[tuple[str, str]]:
    """The numbered slips of one life's bytes: (receipt number, how the slip begins)."""
    jobs = [JOB_BEGINS + job for job in told.split(JOB_BEGINS)[1:]]
    found: Counter[tuple[str, str]] = Counter()
    for place, job in enumerate(jobs, start=1):
        try:
            read = read_back(job)
        except AssertionError:
            if place < len(jobs):
                raise
            if paper is not None:
                paper.torn += 1
            continue
        title = " ".join(line.strip() for line in read.lines[:6])
        for code in read.barcodes:
            scanned = parse_scan(code)
            assert scanned.kind == "receipt", code
            found[(number_alone(scanned.value), title)] += 1
    return found


def look_over(place: TillPlace, printed: set[str], verdict: Verdict) -> None:
    """The book of a till that is dead: whole, and with everything that was printed or said to be safe."""
    report = verify(place.ledger_folder, anchor_path=place.anchor)
    for finding in report.findings:
        verdict.find(place.folder, finding)
    with closing(sqlite3.connect(f"file:{place.ledger_file}?mode=ro", uri=True)) as book:
        kept = Counter(number for (number,) in book.execute("SELECT receipt_number FROM entries") if number)
        ids = book.execute("SELECT count(*), count(DISTINCT business_id) FROM entries").fetchone()
        frozen = book.execute("SELECT frozen FROM lane").fetchone()[0]
    missing = printed - kept.keys()
    verdict.lost += len(missing)
    if missing:
        verdict.find(place.folder, f"printed and not in the book: {sorted(missing)}")
    twice = [number for number, count in kept.items() if count > 1]
    verdict.doubled += len(twice) + ids[0] - ids[1]
    if twice or ids[0] != ids[1]:
        verdict.find(place.folder, f"twice in the book: {twice} {ids}")
    if frozen:
        verdict.find(place.folder, f"rights are frozen: {frozen}")


def acknowledged(place: TillPlace) -> tuple[bytes, int, int, bytes]:
    """The last entry of which HQ told this till that it has it: till, epoch, seq, hash."""
    with closing(sqlite3.connect(f"file:{place.ledger_file}?mode=ro", uri=True)) as book:
        till_id, epoch = book.execute("SELECT till_id, epoch FROM identity").fetchone()
        seq, entry_hash = book.execute("SELECT acked_seq, acked_hash FROM lane").fetchone()
    return till_id, epoch, seq, entry_hash


def look_for_acknowledged(place: ChainPlace, told: list[tuple[bytes, int, int, bytes]], verdict: Verdict) -> None:
    """HQ has what it acknowledged, and everything before it."""
    with closing(sqlite3.connect(f"file:{records_of(place)}?mode=ro", uri=True)) as hq:
        for till_id, epoch, seq, entry_hash in told:
            (kept,) = hq.execute(
                "SELECT count(*) FROM entries WHERE till_id = ? AND epoch = ? AND seq <= ?", (till_id, epoch, seq)
            ).fetchone()
            last = hq.execute(
                "SELECT entry_hash FROM entries WHERE till_id = ? AND epoch = ? AND seq = ?", (till_id, epoch, seq)
            ).fetchone()
            verdict.lost += max(0, seq - kept)
            verdict.doubled += max(0, kept - seq)
            if kept != seq or (seq and (last is None or last[0] != entry_hash)):
                verdict.find(place.hq_folder, f"acknowledged through {seq}, and HQ has {kept} of these")


def compare(place: ChainPlace, verdict: Verdict) -> None:
    """Nothing waits any more: both ends agree, entry by entry, to the fen, and counter by counter."""
    books = {till.folder.name: till.ledger_file for till in place.all_tills()}
    records = records_of(place)
    result = reconcile(books, records)
    verdict.entries += result.entries_at_tills
    verdict.lost += result.missing_at_hq
    verdict.doubled += result.doubled_at_hq
    if not result.ok:
        verdict.find(place.folder, result.as_json().decode())
    if result.exceptions:
        verdict.find(place.folder, f"exceptions at HQ: {result.exceptions}")
    with closing(sqlite3.connect(f"file:{records}?mode=ro", uri=True)) as hq:
        (twice,) = hq.execute(
            "SELECT count(*) - count(DISTINCT business_id) FROM entries WHERE till_id <> ?", (HQ_TILL_ID.bytes,)
        ).fetchone()
        verdict.doubled += twice
        if twice:
            verdict.find(place.folder, f"{twice} facts are at HQ twice")
        for till in place.all_tills():
            _compare_counters(hq, till, verdict)
    opened = place.open_hq()
    try:
        with opened.desk.read() as connection:
            for fault in hq_verify.verify(connection).faults:
                verdict.find(place.folder, fault)
    except Refusal as refusal:
        verdict.find(place.folder, refusal.code)
    finally:
        opened.close()


def _compare_counters(hq: sqlite3.Connection, place: TillPlace, verdict: Verdict) -> None:
    """G, T, K, S and R of every lot: as the till keeps them, and as HQ does."""
    names = ", ".join(_COUNTERS)
    with closing(sqlite3.connect(f"file:{place.ledger_file}?mode=ro", uri=True)) as book:
        (till_id,) = book.execute("SELECT till_id FROM identity").fetchone()
        ours = {row[:3]: row[3:] for row in book.execute(f"SELECT subject, lot, epoch, {names} FROM rights")}
    theirs = {
        row[:3]: row[3:]
        for row in hq.execute(f"SELECT subject, lot, epoch, {names} FROM holders WHERE till_id = ?", (till_id,))
    }
    nothing = (0,) * len(_COUNTERS)
    for key in ours.keys() | theirs.keys():
        if ours.get(key, nothing) != theirs.get(key, nothing):
            verdict.find(place.folder, f"{key[0].hex()} {key[1]}: the till has {ours.get(key)}, HQ {theirs.get(key)}")
