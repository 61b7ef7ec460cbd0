"""The whole replay on a small made-up file with every oddity: what it counts, and that it would notice."""

import json
import os
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from shared_models.moments import DAY_MS, ManualClock
from tests import databases
from tests.replay.chain import open_chain
from tests.replay.comparison import compare
from tests.replay.curve import curve
from tests.replay.plan import TillName, outages, till_of_visit
from tests.replay.reader import open_text, read_rows
from tests.replay.replay import Replay
from tests.replay.run import UnreadableFileError, replay_file
from tests.replay.service import Service
from tests.replay.spool import Spool
from tests.replay.synthetic import write_file

NOTHING_WRONG = {
    "missing": 0,
    "duplicated": 0,
    "balance_mismatches": 0,
    "overdrawn": 0,
    "chains_broken": 0,
    "parked": 0,
}
ROOT = Path(__file__).resolve().parents[2]


def test_a_replay_counts_what_the_file_says_and_agrees_with_hq_and_tills(tmp_path: Path) -> None:
    expected = write_file(tmp_path / "sales.csv", seed=3, invoices=110)

    outcome = replay_file(tmp_path / "sales.csv", tmp_path, seed=1, outage_share=0.4)

    figures = outcome.figures
    assert outcome.sentences == ()
    assert outcome.agrees
    assert {name: figures[name] for name in NOTHING_WRONG} == NOTHING_WRONG
    assert {name: figures[name] for name in expected.figures} == dict(expected.figures)
    assert figures["excluded"] == dict(sorted(expected.excluded.items()))
    assert figures["gross_minor_by_store"] == dict(sorted(expected.gross_by_store.items()))
    assert (figures["members"], figures["stores"]) == (len(expected.members), len(expected.stores))
    assert figures["entries_at_tills"] == figures["entries_at_hq"]
    for name in ("outages", "answers_lost", "sales_offline", "stored_value_paid_offline_minor", "points_spent_offline"):
        assert isinstance(figures[name], int), name
        assert figures[name], name


@pytest.fixture(scope="module")
def postgresql_url(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[str]:
    base = tmp_path_factory.getbasetemp()
    with (
        databases.shared_server(base if worker_id == "master" else base.parent) as server_url,
        databases.database(server_url, f"tillbook_replay_{worker_id}") as url,
    ):
        yield url


def test_the_command_replays_on_postgresql_and_its_last_line_is_the_report(tmp_path: Path, postgresql_url: str) -> None:
    write_file(tmp_path / "sales.csv", seed=4, invoices=30)

    ended = subprocess.run(
        [sys.executable, "-m", "tests.replay", str(tmp_path / "sales.csv"), "--seed", "2", "--outage", "0.5"],
        env={**os.environ, "DATABASE_URL": postgresql_url, "PYTHONPATH": str(ROOT)},
        cwd=tmp_path, capture_output=True, text=True, timeout=100, check=False,
    )  # fmt: skip

    assert ended.returncode == 0, ended.stderr
    told = json.loads(ended.stdout.splitlines()[-1])
    assert {name: told[name] for name in NOTHING_WRONG} == NOTHING_WRONG
    assert json.loads((tmp_path / "build" / "replay.json").read_text()) == told


def test_a_file_that_is_none_is_refused_in_words(tmp_path: Path) -> None:
    (tmp_path / "letter.csv").write_text("Dear Sir,\n")

    with pytest.raises(UnreadableFileError, match="InvoiceNo"):
        replay_file(tmp_path / "letter.csv", tmp_path, seed=1, outage_share=0.0)


def test_the_comparison_notices_what_is_wrong(tmp_path: Path) -> None:
    """An account that says something else, entry by entry: each difference is found under its own name."""
    write_file(tmp_path / "sales.csv", seed=5, invoices=25)
    spool = Spool(tmp_path)
    with open_text(tmp_path / "sales.csv") as lines:
        spool.fill(read_rows(lines))
    clock = ManualClock(spool.first_at_ms() - DAY_MS)
    told: Counter[str] = Counter()
    with open_chain(spool, tmp_path, "", 1, clock, told) as chain:
        replay = Replay(spool, chain, clock, 1, 0.3, told)
        replay.run()
        account = replay.account
        assert compare(account, chain).agrees

        account.fact("sale", "00" * 16)
        assert compare(account, chain).figures["missing"] == 1
        account.facts.pop("00" * 16)

        forgotten = next(fact for fact, kind in account.facts.items() if kind == "sale")
        account.facts.pop(forgotten)
        assert compare(account, chain).figures["duplicated"] == 1
        account.facts[forgotten] = "sale"

        member = min(account.members)
        account.purses[member].stored_fen += 1
        assert compare(account, chain).figures["balance_mismatches"] == 1 + len(chain.tills)
        account.purses[member].stored_fen -= 1

        account.overdrawn.add(member)
        assert compare(account, chain).figures["overdrawn"] == 1
    spool.close()


def test_faithful_members_mostly_come_to_their_own_till_and_others_anywhere() -> None:
    visits = [till_of_visit(1, "United Kingdom", "17850", f"{number}").number for number in range(500)]
    strangers = {till_of_visit(1, "United Kingdom", None, f"{number}").number for number in range(500)}

    own = max(set(visits), key=visits.count)
    assert 0.75 < visits.count(own) / len(visits) < 0.9
    assert strangers == set(range(1, 9))
    assert till_of_visit(1, "France", "17850", "1") == TillName("France", 1)


@pytest.mark.parametrize("share", [0.1, 0.3, 0.7])
def test_lines_are_down_for_the_share_that_was_asked_for(share: float) -> None:
    down_ms = whole_ms = 0
    for seed in range(40):
        before: tuple[int, bool] | None = None
        for at_ms, down in outages(seed, TillName("France", 1), share, 0):
            if before is not None:
                whole_ms += at_ms - before[0]
                down_ms += (at_ms - before[0]) * before[1]
            before = (at_ms, down)
            if at_ms > 400 * DAY_MS:
                break

    assert abs(down_ms / whole_ms - share) < 0.05


def test_without_outages_no_line_ever_falls() -> None:
    assert list(outages(1, TillName("France", 1), 0.0, 0)) == []


def test_the_service_is_counted_by_who_could_have_been_served() -> None:
    service = Service()
    here, there = TillName("United Kingdom", 1), TillName("United Kingdom", 2)
    service.tried("1", here, 100, 0, 500)  # nobody knew her here
    service.visited("1", here, online=True)
    service.tried("1", here, 100, 100, 500)
    service.visited("1", there, online=False)
    service.tried("1", here, 100, 40, 40)
    service.tried("1", there, 100, 0, 400)  # she was there only while it was cut off
    service.tried("1", here, 0, 0, 400)

    told = service.figures()["offline_spend_served"]

    assert told == {
        "everybody": {"tries": 4, "by_tries": 0.25, "by_money": 0.35},
        "regulars": {"tries": 2, "by_tries": 0.5, "by_money": 0.7},
        "regulars_at_one_till": {"tries": 1, "by_tries": 1.0, "by_money": 1.0},
        "regulars_at_several_tills": {"tries": 1, "by_tries": 0.0, "by_money": 0.4},
        "regulars_in_the_uk": {"tries": 2, "by_tries": 0.5, "by_money": 0.7},
        "regulars_who_had_as_much": {"tries": 1, "by_tries": 1.0, "by_money": 1.0},
    }


def test_more_placed_serves_more_and_the_curve_says_how_much(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    write_file(tmp_path / "sales.csv", seed=6, invoices=60)

    agrees = curve(tmp_path / "sales.csv", seed=1, outage_share=0.4, shares=(0, 5_000), multiples=(8,))

    nothing, half = (json.loads(line) for line in capsys.readouterr().out.splitlines())
    assert agrees
    assert nothing["placed_ratio"] < half["placed_ratio"] < 0.7
    assert nothing["offline_spend_served_ratio_by_money"] <= half["offline_spend_served_ratio_by_money"]
