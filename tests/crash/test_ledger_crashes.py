"""The ledger in a process that is stopped at every write, by SIGKILL, by the power, or by its disk."""

import errno
import os
import random
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from pos_client.ledger import Ledger, verify
from shared_models.bodies import MemberLookup
from shared_models.ids import IdSource
from shared_models.moments import SystemClock
from tests.crash.shifted_clock import lines_of_shifted_cashier
from tests.crash.tracer import Call, watch
from tests.house.sources import ROOT
from tests.pos_client.ledger.shop import MEMBER


@contextmanager
def cashier(folder: Path, task: str, count: int = 0) -> Iterator[subprocess.Popen[bytes]]:
    """A till of its own that is ready and waits for the word; gone for certain afterwards."""
    process = subprocess.Popen(
        [sys.executable, "-m", "tests.crash.cashier", str(folder), task, str(count)],
        cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, bufsize=0,
    )  # fmt: skip
    try:
        assert said(process).startswith("ready")
        yield process
    finally:
        process.kill()
        process.wait()
        for pipe in (process.stdin, process.stdout):
            if pipe is not None:
                pipe.close()


def said(process: subprocess.Popen[bytes]) -> str:
    """The next line it printed."""
    assert process.stdout is not None
    return process.stdout.readline().decode().strip()


def go(process: subprocess.Popen[bytes]) -> None:
    """The word it waits for."""
    assert process.stdin is not None
    process.stdin.write(b"go\n")


def reopened(folder: Path) -> Ledger:
    """The ledger after the process is gone."""
    clock = SystemClock()
    return Ledger.open(folder, clock, IdSource(clock))


def copy_of(folder: Path, target: Path) -> Path:
    """The files as they are now, as a killed process leaves them: what SQLite shares in memory is not part of it."""
    target.mkdir(parents=True)
    for file in folder.iterdir():
        if not file.name.endswith("-shm"):
            shutil.copy(file, target / file.name)
    anchor = folder.with_name(folder.name + ".anchor")
    shutil.copy(anchor, target.with_name(target.name + ".anchor"))
    return target


def assert_whole(folder: Path, receipts: list[str]) -> None:
    """Verifies, has every sale whose receipt was printed, and goes on."""
    with reopened(folder) as ledger:
        missing = [number for number in receipts if ledger.sale_by_receipt(number) is None]
        assert missing == []
        assert ledger.frozen() is None
        counters = ledger.rights_of([MEMBER])
        earned = sum(each.credited for each in counters.values())
        assert earned == 50 * len(ledger.entries(["sale"]))
    report = verify(folder)
    assert report.findings == []


def test_stopped_at_every_write_nothing_printed_is_missing_and_the_book_is_whole(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    moments: list[tuple[Path, int]] = []
    printed: list[str] = []

    def before(call: Call) -> None:
        if call.path.startswith("pipe:"):
            return  # the receipt comes out only after this call
        moments.append((copy_of(folder, tmp_path / "moments" / f"{len(moments)}"), len(printed)))

    with cashier(folder, "sell", 1) as process:

        def after(call: Call) -> None:
            if call.path.startswith("pipe:"):
                line = said(process).split()
                if line[0] == "receipt":
                    printed.append(line[1])

        watch(process.pid, lambda: go(process), before, after)
    assert len(printed) == 1
    assert len(moments) > 10
    for moment, receipts in moments:
        assert_whole(moment, printed[:receipts])


def test_stopped_at_every_write_an_answer_of_hq_is_taken_over_whole_or_not_at_all(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    moments: list[Path] = []
    with cashier(folder, "take_an_answer") as process:

        def before(call: Call) -> None:
            moments.append(copy_of(folder, tmp_path / "moments" / f"{len(moments)}"))

        watch(process.pid, lambda: go(process), before, lambda _: None)
    seen = set()
    for moment in moments:
        with reopened(moment) as ledger:
            rights = ledger.rights_of([MEMBER]).values()
            waits = ledger.open_request() is not None
            seen.add((waits, ledger.acked()[0], ledger.last_adopted(), sum(each.granted for each in rights),
                      len(ledger.tokens_of(MEMBER))))  # fmt: skip
        assert verify(moment).findings == []
    not_asked, asked, answered = (False, 0, (0, 0), 0, 0), (True, 0, (0, 0), 0, 0), (False, 2, (1, 4), 70, 1)
    assert seen == {not_asked, asked, answered}


@pytest.mark.parametrize("task", ["sell", "sell_after_a_checkpoint"])
def test_one_wait_for_the_disk_a_sale_then_the_anchor_then_the_receipt(tmp_path: Path, task: str) -> None:
    told: list[str] = []
    with cashier(tmp_path / "till", task, 5) as process:

        def after(call: Call) -> None:
            if call.waits_for_disk:
                told.append(f"{call.name} {Path(call.path).name}")
            elif call.path.endswith(".anchor"):
                told.append("anchor")
            elif call.path.startswith("pipe:"):
                told.append(said(process).split()[0])

        watch(process.pid, lambda: go(process), lambda _: None, after)
    looked_at = told[told.index("copied") + 1 :] if "copied" in told else told
    sale = ["fdatasync ledger.db-wal", "anchor", "receipt"]
    assert looked_at[: 5 * len(sale)] == 5 * sale


def test_the_power_goes_and_only_what_the_disk_was_waited_for_is_left(tmp_path: Path) -> None:
    """Of each file what it was when it was last synced; of the anchor, which is not waited for, nothing new."""
    folder = tmp_path / "till"
    synced: dict[str, bytes] = {}
    cuts: list[tuple[dict[str, bytes], int]] = []
    printed: list[str] = []
    with cashier(folder, "sell", 4) as process:
        for file in (folder / "ledger.db", folder / "ledger.db-wal"):
            synced[file.name] = file.read_bytes()
        old_anchor = folder.with_name("till.anchor").read_bytes()

        def after(call: Call) -> None:
            if call.waits_for_disk and Path(call.path).parent == folder:
                synced[Path(call.path).name] = Path(call.path).read_bytes()
            if call.path.startswith("pipe:"):
                line = said(process).split()
                if line[0] == "receipt":
                    printed.append(line[1])
                    cuts.append((dict(synced), len(printed)))

        watch(process.pid, lambda: go(process), lambda _: None, after)
    assert len(cuts) == 4
    for number, (left, receipts) in enumerate(cuts):
        restored = tmp_path / "restored" / str(number)
        restored.mkdir(parents=True)
        for name, content in left.items():
            (restored / name).write_bytes(content)
        restored.with_name(restored.name + ".anchor").write_bytes(old_anchor)
        assert_whole(restored, printed[:receipts])


def test_a_disk_that_fails_while_waited_for_leaves_it_unknown_and_the_same_id_settles_it(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    lines: list[list[str]] = []
    waits = 0

    def before(call: Call) -> int | None:
        nonlocal waits
        if call.waits_for_disk and call.path.endswith("ledger.db-wal"):
            waits += 1
            return errno.EIO if waits in {2, 3} else None
        return None

    with cashier(folder, "bad_disk", 3) as process:

        def after(call: Call) -> None:
            if call.path.startswith("pipe:"):
                lines.append(said(process).split())

        watch(process.pid, lambda: go(process), before, after)
    assert [line[:2] for line in lines if line[0] == "refused"] == [["refused", "ledger_unknown"]] * 2
    receipts = [line[1] for line in lines if line[0] == "receipt"]
    assert len(receipts) == 3
    assert_whole(folder, receipts)
    with reopened(folder) as ledger:
        assert len(ledger.entries(["sale"])) == 3


def test_a_full_disk_is_said_in_words_loses_nothing_and_heals(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    with cashier(folder, "fill_the_disk") as process:
        go(process)
        lines = [line.split() for line in iter(lambda: said(process), "closed")]
    refused = [line for line in lines if line[0] == "refused"]
    receipts = [line[1] for line in lines if line[0] == "receipt"]
    assert [line[1] for line in refused] == ["disk_full"]
    assert len(receipts) >= 2
    assert int(refused[0][2]) == len(receipts)  # epoch_opened and all sales before the last
    assert_whole(folder, receipts)


def test_a_look_up_is_still_there_when_the_till_is_killed_three_seconds_later(tmp_path: Path) -> None:
    with cashier(tmp_path / "till", "look_up") as process:
        go(process)
        assert said(process) == "shown"
        with pytest.raises(subprocess.TimeoutExpired):
            process.wait(timeout=3)
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with reopened(tmp_path / "till") as ledger:
        (entry,) = ledger.entries(["member_lookup"])
        body = ledger.body_of(entry)
        assert isinstance(body, MemberLookup)
        assert [lookup.member_id for lookup in body.lookups] == [MEMBER]


def test_a_basket_of_forty_lines_survives_a_kill_at_the_fortieth(tmp_path: Path) -> None:
    with cashier(tmp_path / "till", "scan", 40) as process:
        go(process)
        while said(process) != "line 40":
            pass
        os.kill(process.pid, signal.SIGKILL)
        process.wait()
    with reopened(tmp_path / "till") as ledger:
        basket = ledger.open_basket()
        assert basket is not None
        assert len(basket.payload.splitlines()) == 40
        assert basket.member_id == MEMBER


def test_killed_again_and_again_at_random_the_till_goes_on(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    luck = random.Random(41)
    receipts: list[str] = []
    for _ in range(3):
        with cashier(folder, "sell", 10_000) as process:
            go(process)
            receipts += [said(process).split()[1] for _ in range(luck.randrange(1, 60))]
            os.kill(process.pid, signal.SIGKILL)
            process.wait()
        assert_whole(folder, receipts)


def test_one_process_at_a_time(tmp_path: Path) -> None:
    with cashier(tmp_path / "till", "sell", 1), pytest.raises(Exception, match="ledger_in_use"):
        reopened(tmp_path / "till")


def test_a_machine_whose_clock_is_a_year_off_says_so_and_sells_on(tmp_path: Path) -> None:
    folder = tmp_path / "till"
    year_seconds = 365 * 86_400
    told = [lines_of_shifted_cashier(folder, "tell_the_time", shift) for shift in (0, year_seconds, -year_seconds)]
    reasons = [lines[1][1] for lines in told[1:]]
    clocks = [int(lines[1][2]) for lines in told]
    sold_at = [int(lines[2][1]) for lines in told]
    assert reasons == ["ahead_of_last_entry", "behind_last_entry"]
    assert clocks[1] - clocks[0] > (year_seconds - 3600) * 1000
    assert clocks[0] - clocks[2] > (year_seconds - 3600) * 1000
    assert sold_at[1] >= clocks[1]
    assert sold_at[2] >= sold_at[1]  # never below the last entry's
    assert verify(folder).findings == []
