"""Benchmarks run, with little of everything: what they measure is for `make bench` to say."""

import json
from pathlib import Path

import pytest

from tests.benchmarks.__main__ import SUBJECTS, main
from tests.benchmarks.figure import Figure


@pytest.mark.parametrize("subject", SUBJECTS)
def test_each_subject_runs_to_its_end_and_writes_its_figures_down(subject: str, tmp_path: Path) -> None:
    report = tmp_path / "bench.json"

    assert main(["--short", subject], report) == 0

    figures = json.loads(report.read_text())["figures"]
    assert figures
    assert all(figure["ours"] > 0 for figure in figures)


def test_a_subject_nobody_knows_is_said(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    assert main(["everything"], tmp_path / "bench.json") == 2
    assert "no such benchmark: everything" in capsys.readouterr().out


def test_a_goal_may_be_on_the_share_of_the_machines_limit() -> None:
    sale = Figure(name="sale", value=45, unit="/s", limit=100, goal=0.4, goal_on="ratio", better="more")
    wait = Figure(name="wait", value=31, unit="s", goal=30, better="less")

    assert (sale.ratio, sale.met, wait.met) == (0.45, True, False)
    assert "MISSED" in wait.line()
