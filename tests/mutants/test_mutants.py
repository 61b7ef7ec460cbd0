"""Planted bugs in short: every one of them can be planted and taken out again, and a few quick ones are found."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.mutants.hunt import MUTANTS, hunt
from tests.mutants.planting import planted
from tests.simulation.silence import silent
from tests.simulation.stage import Workshop

ROOT = Path(__file__).resolve().parents[2]
QUICK = ("relative_grant", "acknowledged_too_far", "parked_is_dropped")
QUICK_WITHIN = 2
MUTANTS_LEAST = 30


@pytest.fixture(scope="module")
def workshop() -> Iterator[Workshop]:
    """One for all tests here."""
    with silent(), Workshop() as opened:
        yield opened


def test_there_are_enough_of_them() -> None:
    assert len(MUTANTS) >= MUTANTS_LEAST


def test_an_attack_names_the_tests_that_find_the_bug() -> None:
    named = {mutant.killed_by for mutant in MUTANTS.values() if mutant.killed_by}

    assert named
    assert [path for path in named if not (ROOT / path).is_file()] == []


@pytest.mark.parametrize("name", sorted(MUTANTS))
def test_a_bug_can_be_planted_in_the_product_as_it_is(name: str) -> None:
    with planted(MUTANTS[name]):
        pass
    with planted(MUTANTS[name]):  # it was taken out again, or it could not be planted a second time
        pass


@pytest.mark.parametrize("name", QUICK)
def test_a_planted_bug_is_found(workshop: Workshop, name: str) -> None:
    assert hunt(workshop, MUTANTS[name], within=QUICK_WITHIN).seeds
